"""The matrix of comments, and the life of a draft."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities.lookups import facilitators
from talanoa.consultations import actions, lookups, telling
from talanoa.consultations.models import Comment, Consultation
from talanoa.people.models import Person
from talanoa.website.consultations.views import found
from talanoa.website.places import page_number, reader
from talanoa.website.request import Known, Request

ROWS = 100
UNSEEN = ("prepared", "uploaded")  # what happens before anybody is told


@require_http_methods(["GET", "HEAD", "POST"])
def matrix(request: Known, slug: str, number: int) -> HttpResponse:
    """All comments that somebody may read, in the order of the passages; who works on it answers many at once."""
    here = reader(request, slug)
    of = found(here, number)
    works = lookups.may_work_on(request.person, of)
    wrong = ""
    if request.method == "POST":
        if not works:
            raise Http404
        try:
            messages.success(request, _worked(request, of))
        except (actions.Wanting, actions.NotNow, actions.NotYours) as refusal:
            wrong = str(refusal)
        else:
            return HttpResponseRedirect(request.get_full_path())
    asked = {name: request.GET.get(name, "") for name in ("state", "owner", "on", "alike", "reaction", "unanswered", "unowned")}
    page = page_number(request)
    made = lookups.matrix(
        request.person,
        of,
        state=asked["state"],
        owner=_number(asked["owner"]),
        label=asked["on"].strip(),
        group=_number(asked["alike"]),
        reaction=asked["reaction"],
        unanswered=bool(asked["unanswered"]),
        unowned=bool(asked["unowned"]),
        begin=(page - 1) * ROWS,
        limit=ROWS,
    )
    facts = {
        "standing": here,
        "community": here.community,
        "consultation": of,
        "matrix": made,
        "asked": asked,
        "page": page,
        "pages": max(1, -(-made.total // ROWS)),
        "works": works,
        "workers": _workers(of) if works else [],
        "wrong": wrong,
        "typed": request.POST,
        "now": request.at.isoformat(),
        "states": telling.STATES,
        "reactions": telling.REACTIONS,
        "became": telling.BECAME,
    }
    return render(request, "website/consultations/matrix.html", facts, status=422 if wrong else 200)


def _workers(of: Consultation) -> list[Person]:
    return list({one.pk: one for one in (*facilitators(of.community), *of.authors.all())}.values())


def _worked(request: Known, of: Consultation) -> str:
    numbers = [_number(one) for one in request.POST.getlist("comment")]
    those = list(lookups.comments(request.person, of).filter(number__in=numbers))
    if not those:
        raise actions.Wanting(_("Choose the comments first."))
    if request.POST.get("act") == "assign":
        owner = next((one for one in _workers(of) if one.pk == _number(request.POST.get("owner", ""))), None)
        actions.assign(those, owner=owner, by=request.person, at=request.at)
        return _("Noted.")
    state = request.POST.get("state", "")
    if state not in Comment.State.values:
        raise actions.Wanting(_("Choose what becomes of them."))
    words = request.POST.get("answer", "").replace("\r\n", "\n")
    actions.answer(those, state=state, words=words, by=request.person, at=request.at, seen=_moment(request.POST.get("seen", "")))
    return _("Answered: %(numbers)s.") % {"numbers": ", ".join(f"#{one.number}" for one in those)}


def _moment(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_safe
def life(request: Request, slug: str, number: int) -> HttpResponse:
    """The life of a draft: what happened when, its versions, and what each changed, in words."""
    here = reader(request, slug)
    of = found(here, number)
    versions = list(of.versions.filter(published_at__isnull=False).order_by("number").select_related("by"))
    shown = _number(request.GET.get("version", "")) or (versions[-1].number if versions else 0)
    new = next((one for one in versions if one.number == shown), None)
    if new is None:
        raise Http404
    before = next((one for one in versions if one.number == shown - 1), None)
    changes, gone = telling.changes(lookups.passages(before), lookups.passages(new)) if before else ([], [])
    facts = {
        "standing": here,
        "community": here.community,
        "consultation": of,
        "versions": versions,
        "shown": new,
        "before": before,
        "changes": changes,
        "gone": gone,
        "events": [(one, telling.EVENTS.get(one.what, one.what)) for one in of.events.exclude(what__in=UNSEEN).order_by("at", "pk")],
        "reads": lookups.reads_comments(request.person, of),
    }
    return render(request, "website/consultations/life.html", facts)
