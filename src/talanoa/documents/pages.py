"""PDF with text: lines become paragraphs by where they stand and how large they are set; as well as can be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from talanoa.documents.blocks import BETWEEN_CELLS, HEADING, ITEM, MOST_BLOCKS, PARAGRAPH, ROW, Block, Document, tidy
from talanoa.documents.plain import BULLET, SENTENCE_END
from talanoa.documents.refusals import Broken, Locked

MOST_PAGES = 3000
PAGE_NUMBER = re.compile(r"\W*(?:page\s+)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.IGNORECASE)
LEADERS = re.compile(r"(?:\. ?){5,}\s*\w{0,6}$")
HYPHENS = ("-", "\u00ad", "\u2010", "\ufffe", "\x02")


class _Line(NamedTuple):
    """A line of a page: its words, where it stands (points from the lower left), how large it is set."""

    text: str
    left: float
    right: float
    base: float
    size: float
    page: int
    cells: tuple[str, ...] = ()  # where several things stand beside each other


def read(data: bytes) -> Document:
    """A PDF file as blocks; running heads and page numbers are left out."""
    try:
        book = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        raise (Locked if "password" in str(fault).lower() or "security" in str(fault).lower() else Broken) from fault
    try:
        pages = [_lines(book, number) for number in range(min(len(book), MOST_PAGES))]
        title = tidy(book.get_metadata_value("Title") or "")
        whole = len(book) <= MOST_PAGES
    finally:
        book.close()
    blocks = list(_blocks(_without_running_heads(pages)))
    return Document("pdf", tuple(blocks[:MOST_BLOCKS]), title=title, whole=whole and len(blocks) <= MOST_BLOCKS)


def _lines(book: pypdfium2.PdfDocument, number: int) -> list[_Line]:
    try:
        page = book[number]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    try:
        units = [pdfium.FPDFText_GetUnicode(text, at) for at in range(text.count_chars())]
        found = [_line(text, units, begin, end, number) for begin, end in _spans(units)]
    finally:
        text.close()
        page.close()
    return list(_beside([line for line in found if line is not None]))


def _beside(lines: list[_Line]) -> Iterator[_Line]:
    """Lines that stand beside each other made one: the row of a table."""
    row: list[_Line] = []
    for line in [*lines, None]:
        if line and row and abs(row[-1].base - line.base) < 1 and line.left > row[-1].right + line.size * 0.6:
            row.append(line)
            continue
        if len(row) == 2 and BULLET.match(f"{row[0].text} x") and len(row[0].text) < 6:
            row = [row[0]._replace(text=f"{row[0].text} {row[1].text}", right=row[1].right)]
        if len(row) > 1:
            cells = tuple(tidy(one.text) for one in row)
            yield row[0]._replace(text=BETWEEN_CELLS.join(cells), right=row[-1].right, cells=cells)
        elif row:
            yield row[0]
        row = [line] if line else []


def _spans(units: list[int]) -> Iterator[tuple[int, int]]:
    begin = 0
    for at, unit in enumerate(units):
        if unit in (10, 13):
            if begin < at:
                yield begin, at
            begin = at + 1
    if begin < len(units):
        yield begin, len(units)


def _line(text: pypdfium2.PdfTextPage, units: list[int], begin: int, end: int, number: int) -> _Line | None:
    inked = [at for at in range(begin, end) if units[at] > 32 and units[at] != 160]
    if not inked:
        return None
    words = "".join(map(chr, units[begin:end])).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    left, bottom = text.get_charbox(inked[0], loose=True)[:2]
    right = text.get_charbox(inked[-1])[2]
    size = median(pdfium.FPDFText_GetFontSize(text, at) for at in inked[:: max(1, len(inked) // 5)])
    return _Line(words.strip(), left, right, bottom, round(size, 1), number)


def _without_running_heads(pages: list[list[_Line]]) -> list[_Line]:
    """All lines but those that stand at the top or foot of many pages, set small, and differ in nothing but a number."""
    usual = _usual([line for page in pages for line in page])
    ends = Counter(shape for page in pages for shape in {_shape(line) for line in (*page[:2], *page[-2:])})
    many = max(2, len(pages) // 3) if len(pages) > 1 else 0

    def runs(line: _Line) -> bool:
        repeated = many and ends[_shape(line)] >= many and len(line.text) < 120 and line.size <= usual * 1.08
        return bool(repeated or PAGE_NUMBER.fullmatch(line.text))

    kept = []
    for page in pages:
        inner = page
        for _ in range(2):
            inner = inner[1:] if inner and runs(inner[0]) else inner
            inner = inner[:-1] if inner and runs(inner[-1]) else inner
        kept += [line for line in inner if not LEADERS.search(line.text)]
    return kept


def _usual(lines: list[_Line]) -> float:
    """The size that most of the text is set in."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return max(sizes, key=sizes.__getitem__, default=1.0) or 1.0


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _blocks(lines: list[_Line]) -> Iterator[Block]:
    if not lines:
        return
    usual = _usual(lines)
    right = sorted(line.right for line in lines)[int(len(lines) * 0.9)]
    steps = [one.base - two.base for one, two in pairwise(lines) if one.page == two.page and 0 < one.base - two.base < usual * 3]
    # Most steps are within paragraphs; of a page with short ones, at least a quarter.
    step = sorted(steps)[len(steps) // 4] if steps else usual * 1.2
    sizes = sorted({line.size for line in lines if line.size > usual * 1.08}, reverse=True)
    group: list[_Line] = []
    for line in lines:
        if group and _apart(group[-1], line, right=right, step=step):
            yield from _block(group, sizes)
            group = []
        group.append(line)
    yield from _block(group, sizes)


def _apart(above: _Line, line: _Line, *, right: float, step: float) -> bool:
    """Whether a line begins a new paragraph."""
    if line.cells or above.cells:
        return True
    if abs(above.size - line.size) > 0.6 or BULLET.match(line.text):
        return True
    width = max(1.0, right - min(above.left, line.left))
    short = (right - above.right) / width > 0.25
    ended = above.text.endswith(SENTENCE_END)
    if above.page != line.page or line.base > above.base:
        return ended and (short or line.text[:1].isupper()) if not short else True
    if above.base - line.base > step * 1.35:
        return True
    return (short and ended) or (ended and line.left - above.left > step * 0.6)


def _block(group: list[_Line], sizes: list[float]) -> Iterator[Block]:
    said = ""
    for line in group:
        if said.endswith(HYPHENS) and said[-2:-1].isalpha() and line.text[:1].islower():
            # A hyphen at the end of a line was most likely put there by the setting.
            said = said[:-1] + line.text
        else:
            said = f"{said} {line.text}" if said else line.text
    bullet = BULLET.match(said)
    text = tidy(said)
    if not text:
        return
    if group[0].cells:
        yield Block(ROW, text, cells=group[0].cells)
    elif group[0].size in sizes and len(text) < 200:
        yield Block(HEADING, text, level=min(6, sizes.index(group[0].size) + 1))
    elif bullet and not said[: bullet.end()].strip(" .)(").isdigit():
        yield Block(ITEM, tidy(said[bullet.end() :]))
    else:
        yield Block(PARAGRAPH, text)
