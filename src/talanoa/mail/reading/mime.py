"""The parts of a mail: splitting by boundaries and undoing transfer encodings.

An own splitter, because the caps of promise S2 on depth and parts have to hold
before a parser builds anything, and because `bytes.find` finds a boundary many
times faster than a parser that looks at every line. No recursion. RFC 2045,
RFC 2046; RFC 3676 (format=flowed); uuencode as in POSIX.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from talanoa.mail.reading import charsets, headers

DEPTH_LIMIT = 50
PART_LIMIT = 500
MOST_OF_A_TEXT = 25 << 20  # bytes; what is larger, in an archive, is cut, because many copies of it are made

DEEP = "The mail is nested deeper than 50 parts; what lies deeper was not read."
MANY = "The mail has more than 500 parts; the rest was not read."
NO_BOUNDARY = "A multipart without a usable boundary was read as one text."


@dataclass(slots=True)
class Part:
    """One part: its headers, its type, and where its body lies in the bytes."""

    fields: headers.Fields
    media_type: str
    parameters: dict[str, str]
    start: int
    end: int
    depth: int = 0
    children: list[Part] = field(default_factory=list)

    @property
    def charset(self) -> str | None:
        return self.parameters.get("charset")

    def disposition(self) -> tuple[str, dict[str, str]]:
        return headers.parameters(self.fields.first("content-disposition") or "")

    def file_name(self) -> str:
        """The file name a part carries, "" when none (RFC 2183, RFC 2231)."""
        _, given = self.disposition()
        return given.get("filename") or self.parameters.get("name") or ""


def parts(raw: bytes, notes: list[str]) -> Part:
    """Read a mail's tree of parts, at most 500 of them and 50 deep."""
    root = _part(raw, 0, len(raw), 0, "text/plain", notes)
    waiting = [root]
    count = 1
    while waiting:
        part = waiting.pop()
        if not part.media_type.startswith("multipart/"):
            continue
        if part.depth >= DEPTH_LIMIT:
            _note(notes, DEEP)
            continue
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        spans = _spans(raw, part)
        if not spans:
            if raw[part.start : part.end].strip():
                _note(notes, NO_BOUNDARY)
            part.media_type = "text/plain"
            continue
        for start, end in spans:
            if count >= PART_LIMIT:
                _note(notes, MANY)
                break
            count += 1
            part.children.append(_part(raw, start, end, part.depth + 1, default, notes))
        waiting.extend(reversed(part.children))
    return root


def _note(notes: list[str], sentence: str) -> None:
    if sentence not in notes:
        notes.append(sentence)


MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,120}")


def _part(raw: bytes, start: int, end: int, depth: int, default: str, notes: list[str]) -> Part:
    fields, body = headers.split(raw, start, end, notes)
    main, given = headers.parameters(fields.first("content-type") or "")
    media_type = main.replace(" ", "")
    if not MEDIA_TYPE.fullmatch(media_type):
        # RFC 2045 5.2: without a usable type it is text.
        if media_type == "text":
            media_type = "text/plain"
        elif media_type in ("application", "image", "audio", "video"):
            media_type += "/octet-stream"
        elif media_type.startswith("multipart"):
            media_type = "multipart/mixed"
        else:
            media_type = default
    return Part(fields, media_type, given, body, end, depth)


GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,199}?)[ \t\r]*\n[Cc]ontent-", re.MULTILINE)


def _spans(raw: bytes, part: Part) -> list[tuple[int, int]]:
    """Where the parts of a multipart lie; empty when there is no boundary."""
    wanted = part.parameters.get("boundary", "").encode("utf-8", "replace")
    spans = _between(raw, part.start, part.end, wanted) if wanted else []
    if not spans:
        guess = GUESS.search(raw, part.start, min(part.end, part.start + 20_000))
        if guess and guess[1] != wanted:
            spans = _between(raw, part.start, part.end, guess[1])
    return spans


