"""Plain text set in a measure: lines of at most so many columns, and texts shortened where they may be; pure."""

import re
import unicodedata
from collections.abc import Iterable

_QUOTED = re.compile(r"(?:>[ \t]?)+")
_LISTED = re.compile(r"[ \t]*(?:[-*•·–]|\d{1,3}[.)])[ \t]+|[ \t]+")


def columns(text: str) -> int:
    """How many columns a text takes on a terminal: wide East Asian letters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(letter) for letter in text)


def _width(letter: str) -> int:
    if unicodedata.combining(letter) or letter in "\u200b\u200c\u200d\ufeff":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrapped(text: str, width: int = 72) -> str:
    """The text with its long lines broken; quotations keep their marks, lists hang, links stay whole."""
    return "\n".join(piece for line in text.expandtabs(8).split("\n") for piece in _lines(line.rstrip(), width))


def _lines(line: str, width: int) -> list[str]:
    if columns(line) <= width:
        return [line]
    quoted = _QUOTED.match(line)
    first = quoted[0] if quoted else ""
    rest = line[len(first) :]
    hang = _LISTED.match(rest)
    # Deep quotation and indentation must leave room for words.
    mark = hang[0][: width // 3] if hang else ""
    first, later = (first + mark)[: width // 2], (first + " " * len(mark))[: width // 2]
    made: list[str] = []
    current, used = first, columns(first)
    room = False  # whether a word stands on the line
    for word in _words(rest[len(hang[0]) if hang else 0 :], width - columns(later)):
        space = 1 if room and not word.startswith("\0") else 0
        word = word.lstrip("\0")  # noqa: PLW2901  the mark says: no space before it
        if room and used + space + columns(word) > width:
            made.append(current)
            current, used, space = later, columns(later), 0
        current += " " * space + word
        used += space + columns(word)
        room = True
    return [*made, current]


def _words(text: str, width: int) -> Iterable[str]:
    """The words of a text; those in scripts without spaces, and too long for a line, in pieces marked with NUL."""
    for word in text.replace("\0", "").split():
        if columns(word) <= width or not any(unicodedata.east_asian_width(letter) in "WF" for letter in word):
            yield word
            continue
        # Each wide letter may begin a line, but not what closes a phrase.
        pieces = re.findall(r"[^\u2e80-\uffef]+|[\u2e80-\uffef][、。，．！？：；」』）】〉》ー]*", word)
        yield from (piece if number == 0 else f"\0{piece}" for number, piece in enumerate(pieces))


def shares(sizes: list[int], *, room: int, least: int) -> int:
    """The cap under which texts of these sizes fit into the room together; never less than `least`.

    Short texts leave what they do not need to the long ones.
    """
    left = room
    for rank, size in enumerate(sorted(sizes)):
        even = left // (len(sizes) - rank)
        if size > even:
            return max(even, least)
        left -= size
    return max(sizes, default=least)


def shortened(text: str, most: int) -> tuple[str, bool]:
    """The text, or its beginning in at most `most` bytes of UTF-8: cut after a paragraph, a line or a word; and whether it was cut."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return text, False
    start = data[:most].decode("utf-8", "ignore")
    for end, far in (("\n\n", 0.6), ("\n", 0.8), (" ", 0.5)):
        place = start.rfind(end)
        if place >= len(start) * far:
            return start[:place].rstrip(), True
    return start.rstrip(), True
