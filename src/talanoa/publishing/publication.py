"""A publication: a document set in reading order, in its own language, for paper and for Word.

A PIECE is `{"is": kind, "runs": […]}`. Kinds: "title", "line" (of the masthead), "heading" (with its "level" and an "id" that links
lead to), "p", "item", "quote", and "credit", which tells from whom the piece above it comes. What is written from right to left says so
in "rtl". A run is as in `document`, but "to" names the id of a heading where "from" had the number of a response, and "small" tells
a source from other links.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from talanoa.locale import country, whole_day

Piece = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """All that paper and Word need to know."""

    title: str
    author: str
    issued_at: datetime
    language: str  # BCP 47
    community: str
    kind: str  # what it is, in its language: "Consolidated Reply 13"
    version: int
    pieces: Sequence[Piece]


def person(voice: Mapping[str, Any]) -> str:
    """A person as a line: "Sunita Gurung, teacher, Hill School, Nepal"."""
    where = country(voice["country"]) if voice["country"] else ""
    return ", ".join(filter(None, (voice["name"] or _("A member"), voice["role"], voice["organisation"], where)))


def day(moment: str, language: str) -> str:
    """A day of a document as its readers say it."""
    return whole_day(datetime.fromisoformat(moment).date(), language)


def thanks(document: Mapping[str, Any]) -> Iterator[Piece]:
    """Whom to thank, each with links to what they said."""
    for one in document["contributors"]:
        first, *more = one["responses"]
        found: list[dict[str, Any]] = [{"t": person(one), "to": f"r{first}"}]
        for number in more:
            found += [{"t": "; "}, {"t": str(number), "to": f"r{number}"}]
        yield {"is": "item", "number": first, "runs": found}


def response(one: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Piece]:
    """One contribution in full, beneath its number and its author."""
    yield heading(2, f"{one['number']}. {person(one)}", f"r{one['number']}")
    yield said("credit", day(one["at"], document["language"]))
    if one.get("withdrawn"):
        yield {"is": "p", "runs": [{"t": _("This response was withdrawn."), "i": True}]}
    for part in one["blocks"]:
        yield block(part) | ({"language": one["language"]} if one["language"] else {})


def heading(level: int, words: str, ident: str = "") -> Piece:
    """A heading; links lead to its id."""
    return {"is": "heading", "level": level, "id": ident, "runs": [{"t": words}]}


def said(what: str, words: str, **style: bool) -> Piece:
    """A piece of plain words."""
    return {"is": what, "runs": [{"t": words, **style}]}


def block(of: Mapping[str, Any]) -> Piece:
    """A block of a document as a piece."""
    what = {"h3": "p", "h4": "p"}.get(of["kind"], of["kind"])
    return {"is": what, "runs": runs(of["runs"])} | ({"number": of["number"]} if "number" in of else {})


def runs(those: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Runs of a document as those of a piece."""
    return [
        {**{k: v for k, v in run.items() if k != "from"}, "to": f"r{run['from']}", "small": True} if "from" in run else dict(run)
        for run in those
    ]


def directed(piece: Piece) -> Piece:
    """Says of a piece whose first letter runs from right to left that it does."""
    for run in piece["runs"]:
        for character in run["t"]:
            way = unicodedata.bidirectional(character)
            if way in {"R", "AL"}:
                return {**piece, "rtl": True}
            if way == "L":
                return piece
    return piece
