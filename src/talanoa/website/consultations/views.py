"""A consultation to read and to comment."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities.lookups import Standing
from talanoa.consultations import actions, lookups, telling
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment, Consultation
from talanoa.consultations.phasing import lookups as phasing
from talanoa.website.places import page_number, reader, writer
from talanoa.website.request import Known, Request

ROWS = 50
PASSAGES = 100  # on a page; a draft of 300 pages has some 3,000
LONGEST = 20_000  # characters of a comment


def found(here: Standing, number: int) -> Consultation:
    """The consultation of a page, for who may read it; otherwise there is no such page (P2)."""
    one = lookups.consultation(here, number)
    if one is None:
        raise Http404
    return one


@require_safe
def listing(request: Request, slug: str) -> HttpResponse:
    """The consultations of a community, the latest first; those being prepared for those who prepare them."""
    here = reader(request, slug)
    number = page_number(request)
    rows = list(lookups.consultations(here)[(number - 1) * ROWS : number * ROWS + 1])
    if not rows and number > 1:
        raise Http404
    facts = {"rows": rows[:ROWS], "more": len(rows) > ROWS, "number": number, "prepared": lookups.prepared(here), "stages": telling.STAGES}
    return render(request, "website/consultations/listing.html", facts | {"standing": here, "community": here.community})


@require_http_methods(["GET", "HEAD", "POST"])
def consultation(request: Known, slug: str, number: int) -> HttpResponse:
    """The draft in passages that one can point to, with the comments beside them; `?on=12` opens the form beneath passage 12."""
    here = writer(request, slug) if request.method == "POST" else reader(request, slug)
    of = found(here, number)
    on, wrong = request.GET.get("on"), ""
    if request.method == "POST":
        on = request.POST.get("labels", "")
        try:
            said = _commented(request, of)
        except (actions.Wanting, actions.NotNow, actions.NotYours, actions.NotRead) as refusal:
            wrong = str(refusal)
        else:
            messages.success(request, said)
            place = f"#p{on.split()[0]}" if on else "#whole"
            return HttpResponseRedirect(f"/c/{slug}/consultations/{number}?page={page_number(request)}{place}")
    return _show(request, here, of, on=on, wrong=wrong)


def _commented(request: Known, of: Consultation) -> str:
    file = request.FILES.get("file")
    if file:
        kept = actions.take_file(of, data=file.read(), name=file.name or "", by=request.person, at=request.at)
        if not kept:
            raise actions.Wanting(_("No comment was found in this file: no Word comment, no tracked change, no filled row of a matrix."))
        return _("%(count)d comments were found in the file and are kept.") % {"count": len(kept)}
    version = lookups.newest(of)
    known = {label for label, _kind, _text in lookups.labelled(version)} if version else set()
    labels = tuple(label for label in request.POST.get("labels", "").split() if label in known)
    words = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("text", "proposed", "rationale", "source")}
    if any(len(one) > LONGEST for one in words.values()):
        raise actions.Wanting(_("This is very long. Say it in several comments."))
    actions.comment(of, [Said(labels, **words)], by=request.person, in_the_name_of=request.POST.get("in_the_name_of", ""), at=request.at)
    return _("Thank you. Your comment is kept; the answer to it is mailed to you.")


def _show(request: Request, here: Standing, of: Consultation, *, on: str | None, wrong: str) -> HttpResponse:
    version = lookups.newest(of)
    if version is None:
        raise Http404
    page = page_number(request)
    if on and "page" not in request.GET:
        page = lookups.place(version, on.split()[0]) // PASSAGES + 1
    shown = lookups.stretch(version, (page - 1) * PASSAGES, page * PASSAGES)
    if not shown and page > 1:
        raise Http404
    beside = lookups.on_passages(request.person, of, [*(one.label for one in shown), *([""] if page == 1 else [])])
    facts = {
        "standing": here,
        "community": here.community,
        "consultation": of,
        "version": version,
        "passages": shown,
        "contents": [(label, text, where // PASSAGES + 1) for label, text, where in lookups.headings(version)],
        "page": page,
        "pages": -(-version.passages.count() // PASSAGES),
        "comments": beside,
        "answers": lookups.answers_beneath(request.person, of, [one for those in beside.values() for one in those]),
        "counted": lookups.counted(request.person, of),
        "phases": phasing.phases(of),
        "rules": telling.RULES,
        "on": on,
        "wrong": wrong,
        "typed": request.POST,
        "may_comment": of.stage != "dropped" and lookups.may_comment(request.person, of),
        "works": lookups.may_work_on(request.person, of),
        "stages": telling.STAGES,
        "states": telling.STATES,
        "visibilities": telling.VISIBILITIES,
    }
    return render(request, "website/consultations/consultation.html", facts, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: Known, slug: str, number: int, comment: int) -> HttpResponse:
    """One comment with what others answered; support it, answer it, or say of one's own what one thinks of the answer."""
    here = writer(request, slug) if request.method == "POST" else reader(request, slug)
    of = found(here, number)
    one = lookups.comment(request.person, of, comment)
    if one is None:
        raise Http404
    wrong = ""
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            messages.success(request, act(request, of, one))
        except (actions.Wanting, actions.NotNow, actions.NotYours) as refusal:
            wrong = str(refusal)
        else:
            return HttpResponseRedirect(f"/c/{slug}/consultations/{number}/comments/{comment}")
    version = lookups.newest(of)
    facts = {
        "standing": here,
        "community": here.community,
        "consultation": of,
        "comment": one,
        "passages": version.passages.filter(label__in=one.labels).order_by("place") if version else [],
        "answers": lookups.answers_beneath(request.person, of, [one]).get(one.pk, []),
        "supporters": one.supports.select_related("person"),
        "supported": request.person is not None and one.supports.filter(person=request.person).exists(),
        "mine": request.person is not None and one.submission.person_id == request.person.pk,
        "may_comment": of.stage != "dropped" and lookups.may_comment(request.person, of),
        "wrong": wrong,
        "states": telling.STATES,
        "reactions": telling.REACTIONS,
    }
    return render(request, "website/consultations/comment.html", facts, status=422 if wrong else 200)


def _support(request: Known, _of: Consultation, one: Comment) -> str:
    actions.support(one, by=request.person, yes="no" not in request.POST, at=request.at)
    return _("Noted.")


def _answer(request: Known, of: Consultation, one: Comment) -> str:
    text = request.POST.get("text", "").replace("\r\n", "\n")[:LONGEST]
    actions.comment(of, [Said(tuple(one.labels), text)], by=request.person, beneath=one, at=request.at)
    return _("Your answer stands beneath the comment.")


def _react(request: Known, _of: Consultation, one: Comment) -> str:
    act = request.POST.get("reaction", "")
    if act not in Comment.Reaction.values:
        raise Http404
    actions.react(one, act, words=request.POST.get("words", "")[:LONGEST], by=request.person, at=request.at)
    return _("Noted.")


ACTS: dict[str, Callable[[Known, Consultation, Comment], str]] = {"support": _support, "answer": _answer, "react": _react}
