"""Paragraphs and sentences of plain text, in many scripts.

Letters come hard-wrapped, with lists, headings and rules of dashes, and in
scripts that end a sentence in other ways than Latin does. Everything here is a
slice of the text with its whitespace normalised: nothing is added or mended.
Every character is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Where a line begins something of its own: a bullet, a number, a letter in brackets.
ITEM = re.compile(
    r"(?:[-–—*+•·●▪◦‣○■□✓➢]+\s+|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s+|[•●▪◦‣➢]|"
    r"[（(][一二三四五六七八九十\d]+[）)]|[一二三四五六七八九十]+、)"
)
# A line of dashes or stars is no words.
RULE = re.compile(r"[\W_]*\Z")
# Archives lose line ends and leave runs of spaces in their place; nobody writes three spaces within a sentence.
BREAK = re.compile(r"\r\n?|\n|[ \t\u00a0]{3,}")
# A sentence ends by itself after these; no space need follow.
FULL = "。！？｡।॥។៕။።։۔؟"
CLOSING = "\"'”’»›)\\]}」』）】》"
END = re.compile(rf"[{FULL}]+[{CLOSING}]*\s*|[.!?…]+[{CLOSING}]*(?=\s)\s+|[:;]-?[)(](?=\s)\s+")
# After these a point ends no sentence.
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr vs e.g i.e eg ie cf al approx fig no nos vol ed eds p pp ca dept govt gov rev hon gen col lt sgt "
    "inc ltd co corp est tel ext min max avg jan feb mar apr jun jul aug sep sept oct nov dec mt ft dra sra srta ud uds núm pág "
    "mme mlle mm m art chap bzw z.b d.h u.a usw nr str ggf bspw evtl sog dll dsb yth bpk drs tn"
    .split()
)  # fmt: skip
INITIALS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
# Thai, Lao and Khmer put a space between phrases; so much in front of it makes a sentence.
PHRASE = 50
SPACED = re.compile(r"(?<=[\u0e00-\u0eff])\s+(?=[\u0e00-\u0eff])")
# A line shorter than this in the midst of a paragraph was ended by hand.
SHORT_LINE = 45
# And what stands below a full stop, shorter than this and without one, is a name or a heading.
NAME_LINE = 25


def normal(text: str) -> str:
    """The text with every run of whitespace as one space."""
    return " ".join(text.split())


def paragraphs(text: str) -> list[str]:
    """The paragraphs and list items of a text, whitespace normalised.

    Wrapped lines are joined; an empty line, a list item, a rule and a quoted
    line (">") end a paragraph. Rules are left out, and so are quoted lines:
    they are somebody else's words.
    """
    out: list[list[str]] = [[]]
    for piece in BREAK.split(text):
        line = normal(piece)
        if not line or line.startswith((">", "|>")) or RULE.match(line):
            out.append([])
            continue
        if out[-1] and (ITEM.match(line) or _ended_by_hand(out[-1][-1], line)):
            out.append([])
        out[-1].append(line)
    return [" ".join(lines) for lines in out if lines]


def _ended_by_hand(line: str, following: str) -> bool:
    """Whether the line above is a heading, a greeting or an address rather than a wrapped line."""
    if line.endswith((".", "!", "?")) and len(following) < NAME_LINE and following[:1].isupper() and following[-1:].isalpha():
        return True  # the author's name below the last sentence
    if line.endswith((",", "，", "、", ":", "：")) and len(line) < (SHORT_LINE if line[0] < "\u0e00" else SHORT_LINE // 3):
        return following[:1].isalpha() and not following[:1].islower()
    return len(line) < SHORT_LINE and len(following) > len(line) and following[:1].isupper() and line[-1:] not in ".!?;-"


def sentences(text: str) -> list[str]:
    """The sentences of a text in their order, list marks and whitespace taken off.

    Each is a piece of `normal(text)`, so that whoever shows it can say "as it was written".
    """
    return [sentence for paragraph in paragraphs(text) for sentence in of_paragraph(paragraph)]


def of_paragraph(paragraph: str) -> list[str]:
    """The sentences of one paragraph as `paragraphs` gives it."""
    head = ITEM.match(paragraph)
    out: list[str] = []
    begin = head.end() if head else 0
    for end in _ends(paragraph):
        if end > begin:
            out.extend(_phrases(paragraph[begin:end].strip()))
            begin = end
    out.extend(_phrases(paragraph[begin:].strip()))
    return [sentence for sentence in out if any(char.isalnum() for char in sentence)]


def _ends(paragraph: str) -> Iterator[int]:
    for match in END.finditer(paragraph):
        mark, end = paragraph[match.start()], match.end()
        if mark == "." and (paragraph[end : end + 1].islower() or _abbreviated(paragraph, match.start())):
            continue
        if mark in "!?…" and paragraph[end : end + 1].islower():
            continue
        yield end


def _abbreviated(paragraph: str, point: int) -> bool:
    begin = max(paragraph.rfind(" ", max(0, point - 30), point), paragraph.rfind("(", max(0, point - 30), point)) + 1
    word = paragraph[begin:point].lstrip("\"'“‘(")
    alone = len(word) == 1 and word.isalpha() and word.isupper() and word != "I"
    return alone or word.lower() in ABBREVIATIONS or INITIALS.fullmatch(word) is not None


def _phrases(sentence: str) -> Iterator[str]:
    begin = 0
    for match in SPACED.finditer(sentence):
        if match.start() - begin >= PHRASE:
            yield sentence[begin : match.start()]
            begin = match.end()
    yield sentence[begin:]
