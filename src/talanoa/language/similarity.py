"""How near texts are to each other: vectors of weighted terms, and their cosine.

The weights are those of Salton and Buckley (1988): a term counts for more
where it is said often, and for less where everybody says it. A vector is a
dictionary, so that the cost is that of the words that are there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

Vector = dict[str, float]


class Weights:
    """What each term of a collection of texts weighs; `texts` are their terms."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._texts = len(texts)
        self._found_in = Counter(term for text in texts for term in set(text))

    def of(self, term: str) -> float:
        """More for what is rare; what stands in no text weighs as if it stood in one."""
        return math.log(1 + max(1, self._texts) / self._found_in.get(term, 1))

    def vector(self, text: Iterable[str]) -> Vector:
        """The vector of a text's terms, of length one; empty for no terms."""
        return unit({term: (1 + math.log(count)) * self.of(term) for term, count in Counter(text).items()})


def unit(vector: Vector) -> Vector:
    """The vector with length one."""
    size = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / size for term, weight in vector.items()} if size else {}


def total(vectors: Iterable[Vector]) -> Vector:
    """The sum of vectors, not of length one."""
    out: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            out[term] = out.get(term, 0.0) + weight
    return out


def dot(one: Vector, other: Vector) -> float:
    """The cosine of two vectors of length one; 0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)
