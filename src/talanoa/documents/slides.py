"""PPTX: the words of each slide in its order, and of its notes (ECMA-376)."""

from __future__ import annotations

from collections.abc import Iterator

from talanoa.documents.blocks import HEADING, PARAGRAPH, ROW, Block, Document, row, tidy
from talanoa.documents.packages import Element, Package, local, value
from talanoa.documents.refusals import Broken


def read(package: Package) -> Document:
    """A PPTX file as blocks: a slide's title is a heading."""
    main = next((name for kind, name in package.related("").values() if kind == "officeDocument"), "ppt/presentation.xml")
    root = package.xml(main)
    if root is None:
        raise Broken
    parts = package.related(main)
    order = [parts.get(_relation(one), ("", ""))[1] for one in root.iter("{*}sldId")]
    blocks: list[Block] = []
    for name in order:
        slide = package.xml(name)
        if slide is None:
            continue
        blocks += _slide(slide, HEADING)
        for kind, notes in package.related(name).values():
            if kind == "notesSlide" and (said := package.xml(notes)) is not None:
                blocks += (block for block in _slide(said, PARAGRAPH) if not block.text.isdigit())
    return Document("pptx", tuple(blocks), whole=package.whole)


def _relation(one: Element) -> str:
    return next((str(found) for key, found in one.attrib.items() if key.endswith("}id")), "")


def _slide(slide: Element, title: str) -> Iterator[Block]:
    for element in slide.iter("{*}sp", "{*}tbl"):
        if local(element) == "tbl":
            for line in element.iter("{*}tr"):
                text, cells = row([" ".join(_paragraphs(cell)) for cell in line.iter("{*}tc")])
                if text:
                    yield Block(ROW, text, cells=cells)
            continue
        place = next(element.iter("{*}ph"), None)
        heads = place is not None and value(place, "type") in ("title", "ctrTitle")
        for text in _paragraphs(element):
            yield Block(title, text, level=1) if heads and title == HEADING else Block(PARAGRAPH, text)


def _paragraphs(element: Element) -> Iterator[str]:
    for line in element.iter("{*}p"):
        text = tidy("".join(one.text or "" if local(one) == "t" else " " for one in line.iter("{*}t", "{*}br")))
        if text:
            yield text
