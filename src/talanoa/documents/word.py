"""DOCX: paragraphs and tables, tracked changes, and the comments with the words that they are tied to (ECMA-376)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from talanoa.documents.blocks import HEADING, ITEM, PARAGRAPH, ROW, Block, Document, Remark, row, tidy
from talanoa.documents.packages import Element, Package, child, children, local, value
from talanoa.documents.refusals import Broken

# Containers at the level of paragraphs whose content is read as if it stood there itself.
THROUGH = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "body"})
# Inside a paragraph: what carries no words of its own.
SILENT = frozenset({"instrText", "pPr", "rPr", "tblPr", "trPr", "tcPr", "Fallback", "delInstrText", "sectPr", "sdtPr"})
GAPS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
OLD, NEW = "old", "new"


@dataclass(slots=True)
class _Comment:
    """A comment and where it was found."""

    author: str
    text: str
    at: datetime | None
    first: int = -1
    last: int = -1
    about: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Words:
    """The words of a paragraph or cell: each with whether it is old, new or both."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    changed_by: str = ""
    marks: list[str] = field(default_factory=list)

    def now(self) -> str:
        return "".join(words for words, state in self.pieces if state != OLD)

    def before(self) -> str:
        return "".join(words for words, state in self.pieces if state != NEW)


def read(package: Package) -> Document:
    """A DOCX file as blocks."""
    main = next((name for kind, name in package.related("").values() if kind == "officeDocument"), "word/document.xml")
    root = package.xml(main)
    if root is None:
        raise Broken
    return _Reader(package, main).read(root)


class _Reader:
    def __init__(self, package: Package, main: str) -> None:
        self._package = package
        parts = dict(package.related(main).values())
        self._levels, self._listed, self._skipped = _styles(package.xml(parts.get("styles", "word/styles.xml")))
        self._comments = dict(_comments(package.xml(parts.get("comments", "word/comments.xml"))))
        self._notes = [parts[kind] for kind in ("footnotes", "endnotes") if kind in parts]
        self._open: dict[str, _Comment] = {}
        self._blocks: list[Block] = []

    def read(self, root: Element) -> Document:
        for element in self._at_paragraphs(root):
            self._take(element)
        for name in self._notes:
            notes = self._package.xml(name)
            for note in notes if notes is not None else ():
                if not value(note, "type"):  # separators have one
                    words = self._words(note)
                    self._put(Block(PARAGRAPH, tidy(words.now()), before=_before(words)))
        tied: dict[int, list[Remark]] = {}
        for comment in self._comments.values():
            if comment.first >= 0 and comment.text:
                reach = max(0, comment.last - comment.first)
                remark = Remark(comment.author, comment.text, tidy("".join(comment.about)), comment.at, reach)
                tied.setdefault(min(comment.first, len(self._blocks) - 1), []).append(remark)
        blocks = tuple(replace(block, remarks=tuple(tied[at])) if at in tied else block for at, block in enumerate(self._blocks))
        return Document("docx", blocks, title=_title(self._package), whole=self._package.whole)

    def _at_paragraphs(self, root: Element) -> Iterator[Element]:
        """Paragraphs and tables in their order, through whatever holds them."""
        for element in root:
            name = local(element)
            if name in ("p", "tbl"):
                yield element
            elif name in THROUGH:
                yield from self._at_paragraphs(element)
            elif name.startswith("comment"):
                self._comment(element, name)

    def _take(self, element: Element) -> None:
        if local(element) == "tbl":
            for line in element.iter("{*}tr"):
                if next(line.iterancestors("{*}tbl")) is element:
                    self._row(line)
            return
        properties = child(element, "pPr")
        style = value(one, "val") if (one := child(properties, "pStyle")) is not None else ""
        if style in self._skipped:
            return
        words = self._words(element)
        outline = child(properties, "outlineLvl")
        level = _level(value(outline, "val")) if outline is not None else self._levels.get(style, 0)
        numbered = child(properties, "numPr")
        listed = numbered is not None or style in self._listed
        depth = value(one, "val") if (one := child(numbered, "ilvl")) is not None else ""
        block = Block(
            HEADING if level else ITEM if listed else PARAGRAPH,
            tidy(words.now()),
            level=level or (int(depth) if listed and depth.isdigit() else 0),
            before=_before(words),
            changed_by=words.changed_by,
            marks=tuple(words.marks),
        )
        self._put(block)

    def _row(self, line: Element) -> None:
        cells = [self._words(cell) for cell in line if local(cell) in ("tc", "sdt")]
        text, told = row([cell.now() for cell in cells])
        before = row([cell.before() for cell in cells])[0]
        properties = child(line, "trPr")
        if child(properties, "del") is not None:
            text = ""
        if child(properties, "ins") is not None:
            before = ""
        by = next((cell.changed_by for cell in cells if cell.changed_by), "")
        marks = tuple(name for cell in cells for name in cell.marks)
        self._put(Block(ROW, text, cells=told, before=before if before != text else None, changed_by=by, marks=marks))

    def _put(self, block: Block) -> None:
        here = len(self._blocks)
        if block.text or block.before:
            self._blocks.append(block)
            for comment in self._comments.values():
                if comment.first == -2:
                    comment.first = here
                if comment.last == -2:
                    comment.last = here
            for comment in self._open.values():
                comment.last = here

    def _words(self, element: Element) -> _Words:
        words = _Words()
        self._gather(element, words, "", 0)
        return words

    def _gather(self, element: Element, words: _Words, state: str, depth: int) -> None:
        for one in element:
            name = local(one)
            if name in ("t", "delText"):
                self._say(words, one.text or "", state)
            elif name in GAPS:
                self._say(words, GAPS[name], state)
            elif name.startswith("comment"):
                self._comment(one, name)
            elif name == "bookmarkStart":
                words.marks.append(value(one, "name"))
            elif name in SILENT or depth > 200:
                continue
            elif name in ("ins", "moveTo", "del", "moveFrom"):
                words.changed_by = words.changed_by or value(one, "author")
                self._gather(one, words, NEW if name in ("ins", "moveTo") else OLD, depth + 1)
            else:
                if name in ("p", "tc", "txbxContent") and words.pieces:
                    self._say(words, "\n", state)
                self._gather(one, words, state, depth + 1)

    def _say(self, words: _Words, said: str, state: str) -> None:
        words.pieces.append((said, state))
        for comment in self._open.values():
            comment.about.append(said)

    def _comment(self, mark: Element, name: str) -> None:
        comment = self._comments.get(value(mark, "id"))
        if comment is None:
            return
        if name == "commentRangeStart":
            comment.first = comment.last = -2  # the block that is being read
            self._open[value(mark, "id")] = comment
        elif name == "commentRangeEnd":
            if self._open.pop(value(mark, "id"), None):
                comment.last = -2
        elif name == "commentReference" and comment.first == -1:
            comment.first = comment.last = -2


