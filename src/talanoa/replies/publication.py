"""A document set as a publication: its pieces in reading order, in its own language, for paper and for mail.

A PIECE is `{"is": kind, "runs": […]}`. Kinds: "title", "line" (of the masthead), "heading" (with its "level" and an "id" that links
lead to), "p", "item", "quote", and "credit", which tells from whom the piece above it comes. What is written from right to left says so
in "rtl". A run is as in `document`, but "to" names the id of a heading where "from" had the number of a response, and "small" tells
a source from other links.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from talanoa.queries import lookups as queries
from talanoa.replies import rules, sentences
from talanoa.templating import country

Piece = dict[str, Any]


def person(voice: Mapping[str, Any]) -> str:
    """A person as a line: "Sunita Gurung, teacher, Hill School, Nepal"."""
    where = country(voice["country"]) if voice["country"] else ""
    return ", ".join(filter(None, (voice["name"] or _("A member"), voice["role"], voice["organisation"], where)))


def day(moment: str, language: str) -> str:
    """A day of a document as its readers say it."""
    try:
        locale = Locale.parse("en-GB" if language == "en" else language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "GB")
    return format_date(datetime.fromisoformat(moment).date(), "long", locale=locale)


def kind(document: Mapping[str, Any]) -> str:
    """What the document is: "Consolidated Reply 13"."""
    return _("Consolidated Reply %(number)d") % {"number": document["number"]}


def byline(document: Mapping[str, Any]) -> str:
    """Who made it."""
    compiled = _("compiled by %(name)s") % {"name": document["compiled_by"]}
    if not document["research_by"]:
        return compiled
    return _("%(compiled)s; additional research by %(name)s") % {"compiled": compiled, "name": document["research_by"]}


def credit(section: str, block: Mapping[str, Any], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """From whom an item comes, as runs; a member and the facilitator are told apart."""
    runs: list[dict[str, Any]] = []
    numbers = block.get("from") or []
    if numbers:
        words = pgettext("of an experience", "from") if section == "experiences" else _("recommended by")
        runs.append({"t": f"{words} "})
        for place, number in enumerate(numbers):
            one = document["responses"][number - 1]
            runs.append({"t": ("; " if place else "") + (one["name"] or _("A member"))})
            if section == "experiences" and one["country"]:
                runs.append({"t": f", {country(one['country'])}"})
            runs += [{"t": " · "}, {"t": _("response %(number)d") % {"number": number}, "from": number}]
    if block.get("found"):
        runs.append({"t": ("; " if runs else "") + _("found by the facilitator")})
    if block.get("withdrawn"):
        runs.append({"t": f" ({_('withdrawn since')})"})
    return runs


def how_to_add(document: Mapping[str, Any]) -> str:
    """How somebody adds to a reply that is issued."""
    return _(
        "Can you add to this? Write to %(address)s, best as an answer to the mail that brought this reply. "
        "Additional replies are collected and make a new version."
    ) % {"address": document["community"]["address"]}


def parts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headings of the main parts, with their ids, in order."""
    keys = [section["key"] for section in document["sections"]]
    found = [("query", _("The query"))]
    if document["contributors"]:
        found.append(("thanks", _("Responses were received, with thanks, from")))
    found += [(key, sentences.section(key)) for key in ("summary", "experiences") if key in keys]
    if any(key in rules.RESOURCES for key in keys):
        found.append(("resources", _("Related resources")))
    if document["responses"]:
        found.append(("responses", _("Responses in full")))
    return [*found, ("add", _("How to add to this reply"))]


def pieces(document: Mapping[str, Any]) -> list[Piece]:
    """Everything, in the document's language."""
    with translation.override(document["language"]):
        return [_directed(one) for one in _pieces(document)]


