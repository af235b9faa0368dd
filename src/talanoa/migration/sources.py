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
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from talanoa.mail.reading.mbox import MAIL_LIMIT, cut
from talanoa.migration import foreign
from talanoa.migration.scrubbed import in_folder

FORMATS = ("mbox", "maildir", "eml", "zip", "pipermail", "jsonl", "yahoo")
MEMBERS = 1_000_000  # of a zip
EXPANSION = 200  # a compressed file that grows more than so many times is no archive of mail
EXPANDED = 1 << 30  # below so many bytes it may grow as it likes
BESIDE = {".csv", ".html", ".htm", ".xlsx", ".pdf", ".png", ".jpg", ".css"}
MONTHS = "january february march april may june july august september october november december".split()


# An envelope line, a header field, or JSON.
_MESSAGES = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From |[!-9;-~]{1,76}[ \t]*:|[\[{])")


# As yahoo-group-archiver names them: 17_raw.json, 17.json, 17_attachments/, message_metadata_0.json.
_LISTS = re.compile(r"message_metadata_\d+\.json")
_FILES = re.compile(r"\d+_attachments")


class Unusable(Exception):
    """A file cannot be read as an archive; `str()` is a sentence."""


class Found(NamedTuple):
    """A message as it stands in an archive."""

    file: str
    number: int  # in its file, from 1
    raw: bytes  # b"" where `note` says why
    envelope: bytes = b""  # the line of an mbox before it
    note: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.file}, message {self.number}"


def messages(paths: list[Path], chosen: str = "") -> Iterator[Found]:
    """Every message of these files and folders."""
    for path in files(paths):
        try:
            with path.open("rb") as stream:
                yield from _opened(str(path), stream, chosen if chosen not in ("maildir", "zip") else "")
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as fault:
            # What the unpackers raise: a damaged gzip is an OSError or ends early (EOFError), its inside a zlib.error; a zip is
            # a BadZipFile, packed in a way that is unknown here (NotImplementedError), or locked by a password (RuntimeError).
            raise Unusable(f"{path} cannot be read: {fault}.") from fault


def files(paths: list[Path]) -> list[Path]:
    """The files that hold messages, months in the order of the calendar."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Unusable(f"{path} is not there.")
        if path.is_dir():
            # What Maildir has beside messages: half-written ones in tmp, and notes of programs.
            inside = (one for one in path.rglob("*") if one.is_file() and not one.name.startswith((".", "dovecot", "maildirfolder")))
            those = (one for one in inside if "tmp" not in one.relative_to(path).parts[:-1])
            belonging = once([one for one in those if not in_folder(one.relative_to(path))])
            found += sorted((one for one in belonging if _holds_messages(one)), key=_in_time)
        else:
            found.append(path)
    if not found:
        raise Unusable("There is no file with messages.")
    return found


def once(those: list[Path]) -> list[Path]:
    """Without what programs that saved Yahoo's groups wrote beside each message: it again without its headers, lists, its files."""
    names = set(those)

    def again(one: Path) -> bool:
        if one.suffix == ".json":
            return one.with_name(f"{one.stem}_raw.json") in names or _LISTS.fullmatch(one.name) is not None
        return any(_FILES.fullmatch(part) for part in one.parts[:-1])

    return [one for one in those if not again(one)]


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
            return _looks_like_messages(stream.read(4096))
    except OSError as fault:
        raise Unusable(f"{path} cannot be read: {fault.strerror}.") from fault


def _looks_like_messages(head: bytes) -> bool:
    return head[:2] == b"\x1f\x8b" or head[:4] == b"PK\x03\x04" or _MESSAGES.match(head) is not None


def _in_time(path: Path) -> tuple[str, str]:
    """Pipermail's "2009-April.txt" comes after "2009-March.txt", and message 10 after message 9."""
    named = re.sub(
        r"(\d{4})-([A-Za-z]+)",
        lambda found: f"{found[1]}-{MONTHS.index(found[2].lower()) + 1:02}" if found[2].lower() in MONTHS else found[0],
        path.name,
    )
    return str(path.parent), re.sub(r"\d+", lambda found: found[0].zfill(12), named)


