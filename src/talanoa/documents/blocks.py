"""What a document says, in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

HEADING, PARAGRAPH, ITEM, ROW = "heading", "paragraph", "item", "row"
MOST_BLOCKS = 50_000
BETWEEN_CELLS = " | "

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that somebody tied to a place of a document."""

    author: str
    text: str
    about: str = ""  # the words it is tied to
    at: datetime | None = None
    through: int = 0  # how many blocks further it reaches


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, item of a list or row of a table; its text as it stands when all tracked changes are accepted."""

    kind: str
    text: str
    level: int = 0  # of a heading, from 1; of an item, from 0
    cells: tuple[str, ...] = ()  # of a row
    before: str | None = None  # the text before tracked changes; None where there are none
    changed_by: str = ""  # who tracked them
    remarks: tuple[Remark, ...] = ()
    marks: tuple[str, ...] = ()  # names of bookmarks that begin here


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read."""

    kind: str  # "docx", "odt", "pptx", "xlsx", "pdf", "html", "markdown", "text"
    blocks: tuple[Block, ...]
    title: str = ""
    whole: bool = True  # False: damaged or very long; read as well as could be

    @property
    def text(self) -> str:
        """All of it, with a line for each block, and for each remark."""
        lines = []
        for block in self.blocks:
            if block.text:
                lines.append(block.text)
            lines.extend(remark.text for remark in block.remarks if remark.text)
        return "\n".join(lines)


def tidy(text: str) -> str:
    """A block's text on one line, without what cannot be seen."""
    return _SPACES.sub(" ", _UNSEEN.sub("", text).replace("\n", " ").replace("\r", " ")).strip()


def row(cells: list[str]) -> tuple[str, tuple[str, ...]]:
    """The text of a row and its cells, tidied; cells that are empty at the end are left out of the text."""
    tidied = tuple(tidy(cell) for cell in cells)
    return BETWEEN_CELLS.join(tidied).rstrip(" |") if any(tidied) else "", tidied
