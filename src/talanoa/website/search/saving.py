"""Saved searches: seen, saved, ended, and followed by feeds of one's own."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talanoa.search import actions, lookups
from talanoa.search.models import Saved
from talanoa.website.places import reader, signed_in_only
from talanoa.website.request import Known, Request

IN_THE_FEED = 30


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_only
def searches(request: Known) -> HttpResponse:
    """The searches of which one is told; a POST saves another."""
    if request.method == "POST":
        words, slug, how = (request.POST.get(name, "").strip() for name in ("q", "community", "how"))
        if not words or how not in Saved.How.values:
            raise Http404
        community = reader(request, slug).community if slug else None
        try:
            with transaction.atomic():
                actions.save_search(words, community=community, how=how, by=request.person, at=request.at)
            by_mail = how != Saved.How.NO_MAIL
            messages.success(
                request, _("Saved. What is new for it comes to you by mail.") if by_mail else _("Saved. Give its link to your feed reader.")
            )
        except actions.TooMany as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect("/searches")
    return render(request, "website/search/searches.html", _told(request))


def _told(request: Known) -> dict[str, Any]:
    saved = lookups.saved_by(request.person)
    return {"searches": [(one, _address(one)) for one in saved]}


def _address(of: Saved) -> str:
    link = lookups.feed_link(of)
    return f"{settings.TALANOA.base_url.rstrip('/')}/searches/feed/{link}.atom" if link else ""


@require_POST
@signed_in_only
def end(request: Known, pk: int) -> HttpResponse:
    """Be told no more."""
    if not actions.end_search(pk, by=request.person):
        raise Http404
    messages.success(request, _("Ended. You are told no more of it."))
    return HttpResponseRedirect("/searches")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_by_link(request: Request, token: str) -> HttpResponse:
    """The link in every letter that ends its search (RFC 8058): the token is the only credential; looking changes nothing (A4)."""
    if not lookups.ends(token):
        raise Http404
    if request.method == "POST":
        actions.end_search_by_link(token)
    # Who holds the link may be anybody it was forwarded to: the page tells no words and no name.
    request.person = None
    return _unseen(render(request, "website/search/ended.html", {"done": request.method == "POST"}))


@require_POST
@signed_in_only
def link(request: Known, pk: int) -> HttpResponse:
    """Give a saved search another secret link, or take it back."""
    take = request.POST.get("take") == "1"
    if not (actions.take_feed if take else actions.give_feed)(pk, by=request.person):
        raise Http404
    taken, given = _("Taken back. The link leads nowhere any more."), _("Here is its link. An older one leads nowhere any more.")
    messages.success(request, taken if take else given)
    return HttpResponseRedirect("/searches")


@require_safe
def feed(request: Request, token: str) -> HttpResponse:
    """The latest of what a saved search finds, as Atom (RFC 4287), for whoever holds its secret link; what its owner may read now (P1)."""
    of = lookups.fed_by(token)
    if of is None:
        raise Http404
    base = settings.TALANOA.base_url.rstrip("/")
    facts = {"of": of, "rows": lookups.found_for(of, limit=IN_THE_FEED), "base": base, "address": _address(of)}
    return _unseen(render(request, "website/search/own_feed.xml", facts, content_type="application/atom+xml; charset=utf-8"))


def _unseen(answer: HttpResponse) -> HttpResponse:
    """Kept by nobody on the way, and told to no other site."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