def _between(raw: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    mark = b"--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1
    position = start
    # Most hits are boundaries; a mail made of near misses is not worth more.
    for _ in range(PART_LIMIT * 40):
        if len(spans) > PART_LIMIT:
            break
        hit = raw.find(mark, position, end)
        if hit < 0:
            break
        position = hit + len(mark)
        if hit > start and raw[hit - 1 : hit] not in (b"\n", b"\r"):
            continue
        newline = raw.find(b"\n", position, end)
        stop = end if newline < 0 else newline
        rest = raw[position : min(stop, position + 100)].strip()
        closing = rest.startswith(b"--")
        # A longer word is the boundary of somebody else.
        if rest and not closing:
            continue
        if opened >= 0:
            spans.append((opened, _before_break(raw, opened, hit)))
        opened = -1 if closing else min(stop + 1, end)
        position = min(stop + 1, end)
        if closing and not _opens_again(raw, position, end, mark):
            break
    if opened >= 0 and len(spans) <= PART_LIMIT:
        # Never closed: the mail was cut off, or the last boundary is damaged.
        spans.append((opened, end))
    return spans


def _opens_again(raw: bytes, position: int, end: int, mark: bytes) -> bool:
    """Some gateways close a multipart and go on with it after an epilogue."""
    return raw.find(b"\n" + mark, position, end) >= 0


def _before_break(raw: bytes, start: int, end: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
    if end > start and raw[end - 1 : end] == b"\r":
        end -= 1
    return end


def content(raw: bytes, part: Part, *, most: int | None = None) -> bytes:
    """The bytes of a part with its transfer encoding undone, of the first `most` that were sent; never raises."""
    end = part.end if most is None else min(part.end, part.start + most)
    encoding = (part.fields.first("content-transfer-encoding") or "").split("(")[0]
    encoding = encoding.split(";")[0].strip().strip("\"'").lower()
    if encoding == "base64" and not part.media_type.startswith("text/"):
        with memoryview(raw) as whole, whole[part.start : end] as sent:  # one copy less of perhaps 60 MB
            return headers.lenient_base64(sent)
    data = raw[part.start : end]
    if encoding == "base64":
        return _text_in_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data.replace(b"=\r\n", b"").replace(b"=\n", b""))
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = uuencoded(data.decode("latin-1"))[1]
        return found[0][1] if found else data
    return data


NOT_BASE64 = re.compile(rb"^[^\r\n]*[^A-Za-z0-9+/=\s][^\r\n]*$", re.MULTILINE)


def _text_in_base64(data: bytes) -> bytes:
    if foreign := NOT_BASE64.search(data):
        # List software appends its foot in plain text to an encoded body.
        head, tail = data[: foreign.start()], data[foreign.start() :]
        if len(head) > 40:
            return headers.lenient_base64(head) + b"\n" + tail
        if not head.strip() and b" " in foreign[0].strip():
            return data  # It says base64 and is not.
    return headers.lenient_base64(data)


def text(raw: bytes, part: Part) -> str:
    """The text of a text part: decoded, unflowed, LF line ends."""
    words = charsets.body(charsets.decoded(content(raw, part, most=MOST_OF_A_TEXT), part.charset))
    if part.parameters.get("format", "").lower() == "flowed":
        return unflowed(words, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return words


def unflowed(words: str, *, delsp: bool) -> str:
    """Join the flowed lines of RFC 3676, within one depth of quotation."""
    out: list[str] = []
    paragraph: list[str] = []
    flowing = False
    depth_before = 0
    for line in words.split("\n"):
        stripped = line.lstrip(">")
        depth = len(line) - len(stripped)
        # Space-stuffing (section 4.4).
        stripped = stripped.removeprefix(" ")
        signature = stripped == "-- "
        if not (flowing and depth == depth_before and not signature):
            if paragraph:
                out.append("".join(paragraph))
            paragraph = [">" * depth + " "] if depth else [""]
        flowing = stripped.endswith(" ") and not signature
        paragraph.append(stripped[:-1] if flowing and delsp else stripped)
        depth_before = depth
    out.append("".join(paragraph))
    return "\n".join(out)


BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})\n", re.MULTILINE)


def uuencoded(words: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Take uuencoded files out of a text; return the rest and the files."""
    files: list[tuple[str, bytes]] = []
    rest: list[str] = []
    position = 0
    while len(files) < 100 and (begin := BEGIN.search(words, position)):
        finish = words.find("\nend", begin.end() - 1)
        if finish < 0:
            break
        data = bytearray()
        try:
            for line in words[begin.end() : finish].split("\n"):
                data += _uu_line(line)
        except (binascii.Error, ValueError):
            rest.append(words[position : begin.end()])
            position = begin.end()
            continue
        rest.append(words[position : begin.start()])
        files.append((begin[1].strip(), bytes(data)))
        after = words.find("\n", finish + 1)
        position = len(words) if after < 0 else after + 1
    return "".join(rest) + words[position:], files


def _uu_line(line: str) -> bytes:
    data = line.encode("ascii", "replace").rstrip(b"\r")
    if not data or data[:1] in b" `":
        return b""
    try:
        return binascii.a2b_uu(data)
    except binascii.Error:
        # Broken encoders write a wrong length; count it anew.
        size = (((data[0] - 32) & 63) * 4 + 5) // 3
        return binascii.a2b_uu(data[:size])
