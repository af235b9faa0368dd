"""Discussions to read, to propose and to follow; and the links of the letters that ask whether one was worth the time."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talanoa.communities.lookups import Standing
from talanoa.conversations import actions as conversations
from talanoa.discussions import actions, lookups, outline, sentences
from talanoa.discussions.models import Discussion, Edition
from talanoa.discussions.models import Feedback as Asked
from talanoa.discussions.summaries import actions as summaries
from talanoa.discussions.summaries import lookups as of_summaries
from talanoa.people.actions import TicketRefused
from talanoa.people.lookups import ticket
from talanoa.people.models import Ticket
from talanoa.website.places import member, page_number, reader, writer
from talanoa.website.replies.reading import WORD, file, lists
from talanoa.website.request import Request

ROWS = 50
LONGEST = 20_000  # characters; a proposal of a page is long


@require_safe
def listing(request: Request, slug: str) -> HttpResponse:
    """The discussions of a community, the latest first; and one's own proposals that nobody else reads yet."""
    here = reader(request, slug)
    number = page_number(request)
    begin = (number - 1) * ROWS
    rows = list(lookups.discussions(here)[begin : begin + ROWS + 1])
    if not rows and number > 1:
        raise Http404
    mine = list(lookups.own(request.person, here.community)) if request.person else []
    facts = {"standing": here, "community": here.community, "rows": rows[:ROWS], "more": len(rows) > ROWS, "number": number, "mine": mine}
    return render(request, "website/discussions/listing.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: Request, slug: str) -> HttpResponse:
    """Propose a discussion; what is typed becomes a mail like any other, which the facilitator decides on."""
    here = writer(request, slug)
    assert request.person is not None
    names = ("subject", "issue", "why", "audience", "moderator", "begins", "phases")
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in names}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        if not typed["subject"]:
            wrong["subject"] = _("Say in a line what is to be discussed.")
        if not typed["issue"]:
            wrong["issue"] = _("Write what the issue is.")
        elif sum(map(len, typed.values())) > LONGEST:
            wrong["issue"] = _("This is very long; a page is enough.")
        if typed["begins"] and outline.day_in(typed["begins"]) is None:
            wrong["begins"] = _("Write a day, such as 2026-03-09, or nothing.")
        if not wrong:
            plan = outline.Outline(
                typed["issue"], typed["why"], typed["audience"], typed["moderator"], outline.day_in(typed["begins"]),
                outline.read(typed["phases"]).phases,
            )  # fmt: skip
            local, _at, domain = here.community.address.partition("@")
            try:
                with transaction.atomic():
                    conversations.write(
                        here.community,
                        request.person,
                        subject=" ".join(typed["subject"].split()),
                        text=outline.write(plan),
                        to=f"{local}-discussion@{domain}",
                        at=request.at,
                    )
            except conversations.CannotWrite as refused:
                wrong["issue"] = str(refused)
            else:
                messages.success(request, _("Your proposal is on its way to the facilitator, who decides. You read the answer by e-mail."))
                return HttpResponseRedirect(f"/c/{slug}/discussions")
    facts = {"standing": here, "community": here.community, "values": typed, "wrong": wrong}
    return render(request, "website/discussions/propose.html", facts, status=422 if wrong else 200)


def _found(here: Standing, number: int) -> Discussion:
    found = lookups.discussion(here, number)
    if found is None:
        raise Http404
    return found


@require_safe
def discussion(request: Request, slug: str, number: int) -> HttpResponse:
    """One discussion: its phases, what was said, the summaries pinned to it, and whom it has reached."""
    here = reader(request, slug)
    found = _found(here, number)
    contributions = list(lookups.contributions(found))
    pinned = [(one, of_summaries.shown(here, one)) for one in of_summaries.editions(here, found)]
    facts = {
        "standing": here,
        "community": here.community,
        "discussion": found,
        "phases": [(phase, list(lookups.contributions(found, phase))) for phase in lookups.phases(found)],
        "current": lookups.current(found),
        "reach": lookups.reach(contributions),
        "late": list(lookups.said(found).filter(posted_at__gt=found.ended_at)) if found.ended_at else [],
        "summaries": {document["phase"]: (edition, document) for edition, document in pinned},
        "lists": lambda blocks: list(lists(blocks)),
        "heading": of_summaries.heading,
        "nature": of_summaries.nature,
        "leads": lookups.may_lead(request.person, found),
        "led_by": lookups.leaders(found),
        "followed": lookups.followed(here.membership, found),
        "ways": [(how, sentences.followed(how)) for how in ("", "each", "daily", "stage", "none")],
    }
    return render(request, "website/discussions/discussion.html", facts)


@require_POST
def follow(request: Request, slug: str, number: int) -> HttpResponse:
    """How this member wants the discussion."""
    here = member(request, slug)
    found = _found(here, number)
    how = request.POST.get("how", "")
    if how not in sentences.FOLLOWED:
        raise Http404
    assert here.membership is not None
    messages.success(request, actions.follow(found, here.membership, how, at=request.at))
    return HttpResponseRedirect(f"/c/{slug}/discussions/{number}")


def _edition(request: Request, slug: str, number: int, version: int) -> tuple[Standing, Edition]:
    here = reader(request, slug)
    edition = of_summaries.edition(here, _found(here, number), version)
    if edition is None:
        raise Http404
    return here, edition


@require_safe
def pdf(request: Request, slug: str, number: int, version: int) -> HttpResponse:
    """A version of the final summary as PDF."""
    here, edition = _edition(request, slug, number, version)
    return file(of_summaries.pdf(here, edition), "application/pdf", f"discussion-{number}-v{version}.pdf")


@require_safe
def docx(request: Request, slug: str, number: int, version: int) -> HttpResponse:
    """The same as a Word file."""
    here, edition = _edition(request, slug, number, version)
    return file(of_summaries.docx(here, edition), WORD, f"discussion-{number}-v{version}.docx")


@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: Request, token: str, score: int | None = None) -> HttpResponse:
    """Whether a discussion was worth the time, from one who took part. Looking keeps nothing, only the button does (A3)."""
    # The ticket is the only credential: whoever is signed in here, the page is of the one to whom the letter went.
    request.person = None
    known = ticket(token, Ticket.Purpose.FEEDBACK, request.at)
    one = of_summaries.asked(known.about or 0) if known else None
    if one is None or score not in (None, 1, 2, 3, 4, 5):
        raise Http404
    answer = _answered(request, one, token) if request.method == "POST" else _ask(request, one, score)
    # As for the link that signs in: the token must not stand in the Referer of the next request.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _answered(request: Request, one: Asked, token: str) -> HttpResponse:
    words = request.POST.get("words", "").replace("\r\n", "\n")[:LONGEST]
    chosen = request.POST.get("score", "")
    if chosen not in {"1", "2", "3", "4", "5"}:
        return _ask(request, one, None, wrong=_("Choose a number first."))
    try:
        summaries.answer_feedback(one, words, token=token, at=request.at, score=int(chosen))
    except TicketRefused as late:
        return render(request, "website/discussions/feedback.html", {"one": one, "done": True, "refusal": str(late)}, status=410)
    return render(request, "website/discussions/feedback.html", {"one": one, "done": True, "refusal": ""})


def _ask(request: Request, one: Asked, score: int | None, *, wrong: str = "") -> HttpResponse:
    facts = {"one": one, "done": False, "refusal": "", "score": score, "words": request.POST.get("words", ""), "wrong": wrong}
    return render(request, "website/discussions/feedback.html", facts, status=422 if wrong else 200)
