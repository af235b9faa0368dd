"""The discussions of the story, read from `story/discussions/` and played: members act by mail, time through the clocks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parseaddr

from talanoa.communities.lookups import clock
from talanoa.demo import story
from talanoa.demo.story import Character, Letter, Unclear
from talanoa.discussions import actions as discussions
from talanoa.discussions import lookups
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion
from talanoa.discussions.summaries import actions as summaries
from talanoa.discussions.summaries import lookups as of_summaries
from talanoa.discussions.summaries.actions import save
from talanoa.mail.models import Delivery
from talanoa.people.models import Person

VERBS = frozenset("proposes approves says summarises issues tells".split())
_HEADING = re.compile(r"^--- (.+)$", re.MULTILINE)
_FROM = re.compile(rb"^From: (.+?)\r\n(?! )", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does: `what` is one of VERBS, `phase` the one that it is about (0: none)."""

    number: int
    what: str
    author: Character
    at: datetime
    text: str
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A discussion of the story, with the stage that it has reached when the story ends."""

    name: str
    community: str
    subject: str
    moderator: str
    opens: datetime
    stage: str
    steps: list[Step] = field(default_factory=list)


def talks(now: datetime) -> list[Talk]:
    """All discussions of the story, as far as they had come before `now`."""
    return [_talk(path.stem, path.read_text(encoding="utf-8"), now) for path in sorted((story.FOLDER / "discussions").glob("*.txt"))]


def _talk(name: str, text: str, now: datetime) -> Talk:
    head, *rest = _HEADING.split(text)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    opens = now - timedelta(days=int(facts["Opens"].split()[0]))
    made = Talk(name, facts["To"], facts["Subject"], facts["Moderator"], opens, facts["Stage"])
    lengths = [int(days) for days in re.findall(r"^Phase \d+ \((\d+) days\)", text, re.MULTILINE)]
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        made.steps.append(_step(made, heading.split(", "), body.strip(), facts, lengths, now))
    return made


def _step(made: Talk, words: list[str], text: str, facts: Mapping[str, str], lengths: list[int], now: datetime) -> Step:
    who, _, what = words[0].partition(" ")
    author = story.people().get(who)
    if author is None or what not in VERBS:
        raise Unclear(f"{made.name}: what is {words[0]!r}?")
    phase, later = 0, timedelta()
    for word in words[1:]:
        match word.split():
            case [count, "h" | "d" as unit, "later"]:
                later = timedelta(hours=int(count)) if unit == "h" else timedelta(days=int(count))
            case ["in" | "of", "phase", number]:
                phase = int(number)
            case _:
                raise Unclear(f"{made.name}, {words[0]}: what is {word!r}?")
    before = made.steps[-1] if made.steps else None
    # Phases open in the morning of the community's clock, which is UTC.
    morning = made.opens.replace(hour=8, minute=0, second=0, microsecond=0)
    if before is None:
        at = story.beginning(facts["Began"], author, now)
    elif phase and (phase != before.phase or what == "summarises"):
        ended = phase - (what != "summarises")
        at = morning + timedelta(days=sum(lengths[:ended]), minutes=90) + later
    else:
        at = before.at + later
    return Step(len(made.steps) + 1, what, author, min(at, now - timedelta(minutes=20)), text, phase)


class Talking:
    """The way of each discussion, step by step; `bring` hands a letter in at the mail door."""

    def __init__(self, *, everybody: dict[str, Person], bring: Callable[[Letter], object]) -> None:
        self.everybody, self.bring = everybody, bring
        self.held: dict[str, Discussion] = {}

    def play(self, talk: Talk, step: Step) -> None:
        """Take one step, after the house has done what was due by then."""
        clocks.tend(at=step.at)
        if of := self.held.get(talk.name):
            of.refresh_from_db()
        getattr(self, f"_{step.what}")(talk, step)

    def _proposes(self, talk: Talk, step: Step) -> None:
        moderator = story.people()[talk.moderator].name
        place, _, phases = step.text.partition("\n\nPhase 1")
        text = f"{place}\nModerator: {moderator}\nBegins: {talk.opens.date().isoformat()}\n\nPhase 1{phases}"
        self._mail(talk, replace(step, text=text), to=f"{talk.community}-discussion", subject=talk.subject)
        self.held[talk.name] = Discussion.objects.latest("pk")

    def _approves(self, talk: Talk, step: Step) -> None:
        discussions.approve(self.held[talk.name], by=self.everybody[step.author.key], at=step.at)

    def _says(self, talk: Talk, step: Step) -> None:
        of = self.held[talk.name]
        opening = lookups.phases(of)[step.phase - 1].post
        assert opening is not None, f"{talk.name}: phase {step.phase} is not open at {step.at:%d %b %H:%M}, {clock(of.community)}"
        above = Letter(
            conversation=talk.name,
            number=opening.number,
            community=talk.community,
            subject=opening.subject,
            author=next(one for one in story.people().values() if opening.author and one.name == opening.author.name),
            at=opening.posted_at,
            text=opening.fresh_text.strip(),
            known_as=opening.message_id,
        )
        self._mail(talk, step, to=talk.community, subject=opening.subject, answers=above)

    def _summarises(self, talk: Talk, step: Step) -> None:
        summary = of_summaries.summary(self.held[talk.name], step.phase)
        assert summary is not None
        by = self.everybody[step.author.key]
        # After the end the guest has no rights any more, and the facilitator writes.
        by = by if lookups.may_lead(by, summary.discussion) else self.everybody["anjali"]
        summaries.retype(summary, step.text, by=by, at=step.at)
        summaries.issue(summary, expects=1, by=by, at=step.at)

    def _issues(self, talk: Talk, step: Step) -> None:
        summary = of_summaries.summary(self.held[talk.name], None)
        assert summary is not None
        for section in of_summaries.sections(summary):
            save(section, "", based_on=section.html, by=self.everybody[step.author.key], at=step.at)
        summaries.fill(summary, by=self.everybody[step.author.key], at=step.at)
        summaries.issue(summary, expects=1, by=self.everybody[step.author.key], at=step.at)

    def _tells(self, talk: Talk, step: Step) -> None:
        """Answer the letter that asks whether it was worth the time."""
        found = Delivery.objects.filter(address=step.author.address, lane=Delivery.Lane.PERSONAL).select_related("outgoing").latest("pk")
        sender = _FROM.search(bytes(found.outgoing.head))
        assert sender
        _, address = parseaddr(sender[1].decode("ascii"))
        self._mail(talk, step, to=address.partition("@")[0], subject="Re: your letter")

    def _mail(self, talk: Talk, step: Step, *, to: str, subject: str, answers: Letter | None = None) -> None:
        letter = Letter(
            conversation=f"{talk.name} {step.what}",
            number=step.number,
            community=to,
            subject=subject,
            author=step.author,
            at=step.at,
            text=step.text,
            answers=answers,
        )
        self.bring(letter)


