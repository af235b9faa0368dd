"""A community: its home, its members, how its mail reaches you, and the facilitator's settings."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talanoa.communities import actions, lookups
from talanoa.communities.models import Membership
from talanoa.conversations.lookups import conversations, wrote_here
from talanoa.moderation.lookups import waiting
from talanoa.people.lookups import mergings, own_addresses, own_silent_addresses
from talanoa.website.conversations.letters import masked
from talanoa.website.places import member, page_number, place
from talanoa.website.request import Known, Request

LATEST = 8
ROWS = 60

form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: Request, slug: str) -> HttpResponse:
    """What a community is, what was said lately, and how to take part by mail."""
    here = place(request, slug)
    local, _at, domain = here.community.address.partition("@")
    facts = {
        "standing": here,
        "community": here.community,
        "masked": masked if request.person is None else str,
        "latest": conversations(here, most=LATEST),
        "facilitators": list(lookups.facilitators(here.community)),
        "subgroups": list(lookups.visible(request.person).filter(parent=here.community).order_by("name")),
        "size": lookups.members(here.community).count() if here.meets else 0,
        "waiting": waiting(request.person).filter(community=here.community).count() if here.facilitates else 0,
        "join_address": f"{local}-join@{domain}",
        "owner_address": f"{local}-owner@{domain}",
    }
    return render(request, "website/communities/home.html", facts)


@require_safe
def directory(request: Request, slug: str) -> HttpResponse:
    """Who the members are, for one another."""
    here = place(request, slug)
    if not here.meets:
        raise Http404
    found = lookups.members(here.community)
    words = request.GET.get("q", "").strip()[:100]
    if words:
        found = lookups.named(found, words)
    number = page_number(request)
    begin = (number - 1) * ROWS
    rows = list(found[begin : begin + ROWS + 1])
    if not rows and number > 1:
        raise Http404
    facts = {
        "standing": here,
        "community": here.community,
        "rows": rows[:ROWS],
        "more": len(rows) > ROWS,
        "number": number,
        "words": words,
        "size": lookups.members(here.community).count(),
        "banned": lookups.banned(here),
    }
    return render(request, "website/communities/directory.html", facts)


@require_safe
def profile(request: Request, slug: str, pk: int) -> HttpResponse:
    """One person as the others see them; of somebody who has left, what stands beside their letters."""
    here = place(request, slug)
    if not here.meets:
        raise Http404
    membership = lookups.member_of(here, pk)
    letters = wrote_here(here, pk)
    person = membership.person if membership else letters[0].author if letters else None
    if person is None:
        raise Http404
    facts = {
        "standing": here,
        "community": here.community,
        "one": person,
        "membership": membership,
        "letters": letters,
        "roles": sorted(lookups.roles(person, here.community)),
        # Addresses are for whoever runs the community, not for one another (P9).
        "may_be_banned": membership is not None and not lookups.standing(person, here.community).facilitates,
        "addresses": own_addresses(person) if here.facilitates and membership else [],
        "mergings": mergings(person) if here.facilitates and membership else [],
    }
    return render(request, "website/communities/profile.html", facts)


@form
def delivery(request: Request, slug: str) -> HttpResponse:
    """How the mail of this community reaches you."""
    here = place(request, slug)
    membership = here.membership
    if membership is None or not here.member:
        raise Http404
    wrong: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        choices, wrong = _choices(request)
        if not wrong:
            with transaction.atomic():
                actions.choose_delivery(membership, at=request.at, **choices)
            messages.success(request, _("Saved. It holds from the next message on."))
            return HttpResponseRedirect(f"/c/{slug}/delivery")
        status = 422
    facts = {
        "standing": here,
        "community": here.community,
        "membership": membership,
        "wrong": wrong,
        "silent": own_silent_addresses(membership.person),
    }
    return render(request, "website/communities/delivery.html", facts, status=status)


def _choices(request: Request) -> tuple[dict[str, object], dict[str, str]]:
    wrong = {}
    how = request.POST.get("delivery", "")
    if how not in Membership.Delivery.values:
        wrong["delivery"] = _("Choose one of these.")
    days: dict[str, date | None] = {}
    for name in ("suspended_from", "suspended_until"):
        text = request.POST.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            wrong["suspended"] = _("Write the day as year-month-day, such as 2026-12-24.")
    hour = request.POST.get("digest_hour", "7")
    if hour not in map(str, range(24)):
        wrong["digest_hour"] = _("Write an hour from 0 to 23.")
    since, until = days.get("suspended_from"), days.get("suspended_until")
    if since and until and until < since:
        wrong["suspended"] = _("The pause would end before it begins.")
    return {
        "delivery": how,
        "html": request.POST.get("form") != "text",
        "attachments_as_links": "attachments_as_links" in request.POST,
        "digest_hour": int(hour) if "digest_hour" not in wrong else 7,
        **days,
    }, wrong


@require_POST
def leave(request: Known, slug: str) -> HttpResponse:
    """End one's own membership."""
    here = member(request, slug)
    with transaction.atomic():
        actions.leave(here.community, request.person, at=request.at)
    messages.success(request, _("You have left %(community)s. No more of its mail comes to you.") % {"community": here.community})
    return HttpResponseRedirect("/")