def _before(words: _Words) -> str | None:
    """What stood there before tracked changes, or None."""
    if not any(state for _, state in words.pieces):
        return None
    before = tidy(words.before())
    return before if before != tidy(words.now()) else None


def _level(outline: str) -> int:
    return int(outline) + 1 if outline.isdigit() and int(outline) < 9 else 0


def _styles(root: Element | None) -> tuple[dict[str, int], set[str], set[str]]:
    """The levels of heading styles, the styles of lists, and those of the table of contents."""
    based: dict[str, str] = {}
    levels: dict[str, int] = {}
    listed, skipped = set(), set()
    for style in children(root, "style") if root is not None else ():
        ident = value(style, "styleId")
        name = value(one, "val").lower() if (one := child(style, "name")) is not None else ""
        properties = child(style, "pPr")
        if (one := child(style, "basedOn")) is not None:
            based[ident] = value(one, "val")
        if name.startswith("toc "):
            skipped.add(ident)
        elif name == "title":
            levels[ident] = 1
        elif name.startswith("heading ") and name[8:].isdigit():
            levels[ident] = max(1, min(9, int(name[8:])))
        elif (one := child(properties, "outlineLvl")) is not None:
            levels[ident] = _level(value(one, "val"))
        elif child(properties, "numPr") is not None or name.startswith("list "):
            listed.add(ident)
    for ident in based:
        above, steps = ident, 0
        while above in based and above not in levels and above not in listed and steps < 20:
            above, steps = based[above], steps + 1
        if above in levels:
            levels.setdefault(ident, levels[above])
        elif above in listed:
            listed.add(ident)
    return levels, listed, skipped


def _comments(root: Element | None) -> Iterator[tuple[str, _Comment]]:
    for one in children(root, "comment") if root is not None else ():
        text = "\n".join("".join(word.text or "" for word in line.iter("{*}t")) for line in one.iter("{*}p")).strip()
        yield value(one, "id"), _Comment(tidy(value(one, "author")), text, _moment(value(one, "date")))


def _moment(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None


def _title(package: Package) -> str:
    root = package.xml("docProps/core.xml")
    found = child(root, "title")
    return tidy(found.text or "") if found is not None else ""
