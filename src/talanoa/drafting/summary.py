"""Which sentences stand for a conversation; pure.

Four signs, all old and plain: where a sentence stands in its message (Edmundson
1969), how near it is to what everybody speaks of (Radev 2004, centroid), how
near to what was asked, and that it is prose of a fair length. One sentence of
everybody who answered comes first; then the best that repeats least (Carbonell
and Goldstein 1998, MMR). The weights are few and round on purpose: they were
chosen on one half of two sets and hold on the other (bench/drafting.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from talanoa.drafting.contributions import Contribution, Said
from talanoa.language.languages import small
from talanoa.language.similarity import Vector, Weights, dot, total, unit
from talanoa.language.words import UNSPACED_RUN, terms, words

# What a page holds.
WORDS = 350
# A budget may be exceeded by so much, so that the last sentence need not be cut.
GRACE = 1.15
# Everybody's first sentence may take so many times an equal share of the budget, and at least so many words.
SHARE, LEAST = 2.0, 8
FAIR_LENGTH, TOO_LONG = 10, 40
REPETITION = 0.5
# Of one message only so many of its best are weighed against each other, so that the time stays linear.
CANDIDATES = 60
NOISE = re.compile(r"https?://|www\.|[<>{}=\[\]|\\@]|\d{4,}|_{2,}")
# So much of running English is small words; lists, code and tables have fewer.
PROSE = 0.4


@dataclass(slots=True, eq=False)
class Candidate:
    """A sentence that may stand for the conversation. `repeats` tells how much of it the chosen ones say already, 0 to 1."""

    said: Said
    author: str
    vector: Vector
    score: float = 0.0
    repeats: float = field(default=0.0)


def candidates(said: Sequence[Said], contributions: Sequence[Contribution], subject: str = "") -> list[Candidate]:
    """Every sentence with its vector and score, in the order in which it was said."""
    of_each = [terms(one.sentence, one.language) for one in said]
    weights = Weights(of_each)
    out = [
        Candidate(one, contributions[one.message].author, weights.vector(some_terms))
        for one, some_terms in zip(said, of_each, strict=True)
    ]
    everything = total(one.vector for one in out)
    centrality = [max(0.0, dot(one.vector, everything) - 1) for one in out]
    most = max(centrality, default=0.0) or 1.0
    asked = weights.vector(terms(subject))
    question = _question(out, contributions, weights)
    for one, central in zip(out, centrality, strict=True):
        one.score = (
            (1 + one.said.place) ** -0.5
            + central / most
            + dot(one.vector, asked)
            + dot(one.vector, question) / 2
            + _length(one.said.length) / 2
            + _prose(one.said)
            - 2 * _noise(one.said)
            + (0.2 if one.said.sentence.endswith(("?", "？", "؟")) else 0.0)
        )
        if one.said.sentence.endswith((":", "：")):
            one.score *= 0.7
    return out


def _question(out: Sequence[Candidate], contributions: Sequence[Contribution], weights: Weights) -> Vector:
    """What was asked: the contributions that are the question, or else the first one."""
    asked = [one for one in contributions if one.is_question]
    if asked:
        return weights.vector([term for one in asked for term in terms(one.text)])
    return unit(total(one.vector for one in out if one.said.message == 0))


def _length(count: int) -> float:
    return min(1.0, count / FAIR_LENGTH) * min(1.0, TOO_LONG / max(1, count))


def _prose(said: Said) -> float:
    """1 for running text, less for lists and code; where we know no small words, and where none stand apart, 1."""
    without = small(said.language)
    if not without or UNSPACED_RUN.search(said.sentence):
        return 1.0
    return min(1.0, sum(word.lower().replace("’", "'") in without for word in words(said.sentence)) / max(1, said.length) / PROSE)


def _noise(said: Said) -> float:
    return len(NOISE.findall(said.sentence)) / max(3, said.length)


def choose(ranked: Sequence[Candidate], *, most_words: int = 0, most_sentences: int = 0) -> list[Candidate]:
    """The sentences that stand for all, within so many words or sentences, in the order in which they were said.

    Everybody who answered is there once before anybody is there twice, as far
    as the budget goes.
    """
    budget = most_words or (1 << 30 if most_sentences else WORDS)
    count = most_sentences or 1 << 30
    by_author: dict[str, list[Candidate]] = defaultdict(list)
    by_message: dict[int, list[Candidate]] = defaultdict(list)
    for one in ranked:
        one.repeats = 0.0
        by_message[one.said.message].append(one)
    for several in by_message.values():
        for one in sorted(several, key=lambda one: -one.score)[:CANDIDATES]:
            by_author[one.author].append(one)
    left = [one for several in by_author.values() for one in several]
    chosen: list[Candidate] = []
    spent = 0

    def take(one: Candidate) -> None:
        nonlocal spent
        spent += one.said.length
        chosen.append(one)
        left.remove(one)
        for other in left:
            other.repeats = max(other.repeats, dot(other.vector, one.vector))

    share = max(LEAST, SHARE * budget / max(1, len(by_author)))
    shortest = {author: min(several, key=lambda one: one.said.length) for author, several in by_author.items()}
    reserved = sum(one.said.length for one in shortest.values())
    for author, several in sorted(by_author.items(), key=lambda item: -max(one.score for one in item[1])):
        if len(chosen) == count:
            break
        reserved -= shortest[author].said.length
        room = budget * GRACE - spent - reserved
        fitting = [one for one in several if one.said.length <= min(share, room)]
        if not fitting and shortest[author].said.length <= max(room, budget * GRACE - spent if not chosen else 0):
            fitting = [shortest[author]]
        if fitting:
            take(max(fitting, key=_worth))
    while spent < budget and len(chosen) < count:
        fitting = [one for one in left if spent + one.said.length <= budget * GRACE and one.repeats < 0.999]
        if not fitting:
            break
        take(max(fitting, key=_worth))
    return sorted(chosen, key=lambda one: (one.said.message, one.said.place))


def _worth(one: Candidate) -> float:
    return one.score * (1 - REPETITION * one.repeats)