def _pieces(document: Mapping[str, Any]) -> Iterator[Piece]:
    headings = dict(parts(document))
    yield from _masthead(document)
    yield _heading(1, headings["query"], "query")
    query = document["query"]
    yield _words("credit", _("Asked by %(person)s, %(day)s") % {"person": person(query), "day": day(query["at"], document["language"])})
    yield from map(_block, query["blocks"])
    if query["context"]:
        yield _words("p", _("Background"), b=True)
        yield from map(_block, query["context"])
    if "thanks" in headings:
        yield _heading(1, headings["thanks"], "thanks")
        yield from _thanks(document)
    sections = {section["key"]: section["blocks"] for section in document["sections"]}
    for key in ("summary", "experiences"):
        if key in sections:
            yield _heading(1, headings[key], key)
            yield from _section(key, sections[key], document)
    if "resources" in headings:
        yield _heading(1, headings["resources"], "resources")
    for key in rules.RESOURCES:
        if key in sections:
            yield _heading(2, sentences.section(key), key)
            yield from _section(key, sections[key], document)
    if "responses" in headings:
        yield _heading(1, headings["responses"], "responses")
        for one in document["responses"]:
            yield from _response(one, document)
    yield _heading(1, headings["add"], "add")
    yield _words("p", how_to_add(document))
    yield {"is": "p", "runs": [{"t": document["page"], "href": document["page"]}]}
    for name, words in ((_("Disclaimer"), document["disclaimer"]), (_("Licence"), document["licence"])):
        if words:
            yield {"is": "p", "runs": [{"t": f"{name}: ", "b": True}, {"t": words}]}


def _masthead(document: Mapping[str, Any]) -> Iterator[Piece]:
    yield _words("line", document["community"]["name"], b=True)
    yield _words("line", kind(document))
    yield _words("title", document["title"])
    types = queries.types_in_words(document["types"])
    if types:
        yield _words("line", _("Asked for: %(types)s") % {"types": types})
    yield _words("line", byline(document)[:1].upper() + byline(document)[1:])
    issued = {"day": day(document["issued_at"], document["language"]), "version": document["version"]}
    yield _words("line", _("Issued %(day)s, version %(version)d") % issued)


def _thanks(document: Mapping[str, Any]) -> Iterator[Piece]:
    for one in document["contributors"]:
        first, *more = one["responses"]
        runs: list[dict[str, Any]] = [{"t": person(one), "to": f"r{first}"}]
        for number in more:
            runs += [{"t": "; "}, {"t": str(number), "to": f"r{number}"}]
        yield {"is": "item", "number": first, "runs": runs}


def _section(key: str, blocks: list[dict[str, Any]], document: Mapping[str, Any]) -> Iterator[Piece]:
    above = 1
    for block in blocks:
        if block["kind"] in {"h3", "h4"}:
            above = min(above + 1, 2 if block["kind"] == "h3" else 3) if key == "experiences" else 3
            yield {"is": "heading", "level": above, "id": "", "runs": _runs(block["runs"])}
        else:
            yield _block(block)
            if told := credit(key, block, document):
                yield {"is": "credit", "runs": _runs(told), "below": block["kind"]}


def _response(one: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Piece]:
    yield _heading(2, f"{one['number']}. {person(one)}", f"r{one['number']}")
    yield _words("credit", day(one["at"], document["language"]))
    if one.get("withdrawn"):
        yield {"is": "p", "runs": [{"t": _("This response was withdrawn."), "i": True}]}
    for block in one["blocks"]:
        yield _block(block) | ({"language": one["language"]} if one["language"] else {})


def _heading(level: int, words: str, ident: str) -> Piece:
    return {"is": "heading", "level": level, "id": ident, "runs": [{"t": words}]}


def _words(what: str, words: str, **style: bool) -> Piece:
    return {"is": what, "runs": [{"t": words, **style}]}


def _block(block: Mapping[str, Any]) -> Piece:
    what = {"h3": "p", "h4": "p"}.get(block["kind"], block["kind"])
    return {"is": what, "runs": _runs(block["runs"])} | ({"number": block["number"]} if "number" in block else {})


def _runs(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**{k: v for k, v in run.items() if k != "from"}, "to": f"r{run['from']}", "small": True} if "from" in run else dict(run)
        for run in runs
    ]


def _directed(piece: Piece) -> Piece:
    """Says of a piece whose first letter runs from right to left that it does."""
    for run in piece["runs"]:
        for character in run["t"]:
            way = unicodedata.bidirectional(character)
            if way in {"R", "AL"}:
                return {**piece, "rtl": True}
            if way == "L":
                return piece
    return piece
