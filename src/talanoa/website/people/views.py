"""Signing in by a mailed link, one's own profile, and the browsers in which one is signed in."""

import time

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talanoa.locale import zones
from talanoa.migration import actions as migration
from talanoa.people import actions
from talanoa.people.lookups import GENDERS, LINK_LIVES, SECTORS, SESSION_LIVES, own_addresses, own_sessions, own_silent_addresses
from talanoa.queries import actions as queries
from talanoa.queries.lookups import left_alone
from talanoa.website import templating
from talanoa.website.middleware import session_cookie
from talanoa.website.places import signed_in_only
from talanoa.website.request import Known, Request

# Where to go after the sign-in; only the browser that asked knows it.
NEXT = "talanoa-next"
ANSWER_AFTER = 0.08  # seconds

form = require_http_methods(["GET", "HEAD", "POST"])


def _came_from(request: Request) -> str:
    """The page of ours that sent the reader to the sign-in, or ""."""
    came = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(came, {request.get_host()}, require_https=request.is_secure()):
        return ""
    path = "/" + came.split("/", 3)[3] if came.count("/") >= 3 else ""
    return "" if path.startswith(("/sign-in", "/leave/", "//")) else path[:500]


def _source(request: Request) -> str:
    """The network that asks, for rate limits; behind a proxy its own last word, which no client can forge."""
    if settings.TALANOA.proxy and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        return forwarded.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")


