"""A mail understood: `read` turns received bytes into a `Letter`.

Pure: no tables, no clock, no network; linear in time; caps before it parses
(promise S2). `talanoa.mail.reading.sandbox` runs it in a child process with limits.
The neighbours each know one thing: `headers`, `addresses`, `mime` and `bodies`
(parts), `html`, `fresh` (reply trimming), `reports` (bounces), `machines`,
`authenticity`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from talanoa.mail import addresses
from talanoa.mail.addresses import canonical_address, confusable
from talanoa.mail.reading import bodies, circulation, headers, html, machines, mime
from talanoa.mail.reading.authenticity import authenticity
from talanoa.mail.reading.htmltext import SIZE_LIMIT as SIZE_LIMIT_OF_HTML
from talanoa.mail.reading.letter import (
    Attachment,
    Authenticity,
    Bounce,
    FailedRecipient,
    Letter,
    Mailbox,
    TooHard,
    Unreadable,
)

if TYPE_CHECKING:
    from talanoa.mail.reading import fresh

__all__ = [
    "Attachment",
    "Authenticity",
    "Bounce",
    "Content",
    "FailedRecipient",
    "Letter",
    "Mailbox",
    "TooHard",
    "Unreadable",
    "canonical_address",
    "confusable",
    "content",
    "describe",
    "read",
]

SIZE_LIMIT = 25 * 1024 * 1024
# Text beyond this is no letter; it would only make every later reader slow.
TEXT_LIMIT = 2 * 1024 * 1024
LOOP_HEADERS = ("x-beenthere", "x-been-there", "x-talanoa-loop")


def read(raw: bytes, *, trusted_authserv: str = "", depth: int = 0) -> Letter:
    """Understand one mail as it was received.

    Never raises on any bytes, with one exception: TooHard when the mail is
    larger than 25 MiB. All other caps (header 64 KiB, headers 256 KiB and
    1,000 lines, depth 50, parts 500, addresses 1,000, HTML 1 MiB) reduce the
    reading, and `notes` say so. `trusted_authserv` is the name under which our
    own edge writes Authentication-Results (RFC 8601); empty: nobody is trusted.
    `depth`: within how many mails it was found.
    """
    notes: list[str] = []
    raw, root, found = _opened(raw, notes, SIZE_LIMIT)
    fields = root.fields
    sender, defects = addresses.author(fields.all("from"))
    subject = headers.decode_words(fields.first("subject") or "")
    source = _source(found, notes)
    sanitised = html.sanitise(source) if source else None
    text, trimmed = _text(found, source, notes)
    # Its tables of words take a while to compile; who only wants the names of this module does not wait for them.
    from talanoa.mail.reading import reports

    bounced = reports.bounce(raw, root, fields, text)
    machine = machines.reason(fields, subject, sender.address if sender else "")
    complained_of = reports.complained_of(raw, root)
    ids = headers.message_ids(fields.first("message-id"))
    letter = Letter(
        message_id=ids[0] if ids else None,
        sender=sender,
        sender_defects=defects,
        reply_to=addresses.mailboxes(fields.all("reply-to")),
        to=addresses.mailboxes(fields.all("to")),
        cc=addresses.mailboxes(fields.all("cc")),
        subject=subject,
        written_at=headers.moment(fields.first("date")),
        in_reply_to=headers.message_ids(fields.first("in-reply-to")),
        references=headers.message_ids(fields.first("references")),
        text=text,
        fresh_text=trimmed.fresh,
        quoted_text=trimmed.quoted,
        signature=trimmed.signature,
        doubtful=trimmed.doubtful,
        html=sanitised,
        attachments=tuple(found.attachments),
        authenticity=authenticity(fields.pairs, sender, trusted_authserv),
        machine=machine,
        received_count=len(fields.all("received")),
        list_ids=_list_ids(fields),
        loop_marks=tuple(headers.one_line(value).lower() for name in LOOP_HEADERS for value in fields.all(name)),
        kind=_kind(found, bounced, answers=machines.answers(fields, subject), complaint=complained_of is not None),
        bounce=bounced,
        protected=_is_protected(found, text),
        complained_of=complained_of or (),
        complained_through=reports.complained_through(raw, root) if complained_of is not None else (),
        pieces=trimmed.pieces(text),
        headers=tuple((field.name, headers.decode_words(field.value)) for field in fields.pairs),
        notes=tuple(notes),
    )
    hidden = circulation.hidden_keys(letter, depth)
    return replace(letter, hidden_keys=hidden) if hidden else letter


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, as an archive keeps it; the names are those of `Letter`."""

    subject: str
    fresh_text: str
    quoted_text: str
    pieces: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    list_ids: tuple[str, ...]
    fields: headers.Fields

    def header(self, name: str) -> str | None:
        """The first decoded value of the header `name`, or None."""
        value = self.fields.first(name.lower())
        return None if value is None else headers.decode_words(value)


