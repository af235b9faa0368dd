"""Who may be one person, and who was asked and is silent."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import Standing
from talanoa.moving import actions, lookups
from talanoa.moving.models import Mailing
from talanoa.people import actions as people
from talanoa.people.lookups import own_addresses
from talanoa.people.models import Person
from talanoa.website.places import facilitator
from talanoa.website.request import Known

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def alike(request: Known, slug: str) -> HttpResponse:
    """Pairs of members who may be one person; a person decides."""
    here = facilitator(request, slug)
    pairs = lookups.alike(here.community)
    wrong = ""
    if request.method == "POST":
        # Only what is proposed here: a form cannot name persons of elsewhere.
        chosen = next((one for one in pairs if f"{one.one.pk}-{one.other.pk}" == request.POST.get("pair")), None)
        if chosen is None:
            messages.info(request, _("Somebody has decided on these two already."))
            return HttpResponseRedirect(f"/c/{slug}/move/alike")
        try:
            with transaction.atomic():
                messages.success(request, _decide(request, chosen.one, chosen.other))
            return HttpResponseRedirect(f"/c/{slug}/move/alike")
        except people.CannotMerge as refusal:
            wrong = str(refusal)
    shown = [(one, own_addresses(one.one), own_addresses(one.other)) for one in pairs[:SHOWN]]
    facts = {"standing": here, "community": here.community, "pairs": shown, "more": len(pairs) - SHOWN, "wrong": wrong}
    return render(request, "website/moving/alike.html", facts, status=422 if wrong else 200)


def _decide(request: Known, one: Person, other: Person) -> str:
    if request.POST.get("what") == "two":
        people.tell_apart(one, other, by=request.person, at=request.at)
        return _("%(one)s and %(other)s stay two.") % {"one": one, "other": other}
    kept, goes = (other, one) if request.POST.get("what") == "other" else (one, other)
    actions.merge(kept, goes, by=request.person, at=request.at)
    return _("They are one person now: %(name)s.") % {"name": kept}


@require_http_methods(["GET", "HEAD", "POST"])
def silent(request: Known, slug: str) -> HttpResponse:
    """Who was asked and has not answered: write down what they said otherwise, or let them go."""
    here = facilitator(request, slug)
    those = lookups.silent(here.community)
    wrong = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                messages.success(request, _act(request, here))
            return HttpResponseRedirect(f"/c/{slug}/move/silent" if lookups.silent(here.community).exists() else f"/c/{slug}/move")
        except actions.NotYet as refusal:
            wrong = str(refusal)
    asked = lookups.latest(here.community, Mailing.Kind.CONSENT)
    shown = [(one, own_addresses(one.person)) for one in those[:SHOWN]]
    facts = {
        "standing": here,
        "community": here.community,
        "asked": asked,
        "over": asked is not None and asked.until is not None and asked.until <= request.at,
        "shown": shown,
        "count": those.count(),
        "wrong": wrong,
    }
    return render(request, "website/moving/silent.html", facts, status=422 if wrong else 200)


def _act(request: Known, here: Standing) -> str:
    those = lookups.silent(here.community)
    asked = lookups.latest(here.community, Mailing.Kind.CONSENT)
    match request.POST.get("what"):
        case "agreed":
            one = those.filter(pk=request.POST.get("member", "0") if request.POST.get("member", "").isdigit() else 0).first()
            if one is None:
                return _("This person has answered meanwhile.")
            actions.note_consent(one, how=request.POST.get("how", ""), by=request.person, at=request.at)
            return _("%(name)s is a member who agreed.") % {"name": one.person}
        case "go":
            if asked is None or asked.until is None or asked.until > request.at:
                raise actions.NotYet(_("Their day has not come yet."))
            gone = actions.let_go(those, at=request.at)
            actions.end_mailing(asked, at=request.at)
            return ngettext("%(num)d membership has ended.", "%(num)d memberships have ended.", gone) % {"num": gone}
        case _:
            if asked:
                actions.end_mailing(asked, at=request.at)
            return _("They stay, and nothing that goes to many is sent to them.")
