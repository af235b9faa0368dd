"""A text taken apart: fresh words, quotation, signature.

Works by lines: each line is given one label, FRESH, QUOTED or SIGNED, by rules
that say what they recognise (`attributions` finds where an embedded mail
begins, `feet` what programs and people put under a letter; the words of each
language stand in `words`). Every line is looked at a bounded number of times
and only at its first 500 characters, so the time is linear on any input; a
library of the field needs 53 s for one line of 40 kB.

The promises: no line is lost; answers between quoted lines are fresh; a text
is never left without fresh words: when nothing would remain, or it is in
doubt, the whole stays and `doubtful` says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from talanoa.mail.reading import attributions, feet, plain
from talanoa.mail.reading.attributions import QUOTE, quote_depth

# No letter has more lines; beyond, only lines that begin with ">" are quoted.
LINES_LIMIT = 6_000

INITIALS = re.compile(r"\s{0,8}([A-Z][\w.-]{2,20})>\s")

FRESH, QUOTED, SIGNED = "fresh", "quoted", "signature"


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What `trim` made of a text; `labels` has one word for each line of it."""

    fresh: str
    quoted: str
    signature: str
    doubtful: bool
    labels: tuple[str, ...]

    def pieces(self, text: str) -> tuple[tuple[str, str], ...]:
        """The text in its own order, cut where the label changes.

        For a view that folds each quotation where it stands, so that an answer
        is read below its question.
        """
        return tuple((label, "\n".join(lines)) for label, lines in _runs(text.split("\n"), self.labels))


def trim(text: str) -> Trimmed:
    """Take a text with LF line ends apart."""
    lines = text.split("\n")
    labels = _labels(text, lines[:LINES_LIMIT])
    labels += [QUOTED if line.startswith(">") else FRESH for line in lines[LINES_LIMIT:]]
    runs = _runs(lines, labels)
    fresh = _gathered(runs, FRESH)
    if not any(char.isalnum() for char in fresh) and not _pictographic(fresh):
        return Trimmed(text.strip("\n"), "", "", bool(text.strip()), (FRESH,) * len(lines))
    return Trimmed(fresh, _gathered(runs, QUOTED), _gathered(runs, SIGNED), False, tuple(labels))


def _runs(lines: list[str], labels: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The lines, cut where the label changes."""
    runs = []
    begin = 0
    for label, those in groupby(labels):
        end = begin + len(list(those))
        runs.append((label, lines[begin:end]))
        begin = end
    return runs


def _pictographic(text: str) -> bool:
    """A thumb or a heart is an answer."""
    return any(ord(char) > 0x2190 for char in text.strip())


def _gathered(runs: list[tuple[str, list[str]]], wanted: str) -> str:
    """The lines of one label; a gap where others stood between is one empty line."""
    return "\n\n".join(filter(None, (_without_blank_ends(lines) for label, lines in runs if label == wanted)))


def _without_blank_ends(lines: list[str]) -> str:
    begin, end = 0, len(lines)
    while begin < end and not lines[begin].strip():
        begin += 1
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[begin:end])


def _labels(text: str, lines: list[str]) -> list[str]:
    heads = [line[:500] for line in lines]
    labels = [FRESH] * len(lines)
    quoted = [
        (">" in head or "&gt;" in head)
        and QUOTE.match(head) is not None
        and not (head.startswith(">>> ") and attributions.is_groupwise(head))
        for head in heads
    ]
    _initialled(heads, quoted)
    words = plain.lines(text, heads, quoted)
    worth_a_look = attributions.worth_a_look(heads, quoted, words)
    attributed = False
    cut = len(lines)
    index = 0
    while index < len(lines):
        if quoted[index]:
            labels[index] = QUOTED
            index += 1
            continue
        found = attributions.at(heads, quoted, index) if worth_a_look[index] else None
        if found is None:
            index += 1
            continue
        for number in range(index, index + found.lines):
            labels[number] = QUOTED
        if found.embeds:
            cut = index
            break
        attributed = True
        index += found.lines
    if cut < len(lines):
        for number in range(_back_over_rule(heads, cut), len(lines)):
            labels[number] = QUOTED
    if not attributed and cut == len(lines):
        _keep_opening_quote(heads, quoted, labels)
    _join_wrapped_quotes(heads, quoted, labels)
    feet.label(heads, labels, words, SIGNED, FRESH, QUOTED)
    _blank_lines(heads, labels)
    return labels


def _initialled(heads: list[str], quoted: list[bool]) -> None:
    """Mark three or more lines together with one name before the ">" as quoted.

    Supercite writes so; a single "mysql>" is what somebody typed.
    """
    if sum(">" in head and not head.startswith(">") for head in heads) < 3:
        return
    begun = 0
    name = ""
    for index in range(len(heads) + 1):
        head = heads[index] if index < len(heads) else ""
        match = INITIALS.match(head) if ">" in head[:32] else None
        if name and (match is None or match[1] != name):
            if index - begun >= 3:
                quoted[begun:index] = [True] * (index - begun)
            name = ""
        if match and not name:
            begun, name = index, match[1]


def _back_over_rule(heads: list[str], cut: int) -> int:
    """The rule and the empty lines above an embedded mail belong to it."""
    begin = cut
    while begin and (not heads[begin - 1].strip() or feet.RULE.match(heads[begin - 1])):
        begin -= 1
    return begin


def _keep_opening_quote(heads: list[str], quoted: list[bool], labels: list[str]) -> None:
    """A quotation that opens a letter and was put there by hand is its subject.

    No program wrote "A wrote:" above it; without it the letter speaks of nothing.
    """
    first = next((i for i, head in enumerate(heads) if head.strip()), None)
    if first is None or not quoted[first]:
        return
    opening = [head.lstrip("> ") for head in heads[first : first + 12]]
    if attributions.at(opening, [False] * len(opening), 0):
        return
    if any(label == FRESH and head.strip() and not quote for head, label, quote in zip(heads, labels, quoted, strict=True)):
        number = first
        while number < len(heads) and (quoted[number] or not heads[number].strip()):
            labels[number] = FRESH
            number += 1


def _join_wrapped_quotes(heads: list[str], quoted: list[bool], labels: list[str]) -> None:
    """The overhang of a quoted line that a program wrapped belongs to it.

    It stands directly between two quoted lines, is short, goes on in small
    letters, and the line above it is full.
    """
    for index in range(1, len(heads) - 1):
        if (
            labels[index] == FRESH
            and quoted[index - 1]
            and quoted[index + 1]
            and len(heads[index - 1]) >= 60
            and len(heads[index]) < 70
            and heads[index][:1].islower()
            and quote_depth(heads[index - 1]) == quote_depth(heads[index + 1])
        ):
            labels[index] = QUOTED


def _blank_lines(heads: list[str], labels: list[str]) -> None:
    """An empty line between two lines of one label takes that label."""
    begin = 0
    while begin < len(heads):
        if heads[begin].strip():
            begin += 1
            continue
        end = begin
        while end < len(heads) and not heads[end].strip():
            end += 1
        if begin and end < len(heads) and labels[begin - 1] == labels[end]:
            labels[begin:end] = [labels[end]] * (end - begin)
        begin = end
