"""The messages of files and folders in every format, one at a time, always in the same order.

A format is guessed from what stands in a file, not from its name; `FORMATS` lists the names that override the guess.
Nothing is unpacked to disk, and what a compressed file pretends to be is read no further than its limit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from talanoa.mail.reading.charsets import UNPRINTABLE
from talanoa.mail.reading.mbox import MAIL_LIMIT, MARK, cut
from talanoa.migration import foreign
from talanoa.migration.beside import keys, of_yahoo
from talanoa.migration.values import Damage, values
from talanoa.migration.yahoo import once

FORMATS = ("mbox", "maildir", "eml", "zip", "pipermail", "jsonl", "yahoo")
MEMBERS = 1_000_000  # of a zip
EXPANSION = 200  # a compressed file that grows more than so many times is no archive of mail
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
DEEPEST = 3  # so often a file may have been packed; some web servers pack again what was packed
HEAD = 4096  # bytes that tell what a file is
EXPANDED = 1 << 30  # below so many bytes it may grow as it likes
BESIDE = {".csv", ".html", ".htm", ".xlsx", ".pdf", ".png", ".jpg", ".css"}
MONTHS = "january february march april may june july august september october november december".split()


# An envelope line, a header field, JSON, or what Apple Mail writes: the length of the mail above it.
_MESSAGES = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From |[!-9;-~]{1,76}[ \t]*:|[\[{])")
_EMLX = re.compile(rb"(\d{1,9})[ \t]*\r?\n(?=[!-9;-~]{1,76}[ \t]*:)")
# Where somebody wrote a few lines above the first mail of an mbox.
_LATER = re.compile(rb"^From [^\n]*\d\d:\d\d[^\n]*\n[!-9;-~]{1,76}[ \t]*:", re.MULTILINE)
_OFFICE = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/", b"META-INF/")
_PACKED = (
    (0, b"BZh", "packed with bzip2; unpack it first"),
    (0, b"\xfd7zXZ\0", "packed with xz; unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (0, b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (257, b"ustar", "a tar archive; unpack it first"),
    (0, b"PK\x03\x04", "a zip inside of another file; unpack it first"),
    (0, b"\x1f\x8b", "packed several times; unpack it first"),
    (0, b"!BDN", "a file of Outlook; save its folders as mbox or .eml in a program for mail"),
)


class Unusable(Exception):
    """A file cannot be read as an archive; `str()` is a sentence."""


class _Packed(Unusable):
    """What is inside of a file is not known before it is unpacked."""

    def __init__(self, name: str, how: str) -> None:
        super().__init__(f"{name} is {how}.")
        self.note = f"It is {how}."


class Found(NamedTuple):
    """A message as it stands in an archive."""

    file: str
    number: int  # in its file, from 1
    raw: bytes  # b"" where `note` says why
    envelope: bytes = b""  # the line of an mbox before it
    note: str = ""
    files: str = ""  # the key of the files that lie beside it

    @property
    def place(self) -> str:
        """Where it stands, for people: a name in bytes of no encoding is shown as far as it can be."""
        return f"{UNPRINTABLE.sub(UNKNOWN, self.file)}, message {self.number}"


def messages(paths: list[Path], chosen: str = "") -> Iterator[Found]:
    """Every message of these files and folders."""
    for path in files(paths):
        try:
            with path.open("rb") as stream:
                yield from _opened(str(path), stream, path.stat().st_size, chosen if chosen not in ("maildir", "zip") else "")
        except _Packed as refusal:
            if path in paths:
                raise
            # One such file among many keeps nobody from bringing in the others, and is not passed over without a word.
            yield Found(str(path), 1, b"", note=refusal.note)
        except NotImplementedError as fault:
            raise Unusable(f"{path} cannot be read: it is packed in a way that is not known here; unpack it first.") from fault
        except RuntimeError as fault:
            if "password" not in str(fault):
                raise
            raise Unusable(f"{path} cannot be read: it is locked with a password; unpack it first.") from fault
        except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as fault:
            raise Unusable(f"{path} cannot be read: it is damaged, or was not fetched whole; fetch it again.") from fault
        except OSError as fault:
            raise Unusable(f"{path} cannot be read: {fault.strerror or fault}.") from fault


def files(paths: list[Path]) -> list[Path]:
    """The files that hold messages, months in the order of the calendar."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Unusable(f"{path} is not there.")
        if path.is_dir():
            # What Maildir has beside messages: half-written ones in tmp, and notes of programs.
            inside = (one for one in path.rglob("*") if one.is_file() and not one.name.startswith((".", "dovecot", "maildirfolder")))
            those = [one for one in inside if not (one.parent.name == "tmp" and (one.parent.parent / "cur").is_dir())]
            belonging = once([one for one in those if not keys(str(one.relative_to(path))) and not _beside(str(one.relative_to(path)))])
            found += sorted((one for one in belonging if _holds_messages(one)), key=_in_time)
        else:
            found.append(path)
    if not found:
        raise Unusable("There is no file with messages.")
    return found


