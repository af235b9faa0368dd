"""Which passage of a draft became which of the next: the same, changed, moved, split, merged, new, gone; pure.

1. What stands once in each, word for word, is the same.
2. What is near by its words becomes the same passage, the surest pairs first; neighbours that are paired already help.
   Nearness is the cosine of weighted words and pairs of words (Salton and Buckley 1988).
3. What is left over and stands word for word inside a passage beside it was split from it, or merged into it.
A pair that is not certain stays unpaired: a passage that is called new costs a look, a wrong one costs an answer to the wrong words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from talanoa.language.postings import Postings
from talanoa.language.words import UNSPACED_RUN, WORD

SAME, CHANGED, SPLIT, MERGED, NEW = "same", "changed", "split", "merged", "new"

# How near two passages must be to be one, by how many of their neighbours are one: none, one, both.
NEAR = ((0.70, 0.62, 0.55), (0.50, 0.42, 0.30), (0.44, 0.32, 0.18))
OTHER_KIND = 0.08  # a heading that becomes a paragraph is rarer than one that stays
WORD_FOR_WORD, INSIDE = 0.97, 0.7  # how much of a piece must stand in the whole that it was split from
SHORTEST_PIECE = 3  # words; fewer stand anywhere by chance
SPREAD = 1.4  # how far the words of a piece may be drawn apart in the whole
BESIDE = 3  # how far apart parts may stand
LONG_PIECE, NEARLY_ALL = 6, 0.85  # pairs of words; of a piece that stands farther away
MOST_CANDIDATES = 12
LONGEST = 3000  # words of a passage that are compared one by one

Said = tuple[str, str]  # kind and text


@dataclass(frozen=True, slots=True)
class Match:
    """Where a passage of the new draft comes from: the places in the old one, the chief of them first."""

    origins: tuple[int, ...]
    how: str
    moved: bool = False


def match(old: Sequence[Said], new: Sequence[Said]) -> list[Match]:
    """For each passage of the new draft, where it comes from. An old one that is nobody's origin is gone."""
    return _Matcher(old, new).matches()


def heirs(matches: Sequence[Match]) -> dict[int, int]:
    """Which passage of the new draft inherits the number of which old one: of the parts of a split the largest share, once each."""
    chief: dict[int, int] = {}
    for place, one in enumerate(matches):
        if one.origins and one.how != SPLIT:
            chief[place] = one.origins[0]
    inherited = set(chief.values())
    for place, one in enumerate(matches):
        if one.how == SPLIT and one.origins[0] not in inherited:
            chief[place] = one.origins[0]
            inherited.add(one.origins[0])
    return chief


@lru_cache(maxsize=1 << 15)
def units(text: str) -> tuple[str, ...]:
    """What is compared: words in small letters, and single characters where no spaces stand between words."""
    return tuple(unit for word in WORD.findall(text.lower()) for unit in (word if UNSPACED_RUN.match(word) else (word,)))


