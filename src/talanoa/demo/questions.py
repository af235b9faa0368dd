"""The queries of the story, read from `story/queries/`: how each was asked, worded, answered and consolidated. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from talanoa.demo import story
from talanoa.demo.story import Character, Unclear

WINDOW = timedelta(days=10)  # as the customs of the community have it
VERBS = frozenset("asks words agrees circulates answers remarks telephones promises closes drafts issues tells".split())
_NOBODY = Character(key="", name="", address="")


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does with a query: `what` is one of VERBS."""

    number: int  # in the query, from 1
    what: str
    author: Character
    at: datetime
    text: str
    to: int = 1  # the message of the query's conversation that is answered; the first is the query
    language: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the story, with the stage that it has reached when the story ends."""

    name: str
    community: str
    subject: str
    types: tuple[str, ...]
    stage: str
    steps: tuple[Step, ...]


def questions(now: datetime) -> list[Question]:
    """All queries of the story, as far as they had come before `now`."""
    return [_question(path.stem, path.read_text(encoding="utf-8"), now) for path in sorted((story.FOLDER / "queries").glob("*.txt"))]


_HEADING = re.compile(r"^--- (.+)$", re.MULTILINE)


def _question(name: str, text: str, now: datetime) -> Question:
    head, *rest = _HEADING.split(text)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    steps: list[Step] = []
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        steps.append(_step(name, heading.split(", "), body.strip(), facts["Began"], now, steps))
    types = tuple(filter(None, facts.get("Types", "").split(", ")))
    return Question(name, facts["To"], facts["Subject"], types, facts["Stage"], tuple(steps))


def _step(name: str, words: list[str], text: str, began: str, now: datetime, before: list[Step]) -> Step:
    who, _, what = words[0].partition(" ")
    what = what.removesuffix(" it")
    author = story.people().get(who, _NOBODY)
    if what not in VERBS or (author is _NOBODY) != (what == "closes"):
        raise Unclear(f"{name}: what is {words[0]!r}?")
    later, to, language, client = timedelta(), 1, "", ""
    for word in words[1:]:
        match word.split():
            case [count, "h" | "d" as unit, "later"]:
                later = timedelta(hours=int(count)) if unit == "h" else timedelta(days=int(count))
            case ["to", place]:
                to = int(place)
            case ["from", "phone"]:
                client = "phone"
            case ["in", language]:
                pass
            case _:
                raise Unclear(f"{name}, {words[0]}: what is {word!r}?")
    if what == "closes":
        at = next(one.at for one in before if one.what == "circulates") + WINDOW + timedelta(minutes=1)
    elif before:
        at = story.awake(before[-1].at + later, author, name, len(before) + 1, later, now)
    else:
        at = story.beginning(began, author, now)
    return Step(len(before) + 1, what, author, at, text, to, language, client)
