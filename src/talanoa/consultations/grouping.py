"""Comments that say nearly the same of the same passage, so that one answer can be given to all of them; pure."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from talanoa.language.similarity import Weights, dot
from talanoa.language.words import terms

ALIKE = 0.6  # cosine of weighted words; a few in a hundred pairs at this height are strangers
FEWEST = 3  # words; less says too little to be compared
MOST = 400  # comments on one passage that are compared each with each


@lru_cache(maxsize=8)
def groups(comments: tuple[tuple[int, tuple[str, ...], str], ...]) -> dict[int, int]:
    """For each comment (number, labels, words) the number of the first that is like it, or its own."""
    chief = {number: number for number, _, _ in comments}
    by_passage: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    for number, labels, said in comments:
        found = terms(said)
        by_passage[labels[0] if labels else ""].append((number, found))
    weights = Weights([those for group in by_passage.values() for _, those in group])
    for group in by_passage.values():
        vectors = [(number, weights.vector(said)) for number, said in sorted(group)[:MOST] if len(said) >= FEWEST]
        for place, (number, vector) in enumerate(vectors):
            for earlier, other in vectors[:place]:
                if chief[earlier] == earlier and dot(vector, other) >= ALIKE:
                    chief[number] = earlier
                    break
    return chief
