"""Which places a text speaks of: countries and territories, their divisions, cities.

All names, those of countries in fifty languages, stand in the gazetteer beside
this file; `gazetteer/NOTICE` tells sources and licences. A city is believed only if it is large or a
capital, or its country is spoken of: "Nice", "Reading" and "Mary" are not
always towns. In Latin, Greek and Cyrillic a place begins with a capital letter.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from talanoa.language.words import UNSPACED_RUN, WORD

GAZETTEER = Path(__file__).with_name("gazetteer") / "places.tsv.gz"
# A city this large (thousands of people) is one to everybody.
KNOWN = 300
# Names of places that are more often something else; they are believed only beside their country.
AMBIGUOUS = frozenset(
    "male nice reading bath mobile of date same mary van batman victoria georgetown along anand salem gaya bari hue union sola moto most "
    "march worth young sale orange nancy delta".split()
)  # fmt: skip
# Countries that are first names too; "Chad Smith" is not in Africa.
NAMESAKES = frozenset({"jordan", "chad", "georgia", "israel"})
LONGEST = 6
# Endings of names in Russian and its kin, where another case took their place.
ENDINGS = ("", "я", "а", "ия", "й", "ь")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a text speaks of.

    `country` is a code of ISO 3166-1; `name` the division or city as the
    gazetteer has it, "" for the country as a whole; `written` as it stands in
    the text from `begin` to `end`.
    """

    country: str
    name: str
    written: str
    begin: int
    end: int


class _Entry(NamedTuple):
    country: str
    name: str
    people: int
    sure: bool


