"""Hand in the file of an archive or of members: it is streamed to disk, and the worker carries it out."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talanoa.communities.lookups import Standing
from talanoa.moving import actions, enrolling, lookups
from talanoa.moving.models import Handed
from talanoa.website.places import facilitator
from talanoa.website.request import Known, Request

SAMPLES = 4


@require_POST
def hand_in(request: Known, slug: str, kind: str) -> HttpResponse:
    """A file from the page of the move."""
    here = facilitator(request, slug)
    if kind not in Handed.Kind.values:
        raise Http404
    file = request.FILES.get("file")
    if file is None or not file.size:
        messages.error(request, _("Choose a file first."))
        return HttpResponseRedirect(f"/c/{slug}/move")
    one = actions.hand_in(here.community, kind, file.name or "", file.chunks(), by=request.person, at=request.at)
    return HttpResponseRedirect(f"/c/{slug}/move/handed/{one.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def handed(request: Request, slug: str, pk: int) -> HttpResponse:
    """One file: what its columns mean, how far the worker has come, or what became of it."""
    here = facilitator(request, slug)
    one = lookups.handed(here.community).filter(pk=pk).first()
    if one is None:
        raise Http404
    if request.method == "POST" and request.POST.get("what") == "away" and one.state in (Handed.State.ASKING, Handed.State.REFUSED):
        actions.throw_away(one)
        messages.success(request, _("%(name)s is thrown away. What had come in from it stays.") % {"name": one.name})
        return HttpResponseRedirect(f"/c/{slug}/move")
    if one.state != Handed.State.ASKING:
        return render(request, "website/moving/handed.html", {"standing": here, "community": here.community, "one": one})
    return _columns(request, here, one)


def _columns(request: Request, here: Standing, one: Handed) -> HttpResponse:
    """What the columns of a list mean: guessed, looked at, confirmed."""
    facts: dict[str, object] = {"standing": here, "community": here.community, "one": one, "values": request.POST, "wrong": ""}
    try:
        sheet = enrolling.open_sheet(lookups.path_of(one))
    except enrolling.Unusable as refusal:
        return render(request, "website/moving/columns.html", facts | {"wrong": str(refusal), "sheet": None}, status=422)
    wrong = ""
    terms = actions.Terms(ask_first=True)
    if request.method == "POST":
        meant = [request.POST.get(f"column-{place}", "") for place in range(len(sheet.meant))]
        try:
            terms = _terms(request, one)
            sheet = enrolling.meant_by(sheet, ",".join(field or "-" for field in meant))
            if request.POST.get("what") == "confirm":
                actions.confirm_columns(one, sheet.meant, terms, at=request.at)
                return HttpResponseRedirect(f"/c/{here.community.slug}/move/handed/{one.pk}")
        except (enrolling.WrongColumns, _WrongTerms) as refusal:
            wrong = str(refusal)
            sheet = sheet._replace(meant=meant)
    outcome = None
    if not wrong and "address" in sheet.meant:
        outcome = enrolling.rehearse(here.community, sheet, terms)
    facts |= {
        "sheet": sheet,
        "wrong": wrong,
        "outcome": outcome,
        "samples": [[cell[:60] for cell in row] for row in sheet.body[:SAMPLES]],
        "fields": enrolling.FIELDS,
        "terms": terms,
    }
    return render(request, "website/moving/columns.html", facts, status=422 if wrong else 200)


class _WrongTerms(ValueError):
    pass


def _terms(request: Request, one: Handed) -> actions.Terms:
    wording = request.POST.get("wording", "").strip()[:2000] if request.POST.get("consent") == "agreed" else ""
    day = request.POST.get("given_on", "").strip()
    if request.POST.get("consent") == "agreed" and not wording:
        raise _WrongTerms(_("Write what they agreed to."))
    try:
        given_on = date.fromisoformat(day) if day else None
    except ValueError:
        raise _WrongTerms(_("Write the day as year-month-day, such as 2026-12-24.")) from None
    return actions.Terms(wording, given_on, one.name, ask_first=True)
