"""Two people's changes of one section brought together, block by block; pure.

Both began from the same text. A block (a paragraph, a heading, an entry of a list) that one of them changed is as that
one has it. Where both changed the same block, both stand, and what came later carries a mark. What somebody typed
outlives what somebody else took away. Nothing that either of them typed is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from talanoa.publishing.markup import Block

_LARGEST_GRID = 2500  # pairs of blocks that are compared with one another; beyond, they are paired in order, or all stand


@dataclass(slots=True)
class _Side:
    """What somebody made of a text: each of its blocks (None: taken away), and what they put before it, or at the end."""

    blocks: list[Block | None]
    before: list[list[Block]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Merged:
    """The text that holds both, and how many blocks both had changed."""

    blocks: list[Block]
    conflicts: int


def merge(base: Sequence[Block], first: Sequence[Block], later: Sequence[Block], mark: str) -> Merged:
    """What two people made of `base`, as one text. `mark`, safe HTML, is put to the later of two that exclude each other."""
    one, two = _side(base, first), _side(base, later)
    merged: list[Block] = []
    conflicts = 0
    for number in range(len(base) + 1):
        merged += _both(one.before[number], two.before[number])
        if number == len(base):
            break
        was, mine, theirs = base[number], two.blocks[number], one.blocks[number]
        if theirs == was or (theirs is None and mine != was):
            merged += [mine] if mine else []
        elif mine in (was, theirs, None):
            merged += [theirs] if theirs else []
        elif theirs and mine:
            kept = _both([theirs], [mine])
            if len(kept) == 2:
                conflicts += 1
                kept[1] = replace(mine, html=f"{mine.html} {mark}")
            merged += kept
    return Merged(merged, conflicts)


def _side(base: Sequence[Block], made: Sequence[Block]) -> _Side:
    side = _Side([None] * len(base), [[] for _ in range(len(base) + 1)])
    for what, i1, i2, j1, j2 in SequenceMatcher(None, base, made, autojunk=False).get_opcodes():
        if what == "equal":
            side.blocks[i1:i2] = made[j1:j2]
            continue
        at, pairs = i1, dict(_pairs(base[i1:i2], made[j1:j2]))
        for offset, block in enumerate(made[j1:j2]):
            if offset in pairs:
                at = i1 + pairs[offset]
                side.blocks[at] = block
                at += 1
            else:
                side.before[at].append(block)
    return side


def _pairs(base: Sequence[Block], made: Sequence[Block]) -> list[tuple[int, int]]:
    """Which block became which: (number in `made`, number in `base`), so that together they are most alike, in order."""
    if len(base) == len(made) == 1 or len(base) * len(made) > _LARGEST_GRID:
        return [(number, number) for number in range(min(len(base), len(made)))]
    best = [[0.0] * (len(made) + 1) for _ in range(len(base) + 1)]
    words = [set(block.typed.split()) for block in base], [set(block.typed.split()) for block in made]
    alike = [[_alike(a, b) for b in words[1]] for a in words[0]]
    for i in reversed(range(len(base))):
        for j in reversed(range(len(made))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(base) and j < len(made):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            pairs.append((j, i))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _alike(one: set[str], other: set[str]) -> float:
    """From 0 to 1, how many words two blocks share; 0 for few."""
    shared = len(one & other) / max(1, len(one | other))
    return shared if shared >= 0.2 else 0.0


def _both(first: list[Block], later: list[Block]) -> list[Block]:
    """The blocks of both; of one that only goes on where the other one stopped, the longer.

    Whoever saves again, because no answer came, has typed on meanwhile.
    """
    kept, open_ = list(first), set(range(len(first)))
    if len(first) * len(later) > _LARGEST_GRID:
        there = set(first)
        return [*first, *(block for block in later if block not in there)]
    for block in later:
        for number in sorted(open_):
            if _holds(block, kept[number]):
                kept[number] = block
                break
            if _holds(kept[number], block):
                break
        else:
            kept.append(block)
            continue
        open_.discard(number)
    return kept


def _holds(large: Block, small: Block) -> bool:
    """Whether everything typed in one block stands in another: as its beginning, or in its order as a good half of it."""
    if large == small:
        return True
    if (large.within, large.tag) != (small.within, small.tag):
        return False
    long, short = large.typed, small.typed
    if long.startswith(short):
        return True
    words, rest = short.split(), iter(long.split())
    return 2 * len(words) >= len(long.split()) and all(word in rest for word in words)
