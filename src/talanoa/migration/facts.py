"""What the headers of a message tell, for the plan of an import; pure, and the same for the same bytes."""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from talanoa.conversations.lookups import answered, former_subject, repeatable, says_reply, subject_key
from talanoa.mail.addresses import canonical_address, entries
from talanoa.mail.reading import headers
from talanoa.mail.reading.mbox import MARK
from talanoa.migration import rules

SAID = 16  # bytes of the digest of who said what when
BLANK = b" \t\n\r\v\f"
FIRST_YEAR = 1980  # what is dated before was not


class Facts(NamedTuple):
    """What the headers of a message tell."""

    message_id: str  # as it will be known here
    answers: tuple[str, ...]  # nearest first
    references: tuple[str, ...]  # oldest first
    key: str  # the subject as it is compared
    was: str  # the same of the subject that it says it had before, or ""
    reply: bool  # whether the subject says that it answers
    at: datetime | None  # None where nothing tells it
    said: str  # equal for two copies of one message
    name: str
    address: str  # canonical; "" where the archive disguised it


def tell(raw: bytes, envelope: bytes, *, prefix: str, latest: datetime) -> Facts | str | None:
    """What the headers tell; None where there are none, a sentence where they say that it is no message.

    `envelope`: the line of the mbox before it; `prefix`: the community's, which its subjects carry; `latest`: nothing
    was written after it.
    """
    start = len(MARK) if raw.startswith(MARK) else 0
    fields, body = headers.split(raw, start, len(raw), [])
    if not any(field.name.lower().encode() in headers.KNOWN for field in fields.pairs):
        return None
    subject = headers.decode_words(fields.first("subject") or "")
    if subject.startswith("DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"):
        return "It is what a program for mail (Pine, UW-IMAP) noted of the folder, and no message."
    ids = headers.message_ids(fields.first("message-id"))
    message_id = ids[0] if ids and repeatable(ids[0]) else own_id(raw)
    references = headers.message_ids(fields.first("references"))
    answers = answered(headers.message_ids(fields.first("in-reply-to")), references)
    name, address = _author((*fields.all("from")[:1], *fields.all("sender")[:1]))
    if (bare := rules.before_via(name)) != name:
        # The list stands in From for authors whose domain allows no other sender (DMARC).
        told = (value for field in (*rules.ORIGINALLY, "reply-to") for value in fields.all(field)[:1])
        name, address = bare, rules.original(told, address)
    key, was, reply = compared(subject, prefix)
    words = f"{fields.first('date') or ''}\n{key}\n{reply}\n{name}".encode("utf-8", "replace")
    # Two copies of one message may differ below: a list adds its foot, an archive disguises addresses.
    said = words if fields.first("date") else words + raw[body:].translate(None, BLANK)
    return Facts(
        message_id,
        tuple(one for one in answers if one != message_id),
        tuple(one for one in references[-20:] if one != message_id),
        key,
        was,
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


# Of an archive's messages many have one author, and those of a conversation one subject.
@lru_cache(maxsize=4096)
def compared(subject: str, prefix: str) -> tuple[str, str, bool]:
    """A subject as it is compared, that which it says it had before, and whether it says that it answers."""
    former = former_subject(subject)
    return subject_key(subject, prefix), subject_key(former, prefix) if former else "", says_reply(subject, prefix)


# How archives disguise addresses, in the languages of Mailman: "mele at old.example", "mele(a)old.example".
_AT = r"at|a|à|bei|chez|en|em|på|ved|hos|op|w|na|u|di|la|de|в|на|στο|için|在|於|arroba|arobase|chiocciola|@"
_DISGUISED = re.compile(
    rf"(?P<before>^|<)\s*(?P<local>[\w.+=~-]{{1,64}})(?:\s+(?:{_AT})\s+|\s*[(\[]\s?(?:{_AT})\s?[)\]]\s*)"
    r"(?P<domain>(?:[\w-]{1,63}\.){1,9}\w[\w-]{1,62})(?=\s*(?:\Z|[<>(\[,]))",
    re.IGNORECASE,
)
# Yahoo wrote mele@..., Google me...@old.example: nobody has such an address.
_MASKED = re.compile(r"(?P<local>[\w.+-]{1,64}?)(?:@\.{3}|\.{3}@)")


@lru_cache(maxsize=4096)
def _author(values: tuple[str, ...]) -> tuple[str, str]:
    """The name and canonical address that From tells, or Sender; the address "" where it is disguised beyond repair."""
    for value in values:
        told = headers.decode_words(value) if value.startswith("=?") and "@" not in value and "<" not in value else value
        told = _DISGUISED.sub(r"\g<before>\g<local>@\g<domain>", told)
        for one in entries(told, 5):
            name = "" if "@" in one.mailbox.name or " at " in one.mailbox.name else one.mailbox.name
            try:
                address = canonical_address(one.mailbox.address)
            except ValueError:
                address = ""
            if address.endswith("@invalid") or _MASKED.match(address):
                address = ""
            if name or address:
                return name or address.partition("@")[0], address
        if masked := _MASKED.search(told):
            return masked["local"], ""
    return "", ""
