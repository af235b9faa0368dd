"""The consultations of the story, read from `story/consultations/` and played: members comment by mail, time through the clocks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr

from talanoa.communities.models import Community
from talanoa.consultations import actions as consultations
from talanoa.consultations.models import Comment, Consultation
from talanoa.demo import story
from talanoa.demo.story import Character, Letter, Unclear
from talanoa.mail.models import Delivery
from talanoa.people.models import Person

VERBS = frozenset("prepares opens comments assigns answers tells renews reacts".split())
FOLDER = story.FOLDER / "consultations"
_HEADING = re.compile(r"^--- (.+)$", re.MULTILINE)
_FROM = re.compile(rb"^From: (.+?)\r\n(?! )", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does: `what` is one of VERBS; the rest as far as that verb needs it."""

    number: int
    what: str
    author: Character
    at: datetime
    text: str
    comments: tuple[int, ...] = ()
    state: str = ""
    owner: str = ""
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A consultation of the story, and how long it is open."""

    name: str
    community: str
    title: str
    visibility: str
    author: str
    days: int
    steps: list[Step] = field(default_factory=list)


def drafts(now: datetime) -> list[Draft]:
    """All consultations of the story, as far as they had come before `now`."""
    return [_draft(path.stem, path.read_text(encoding="utf-8"), now) for path in sorted(FOLDER.glob("*.txt"))]


def _draft(name: str, text: str, now: datetime) -> Draft:
    head, *rest = _HEADING.split(text)
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    made = Draft(name, facts["To"], facts["Title"], facts["Comments"], facts["Author"], int(facts["Open"].split()[0]))
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        made.steps.append(_step(made, heading.split(", "), body.strip(), facts["Began"], now))
    return made


def _step(made: Draft, words: list[str], text: str, began: str, now: datetime) -> Step:
    who, _, what = words[0].partition(" ")
    author = story.people().get(who)
    if author is None or what not in VERBS:
        raise Unclear(f"{made.name}: what is {words[0]!r}?")
    later, told = timedelta(), {"state": "", "owner": "", "draft": ""}
    comments: tuple[int, ...] = ()
    for word in words[1:]:
        match word.split():
            case [count, "h", "later"]:
                later = timedelta(hours=int(count))
            case ["to", owner]:
                told["owner"] = owner
            case ["draft", file]:
                told["draft"] = file
            case [state] if state in Comment.State.values:
                told["state"] = state
            case numbers if all(re.fullmatch(r"#\d+", one) for one in numbers):
                comments = tuple(int(one[1:]) for one in numbers)
            case _:
                raise Unclear(f"{made.name}, {words[0]}: what is {word!r}?")
    number = len(made.steps) + 1
    last = made.steps[-1] if made.steps else None
    at = story.awake(last.at + later, author, made.name, number, later, now) if last else story.beginning(began, author, now)
    return Step(number, what, author, at, text, comments, **told)


class Consulting:
    """The way of each consultation, step by step; `bring` hands a letter in at the mail door."""

    def __init__(self, places: dict[str, Community], *, everybody: dict[str, Person], bring: Callable[[Letter], object]) -> None:
        self.places, self.everybody, self.bring = places, everybody, bring
        self.held: dict[str, Consultation] = {}

    def play(self, draft: Draft, step: Step) -> None:
        """Take one step, after the house has done what was due by then."""
        consultations.tend(at=step.at)
        if of := self.held.get(draft.name):
            of.refresh_from_db()
        getattr(self, f"_{step.what}")(draft, step, self.everybody[step.author.key])

    def _prepares(self, draft: Draft, step: Step, by: Person) -> None:
        of = consultations.prepare(
            self.places[draft.community],
            title=draft.title,
            text=step.text,
            visibility=draft.visibility,
            data=(FOLDER / step.draft).read_bytes(),
            name=step.draft,
            by=by,
            at=step.at,
        )
        consultations.add_author(of, self.everybody[draft.author], by=by)
        self.held[draft.name] = of

    def _opens(self, draft: Draft, step: Step, by: Person) -> None:
        closes = step.at.replace(hour=23, minute=59) + timedelta(days=draft.days)
        consultations.open_(self.held[draft.name], closes_at=closes, by=by, at=step.at)

    def _comments(self, draft: Draft, step: Step, _: Person) -> None:
        opening = self.held[draft.name].post
        assert opening is not None
        above = Letter(
            conversation=draft.name,
            number=opening.number,
            community=draft.community,
            subject=opening.subject,
            author=next(one for one in story.people().values() if opening.author and one.name == opening.author.name),
            at=opening.posted_at,
            text=opening.fresh_text.strip(),
            known_as=opening.message_id,
        )
        self._mail(draft, step, to=draft.community, subject=opening.subject, answers=above)

    def _assigns(self, draft: Draft, step: Step, by: Person) -> None:
        consultations.assign(self._those(draft, step), owner=self.everybody[step.owner], by=by, at=step.at)

    def _answers(self, draft: Draft, step: Step, by: Person) -> None:
        consultations.answer(self._those(draft, step), state=step.state, words=step.text, by=by, at=step.at)

    def _tells(self, draft: Draft, step: Step, by: Person) -> None:
        consultations.tell(self.held[draft.name], by=by, at=step.at)

    def _renews(self, draft: Draft, step: Step, by: Person) -> None:
        of = self.held[draft.name]
        consultations.upload(of, data=(FOLDER / step.draft).read_bytes(), name=step.draft, note=step.text, by=by, at=step.at)
        consultations.renew(of, by=by, at=step.at)

    def _reacts(self, draft: Draft, step: Step, _: Person) -> None:
        """Answer the letter that brought the answers."""
        found = Delivery.objects.filter(address=step.author.address, lane=Delivery.Lane.PERSONAL).select_related("outgoing").latest("pk")
        sender = _FROM.search(bytes(found.outgoing.head))
        assert sender
        address = parseaddr(sender[1].decode("ascii"))[1]
        self._mail(draft, step, to=address.partition("@")[0], subject="Re: your answers")

    def _those(self, draft: Draft, step: Step) -> list[Comment]:
        return list(Comment.objects.filter(consultation=self.held[draft.name], number__in=step.comments))

    def _mail(self, draft: Draft, step: Step, *, to: str, subject: str, answers: Letter | None = None) -> None:
        letter = Letter(
            conversation=f"{draft.name} {step.what}",
            number=step.number,
            community=to,
            subject=subject,
            author=step.author,
            at=step.at,
            text=step.text,
            answers=answers,
        )
        self.bring(letter)
