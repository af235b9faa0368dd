"""The old list goes on beside, until the day of the move."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from talanoa.migration import actions, lookups
from talanoa.website.places import facilitator
from talanoa.website.request import Known


@require_http_methods(["GET", "HEAD", "POST"])
def old_list(request: Known, slug: str) -> HttpResponse:
    """Begin to keep what comes through the old list; on the day, write to every member and let posting go live."""
    here = facilitator(request, slug)
    community = here.community
    old = lookups.beside(community)
    values = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("address", "list_id", "subject", "words")}
    wrong = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                if old is None:
                    actions.run_beside(community, values["address"], list_id=values["list_id"], by=request.person, at=request.at)
                    said = _("What comes through the old list is kept from now on.")
                else:
                    number = actions.cut_over(old, subject=values["subject"], words=values["words"], by=request.person, at=request.at)
                    said = ngettext(
                        "The community writes here from now on; %(num)d member is told.",
                        "The community writes here from now on; %(num)d members are told.",
                        number,
                    ) % {"num": number}
        except actions.CannotGoBeside as refusal:
            wrong = str(refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(f"/c/{slug}/move")
    facts = {
        "standing": here,
        "community": community,
        "old": old,
        "values": values,
        "wrong": {"words" if old else "address": wrong} if wrong else {},
        "members": lookups.told_of_the_move(community, request.at),
    }
    return render(request, "website/moving/old_list.html", facts, status=422 if wrong else 200)