def fingerprint(paths: list[Path]) -> str:
    """What tells the same files again: their names and sizes."""
    told = "\n".join(f"{path.name} {path.stat().st_size}" for path in files(paths))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def size(paths: list[Path]) -> int:
    """How many bytes stand in the files."""
    return sum(path.stat().st_size for path in files(paths))


def _holds_messages(path: Path) -> bool:
    """Whether a file in a folder is one of the archive: a README beside it is not."""
    try:
        with path.open("rb") as stream:
            return _looks_like_messages(stream.read(HEAD))
    except OSError as fault:
        raise Unusable(f"{path} cannot be read: {fault.strerror}.") from fault


def _looks_like_messages(head: bytes) -> bool:
    if head.startswith(b"PK\x03\x04"):
        return not head[30:].startswith(_OFFICE)
    return _packed_as(head) != "" or any(told(head) for told in (_MESSAGES.match, _EMLX.match, _LATER.search))


def _packed_as(head: bytes) -> str:
    return next((words for place, mark, words in _PACKED if head.startswith(mark, place)), "")


def _in_time(path: Path) -> tuple[str, str]:
    """Pipermail's "2009-April.txt" comes after "2009-March.txt", and message 10 after message 9."""
    named = re.sub(
        r"(\d{4})-([A-Za-z]+)",
        lambda found: f"{found[1]}-{MONTHS.index(found[2].lower()) + 1:02}" if found[2].lower() in MONTHS else found[0],
        path.name,
    )
    return str(path.parent), re.sub(r"\d+", lambda found: found[0].zfill(12), named)


