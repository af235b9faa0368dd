"""The guided move: each step's state with its next action, and what came from archives and lists, in pages."""

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities.lookups import Standing
from talanoa.migration import actions as migration
from talanoa.migration import lookups as archives
from talanoa.moving import lookups
from talanoa.moving.models import Handed, Mailing
from talanoa.website.places import facilitator, page_number
from talanoa.website.request import Request

ROWS = 100
SHOWN = 12  # of what was handed in


@require_safe
def move(request: Request, slug: str) -> HttpResponse:
    """How far a community's move has come, and what to do next."""
    here = facilitator(request, slug)
    community = here.community
    facts = {
        "standing": here,
        "community": community,
        "archive": archives.account_of(community),
        "old": archives.beside(community),
        "people": lookups.people_account(community),
        "handed": list(lookups.handed(community)[:SHOWN]),
        "alike": len(lookups.alike(community)),
        "answers": lookups.answers(community),
        "asked": lookups.latest(community, Mailing.Kind.CONSENT),
        "to_be_asked": lookups.to_be_asked(community).count(),
        "welcoming": lookups.latest(community, Mailing.Kind.WELCOME),
        "welcomed": lookups.welcomed(community),
        "to_be_welcomed": lookups.to_be_welcomed(community).count(),
        "ARCHIVE": Handed.Kind.ARCHIVE,
    }
    return render(request, "website/moving/move.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def messages_of(request: Request, slug: str) -> HttpResponse:
    """Every message of a community, released or not, in pages; a person releases what came from archives."""
    here = facilitator(request, slug)
    if request.method == "POST":
        with transaction.atomic():
            released = migration.release(here.community)
        said = ngettext("%(num)d message is visible now.", "%(num)d messages are visible now.", released) % {"num": released}
        messages.success(request, said if released else _("Nothing waited to be released."))
        return HttpResponseRedirect(f"/c/{slug}/move")
    number = page_number(request)
    rows = archives.some_messages(here.community, (number - 1) * ROWS, number * ROWS + 1)
    facts: dict[str, object] = {"archive": archives.account_of(here.community)}
    return _paged(request, "messages", here, rows, number, facts)


@require_safe
def aside(request: Request, slug: str) -> HttpResponse:
    """What of the archives was set aside, and why."""
    here = facilitator(request, slug)
    return _page_of(request, "aside", here, archives.all_aside(here.community))


@require_safe
def lines(request: Request, slug: str) -> HttpResponse:
    """The lines of lists that were refused, or of which something was left out, and why."""
    here = facilitator(request, slug)
    return _page_of(request, "lines", here, lookups.refused_lines(here.community))


def _page_of(request: Request, page: str, here: Standing, rows: QuerySet) -> HttpResponse:
    number = page_number(request)
    return _paged(request, page, here, list(rows[(number - 1) * ROWS : number * ROWS + 1]), number, {})


def _paged(request: Request, page: str, here: Standing, rows: list, number: int, facts: dict[str, object]) -> HttpResponse:
    if not rows and number > 1:
        raise Http404
    shown = {"standing": here, "community": here.community, "rows": rows[:ROWS], "more": len(rows) > ROWS, "number": number}
    return render(request, f"website/moving/{page}.html", shown | facts)
