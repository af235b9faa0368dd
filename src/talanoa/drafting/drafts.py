"""The first draft of a Consolidated Reply, by algorithms that invent nothing; pure.

Every sentence of a draft is a piece of a message as its author wrote it,
whitespace normalised, and carries the message and the author. What the machine
adds is order: which sentences, under which label, in which country. It says so
little on purpose; the synthesis is the facilitator's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from talanoa.drafting.contributions import Contribution, Said, sentences
from talanoa.drafting.experiences import experiences
from talanoa.drafting.resources import resources
from talanoa.drafting.stances import ASKS, stance
from talanoa.drafting.summary import Candidate, candidates, choose
from talanoa.drafting.themes import themes

__all__ = ["Contribution", "Draft", "Experience", "Quote", "Resource", "Theme", "draft", "told"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence as it was written, and whose it is. `theme` is the label of its theme or ""; `stance` a word of `stances`."""

    sentence: str
    message_id: str
    author: str
    theme: str = ""
    stance: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """Sentences under a label that is taken from them, best first; where people agree, and where they differ."""

    label: str
    sentences: tuple[Quote, ...]
    agreement: tuple[Quote, ...]
    difference: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Experience:
    """A passage about a place. `country` is a code of ISO 3166-1; `from_profile` tells that the place is the author's, not the text's."""

    country: str
    place: str
    title: str
    sentences: tuple[str, ...]
    message_id: str
    author: str
    from_profile: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """Something recommended, under its heading of Related Resources."""

    heading: str
    title: str
    link: str
    sentence: str
    message_id: str
    recommender: str


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who answered, and with which messages."""

    author: str
    role: str
    organisation: str
    place: str
    country: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft by sections. `unrepresented` are the responses of which nothing stands in the first, third or fourth."""

    summary: tuple[Quote, ...]
    themes: tuple[Theme, ...]
    experiences: tuple[Experience, ...]
    resources: tuple[Resource, ...]
    contributors: tuple[Contributor, ...]
    unrepresented: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The draft as plain lists and dictionaries."""
        plain = asdict(self)
        coverage = {"unrepresented": plain.pop("unrepresented")}
        return plain | {"coverage": coverage}


def draft(
    contributions: Sequence[Contribution],
    *,
    subject: str = "",
    words: int = 0,
    most_sentences: int = 0,
    with_question: bool = False,
) -> Draft:
    """A first draft from the contributions to a conversation, oldest first.

    The summary holds about `words` words, or so many sentences, a page if
    neither is given. The question itself is quoted only `with_question`; it
    has a section of its own in a Consolidated Reply.
    """
    answers = [one for one in contributions if with_question or not one.is_question]
    said = sentences(contributions)
    ranked = [one for one in candidates(said, contributions, subject) if with_question or not contributions[one.said.message].is_question]
    groups = themes(ranked)
    label = {id(one): group.label for group in groups for one in group.sentences}

    def quote(one: Candidate) -> Quote:
        message = contributions[one.said.message]
        return Quote(one.said.sentence, message.message_id, message.author, label.get(id(one), ""), stance(one.said.sentence))

    summary = tuple(quote(one) for one in choose(ranked, most_words=words, most_sentences=most_sentences))
    told_of = tuple(_experiences([one.said for one in ranked], contributions))
    found = tuple(
        Resource(find.heading, find.title, find.link, find.sentence, answers[find.message].message_id, answers[find.message].author)
        for find in resources(answers)
    )
    there = {one.message_id for several in (summary, told_of, found) for one in several}
    return Draft(
        summary=summary,
        themes=tuple(
            Theme(group.label, *(tuple(map(quote, part)) for part in (group.sentences, group.agreement, group.difference)))
            for group in groups
        ),
        experiences=told_of,
        resources=found,
        contributors=tuple(_contributors(answers)),
        unrepresented=tuple(one.message_id for one in answers if one.message_id not in there),
    )


def _experiences(said: Sequence[Said], contributions: Sequence[Contribution]) -> Iterable[Experience]:
    for passage in experiences(said, contributions):
        message = contributions[passage.sentences[0].message]
        yield Experience(
            passage.country,
            passage.place,
            passage.title,
            tuple(one.sentence for one in passage.sentences),
            message.message_id,
            message.author,
            passage.from_profile,
        )


def _contributors(answers: Sequence[Contribution]) -> Iterable[Contributor]:
    of_author: dict[str, list[Contribution]] = {}
    for one in answers:
        of_author.setdefault(one.author, []).append(one)
    for author, several in of_author.items():
        first = several[0]
        ids = tuple(one.message_id for one in several)
        yield Contributor(author, first.role, first.organisation, first.place, first.country, ids)


def told(summary: Sequence[Quote]) -> str:
    """The summary as running text that says who holds what: "Ana asks: “…” Ben replies that “…”".

    The attribution is the machine's and always true; what stands in quotation marks is theirs.
    """
    names = _called({one.author for one in summary})
    out: list[str] = []
    for number, (_, several) in enumerate(groupby(summary, key=lambda one: one.message_id)):
        of_message = list(several)
        verb = "asks:" if of_message[0].stance == ASKS else "replies that" if number else "says that"
        out.append(f"{names[of_message[0].author]} {verb} “{' '.join(one.sentence for one in of_message)}”")
    return " ".join(out)


def _called(authors: Iterable[str]) -> dict[str, str]:
    """What each author is called: the given name where it is nobody else's ("Rao, Ana" is Ana)."""
    given = {author: (author.partition(",")[2] or author).split()[:1] or [author] for author in authors}
    count = Counter(name for (name,) in given.values())
    return {author: name if count[name] == 1 else author for author, (name,) in given.items()}
