"""A Consolidated Reply set as a publication, and the words for what it holds."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from talanoa.locale import country
from talanoa.publishing.publication import Piece, Publication, block, day, directed, heading, person, response, runs, said, thanks
from talanoa.queries import lookups as queries
from talanoa.replies import rules, sentences


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
    """From whom an item comes, as told; a member and the facilitator are told apart."""
    told: list[dict[str, Any]] = []
    numbers = block.get("from") or []
    if numbers:
        words = pgettext("of an experience", "from") if section == "experiences" else _("recommended by")
        told.append({"t": f"{words} "})
        for place, number in enumerate(numbers):
            one = document["responses"][number - 1]
            told.append({"t": ("; " if place else "") + (one["name"] or _("A member"))})
            if section == "experiences" and one["country"]:
                told.append({"t": f", {country(one['country'])}"})
            told += [{"t": " · "}, {"t": _("response %(number)d") % {"number": number}, "from": number}]
    if block.get("found"):
        told.append({"t": ("; " if told else "") + _("found by the facilitator")})
    if block.get("withdrawn"):
        told.append({"t": f" ({_('withdrawn since')})"})
    return told


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


def laid_out(document: Mapping[str, Any]) -> Publication:
    """The whole of it, for paper and for Word."""
    with translation.override(document["language"]):
        return Publication(
            title=document["title"],
            author=document["compiled_by"],
            issued_at=datetime.fromisoformat(document["issued_at"]),
            language=document["language"],
            community=document["community"]["name"],
            kind=kind(document),
            version=document["version"],
            pieces=[directed(one) for one in _pieces(document)],
        )


def _pieces(document: Mapping[str, Any]) -> Iterator[Piece]:
    headings = dict(parts(document))
    yield from _masthead(document)
    yield heading(1, headings["query"], "query")
    query = document["query"]
    yield said("credit", _("Asked by %(person)s, %(day)s") % {"person": person(query), "day": day(query["at"], document["language"])})
    yield from map(block, query["blocks"])
    if query["context"]:
        yield said("p", _("Background"), b=True)
        yield from map(block, query["context"])
    if "thanks" in headings:
        yield heading(1, headings["thanks"], "thanks")
        yield from thanks(document)
    sections = {section["key"]: section["blocks"] for section in document["sections"]}
    for key in ("summary", "experiences"):
        if key in sections:
            yield heading(1, headings[key], key)
            yield from _section(key, sections[key], document)
    if "resources" in headings:
        yield heading(1, headings["resources"], "resources")
    for key in rules.RESOURCES:
        if key in sections:
            yield heading(2, sentences.section(key), key)
            yield from _section(key, sections[key], document)
    if "responses" in headings:
        yield heading(1, headings["responses"], "responses")
        for one in document["responses"]:
            yield from response(one, document)
    yield heading(1, headings["add"], "add")
    yield said("p", how_to_add(document))
    yield {"is": "p", "runs": [{"t": document["page"], "href": document["page"]}]}
    for name, words in ((_("Disclaimer"), document["disclaimer"]), (_("Licence"), document["licence"])):
        if words:
            yield {"is": "p", "runs": [{"t": f"{name}: ", "b": True}, {"t": words}]}


def _masthead(document: Mapping[str, Any]) -> Iterator[Piece]:
    yield said("line", document["community"]["name"], b=True)
    yield said("line", kind(document))
    yield said("title", document["title"])
    types = queries.types_in_words(document["types"])
    if types:
        yield said("line", _("Asked for: %(types)s") % {"types": types})
    yield said("line", byline(document)[:1].upper() + byline(document)[1:])
    issued = {"day": day(document["issued_at"], document["language"]), "version": document["version"]}
    yield said("line", _("Issued %(day)s, version %(version)d") % issued)


def _section(key: str, blocks: list[dict[str, Any]], document: Mapping[str, Any]) -> Iterator[Piece]:
    above = 1
    for part in blocks:
        if part["kind"] in {"h3", "h4"}:
            above = min(above + 1, 2 if part["kind"] == "h3" else 3) if key == "experiences" else 3
            yield {"is": "heading", "level": above, "id": "", "runs": runs(part["runs"])}
        else:
            yield block(part)
            if told := credit(key, part, document):
                yield {"is": "credit", "runs": runs(told), "below": part["kind"]}


