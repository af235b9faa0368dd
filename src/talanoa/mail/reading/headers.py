"""The header block of a mail or part: splitting, capping, decoding.

Everything here works on bytes first and caps before it decodes, because one
Subject of 640 kB takes the standard library's modern parser over 8 GiB
(promise S2). RFC 5322 section 2.2, RFC 2047, RFC 2231, RFC 6532.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_to_bytes

from talanoa.mail.reading.charsets import decoded, plain

HEADER_LIMIT = 64 * 1024
BLOCK_LIMIT = 256 * 1024
LINE_LIMIT = 1_000

FIELD = re.compile(rb"([!-9;-~]{1,200}+)[ \t]*+:")
KNOWN = frozenset(
    b"received from to cc bcc subject date message-id mime-version content-type reply-to sender "
    b"content-transfer-encoding content-disposition content-id return-path in-reply-to references "
    b"delivered-to precedence auto-submitted list-id user-agent importance".split()
)
ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60}+)\?([bBqQ])\?([^?]*+)\?=")
# White space between two encoded words is not part of the text (RFC 2047, 6.2).
BETWEEN = re.compile(r"\s*+\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One header: its name as written and its unfolded value, still encoded."""

    name: str
    value: str


class Fields:
    """A header block, in order; names are compared without case."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: list[Field]) -> None:
        self.pairs = pairs
        self._first: dict[str, str] = {}
        for field in pairs:
            self._first.setdefault(field.name.lower(), field.value)

    def first(self, name: str) -> str | None:
        """The first value of `name` (lower case), or None."""
        return self._first.get(name)

    def all(self, name: str) -> list[str]:
        """Every value of `name` (lower case), in order."""
        if name not in self._first:
            return []
        return [field.value for field in self.pairs if field.name.lower() == name]


class _Block:
    """A header block that is being read, line by line, under the caps."""

    def __init__(self, notes: list[str]) -> None:
        self.pairs: list[Field] = []
        self.notes = notes
        self.lines = 0
        self.spent = 0
        self.name: bytes | None = None
        self.chunks: list[bytes] = []
        self.size = 0

    def flush(self) -> None:
        """End the header that is being read."""
        if self.name is not None:
            self.pairs.append(Field(self.name.decode("ascii"), _unfolded(b" ".join(self.chunks))))
        self.name, self.chunks, self.size = None, [], 0

    def begin(self, match: re.Match[bytes], line: bytes, *, cut: bool) -> None:
        """Begin a header."""
        self.flush()
        if self.lines > LINE_LIMIT or self.spent > BLOCK_LIMIT:
            _note(self.notes, "Headers beyond 1,000 lines or 256 KiB were left out.")
            return
        self.name = match[1]
        self._add(line[match.end() :].strip(), cut=cut)

    def go_on(self, line: bytes) -> None:
        """Add a continuation line."""
        if self.name is not None and self.lines <= LINE_LIMIT and self.spent <= BLOCK_LIMIT:
            piece = line.strip()
            room = HEADER_LIMIT - self.size
            self._add(piece[: max(room, 0)], cut=len(piece) > room)

    def _add(self, piece: bytes, *, cut: bool) -> None:
        self.chunks.append(piece)
        self.size += len(piece)
        self.spent += len(piece)
        if cut:
            _note(self.notes, "A header longer than 64 KiB was cut.")


def split(raw: bytes, start: int, end: int, notes: list[str]) -> tuple[Fields, int]:
    """Read the header block that begins at `start`; tell where the body begins.

    A line that is no header ends the block, as in the standard library, unless
    a well-known header follows it: then it is one damaged line and is skipped.
    """
    block = _Block(notes)
    position = start
    while position < end:
        newline = raw.find(b"\n", position, end)
        stop, following = (end, end) if newline < 0 else (newline, newline + 1)
        if stop - position <= 1 and not raw[position:stop].strip(b"\r"):
            position = following
            break
        block.lines += 1
        # The slice is capped before anything looks at it.
        line = raw[position : min(stop, position + HEADER_LIMIT)]
        if line[:1] in (b" ", b"\t"):
            block.go_on(line)
        elif match := FIELD.match(line):
            block.begin(match, line, cut=stop - position > HEADER_LIMIT)
        elif line.startswith((b"From ", b">From ")):
            # The envelope line of an mbox file; it is no header.
            block.flush()
        elif (block.pairs or block.name is not None) and _known_at(raw, following, end):
            _note(notes, "A damaged header line was skipped.")
            block.flush()
        else:
            break
        position = following
    block.flush()
    return Fields(block.pairs), position


def _known_at(raw: bytes, position: int, end: int) -> bool:
    match = FIELD.match(raw, position, min(end, position + 256))
    return match is not None and match[1].lower() in KNOWN


def _note(notes: list[str], sentence: str) -> None:
    if sentence not in notes:
        notes.append(sentence)


def _unfolded(value: bytes) -> str:
    """Bytes of a header value as text: UTF-8 (RFC 6532), else Windows-1252."""
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        text = decoded(value, None)
    return text.replace("\r", " ").replace("\n", " ")


def decode_words(value: str) -> str:
    """Decode the encoded words of RFC 2047 and keep everything else.

    Words of one charset are joined before they are decoded, because many
    programs cut in the middle of a character. The result has no line breaks
    and no control characters, whatever was encoded: a decoded Subject once
    smuggled a Bcc header (CPython issue 121650).
    """
    if "=?" not in value:
        return one_line(value)
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    position = 0
    for match in ENCODED_WORD.finditer(value):
        between = value[position : match.start()]
        word = _word(match[2], match[3])
        named = match[1].partition("*")[0].lower()
        if pending and (not BETWEEN.match(between) or named != charset):
            out.append(decoded(b"".join(pending), charset))
            pending = []
            if BETWEEN.match(between):
                between = ""
        elif pending:
            between = ""
        out.append(between)
        pending.append(word)
        charset = named
        position = match.end()
    if pending:
        out.append(decoded(b"".join(pending), charset))
    out.append(value[position:])
    return one_line("".join(out))


def _word(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
    return lenient_base64(data)


def lenient_base64(data: bytes | memoryview) -> bytes:
    """Decode base64 with junk, spaces or missing padding; never raises."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]+", b"", data)
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def one_line(text: str) -> str:
    """The text on one line, without control characters, spaces trimmed."""
    return " ".join(plain(text).split())


