"""The desk where held mail is read and decided on."""

from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from talanoa.communities.lookups import addresses_of_members, applications, facilitators, guest_of, standing, visible
from talanoa.conversations.lookups import as_letter, could_mean
from talanoa.conversations.models import Post
from talanoa.moderation import actions, lookups
from talanoa.moderation.models import Held
from talanoa.website.places import signed_in_only
from talanoa.website.request import Known, Request
from talanoa.website.templating import keeps_a_desk

ROWS = 100
LATE = timedelta(days=1)  # a held message wants a decision within a working day
OF_THE_DESK = ("invite", "approve-invite", "redirect", "query")  # what concerns more than one conversation
READING = timedelta(minutes=30)  # so long an opened message counts as being read


@require_safe
@signed_in_only
def queue(request: Known) -> HttpResponse:
    """What waits for this facilitator, the oldest first."""
    if not keeps_a_desk(request) and not guest_of(request.person):
        raise Http404
    held = list(lookups.waiting(request.person)[: ROWS + 1])
    rows = [(one, _reader(one, request), request.at - one.held_at > LATE) for one in held[:ROWS]]
    silent = addresses_of_members(request.person).filter(unreachable_since__isnull=False).count()
    facts = {"rows": rows, "more": len(held) > ROWS, "silent": silent, "newcomers": applications(request.person).count()}
    return render(request, "website/moderation/queue.html", facts)


def _held(request: Request, pk: int) -> Held:
    found = lookups.held(request.person, pk) if request.person else None
    if found is None:
        raise Http404
    return found


def _reader(held: Held, request: Request) -> str:
    """Who else is reading it now, or ""."""
    if held.opened_by is None or held.opened_by == request.person:
        return ""
    if held.opened_at is None or request.at - held.opened_at > READING:
        return ""
    return held.opened_by.name or str(held.opened_by)


def _show(
    request: Request, held: Held, *, status: int = 200, wrong: dict[str, str] | None = None, lost: str = "", **typed: str
) -> HttpResponse:
    letter = lookups.letter(held)
    whole = lookups.keeps_the_desk(request.person, held)
    facts = {
        "held": held,
        "letter": letter,
        "shown": Markup(as_letter(letter.text)),  # noqa: S704  every character was escaped there
        "reasons": lookups.explained(held),
        "history": lookups.history(held, request.person),
        "whole": whole,
        "reader": _reader(held, request),
        "elsewhere": visible(request.person).exclude(pk=held.community_id).order_by("name"),
        "decides": list(facilitators(held.community)),
        "subject": typed.get("subject", letter.subject),
        "text": typed.get("text", letter.fresh_text),
        "reason": typed.get("reason", ""),
        "wrong": wrong or {},
        "lost": lost,
        "places": could_mean(standing(request.person, held.community), letter) if whole and "which_conversation" in held.reasons else [],
        "invitable": lookups.invitable(held, letter) if whole else "",
        "invitation": typed.get("invitation", ""),
    }
    return render(request, "website/moderation/held.html", facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def held(request: Request, pk: int) -> HttpResponse:
    """One held message: whole text, reasons, the sender's history; and the decision on it."""
    found = _held(request, pk)
    if request.method != "POST":
        return _show(request, found)
    if request.POST.get("decision") in OF_THE_DESK and not lookups.keeps_the_desk(request.person, found):
        raise Http404  # a guest moderator has no such button
    try:
        said = _decide(request, found)
    except actions.AlreadyDecided as late:
        # Of two who decide at once one wins; the other learns who and what, and nothing is done twice (O8).
        return _show(request, late.held, status=409, lost=_("Your decision came too late; nothing was changed by it."))
    except actions.NoReason as missing:
        return _show(request, found, status=422, wrong={"reason": str(missing)})
    except _Unclear as unclear:
        typed = {name: request.POST[name] for name in ("subject", "invitation") if name in request.POST}
        return _show(request, found, status=422, wrong={unclear.field: str(unclear)}, **typed)
    messages.success(request, said)
    if request.POST.get("decision") == "invite":
        return HttpResponseRedirect(f"/moderation/{pk}")  # it waits on
    following = lookups.waiting(request.person).first()
    return HttpResponseRedirect(f"/moderation/{following.pk}" if following else "/moderation")


class _Unclear(ValueError):
    """The form does not tell what is to be done."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def _place(request: Request, found: Held) -> Post | None:
    """The message beneath which a facilitator puts what answers a digest."""
    if not lookups.keeps_the_desk(request.person, found):
        return None
    places = {str(post.pk): post for post in could_mean(standing(request.person, found.community), lookups.letter(found))}
    return places.get(request.POST.get("beneath", ""))


def _invite(request: Request, found: Held) -> str:
    words = request.POST.get("invitation", "").replace("\r\n", "\n")
    try:
        return actions.invite_author(found, by=request.person, words=words, at=request.at)
    except ValueError as refusal:
        raise _Unclear("invitation", str(refusal)) from refusal


def _decide(request: Request, found: Held) -> str:
    """Translate the button into one verb; returns what to say about it."""
    by, at = request.person, request.at
    subject = request.POST.get("subject", "").strip()
    match request.POST.get("decision"):
        case "approve":
            actions.approve(found, by=by, at=at, beneath=_place(request, found))
            return _("Approved. It goes out to the members now.")
        case "invite":
            address = _invite(request, found)
            return _("An invitation is on its way to %(address)s. The message waits on.") % {"address": address}
        case "approve-invite":
            with transaction.atomic():
                actions.approve(found, by=by, at=at)
                address = _invite(request, found)
            return _("Approved. It goes out to the members now, and an invitation to %(address)s.") % {"address": address}
        case "edit":
            text = request.POST.get("text", "").replace("\r\n", "\n").strip()
            if not text:
                raise _Unclear("text", _("There are no words left to circulate."))
            actions.approve(found, by=by, at=at, subject=" ".join(subject.split()), text=text)
            return _("Approved with your wording. The original mail is kept.")
        case "reject":
            unsent = actions.reject(found, by=by, reason=request.POST.get("reason", ""), at=at)
            if unsent:
                return _("Not circulated. No letter went to the author: %(why)s.") % {"why": unsent}
            return _("Not circulated. Your reason is on its way to the author.")
        case "query":
            actions.take_as_query(found, by=by, at=at)
            return _("It is a query now. Word it and agree it with the asker: it is on your desk.")
        case "discard":
            actions.discard(found, by=by, at=at)
            return _("Not circulated, and nobody is told. The mail stays in the log.")
        case "redirect":
            to = visible(by).exclude(pk=found.community_id).filter(slug=request.POST.get("to", "")).first()
            if to is None:
                raise _Unclear("to", _("Choose a community."))
            actions.redirect(found, to=to, by=by, at=at)
            return _("Passed on to %(community)s.") % {"community": to}
        case _:
            raise _Unclear("decision", _("Choose what is to be done."))


@require_POST
def open_it(request: Known, pk: int) -> HttpResponse:
    """Note that this facilitator reads it now. A post, since looking at a page changes nothing (A3)."""
    found = _held(request, pk)
    if not _reader(found, request):
        actions.open_for(found, request.person, at=request.at)
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(f"/moderation/{pk}")
