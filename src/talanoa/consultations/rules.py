"""Decisions about consultations; pure. The numbers are the method's."""

# ruff: noqa: E501 - a table of words reads best with a line for each act
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from talanoa.consultations.pointing import ascii_digits

COMMENT_DAYS, ANSWER_DAYS, REVIEW_DAYS = 28, 14, 14

# What may happen at which stage. A comment is taken at any time once it is open: after the close it is late, and says so.
MAY = {
    "change": frozenset({"prepared"}),
    "open": frozenset({"prepared"}),
    "drop": frozenset({"prepared", "open"}),
    "comment": frozenset({"open", "answering", "review", "final"}),
    "support": frozenset({"open", "review"}),
    "close": frozenset({"open"}),
    "extend": frozenset({"open", "answering"}),
    "answer": frozenset({"open", "answering", "review"}),
    "tell": frozenset({"open", "answering", "review", "final"}),
    "react": frozenset({"open", "answering", "review", "final"}),
    "renew": frozenset({"prepared", "open", "answering", "review"}),
    "conclude": frozenset({"answering", "review"}),
    "arrange": frozenset({"prepared", "open", "answering", "review"}),
    "go on": frozenset({"answering", "review"}),
}
STAGES = {"comment": "open", "answer": "answering", "review": "review"}  # the stage while a phase of each rule lasts
SETTLED = frozenset({"accepted", "modified", "declined", "deferred"})


def is_late(stage: str, labels: Iterable[str], changed: frozenset[str]) -> bool:
    """Whether a comment comes late: after the close, but for what a new draft under review has changed."""
    named = set(labels)
    return not (stage == "open" or (stage == "review" and bool(named) and named <= changed))


def answered(state: str, answer: str) -> bool:
    """Whether a comment has its answer: a decision, and words for it unless it was simply accepted."""
    return state in SETTLED and (state == "accepted" or bool(answer.strip()))


def in_order_of_time(ends: Sequence[datetime], *, after: datetime) -> bool:
    """Whether phases end one after the other, the first after a moment."""
    return all(before < end for before, end in pairwise((after, *ends)))


def get_answers(those: Sequence[str]) -> bool:
    """Whether comments get their answers: behind the last phase for comments there is one for answers."""
    return "comment" not in those or "answer" in those[len(those) - 1 - list(reversed(those)).index("comment") :]


@dataclass(frozen=True, slots=True)
class Clock:
    """The moments of a consultation that is open or was."""

    begun_at: datetime  # the phase that lasts
    closes_at: datetime
    answers_due_at: datetime
    review_ends_at: datetime | None = None


def reminders_due(clock: Clock, *, stage: str, owed: int, at: datetime) -> list[str]:
    """The reminders that are due by now, each sent once; of several at once the latest says all. `owed` are comments without an answer."""
    due = []
    if stage == "open":
        if at >= clock.begun_at + (clock.closes_at - clock.begun_at) / 2:
            due.append("half")
        if clock.closes_at - timedelta(days=2) <= at < clock.closes_at:
            due.append("closing")
    if stage == "answering" and owed and at >= clock.answers_due_at - timedelta(days=3):
        due.append("due")
    if stage == "answering" and owed and at >= clock.answers_due_at:
        due.append("overdue")
    if stage == "answering" and not owed:
        due.append("answered")
    if stage == "review" and clock.review_ends_at and at >= clock.review_ends_at:
        due.append("reviewed")
    return due