PARAMETER = re.compile(
    r"""[;\s]*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)(?:"|\Z)|([^;"]*+))""",
    re.DOTALL,
)
JUNK = re.compile(r"[^;]*+;?")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured value (Content-Type, Content-Disposition) and its parameters.

    Knows RFC 2231 (charsets, percent encoding, continuations) and the encoded
    words that many programs put into parameters against RFC 2047.
    """
    main, _, rest = value.partition(";")
    main = main.split("(")[0].strip().lower()
    plain_ones: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    count = 0
    while position < len(rest) and count < 200:
        count += 1
        match = PARAMETER.match(rest, position)
        if not match:
            junk = JUNK.match(rest, position)
            position = junk.end() if junk and junk.end() > position else len(rest)
            continue
        position = match.end()
        name = match[1].lower()
        text = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else (match[3] or "").strip()
        if "*" in name:
            base, _, tail = name.partition("*")
            extended = name.endswith("*")
            digits = tail.rstrip("*")
            index = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
            pieces.setdefault(base, {}).setdefault(index, (text, extended))
        else:
            plain_ones.setdefault(name, text)
    found = {name: decode_words(text) for name, text in plain_ones.items()}
    for base, numbered in pieces.items():
        found[base] = _continued([numbered[index] for index in sorted(numbered)])
    return main, found


def _continued(pieces: list[tuple[str, bool]]) -> str:
    charset: str | None = None
    data: list[bytes] = []
    for index, (piece, extended) in enumerate(pieces):
        text = piece
        if extended and index == 0 and piece.count("'") >= 2:
            charset, _, text = piece.split("'", 2)
        data.append(unquote_to_bytes(text) if extended else text.encode("utf-8", "replace"))
    return one_line(decoded(b"".join(data), charset or None))


def moment(value: str | None) -> datetime | None:
    """The instant a Date header names, in UTC; None when garbage or absurd."""
    if not value:
        return None
    # Imported late: it brings sockets and random numbers along.
    from email.utils import parsedate_tz

    try:
        text = decode_words(value[:200])
        parts = parsedate_tz(text)
        if parts is None:
            given = datetime.fromisoformat(text.strip())
            instant = given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
        else:
            # Programs that had not heard of 2000 counted on from 1900 (RFC 5322, 4.3).
            year = parts[0] + 1900 if 100 <= parts[0] < 200 else parts[0]
            naive = datetime(year, *parts[1:5], min(parts[5], 59), tzinfo=UTC)
            # No clock on Earth is further from UTC than 14 hours; what says so says nothing.
            zone = parts[9] or 0
            instant = naive - timedelta(seconds=zone if abs(zone) <= 14 * 3600 else 0)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    # E-mail is no older than 1971, and a century ahead is a broken clock.
    return instant if 1971 <= instant.year <= 2100 else None


BRACKETED = re.compile(r"<([^<>\s]{1,990}+)>")
BARE = re.compile(r"[^\s<>,;\"()]{1,400}+@[^\s<>,;\"()]{1,400}+")


def message_ids(value: str | None, limit: int = 200) -> tuple[str, ...]:
    """The message ids of a header, in brackets, each once, in order.

    Real In-Reply-To headers hold sentences ("Your message of ..."), several
    ids, or an id without brackets; all are read. Over `limit`, the first and
    the newest are kept, because threading needs the root and the parent.
    """
    if not value:
        return ()
    # Some programs fold in the middle of an id.
    found = BRACKETED.findall(value)
    if not found:
        found = BARE.findall(value)[:1] if value.count("@") == 1 else []
    unique = list(dict.fromkeys(f"<{one_line(text)}>" for text in found))
    if len(unique) > limit:
        unique = unique[:1] + unique[1 - limit :]
    return tuple(unique)