def content(raw: bytes, *, most: int = SIZE_LIMIT) -> Content:
    """What a mail of at most so many bytes says, without asking who sent it and by what way: for archives."""
    notes: list[str] = []
    raw, root, found = _opened(raw, notes, most)
    text, trimmed = _text(found, _source(found, notes), notes)
    return Content(
        subject=headers.decode_words(root.fields.first("subject") or ""),
        fresh_text=trimmed.fresh,
        quoted_text=trimmed.quoted,
        pieces=trimmed.pieces(text),
        attachments=tuple(found.attachments),
        list_ids=_list_ids(root.fields),
        fields=root.fields,
    )


def _opened(raw: bytes, notes: list[str], most: int) -> tuple[bytes, mime.Part, bodies.Bodies]:
    """The bytes that are read, their tree of parts, and what its leaves hold."""
    if len(raw) > most:
        raise TooHard(f"The mail is larger than {most >> 20} MiB and was not read.")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    raw = raw.lstrip(b"\r\n")
    root = mime.parts(raw, notes)
    return raw, root, bodies.collect(raw, root)


def _source(found: bodies.Bodies, notes: list[str]) -> str:
    """The HTML as it came, "" if there is none."""
    source = "\n".join(found.htmls)
    if len(source) > SIZE_LIMIT_OF_HTML:
        notes.append("Of the HTML only the first MiB was read.")
    return source if source.strip() else ""


def _text(found: bodies.Bodies, source: str, notes: list[str]) -> tuple[str, fresh.Trimmed]:
    """The whole text, and the same taken apart."""
    # As above: the tables of words are read late.
    from talanoa.mail.reading import fresh

    text = "\n".join(words.strip("\n") for words in found.texts if words.strip())
    if not text.strip() and source:
        text = html.to_text(source)
    if len(text) > TEXT_LIMIT:
        notes.append("Of the text only the first 2 MiB were read.")
        text = text[:TEXT_LIMIT]
    text = text.strip("\n")
    return text, fresh.trim(text)


def _list_ids(fields: headers.Fields) -> tuple[str, ...]:
    found = []
    for value in fields.all("list-id"):
        inner = value.rpartition("<")[2].partition(">")[0] if "<" in value else value
        found.append(headers.one_line(inner).lower())
    return tuple(dict.fromkeys(found))


def _kind(found: bodies.Bodies, bounced: Bounce | None, *, answers: bool, complaint: bool) -> str:
    types = found.media_types
    if complaint:
        return "feedback-report"
    if bounced is not None:
        return "bounce"
    if answers:
        return "auto-reply"
    if "multipart/encrypted" in types or types & bodies.ENCRYPTED:
        return "encrypted"
    if "multipart/signed" in types:
        return "signed"
    if "text/calendar" in types and found.calendar_method:
        return "calendar"
    return "message"


def _is_protected(found: bodies.Bodies, text: str) -> bool:
    """Whether the structure must circulate byte for byte (promise M6)."""
    types = found.media_types
    return bool(
        types & {"multipart/signed", "multipart/encrypted"}
        or types & bodies.ENCRYPTED
        or ("text/calendar" in types and found.calendar_method)
        or text.lstrip().startswith(("-----BEGIN PGP SIGNED", "-----BEGIN PGP MESSAGE"))
    )


def describe(letter: Letter, file: str) -> dict[str, Any]:
    """What `talanoa mail inspect --json` prints about one file."""
    bounced = letter.bounce
    claimed = str(letter.sender) if letter.sender else letter.header("from")
    return {
        "file": file,
        "message_id": letter.message_id,
        "from": claimed,
        "subject": letter.subject,
        "date": letter.written_at.isoformat() if letter.written_at else None,
        "kind": letter.kind,
        "text": letter.text,
        "fresh_text": letter.fresh_text,
        "quoted_text": letter.quoted_text,
        "signature": letter.signature,
        "attachments": [{"name": item.name, "type": item.media_type, "size": len(item.content)} for item in letter.attachments],
        "authenticity": {
            "spf": letter.authenticity.spf,
            "dkim": letter.authenticity.dkim,
            "dmarc": letter.authenticity.dmarc,
            "domain": letter.authenticity.domain,
            "proven": letter.authenticity.proven,
        },
        "machine": letter.machine,
        "bounce": None
        if bounced is None
        else {
            "recipients": [
                {
                    "address": item.address,
                    "status": item.status,
                    "permanent": item.permanent,
                    "reason": item.reason,
                }
                for item in bounced.recipients
            ]
        },
        "sender_defects": list(letter.sender_defects),
        "doubtful": letter.doubtful,
        "notes": list(letter.notes),
    }
