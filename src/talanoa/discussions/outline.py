"""The plan of a discussion as people write it in a mail, read and written; pure.

    Why: two pumps in five stand still.
    For whom: district engineers, women's committees
    Moderator: Chandra Gurung
    Begins: 2026-03-09

    Phase 1 (7 days): What fails first
    - What broke, and when?
    - Who noticed?

What stands before the first of these lines, and beneath no other, is the issue.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from babel import Locale

from talanoa.discussions.rules import LONGEST_DAYS, MOST_PHASES, USUAL_DAYS


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase as it is planned."""

    theme: str
    questions: tuple[str, ...] = ()
    days: int = USUAL_DAYS


@dataclass(frozen=True, slots=True)
class Outline:
    """What a text says of a discussion; empty where it says nothing."""

    issue: str = ""
    why: str = ""
    audience: str = ""
    moderator: str = ""
    begins: date | None = None
    phases: tuple[Stretch, ...] = field(default=())


# The first of each is written, all are read: en, fr, es, pt, de, nl.
LABELS = {
    "issue": "Issue|Question|Enjeu|Tema|Asunto|Assunto|Anliegen|Kwestie",
    "why": "Why|Why now|Pourquoi|Por qué|Por que|Porquê|Warum|Waarom",
    "audience": "For whom|Pour qui|Para quién|Para quem|Für wen|Voor wie",
    "moderator": "Moderator|Guest moderator|Modérateur|Modératrice|Moderador|Moderadora|Moderatorin",
    "begins": "Begins|Starts|From|Début|Commence|Empieza|Comienza|Começa|Beginnt|Beginn|Begint",
}
_LABELS = {word.casefold(): key for key, words in LABELS.items() for word in words.split("|")}
_LABELLED = re.compile(rf"\s*[*_]*({'|'.join(sorted(map(re.escape, _LABELS), key=len, reverse=True))})[*_]*\s*[:：]\s*(.*)", re.IGNORECASE)
_PHASE = re.compile(
    r"\s*[*_]*(?:phase|week|semaine|fase|semana|woche|этап|阶段)\s*(\d{1,2})\s*"
    r"(?:\(\s*(\d{1,3})\s*(?:days?|jours?|días?|dias?|tage?|dagen|дн\w*|天)?\s*\))?[*_]*\s*[:：]\s*(\S.*)",
    re.IGNORECASE,
)
_POINT = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+(\S.*)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WRITTEN = re.compile(r"(\d{1,2})\.?\s+([^\W\d_]{3,12})\.?\s+(\d{4})")
_MONTHS = {
    name.casefold().strip("."): number
    for language in ("en", "fr", "es", "pt", "de", "nl")
    for width in ("wide", "abbreviated")
    for number, name in Locale(language).months["format"][width].items()
}


def day_in(text: str) -> date | None:
    """The first day that a text names: "2026-03-09", "9 March 2026"."""
    try:
        if found := _ISO.search(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _WRITTEN.search(text):
            return date(int(found[3]), _MONTHS.get(found[2].casefold(), 0), int(found[1]))
    except ValueError:
        pass
    return None


def read(text: str) -> Outline:
    """The outline in a text."""
    parts: dict[str, list[str]] = {"issue": []}
    phases: list[Stretch] = []
    within = "issue"
    for line in text.replace("\r\n", "\n").split("\n"):
        if found := _PHASE.match(line):
            if len(phases) < MOST_PHASES:
                days = min(max(int(found[2] or USUAL_DAYS), 1), LONGEST_DAYS)
                phases.append(Stretch(found[3].strip(" *_"), (), days))
            within = "phase"
        elif found := _LABELLED.match(line):
            within = _LABELS[found[1].casefold()]
            parts.setdefault(within, []).append(found[2])
        elif within == "phase":
            if phases and (point := _POINT.match(line) or (re.match(r"\s*(\S.*[?？؟])\s*$", line))):
                phases[-1] = replace(phases[-1], questions=(*phases[-1].questions, point[1].strip()))
        elif within in {"moderator", "begins"} and line.strip():
            within = "issue"
            parts["issue"].append(line)
        else:
            parts[within].append(line)
    said = {key: re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() for key, lines in parts.items()}
    return Outline(
        issue=said["issue"],
        why=said.get("why", ""),
        audience=said.get("audience", ""),
        moderator=" ".join(said.get("moderator", "").split())[:200],
        begins=day_in(said.get("begins", "")),
        phases=tuple(phases),
    )


def write(outline: Outline) -> str:
    """An outline as a text that `read` understands."""
    lines = [outline.issue, ""] if outline.issue else []
    for key, words in (("why", outline.why), ("audience", outline.audience), ("moderator", outline.moderator)):
        if words:
            lines.append(f"{LABELS[key].partition('|')[0]}: {words}")
    if outline.begins:
        lines.append(f"Begins: {outline.begins.isoformat()}")
    for number, one in enumerate(outline.phases, 1):
        lines += ["", f"Phase {number} ({one.days} days): {one.theme}", *(f"- {question}" for question in one.questions)]
    return "\n".join(lines).strip() + "\n"


def over(before: Outline, later: Outline) -> Outline:
    """The outline with what a later text says in the place of what it says; what that leaves out stays."""
    names = ("issue", "why", "audience", "moderator", "begins", "phases")
    return replace(before, **{name: said for name in names if (said := getattr(later, name))})


def form(phases: Sequence[Stretch]) -> str:
    """The phases alone, as they are typed on a page."""
    return write(Outline(phases=tuple(phases))).strip()