def _opened(name: str, stream: io.BufferedReader[Any], packed: int, chosen: str, depth: int = 0) -> Iterator[Found]:
    """The messages of one open file, whatever it is; `packed` is its length, `depth` tells how often it was unpacked."""
    head = stream.peek(HEAD)[:HEAD]
    if head[:2] == b"\x1f\x8b" and depth < DEEPEST:
        unpacked = io.BufferedReader(_Limited(gzip.GzipFile(fileobj=stream), packed), 1 << 20)
        yield from _opened(name.removesuffix(".gz"), unpacked, packed, chosen, depth + 1)
    elif head[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not depth:
        yield from _zipped(name, stream, chosen)
    elif words := _packed_as(head):
        raise _Packed(name, words)
    else:
        if b"\r" in head and b"\n" not in head:
            stream = io.BufferedReader(_Returns(stream), 1 << 20)
        yield from READERS[chosen or _guess(head)](name, stream)


def _guess(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"[" or re.match(rb"\{\s*\n", text):
        return "yahoo"
    if text[:1] == b"{":
        return "jsonl"
    if _EMLX.match(text):
        return "emlx"
    return "mbox" if text.startswith(b"From ") or (not _MESSAGES.match(text) and _LATER.search(text)) else "eml"


def _mbox(name: str, stream: BinaryIO) -> Iterator[Found]:
    for number, one in enumerate(cut(stream), 1):
        note = f"It is larger than {MAIL_LIMIT >> 20} MB ({one.size >> 20} MB)." if one.size > MAIL_LIMIT else ""
        yield Found(name, number, one.raw, one.envelope, note)


def _eml(name: str, stream: BinaryIO) -> Iterator[Found]:
    raw = stream.read(MAIL_LIMIT + 1)
    if len(raw) > MAIL_LIMIT:
        yield Found(name, 1, b"", note=f"It is larger than {MAIL_LIMIT >> 20} MB.")
    elif raw.strip():
        yield Found(name, 1, raw)


def _emlx(name: str, stream: BinaryIO) -> Iterator[Found]:
    length = int(stream.readline(64))
    # Behind the mail stands what Apple's program noted of it.
    yield from _eml(name, io.BytesIO(stream.read(min(length, MAIL_LIMIT + 1))))


def _jsonl(name: str, stream: BinaryIO) -> Iterator[Found]:
    """A message, or several, on each line."""
    number = count(1)
    while line := stream.readline(MAIL_LIMIT + 1):
        try:
            told = json.loads(line.removeprefix(MARK)) if line.strip() else []
        except (ValueError, RecursionError) as fault:
            # The line itself is kept, so that nothing is lost.
            yield Found(name, next(number), line[:MAIL_LIMIT], note=f"It is no message in JSON: {fault}.")
        else:
            yield from _of_value(name, number, told)


def _yahoo(name: str, stream: BinaryIO) -> Iterator[Found]:
    """One message, a list of them, or one after the other, over many lines."""
    number = count(1)
    for one in values(stream, most=MAIL_LIMIT):
        if isinstance(one, Damage):
            yield Found(name, next(number), one.content, note=f"It is no message in JSON: {one.why}.")
        else:
            yield from _of_value(name, number, one)


def _of_value(name: str, number: Iterator[int], told: Any) -> Iterator[Found]:
    for one, place in zip(foreign.apart(told), number, strict=False):
        try:
            found = Found(name, place, foreign.from_line(one), files=of_yahoo(Path(name), foreign.number(one)))
        except ValueError as fault:
            found = Found(name, place, json.dumps(one).encode(), note=f"It is no message in JSON: {fault}.")
        yield found


def _zipped(name: str, stream: BinaryIO, chosen: str) -> Iterator[Found]:
    with zipfile.ZipFile(stream) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > MEMBERS:
            raise Unusable(f"{name} holds more than {MEMBERS} files.")
        belonging = {str(one) for one in once([Path(one.filename) for one in members])}
        for one in sorted(members, key=lambda one: _in_time(Path(one.filename))):
            if keys(one.filename) or _beside(one.filename) or str(Path(one.filename)) not in belonging:
                continue
            with archive.open(one) as inside:
                limited = io.BufferedReader(_Limited(inside, one.compress_size), 1 << 20)
                if not chosen and not _looks_like_messages(limited.peek(HEAD)[:HEAD]):
                    continue
                try:
                    yield from _opened(f"{name}/{one.filename}", limited, one.compress_size, chosen, depth=1)
                except _Packed as refusal:
                    yield Found(f"{name}/{one.filename}", 1, b"", note=refusal.note)


def _beside(filename: str) -> bool:
    """Whether a file of a zip holds no messages: programs, and our own exports, put others beside them."""
    path = Path(filename)
    ours = path.name in {"conversations.json", "queries.json", "replies.json"}
    return ours or path.suffix.lower() in BESIDE or path.name.startswith(".") or "__MACOSX" in path.parts


class _Limited(io.RawIOBase):
    """Unpacked bytes, as many as an archive of mail may have: a zip bomb ends here (S8)."""

    def __init__(self, unpacked: IO[bytes] | gzip.GzipFile, packed: int) -> None:
        self._unpacked = unpacked
        self._left = max(EXPANDED, packed * EXPANSION)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self._unpacked.read(min(len(buffer), 1 << 20))
        self._left -= len(piece)
        if self._left < 0:
            raise OSError(f"it grows more than {EXPANSION} times when it is unpacked")
        buffer[: len(piece)] = piece
        return len(piece)


class _Returns(io.RawIOBase):
    """Text whose lines end as those of old Macintoshes did, with the ends that everybody understands."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self._stream.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(piece)] = piece
        return len(piece)


READERS: dict[str, Callable[[str, BinaryIO], Iterator[Found]]] = {
    "mbox": _mbox,
    "pipermail": _mbox,
    "eml": _eml,
    "emlx": _emlx,
    "jsonl": _jsonl,
    "yahoo": _yahoo,
}
