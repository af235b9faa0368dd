"""What was done where: passages that speak of a place, ordered by country; pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from talanoa.drafting.contributions import LINK, Contribution, Said
from talanoa.language.names import organisations
from talanoa.language.phrases import runs
from talanoa.language.places import Place, country_name, country_of, find
from talanoa.language.similarity import Weights
from talanoa.language.words import UNSPACED_RUN, stem, terms

# A passage of an experience: so many sentences at most, and one of at least so many words.
MOST_SENTENCES, FAIR_LENGTH = 6, 6
TITLE_WORDS = 6
# No name of a place goes across two line ends.
BETWEEN = "\n\n"
# Who tells of their own work says "we" or "our"; then the place of the author is that of the experience.
OWN = re.compile(
    r"\b(?:we|our|us|in my (?:village|district|province|country|school)|nous|notre|nos|nosotros|nuestr[oa]s?|hemos|noss[oa]s?|wir|unser\w*|"
    r"kami|chúng tôi|namin|sisi|tulifanya)\b"
    r"|мы |наш|قمنا|لدينا|हमने|हमारे|हाम्रो|আমরা|আমাদের|我们|我們|私たち|当校|우리|เรา|យើង|ພວກເຮົາ|ကျွန်ုပ်",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences of one paragraph about one place.

    `from_profile` tells that the text names no place, and that the author's own was taken.
    """

    country: str
    place: str
    title: str
    sentences: tuple[Said, ...]
    from_profile: bool


def experiences(said: Sequence[Said], contributions: Sequence[Contribution]) -> list[Passage]:
    """Every passage that tells of a place, by the country's English name, then by place."""
    weights = Weights([terms(one.sentence, one.language) for one in said])
    authors = [one.author for one in contributions]
    out: list[Passage] = []
    for number, of_message in groupby(said, key=lambda one: one.message):
        told = list(of_message)
        home = country_of(contributions[number].country) if contributions[number].country else ""
        found = list(_passages(told, home, authors, weights))
        if not found and home and any(OWN.search(one.sentence) for one in told):
            found = list(_own(told, home, contributions[number].place, weights))
        out.extend(found)
    return sorted(out, key=lambda one: (country_name(one.country), one.place, one.sentences[0].message))


def _passages(told: list[Said], home: str, authors: Sequence[str], weights: Weights) -> Iterator[Passage]:
    # Whoever has named Nepal goes on to speak of Patan without naming it again.
    text = BETWEEN.join(one.sentence for one in told)
    begins = list(accumulate((len(one.sentence) + len(BETWEEN) for one in told), initial=0))
    of_sentence: list[list[Place]] = [[] for _ in told]
    for place in find(text, near=[home] if home else (), not_names=authors):
        number = bisect_right(begins, place.begin) - 1
        if not _in_a_name(told[number].sentence, place):
            of_sentence[number].append(place)
    for _, numbers in groupby(range(len(told)), key=lambda number: told[number].paragraph):
        current: list[Said] = []
        spoken_of: list[Place] = []
        for number in numbers:
            here = of_sentence[number]
            if current and here and not {place.country for place in here} & {place.country for place in spoken_of}:
                yield from _passage(current, spoken_of, weights)
                current, spoken_of = [], []
            if here or current:
                current.append(told[number])
                spoken_of.extend(here)
        yield from _passage(current, spoken_of, weights)


def _in_a_name(sentence: str, place: Place) -> bool:
    """Whether the place stands only within names and links: the "Bank of India" is no experience of India."""
    names = [*organisations(sentence), *(match[0] for match in LINK.finditer(sentence))]
    return 0 < sentence.count(place.written) <= sum(name.count(place.written) for name in names)


def _passage(current: list[Said], spoken_of: list[Place], weights: Weights) -> Iterator[Passage]:
    current = current[:MOST_SENTENCES]
    # A sentence with an address tells of a resource.
    if not current or max((one.length for one in current if not LINK.search(one.sentence)), default=0) < FAIR_LENGTH:
        return
    # The first country that is named; of its places the first that is a town or a division.
    country = spoken_of[0].country
    place = next((place.name for place in spoken_of if place.name and place.country == country), "")
    yield Passage(country, place, _title(current, weights, [place.written for place in spoken_of]), tuple(current), from_profile=False)


def _own(told: list[Said], home: str, place: str, weights: Weights) -> Iterator[Passage]:
    for _, several in groupby(told, key=lambda one: one.paragraph):
        current = list(several)[:MOST_SENTENCES]
        if any(OWN.search(one.sentence) for one in current) and max(one.length for one in current) >= FAIR_LENGTH:
            yield Passage(home, place, _title(current, weights, []), tuple(current), from_profile=True)
            return


def _title(current: list[Said], weights: Weights, places: list[str]) -> str:
    """The weightiest run of words, rather from the first sentence, as it was written; how the passage begins where there is none."""
    best, heaviest = "", 0.0
    for number, one in enumerate(current):
        sentence = one.sentence
        avoid = [*places, *organisations(sentence)]
        for run in runs(sentence, one.language):
            heavy = list(accumulate((weights.of(stem(word.lower(), one.language)) for word, _, _ in run), initial=0.0))
            for begin in range(len(run)):
                for end in range(begin + 2, min(begin + TITLE_WORDS, len(run)) + 1):
                    weight = (heavy[end] - heavy[begin]) / ((end - begin) ** 0.5 * (1 + number / 2))
                    phrase = sentence[run[begin][1] : run[end - 1][2]]
                    if weight > heaviest and not any(name in phrase or phrase in name for name in avoid):
                        best, heaviest = phrase, weight
    first = current[0].sentence
    return best or (first[:24] if UNSPACED_RUN.search(first) else " ".join(first.split()[:TITLE_WORDS]))
