"""Where a page stands: the community in its address, and what the person who asks is there."""

from django.http import Http404, HttpRequest
from django.utils import timezone

from talanoa.communities.lookups import Standing, standing
from talanoa.communities.models import Community
from talanoa.people.models import Person
from talanoa.website.middleware import zone


class SignInFirst(Exception):
    """The page is for people who are signed in, whoever they are."""


def me(request: HttpRequest) -> Person:
    """Who asks; nobody in particular is shown the way to the sign-in."""
    if request.person is None:
        raise SignInFirst
    return request.person


def place(request: HttpRequest, slug: str) -> Standing:
    """The standing of the person who asks in a community that they may know of; otherwise there is no such page (P2)."""
    community = Community.objects.select_related("parent").filter(slug=slug).first()
    if community is None:
        raise Http404
    here = standing(request.person, community)
    if not here.sees:
        raise Http404
    if request.person is None:
        timezone.activate(zone(community.timezone))
    return here


def reader(request: HttpRequest, slug: str) -> Standing:
    """As `place`, for pages that show what was said."""
    here = place(request, slug)
    if not here.reads:
        raise Http404
    return here


def member(request: HttpRequest, slug: str) -> Standing:
    """As `place`, for members."""
    here = place(request, slug)
    if not here.member:
        raise Http404
    return here


def facilitator(request: HttpRequest, slug: str) -> Standing:
    """As `place`, for who keeps the desk of this community."""
    here = place(request, slug)
    if not here.facilitates:
        raise Http404
    return here