def _opened(name: str, stream: BinaryIO, chosen: str) -> Iterator[Found]:
    """The messages of one open file, whatever it is."""
    head = stream.read(4096)
    stream.seek(0)
    if head[:2] == b"\x1f\x8b":
        limit = _Limited(gzip.GzipFile(fileobj=stream), _length(stream))
        yield from _unpacked(name, limit, chosen)
    elif head[:4] == b"PK\x03\x04":
        yield from _zipped(name, stream, chosen)
    else:
        yield from READERS[chosen or _guess(head)](name, stream)


def _unpacked(name: str, stream: io.RawIOBase, chosen: str) -> Iterator[Found]:
    reader = io.BufferedReader(stream, 1 << 20)
    if reader.peek(512)[257:262] == b"ustar":
        raise Unusable(f"{name} is a tar archive; unpack it first.")
    yield from READERS[chosen or _guess(reader.peek(4096))](name.removesuffix(".gz"), reader)


def _guess(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"[":
        return "yahoo"
    if text[:1] == b"{":
        return "yahoo" if re.search(rb'"(?:rawEmail|ygData|msgId|messageBody)"', text) else "jsonl"
    return "mbox" if text.startswith(b"From ") else "eml"


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


def _jsonl(name: str, stream: BinaryIO) -> Iterator[Found]:
    number = 0
    while line := stream.readline(MAIL_LIMIT + 1):
        if line.strip():
            number += 1
            yield _from_json(name, number, line, foreign.from_line)


def _yahoo(name: str, stream: BinaryIO) -> Iterator[Found]:
    """One message, a list of them, or a message on each line."""
    content = stream.read(MAIL_LIMIT + 1)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        yield from _jsonl(name, io.BytesIO(content))
        return
    those = told if isinstance(told, list) else [told]
    for number, one in enumerate(those, 1):
        yield _from_json(name, number, json.dumps(one).encode(), foreign.from_line)


def _from_json(name: str, number: int, line: bytes, turned: Callable[[object], bytes]) -> Found:
    try:
        return Found(name, number, turned(json.loads(line)))
    except (ValueError, RecursionError) as fault:
        # The line itself is kept, so that nothing is lost.
        return Found(name, number, line[:MAIL_LIMIT], note=f"It is no message in JSON: {fault}.")


def _zipped(name: str, stream: BinaryIO, chosen: str) -> Iterator[Found]:
    with zipfile.ZipFile(stream) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > MEMBERS:
            raise Unusable(f"{name} holds more than {MEMBERS} files.")
        belonging = {str(one) for one in once([Path(one.filename) for one in members])}
        for one in sorted(members, key=lambda one: _in_time(Path(one.filename))):
            if _beside(one.filename) or str(Path(one.filename)) not in belonging:
                continue
            with archive.open(one) as inside:
                limited = io.BufferedReader(_Limited(inside, one.compress_size), 1 << 20)
                head = limited.peek(4096)[:4096]
                if head[:2] == b"\x1f\x8b":
                    unpacked = _Limited(gzip.GzipFile(fileobj=limited), one.compress_size)
                    yield from _unpacked(f"{name}/{one.filename}", unpacked, chosen)
                elif head[:4] == b"PK\x03\x04":
                    raise Unusable(f"{name} holds another zip, {one.filename}; unpack it first.")
                elif chosen or _looks_like_messages(head):
                    yield from READERS[chosen or _guess(head)](f"{name}/{one.filename}", limited)


def _beside(filename: str) -> bool:
    """Whether a file of a zip holds no messages: programs, and our own exports, put others beside them."""
    path = Path(filename)
    ours = path.name in {"conversations.json", "queries.json", "replies.json"}
    return ours or path.suffix.lower() in BESIDE or path.name.startswith(".") or "__MACOSX" in path.parts


def _length(stream: BinaryIO) -> int:
    stream.seek(0, io.SEEK_END)
    length = stream.tell()
    stream.seek(0)
    return length


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


READERS: dict[str, Callable[[str, BinaryIO], Iterator[Found]]] = {
    "mbox": _mbox,
    "pipermail": _mbox,
    "eml": _eml,
    "jsonl": _jsonl,
    "yahoo": _yahoo,
}
