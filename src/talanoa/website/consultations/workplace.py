"""Where facilitators and the authors of a draft work on a consultation."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import clock, member_of, members, standing
from talanoa.consultations import actions, lookups, telling
from talanoa.consultations.models import Consultation
from talanoa.consultations.phasing import lookups as phasing
from talanoa.people.models import Person
from talanoa.website.moments import day as day_of
from talanoa.website.places import facilitator
from talanoa.website.request import Known, Request

MORE = 3  # empty rows in the form of phases
LISTED = 1000
REFUSALS = (actions.Wanting, actions.NotNow, actions.NotYours, actions.NotRead)


def _words(request: Request, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


@require_http_methods(["GET", "HEAD", "POST"])
def prepare(request: Known, slug: str) -> HttpResponse:
    """Begin a consultation: a file, or questions."""
    here = facilitator(request, slug)
    wrong = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        visibility = request.POST.get("visibility", "")
        try:
            if visibility not in Consultation.Visibility.values:
                raise actions.Wanting(_("Choose who may read the comments; it cannot be changed later."))
            made = actions.prepare(
                here.community,
                title=_words(request, "title"),
                text=_words(request, "text"),
                visibility=visibility,
                data=file.read() if file else b"",
                name=(file.name or "") if file else "",
                media_type=(file.content_type or "") if file else "",
                questions=_words(request, "questions").split("\n"),
                by=request.person,
                at=request.at,
            )
        except REFUSALS as refusal:
            wrong = str(refusal)
        else:
            return HttpResponseRedirect(f"/consultations/{made.pk}")
    facts = {"standing": here, "community": here.community, "typed": request.POST, "wrong": wrong, "visibilities": telling.VISIBILITIES}
    return render(request, "website/consultations/prepare.html", facts, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def workplace(request: Known, pk: int) -> HttpResponse:
    """All of one consultation; the button names the verb."""
    of = lookups.workplace(request.person, pk)
    if of is None:
        raise Http404
    wrong = ""
    if request.method == "POST":
        act = VERBS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            messages.success(request, act(request, of))
        except REFUSALS as refusal:
            wrong = str(refusal)
            of.refresh_from_db()
        else:
            return HttpResponseRedirect(f"/consultations/{pk}")
    here = standing(request.person, of.community)
    version = lookups.newest(of)
    facts = {
        "standing": here,
        "community": of.community,
        "consultation": of,
        "version": version,
        "waiting": of.versions.filter(published_at=None).first() if of.number else None,
        "passages": lookups.passages(version)[:LISTED] if version and not of.number else [],
        "owed": lookups.owed(of).count() if of.number else 0,
        "untold": lookups.untold(of).count() if of.number else 0,
        "counted": lookups.counted(request.person, of),
        "authors": of.authors.order_by("name"),
        "members": list(members(of.community)[:LISTED]) if here.facilitates else [],
        "summary": _words(request, "summary") or of.summary or (_summary(request, of) if of.stage in ("answering", "review") else ""),
        "events": [(one, telling.EVENTS.get(one.what, one.what)) for one in of.events.select_related("by").order_by("-at", "-pk")],
        "typed": request.POST,
        "wrong": wrong,
        "stages": telling.STAGES,
        "phases": phasing.phases(of),
        "rows": _rows(request, of),
        "rules": telling.RULES,
        "visibilities": telling.VISIBILITIES,
        "usual": (request.at + timedelta(days=28)).date().isoformat(),
    }
    return render(request, "website/consultations/workplace.html", facts, status=422 if wrong else 200)


def _rows(request: Request, of: Consultation) -> list[tuple[str, str, str]]:
    """Rule, last day and theme of the phases to come as the form has them, with room for more; as typed where that was refused."""
    if request.method == "POST" and request.POST.get("act") == "arrange":
        return list(zip(*(request.POST.getlist(name) for name in ("rule", "until", "theme")), strict=False))
    zone = clock(of.community)
    return [(one.rule, one.ends_at.astimezone(zone).date().isoformat(), one.theme) for one in phasing.to_come(of)] + [("", "", "")] * MORE


def _summary(request: Request, of: Consultation) -> str:
    counted = lookups.counted(request.person, of)
    if counted is None or of.opened_at is None or of.closes_at is None:
        return ""
    comments = [row.comment for row in lookups.matrix(request.person, of).rows if row.comment.beneath_id is None]
    return telling.summary(of, comments, counted, (day_of(of.opened_at), day_of(of.closes_at)))


def _day(request: Request, of: Consultation, name: str) -> datetime | None:
    """The end of the day that was chosen, on the community's clock."""
    return _end_of(_words(request, name), of)


