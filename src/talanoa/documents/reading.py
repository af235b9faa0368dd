"""Reading a file that somebody sent: as blocks, or as text for a search. Both happen in a child process with limits.

    reader = Reader()                       # keeps its child; for many files
    reader.read(data, name="draft.docx")    # a Document
    text_of(data, name="draft.docx")        # its text, with a child of its own
Every refusal is a `NotRead` with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from talanoa.documents import markup, opendocument, pages, plain, sheets, slides, word
from talanoa.documents.blocks import Block, Document, Remark
from talanoa.documents.packages import Package
from talanoa.documents.refusals import ALL, Locked, NoText, NotRead, TooLarge, TooMuchWork, UnknownKind
from talanoa.mail.reading import charsets
from talanoa.mail.reading.child import Child, ReadingFailed

LARGEST = 50 << 20  # bytes
SECONDS = 30
MEMORY = 768 << 20

# By what stands in a package, not by its name: people rename files.
PACKAGES: tuple[tuple[str, Callable[[Package], Document]], ...] = (
    ("word/", word.read),
    ("ppt/", slides.read),
)
TEXTS = {
    "html": "html", "htm": "html", "xhtml": "html", "text/html": "html", "application/xhtml+xml": "html",
    "md": "markdown", "markdown": "markdown", "text/markdown": "markdown",
    "txt": "text", "text": "text", "csv": "text", "tsv": "text", "log": "text", "text/plain": "text", "text/csv": "text",
}  # fmt: skip
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")


class Reader(Child):
    """A child process that reads documents, one at a time; safe to share by threads. One document costs at most 30 s and 768 MiB."""

    facts: ClassVar[frozenset[type]] = frozenset({Document, Block, Remark, datetime, timezone, timedelta})

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        super().__init__(seconds=seconds, memory=memory)

    def read(self, data: bytes, *, name: str = "", media_type: str = "") -> Document:
        """A file as a document; NotRead tells in a sentence why not. Name and type help only where the bytes do not tell."""
        if len(data) > LARGEST:
            raise TooLarge
        try:
            kind, answer = self._ask((data, name.rpartition(".")[2].lower()[:100], media_type.lower()[:100]))
        except ReadingFailed as fault:
            raise TooMuchWork from fault
        if kind == "document" and isinstance(answer, Document):
            return answer
        raise ALL.get(str(answer), NotRead)

    def text(self, data: bytes, *, name: str = "", media_type: str = "") -> str:
        """The text of a file, a line for each of its blocks."""
        return self.read(data, name=name, media_type=media_type).text

    def warm(self) -> None:
        read_here(b"<p>warm")

    def work(self, told: tuple[bytes, str, str]) -> tuple[str, object]:
        data, ending, media_type = told
        try:
            return "document", read_here(data, ending=ending, media_type=media_type)
        except NotRead as refusal:
            return "refusal", type(refusal).__name__


def read(data: bytes, *, name: str = "", media_type: str = "") -> Document:
    """One file as a document, by a child of its own."""
    reader = Reader()
    try:
        return reader.read(data, name=name, media_type=media_type)
    finally:
        reader.close()


def text_of(data: bytes, *, name: str = "", media_type: str = "") -> str:
    """The text of one file, for a search; NotRead where there is none."""
    return read(data, name=name, media_type=media_type).text


def read_here(data: bytes, *, ending: str = "", media_type: str = "") -> Document:
    """The same in this process, without limits of time and memory: for files of our own making."""
    document = _read(data, ending, media_type.partition(";")[0].strip())
    if not any(block.text for block in document.blocks):
        raise NoText
    return document


def _read(data: bytes, ending: str, media_type: str) -> Document:
    if data.startswith(b"PK"):
        package = Package(data)
        for folder, by in PACKAGES:
            if any(name.startswith(folder) for name in package.names):
                return by(package)
        if any(name.startswith("xl/") for name in package.names):
            return sheets.read(data)
        mimetype = package.part("mimetype") or b""
        if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            return sheets.read(data)
        if mimetype.startswith(b"application/vnd.oasis.opendocument.text") or "content.xml" in package.names:
            return opendocument.read(package)
        raise UnknownKind
    if b"%PDF-" in data[:1024]:
        return pages.read(data)
    if data.startswith(OLD_OFFICE):
        if ENCRYPTED_OFFICE in data:
            raise Locked
        if ending == "xls" or media_type == "application/vnd.ms-excel":
            return sheets.read(data)
        raise UnknownKind
    return _text(data, TEXTS.get(ending) or TEXTS.get(media_type) or "")


def _text(data: bytes, kind: str) -> Document:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        head = data[:65536]
        if b"\x00" in head or head.startswith((b"{\\rtf", b"\x7fELF", b"GIF8", b"\xff\xd8\xff")):
            raise UnknownKind
        text = charsets.decoded(data, "utf-8")
    text = charsets.body(text)
    if kind == "html" or (not kind and re.match(r"\s*<(?:!doctype html|html|\?xml)", text[:200], re.IGNORECASE)):
        return markup.read_html(text)
    if kind == "markdown":
        return markup.read_markdown(text)
    if not kind and sum(one == "\ufffd" or ord(one) < 9 for one in text[:4000]) > 40:
        raise UnknownKind
    return plain.read(text)
