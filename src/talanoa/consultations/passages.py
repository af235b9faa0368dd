"""A draft cut into passages, and the numbers that they keep through all versions; pure.

The first version is numbered 1, 2, 3 … A passage that stays, moves or changes keeps its number. A new one takes the number of the
passage that it stands behind and the next free letter: 12a, 12b … 12z, 12aa. No number is ever given twice, so that "12" in an old
mail, an old printed draft and a new one means the same passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from talanoa.consultations import matching
from talanoa.documents.blocks import Block

MOST = 10_000
LABEL = re.compile(r"(\d{1,5})([a-z]{0,3})")


class TooManyPassages(ValueError):
    """The draft has more passages than people could ever comment."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of one version."""

    label: str  # "12", "12a"
    kind: str  # of the block: heading, paragraph, item, row
    level: int
    text: str
    how: str = matching.NEW  # what became of it since the version before
    moved: bool = False
    origins: tuple[str, ...] = ()  # the labels it had, or was made of, in the version before


def cut(blocks: Iterable[Block]) -> list[Passage]:
    """The passages of a first version."""
    kept = [block for block in blocks if block.text]
    if len(kept) > MOST:
        raise TooManyPassages
    return [Passage(str(number), block.kind, block.level, block.text) for number, block in enumerate(kept, 1)]


def carry_on(before: Sequence[Passage], blocks: Iterable[Block], used: Iterable[str]) -> list[Passage]:
    """The passages of the next version, with the numbers of those that they are; `used` are all numbers ever given."""
    fresh = cut(blocks)
    matches = matching.match([(one.kind, one.text) for one in before], [(one.kind, one.text) for one in fresh])
    taken = set(used) | {one.label for one in before}
    kept = matching.heirs(matches)
    behind = "0"
    found = []
    for place, (passage, match) in enumerate(zip(fresh, matches, strict=True)):
        label = before[kept[place]].label if place in kept else _next(behind, taken)
        taken.add(label)
        behind = label
        origins = tuple(before[origin].label for origin in match.origins)
        found.append(Passage(label, passage.kind, passage.level, passage.text, match.how, match.moved, origins))
    return found


def _next(behind: str, taken: set[str]) -> str:
    """The next free number behind another."""
    matched = LABEL.fullmatch(behind)
    base = matched[1] if matched else "0"
    letters = 1
    while (label := base + _letters(letters)) in taken:
        letters += 1
    return label


def _letters(number: int) -> str:
    """1 is a, 26 is z, 27 is aa."""
    said = ""
    while number:
        number, rest = divmod(number - 1, 26)
        said = chr(ord("a") + rest) + said
    return said