# What commenters write about comments by their numbers: "#34 agree", "withdraw 34", "support #12, #13".
_ACTS = {
    "agrees": "agreed|agree|i agree|yes|ok|accepted|d'accord|de acuerdo|acepto|einverstanden|concordo|akkoord|согласен|согласна|согласны|同意|동의|เห็นด้วย|đồng ý|setuju|सहमत|أوافق|موافق",
    "disagrees": "disagree|i disagree|do not agree|don't agree|not agreed|no|pas d'accord|en desacuerdo|nicht einverstanden|discordo|niet akkoord|не согласен|не согласна|不同意|반대|ไม่เห็นด้วย|không đồng ý|tidak setuju|असहमत|لا أوافق",
    "withdrew": "withdraw|withdrawn|i withdraw|je retire|retiro|ich ziehe zurück|zurückgezogen|retirado|ik trek in|отзываю|снимаю|撤回|철회|ถอน|rút lại|tarik|वापस|أسحب",
    "supports": "support|supports|i support|\\+1|seconded|je soutiens|apoyo|ich unterstütze|apoio|steun|поддерживаю|支持|지지|สนับสนุน|ủng hộ|dukung|समर्थन|أؤيد",
}  # fmt: skip
_NUMBERS = r"#\s?\d{1,6}(?:\s*(?:,|and|et|und|y|e|&|和|и|و)\s*#?\s?\d{1,6})*"
_WORDS = "|".join(f"(?P<{name}>{words})" for name, words in sorted(_ACTS.items(), key=lambda one: -len(one[1])))
_ACT_FIRST = re.compile(rf"\s*(?:{_WORDS})\s*[:：]?\s*(?P<numbers>{_NUMBERS})\s*[:：.,;–—-]*\s*(?P<rest>.*)", re.IGNORECASE)
_NUMBER_FIRST = re.compile(
    rf"\s*(?P<numbers>{_NUMBERS})\s*[:：.)–—-]*\s*(?:{_WORDS})\s*(?:[:：.,;!–—-]+\s*(?P<rest>.*)|(?P<end>$))", re.IGNORECASE
)
_POINTS = re.compile(r"\W{0,3}(?:[^\W\d]{1,15}\.?\s*)?\d{1,5}[a-z]{0,3}\s*(?:[-–—,]\s*\d{1,5}[a-z]{0,3}\s*)*[:：.)\]–—-]")  # "12: …", "para 12-14: …"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a commenter says of a comment: agrees, disagrees, withdrew, supports."""

    act: str
    number: int
    words: str = ""


def reactions(text: str) -> tuple[list[Reaction], str]:
    """The reactions in the lines of a mail, each number with its sign (#34), and the lines that are none."""
    found: list[Reaction] = []
    rest: list[str] = []
    going_on = 0  # how many of the reactions found last have words that may run over several lines
    for line in text.split("\n"):
        plain = ascii_digits(line).replace("’", "'")
        matched = _NUMBER_FIRST.match(plain) or _ACT_FIRST.match(plain)
        if matched is None and going_on and line.strip() and not _POINTS.match(plain):
            # Mail programs break lines: what follows a reason without a gap is still the reason.
            found[-going_on:] = [replace(one, words=f"{one.words} {line.strip()}") for one in found[-going_on:]]
            continue
        if matched is None:
            going_on = 0
            rest.append(line)
            continue
        act = next(name for name in _ACTS if matched[name])
        # "#12: no money for this" is a comment on passage 12, and no disagreement.
        words = line[matched.start("rest") :].strip() if matched["rest"] else ""
        numbers = re.findall(r"\d{1,6}", matched["numbers"])
        found += (Reaction(act, int(number), words) for number in numbers)
        going_on = len(numbers) if words else 0
    return found, "\n".join(rest).strip()


def about(subject: str) -> int | None:
    """The number of the consultation that a subject names: "Re: [mdg] Consultation 3: …"."""
    found = re.search(
        r"(?:consultation|consulta|consultazione|konsultation|consultatie|консультация|咨询|konsultasi|परामर्श|الاستشارة|مشاورة)\s*(?:n[°ºo.]*\s*)?(\d{1,5})",
        ascii_digits(subject),
        re.IGNORECASE,
    )
    return int(found[1]) if found else None


def in_order(labels: Sequence[str], order: dict[str, int]) -> tuple[int, int]:
    """Where a comment stands in the matrix: by its first passage that is there; then those on passages that are gone, then on the whole."""
    there = [order[label] for label in labels if label in order]
    return (0, min(there)) if there else (1, 0) if labels else (2, 0)
