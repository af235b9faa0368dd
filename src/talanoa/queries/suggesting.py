"""Who may know the answer to a question, from what people responded before.

Three things speak for somebody, and all of them fade with the months:
responses to questions like this one (votes of the nearest), being about at
all, and how much of all they wrote is about this. A question is like this one
by the words that were said of it and, where both have one, by its meaning
(`language.meaning`). What somebody declares to know counts as one response
given today. Of the places, at most half go to the few who write most, so that
the same people are not always asked. Figures: decisions 23 and 30.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import numpy as np

from talanoa.language.languages import guess
from talanoa.language.meaning import SIZE, Vectors, apart, in_common, meaning, meanings
from talanoa.language.postings import Floats, Numbers, Postings, total
from talanoa.language.words import terms, words

Key = TypeVar("Key", bound=Hashable)

# So many of the nearest responses vote; a response weighs half as much after so many days.
VOTERS = 200
HALF_LIFE = 270
# A vote counts by its cosine to this power: what is near counts for more than much that is far.
SHARPNESS = 1.5
# What the meaning of the question weighs beside the words of question and response.
MEANING = 0.3
# What being about weighs beside the votes, and what a person is worth whose writing is about other things.
ACTIVITY = 0.3
ELSEWHERE = 0.05
# The busiest, of all time and of the last year: so many people, and their share of the places.
BUSIEST = 10
YEAR = timedelta(days=365)
# A title says what a question is about; it is heard so many times.
TITLE = 2
READ = 10_000
# To guess a language from.
SAMPLE = 400
# What Mailman's archives leave where an attachment was; "attachment.pl" is nobody's field.
SCRUBBED = re.compile(r"(?m)^(?:Name|URL|Type|Size|Desc): .*$|^An? .*\bscrubbed\.\.\.$")


# What lists and mail programs put before a title.
TAGS = re.compile(r"^(?:\s*(?:re|fwd?|\[[^\]]*\])\s*:?\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Response(Generic[Key]):
    """That somebody responded to somebody else's question."""

    person: Key
    conversation: Hashable
    at: datetime
    title: str
    question: str  # as asked, without its title
    text: str  # as responded


@dataclass(frozen=True)
class Suggestion(Generic[Key]):
    """Somebody who may know, and what speaks for them."""

    person: Key
    score: float
    answered: int  # conversations near to this question in which they responded
    about: tuple[str, ...]  # words of the question that those, or what they declare, share with it
    last: datetime | None  # of those responses
    declared: bool  # what they declare to know shares words with the question


