"""Where the facilitators work on a query: word it, circulate it, ask people who may know, look after the responses."""

from collections.abc import Callable
from datetime import date, datetime, time

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talanoa.communities.lookups import clock, member_of, members, standing
from talanoa.conversations import lookups as conversations
from talanoa.people.models import Person
from talanoa.queries import actions, lookups, sentences
from talanoa.queries.models import Approach, Entered, Query
from talanoa.website.places import facilitator
from talanoa.website.request import Known, Request

LISTED = 1000  # members to choose from; of larger communities the suggestions and the directory name the rest


def _query(request: Request, pk: int) -> Query:
    found = lookups.workplace(request.person, pk)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def workplace(request: Known, pk: int) -> HttpResponse:
    """All of one query; the button names the verb."""
    found = _query(request, pk)
    if request.method != "POST":
        return _show(request, found)
    act = VERBS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        said = act(request, found)
    except (actions.Wanting, actions.NotNow) as refusal:
        found.refresh_from_db()
        return _show(request, found, wrong={request.POST["act"]: str(refusal)}, status=422)
    messages.success(request, said)
    return HttpResponseRedirect(f"/queries/{pk}")


def _show(request: Known, found: Query, *, wrong: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    customs = lookups.customs(found.community)
    circulated = found.number is not None
    facts = {
        "query": found,
        "community": found.community,
        "standing": standing(request.person, found.community),
        "wrong": wrong or {},
        "typed": request.POST,
        "open_now": lookups.open_now(found.community),
        "customs": customs,
        "changes": [(one, sentences.change(one.what)) for one in found.changes.select_related("by").order_by("-at", "-pk")],
        "near": lookups.nearest(request.person, found.community, found.words, but=found.pk),
        "posts": lookups.posts(found) if circulated else [],
        "approaches": lookups.approaches(found) if circulated else [],
        "suggested": lookups.suggested(found) if found.stage in {"open", "closed"} else [],
        "members": list(members(found.community)[:LISTED]) if circulated else [],
        "types": sentences.TYPES,
        "channels": Entered.Channel.choices,
        "overdue": lookups.overdue(found, request.at),
    }
    return render(request, "website/queries/workplace.html", facts, status=status)


def _words(request: Request, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def _word(request: Known, found: Query) -> str:
    propose = "propose" in request.POST
    actions.word(
        found,
        title=_words(request, "title"),
        text=_words(request, "text"),
        context=_words(request, "context"),
        types=request.POST.getlist("types"),
        by=request.person,
        at=request.at,
        propose=propose,
    )
    if propose:
        return _("The wording is on its way to %(name)s, who agrees by one word.") % {"name": found.asker_name}
    return _("Kept. The asker has not been asked yet.")


def _circulate(request: Known, found: Query) -> str:
    actions.circulate(found, by=request.person, at=request.at, why=_words(request, "why"))
    return _("Query %(number)d goes out to the members now.") % {"number": found.number}


def _correct(request: Known, found: Query) -> str:
    actions.correct(found, words=_words(request, "words"), by=request.person, at=request.at)
    return _("The correction goes out to the members now.")


def _extend(request: Known, found: Query) -> str:
    try:
        day = date.fromisoformat(_words(request, "until"))
    except ValueError as fault:
        raise actions.Wanting(_("Choose the day on which the window ends.")) from fault
    until = datetime.combine(day, time(23, 59), clock(found.community))
    actions.extend(found, until=until, why=_words(request, "why"), by=request.person, at=request.at)
    return _("Responses are awaited until %(day)s now.") % {"day": day.isoformat()}


def _close(request: Known, found: Query) -> str:
    actions.close(found, by=request.person, at=request.at)
    return _("The window is closed. Now consolidate.")


def _drop(request: Known, found: Query) -> str:
    actions.drop(found, why=_words(request, "why"), by=request.person, at=request.at)
    return _("It is not circulated; the asker reads your reason.")


def _mark(request: Known, found: Query) -> str:
    post = lookups.posts(found).filter(pk=_number(request, "post")).first()
    kind = request.POST.get("kind", "")
    if post is None or kind not in {"", "aside", "unclear"}:
        raise Http404
    actions.mark(found, post, kind=kind, by=request.person, at=request.at)
    return _("Marked.") if kind else _("It counts as a response.")


def _enter(request: Known, found: Query) -> str:
    person = _member(request, found, _number(request, "person"))
    channel = request.POST.get("channel", "")
    if channel not in Entered.Channel.values:
        raise actions.Wanting(_("Say by which way it came."))
    actions.enter(found, person, text=_words(request, "text"), channel=channel, by=request.person, at=request.at)
    return _("Entered. It goes to the members in the name of %(name)s.") % {"name": person.name}


def _approached(request: Known, found: Query) -> str:
    person = _member(request, found, _number(request, "person"))
    state = request.POST.get("state", "")
    if state not in Approach.State.values:
        raise Http404
    actions.note_approach(found, person, state=state, note=_words(request, "note"), by=request.person, at=request.at)
    return _("Noted.")


VERBS: dict[str, Callable[[Known, Query], str]] = {
    "word": _word,
    "circulate": _circulate,
    "correct": _correct,
    "extend": _extend,
    "close": _close,
    "drop": _drop,
    "mark": _mark,
    "enter": _enter,
    "approached": _approached,
}


def _number(request: Request, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _member(request: Known, found: Query, person: int) -> Person:
    membership = member_of(standing(request.person, found.community), person)
    if membership is None:
        raise actions.Wanting(_("Choose a member."))
    return membership.person


@require_http_methods(["GET", "HEAD", "POST"])
def approach(request: Known, pk: int, person: int) -> HttpResponse:
    """A personal letter to somebody who may know, drafted; or a note that they were asked in another way."""
    found = _query(request, pk)
    membership = member_of(standing(request.person, found.community), person)
    if membership is None or found.number is None:
        raise Http404
    who = membership.person
    words, wrong = actions.approach_words(found, who, request.person), ""
    if request.method == "POST":
        words = _words(request, "words") or words
        channel = request.POST.get("channel", "")
        if channel not in Approach.Channel.values:
            raise Http404
        try:
            actions.approach(found, who, channel=channel, words=words, by=request.person, at=request.at)
        except (actions.Wanting, actions.NotNow) as refusal:
            wrong = str(refusal)
        else:
            done = _("Your letter to %(name)s is on its way.") if channel == "mail" else _("Noted that %(name)s was asked.")
            messages.success(request, done % {"name": who.name})
            return HttpResponseRedirect(f"/queries/{pk}")
    facts = {
        "query": found,
        "community": found.community,
        "standing": standing(request.person, found.community),
        "who": who,
        "words": words,
        "wrong": wrong,
        "left_alone": lookups.left_alone(who),
    }
    return render(request, "website/queries/approach.html", facts, status=422 if wrong else 200)


@require_POST
def take_up(request: Known, slug: str, key: str) -> HttpResponse:
    """Make a query of an ordinary message."""
    here = facilitator(request, slug)
    post = conversations.post(here, key)
    if post is None:
        raise Http404
    try:
        query = actions.take_up(post, by=request.person, at=request.at)
    except (actions.Wanting, actions.AskedBefore) as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(f"/c/{slug}/m/{key}")
    messages.success(request, _("It is a query now. Word it and agree it with the asker."))
    return HttpResponseRedirect(f"/queries/{query.pk}")
