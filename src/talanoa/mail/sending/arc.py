"""Our seal on the Authenticated Received Chain of what we circulate (RFC 8617, M5).

A copy is a mail changed on its way: prefix, foot, From. The chain tells the receiver what
our own edge found when it came in, so that it need not distrust the author for what we did.

What is sealed is what all copies share: the members' own headers (List-Unsubscribe) are
left to the DKIM signature of each copy. So a letter is sealed once, when it is put into
the outbox, and the postman is none the slower.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from talanoa.mail.canonical import relaxed_body, relaxed_field
from talanoa.mail.reading import chain
from talanoa.mail.reading.letter import Authenticity
from talanoa.mail.sending import dkim
from talanoa.mail.sending.folding import LONGEST
from talanoa.mail.sending.writing import Composed

log = structlog.get_logger(__name__)


def sealed(composed: Composed, came: bytes, said: Authenticity, *, at: datetime) -> Composed:
    """The letter with the chain that `came` brought, and our set on top.

    `said` is what is known of `came`: the edge's results, and whether the chain holds.
    The letter stays as it is without an RSA key, and where a chain came that nobody could
    check: to call it good or broken would be a lie. Never raises: a letter goes out unsealed
    rather than not at all.
    """
    key = _key()
    if key is None:
        return composed
    fields, _ = chain.split(came)
    brought = tuple(field for field in fields if field[0].lower() in chain.NAMES)
    carried = b"".join(name + b":" + value + b"\r\n" for name, value in brought)
    if carried and (said.arc not in ("pass", "fail") or not _travels(carried)):
        return composed
    try:
        sets = chain.chain(list(brought))
    except chain.Broken:
        sets, status, instance = chain.Chain(brought, ()), "fail", _highest(brought) + 1
    else:
        status, instance = "none" if not sets.sets else str(said.arc), len(sets.sets) + 1
    if sets.ended or instance > chain.MOST:
        return Composed(carried + composed.head, composed.body)
    return Composed(_set(key, composed, sets, status, instance, said, at) + carried + composed.head, composed.body)


def _set(
    key: dkim.Key, composed: Composed, before: chain.Chain, status: str, instance: int, said: Authenticity, at: datetime
) -> bytes:
    """The three fields of our set, the seal first."""
    about = f"a={key.algorithm}; d={settings.TALANOA.mail_domain}; s={key.selector}; t={int(at.timestamp())};"
    told = said.results or "none"
    if before.fields and "arc=" not in told:
        told = f"arc={status}" if told == "none" else f"{told};\r\n arc={status}"
    results = f" i={instance}; {settings.TALANOA.authserv_id or settings.TALANOA.mail_domain};\r\n {told}".encode("ascii", "replace")
    # What differs from copy to copy (a slot, which holds NUL) is not under this signature.
    names, covered = dkim.cover(composed.head, dkim.SIGNED)
    shared = [(name, field) for name, field in zip(names, covered, strict=True) if b"\0" not in field]
    listed = ":\r\n ".join(":".join(name for name, _ in shared[start : start + 5]) for start in range(0, len(shared), 5))
    digest = base64.b64encode(hashlib.sha256(relaxed_body(composed.body)).digest()).decode("ascii")
    message = f" i={instance}; {about}\r\n c=relaxed/relaxed; h={listed};\r\n bh={digest};\r\n b=".encode("ascii")
    message += _signature(key, b"".join(field for _, field in shared) + relaxed_field(chain.NAMES[1], message)[:-2])
    seal = f" i={instance}; cv={status}; {about}\r\n b=".encode("ascii")
    # A chain that failed is sealed as if this set were the only one (RFC 8617, 5.1.2).
    earlier = before.sets if status == "pass" else ()
    whole = b"".join(
        relaxed_field(name, value) for one in (*earlier, (results, message, seal)) for name, value in zip(chain.NAMES, one, strict=True)
    )
    seal += _signature(key, whole[:-2])
    return b"".join(
        name + b":" + value + b"\r\n"
        for name, value in (
            (b"ARC-Seal", seal),
            (b"ARC-Message-Signature", message),
            (b"ARC-Authentication-Results", results),
        )
    )


def _signature(key: dkim.Key, covered: bytes) -> bytes:
    signature = base64.b64encode(key.sign(covered))
    return b"\r\n ".join(signature[start : start + 74] for start in range(0, len(signature), 74))


def _key() -> dkim.Key | None:
    """The RSA key: receivers do not yet check chains with Ed25519."""
    path = settings.TALANOA.dkim_key
    if not path:
        return None
    try:
        return _loaded(path, settings.TALANOA.dkim_selector, Path(path).stat().st_mtime_ns)
    except (dkim.CannotSign, OSError) as fault:
        log.warning("not sealed", fault=str(fault))
        return None


@functools.lru_cache(maxsize=2)
def _loaded(_path: str, _selector: str, _changed: int) -> dkim.Key | None:
    found = dkim.keys()
    return next((key for key in found if key.algorithm == "rsa-sha256"), None)


def _travels(carried: bytes) -> bool:
    """Whether fields that strangers wrote can stand in a letter of ours as they are (M1)."""
    short = len(carried) < chain.HEAD_LIMIT and max(map(len, carried.split(b"\r\n"))) <= LONGEST
    return short and carried.isascii() and b"\0" not in carried


def _highest(brought: tuple[tuple[bytes, bytes], ...]) -> int:
    return max((int(number) for _, value in brought for number in re.findall(rb"^[ \t\r\n]*i[ \t]*=[ \t]*([0-9]{1,4})", value)), default=0)
