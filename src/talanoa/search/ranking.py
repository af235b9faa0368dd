"""A second look at the best answers: who stands near whom, and what the answers say together; pure.

The index ranks by the words alone (BM25). Here the first of its answers are compared as wholes:

- Words of the question that stand side by side, or near, count for more (after Metzler and Croft 2005).
- Answers that say the same speak for each other (Diaz 2005): each hears its nearest neighbours.
- The best answers tell which other words belong to the matter (Lavrenko and Croft 2001, RM3). Each is believed by the
  sixteenth power of its score, so that one clear answer is not talked over by many vague ones.

The last two have a say as far as the first answer has what was asked for (what misses it drifts to other matters: Mitra,
Singhal and Buckley 1998), or the answers are alike in score: who looks for one thing by words that are not in it, and
still finds it clearly, is not corrected. Figures for each: decision 27.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

K1, B = 1.2, 0.75  # of BM25, as in the index
WINDOW, NEARNESS = 6, 0.1
NEIGHBOURS, HEARD = 8, 0.3
BELIEVED, SHARPNESS, ADDED, OWN = 20, 16, 100, 0.3
# Where the others begin to have a say, and have it all:
FLAT = (0.3, 0.7)  # by the scores of the ten best, in relation to the first
COVERED = (0.55, 0.7)  # by what the first has of the question, each word by its rarity
COMMON = 0.3  # what stands in a larger share of all texts tells nothing


class _Numbered(dict[str, int]):
    """Terms and their numbers, given as they come."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