@lru_cache(maxsize=1 << 15)
def fold(word: str) -> str:
    """A word in small letters without accents; marks of other scripts stay."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "").replace("'", "").replace("ʻ", "").replace("‘", ""))
    return unicodedata.normalize("NFC", "".join(char for char in plain if not "\u0300" <= char <= "\u036f"))


def key(name: str) -> tuple[str, ...]:
    """The words of a name as they are looked up."""
    return tuple(fold(part) for word in WORD.findall(name.replace("‘", "").replace("ʻ", "")) for part in word.split("-"))


class _Index(NamedTuple):
    """Entries by the words of their names; the words that names begin with; names of scripts without spaces by two characters."""

    entries: dict[str, list[_Entry]]
    beginnings: frozenset[str]
    unspaced: dict[str, list[str]]
    countries: frozenset[str]


@cache
def _index() -> _Index:
    entries: dict[str, list[_Entry]] = {}
    with gzip.open(GAZETTEER, "rt", encoding="utf-8") as lines:
        for line in lines:
            country, kind, people, name, keys = line.rstrip("\n").split("\t")
            sure = kind in {"country", "capital", "division"} or int(people) >= KNOWN
            entry = _Entry(country, "" if kind == "country" else name, int(people), sure)
            for one in keys.split("|"):
                entries.setdefault(one, []).append(entry)
    unspaced: dict[str, list[str]] = {}
    for one in entries:
        if UNSPACED_RUN.match(one) and len(one) > 1:
            unspaced.setdefault(one[:2], []).append(one)
    for names in unspaced.values():
        names.sort(key=len, reverse=True)
    codes = frozenset(entry.country for several in entries.values() for entry in several)
    return _Index(entries, frozenset(one.partition(" ")[0] for one in entries), unspaced, codes)


def country_name(code: str, language: str = "en") -> str:
    """The country in the words of a language; the code itself where it is no country."""
    from babel import Locale  # it takes a while, and only names that are shown need it

    try:
        return str(Locale.parse(language).territories.get(code, code))
    except ValueError:
        return code


@lru_cache(maxsize=4096)
def country_of(name: str) -> str:
    """The code of a country that is named in any of our languages, or by its code; "" if it is none."""
    if re.fullmatch("[A-Za-z]{2}", name) and name.upper() in _index().countries:
        return name.upper()
    folded = name if UNSPACED_RUN.match(name) else " ".join(key(name.removeprefix("the ").removeprefix("The ")))
    return next((entry.country for entry in _index().entries.get(folded, ()) if not entry.name), "")


def find(text: str, *, near: Collection[str] = (), not_names: Collection[str] = ()) -> list[Place]:
    """The places a text speaks of, in its order.

    near: codes of countries that are known to be spoken of, such as the
        author's; places in them are believed more readily.
    not_names: words that are people's names here, and no places.
    """
    names = {fold(word) for name in not_names for word in WORD.findall(name)}
    candidates = list(_candidates(text))
    spoken_of = {*near, *(entry.country for _, _, entries in candidates for entry in entries if not entry.name)}
    chosen: dict[str, _Entry | None] = {}
    out: list[Place] = []
    for begin, end, entries in candidates:
        written = text[begin:end]
        if written not in chosen:
            chosen[written] = _choose(entries, written, spoken_of, near)
        entry = chosen[written]
        if entry is None or (entry.name and fold(written) in names) or _a_persons(text, begin, end):
            continue
        out.append(Place(entry.country, entry.name, written, begin, end))
    return out


def _choose(entries: list[_Entry], written: str, spoken_of: set[str], near: Collection[str]) -> _Entry | None:
    countries = [entry for entry in entries if not entry.name]
    if countries:
        return countries[0]
    here = [entry for entry in entries if entry.country in near] or [entry for entry in entries if entry.country in spoken_of]
    if not here and (fold(written) in AMBIGUOUS or len(fold(written)) < (2 if UNSPACED_RUN.match(written) else 4)):
        return None
    return max(here or [entry for entry in entries if entry.sure], key=lambda entry: entry.people, default=None)


def _a_persons(text: str, begin: int, end: int) -> bool:
    """Whether a country's name is somebody's first name: a capital follows and no comma."""
    return fold(text[begin:end]) in NAMESAKES and re.match(r" [A-Z][a-z]+", text[end : end + 30]) is not None


Found = tuple[int, int, list[_Entry]]


def _candidates(text: str) -> Iterator[Found]:
    index = _index()
    tokens = [(match.start(), match.end()) for match in WORD.finditer(text)]
    number = 0
    while number < len(tokens):
        begin, end = tokens[number]
        first = text[begin]
        number += 1
        if UNSPACED_RUN.match(first):
            yield from _in_run(text, begin, end, index)
        elif not (first.islower() or first.isdigit()) and (found := _longest(text, tokens, number - 1, index)):
            words, stop, entries = found
            yield begin, stop, entries
            number += words - 1


def _longest(text: str, tokens: list[tuple[int, int]], number: int, index: _Index) -> Found | None:
    """The longest name that begins with this word: how many words, where it ends, what it may be."""
    begin, end = tokens[number]
    parts = fold(text[begin:end]).split("-")
    if parts[0] not in index.beginnings:
        return _inflected(text, begin, end, index)
    best = None
    for words in range(1, min(LONGEST, len(tokens) - number) + 1):
        if words > 1:
            begin, end = tokens[number + words - 1]
            if text[tokens[number + words - 2][1] : begin] not in {" ", "-", ". ", "\n", " & "}:
                break
            parts.extend(fold(text[begin:end]).split("-"))
        if entries := index.entries.get(" ".join(parts)):
            best = words, end, entries
    return best or _inflected(text, *tokens[number], index)


def _inflected(text: str, begin: int, end: int, index: _Index) -> Found | None:
    """A word with what grammar hung on it: Непале, بنيبال, নেপালে, Nepal'de, 네팔에서."""
    word = text[begin:end]
    if "'" in word or "’" in word:
        head = re.split("['’]", word)[0]
        entries = index.entries.get(fold(head))
        return (1, begin + len(head), entries) if entries and len(head) > 2 else None
    if word[0] < "\u0370":
        return None
    if "\u0600" <= word[0] <= "\u06ff":
        entries = index.entries.get(fold(word[1:])) if word[0] in "وبلفك" else None
        return (1, end, entries) if entries else None
    hangul = "\uac00" <= word[0] <= "\ud7af"
    for cut in range(1, 4):
        stem = fold(word[:-cut])
        if len(stem) < (2 if hangul else 4):
            break
        for ending in ("",) if hangul else ENDINGS:
            if entries := index.entries.get(stem + ending):
                return 1, end - cut if hangul else end, entries
    return None


def _in_run(text: str, begin: int, end: int, index: _Index) -> Iterator[Found]:
    at = begin
    while at < end - 1:
        name = next((name for name in index.unspaced.get(text[at : at + 2], ()) if text.startswith(name, at)), None)
        if name is None:
            at += 1
            continue
        yield at, at + len(name), index.entries[name]
        at += len(name)
