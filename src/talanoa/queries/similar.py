"""Which past queries and Consolidated Replies ask the same as a question.

A question is seen by its words and by its meaning. Its words are looked at in
three views: their stems, runs of two to four letters (any script, and
forgiving towards spelling), and the concepts of the thesaurus, which reach
from one language to another. Its meaning is a vector (`language.meaning`),
less what all past questions mean together: that tells as little as a word
that stands in all of them. Two are compared by both where both have a meaning,
and by their words alone otherwise. Then each question speaks with its nearest
neighbours: what they say of the same matter is added to what it says itself,
as in pseudo-relevance feedback, so that two that share no word can meet in a
third. Small words stay, since they tell who, where and how long. Figures:
decision 30.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from talanoa.language.languages import guess
from talanoa.language.meaning import SIZE, Vectors, apart, in_common, meaning, meanings
from talanoa.language.postings import Floats, Numbers, Postings, Sparse, total
from talanoa.language.thesaurus import concepts
from talanoa.language.words import UNSPACED_RUN, pairs, stem, words

Key = TypeVar("Key", bound=Hashable)

# What the views of the words weigh: stems, letters, concepts.
VIEWS = (1.0, 1.0, 0.7)
LETTERS = (2, 3, 4)
# What the meaning weighs beside the words.
MEANING = 3.0
# So many neighbours speak with a question, each as loud as the square of its cosine: the far ones whisper.
NEIGHBOURS = 6
# A question is told in its first lines; no question takes longer to compare than so many characters.
READ = 2_000


@dataclass(frozen=True)
class Near(Generic[Key]):
    """A past question, and how near it is: 0 has nothing in common, 1 is the same."""

    key: Key
    likeness: float


class Said(NamedTuple):
    """What one question says, or several together."""

    words: Sparse
    meaning: Vectors  # zeros, if it is not known


class Questions(Generic[Key]):
    """Past questions by their keys, ready to be compared; made anew when questions were added.

    `meant` are their meanings as far as they are known, in their own length;
    without it, they are worked out, which takes some ten milliseconds each.
    The answers do not depend on the order of the texts.
    """

    def __init__(self, texts: Mapping[Key, str], meant: Mapping[Key, Vectors] | None = None) -> None:
        self._keys = sorted(texts, key=lambda key: (texts[key], str(key)))
        self._places = {key: place for place, key in enumerate(self._keys)}
        self._by_text = {texts[key]: place for key, place in self._places.items()}
        self._index = Postings([views(texts[key]) for key in self._keys], VIEWS)
        vectors = _known(self._keys, meant) if meant is not None else meanings([texts[key] for key in self._keys])
        self._in_common = in_common(vectors)
        self._meant = apart(vectors, self._in_common)

        size = len(self._keys)
        self._beside: Numbers = np.zeros((size, min(NEIGHBOURS, size)), dtype=np.int64)
        self._loud: Floats = np.zeros(self._beside.shape)
        # How long what each says with its neighbours is: in words, in meaning.
        self._lengths: Floats = np.ones((2, size))
        self._lengths[1] = self._meant.any(axis=1)
        alone = self._lengths.copy()
        for place in range(size):
            scores = self._likeness(self._heard(self._of(place)), alone, alone[:, place])
            scores[place] = 0
            self._beside[place], self._loud[place] = _nearest(scores)
            self._lengths[:, place] = _lengths(self._with_neighbours(self._of(place), self._beside[place], self._loud[place]))
        self._alone = alone

    def nearest(self, text: str, *, most: int = 10, without: Key | None = None) -> list[Near[Key]]:
        """The questions nearest to a text, the nearest first; those that have nothing in common are left out."""
        asked = self._said(text)
        if not len(asked.words.terms):
            return []
        direct = self._likeness(self._heard(asked), self._alone, _lengths(asked))
        if without is not None:
            direct[self._places[without]] = 0
        spoken = self._with_neighbours(asked, *_nearest(direct))
        heard = self._heard(spoken)
        heard += (self._loud * heard[:, self._beside]).sum(axis=2)
        # What says the same in the same words is never behind what is merely spoken of together.
        likeness = np.maximum(direct, self._likeness(heard, self._lengths, _lengths(spoken)))
        order = [place for place in np.argsort(-likeness, kind="stable")[: most + 1] if self._keys[place] != without]
        return [Near(self._keys[place], min(1.0, float(likeness[place]))) for place in order[:most] if likeness[place] > 0]

    def _said(self, text: str) -> Said:
        """A question by itself; one that is here is known already."""
        if text in self._by_text:
            return self._of(self._by_text[text])
        return Said(self._index.vector(views(text)), apart(meaning(text)[None], self._in_common)[0])

    def _of(self, place: int) -> Said:
        return Said(self._index[place], self._meant[place])

    def _with_neighbours(self, own: Said, beside: Numbers, loud: Floats) -> Said:
        speak = [(place, share) for place, share in zip(beside.tolist(), loud.tolist(), strict=True) if share]
        said = total([own.words, *(self._index[place] * share for place, share in speak)])
        return Said(said, own.meaning + loud.astype(np.float32) @ self._meant[beside])

    def _heard(self, said: Said) -> Floats:
        """For each question here, its dot product with what is said: of the words, of the meaning."""
        return np.stack([self._index.scores(said.words), self._meant @ said.meaning])

    def _likeness(self, heard: Floats, lengths: Floats, own: Floats) -> Floats:
        """Cosines of words and meaning together; of the words alone, where one of the two has no meaning."""
        weigh = np.where((lengths[1] > 0) & (own[1] > 0), MEANING, 0.0)
        both = np.sqrt((lengths[0] ** 2 + weigh * lengths[1] ** 2) * (own[0] ** 2 + weigh * own[1] ** 2))
        found: Floats = (heard[0] + weigh * heard[1]) / np.maximum(both, 1e-9)
        return found


def _known(keys: list[Key], meant: Mapping[Key, Vectors]) -> Vectors:
    nothing = np.zeros(SIZE, dtype=np.float32)
    return np.array([meant.get(key, nothing) for key in keys], dtype=np.float32).reshape(-1, SIZE)


def _lengths(said: Said) -> Floats:
    return np.array([said.words.length(), np.linalg.norm(said.meaning)])


def _nearest(scores: Floats) -> tuple[Numbers, Floats]:
    """The places of the highest scores, and how loud they speak."""
    most = min(NEIGHBOURS, len(scores))
    if not most:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    # Only those that may be among the highest are sorted; equals stand in the order of their places.
    candidates = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
    places = candidates[np.argsort(-scores[candidates], kind="stable")[:most]]
    return places, np.maximum(scores[places], 0) ** 2


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
