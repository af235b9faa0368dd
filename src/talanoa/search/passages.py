"""The best passage of a text: where most of what was asked for stands together, with the words marked; pure."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from talanoa.search import analysis

LONGEST = 240  # characters
REMEMBERED = 20_000  # words of which it is known whether they are wanted
READ = 40_000  # of a text; what nobody scrolls to is no passage


class Piece(NamedTuple):
    """A piece of a passage: plain words, and whether they are what was asked for."""

    words: str
    marked: bool


class _Telling(dict[str, bool]):
    """Of each word whether it is one of those that are wanted; the texts of a page have most of their words in common."""

    def __init__(self, forms: frozenset[str], languages: tuple[str, ...]) -> None:
        super().__init__()
        self._forms, self._languages = forms, languages
        self.near = analysis.initials(forms, languages)

    def __missing__(self, word: str) -> bool:
        if len(self) >= REMEMBERED:
            self.clear()
        near = self.near is None or analysis.fold(word)[:1] in self.near
        self[word] = wanted = near and not self._forms.isdisjoint(analysis.forms(word, self._languages))
        return wanted


@lru_cache(maxsize=16)
def _telling(wanted: tuple[Sequence[str], ...], languages: tuple[str, ...]) -> _Telling:
    return _Telling(frozenset(chain.from_iterable(wanted)), languages)


def passage(text: str, wanted: Sequence[Sequence[str]], languages: tuple[str, ...], worth: Callable[[str], float]) -> list[Piece]:
    """The passage of a text in which these words (each by its forms) tell the most, cut at spaces; its beginning where none stands."""
    flat = " ".join(text[:READ].split())
    known = {form: (number, worth(form)) for number, forms in enumerate(wanted) for form in forms}
    telling = _telling(tuple(wanted), languages)
    places = (
        analysis.plain_places(flat, telling.__getitem__, telling.near)
        if flat.isascii()
        else [place for place in analysis.places(flat) if telling[place[2]]]
    )
    marks = [(begin, end, *known[form]) for begin, end, word in places for form in analysis.forms(word, languages) if form in known]
    single = [form for form in known if len(form) == 1 and analysis.paired(form)]
    if single:
        marks = sorted([*marks, *((at.start(), at.end(), *known[at[0]]) for at in re.finditer("|".join(single), flat))])
    begin = _best(marks)
    end = min(len(flat), begin + LONGEST)
    if end < len(flat) and " " in flat[begin:end]:
        end = flat.rindex(" ", begin, end)
    return _marked(flat, begin, end, [(first, last) for first, last, *_ in marks if begin <= first and last <= end])


def _best(marks: Sequence[tuple[int, int, int, float]]) -> int:
    """Where to begin: at the mark after which the most is said within a passage; each word counts once, once more a little."""
    best, start = -1.0, 0
    last = 0
    for first, (begin, *_rest) in enumerate(marks):
        last = max(last, first)
        while last < len(marks) and marks[last][1] <= begin + LONGEST * 3 // 4:
            last += 1
        seen: dict[int, float] = {}
        said = 0.0
        for _, _, number, weight in marks[first:last]:
            said += weight * (0.1 if number in seen else 1.0)
            seen[number] = weight
        if said > best + 1e-9:
            best, start = said, begin
    return max(0, start - LONGEST // 4) if best > 0 else 0


def _marked(flat: str, begin: int, end: int, marks: Sequence[tuple[int, int]]) -> list[Piece]:
    if begin and " " in flat[begin : begin + 30]:
        begin = flat.index(" ", begin) + 1
    pieces = [Piece("… ", False)] if begin else []
    here = begin
    for first, last in marks:
        if last <= here:
            continue
        if first > here:
            pieces.append(Piece(flat[here:first], False))
        word = flat[max(first, here) : last]
        if pieces and pieces[-1].marked:
            pieces[-1] = Piece(pieces[-1].words + word, True)
        else:
            pieces.append(Piece(word, True))
        here = last
    rest = flat[here:end] + (" …" if end < len(flat) else "")
    return [*pieces, Piece(rest, False)] if rest else pieces
