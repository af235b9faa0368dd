"""The links of a notice: one held mail, for the one facilitator to whom its letter went, without signing in.

Mail scanners follow links: looking changes nothing and uses nothing, only the button does (A3).
"""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from talanoa.conversations.lookups import as_letter
from talanoa.moderation import actions, lookups
from talanoa.moderation.words import Decision
from talanoa.website.request import Request

DECISIONS = ("approve", "reject", "discard")


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: Request, token: str, what: str = "") -> HttpResponse:
    """The held mail of a ticket, and the decision on it; `what` is the link's word, whose button stands first."""
    # The ticket is the only credential: whoever is signed in here, the page is of the one to whom the letter went.
    request.person = None
    notice = lookups.noticed(token, request.at)
    if notice is None or what not in ("", *DECISIONS):
        raise Http404
    answer = _decided(request, notice) if request.method == "POST" else _show(request, notice, what)
    # As for the link that signs in: the token must not stand in the Referer of the next request.
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _decided(request: Request, notice: lookups.Noticed) -> HttpResponse:
    what = request.POST.get("decision", "")
    if what not in DECISIONS:
        return _show(request, notice, "", status=422)
    try:
        said = actions.answer(notice, Decision(what, request.POST.get("reason", "").replace("\r\n", "\n")), at=request.at)
    except actions.NoReason as missing:
        return _show(request, notice, what, status=422, wrong=str(missing))
    except (actions.AlreadyDecided, actions.TooLate) as late:
        return _tell(request, _("Nothing was changed"), str(late), status=410)
    return _tell(request, _("Done"), said)


def _show(request: Request, notice: lookups.Noticed, what: str, *, status: int = 200, wrong: str = "") -> HttpResponse:
    held = notice.held
    if held.decision:
        return _tell(request, _("It is decided"), str(actions.AlreadyDecided(held)), status=410)
    if not notice.living:
        return _tell(request, _("This link works no more"), str(actions.TooLate()), status=410)
    letter = lookups.letter(held)
    facts = {
        "held": held,
        "letter": letter,
        "shown": Markup(as_letter(letter.text)),  # noqa: S704  every character was escaped there
        "reasons": lookups.explained(held),
        "what": what,
        "wrong": wrong,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "website/moderation/decide.html", facts, status=status)


def _tell(request: Request, title: str, sentence: str, *, status: int = 200) -> HttpResponse:
    return render(request, "website/moderation/told.html", {"title": title, "sentence": sentence}, status=status)
