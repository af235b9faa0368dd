"""The bytes of letters that go out.

`compose` makes a letter from its words, `relay` puts a protected one (S/MIME, PGP,
calendar) under new headers. Both end with `_prove`, which reads the finished
bytes again and refuses what breaks M1: only CRLF, no line over 998, one of each
header that must be one, and the addresses that were meant and no others.

Values that differ from copy to copy are slots: markers with NUL, which no header
can hold, replaced by `mail.sending.stencil` when the copy is sent.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, getaddresses
from urllib.parse import quote

from django.conf import settings

from talanoa.mail.sending.folding import (
    ADDRESSED,
    LONGEST,
    CannotWrite,
    field,
    mailbox,
    mailboxes,
    phrase,
)

__all__ = [
    "DELIVERY_SLOT",
    "UNSUBSCRIBE_SLOT",
    "CannotWrite",
    "Composed",
    "Part",
    "compose",
    "date",
    "mailbox",
    "message_id",
    "phrase",
    "relay",
]

UNSUBSCRIBE_SLOT = b"\0member\0"  # becomes the token by which this member leaves
DELIVERY_SLOT = b"\0delivery\0"  # becomes the token of this one delivery

ONCE = ("from", "date", "message-id", "subject", "to")
AT_MOST_ONCE = ("reply-to", "sender", "cc", "in-reply-to", "references", "mime-version", "content-type", "content-transfer-encoding")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}")
FIELD = re.compile(rb"([!-9;-~]+):((?:[^\r\n]|\r\n[ \t])*+)\r\n")


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter as bytes: `head` whole header lines with slots, `body` final; between them belongs one empty line."""

    head: bytes
    body: bytes

    @property
    def whole(self) -> bytes:
        """The letter as it would stand in a file."""
        return self.head + b"\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes along. `content_id` is how the HTML names it, without `cid:` or brackets."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


def message_id() -> str:
    """A new Message-ID with 144 random bits and no number of any object (P8)."""
    return f"<{secrets.token_urlsafe(18)}@{settings.TALANOA.mail_domain}>"


def date(at: datetime) -> str:
    """A moment as the Date header says it."""
    return format_datetime(at)


def compose(
    *,
    headers: list[tuple[str, str]],
    text: str,
    html: str | None = None,
    inline: Sequence[Part] = (),
    attachments: Sequence[Part] = (),
) -> Composed:
    """Write a letter. `inline` parts are shown by the HTML through their `content_id`.

    `headers` are decoded values, but for address headers, which are made with
    `mailbox`. Raises `CannotWrite`; then nothing may be sent.
    """
    attachments = list(attachments)
    top = _text("plain", text)
    if html is not None:
        rich = _text("html", html)
        if inline:
            files = [_file(part, "inline") for part in inline]
            rich = _multipart('related; type="text/html"', [rich, *files])
        top = _multipart("alternative", [top, rich])
    else:
        attachments = [*inline, *attachments]
    if attachments:
        top = _multipart("mixed", [top, *(_file(part, "attachment") for part in attachments)])
    about, body = top
    for name, _ in headers:
        if name.lower().startswith("content-") and name.lower() != "content-language":
            raise CannotWrite(f"{name} is told by the content and cannot be given.")
    head = b"".join(field(name, value) for name, value in headers) + b"MIME-Version: 1.0\r\n" + about
    return _prove(Composed(head, body), headers)


def relay(*, headers: list[tuple[str, str]], raw: bytes) -> Composed:
    """Put the body of `raw`, and its MIME-Version and Content-* headers, under new headers, byte for byte (M6).

    Only line ends that are not CRLF become CRLF, as the canonical form that
    signatures are made over demands anyway. Raises `CannotWrite` when the
    original cannot travel as it is (NUL, lines over 998, two Content-Types).
    """
    raw = _crlf(raw)
    end = 0 if raw.startswith(b"\r\n") else raw.find(b"\r\n\r\n") + 2
    if end == 1:  # there is no body
        raw, end = raw.rstrip(b"\r\n") + b"\r\n\r\n", len(raw.rstrip(b"\r\n")) + 2
    kept = [
        match[0] for match in FIELD.finditer(raw, 0, end) if match[1].lower().startswith(b"content-") or match[1].lower() == b"mime-version"
    ]
    names = {line.partition(b":")[0].lower().decode("ascii") for line in kept}
    ours = [(name, value) for name, value in headers if name.lower() not in names]
    if "mime-version" not in names and names:
        kept.insert(0, b"MIME-Version: 1.0\r\n")
    body = raw[end + 2 :]
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    return _prove(Composed(b"".join(field(*pair) for pair in ours) + b"".join(kept), body), ours)


def _crlf(data: bytes) -> bytes:
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    return re.sub(rb"\r\n|\r|\n", b"\r\n", data)


