"""The letters to those who moved in, worded by the facilitator, shown before they are sent."""

from datetime import UTC, date, datetime, time, timedelta

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import clock
from talanoa.communities.models import Community
from talanoa.moving import actions, lookups
from talanoa.moving.models import Mailing
from talanoa.website.places import facilitator
from talanoa.website.request import Known

KINDS = {"ask": Mailing.Kind.CONSENT, "welcome": Mailing.Kind.WELCOME}
WINDOW = timedelta(days=14)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Known, slug: str, kind: str) -> HttpResponse:
    """Word a letter, look at it, send it: nothing goes out before the second button."""
    here = facilitator(request, slug)
    if kind not in KINDS:
        raise Http404
    community = here.community
    asks = KINDS[kind] == Mailing.Kind.CONSENT
    before = lookups.latest(community, KINDS[kind])
    words = request.POST.get("words", before.words if before else "").replace("\r\n", "\n")
    day = request.POST.get("until", (request.at + WINDOW).astimezone(clock(community)).date().isoformat())
    mailed = request.POST.get("mailed") == "yes"
    wrong, preview = "", None
    try:
        until = _until(day, community, request.at) if asks else request.at
        if request.method == "POST":
            if request.POST.get("what") == "send":
                return _send(request, community, kind, words, until, mailed=mailed)
            if asks:
                preview = lookups.letter_that_asks(community, words=words, until=until, mailed=mailed, by=request.person)
            else:
                preview = lookups.letter_of_welcome(community, words=words, by=request.person)
    except actions.NotYet as refusal:
        wrong = str(refusal)
    goes_to = lookups.to_be_asked(community) if asks else lookups.to_be_welcomed(community)
    facts = {
        "standing": here,
        "community": community,
        "kind": kind,
        "asks": asks,
        "values": {"words": words, "until": day, "mailed": "yes" if mailed else "no"},
        "wrong": {"until": wrong} if wrong else {},
        "preview": preview,
        "count": goes_to.count(),
    }
    return render(request, "website/moving/letter.html", facts, status=422 if wrong else 200)


def _until(day: str, community: Community, at: datetime) -> datetime:
    """The end of a day where the community is."""
    try:
        until = datetime.combine(date.fromisoformat(day), time(23, 59), clock(community)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise actions.NotYet(_("Write the day as year-month-day, such as 2026-12-24.")) from None
    if until <= at:
        raise actions.NotYet(_("Choose a day that is still to come."))
    return until


def _send(request: Known, community: Community, kind: str, words: str, until: datetime, *, mailed: bool) -> HttpResponse:
    with transaction.atomic():
        if KINDS[kind] == Mailing.Kind.CONSENT:
            actions.ask_for_consent(community, words=words, until=until, mailed=mailed, by=request.person, at=request.at)
        else:
            actions.welcome_all(community, words=words, by=request.person, at=request.at)
    messages.success(request, _("The letters leave within some minutes, one to each."))
    return HttpResponseRedirect(f"/c/{community.slug}/move")
