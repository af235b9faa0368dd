"""Phrases that can be labels: runs of words between small words and punctuation.

After Rose, Engel, Cramer and Cowley (2010, RAKE). A phrase is told as it was
written; its key is what it is compared by, so that "girls' school" and "girls
schools" are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from talanoa.language.languages import small
from talanoa.language.words import UNSPACED_RUN, WORD, stem

MOST_WORDS = 4
# In scripts without spaces: runs of characters that carry meaning, and how long a label of them is.
MEANING = re.compile("[\u3400-\u9fff]{2,8}|[\u30a0-\u30ff]{3,12}|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{4,20}")
SHORTEST_PART, LONGEST_PART = 2, 6

Key = tuple[str, ...]


def phrases(sentence: str, language: str) -> Iterator[tuple[Key, str]]:
    """Every phrase of one to four words of a sentence: its key, and how it was written."""
    if UNSPACED_RUN.search(sentence):
        yield from _unspaced(sentence)
    for run in runs(sentence, language):
        keys = [stem(word.lower().replace("’", "'"), language) for word, _, _ in run]
        for begin in range(len(run)):
            for end in range(begin + 1, min(begin + MOST_WORDS, len(run)) + 1):
                yield tuple(keys[begin:end]), sentence[run[begin][1] : run[end - 1][2]]


def runs(sentence: str, language: str) -> Iterator[list[tuple[str, int, int]]]:
    """The longest runs of words with a meaning, each word with where it stands."""
    without = small(language)
    run: list[tuple[str, int, int]] = []
    for match in WORD.finditer(sentence):
        word, begin, end = match[0], match.start(), match.end()
        if run and sentence[run[-1][2] : begin] not in {" ", "-", " & "}:
            yield run
            run = []
        if word.lower().replace("’", "'") in without or word.isdigit() or len(word) < 2 or UNSPACED_RUN.match(word):
            if run:
                yield run
            run = []
            continue
        run.append((word, begin, end))
    if run:
        yield run


def _unspaced(sentence: str) -> Iterator[tuple[Key, str]]:
    for match in MEANING.finditer(sentence):
        run = match[0]
        if run[0] > "\u2fff":
            for begin in range(len(run) - 1):
                for end in range(begin + SHORTEST_PART, min(begin + LONGEST_PART, len(run)) + 1):
                    yield (run[begin:end],), run[begin:end]
        else:
            yield (run,), run
