"""Delivery reports: which address failed, why, and whether for good."""

from __future__ import annotations

import re

from talanoa.mail import mime
from talanoa.mail.headers import Fields, message_ids
from talanoa.mail.letter import Bounce, FailedRecipient
from talanoa.mail.mime import Part

STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
ADDRESS = re.compile(r"[^\s<>;,\"()]{1,64}@[A-Za-z0-9.-]{1,253}")


def bounce(raw: bytes, root: Part, fields: Fields, text: str) -> Bounce | None:
    """The bounce that this mail is, or None."""
    for part in root.children:
        if part.media_type == "message/delivery-status":
            found = _delivery_status(mime.text(raw, part))
            if found:
                return Bounce(tuple(found), _original_id(raw, root))
    return None


def _original_id(raw: bytes, root: Part) -> str | None:
    for part in root.children:
        if part.media_type in ("message/rfc822", "text/rfc822-headers"):
            match = re.search(
                rb"^message-id:\s*(\S+)",
                raw[part.start : part.start + 20000],
                re.IGNORECASE | re.MULTILINE,
            )
            if match:
                ids = message_ids(match[1].decode("latin-1"))
                return ids[0] if ids else None
    return None


def _delivery_status(words: str) -> list[FailedRecipient]:
    found = []
    for block in words.split("\n\n"):
        given: dict[str, str] = {}
        name = ""
        for line in block.split("\n"):
            if line[:1] in (" ", "\t") and name:
                given[name] += " " + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                given.setdefault(name, value.strip())
        address = ADDRESS.search(
            given.get("final-recipient", "") or given.get("original-recipient", "")
        )
        action = given.get("action", "").lower()
        status = STATUS.search(given.get("status", ""))
        if address and action in ("failed", "delayed", ""):
            code = status[0] if status else ""
            found.append(
                FailedRecipient(
                    address[0],
                    code,
                    not code.startswith("4") and action != "delayed",
                    "unknown",
                )
            )
    return found
