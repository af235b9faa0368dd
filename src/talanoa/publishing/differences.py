"""What changed from one version of a section to the next, as people read it; pure."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from talanoa.publishing.markup import blocks

_MOST_WORDS = 3000  # in one place; more is shown as taken away and put there whole


class Piece(NamedTuple):
    """Words that stayed ("same"), came ("new") or went ("gone")."""

    what: str
    words: str


def differences(before: str, after: str) -> list[list[Piece]]:
    """The paragraphs in which two versions differ, each as its pieces; where the words are the same, by where links lead."""
    one, two = blocks(before), blocks(after)
    found = list(_paragraphs([block.text for block in one], [block.text for block in two]))
    return found or list(_paragraphs([block.typed for block in one], [block.typed for block in two]))


def _paragraphs(old: list[str], new: list[str]) -> Iterator[list[Piece]]:
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for number in range(pairs):
            yield list(_pieces(old[i1 + number], new[j1 + number]))
        yield from ([Piece("gone", words)] for words in old[i1 + pairs : i2])
        yield from ([Piece("new", words)] for words in new[j1 + pairs : j2])


def _pieces(old: str, new: str) -> Iterator[Piece]:
    one, two = old.split(), new.split()
    if max(len(one), len(two)) > _MOST_WORDS:
        yield from (Piece(what, words) for what, words in (("gone", old), ("new", new)) if words)
        return
    for what, i1, i2, j1, j2 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("same", " ".join(one[i1:i2]))
            continue
        if i1 < i2:
            yield Piece("gone", " ".join(one[i1:i2]))
        if j1 < j2:
            yield Piece("new", " ".join(two[j1:j2]))
