"""Thousands of texts at once: how near is each of them to a text?

An inverted index in numpy, with the weights of `similarity` (Salton and
Buckley 1988). A text may be seen in several views (its words, its letters);
each view has length one before it gets its weight, so that a view with many
terms does not drown one with few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
View = Iterable[str]


@dataclass(frozen=True)
class Sparse:
    """A vector: the numbers of its terms, and what each weighs. A term may stand in it twice and then counts for both."""

    terms: Numbers
    weights: Floats

    def __mul__(self, factor: float) -> Sparse:
        return Sparse(self.terms, self.weights * factor)

    def length(self) -> float:
        """Its length, with the weights of a term that stands in it twice added."""
        return float(np.linalg.norm(np.bincount(self.terms, self.weights)))


def total(vectors: Sequence[Sparse]) -> Sparse:
    """The sum of vectors."""
    return Sparse(np.concatenate([one.terms for one in vectors]), np.concatenate([one.weights for one in vectors]))


class Postings:
    """Texts by their terms. Built once; the cost is that of the terms that are there."""

    def __init__(self, texts: Sequence[Sequence[View]], weights: Sequence[float] = (1.0,)) -> None:
        self._weights = np.array(weights)
        self.size = len(texts)
        self._numbers: dict[tuple[int, str], int] = {}
        terms: list[int] = []
        counts: list[int] = []
        views: list[int] = []
        ends = [0]
        for text in texts:
            for view, said in enumerate(text):
                for term, count in Counter(said).items():
                    terms.append(self._numbers.setdefault((view, term), len(self._numbers)))
                    counts.append(count)
                    views.append(view)
            ends.append(len(terms))
        self._ends = np.array(ends)
        self._terms = np.array(terms, dtype=np.int64)
        rows = np.repeat(np.arange(self.size), np.diff(self._ends))
        self._rarity = np.log(1 + self.size / np.bincount(self._terms, minlength=len(self._numbers)))
        raw = (1 + np.log(np.array(counts, dtype=np.float64))) * self._rarity[self._terms]
        self._values = self._even(raw, rows, np.array(views, dtype=np.int64), self.size)

        # The same by term: which texts have it.
        by_term = np.argsort(self._terms, kind="stable")
        self._found_in = rows[by_term]
        self._weighs = self._values[by_term]
        self._begins = np.concatenate([[0], np.cumsum(np.bincount(self._terms, minlength=len(self._numbers)))])

    def _even(self, raw: Floats, rows: Numbers, views: Numbers, size: int) -> Floats:
        """Each view of each text given its weight, each text given length one."""
        cell = rows * len(self._weights) + views
        lengths = np.sqrt(np.bincount(cell, raw**2, minlength=size * len(self._weights)))
        values = raw / lengths[cell] * self._weights[views]
        whole: Floats = values / np.sqrt(np.bincount(rows, values**2, minlength=size))[rows]
        return whole

    def __getitem__(self, text: int) -> Sparse:
        """The vector of a text that is here."""
        inside = slice(self._ends[text], self._ends[text + 1])
        return Sparse(self._terms[inside], self._values[inside])

    def vector(self, text: Sequence[View]) -> Sparse:
        """The vector of any text; a term that stands in none here takes its part of the length and is left out."""
        found: list[tuple[int, int, float]] = []
        unseen = np.log(1 + self.size)
        for view, said in enumerate(text):
            for term, count in Counter(said).items():
                number = self._numbers.get((view, term), -1)
                found.append((number, view, (1 + np.log(count)) * (unseen if number < 0 else self._rarity[number])))
        if not found or not self.size:
            return Sparse(np.zeros(0, dtype=np.int64), np.zeros(0))
        numbers, views, raw = (np.array(column) for column in zip(*found, strict=True))
        values = self._even(raw, np.zeros(len(found), dtype=np.int64), views, 1)
        return Sparse(numbers[numbers >= 0], values[numbers >= 0])

    def scores(self, vector: Sparse) -> Floats:
        """For each text here, its dot product with the vector: the cosine, where that has length one."""
        begins, ends = self._begins[vector.terms], self._begins[vector.terms + 1]
        if not len(begins):
            return np.zeros(self.size)
        stretches = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        where = np.concatenate([self._found_in[stretch] for stretch in stretches])
        weighs = np.concatenate([self._weighs[stretch] for stretch in stretches])
        found: Floats = np.bincount(where, weighs * np.repeat(vector.weights, ends - begins), minlength=self.size).astype(np.float64)
        return found

    def weight(self, term: str, weights: Floats, *, view: int = 0) -> float:
        """What a term weighs in a vector written out in full; 0 for one that stands in no text."""
        number = self._numbers.get((view, term), len(weights))
        return float(weights[number]) if number < len(weights) else 0.0
