"""Saved searches: seen, saved and ended."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talanoa.search import actions, lookups
from talanoa.search.models import Saved
from talanoa.website.places import reader, signed_in_only
from talanoa.website.request import Known


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_only
def searches(request: Known) -> HttpResponse:
    """The searches of which one is told; a POST saves another."""
    if request.method == "POST":
        words, slug, how = (request.POST.get(name, "").strip() for name in ("q", "community", "how"))
        if not words or how not in Saved.How.values:
            raise Http404
        community = reader(request, slug).community if slug else None
        try:
            with transaction.atomic():
                actions.save_search(words, community=community, how=how, by=request.person, at=request.at)
            messages.success(request, _("Saved. What is new for it comes to you by mail."))
        except actions.TooMany as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect("/searches")
    return render(request, "website/search/searches.html", {"searches": lookups.saved_by(request.person)})


@require_POST
@signed_in_only
def end(request: Known, pk: int) -> HttpResponse:
    """Be told no more."""
    if not actions.end_search(pk, by=request.person):
        raise Http404
    messages.success(request, _("Ended. No more mail comes of it."))
    return HttpResponseRedirect("/searches")
