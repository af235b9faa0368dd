"""Queries to read and to ask."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.conversations import actions as conversations
from talanoa.queries import actions, lookups
from talanoa.queries.models import Customs
from talanoa.replies import editions
from talanoa.website.places import facilitator, page_number, reader, writer
from talanoa.website.request import Known, Request

ROWS = 50
LONGEST = 20_000  # characters; a query of one page is long


@require_safe
def listing(request: Request, slug: str) -> HttpResponse:
    """The queries of a community: open ones first, then the answered; and one's own that are not out yet."""
    here = reader(request, slug)
    number = page_number(request)
    begin = (number - 1) * ROWS
    rows = list(lookups.queries(here)[begin : begin + ROWS + 1])
    if not rows and number > 1:
        raise Http404
    mine = lookups.own_queries(request.person).filter(community=here.community, number=None) if request.person else []
    facts = {"standing": here, "community": here.community, "rows": rows[:ROWS], "more": len(rows) > ROWS, "number": number, "mine": mine}
    return render(request, "website/queries/listing.html", facts)


@require_safe
def query(request: Request, slug: str, number: int) -> HttpResponse:
    """One query with its responses."""
    here = reader(request, slug)
    found = lookups.query(here, number)
    if found is None:
        raise Http404
    facts = {
        "standing": here,
        "community": here.community,
        "query": found,
        "responses": lookups.responses(found),
        "answered": editions.edition(here, number) is not None,
        "corrections": found.changes.filter(what="corrected").order_by("at"),
    }
    return render(request, "website/queries/query.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Known, slug: str) -> HttpResponse:
    """Ask the community. What was asked before is shown first; a second click asks all the same."""
    here = writer(request, slug)
    subject = " ".join(request.POST.get("subject", "").split())
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    wrong: dict[str, str] = {}
    near: list[object] = []
    if request.method == "POST":
        if not subject:
            wrong["subject"] = _("Say in a line what you want to know.")
        if not text:
            wrong["text"] = _("Write what you want to know, and what for.")
        elif len(text) > LONGEST:
            wrong["text"] = _("This is very long. Members answer short queries; tell the rest when somebody asks.")
        if not wrong and "anyway" not in request.POST:
            near = list(lookups.nearest(request.person, here.community, f"{subject}\n{text}"))
        if not wrong and not near:
            local, _at, domain = here.community.address.partition("@")
            try:
                with transaction.atomic():
                    conversations.write(
                        here.community, request.person, subject=subject, text=text, to=f"{local}-query@{domain}", at=request.at
                    )
            except conversations.CannotWrite as refused:
                wrong["text"] = str(refused)
            else:
                messages.success(
                    request, _("Your query is on its way to the facilitator. A receipt comes by e-mail; then perhaps a proposed wording.")
                )
                return HttpResponseRedirect(f"/c/{slug}/queries")
    facts = {"standing": here, "community": here.community, "subject": subject, "text": text, "wrong": wrong, "near": near}
    return render(request, "website/queries/ask.html", facts, status=422 if wrong else 200)


class CustomsForm(forms.Form):
    """How queries are run in a community."""

    window_days = forms.IntegerField(min_value=1, max_value=90)
    reply_days = forms.IntegerField(min_value=1, max_value=180)
    silence_hours = forms.IntegerField(min_value=1, max_value=240)
    open_advised = forms.IntegerField(min_value=1, max_value=20)
    helped_days = forms.IntegerField(min_value=1, max_value=90)
    story_days = forms.IntegerField(min_value=1, max_value=730)
    licence = forms.CharField(required=False, max_length=2000)
    disclaimer = forms.CharField(required=False, max_length=5000)


@require_http_methods(["GET", "HEAD", "POST"])
def customs(request: Known, slug: str) -> HttpResponse:
    """The clocks of a community's queries, and what stands at the end of its Consolidated Replies."""
    here = facilitator(request, slug)
    kept = lookups.customs(here.community)
    form = CustomsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.keep_customs(here.community, by=request.person, at=request.at, **form.cleaned_data)
        messages.success(request, _("Saved. Queries that are out keep their clocks."))
        return HttpResponseRedirect(f"/c/{slug}/queries/customs")
    values = request.POST if request.method == "POST" else {name: str(getattr(kept, name)) for name in CustomsForm.base_fields}
    wrong = {name: str(those[0]) for name, those in form.errors.items()} if request.method == "POST" else {}
    facts = {"standing": here, "community": here.community, "values": values, "wrong": wrong, "usual": Customs()}
    return render(request, "website/queries/customs.html", facts, status=422 if wrong else 200)
