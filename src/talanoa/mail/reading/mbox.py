"""The mails of an mbox file (RFC 4155), as bytes, from a file of any size.

Archives leave "From " at the beginning of a line of text unescaped, and some leave out the empty line before a
mail. A mail therefore begins at a "From " line that a header follows, if the line ends with a date as the envelope
lines of all programs do; one without a date counts only after an empty line and before two headers that every mail
has. Where a Content-Length (mboxcl) leads exactly to the next envelope line or to the end, it is believed.
A file without such a line is one mail.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

CHUNK = 1 << 20
MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8
MAIL_LIMIT = 100 * 1024 * 1024
HEAD_LIMIT = 64 * 1024  # how far the headers are looked at that tell whether a mail begins

_ENVELOPE = re.compile(
    rb"From -[ \t]*|"  # Mozilla's
    rb"From [^\n]*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? +)?"
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* +\d{1,2}|\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*)"
    rb"[ ,]+[^\n]*\d\d:\d\d[^\n]*|"
    rb"From [^\n]*\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\n]*|"
    rb"From \S+ +\S{1,12} \S{1,12} +\d{1,2} \d\d:\d\d:\d\d \d{4}"  # in another language
)
_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_EVERY_MAIL = frozenset(
    b"from date subject to message-id received return-path mime-version delivered-to x-gm-thrid in-reply-to sender content-type".split()
)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE)
_HEAD_ENDS = re.compile(rb"\n\r?\n")
ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


class Cut(NamedTuple):
    """One mail of a file: its bytes, and the envelope line they followed (b"" where there was none)."""

    raw: bytes
    envelope: bytes
    size: int  # of what stands in the file; `raw` is empty when that is more than MAIL_LIMIT


def mails(content: bytes) -> Iterator[bytes]:
    """Each mail without its envelope line and without the ">" that escaped its lines."""
    return (one.raw for one in cut(io.BytesIO(content)))


def cut(stream: BinaryIO) -> Iterator[Cut]:
    """The mails of a stream, one at a time; of what has no limit no more than one mail is in memory."""
    return _Cutter(stream).mails()


class _Cutter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = bytearray()
        self._ended = False

    def _fill(self, wanted: int) -> bool:
        """Hold at least so many bytes, if there are; False if there are not."""
        while len(self._held) < wanted and not self._ended:
            more = self._stream.read(max(CHUNK, wanted - len(self._held)))
            if more:
                self._held += more
            else:
                self._ended = True
        return len(self._held) >= wanted

    def mails(self) -> Iterator[Cut]:
        self._fill(len(MARK) + 5)
        if self._held.startswith(MARK + b"From "):
            del self._held[: len(MARK)]  # some editors put it before the first envelope line
        envelope = b""
        if self._begins(0):
            envelope = self._envelope()
        elif not bytes(self._held[:CHUNK]).strip() and self._ended:
            return
        while True:
            raw, size = self._mail(alone=not envelope)
            if envelope:
                yield Cut(ESCAPED.sub(rb"\1", raw) if b">From " in raw else raw, envelope, size)
            elif raw.strip() or size > MAIL_LIMIT:
                yield Cut(raw, envelope, size)
            if not self._held:
                return
            envelope = self._envelope()

    def _envelope(self) -> bytes:
        """Take the envelope line from the front."""
        end = self._held.find(b"\n") + 1
        line = bytes(self._held[:end])
        del self._held[:end]
        return line.rstrip(b"\r\n")

    def _mail(self, *, alone: bool) -> tuple[bytes, int]:
        """Take what stands before the next envelope line, without the empty line that ends it; `alone`: at the end it has none."""
        if known := self._by_length():
            raw = self._front(known)
            tail = next(tail for tail in (b"\r\n", b"\n", b"") if self._held.startswith(tail, known))
            del self._held[: known + len(tail)]
            return raw, known
        searched = 0
        dropped = 0
        while True:
            found = self._held.find(b"\nFrom ", searched)
            if found < 0:
                searched = max(len(self._held) - 6, 0)
                if searched > MAIL_LIMIT:
                    # What follows is only looked through for the end of this mail.
                    dropped += searched
                    del self._held[:searched]
                    searched = 0
                if not self._fill(len(self._held) + 1):
                    return self._taken(len(self._held), dropped, whole=alone)
                continue
            if self._begins(found + 1):
                return self._taken(found + 1, dropped)
            searched = found + 1

    def _taken(self, length: int, dropped: int, *, whole: bool = False) -> tuple[bytes, int]:
        size = dropped + length
        raw = b"" if size > MAIL_LIMIT else self._front(length if whole else self._without_tail(length))
        del self._held[:length]
        return raw, size

    def _front(self, length: int) -> bytes:
        """So many bytes from the front, copied once: a mail of 60 MB is not in memory a third time."""
        with memoryview(self._held) as held, held[:length] as front:
            return bytes(front)

    def _without_tail(self, length: int) -> int:
        """The length of a mail without the empty line between it and the next envelope line; one of its own stays."""
        tails = ((b"\r\n\r\n", 2), (b"\n\n", 1), (b"\r\n\n", 1))
        return length - next((empty for end, empty in tails if self._held.endswith(end, 0, length)), 0)

    def _begins(self, at: int) -> bool:
        """Whether a mail begins at this place, where a line begins."""
        self._fill(at + 8192)
        if not self._held.startswith(b"From ", at):
            return False
        end = self._held.find(b"\n", at, at + 1024)
        if end < 0 or not _FIELD.match(self._held, end + 1):
            return False
        heads = len(_names(self._head(end + 1)) & _EVERY_MAIL)
        dated = _ENVELOPE.fullmatch(bytes(self._held[at:end]).rstrip(b"\r")) is not None
        after_empty = at == 0 or self._held[max(at - 3, 0) : at].endswith((b"\n\n", b"\n\r\n"))
        return heads > (0 if dated and after_empty else 1) and (dated or after_empty)

    def _head(self, at: int) -> bytes:
        self._fill(at + 8192)
        end = _HEAD_ENDS.search(self._held, at, at + HEAD_LIMIT)
        return bytes(self._held[at : end.start() + 1 if end else at + HEAD_LIMIT])

    def _by_length(self) -> int:
        """The length of the mail at the front by its Content-Length, if that leads to an envelope line or the end; else 0."""
        self._fill(HEAD_LIMIT)
        end = _HEAD_ENDS.search(self._held, 0, HEAD_LIMIT)
        head = bytes(self._held[: end.start() + 1]).lower() if end else b""
        length = _LENGTH.search(head) if b"content-length:" in head else None  # few mails have it
        if end is None or length is None or int(length[1]) > MAIL_LIMIT:
            return 0
        stop = end.end() + int(length[1])
        self._fill(stop + 8192)
        if stop > len(self._held):
            return 0
        for tail in (b"\n", b"\r\n", b""):
            if self._held.startswith(tail, stop):
                next_one = stop + len(tail)
                if (next_one == len(self._held) and self._ended) or self._begins(next_one):
                    return stop
        return 0


def _names(head: bytes) -> set[bytes]:
    """The names of the headers that stand at the front, in small letters; a sentence ends them, whatever looks like one below."""
    found = set()
    for line in head.lower().split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            continue
        name, colon, _ = line.partition(b":")
        name = name.rstrip()
        if not colon or b" " in name:
            break
        found.add(name)
    return found