def _text(subtype: str, text: str) -> tuple[bytes, bytes]:
    """The headers and body of a text part, in the encoding that is robust and short."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode("utf-8", "replace").replace(b"\n", b"\r\n")
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    # "From " at the start of a line becomes ">From " in mailboxes on the way, and breaks the signature.
    if data.isascii() and max(map(len, data.split(b"\r\n"))) <= LONGEST and b"\nFrom " not in b"\n" + data:
        encoding, body = b"7bit", data
    else:
        encoding, body = b"quoted-printable", _quoted(data)
        if len(body) > len(data) * 77 // 56:
            encoding, body = b"base64", _base64(data)
    about = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n" % (subtype.encode(), encoding)
    return about, body


def _quoted(data: bytes) -> bytes:
    body = binascii.b2a_qp(data, istext=True)
    # A soft break keeps the lengthened line below 76.
    return re.sub(rb"(?m)^From ", rb"=46rom =\r\n", body)


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _file(part: Part, disposition: str) -> tuple[bytes, bytes]:
    media_type = part.media_type.partition(";")[0].strip().lower()
    # Inside these, nothing may be encoded (RFC 2046, 5.2.1); as a plain file it arrives unharmed.
    if not MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("multipart/", "message/")):
        media_type = "application/octet-stream"
    about = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {disposition}"
    about += "".join(f";\r\n {piece}" for piece in _filename(part.name)) + "\r\n"
    if part.content_id and CONTENT_ID.fullmatch(part.content_id):
        about += f"Content-ID: <{part.content_id}>\r\n"
    return about.encode("ascii"), _base64(part.content)


def _filename(name: str) -> list[str]:
    """The parameter `filename`, by RFC 2231 where it is not plain and short."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f/\\]", "_", name)[:200].encode("utf-8", "replace").decode()
    if not name:
        return []
    if len(name) <= 60 and re.fullmatch(r"[ !#-\[\]-~]+", name) and "=?" not in name:
        return [f'filename="{name}"']
    pieces = [""]
    for character in name:
        written = quote(character, safe="")
        if len(pieces[-1]) + len(written) > 50:
            pieces.append("")
        pieces[-1] += written
    start = "utf-8''"
    if len(pieces) == 1:
        return [f"filename*={start}{pieces[0]}"]
    return [f"filename*{number}*={start if number == 0 else ''}{piece}" for number, piece in enumerate(pieces)]


def _multipart(subtype: str, parts: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    # Neither quoted-printable nor base64 nor 7-bit text of ours can hold 120 random bits by chance.
    boundary = b"=_" + secrets.token_hex(15).encode()
    about = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n' % (subtype.encode(), boundary)
    pieces = [b"--%s\r\n%s\r\n%s" % (boundary, head, body) for head, body in parts]
    return about, b"\r\n".join([*pieces, b"--%s--\r\n" % boundary])


def _prove(composed: Composed, headers: list[tuple[str, str]]) -> Composed:
    """Read the finished bytes as a stranger would; raise `CannotWrite` if they are not what was meant (M1)."""
    head = composed.head.replace(UNSUBSCRIBE_SLOT, b"x").replace(DELIVERY_SLOT, b"x")
    for data in (head, composed.body):
        if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") or b"\0" in data:
            raise CannotWrite("The letter would hold a bare line end or a NUL.")
        if max(map(len, data.split(b"\r\n"))) > LONGEST:
            raise CannotWrite("The letter would hold a line over 998 bytes.")
    if composed.body and not composed.body.endswith(b"\r\n"):
        raise CannotWrite("The letter would end within a line.")
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(head):
        match = FIELD.match(head, position)
        if match is None:
            raise CannotWrite("The header would hold a line that is no header.")
        found.append((match[1].decode("ascii").lower(), match[2].decode("utf-8", "replace").replace("\r\n", "").strip()))
        position = match.end()
    counts = Counter(name for name, _ in found)
    for name in ONCE:
        if counts[name] != 1:
            raise CannotWrite(f"The letter would have {counts[name]} headers {name.title()} instead of one.")
    for name in AT_MOST_ONCE:
        if counts[name] > 1:
            raise CannotWrite(f"The letter would have {counts[name]} headers {name.title()}.")
    allowed = {name.lower() for name, _ in headers} | {"mime-version"}
    if strange := [name for name in counts if name not in allowed and not name.startswith("content-")]:
        raise CannotWrite(f"The letter would have a header that nobody wrote: {strange[0]}.")
    meant = [(name.lower(), mailboxes(value.strip())) for name, value in headers if name.lower() in ADDRESSED]
    read = [(name, [spec for _, spec in getaddresses([value])]) for name, value in found if name in ADDRESSED]
    if meant != read:
        raise CannotWrite(f"The letter would be addressed to {read!r} instead of {meant!r}.")
    return composed