@form
def sign_in(request: Request) -> HttpResponse:
    """Ask for a link. The answer is the same whether or not we know the address (A7)."""
    if request.method != "POST":
        return render(request, "website/people/sign_in.html", {"next": _came_from(request)})
    typed = request.POST.get("address", "").strip()
    began = time.monotonic()
    with transaction.atomic():
        actions.mail_sign_in_link(typed, source=_source(request), at=request.at)
    # A letter takes a few milliseconds to write; a stopwatch must not tell whether one was (A7).
    time.sleep(max(0.0, ANSWER_AFTER - (time.monotonic() - began)))
    answer = render(request, "website/people/link_sent.html", {"minutes": int(LINK_LIVES.total_seconds() // 60)})
    there = request.POST.get("next", "")
    if there.startswith("/") and url_has_allowed_host_and_scheme(there, None):
        answer.set_cookie(
            NEXT,
            there[:500],
            max_age=LINK_LIVES,
            path="/sign-in",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer


@form
def use_link(request: Request, token: str) -> HttpResponse:
    """The mailed link. Mail scanners fetch links: looking uses nothing, only the button does (A3)."""
    if request.method != "POST":
        answer = render(request, "website/people/use_link.html")
    else:
        try:
            with transaction.atomic():
                person, session = actions.sign_in(token, agent=request.headers.get("User-Agent", ""), at=request.at)
                migration.claim(person)
        except actions.TicketRefused as refused:
            answer = render(request, "website/people/link_refused.html", {"why": refused}, status=410)
        else:
            answer = _signed_in(request, session, named=bool(person.name))
    # The token must not stand in the Referer of the next request. Not "no-referrer": browsers then post
    # the form with "Origin: null", and the protection of forms refuses it.
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def _signed_in(request: Request, session: str, *, named: bool) -> HttpResponse:
    there = request.COOKIES.get(NEXT, "")
    if not there.startswith("/") or not url_has_allowed_host_and_scheme(there, None):
        there = "/" if named else "/me"
    answer = HttpResponseRedirect(there)
    answer.delete_cookie(NEXT, path="/sign-in")
    answer.set_cookie(
        session_cookie(),
        session,
        max_age=SESSION_LIVES,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    # A form of the time before, perhaps another person's, must not work any more (A12).
    rotate_token(request)
    return answer


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this session, in the browser and with us."""
    if request.visit:
        actions.sign_out(request.visit.person, request.visit.pk, at=request.at)
    answer = HttpResponseRedirect("/")
    answer.delete_cookie(session_cookie())
    rotate_token(request)
    return answer


LIMITS = {"name": 200, "role": 200, "organisation": 200, "languages": 100, "interests": 500, "biography": 5000}


@form
@signed_in_only
def profile(request: Known) -> HttpResponse:
    """What the others learn of you, and where you are signed in."""
    person, wrong, status = request.person, {}, 200
    values = {name: getattr(person, name) for name in actions.PROFILE}
    if request.method == "POST":
        values = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in actions.PROFILE}
        wrong = _wrong(values)
        if not wrong:
            with transaction.atomic():
                actions.describe(person, **values)
            messages.success(request, _("Your profile is saved."))
            return HttpResponseRedirect("/me")
        status = 422
    facts = {
        "values": values,
        "wrong": wrong,
        "addresses": own_addresses(person),
        "silent": own_silent_addresses(person),
        "alone": left_alone(person),
        "countries": templating.countries(translation.get_language()),
        "sectors": SECTORS,
        "genders": {"woman": _("woman"), "man": _("man"), "other": _("neither")},
        "zones": templating.zones(),
    }
    return render(request, "website/people/profile.html", facts, status=status)


@require_POST
@signed_in_only
def approached(request: Known) -> HttpResponse:
    """Whether facilitators may ask this person for an answer to a query."""
    alone = request.POST.get("alone") == "yes"
    queries.leave_alone(request.person, yes=alone, at=request.at)
    messages.success(request, _("You will not be asked.") if alone else _("You may be asked again."))
    return HttpResponseRedirect("/me")


def _wrong(values: dict[str, str]) -> dict[str, str]:
    """What keeps a profile from being saved, by field. Tidies the tags of languages on the way."""
    wrong = {}
    for name, limit in LIMITS.items():
        if len(values[name]) > limit:
            wrong[name] = _("Make this shorter: at most %(limit)d letters.") % {"limit": limit}
        elif name != "biography" and any(ord(letter) < 32 for letter in values[name]):
            wrong[name] = _("Write this in one line.")
    values["languages"] = " ".join(values["languages"].replace(",", " ").split())
    if not all(tag.isascii() and tag.replace("-", "").isalnum() and len(tag) <= 20 for tag in values["languages"].split()):
        wrong["languages"] = _("Write short codes of languages, the best first, such as: fr en.")
    if values["country"] and values["country"] not in dict(templating.countries("en")):
        wrong["country"] = _("Choose a country from the list.")
    for name, those in (("sector", SECTORS), ("gender", GENDERS)):
        if values[name] not in ("", *those):
            wrong[name] = _("Choose from the list.")
    if values["timezone"] not in zones():
        wrong["timezone"] = _("Choose a place from the list.")
    return wrong


@require_POST
@signed_in_only
def resume_own(request: Known) -> HttpResponse:
    """Have mail sent again to one's own addresses that did not answer."""
    with transaction.atomic():
        actions.resume_all(request.person, at=request.at)
    messages.success(request, _("Mail comes to you again, from the next message on."))
    return HttpResponseRedirect("/me")


@form
def resume(request: Request, token: str) -> HttpResponse:
    """The link of a letter that tries an address, or tells that one does not answer; only the button uses it (A3)."""
    done = None
    if request.method == "POST":
        try:
            done = actions.resume_by_link(token, at=request.at)
        except actions.TicketRefused as refused:
            return _shown(request, "link_refused", {"why": refused}, status=410)
    return _shown(request, "resume", {"done": done})


def _shown(request: Request, page: str, facts: dict[str, object], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"website/people/{page}.html", facts, status=status)
    answer.headers["Referrer-Policy"] = "strict-origin"  # see `use_link`
    return answer


@require_safe
@signed_in_only
def sessions(request: Known) -> HttpResponse:
    """The browsers in which the person is signed in."""
    return render(request, "website/people/sessions.html", {"sessions": own_sessions(request.person, request.at)})


@require_POST
@signed_in_only
def end_session(request: Known, pk: int) -> HttpResponse:
    """End one of one's own sessions, perhaps on a lost telephone."""
    if not actions.sign_out(request.person, pk, at=request.at):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return HttpResponseRedirect("/me/sessions")
