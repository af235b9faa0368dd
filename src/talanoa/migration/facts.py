"""What the headers of a message tell, for the plan of an import; pure, and the same for the same bytes."""

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from talanoa.conversations.lookups import answered, bare_subject, repeatable, subject_key
from talanoa.mail.addresses import canonical_address, entries
from talanoa.mail.reading import headers
from talanoa.mail.reading.mbox import MARK

SAID = 16  # bytes of the digest of who said what when
BLANK = b" \t\n\r\v\f"
FIRST_YEAR = 1980  # what is dated before was not


class Facts(NamedTuple):
    """What the headers of a message tell."""

    message_id: str  # as it will be known here
    answers: tuple[str, ...]  # nearest first
    references: tuple[str, ...]  # oldest first
    key: str  # the subject as it is compared
    reply: bool  # whether the subject says that it answers
    at: datetime | None  # None where nothing tells it
    said: str  # equal for two copies of one message
    name: str
    address: str  # canonical; "" where the archive disguised it


def tell(raw: bytes, envelope: bytes, *, prefix: str, latest: datetime) -> Facts | None:
    """What the headers tell; None where there are none.

    `envelope`: the line of the mbox before it; `prefix`: the community's, which its subjects carry; `latest`: nothing
    was written after it.
    """
    start = len(MARK) if raw.startswith(MARK) else 0
    fields, body = headers.split(raw, start, len(raw), [])
    if not any(field.name.lower().encode() in headers.KNOWN for field in fields.pairs):
        return None
    subject = headers.decode_words(fields.first("subject") or "")
    ids = headers.message_ids(fields.first("message-id"))
    message_id = ids[0] if ids and repeatable(ids[0]) else own_id(raw)
    references = headers.message_ids(fields.first("references"))
    answers = answered(headers.message_ids(fields.first("in-reply-to")), references)
    name, address = _author((*fields.all("from")[:1], *fields.all("sender")[:1]))
    key, reply = _compared(subject, prefix)
    told = f"{fields.first('date') or ''}\n{key}\n{reply}\n{name}".encode("utf-8", "replace")
    # Two copies of one message may differ below: a list adds its foot, an archive disguises addresses.
    said = told if fields.first("date") else told + raw[body:].translate(None, BLANK)
    return Facts(
        message_id,
        tuple(one for one in answers if one != message_id),
        tuple(one for one in references[-20:] if one != message_id),
        key,
        reply,
        _moment(fields, envelope, latest),
        hashlib.blake2b(said, digest_size=SAID).hexdigest(),
        name,
        address,
    )


def _moment(fields: headers.Fields, envelope: bytes, latest: datetime) -> datetime | None:
    """When it was written: Date, else when somebody received it."""
    at = headers.moment(fields.first("date"))
    if at and at.year >= FIRST_YEAR and at <= latest:
        return at
    received = [value.rpartition(";")[2] for value in reversed(fields.all("received"))]
    sent = envelope.decode("ascii", "replace").partition(" ")[2].partition(" ")[2]
    for told in (*received, sent):
        if (at := headers.moment(told)) and at.year >= FIRST_YEAR and at <= latest:
            return at
    return None


def own_id(raw: bytes) -> str:
    """A Message-ID for a mail that has none of use: the same everywhere for the same bytes."""
    return f"<{hashlib.sha256(raw).hexdigest()[:40]}@archive.invalid>"


def says_reply(subject: str, prefix: str) -> bool:
    """Whether a subject says that it answers, also behind the tag of another list."""
    if bare_subject(subject, prefix)[1]:
        return True
    before, bracket, rest = subject.strip().partition("]")
    return bool(bracket) and before.startswith("[") and bare_subject(rest, prefix)[1]


# Of an archive's messages many have one author, and those of a conversation one subject.
@lru_cache(maxsize=4096)
def _compared(subject: str, prefix: str) -> tuple[str, bool]:
    return subject_key(subject, prefix), says_reply(subject, prefix)


@lru_cache(maxsize=4096)
def _author(values: tuple[str, ...]) -> tuple[str, str]:
    """The name and canonical address that From tells, or Sender; the address "" where it is disguised beyond repair."""
    for value in values:
        for one in entries(value, 5):
            name = "" if "@" in one.mailbox.name or " at " in one.mailbox.name else one.mailbox.name
            try:
                address = canonical_address(one.mailbox.address)
            except ValueError:
                address = ""
            if address.endswith("@invalid"):
                address = ""
            if name or address:
                return name or address.partition("@")[0], address
    return "", ""