class Answers:
    """The first answers to a question: their analysed texts and scores, the best first. With `only`, no other terms are looked at."""

    def __init__(
        self, texts: Sequence[str], scores: Sequence[float], *, size: int, frequency: Callable[[str], int], only: Sequence[str] = ()
    ) -> None:
        self._scores = np.array(scores, dtype=np.float64)
        self._numbers = _Numbered((term, number) for number, term in enumerate(only, 1))
        if only:
            number = self._numbers.get
            runs = [[number(term, 0) for term in text.split()] for text in texts]
        else:
            runs = [list(map(self._numbers.__getitem__, text.split())) for text in texts]
        self._lengths = np.array([max(1, len(run)) for run in runs], dtype=np.float64)
        self._norms = K1 * (1 - B + B * self._lengths / self._lengths.mean())
        self._rows = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
        self._flat: Numbers = np.array([number for run in runs for number in run], dtype=np.int64)
        self._size, self._frequency = size, frequency

    def rarity(self, term: str) -> float:
        """What a term weighs by being rare."""
        return float(self._rarities(np.array([self._frequency(term)], dtype=np.float64))[0])

    def nearness(self, pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Floats:
        """What the answers gain by words of the question that stand beside each other, or near; a word is its forms."""
        gained = np.zeros(len(self._scores))
        for one, other in pairs:
            first, second = self._places(one), self._places(other)
            if len(first) and len(second):
                rarity = min(map(self.rarity, one)) + min(map(self.rarity, other))
                for closest, both_ways in ((1, False), (WINDOW, True)):
                    count = self._met(first, second, closest)
                    if both_ways:
                        count = count + self._met(second, first, closest)
                    gained += NEARNESS * rarity * (K1 + 1) * count / (count + self._norms)
        return gained

    def _places(self, forms: Sequence[str]) -> Numbers:
        known = [self._numbers[form] for form in forms if form in self._numbers]
        return np.flatnonzero(np.isin(self._flat, known)) if known else np.zeros(0, dtype=np.int64)

    def _met(self, first: Numbers, second: Numbers, closest: int) -> Floats:
        """How often, in each answer, a place of `second` follows one of `first` by at most so many words."""
        after = np.searchsorted(second, first, side="right")
        followed = after < len(second)
        here, there = first[followed], second[after[followed]]
        near = (there - here <= closest) & (self._rows[there] == self._rows[here])
        return np.bincount(self._rows[here[near]], minlength=len(self._scores)).astype(np.float64)

    def together(self, own: Floats, words: Sequence[Sequence[str]], small: frozenset[str]) -> Floats:
        """The scores `own` of the answers to these words, as they change when the answers speak for each other; the best is 1."""
        own = own / max(float(own.max()), 1e-9)
        flatness = float(own[np.argsort(-own)][1:10].mean()) if len(own) > 1 else 0.0
        say = max(_share(flatness, *FLAT), _share(self._covered(int(own.argmax()), words), *COVERED))
        weights, shares, rarities = self._weights(small)
        if not say or not weights.shape[1]:
            return own
        heard = _neighbours(weights)
        scores = (1 - HEARD) * own + HEARD * heard @ own
        model = self._model(scores, shares, rarities)
        told = weights @ model
        scores = OWN * own + (1 - OWN) * told / max(float(told.max()), 1e-9)
        scores = (1 - HEARD) * scores + HEARD * heard @ scores
        return (1 - say) * own + say * scores / max(float(scores.max()), 1e-9)

    def _covered(self, answer: int, words: Sequence[Sequence[str]]) -> float:
        """How much of the words one answer has, each as much as it is rare."""
        rarities = {tuple(forms): min(map(self.rarity, forms)) for forms in words}
        begin = int(np.searchsorted(self._rows, answer))
        here = frozenset(self._flat[begin : int(np.searchsorted(self._rows, answer, side="right"))].tolist())
        had = sum(rarity for forms, rarity in rarities.items() if any(self._numbers.get(form) in here for form in forms))
        return had / max(sum(rarities.values()), 1e-9)

    def _weights(self, small: frozenset[str]) -> tuple[Floats, Floats, Floats]:
        """BM25 weights and shares of the terms that two answers or more have, and their rarities."""
        kinds, answers = len(self._numbers), len(self._scores)
        counts = np.bincount(self._rows * kinds + self._flat, minlength=kinds * answers).reshape(answers, kinds)
        kept = np.flatnonzero((counts > 0).sum(axis=0) >= 2)
        names = list(self._numbers)
        told = (names[one] for one in kept)
        found = np.array([0 if len(name) < 2 or name in small else self._frequency(name) for name in told], dtype=np.float64)
        telling = (found > 0) & (found <= max(2.0, COMMON * self._size))
        kept, found = kept[telling], found[telling]
        rarities = self._rarities(found)
        here = counts[:, kept].astype(np.float64)
        return here * (K1 + 1) / (here + self._norms[:, None]) * rarities, here / self._lengths[:, None], rarities

    def _rarities(self, found: Floats) -> Floats:
        return np.asarray(np.log(1 + (self._size - found + 0.5) / (found + 0.5)))

    def _model(self, scores: Floats, shares: Floats, rarities: Floats) -> Floats:
        """The words of the matter, and how much each belongs to it: together 1."""
        best = np.argsort(-scores, kind="stable")[:BELIEVED]
        belief = (scores[best] / max(float(scores[best[0]]), 1e-9)) ** SHARPNESS
        said = belief / belief.sum() @ shares[best]
        kept = np.argsort(-said * rarities, kind="stable")[:ADDED]
        model = np.zeros(len(said))
        model[kept] = said[kept]
        return model / max(float(model.sum()), 1e-9)


def _share(value: float, begins: float, ends: float) -> float:
    """How far a value is on its way from where something begins to where it ends."""
    return min(1.0, max(0.0, (value - begins) / (ends - begins)))


def _neighbours(weights: Floats) -> Floats:
    """For each answer, whom it hears and how much: together 1."""
    even = (weights / np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    alike = even @ even.T
    np.fill_diagonal(alike, 0)
    if len(alike) > NEIGHBOURS:
        alike[alike < np.partition(alike, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS][:, None]] = 0
    alike = alike.astype(np.float64) ** 2
    return np.asarray(alike / np.maximum(alike.sum(axis=1, keepdims=True), 1e-9))
