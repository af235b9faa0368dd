"""Plain text as blocks: paragraphs stand apart by empty lines; headings and lists are told by how they are typed."""

from __future__ import annotations

import re

from talanoa.documents.blocks import HEADING, ITEM, MOST_BLOCKS, PARAGRAPH, Block, Document, tidy

BULLET = re.compile(r"(\s*)(?:[-*•–▪◦‣·\uf0b7\uf0a7]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,5})[.)])\s+(?=\S)")
UNDERLINE = re.compile(r"\s*(={3,}|-{3,}|~{3,}|\*{3,})\s*")
NUMBERED = re.compile(
    r"\s*(?:chapter|section|part|annex|article|chapitre|capítulo|artículo)?\s*(\d{1,2}(?:\.\d{1,2}){0,4}|[IVX]{1,5})\.?\s+\S",
    re.IGNORECASE,
)
LONGEST_HEADING = 90
LONGEST_LINE = 200
# What a sentence ends with, in the scripts in use.
SENTENCE_END = tuple(".!?:;,…。！？：；।॥؟۔։።")


def read(text: str) -> Document:
    """A plain text as blocks."""
    blocks: list[Block] = []
    if any(len(line) > LONGEST_LINE for line in text.split("\n")):
        # Lines as long as this are paragraphs, with no empty lines between them.
        text = re.sub(r"\n+", "\n\n", text)
    for group in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.replace("\f", "\n\n").strip("\n")):
        blocks += _group(group.split("\n"))
        if len(blocks) >= MOST_BLOCKS:
            return Document("text", tuple(blocks[:MOST_BLOCKS]), whole=False)
    return Document("text", tuple(blocks))


def _group(lines: list[str]) -> list[Block]:
    """The blocks of lines that stand together."""
    if len(lines) >= 2 and UNDERLINE.fullmatch(lines[1]) and lines[0].strip() and len(lines[0]) < LONGEST_HEADING:
        return [Block(HEADING, tidy(lines[0]), level=1 if "=" in lines[1] else 2), *_group(lines[2:])]
    if not any(line.strip() for line in lines) or (len(lines) == 1 and UNDERLINE.fullmatch(lines[0])):
        return []
    if len(lines) == 1 and (level := _heading(lines[0])):
        return [Block(HEADING, tidy(lines[0]), level=level)]
    blocks: list[tuple[str, int, list[str]]] = []
    for line in lines:
        if bullet := BULLET.match(line):
            blocks.append((ITEM, min(8, len(bullet[1].expandtabs(4)) // 2), [line[bullet.end() :]]))
        elif blocks:
            blocks[-1][2].append(line)
        else:
            blocks.append((PARAGRAPH, 0, [line]))
    if len(blocks) == 1 and blocks[0][0] == ITEM and not re.match(r"\s*[-*•–▪◦‣·\uf0b7\uf0a7]", lines[0]):
        # One alone with a number is a numbered paragraph; its number is part of it.
        return [Block(PARAGRAPH, tidy(" ".join(lines)))]
    return [Block(kind, tidy(" ".join(said)), level=level) for kind, level, said in blocks if tidy(" ".join(said))]


def _heading(line: str) -> int:
    """The level of a line that stands alone and reads like a heading; 0 for any other."""
    line = line.strip()
    if len(line) > LONGEST_HEADING or line.endswith(SENTENCE_END) or not any(one.isalpha() for one in line):
        return 0
    if (numbered := NUMBERED.match(line)) and len(line.split()) <= 12:
        return min(9, numbered[1].count(".") + 1)
    return 1 if line.isupper() and len(line) > 3 else 0
