"""Take a post from the pages: the facilitator's page, with a reason."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.conversations import actions, lookups
from talanoa.website.places import facilitator
from talanoa.website.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: Request, slug: str, key: str) -> HttpResponse:
    """One message, to be withdrawn with a reason that its author reads."""
    here = facilitator(request, slug)
    post = lookups.post(here, key)
    if post is None:
        raise Http404
    wrong = ""
    if request.method == "POST":
        because = request.POST.get("reason", "").replace("\r\n", "\n").strip()
        if because:
            with transaction.atomic():
                actions.withdraw(post, by=request.person, because=because, at=request.at)
            messages.success(request, _("It is taken from the pages, and copies that wait are stopped."))
            return HttpResponseRedirect(f"/c/{slug}/conversations")
        wrong = _("Write a reason; the author will read it.")
    facts = {"standing": here, "community": here.community, "post": post, "wrong": wrong}
    return render(request, "website/conversations/withdraw.html", facts, status=422 if wrong else 200)
