"""Words that would find something, where the words that were asked for find nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tantivy import Query

from talanoa.search import analysis
from talanoa.search.engine import Look, any_of
from talanoa.search.finding import Wish

LOOKED_AT = 30  # entries that have a word which is written nearly so
SHORTEST = 4  # letters; among shorter words everything is near


def nearly(look: Look, wished: Wish, word: str, audiences: Sequence[int]) -> list[tuple[float, Any]] | None:
    """Entries for these audiences that have a word written nearly so; None where the word itself is found, or none can be near."""
    bare = analysis.fold(word)
    if analysis.paired(word) or len(bare) < SHORTEST:
        return None
    there = [look.term(name, form) for form in analysis.forms(word, wished.languages) for name in ("title", "text", "people", "files")]
    if look.hits(any_of(there), 1, audiences=audiences):
        return None
    # The terms are stems, so that what is written nearly so begins with what is nearly the term.
    close = [
        Query.fuzzy_term_query(look.schema, name, form, _allowed(form))
        for name in ("text", "title")
        for form in {bare, *analysis.forms(word, wished.languages)}
        if len(form) >= SHORTEST - 1
    ]
    return look.hits(any_of(close), LOOKED_AT, audiences=audiences)


def nearest(word: str, texts: Iterable[str]) -> str:
    """The word most like this one in some texts, as it is written there; "" if none is near."""
    bare = analysis.fold(word)
    seen = Counter(other for text in texts for other in analysis.words(text))
    near = {
        other: far
        for other in seen
        if abs(len(other) - len(bare)) <= 2 and (far := _distance(analysis.fold(other), bare)) <= _allowed(bare)
    }
    return min(near, key=lambda other: (near[other], -seen[other], other), default="")


def _allowed(word: str) -> int:
    return 1 if len(word) < 6 else 2


def _distance(one: str, other: str) -> int:
    """How many letters are to be changed, added, taken away or exchanged with their neighbour (Damerau 1964)."""
    rows = [list(range(len(other) + 1))]
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(rows[-1][column] + 1, line[-1] + 1, rows[-1][column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, rows[-2][column - 2] + 1)
            line.append(cost)
        rows.append(line)
    return rows[-1][-1]
