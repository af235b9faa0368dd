"""Decisions about queries; pure. The numbers are the method's; those of time are customs of each community."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

# What may happen at which stage. Time is a visitor: a window that ended while nobody looked is open until somebody closes it.
MAY = {
    "word": frozenset({"asked", "worded", "agreed"}),
    "agree": frozenset({"worded"}),
    "circulate": frozenset({"asked", "worded", "agreed"}),
    "correct": frozenset({"open", "closed"}),
    "extend": frozenset({"open", "closed"}),
    "close": frozenset({"open"}),
    "drop": frozenset({"asked", "worded", "agreed"}),
    "consolidate": frozenset({"open", "closed", "consolidated"}),
    "approach": frozenset({"open", "closed"}),
}

# "Query: …" in the languages of the house; only at the very beginning, so that an answer to one is an answer.
_MARKED = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:query|requête|consulta|anfrage|pedido de informação|vraag|quesito|запрос|咨询|諮詢|質問|"
    r"질의|คำถาม|câu hỏi|permintaan|प्रश्न|استفسار)"
    r"\s*[:：]\s*(?=\S)",
    re.IGNORECASE,
)


def is_marked(subject: str) -> bool:
    """Whether a subject says that the mail is a query."""
    return _MARKED.match(subject) is not None


def bare_title(subject: str) -> str:
    """A subject without the word that marks a query."""
    return _MARKED.sub("", subject, count=1).strip()


# An asker's answer to a wording. Anything else is read by the facilitator as their changes.
_AGREED = frozenset(
    (
        "agree,agreed,i agree,yes,ok,okay,fine,d'accord,daccord,oui,de acuerdo,acepto,sí,si,einverstanden,ja,concordo,sim,akkoord,"
        "d'accordo,согласен,согласна,согласны,да,同意,同意する,同意します,"
        "동의,동의합니다,ตกลง,เห็นด้วย,đồng ý,setuju,ya,सहमत,हाँ,موافق,موافقة,نعم"
    ).split(",")
)


def agrees(text: str) -> bool:
    """Whether an answer to a wording says yes, and nothing else in its first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.replace("’", "'").strip(" .!\t。！।").casefold() in _AGREED


@dataclass(frozen=True, slots=True)
class Clock:
    """The moments of a circulated query."""

    circulated_at: datetime
    closes_at: datetime
    due_at: datetime


def set_clock(at: datetime, *, window_days: int, reply_days: int) -> Clock:
    """The clock of a query that is circulated now."""
    closes = at + timedelta(days=window_days)
    return Clock(at, closes, max(at + timedelta(days=reply_days), closes))


def reminders_due(clock: Clock, *, stage: str, responses: int, silence_hours: int, at: datetime) -> list[str]:
    """The reminders that a facilitator is owed by now; each is sent once. Of several at once the latest says all."""
    owed = []
    if stage == "open":
        if not responses and at >= clock.circulated_at + timedelta(hours=silence_hours):
            owed.append("silence")
        if at >= clock.circulated_at + (clock.closes_at - clock.circulated_at) / 2:
            owed.append("half")
        if clock.closes_at - timedelta(days=1) <= at < clock.closes_at:
            owed.append("closing")
    if stage in {"open", "closed"} and at >= clock.due_at - timedelta(days=1):
        owed.append("due")
    if stage in {"open", "closed"} and at >= clock.due_at:
        owed.append("overdue")
    return owed