def _end_of(day: str, of: Consultation) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day.strip()), time(23, 59), clock(of.community))
    except ValueError:
        return None


def _arrange(request: Known, of: Consultation) -> str:
    rows = zip(request.POST.getlist("rule"), request.POST.getlist("until"), request.POST.getlist("theme"), strict=False)
    plan = []
    for rule, until, theme in rows:
        if not rule:
            continue
        ends_at = _end_of(until, of)
        if ends_at is None:
            raise actions.Wanting(_("Each phase has a day on which it ends."))
        plan.append(actions.Planned(rule, ends_at, " ".join(theme.split())))
    actions.arrange(of, plan, why=_words(request, "why"), by=request.person, at=request.at)
    return _("The phases are arranged.")


def _go_on(request: Known, of: Consultation) -> str:
    actions.go_on(of, by=request.person, at=request.at)
    return _("The next phase has begun.")


def _open(request: Known, of: Consultation) -> str:
    closes = _day(request, of, "closes")
    if closes is None and not phasing.to_come(of):
        raise actions.Wanting(_("Choose the day until which comments are welcome."))
    actions.open_(of, closes_at=closes, answers_due_at=_day(request, of, "answers_due"), by=request.person, at=request.at)
    return _("Consultation %(number)d goes out to the members now.") % {"number": of.number or 0}


def _change(request: Known, of: Consultation) -> str:
    visibility = request.POST.get("visibility", of.visibility)
    if visibility not in Consultation.Visibility.values:
        raise Http404
    title, text = _words(request, "title"), _words(request, "text")
    actions.change(of, title=title, text=text, visibility=visibility, by=request.person, at=request.at)
    return _("Saved.")


def _upload(request: Known, of: Consultation) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise actions.Wanting(_("Choose the file first."))
    media_type = file.content_type or ""
    note = _words(request, "note")
    actions.upload(of, data=file.read(), name=file.name or "", media_type=media_type, note=note, by=request.person, at=request.at)
    return _("The draft was read. Look at it before you publish it.")


def _renew(request: Known, of: Consultation) -> str:
    version = actions.renew(of, review_until=_day(request, of, "review_until"), by=request.person, at=request.at)
    return _("Draft %(number)d goes out to the members now, with what changed.") % {"number": version.number}


def _extend(request: Known, of: Consultation) -> str:
    until = _day(request, of, "until")
    if until is None:
        raise actions.Wanting(_("Choose a later day, and say why."))
    actions.extend(of, until=until, why=_words(request, "why"), by=request.person, at=request.at)
    return _("Comments are welcome for longer; the members are told.")


def _close(request: Known, of: Consultation) -> str:
    actions.close(of, by=request.person, at=request.at)
    return _("It is closed for comments. Now answer them.")


def _tell(request: Known, of: Consultation) -> str:
    count = actions.tell(of, by=request.person, at=request.at)
    return _("%(count)d commenters are mailed the answers to their comments.") % {"count": count}


def _conclude(request: Known, of: Consultation) -> str:
    actions.conclude(of, summary=_words(request, "summary"), because=_words(request, "because"), by=request.person, at=request.at)
    return _("It is concluded; the members are told.")


def _drop(request: Known, of: Consultation) -> str:
    actions.drop(of, why=_words(request, "why"), by=request.person, at=request.at)
    return _("It is not held.")


def _author(request: Known, of: Consultation) -> str:
    text = request.POST.get("person", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    person: Person | None = of.authors.filter(pk=number).first()
    if person:
        actions.remove_author(of, person, by=request.person)
        return _("%(name)s is no author of the draft any more.") % {"name": person.name}
    membership = member_of(standing(request.person, of.community), number)
    if membership is None:
        raise actions.Wanting(_("Choose a member."))
    actions.add_author(of, membership.person, by=request.person)
    return _("%(name)s is an author of the draft now, and reads and answers all comments.") % {"name": membership.person.name}


VERBS: dict[str, Callable[[Known, Consultation], str]] = {
    "arrange": _arrange,
    "go on": _go_on,
    "open": _open,
    "change": _change,
    "upload": _upload,
    "renew": _renew,
    "extend": _extend,
    "close": _close,
    "tell": _tell,
    "conclude": _conclude,
    "drop": _drop,
    "author": _author,
}