class _Matcher:
    def __init__(self, old: Sequence[Said], new: Sequence[Said]) -> None:
        self.old, self.new = old, new
        self.old_units = [units(text) for _, text in old]
        self.new_units = [units(text) for _, text in new]
        self.origin: dict[int, int] = {}  # new to old
        self.heir: dict[int, int] = {}  # old to new

    def matches(self) -> list[Match]:
        self._word_for_word()
        candidates = list(self._near())
        for thresholds in NEAR:
            self._pair(candidates, thresholds)
            self._in_between()
        merged, split = dict(self._merged()), dict(self._split())
        moved = self._moved()
        found = []
        for place, (_, text) in enumerate(self.new):
            if place in split:
                found.append(Match((split[place],), SPLIT))
            elif place not in self.origin:
                found.append(Match((), NEW))
            else:
                origin = self.origin[place]
                how = MERGED if place in merged else SAME if _plain(text) == _plain(self.old[origin][1]) else CHANGED
                found.append(Match((origin, *merged.get(place, ())), how, place in moved))
        # Whoever lost a part to a passage beside it was split, too.
        parted = set(split.values())
        return [replace(one, how=SPLIT) if one.origins and one.origins[0] in parted and one.how == CHANGED else one for one in found]

    def _take(self, new: int, old: int) -> None:
        self.origin[new] = old
        self.heir[old] = new

    def _word_for_word(self) -> None:
        where: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, passages in enumerate((self.old, self.new)):
            for place, (_, text) in enumerate(passages):
                where[_plain(text)][side].append(place)
        for olds, news in where.values():
            if len(olds) == len(news) == 1:
                self._take(news[0], olds[0])
        # What stands more than once goes with its neighbours, then in order.
        several = [(olds, news) for olds, news in where.values() if olds and news and len(olds) + len(news) > 2]
        for wanted in (2, 1):
            again = True
            while again:
                again = False
                for olds, news in several:
                    for new in news:
                        old = next((one for one in olds if self._free(new, one) and self._neighbours(new, one) >= wanted), None)
                        if old is not None:
                            self._take(new, old)
                            again = True
        for olds, news in several:
            left = [one for one in olds if one not in self.heir], [one for one in news if one not in self.origin]
            for old, new in zip(*left, strict=False):
                self._take(new, old)

    def _free(self, new: int, old: int) -> bool:
        return new not in self.origin and old not in self.heir

    def _neighbours(self, new: int, old: int) -> int:
        """How many neighbours of the two are one already; an end of the draft counts as one."""
        before = self.origin.get(new - 1) == old - 1 if new and old else new == old
        last = len(self.new) - 1 - new, len(self.old) - 1 - old
        after = self.origin.get(new + 1) == old + 1 if all(last) else last[0] == last[1]
        return before + after

    def _near(self) -> Iterator[tuple[float, int, int]]:
        """Pairs of passages that share words: how near, which new one, which old one."""
        olds = [place for place in range(len(self.old)) if place not in self.heir and self.old_units[place]]
        news = [place for place in range(len(self.new)) if place not in self.origin and self.new_units[place]]
        if not olds or not news:
            return
        # What is rare is told by both drafts, so that boilerplate weighs little.
        every = [_views(one) for one in (*(self.old_units[place] for place in olds), *(self.new_units[place] for place in news))]
        postings = Postings(every, (1.0, 0.6))
        for number, new in enumerate(news):
            scores = postings.scores(postings[len(olds) + number])[: len(olds)]
            for best in scores.argsort()[::-1][:MOST_CANDIDATES].tolist():
                score = float(scores[best]) - OTHER_KIND * (self.old[olds[best]][0] != self.new[new][0])
                if score > NEAR[-1][-1]:
                    yield score, new, olds[best]

    def _pair(self, candidates: list[tuple[float, int, int]], thresholds: tuple[float, float, float]) -> None:
        """The surest pairs first; what was paired makes others surer, so that it is looked at again."""
        again = True
        while again:
            again = False
            open_ = [(score + 0.1 * (beside := self._neighbours(new, old)), score, beside, new, old)
                     for score, new, old in candidates if self._free(new, old)]  # fmt: skip
            for _, score, beside, new, old in sorted(open_, reverse=True):
                if self._free(new, old) and score >= thresholds[beside]:
                    self._take(new, old)
                    again = True

    def _in_between(self) -> None:
        """A short passage alone between two that are one on both sides is the same if it keeps a word."""
        for new in range(len(self.new)):
            if new in self.origin:
                continue
            old = self.origin.get(new - 1, -2) + 1 if new else 0
            if 0 <= old < len(self.old) and self._free(new, old) and self._neighbours(new, old) == 2:
                one, other = set(self.new_units[new]), set(self.old_units[old])
                if max(len(one), len(other)) <= 8 and len(one & other) * 3 >= max(len(one), len(other)):
                    self._take(new, old)

    def _changed(self) -> list[tuple[int, int]]:
        return [(new, old) for new, old in self.origin.items() if _plain(self.old[old][1]) != _plain(self.new[new][1])]

    def _merged(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """New passages that took in others: what is gone and stands inside one that changed."""
        changed = {new: self.new_units[new] for new, _ in self._changed()}
        wholes = _Wholes(changed)
        taken: dict[int, list[int]] = defaultdict(list)
        for old, inside in _surest_first(self.old_units, self.heir):
            if any(old in those for those in taken.values()):
                continue
            beside = [self.heir[one] for one in _around(old, len(self.old)) if one in self.heir]
            for new in wholes.of(self.old_units[old], beside):
                others = (self.old_units[self.origin[new]], *(self.old_units[one] for one in taken[new]))
                if _apart(self.old_units[old], others, self.new_units[new], inside):
                    taken[new].append(old)
                    break
        yield from ((new, tuple(olds)) for new, olds in taken.items() if olds)

    def _split(self) -> Iterator[tuple[int, int]]:
        """New passages that were a part of another: what stands inside the old form of one that changed."""
        changed = {old: self.old_units[old] for _, old in self._changed()}
        wholes = _Wholes(changed)
        parts: dict[int, list[int]] = defaultdict(list)
        for new, inside in _surest_first(self.new_units, self.origin):
            if any(new in those for those in parts.values()):
                continue
            beside = [self.origin[one] for one in _around(new, len(self.new)) if one in self.origin]
            for old in wholes.of(self.new_units[new], beside):
                others = (self.new_units[self.heir[old]], *(self.new_units[one] for one in parts[old]))
                if _apart(self.new_units[new], others, self.old_units[old], inside):
                    parts[old].append(new)
                    yield new, old
                    break

    def _moved(self) -> set[int]:
        """The new passages that do not stand in the longest run of passages in their old order (Fredman 1975)."""
        news = sorted(self.origin)
        tails: list[int] = []
        ends: list[int] = []
        back: dict[int, int] = {}
        for new in news:
            old = self.origin[new]
            at = bisect_left(tails, old)
            tails[at:at + 1], ends[at:at + 1] = [old], [new]
            if at:
                back[new] = ends[at - 1]
        stays = set()
        last = ends[-1] if ends else None
        while last is not None:
            stays.add(last)
            last = back.get(last)
        return {new for new in news if new not in stays}


def _surest_first(said: Sequence[tuple[str, ...]], taken: dict[int, int]) -> Iterator[tuple[int, float]]:
    """What is left over, and how much of it must stand in a whole: word for word first, and the longest first,
    so that a heading does not claim words that a paragraph brought along."""
    left = (place for place in range(len(said)) if place not in taken and len(said[place]) >= SHORTEST_PIECE)
    longest = sorted(left, key=lambda place: -len(said[place]))
    yield from ((place, inside) for inside in (WORD_FOR_WORD, INSIDE) for place in longest)


def _around(place: int, size: int) -> Iterator[int]:
    """The places beside one, the nearest first."""
    for step in range(1, BESIDE + 1):
        yield from (one for one in (place - step, place + step) if 0 <= one < size)


class _Wholes:
    """Passages that changed, by their pairs of words: where else may a piece have come from, or gone to?"""

    def __init__(self, said: dict[int, tuple[str, ...]]) -> None:
        self._said = said
        self._where: dict[str, list[int]] = defaultdict(list)
        for place, those in said.items():
            for pair in set(_views(those)[1]):
                self._where[pair].append(place)

    def of(self, piece: tuple[str, ...], beside: Sequence[int]) -> Iterator[int]:
        """Those beside it first; then those that have nearly all of a piece that is long enough not to stand there by chance."""
        yield from (one for one in beside if one in self._said)
        pairs = set(_views(piece)[1])
        if len(pairs) < LONG_PIECE:
            return
        found = Counter(place for pair in pairs for place in self._where.get(pair, ()))
        yield from (place for place, count in found.most_common(3) if count >= NEARLY_ALL * len(pairs) and place not in beside)


def _apart(piece: tuple[str, ...], others: Sequence[tuple[str, ...]], whole: tuple[str, ...], inside: float) -> bool:
    """Whether a piece stands in a whole, beside what the others have of it and not in the same words."""
    if max(len(piece), len(whole)) > LONGEST:
        return False
    mine = _covered(piece, whole)
    if len(mine) < inside * len(piece) or max(mine) - min(mine) >= SPREAD * len(piece):
        return False
    theirs = set().union(*(_covered(other, whole) for other in others))
    return len(mine - theirs) >= inside * len(piece) and len(theirs) * 2 >= min(len(whole) - len(mine), sum(map(len, others)))


def _covered(piece: tuple[str, ...], whole: tuple[str, ...]) -> set[int]:
    """The places of a whole that the runs of words of a piece take."""
    blocks = SequenceMatcher(None, piece, whole, autojunk=False).get_matching_blocks()
    return {place for block in blocks if block.size > 1 for place in range(block.b, block.b + block.size)}


def _views(said: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    return said, [f"{one} {other}" for one, other in pairwise(said)] or list(said)


_SPACES = re.compile(r"\s+")


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
