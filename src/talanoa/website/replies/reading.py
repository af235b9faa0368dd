"""Consolidated Replies to read: all of a community, one of them as page, PDF and Word file, and the feed."""

import functools
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from talanoa.communities.lookups import Standing
from talanoa.communities.models import Community
from talanoa.publishing import word
from talanoa.queries.lookups import types_in_words
from talanoa.replies import editions
from talanoa.replies.models import Edition
from talanoa.website.conversations.letters import masked
from talanoa.website.places import place, reader
from talanoa.website.request import Request
from talanoa.website.templating import country

WORD = word.MEDIA_TYPE
IN_THE_FEED = 30

Block = dict[str, Any]


@require_safe
def listing(request: Request, slug: str) -> HttpResponse:
    """All Consolidated Replies of a community, to be narrowed by theme, type, country and year."""
    here = reader(request, slug)
    every = editions.listed(here)
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("theme", "kind", "where", "year")}
    facts = {
        "standing": here,
        "community": here.community,
        "rows": editions.chosen(every, **asked),
        "every": len(every),
        "asked": asked,
        "choices": editions.choices(every),
        "kind_words": lambda kind: types_in_words([kind]),
        "country_words": country,
        "year_words": str,
        "feed": _is_public(here),
    }
    return render(request, "website/replies/listing.html", facts)


@require_safe
def reply(request: Request, slug: str, number: int, version: int | None = None) -> HttpResponse:
    """One Consolidated Reply, in its latest version or in an older one."""
    here = reader(request, slug)
    found = _found(here, number, version)
    document = editions.shown(here, found)
    sections = {section["key"]: section["blocks"] for section in document["sections"]}
    versions = editions.versions(here, found)
    facts = {
        "standing": here,
        "community": here.community,
        "edition": found,
        "document": document,
        "headings": dict(editions.parts(document)),
        "byline": editions.byline(document),
        "kind": editions.kind(document),
        "summary": list(lists(sections.get("summary", []))),
        "experiences": list(_experiences(sections.get("experiences", []))),
        "resources": [(key, list(lists(sections[key]))) for key in editions.RESOURCES if key in sections],
        "credit": lambda key: functools.partial(_credit, key, document),
        "section": editions.heading,
        "person_line": editions.person_line,
        "how_to_add": editions.how_to_add(document),
        "moment": datetime.fromisoformat,
        "lists": lambda blocks: list(lists(blocks)),
        "versions": versions,
        "latest": versions[0].number,
        "since": editions.since(found) if versions[0].number == found.number else [],
        "stories": editions.stories(found),
        "masked": masked if request.person is None else str,
        "feed": _is_public(here),
    }
    return render(request, "website/replies/reply.html", facts)


def _credit(key: str, document: dict[str, Any], block: Block) -> list[dict[str, Any]]:
    return editions.credit(key, block, document)


def _found(here: Standing, number: int, version: int | None) -> Edition:
    found = editions.edition(here, number, version)
    if found is None:
        raise Http404
    return found


def lists(blocks: list[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Blocks as HTML wants them: neighbouring items in one list."""

    def kind(block: Block) -> str:
        return ("ol" if "number" in block else "ul") if block["kind"] == "item" else str(block["kind"])

    for what, those in groupby(blocks, kind):
        yield what, list(those)


def _experiences(blocks: list[Block]) -> Iterator[tuple[list[list[Block]], list[tuple[str, list[Block]]]]]:
    """Experiences one by one: the headings that each stands under, as runs, and its blocks."""
    nation: list[Block] = []
    title: list[Block] = []
    told: list[Block] = []
    for block in blocks:
        if block["kind"] in {"h3", "h4"}:
            if told:
                yield [one for one in (nation, title) if one], list(lists(told))
                told = []
            if block["kind"] == "h3":
                nation, title = block["runs"], []
            else:
                title = block["runs"]
        else:
            told.append(block)
    if told:
        yield [one for one in (nation, title) if one], list(lists(told))


@require_safe
def pdf(request: Request, slug: str, number: int, version: int) -> HttpResponse:
    """A version as PDF."""
    here = reader(request, slug)
    found = _found(here, number, version)
    return file(editions.pdf(here, found), "application/pdf", f"consolidated-reply-{number}-v{version}.pdf")


@require_safe
def docx(request: Request, slug: str, number: int, version: int) -> HttpResponse:
    """A version as a Word file."""
    here = reader(request, slug)
    found = _found(here, number, version)
    return file(editions.docx(here, found), WORD, f"consolidated-reply-{number}-v{version}.docx")


def file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """As something to keep: a browser that shows a PDF itself would run what it holds in our name (P5)."""
    answer = HttpResponse(content, content_type=media_type)
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
def feed(request: Request, slug: str) -> HttpResponse:
    """The latest Consolidated Replies of a public community as Atom (RFC 4287).

    Programs that fetch feeds come without a session, so a private community has none: for nobody, its members included.
    """
    here = place(request, slug)
    if not _is_public(here):
        raise Http404
    facts = {
        "community": here.community,
        "rows": editions.listed(Standing(None, here.community, None, frozenset()))[:IN_THE_FEED],
        "base": settings.TALANOA.base_url.rstrip("/"),
    }
    return render(request, "website/replies/feed.xml", facts, content_type="application/atom+xml; charset=utf-8")


def _is_public(here: Standing) -> bool:
    return here.community.visibility == Community.Visibility.PUBLIC
