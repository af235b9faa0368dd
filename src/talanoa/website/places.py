"""Where a page stands: the community in its address, and what the person who asks is there."""

import functools
from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from talanoa.communities.lookups import Standing, by_slug, standing
from talanoa.website.middleware import zone
from talanoa.website.request import Request

View = Callable[..., HttpResponse]


def signed_in_only(view: View) -> View:
    """For pages about the person who asks; anybody else is shown the way to the sign-in, whatever the page."""

    @functools.wraps(view)
    def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponse:
        if request.person is None:
            return HttpResponseRedirect("/sign-in")
        return view(request, *args, **kwargs)

    return guarded


def place(request: Request, slug: str) -> Standing:
    """The standing of the person who asks in a community that they may know of; otherwise there is no such page (P2)."""
    community = by_slug(slug)
    if community is None:
        raise Http404
    here = standing(request.person, community)
    if not here.sees:
        raise Http404
    if request.person is None:
        timezone.activate(zone(community.timezone))
    return here


def reader(request: Request, slug: str) -> Standing:
    """As `place`, for pages that show what was said."""
    here = place(request, slug)
    if not here.reads:
        raise Http404
    return here


def member(request: Request, slug: str) -> Standing:
    """As `place`, for members."""
    here = place(request, slug)
    if not here.member:
        raise Http404
    return here


def facilitator(request: Request, slug: str) -> Standing:
    """As `place`, for who keeps the desk of this community."""
    here = place(request, slug)
    if not here.facilitates:
        raise Http404
    return here


def writer(request: Request, slug: str) -> Standing:
    """As `place`, for who may take part in what is said: members, facilitators, the secretariat."""
    here = place(request, slug)
    if not here.meets:
        raise Http404
    return here


def page_number(request: Request) -> int:
    """The page asked for, from 1; what is no number is the first page."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:9]) < 10_000_000 else 1
