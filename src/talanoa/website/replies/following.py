"""The links of the letters that ask an asker what a Consolidated Reply led to.

Mail scanners follow links: looking keeps nothing and uses nothing, only the button does (A3).
"""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.people.actions import TicketRefused
from talanoa.people.lookups import ticket
from talanoa.people.models import Ticket
from talanoa.replies import actions, editions
from talanoa.replies.models import FollowUp
from talanoa.website.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: Request, token: str, score: int | None = None) -> HttpResponse:
    """Whether a reply helped, or what was done with it, from the one who asked; `score` is the link's."""
    # The ticket is the only credential: whoever is signed in here, the page is of the one to whom the letter went.
    request.person = None
    known = ticket(token, Ticket.Purpose.FOLLOW_UP, request.at)
    one = editions.followed_up(known.about or 0) if known else None
    if one is None or score not in (None, 1, 2, 3, 4, 5):
        raise Http404
    answer = _answered(request, one, token) if request.method == "POST" else _show(request, one, score)
    # As for the link that signs in: the token must not stand in the Referer of the next request.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _answered(request: Request, one: FollowUp, token: str) -> HttpResponse:
    words = request.POST.get("words", "").replace("\r\n", "\n")[:20_000]
    chosen = request.POST.get("score", "")
    score = int(chosen) if chosen in {"1", "2", "3", "4", "5"} else None
    if one.kind == FollowUp.Kind.HELPED and score is None:
        return _show(request, one, None, status=422, wrong=_("Choose a number first."))
    try:
        actions.answer_follow_up(one, words, token=token, at=request.at, score=score, shown="shown" in request.POST)
    except actions.Wanting as wanting:
        return _show(request, one, score, status=422, wrong=str(wanting))
    except TicketRefused as late:
        return render(request, "website/replies/follow_up.html", {"one": one, "done": False, "refusal": str(late)}, status=410)
    return render(request, "website/replies/follow_up.html", {"one": one, "done": True, "refusal": ""})


def _show(request: Request, one: FollowUp, score: int | None, *, status: int = 200, wrong: str = "") -> HttpResponse:
    facts = {
        "one": one,
        "done": False,
        "refusal": "",
        "query": one.query,
        "score": score,
        "words": request.POST.get("words", ""),
        "shown": "shown" in request.POST,
        "wrong": wrong,
    }
    return render(request, "website/replies/follow_up.html", facts, status=status)

