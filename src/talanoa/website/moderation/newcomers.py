"""The desk for newcomers: who asks to join, and the facilitator's answer."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities import actions, lookups
from talanoa.communities.joining import actions as joining
from talanoa.communities.models import Application
from talanoa.people.lookups import own_addresses
from talanoa.website.places import signed_in_only
from talanoa.website.request import Known, Request
from talanoa.website.templating import keeps_a_desk

ROWS = 100


@require_safe
@signed_in_only
def newcomers(request: Known) -> HttpResponse:
    """Who waits to be welcomed by this facilitator, the oldest first."""
    if not keeps_a_desk(request):
        raise Http404
    rows = list(lookups.applications(request.person)[: ROWS + 1])
    return render(request, "website/moderation/newcomers.html", {"rows": rows[:ROWS], "more": len(rows) > ROWS})


@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: Request, pk: int) -> HttpResponse:
    """One newcomer: what they wrote of themselves, and welcome or decline with words."""
    found = lookups.may_decide_on(request.person, pk)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _show(request, found)
    words = request.POST.get("words", "").replace("\r\n", "\n").strip()
    try:
        match request.POST.get("decision"):
            case "welcome":
                joining.welcome(found, by=request.person, words=words, at=request.at)
                said = _("%(name)s is a member now and is welcomed by a letter.") % {"name": found.person}
            case "decline" if words:
                with transaction.atomic():
                    joining.decline(found, by=request.person, reason=words, at=request.at)
                said = _("%(name)s reads your reason.") % {"name": found.person}
            case "decline":
                return _show(request, found, status=422, wrong=_("Write a reason; they will read it."))
            case "silence":
                joining.decline(found, by=request.person, reason="", at=request.at)
                said = _("%(name)s is told nothing.") % {"name": found.person}
            case _:
                return _show(request, found, status=422)
    except joining.DecidedBefore as late:
        # Of two who decide at once one wins; the other learns who (O8).
        return _show(request, late.application, status=409, lost=str(late))
    except actions.CannotJoin as refusal:
        return _show(request, found, status=422, lost=str(refusal))
    messages.success(request, said)
    return HttpResponseRedirect("/moderation/newcomers")


def _show(request: Request, one: Application, *, status: int = 200, wrong: str = "", lost: str = "") -> HttpResponse:
    facts = {"one": one, "addresses": own_addresses(one.person), "wrong": wrong, "lost": lost, "words": request.POST.get("words", "")}
    return render(request, "website/moderation/newcomer.html", facts, status=status)
