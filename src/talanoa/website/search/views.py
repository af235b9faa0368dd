"""Finding again: results with their passages, what they can be narrowed by, what is like a message, and the feed of a search."""

import functools
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from talanoa.communities.lookups import Standing, standing
from talanoa.communities.models import Community
from talanoa.conversations import lookups as conversations
from talanoa.search import lookups, sentences
from talanoa.search.lookups import Shown
from talanoa.website.conversations.letters import masked
from talanoa.website.places import page_number, place, reader
from talanoa.website.request import Request
from talanoa.website.search import narrowing

ROWS = 10
DEEPEST = 50  # pages; who wants more narrows instead
IN_THE_FEED = 30


@require_safe
def search(request: Request, slug: str | None = None) -> HttpResponse:
    """What the person may read that answers some words, in one community or in all."""
    here = reader(request, slug) if slug else None
    asked = narrowing.asked(request.GET)
    number = page_number(request)
    within = request.GET.get("in", "")
    if number > DEEPEST or (within and not (within.isascii() and within.isdigit() and len(within) < 10)):
        raise Http404
    base = f"/c/{slug}/search" if slug else "/search"
    facts: dict[str, Any] = {
        "asked": asked,
        "within": _conversation(here, int(within)) if within else None,
        "narrowed": [(name, narrowing.words(name, asked[name])) for name in narrowing.NAMES if name in asked],
        "number": number,
        "more": False,
        "results": [],
        "base": base,
        "here": functools.partial(narrowing.address, base, {**asked, "in": within}),
        "inside": None if within else functools.partial(_inside, asked),
        "kind_words": sentences.kind,
        "known": bool(asked.keys() - {"sort"}),
    }
    if facts["known"]:
        facts |= _found(request, here, narrowing.question(asked), asked, number, int(within) if within else None)
        facts["more"] = facts["more"] and number < DEEPEST
    return _page(request, "website/search/results.html", here, facts)


def _found(request: Request, here: Standing | None, words: str, asked: dict[str, str], number: int, within: int | None) -> dict[str, Any]:
    found = lookups.find(
        words,
        person=request.person,
        within=here,
        limit=ROWS,
        after=(number - 1) * ROWS,
        latest_first=asked.get("sort") == "date",
        conversation=within,
    )
    return {
        "results": found.found,
        "more": found.more,
        "total": found.total() if found.found else 0,
        "facets": list(narrowing.facets(found, asked, request.person)) if found.found else [],
        "instead": lookups.corrected(asked.get("q", ""), found.better) if found.better else "",
        "forgiven": found.forgiven,
        "built": bool(found.found) or lookups.built(),
        "words": words,
        "feed": here is not None and here.community.visibility == Community.Visibility.PUBLIC,
    }


def _inside(asked: dict[str, str], shown: Shown) -> str:
    """The address that looks in the conversation of a result alone."""
    return narrowing.address(f"/c/{shown.community.slug}/search", {**asked, "in": shown.conversation})


def _conversation(here: Standing | None, pk: int) -> Any:
    """The conversation in which alone is looked, if it may be read; it is named on the page."""
    found = conversations.conversation(here, pk) if here else None
    if found is None:
        raise Http404
    return found


def _page(request: Request, template: str, here: Standing | None, facts: dict[str, Any]) -> HttpResponse:
    common = {"standing": here, "community": here.community if here else None, "masked": masked if request.person is None else str}
    answer = render(request, template, common | facts)
    # Every question is another page; a crawler would ask for ever.
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@require_safe
def similar(request: Request, slug: str, key: str) -> HttpResponse:
    """Messages and Consolidated Replies of other conversations that are like a message."""
    here = reader(request, slug)
    post = conversations.post(here, key)
    if post is None:
        raise Http404
    facts = {
        "post": post,
        "results": lookups.similar(post, person=request.person, limit=ROWS),
        "built": lookups.built(),
        "kind_words": sentences.kind,
    }
    return _page(request, "website/search/similar.html", here, facts)


@require_safe
def feed(request: Request, slug: str) -> HttpResponse:
    """The latest of what is found in a public community, as Atom (RFC 4287).

    Programs that fetch feeds come without a session: it is what everybody may read, whoever asks; a private community has none.
    """
    here = place(request, slug)
    asked = narrowing.asked(request.GET)
    words = narrowing.question(asked)
    if here.community.visibility != Community.Visibility.PUBLIC or not words:
        raise Http404
    found = lookups.find(words, person=None, within=standing(None, here.community), limit=IN_THE_FEED, latest_first=True, forgiving=False)
    base = settings.TALANOA.base_url.rstrip("/")
    facts = {"community": here.community, "asked": asked, "words": words, "rows": found.found, "base": base}
    answer = render(request, "website/search/feed.xml", facts, content_type="application/atom+xml; charset=utf-8")
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