class Respondents(Generic[Key]):
    """Those who responded before, and those who declare to know something; made anew as responses come.

    `declared` is each person's expertise, interests and country, as one text.
    `meant` is what `matter` of the questions means, by conversation, as far as
    it is known; without it, it is worked out, a twentieth of a second each.
    The answers do not depend on the order of the responses.
    """

    def __init__(
        self,
        responses: Iterable[Response[Key]],
        *,
        declared: Mapping[Key, str] | None = None,
        meant: Mapping[Any, Vectors] | None = None,
    ) -> None:
        self._responses = sorted(responses, key=lambda one: (one.at, str(one.person), one.title, one.text))
        stated = sorted(((key, text) for key, text in (declared or {}).items() if text.strip()), key=lambda pair: str(pair[0]))
        persons = [*(one.person for one in self._responses), *(key for key, _ in stated)]
        self._people: list[Key] = sorted(set(persons), key=str)
        numbers = {person: number for number, person in enumerate(self._people)}
        self._who: Numbers = np.array([numbers[person] for person in persons], dtype=np.int64)
        texts = [_heard(one.title, f"{one.question}\n{one.text}") for one in self._responses]
        self._index = Postings([(text,) for text in [*texts, *(_heard("", text) for _, text in stated)]])

        self._meant = np.zeros((len(persons), SIZE), dtype=np.float32)
        self._in_common = self._understand(meant)

        now = self._responses[-1].at if self._responses else None
        ages = [(now - one.at).total_seconds() / 86_400 for one in self._responses] if now else []
        self._fresh: Floats = 0.5 ** (np.array([*ages, *(0.0 for _ in stated)]) / HALF_LIFE)
        self._activity = np.bincount(self._who, self._fresh, minlength=len(self._people))
        self._words, self._sizes = self._profile_sizes()
        recent = [one for one in self._responses if now and now - one.at < YEAR]
        self._counts = [Counter(one.person for one in some) for some in (self._responses, recent)]

    def _understand(self, meant: Mapping[Any, Vectors] | None) -> Vectors:
        """Write down what each response's question means, less what all mean together, which is told."""
        asked: dict[Hashable, str] = {}
        for one in self._responses:
            asked.setdefault(one.conversation, matter(one.title, one.question))
        if meant is None:
            meant = dict(zip(asked, meanings(list(asked.values())), strict=True))
        nothing = np.zeros(SIZE, dtype=np.float32)
        vectors = np.array([meant.get(conversation, nothing) for conversation in asked], dtype=np.float32).reshape(-1, SIZE)
        common = in_common(vectors)
        known = dict(zip(asked, apart(vectors, common), strict=True))
        for place, one in enumerate(self._responses):
            self._meant[place] = known[one.conversation]
        return common

    def _profile_sizes(self) -> tuple[Floats, Floats]:
        """How long the sum of each person's texts is, by which it is brought to one: in words alone, and with their meaning."""
        words = np.ones(len(self._people))
        both = words.copy()
        for person in range(len(self._people)):
            mine = np.flatnonzero(self._who == person)
            words[person] = total([self._index[place] * self._fresh[place] for place in mine.tolist()]).length() or 1.0
            means = float(np.linalg.norm(self._fresh[mine] @ self._meant[mine]))
            both[person] = np.sqrt((words[person] ** 2 + MEANING * means**2) / (1 + MEANING)) if means else words[person]
        return words, both

    def suggest(
        self,
        title: str,
        text: str = "",
        *,
        most: int = 10,
        among: Collection[Key] | None = None,
        never: Collection[Key] = (),
        lately: Mapping[Key, int] | None = None,
    ) -> list[Suggestion[Key]]:
        """The likeliest first. `never` are the asker and who asked not to be approached.

        `among` are those who may be suggested, everybody if it is left out.
        `lately` tells how often somebody was approached lately; each time halves the score.
        """
        if not self._people:
            return []
        heard = _heard(title, text)
        asked = self._index.vector((heard,))
        said = self._index.scores(asked)
        own = apart(meaning(matter(title, text))[None], self._in_common)[0]
        cosines = self._likeness(said, own)
        nearest = np.argsort(-cosines, kind="stable")[:VOTERS]
        nearest = nearest[cosines[nearest] > 0]
        votes = self._sum(nearest, cosines[nearest] ** SHARPNESS * self._fresh[nearest])
        profile = self._sum(np.arange(len(cosines)), cosines * self._fresh) / (self._sizes if own.any() else self._words)
        scores = votes / max(votes.sum(), 1e-9) + ACTIVITY * self._activity / self._activity.sum()
        scores *= ELSEWHERE + np.maximum(profile, 0)
        for number, person in enumerate(self._people):
            scores[number] *= 0.5 ** (lately or {}).get(person, 0)
        allowed = [
            number
            for number in np.argsort(-scores, kind="stable")
            if self._people[number] not in never and (among is None or self._people[number] in among)
        ]
        chosen = self._spread(allowed, most, among)
        # A reason is what a person can check: the words in common.
        nearest = nearest[said[nearest] > 0]
        return [self._reasoned(number, float(scores[number]), heard, f"{title} {text}", nearest) for number in chosen]

    def _likeness(self, said: Floats, own: Vectors) -> Floats:
        """Words and meaning together; words alone, where one of the two has no meaning."""
        weighs = MEANING * (self._meant.any(axis=1) & own.any())
        both: Floats = (said + weighs * (self._meant @ own)) / (1 + weighs)
        return both

    def _sum(self, places: Numbers, weights: Floats) -> Floats:
        sums: Floats = np.bincount(self._who[places], weights, minlength=len(self._people)).astype(np.float64)
        return sums

    def _spread(self, ranked: list[int], most: int, among: Collection[Key] | None) -> list[int]:
        """The first of a ranking, of whom the busiest have half at most; with too few others, the busiest fill up."""
        busiest = []
        for counts in self._counts:
            of = [(-count, str(person), person) for person, count in counts.items() if among is None or person in among]
            busiest.append({person for _, _, person in sorted(of)[:BUSIEST]})
        taken, passed_over, places = [], [], [most // 2] * len(busiest)
        for number in ranked:
            here = [index for index, few in enumerate(busiest) if self._people[number] in few]
            if any(places[index] == 0 for index in here):
                passed_over.append(number)
                continue
            for index in here:
                places[index] -= 1
            taken.append(number)
            if len(taken) == most:
                break
        return [*taken, *passed_over[: most - len(taken)]]

    def _reasoned(self, number: int, score: float, heard: list[str], text: str, nearest: Numbers) -> Suggestion[Key]:
        mine = [place for place in nearest.tolist() if self._who[place] == number]
        responded = [self._responses[place] for place in mine if place < len(self._responses)]
        return Suggestion(
            person=self._people[number],
            score=score,
            answered=len({one.conversation for one in responded}),
            about=self._shared(heard, text, mine),
            last=max((one.at for one in responded), default=None),
            declared=any(place >= len(self._responses) for place in mine),
        )

    def _shared(self, heard: list[str], text: str, mine: list[int]) -> tuple[str, ...]:
        """Up to three words of the question that weigh most in some of our texts, as the question writes them."""
        if not mine:
            return ()
        ours = total([self._index[place] for place in mine])
        weights = np.bincount(ours.terms, ours.weights).astype(np.float64)
        language = guess(text[:SAMPLE])
        written: dict[str, str] = {}
        for word in words(text):
            for term in terms(word, language):
                written.setdefault(term, word)
        weighed = {term: self._index.weight(term, weights) for term in dict.fromkeys(heard) if term in written}
        best = sorted((term for term in weighed if weighed[term]), key=lambda term: -weighed[term])
        return tuple(dict.fromkeys(written[term] for term in best[:3]))


def matter(title: str, question: str) -> str:
    """What a question is about, for its meaning: its title without tags, and how it goes on."""
    return f"{TAGS.sub('', title)}. {SCRUBBED.sub('', question[:READ])}"


def _heard(title: str, text: str) -> list[str]:
    text = SCRUBBED.sub("", text[:READ])
    language = guess(f"{title} {text}"[:SAMPLE])
    return terms(title, language) * TITLE + terms(text, language)
