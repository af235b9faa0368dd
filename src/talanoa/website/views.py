"""Pages that belong to no room: home, faults in our own words, and what machines ask for."""

import sys

from django.db import OperationalError, connection
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from talanoa.communities.lookups import visible
from talanoa.moderation.lookups import waiting
from talanoa.website.assets import asset
from talanoa.website.request import Request
from talanoa.website.templating import keeps_a_desk


@require_safe
def home(request: Request) -> HttpResponse:
    """What this place is, and the communities that the person may know of; their own first."""
    communities = list(visible(request.person).order_by("name"))
    mine = set()
    if request.person:
        mine = set(
            request.person.memberships.filter(left_at=None, banned=False).values_list("community_id", flat=True)
        )
    return render(
        request,
        "website/home.html",
        {
            "mine": [community for community in communities if community.pk in mine],
            "others": [community for community in communities if community.pk not in mine],
            "waiting": waiting(request.person).count() if keeps_a_desk(request) else 0,
        },
    )


@require_safe
def health(_request: Request) -> HttpResponse:
    """For load balancers: 200 while pages can be answered."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse("the database does not answer\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def robots(_request: Request) -> HttpResponse:
    """Crawlers may read what everybody may; links in mail and forms are not for them."""
    closed = "".join(f"Disallow: /{path}\n" for path in ("decide/", "follow-up/", "leave/", "search", "sign-in", "static/"))
    return HttpResponse(f"User-agent: *\n{closed}", content_type="text/plain")


@require_safe
def favicon(_request: Request) -> HttpResponse:
    """For browsers that ask at the old address."""
    return HttpResponseRedirect(asset("mark.svg"))


def not_found(request: Request, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  # Django names it
    """What is not here and what is not for this person look alike, to the byte (P2)."""
    return render(request, "website/not_found.html", status=404)


def stale_form(request: Request, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django names it
    """The form's token is missing or old."""
    return render(request, "website/stale_form.html", status=403)


def not_understood(request: Request, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  # Django names it
    """The request itself is broken."""
    return render(request, "website/not_understood.html", status=400)


def fault(request: Request) -> HttpResponse:
    """Something of ours failed. Asks nothing of the database, which may be what failed."""
    request.person = None
    if isinstance(sys.exc_info()[1], OperationalError):
        busy = render(request, "website/fault.html", {"busy": True}, status=503)
        busy.headers["Retry-After"] = "30"
        return busy
    return render(request, "website/fault.html", {"busy": False}, status=500)
