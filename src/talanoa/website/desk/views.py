"""The facilitator's first page."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talanoa.communities.lookups import addresses_of_members
from talanoa.desk import actions, lookups
from talanoa.website.places import signed_in_only
from talanoa.website.request import Known
from talanoa.website.templating import keeps_a_desk


@require_safe
@signed_in_only
def desk(request: Known) -> HttpResponse:
    """What wants attention today, in order, each with its next action at hand."""
    if not keeps_a_desk(request):
        raise Http404
    wants = lookups.wants(request.person, request.at)
    facts = {
        "wants": wants,
        "late": sum(one.by < request.at for one in wants),
        "mornings": lookups.wants_mornings(request.person),
        "silent": addresses_of_members(request.person).filter(unreachable_since__isnull=False).count(),
    }
    return render(request, "website/desk/desk.html", facts)


@require_POST
@signed_in_only
def mornings(request: Known) -> HttpResponse:
    """Send the desk by mail each working morning, or do so no more."""
    if not keeps_a_desk(request):
        raise Http404
    wanted = request.POST.get("wanted") == "yes"
    actions.send_mornings(request.person, wanted=wanted)
    messages.success(request, _("It comes each working morning.") if wanted else _("It comes no more."))
    return HttpResponseRedirect("/desk")
