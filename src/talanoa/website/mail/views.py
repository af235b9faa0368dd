"""The log of mail that came in, one mail as it came, and the link by which one leaves."""

from datetime import UTC, date, datetime, time, timedelta

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talanoa.communities.actions import leave as leave_community
from talanoa.communities.lookups import membership_numbered
from talanoa.mail import actions, tokens
from talanoa.mail.lookups import raw as bytes_of
from talanoa.mail.models import Received
from talanoa.mail.reading import parsing
from talanoa.moderation.lookups import inbound
from talanoa.website.mail.fates import FATES
from talanoa.website.places import signed_in_only
from talanoa.website.request import Request
from talanoa.website.templating import keeps_a_desk

ROWS = 50
HEADERS_SHOWN = 200


def _sought(request: Request) -> tuple[QuerySet[Received], dict[str, str]]:
    """The log narrowed by what was asked for, and what was asked, as it was understood."""
    found = inbound(request.person)
    asked = {"q": request.GET.get("q", "").strip()[:200], "fate": request.GET.get("fate", "")}
    for word in asked["q"].split()[:5]:
        found = found.filter(
            Q(subject__icontains=word) | Q(sender__icontains=word) | Q(recipient__icontains=word) | Q(message_id__icontains=word)
        )
    if asked["fate"] == "waiting":
        found = found.filter(state=Received.State.WAITING)
    elif asked["fate"] in FATES:
        found = found.filter(fate=asked["fate"].replace("-", " "))
    else:
        asked["fate"] = ""
    day = request.GET.get("on", "")
    try:
        begin = datetime.combine(date.fromisoformat(day), time(), timezone.get_current_timezone()).astimezone(UTC)
        found = found.filter(received_at__gte=begin, received_at__lt=begin + timedelta(days=1))
        asked["on"] = day
    except (ValueError, OverflowError):
        asked["on"] = ""
    return found, asked


@require_safe
@signed_in_only
def log(request: Request) -> HttpResponse:
    """Every mail and its fate, the latest first; pages go on from the last number, so that new mail shifts nothing."""
    if not keeps_a_desk(request):
        raise Http404
    found, asked = _sought(request)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=min(int(before[:19]), 2**62))
    rows = list(found.only("pk", "received_at", "sender", "subject", "recipient", "state", "fate", "note", "size")[: ROWS + 1])
    facts = {
        "rows": rows[:ROWS],
        "older": rows[ROWS - 1].pk if len(rows) > ROWS else None,
        "asked": asked,
        "fates": FATES,
        "begun": bool(before),
    }
    template = "website/mail/rows.html" if "HX-Request" in request.headers else "website/mail/log.html"
    return render(request, template, facts)


def _mail(request: Request, pk: int) -> Received:
    found = inbound(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
def original(request: Request, pk: int) -> HttpResponse:
    """One mail as it came: its fate, every header, its text."""
    found = _mail(request, pk)
    try:
        letter = parsing.read(bytes_of(found))
    except parsing.Unreadable as unreadable:
        letter, why = None, str(unreadable)
    else:
        why = ""
    facts = {
        "mail": found,
        "letter": letter,
        "why": why,
        "headers": letter.headers[:HEADERS_SHOWN] if letter else (),
        "fates": FATES,
    }
    return render(request, "website/mail/original.html", facts)


@require_safe
def raw(request: Request, pk: int) -> HttpResponse:
    """The bytes of a mail exactly as they came (D4); as a file, since what is in them is a stranger's."""
    found = _mail(request, pk)
    answer = HttpResponse(bytes_of(found), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="mail-{found.pk}.eml"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
def put_back(request: Request, pk: int) -> HttpResponse:
    """Let a mail that was set aside walk its path again."""
    found = _mail(request, pk)
    with transaction.atomic():
        walks = actions.put_back(found, at=request.at)
    messages.success(
        request, _("It walks its path again; in a moment you see its fate here.") if walks else _("It was not set aside any more.")
    )
    return HttpResponseRedirect(f"/log/{pk}")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: Request, token: str) -> HttpResponse:
    """The link to leave in every copy (RFC 8058): the token is the only credential; looking changes nothing (A4).

    Mail programs post without cookies and expect 200 whether or not they posted before.
    """
    number = tokens.unseal("leave", token)
    membership = membership_numbered(number) if number is not None else None
    if membership is None:
        raise Http404
    done = membership.left_at is not None
    if request.method == "POST" and not done:
        with transaction.atomic():
            leave_community(membership.community, membership.person, at=timezone.now())
        done = True
    # Who holds the link may be anybody it was forwarded to: the page tells no name and signs nobody in.
    request.person = None
    answer = render(request, "website/mail/leave.html", {"community": membership.community, "done": done})
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
