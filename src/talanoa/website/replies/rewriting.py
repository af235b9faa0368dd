"""Where a facilitator sees what would be sent to a language model, agrees to it, and gets a section worded anew."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import standing
from talanoa.queries import actions as queries
from talanoa.replies import actions, lookups
from talanoa.website.replies import model
from talanoa.website.request import Known


@require_http_methods(["GET", "HEAD", "POST"])
def rewrite(request: Known, pk: int, key: str) -> HttpResponse:
    """Show all that would be sent; with the facilitator's consent, send it and keep what holds."""
    found = lookups.workplace(request.person, pk)
    section = lookups.section(found[1], key) if found and found[1] else None
    if not model.offered() or found is None or section is None:
        raise Http404
    query = found[0]
    asked, wrong = lookups.for_a_model(section), ""
    if request.method == "POST":
        with transaction.atomic():
            queries.note_consent(query, to=settings.TALANOA.model_name, by=request.person, at=request.at)
        try:
            # Between two transactions: a service may take a minute, and nothing is held for it meanwhile.
            answer = model.ask(asked)
            struck = actions.reword(section, answer, by=request.person, at=request.at)
        except (model.NoAnswer, actions.Wanting) as refusal:
            wrong = str(refusal)
        else:
            told = _("Worded anew; how it was before stays among its versions.")
            if struck:
                told += " " + ngettext(
                    "%(num)d sentence was struck, because what it cites does not say it.",
                    "%(num)d sentences were struck, because what they cite does not say it.",
                    struck,
                ) % {"num": struck}
            messages.success(request, told)
            return HttpResponseRedirect(f"/queries/{pk}/reply#{key}")
    facts = {
        "query": query,
        "community": query.community,
        "standing": standing(request.person, query.community),
        "heading": lookups.heading(key),
        "asked": asked,
        "service": settings.TALANOA.model_url,
        "name": settings.TALANOA.model_name,
        "wrong": wrong,
    }
    return render(request, "website/replies/rewriting.html", facts, status=502 if wrong else 200)
