"""HTML and Markdown as blocks. Scripts and styles are no words; nothing that a page names is fetched."""

from __future__ import annotations

import re
from html import unescape

from markdown_it import MarkdownIt

from talanoa.documents.blocks import HEADING, ITEM, MOST_BLOCKS, PARAGRAPH, ROW, Block, Document, row, tidy
from talanoa.mail.reading.tags import BLOCKS, DROPPED, VOID, tokens

TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)


def read_html(html: str) -> Document:
    """An HTML text as blocks."""
    setter = _Setter()
    for kind, what, given in tokens(html):
        if kind == "text":
            setter.text(what)
        elif kind == "open":
            setter.start(what, given)
        else:
            setter.end(what)
        if len(setter.blocks) >= MOST_BLOCKS:
            break
    setter.flush()
    title = TITLE.search(html[:20_000])
    return Document("html", tuple(setter.blocks), title=tidy(unescape(title[1])) if title else "", whole=len(setter.blocks) < MOST_BLOCKS)


def read_markdown(text: str) -> Document:
    """A Markdown text (CommonMark with tables) as blocks; HTML inside it stays words."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    document = read_html(html)
    return Document("markdown", document.blocks, whole=document.whole)


class _Setter:
    """Sets blocks from the tokens of an HTML text."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._said: list[str] = []
        self._heading = 0
        self._lists = 0
        self._cells: list[str] | None = None
        self._in_cell = False
        self._skipping, self._skipped = 0, ""

    def text(self, words: str) -> None:
        if not self._skipping:
            self._said.append(unescape(words))

    def flush(self) -> None:
        """What was said makes a block."""
        text = tidy("".join(self._said))
        if self._cells is not None:
            self._said.append(" ")
            return
        self._said = []
        if not text:
            return
        if self._heading:
            self.blocks.append(Block(HEADING, text, level=self._heading))
        elif self._lists:
            self.blocks.append(Block(ITEM, text, level=self._lists - 1))
        else:
            self.blocks.append(Block(PARAGRAPH, text))

    def start(self, name: str, given: dict[str, str]) -> None:
        if self._skipping:
            self._skipping += name == self._skipped
        elif (name in DROPPED or "hidden" in given) and name not in VOID:
            self._skipping, self._skipped = 1, name
        elif name == "br":
            self._said.append(" ")
        elif name == "tr":
            self._row()
            self.flush()
            self._cells = []
        elif name in ("td", "th"):
            self._cell()
            self._in_cell = True
        elif name in BLOCKS:
            self.flush()
            self._lists += name in ("ul", "ol", "dl")
            self._heading = int(name[1]) if name in ("h1", "h2", "h3", "h4", "h5", "h6") else self._heading

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= name == self._skipped
        elif name in ("td", "th"):
            self._cell()
        elif name in ("tr", "table"):
            self._row()
        elif name in BLOCKS:
            self.flush()
            self._lists = max(0, self._lists - (name in ("ul", "ol", "dl")))
            self._heading = 0 if name in ("h1", "h2", "h3", "h4", "h5", "h6") else self._heading

    def _cell(self) -> None:
        if self._cells is not None and self._in_cell:
            self._cells.append(tidy("".join(self._said)))
            self._said, self._in_cell = [], False

    def _row(self) -> None:
        if self._cells is None:
            return
        self._cell()
        cells, self._cells, self._said = self._cells, None, []
        text, told = row(cells)
        if text:
            self.blocks.append(Block(ROW, text, cells=told) if len(told) > 1 else Block(PARAGRAPH, text))
