"""Where a discussion is led: decided on, planned, opened in the moderator's words, and the quiet invited."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import member_of, members, standing
from talanoa.discussions import actions, lookups, outline, sentences
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion, Phase
from talanoa.discussions.summaries import lookups as of_summaries
from talanoa.moderation.lookups import waiting
from talanoa.people.models import Person
from talanoa.website.request import Known, Request

LISTED = 1000  # members to choose a moderator from
OF_THE_DESK = {"plan", "approve", "decline", "extend", "end"}  # what is the facilitators' alone


def found(request: Request, pk: int) -> Discussion:
    """A discussion, for those who lead it."""
    of = lookups.workplace(request.person, pk)
    if of is None:
        raise Http404
    return of


@require_http_methods(["GET", "HEAD", "POST"])
def workplace(request: Known, pk: int) -> HttpResponse:
    """All of one discussion for who leads it; the button names the verb."""
    of = found(request, pk)
    if request.method != "POST":
        return _show(request, of)
    name = request.POST.get("act", "")
    act = VERBS.get(name)
    if act is None or (name in OF_THE_DESK and not standing(request.person, of.community).facilitates):
        raise Http404
    try:
        said = act(request, of)
    except (actions.Wanting, actions.NotNow) as refusal:
        of.refresh_from_db()
        return _show(request, of, wrong={name: str(refusal)}, status=422)
    messages.success(request, said)
    return HttpResponseRedirect(f"/discussions/{pk}")


def _show(request: Known, of: Discussion, *, wrong: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    here = standing(request.person, of.community)
    led = of.stage in {"approved", "running"}
    plan = lookups.planned(of)
    facts = {
        "discussion": of,
        "community": of.community,
        "standing": here,
        "wrong": wrong or {},
        "typed": request.POST,
        "plan": plan,
        "phases_typed": outline.form(plan.phases),
        "phases": lookups.phases(of),
        "current": lookups.current(of),
        "reach": lookups.reach(lookups.contributions(of)) if of.number else None,
        "held": list(waiting(request.person).filter(conversation=of.conversation_id)) if of.conversation_id else [],
        "quiet": lookups.quiet(of) if of.stage == "running" else [],
        "likely": lookups.likely(of) if of.stage in {"proposed", "approved"} else [],
        "invitations": list(of.invitations.select_related("person").order_by("at")),
        "spoke": {post.author_id for post in lookups.said(of)} if of.number else set(),
        "members": list(members(of.community)[:LISTED]) if here.facilitates else [],
        "unissued": of_summaries.unissued(of) if of.number else [],
        "due": lookups.due(of),
        "feedback": lookups.feedback(of) if here.facilitates and of.stage == "summarised" else None,
        "changes": [(one, sentences.change(one.what)) for one in of.changes.select_related("by").order_by("-at", "-pk")],
        "led": led,
    }
    return render(request, "website/discussions/workplace.html", facts, status=status)


def _words(request: Request, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def _number(request: Request, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _member(request: Known, of: Discussion, person: int) -> Person:
    membership = member_of(standing(request.person, of.community), person)
    if membership is None:
        raise actions.Wanting(_("Choose a member."))
    return membership.person


def _plan(request: Known, of: Discussion) -> str:
    begins = outline.day_in(_words(request, "begins"))
    if begins is None and _words(request, "begins"):
        raise actions.Wanting(_("Write a day, such as 2026-03-09."))
    guest = _number(request, "moderator")
    actions.revise(
        of,
        title=_words(request, "title"),
        plan=outline.Outline(
            issue=_words(request, "issue"),
            why=_words(request, "why"),
            audience=_words(request, "audience"),
            begins=begins,
            phases=outline.read(_words(request, "phases")).phases,
        ),
        moderator=_member(request, of, guest) if guest else None,
        by=request.person,
        at=request.at,
    )
    return _("The plan is kept.")


def _approve(request: Known, of: Discussion) -> str:
    actions.approve(of, by=request.person, at=request.at)
    return _("Discussion %(number)d is announced; it opens by itself.") % {"number": of.number}


def _decline(request: Known, of: Discussion) -> str:
    actions.decline(of, why=_words(request, "why"), by=request.person, at=request.at)
    return _("It is not held; the proposer reads your reason.")


def _phase(request: Request, of: Discussion) -> Phase:
    phase = of.phases.filter(number=_number(request, "phase")).first()
    if phase is None:
        raise Http404
    phase.discussion = of
    return phase


def _opening(request: Known, of: Discussion) -> str:
    phase = _phase(request, of)
    actions.write_opening(phase, _words(request, "words"), by=request.person, at=request.at)
    return _("Kept. Phase %(number)d opens with it.") % {"number": phase.number}


def _comment(request: Known, of: Discussion) -> str:
    actions.comment(_phase(request, of), _words(request, "words"), by=request.person, at=request.at)
    return _("Kept. It stands at the head of the next digest.")


def _extend(request: Known, of: Discussion) -> str:
    try:
        until = date.fromisoformat(_words(request, "until"))
    except ValueError as fault:
        raise actions.Wanting(_("Choose the day on which the phase ends.")) from fault
    actions.extend(of, until=until, why=_words(request, "why"), by=request.person, at=request.at)
    return _("The phase ends on %(day)s now.") % {"day": until.isoformat()}


def _end(request: Known, of: Discussion) -> str:
    clocks.end(of, by=request.person, at=request.at)
    return _("The discussion has ended. Its final summary is drafted.")


VERBS: dict[str, Callable[[Known, Discussion], str]] = {
    "plan": _plan,
    "approve": _approve,
    "decline": _decline,
    "opening": _opening,
    "comment": _comment,
    "extend": _extend,
    "end": _end,
}


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: Known, pk: int, person: int) -> HttpResponse:
    """A personal letter to somebody who has not been heard, or is likely to care, drafted."""
    of = found(request, pk)
    membership = member_of(standing(request.person, of.community), person)
    if membership is None or of.number is None:
        raise Http404
    who = membership.person
    words, wrong = actions.invitation_words(of, who, request.person), ""
    reasons = next((one.reasons for one in lookups.quiet(of) if one.person == who), [])
    reasons = reasons or [one.reason for one in lookups.likely(of) if one.person == who]
    if request.method == "POST":
        words = _words(request, "words") or words
        try:
            actions.invite(of, who, words=words, reason="; ".join(reasons), by=request.person, at=request.at)
        except (actions.Wanting, actions.NotNow) as refusal:
            wrong = str(refusal)
        else:
            messages.success(request, _("Your letter to %(name)s is on its way.") % {"name": who.name})
            return HttpResponseRedirect(f"/discussions/{pk}")
    facts = {
        "discussion": of,
        "community": of.community,
        "standing": standing(request.person, of.community),
        "who": who,
        "words": words,
        "wrong": wrong,
        "reasons": reasons,
    }
    return render(request, "website/discussions/invite.html", facts, status=422 if wrong else 200)
