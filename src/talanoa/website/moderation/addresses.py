"""Addresses of members from which mail comes back, for the facilitators."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from talanoa.communities.lookups import addresses_of_members
from talanoa.people import actions
from talanoa.people.lookups import troubles
from talanoa.people.models import Address
from talanoa.website.places import signed_in_only
from talanoa.website.request import Known
from talanoa.website.templating import keeps_a_desk

ROWS = 200

# Words for the reasons of the reading room that speak against an address; all others speak of the message.
REASONS = {
    "user-unknown": gettext_lazy("nobody has this address"),
    "host-unknown": gettext_lazy("its domain is not there"),
    "no-mail-here": gettext_lazy("its domain takes no mail"),
    "moved": gettext_lazy("the person has moved"),
    "mailbox-full": gettext_lazy("the mailbox is full"),
    "suspended": gettext_lazy("the account is closed or not in use"),
    "expired": gettext_lazy("it could not be reached for days"),
    "unknown": gettext_lazy("no reason was given"),
}
OTHERWISE = gettext_lazy("the message was not wanted there; the address itself works")


@require_safe
@signed_in_only
def listing(request: Known) -> HttpResponse:
    """The addresses that do not answer, and those from which something came back lately."""
    if not keeps_a_desk(request):
        raise Http404
    rows = troubles(addresses_of_members(request.person), request.at)
    facts = {"rows": rows[:ROWS], "more": len(rows) > ROWS, "reasons": REASONS, "otherwise": OTHERWISE}
    return render(request, "website/moderation/addresses.html", facts)


def _address(request: Known, pk: int) -> Address:
    found = addresses_of_members(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_POST
@signed_in_only
def try_again(request: Known, pk: int) -> HttpResponse:
    """Send a letter that tries the address."""
    with transaction.atomic():
        sent = actions.try_again(_address(request, pk), at=request.at)
    messages.success(
        request,
        _("A letter tries the address. If it does not come back within three days, the mail goes on.")
        if sent
        else _("A letter is trying the address already."),
    )
    return HttpResponseRedirect("/moderation/addresses")


@require_POST
@signed_in_only
def resume(request: Known, pk: int) -> HttpResponse:
    """Send to the address again, because the facilitator knows that it works."""
    address = _address(request, pk)
    with transaction.atomic():
        actions.resume(address, at=request.at)
    messages.success(request, _("Mail goes to %(address)s again.") % {"address": address})
    return HttpResponseRedirect("/moderation/addresses")
