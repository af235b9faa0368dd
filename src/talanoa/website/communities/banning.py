"""Ban a member, and lift it: the facilitator's last resort, with a page that says what it does."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities import actions, lookups
from talanoa.website.places import facilitator
from talanoa.website.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def ban(request: Request, slug: str, pk: int) -> HttpResponse:
    """One member, to be banned, or let in again who was; never oneself, and no other facilitator."""
    here = facilitator(request, slug)
    banned = lookups.banned(here).filter(person=pk).first()
    membership = banned or lookups.member_of(here, pk)
    if membership is None or lookups.standing(membership.person, here.community).facilitates:
        raise Http404
    if request.method == "POST":
        # The button says which it is, so that a page left open does not do the opposite.
        with transaction.atomic():
            if request.POST.get("what") == "ban" and not banned:
                actions.ban(membership, at=request.at)
                messages.success(request, _("%(name)s is banned.") % {"name": membership.person})
            elif request.POST.get("what") == "lift" and banned:
                actions.lift_ban(membership, at=request.at)
                messages.success(request, _("%(name)s takes part again.") % {"name": membership.person})
        return HttpResponseRedirect(f"/c/{slug}/members/{pk}/ban")
    facts = {"standing": here, "community": here.community, "one": membership.person, "banned": banned is not None}
    return render(request, "website/communities/ban.html", facts)
