"""Decisions about discussions; pure. The numbers are the method's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

# What may happen at which stage. Time is a visitor: a phase that ended while nobody looked is open until it is closed.
MAY = {
    "revise": frozenset({"proposed", "approved", "running"}),
    "approve": frozenset({"proposed"}),
    "decline": frozenset({"proposed"}),
    "lead": frozenset({"approved", "running"}),
    "end": frozenset({"running"}),
    "invite": frozenset({"approved", "running"}),
    "summarise": frozenset({"running", "ended", "summarised"}),
}

HOUR = 8  # o'clock in the community's zone, when phases open and end
USUAL_DAYS, LONGEST_DAYS, MOST_PHASES = 7, 60, 12
SUMMARY_IN = timedelta(days=14)  # from the end to the final summary
FORETOLD = timedelta(days=2)  # so long before a phase the moderator is asked for the opening letter
ANSWERED_IN = timedelta(days=30)  # so long our letters can be answered: longer than a final summary takes
FEEDBACK_FOR = timedelta(days=60)  # so long an answer is awaited

SECTIONS = ("points", "agreement", "dissent")

_MARKED = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:e-?discussion|discussion|débat|debate|discusión|diskussion|discussão|discussie|discussione|обсуждение|讨论|討論|議論|토론|"
    r"การอภิปราย|thảo luận|diskusi|चर्चा|نقاش)"
    r"\s*[:：]\s*(?=\S)",
    re.IGNORECASE,
)


def is_marked(subject: str) -> bool:
    """Whether a subject says that the mail proposes a discussion."""
    return _MARKED.match(subject) is not None


def bare_title(subject: str) -> str:
    """A subject without the word that marks a proposal."""
    return _MARKED.sub("", subject, count=1).strip()


def first_day(today: date) -> date:
    """When a discussion begins if nobody says: the Monday after three days, so that the announcement can be read before."""
    day = today + timedelta(days=3)
    return day + timedelta(days=-day.weekday() % 7)


def moment(day: date, zone: tzinfo) -> datetime:
    """When phases open and end on a day."""
    return datetime.combine(day, time(HOUR), zone)


@dataclass(frozen=True, slots=True)
class Span:
    """The time of a phase, and whether it was opened and closed."""

    number: int
    begins_at: datetime
    ends_at: datetime
    opened: bool = False
    closed: bool = False


def caught_up(spans: Sequence[Span], at: datetime) -> list[Span]:
    """The phases with their times as they must be now.

    A phase that passed whole while nothing ran, so that nobody could take part, is not lost: it and all after it move by the time that was
    missed. One that is late, but not over, keeps its end.
    """
    shift = timedelta()
    moved = []
    for span in sorted(spans, key=lambda one: one.number):
        one = span if span.opened else replace(span, begins_at=span.begins_at + shift, ends_at=span.ends_at + shift)
        if not one.opened and one.ends_at <= at:
            missed = at - one.begins_at
            shift += missed
            one = replace(one, begins_at=at, ends_at=one.ends_at + missed)
        moved.append(one)
    return moved


def label(discussion: int, phase: int | None) -> str:
    """What stands in the subjects: "D3.2" in its second phase, "D3" before and after."""
    return f"D{discussion}.{phase}" if phase else f"D{discussion}"


def reminders_due(
    *, stage: str, phases: Sequence[Span], silent_since: datetime | None, unissued: Sequence[int], ended_at: datetime | None, at: datetime
) -> list[str]:
    """The reminders that are owed by now; each is sent once. Of several at once the last says most.

    `silent_since`: the opening of the phase that nobody has answered. `unissued`: numbers of ended phases without a summary.
    """
    owed = []
    if stage in {"approved", "running"}:
        owed += [f"opening {one.number}" for one in phases if not one.opened and one.begins_at - FORETOLD <= at]
        open_now = [one for one in phases if one.opened and not one.closed]
        owed += [f"half {one.number}" for one in open_now if at >= one.begins_at + (one.ends_at - one.begins_at) / 2]
    if stage == "running" and silent_since is not None and at >= silent_since + timedelta(hours=24):
        current = max((one.number for one in phases if one.opened), default=1)
        owed.append(f"silence {current}")
    if stage == "running":
        owed += [f"summary {one.number}" for one in phases if one.number in unissued and at >= one.ends_at + timedelta(days=2)]
    if stage == "ended" and ended_at is not None:
        owed += [kind for kind, day in (("week", 7), ("due", 13), ("overdue", 14)) if at >= ended_at + timedelta(days=day)]
    return owed
