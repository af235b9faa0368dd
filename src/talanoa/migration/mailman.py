"""What a Mailman 2 list knew of its members and settings; pure.

It stands in the list's `config.pck`, of which nothing is ever executed (`pickles.py`), and in what `list_members` and
`config_list -o -` print.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from talanoa.mail.addresses import canonical_address, entries
from talanoa.migration import pickles

LARGEST = 256 << 20  # bytes of a file; a list of 100,000 members has 30 MB

# Mailman/Defaults.py and Mailman/MemberAdaptor.py of Mailman 2.1.
DISABLED, PLAIN_DIGEST, MODERATED = 1, 8, 128
STOPPED = {2: "the member", 3: "the administrator", 4: "bounces"}  # who stopped the delivery; 0: nobody, 1: unknown


class NotMailman(ValueError):
    """A file holds nothing of a Mailman list; `str()` is a sentence."""


class Listed(NamedTuple):
    """A member, owner or moderator of the old list."""

    address: str
    name: str = ""
    delivery: str = "each"  # "each", "daily" (a digest) or "none"
    role: str = ""  # "facilitator" for owners and moderators
    html: bool = True  # False: chose plain digests
    moderated: bool = False
    language: str = ""
    stopped_by: str = ""  # of delivery "none": a value of STOPPED, "" where the list does not tell
    stopped_at: datetime | None = None
    member: bool = True  # False: owns or moderates the list without receiving it


def members(path: Path) -> list[Listed]:
    """Who was on a list, by address: from its `config.pck`, or from what `list_members` or `config_list` printed.

    Raises NotMailman where the file is neither, OSError where it cannot be read.
    """
    content = _content(path)
    if _is_pickle(content):
        return _of_config(_pickled(content))
    if told := _assignments(content):
        return _in_order(_owners(told))
    return _in_order(_of_lines(_text(content)))


def settings(path: Path) -> dict[str, Any]:
    """The settings of a list, as far as they are plain: from `config.pck`, or from what `config_list` printed.

    Passwords, and what Mailman noted of its members, are left out.
    """
    content = _content(path)
    told = _pickled(content) if _is_pickle(content) else _assignments(content)
    if not told:
        raise NotMailman(f"{path.name} holds no settings of a Mailman list.")
    return {name: value for name, value in told.items() if _is_setting(name, value)}


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise NotMailman(f"{path.name} is larger than {LARGEST >> 20} MB, and so no file of a list.")
    return path.read_bytes()


def _is_pickle(content: bytes) -> bool:
    return content[:1] in (b"}", b"\x80") or content[:2] == b"(d"


def _pickled(content: bytes) -> dict[str, Any]:
    try:
        told = pickles.plain(content)
    except pickles.Damaged as fault:
        raise NotMailman(f"The config.pck cannot be read: {fault}") from fault
    if not isinstance(told, dict):
        raise NotMailman("This is no config.pck of a Mailman 2 list.")
    return {name: value for name, value in told.items() if isinstance(name, str)}


def _is_setting(name: str, value: object) -> bool:
    several = value if isinstance(value, list) else [value]
    return not name.startswith("_") and "passw" not in name and all(isinstance(one, str | int | float | None) for one in several)


# What `config.pck` holds


def _of_config(told: Mapping[str, Any]) -> list[Listed]:
    names, options = _table(told, "usernames"), _table(told, "user_options")
    languages, statuses = _table(told, "language"), _table(told, "delivery_status")
    found: dict[str, Listed] = {}
    for kind, delivery in (("members", "each"), ("digest_members", "daily")):
        for key, written in _table(told, kind).items():
            # The value is the address as its owner writes it, where that is not in small letters.
            if not (address := _address(written if isinstance(written, str) else key)):
                continue
            chosen = options.get(key)
            bits = chosen if isinstance(chosen, int) else 0
            status, since = _status(statuses.get(key), bits)
            found[address] = Listed(
                address,
                _words(names.get(key)),
                "none" if status is not None else delivery,
                html=not (delivery == "daily" and bits & PLAIN_DIGEST),
                moderated=bool(bits & MODERATED),
                language=_words(languages.get(key)),
                stopped_by=status or "",
                stopped_at=since,
            )
    if not found and "real_name" not in told:
        raise NotMailman("This is no config.pck of a Mailman 2 list.")
    for owner in _owners(told):
        known = found.get(owner.address)
        found[owner.address] = known._replace(role=owner.role) if known else owner
    return _in_order(found.values())


def _owners(told: Mapping[str, Any]) -> list[Listed]:
    lists = [told.get("owner"), told.get("moderator")]
    both = [one for those in lists if isinstance(those, list) for one in those]
    return [Listed(address, role="facilitator", member=False) for one in both if (address := _address(one))]


def _status(told: object, bits: int) -> tuple[str | None, datetime | None]:
    """Who stopped the delivery, and since when; None for a delivery that goes on."""
    status, since = told if isinstance(told, tuple) and len(told) == 2 else (0, 0)
    if not isinstance(status, int) or status <= 0:
        return ("" if bits & DISABLED else None), None
    moment = datetime.fromtimestamp(since, UTC) if isinstance(since, int | float) and 0 < since < 1 << 32 else None
    return STOPPED.get(status, ""), moment


def _table(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = told.get(name)
    return {key: value for key, value in given.items() if isinstance(key, str)} if isinstance(given, dict) else {}


def _address(told: object) -> str:
    try:
        return canonical_address(told.strip()) if isinstance(told, str) else ""
    except ValueError:
        return ""


def _words(told: object) -> str:
    """Python 2 kept names as bytes, in UTF-8 or the charset of the list."""
    if not isinstance(told, str):
        return ""
    try:
        raw = told.encode("latin-1")
    except UnicodeEncodeError:
        return " ".join(told.split())
    try:
        return " ".join(raw.decode().split())
    except UnicodeDecodeError:
        return " ".join(raw.decode("cp1252", "replace").split())


# What the programs of Mailman print


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _of_lines(text: str) -> list[Listed]:
    """`list_members`, an address on each line, also with names; with headings between where it was asked for all kinds."""
    found = []
    delivery = "each"
    for line in text.splitlines():
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if "@" not in words:
            if not (heading := re.fullmatch(r"(?i)\W*((?:non-?)?digest|regular)\b[\w ()-]{0,40}members\W*", words)):
                raise NotMailman(f"{words[:60]!r} is no line of list_members.")
            delivery = "daily" if heading[1].lower() == "digest" else "each"
            continue
        for one in entries(words, 1):
            if address := _address(one.mailbox.address):
                found.append(Listed(address, one.mailbox.name, delivery))
                break
        else:
            raise NotMailman(f"{words[:60]!r} is no line of list_members.")
    if not found:
        raise NotMailman("No address stands in the file.")
    return found


def _assignments(content: bytes) -> dict[str, Any]:
    """What `config_list -o -` prints: lines of Python, of which only `name = plain value` counts."""
    if not re.search(rb"(?m)^[a-z_]+ = ", content):
        return {}
    try:
        lines = ast.parse(_text(content)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise NotMailman("The output of config_list is damaged.") from fault
    found = {}
    for line in lines:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            try:
                found[line.targets[0].id] = ast.literal_eval(line.value)
            except (ValueError, TypeError, RecursionError):
                continue
    return found


def _in_order(those: Iterable[Listed]) -> list[Listed]:
    return sorted(those, key=lambda one: one.address)
