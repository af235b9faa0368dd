"""Which past queries and Consolidated Replies ask the same as a question.

A question is seen in three views: the stems of its words, runs of two to four
letters (any script, and forgiving towards spelling), and the concepts of the
thesaurus. Then each question speaks with its nearest neighbours: what they
say of the same matter is added to what it says itself, as in pseudo-relevance
feedback, so that two that share no word can meet in a third. Small words stay,
since they tell who, where and how long. Figures: decision 23.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from talanoa.language.languages import guess
from talanoa.language.postings import Floats, Numbers, Postings, Sparse, total
from talanoa.language.thesaurus import concepts
from talanoa.language.words import UNSPACED_RUN, pairs, stem, words

Key = TypeVar("Key", bound=Hashable)

# What the views weigh: words, letters, concepts.
VIEWS = (1.0, 1.0, 0.7)
LETTERS = (2, 3, 4)
# So many neighbours speak with a question, each as loud as the square of its cosine: the far ones whisper.
NEIGHBOURS = 6
# A question is told in its first lines; no question takes longer to compare than so many characters.
READ = 2_000


@dataclass(frozen=True)
class Near(Generic[Key]):
    """A past question, and how near it is: 0 has nothing in common, 1 is the same."""

    key: Key
    likeness: float


class Questions(Generic[Key]):
    """Past questions by their keys, ready to be compared; made anew when questions were added.

    The answers do not depend on the order of the texts.
    """

    def __init__(self, texts: Mapping[Key, str]) -> None:
        self._keys = sorted(texts, key=lambda key: (texts[key], str(key)))
        self._places = {key: place for place, key in enumerate(self._keys)}
        self._index = Postings([views(texts[key]) for key in self._keys], VIEWS)
        size = len(self._keys)
        self._beside: Numbers = np.zeros((size, min(NEIGHBOURS, size)), dtype=np.int64)
        self._loud: Floats = np.zeros(self._beside.shape)
        self._lengths: Floats = np.ones(size)
        for place in range(size):
            scores = self._index.scores(self._index[place])
            scores[place] = 0
            self._beside[place], self._loud[place] = _nearest(scores)
            self._lengths[place] = self._with_neighbours(self._index[place], self._beside[place], self._loud[place]).length()

    def nearest(self, text: str, *, most: int = 10, without: Key | None = None) -> list[Near[Key]]:
        """The questions nearest to a text, the nearest first; those that have nothing in common are left out."""
        asked = self._index.vector(views(text))
        if not len(asked.terms):
            return []
        direct = self._index.scores(asked)
        if without is not None:
            direct[self._places[without]] = 0
        spoken = self._with_neighbours(asked, *_nearest(direct))
        heard = self._index.scores(spoken)
        likeness = heard + (self._loud * heard[self._beside]).sum(axis=1)
        likeness /= np.maximum(self._lengths * spoken.length(), 1e-9)
        # What says the same in the same words is never behind what is merely spoken of together.
        likeness = np.maximum(likeness, direct)
        order = [place for place in np.argsort(-likeness, kind="stable")[: most + 1] if self._keys[place] != without]
        return [Near(self._keys[place], min(1.0, float(likeness[place]))) for place in order[:most] if likeness[place] > 0]

    def _with_neighbours(self, own: Sparse, beside: Numbers, loud: Floats) -> Sparse:
        return total([own, *(self._index[place] * share for place, share in zip(beside, loud, strict=True) if share)])


def _nearest(scores: Floats) -> tuple[Numbers, Floats]:
    """The places of the highest scores, and how loud they speak."""
    most = min(NEIGHBOURS, len(scores))
    if not most:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    # Only those that may be among the highest are sorted; equals stand in the order of their places.
    candidates = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
    places = candidates[np.argsort(-scores[candidates], kind="stable")[:most]]
    return places, scores[places] ** 2


def views(text: str) -> tuple[list[str], list[str], list[str]]:
    """The terms of a question in the three views."""
    text = text[:READ].lower().replace("’", "'")
    language = guess(text)
    said = words(text)
    return list(_stems(said, language)), [run for word in said for run in _runs(word)], list(concepts(text, language))


def _stems(said: list[str], language: str) -> Iterator[str]:
    for word in said:
        if UNSPACED_RUN.match(word):
            yield from pairs(word)
        else:
            yield stem(word, language)


def _runs(word: str) -> Iterator[str]:
    """Runs of letters of a word; a space marks its beginning and end."""
    padded = f" {word} "
    for long in LETTERS:
        for begin in range(max(1, len(padded) - long + 1)):
            yield padded[begin : begin + long]
