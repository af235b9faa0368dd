"""ODT: headings, paragraphs, lists, tables and annotations (OpenDocument 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from talanoa.documents.blocks import HEADING, ITEM, PARAGRAPH, ROW, Block, Document, Remark, row, tidy
from talanoa.documents.packages import Element, Package, child, local, value
from talanoa.documents.refusals import Broken, Locked

GAPS = {"tab": "\t", "line-break": "\n"}
SKIPPED = frozenset({"tracked-changes", "table-of-content", "sequence-decls", "forms", "alphabetical-index", "bibliography"})
MOST_SPACES = 100
DEEPEST = 200


def read(package: Package) -> Document:
    """An ODT file as blocks; tracked changes stand as if they were accepted."""
    manifest = package.part("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise Locked
    root = package.xml("content.xml")
    text = next(root.iter("{*}text"), None) if root is not None else None
    if text is None:
        raise Broken
    meta = package.xml("meta.xml")
    found = next(meta.iter("{http://purl.org/dc/elements/1.1/}title"), None) if meta is not None else None
    title = tidy(found.text or "") if found is not None else ""
    blocks = [block for block in _blocks(text, 0, 0) if block.text]
    return Document("odt", tuple(blocks), title=title, whole=package.whole)


def _blocks(container: Element, depth: int, listed: int) -> Iterator[Block]:
    for one in container:
        name = local(one)
        if name in SKIPPED or depth > DEEPEST:
            continue
        if name == "h":
            level = value(one, "outline-level")
            yield from _block(one, HEADING, max(1, min(9, int(level))) if level.isdigit() else 1)
        elif name == "p":
            yield from _block(one, ITEM if listed else PARAGRAPH, max(0, listed - 1))
        elif name == "list":
            yield from _blocks(one, depth + 1, listed + 1)
        elif name == "table":
            yield from _table(one)
        elif name in ("section", "list-item", "list-header", "index-body", "text-box"):
            yield from _blocks(one, depth + 1, listed)


def _block(element: Element, kind: str, level: int) -> Iterator[Block]:
    said: list[str] = []
    remarks: list[Remark] = []
    notes: list[str] = []
    _gather(element, said, remarks, notes, 0)
    yield Block(kind, tidy("".join(said)), level=level, remarks=tuple(remarks))
    yield from (Block(PARAGRAPH, tidy(note)) for note in notes)


def _table(table: Element) -> Iterator[Block]:
    for line in table.iter("{*}table-row"):
        if next(line.iterancestors("{*}table")) is not table:
            continue
        cells: list[str] = []
        remarks: list[Remark] = []
        for cell in line:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            said: list[str] = []
            notes: list[str] = []
            _gather(cell, said, remarks, notes, 0)
            cells.append("".join([*said, *notes]))
        text, told = row(cells)
        yield Block(ROW, text, cells=told, remarks=tuple(remarks))


def _gather(element: Element, said: list[str], remarks: list[Remark], notes: list[str], depth: int) -> None:
    said.append(element.text or "")
    for one in element:
        name = local(one)
        if name == "annotation":
            words = "\n".join("".join(line.itertext()) for line in one.iter("{*}p"))
            author = child(one, "creator")
            remarks.append(Remark(tidy(author.text or "") if author is not None else "", words.strip()))
        elif name == "note":
            body = child(one, "note-body")
            notes.append(" ".join(body.itertext()) if body is not None else "")
        elif name == "s":
            count = value(one, "c")
            said.append(" " * min(int(count) if count.isdigit() else 1, MOST_SPACES))
        elif name in GAPS:
            said.append(GAPS[name])
        elif depth < DEEPEST:
            if name in ("p", "h", "list-item") and any(said):
                said.append("\n")
            _gather(one, said, remarks, notes, depth + 1)
        said.append(one.tail or "")
