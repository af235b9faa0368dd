"""The link of the letter that asks who moved in whether they agree.

Mail scanners follow links: looking changes nothing and uses nothing, only the buttons do (A3).
"""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.moving import actions, lookups
from talanoa.people.actions import TicketRefused
from talanoa.people.lookups import issued
from talanoa.people.models import Ticket
from talanoa.website.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: Request, token: str) -> HttpResponse:
    """Stay a member, or leave, for the one to whom the letter went."""
    # The ticket is the only credential: whoever is signed in here, the page is of the one to whom the letter went.
    request.person = None
    ticket = issued(token, Ticket.Purpose.CONSENT)
    if ticket is None:
        raise Http404
    member = lookups.asked_about(ticket.about or 0)
    facts: dict[str, object] = {"member": member, "question": lookups.question(member) if member else "", "done": None, "late": ""}
    status = 200
    if member is None or ticket.used_at or ticket.expires_at <= request.at:
        facts["late"] = _("This letter was answered, or is too old.")
        status = 410
    elif request.method == "POST" and request.POST.get("answer") in ("yes", "no"):
        yes = request.POST["answer"] == "yes"
        try:
            with transaction.atomic():
                actions.answer_consent(member, yes=yes, token=token, how="the link in our letter", at=request.at)
            facts["done"] = yes
        except TicketRefused as late:
            facts["late"], status = str(late), 410
    answer = render(request, "website/moving/agree.html", facts, status=status)
    # As for the link that signs in: the token must not stand in the Referer of the next request.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
