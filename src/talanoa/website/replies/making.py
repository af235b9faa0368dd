"""Where facilitators make a Consolidated Reply: its sections as texts, the responses beside them, and what is missing.

Each act is a form that works without a script. The script sends the same forms, asks for JSON, and stays on the page.
"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from talanoa.communities.lookups import standing
from talanoa.conversations.lookups import as_letter
from talanoa.queries.models import Query
from talanoa.replies import actions, lookups
from talanoa.replies.actions import save
from talanoa.replies.models import Reply, Section
from talanoa.website.replies import model
from talanoa.website.request import Known, Request

SHOWN = 20_000  # characters of a response beside the sections; the rest stands on its page


def _workplace(request: Request, pk: int) -> tuple[Query, Reply | None]:
    found = lookups.workplace(request.person, pk)
    if found is None:
        raise Http404
    return found


def _section(request: Request, pk: int, key: str) -> Section:
    _query, reply = _workplace(request, pk)
    section = lookups.section(reply, key) if reply else None
    if section is None:
        raise Http404
    return section


@require_safe
def reply(request: Known, pk: int) -> HttpResponse:
    """The reply as it is being made, or the way to begin it."""
    query, begun = _workplace(request, pk)
    return _show(request, query, begun)


def _show(request: Known, query: Query, begun: Reply | None, *, status: int = 200, **more: Any) -> HttpResponse:
    coverage = lookups.coverage(begun) if begun else []
    facts = {
        "query": query,
        "community": query.community,
        "standing": standing(request.person, query.community),
        "reply": begun,
        "sections": [(one, lookups.heading(one.key)) for one in lookups.sections(begun)] if begun else [],
        "missing": lookups.missing(begun) if begun else [],
        "responses": [(post, lookups.name_of(post), _letter(post.fresh_text), covered) for post, covered in coverage],
        "coverage": _coverage([covered for _post, covered in coverage]),
        "shown": SHOWN,
        "model": model.offered(),
        "wrong": {},
        "typed": {},
    }
    return render(request, "website/replies/making.html", facts | more, status=status)


def _letter(text: str) -> Markup:
    return Markup(as_letter(text[:SHOWN]))  # noqa: S704  every character was escaped there


@require_POST
def begin(request: Known, pk: int) -> HttpResponse:
    """Begin a reply with empty sections."""
    query, _begun = _workplace(request, pk)
    try:
        actions.begin(query, by=request.person, at=request.at)
    except actions.NotNow as refusal:
        messages.warning(request, str(refusal))
    return HttpResponseRedirect(f"/queries/{pk}/reply")


@require_POST
def draft(request: Known, pk: int) -> HttpResponse:
    """Put a first draft into the sections that are empty; begin the reply where it is not begun."""
    query, _begun = _workplace(request, pk)
    try:
        with transaction.atomic():
            filled = actions.fill(actions.begin(query, by=request.person, at=request.at), by=request.person, at=request.at)
    except actions.NotNow as refusal:
        messages.warning(request, str(refusal))
    else:
        words = _("The draft is in the sections that were empty; every sentence leads to its response. The synthesis is yours.")
        messages.success(request, words if filled else _("There was nothing to draft: no section is empty, or no response says more."))
    return HttpResponseRedirect(f"/queries/{pk}/reply")


@require_POST
def section(request: Known, pk: int, key: str) -> HttpResponse:
    """Keep a section, merged with what others saved meanwhile."""
    found = _section(request, pk, key)
    html = request.POST.get("html", "")
    try:
        saved = save(found, html, based_on=request.POST.get("based_on", ""), by=request.person, at=request.at)
    except actions.Wanting as refusal:
        if _by_script(request):
            return JsonResponse({"told": str(refusal)}, status=422)
        return _show(request, found.reply.query, found.reply, status=422, wrong={key: str(refusal)}, typed={key: html})
    if _by_script(request):
        return JsonResponse(_news(saved.section, html) | {"told": saved.told})
    messages.success(request, saved.told or _("Saved."))
    return HttpResponseRedirect(f"/queries/{pk}/reply#{key}")


@require_POST
def take(request: Known, pk: int) -> HttpResponse:
    """Put a response, or some words of it, into a section."""
    found = _section(request, pk, request.POST.get("section", ""))
    posts = {post.key: post for post, _covered in lookups.coverage(found.reply)}
    post = posts.get(request.POST.get("post", ""))
    if post is None:
        raise Http404
    selection = request.POST.get("selection", "").replace("\r\n", "\n")
    try:
        taken = actions.take(found, post, selection, by=request.person, at=request.at)
    except actions.Wanting as refusal:
        if _by_script(request):
            return JsonResponse({"told": str(refusal)}, status=422)
        messages.warning(request, str(refusal))
        return HttpResponseRedirect(f"/queries/{pk}/reply#response-{post.key}")
    told = _("Taken into “%(section)s”, with its source.") % {"section": lookups.heading(found.key)}
    if _by_script(request):
        return JsonResponse(_news(taken, None) | {"told": told})
    messages.success(request, told)
    return HttpResponseRedirect(f"/queries/{pk}/reply#{found.key}")


@require_http_methods(["GET", "HEAD", "POST"])
def versions(request: Known, pk: int, key: str) -> HttpResponse:
    """How a section was, who changed what; and back to one of them."""
    found = _section(request, pk, key)
    those = lookups.versions(found)
    if request.method == "POST":
        wanted = {str(one.revision.number): one.revision for one in those}.get(request.POST.get("number", ""))
        if wanted is None:
            raise Http404
        actions.restore(found, wanted, by=request.person, at=request.at)
        messages.success(request, _("The section is as it was then. What it was before stays among its versions."))
        return HttpResponseRedirect(f"/queries/{pk}/reply#{key}")
    query = found.reply.query
    facts = {
        "query": query,
        "community": query.community,
        "standing": standing(request.person, query.community),
        "heading": lookups.heading(key),
        "versions": those,
        "tab_of": "queries",
        "back": f"/queries/{pk}/reply",
        "back_words": _("The Consolidated Reply"),
    }
    return render(request, "website/editing/versions.html", facts)


def _by_script(request: Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _news(section: Section, sent: str | None) -> dict[str, object]:
    """What the script shows after a change: the text where it is not what was sent, when, what is missing, who is represented."""
    missing = lookups.missing(section.reply)
    coverage = lookups.coverage(section.reply)
    return {
        "html": None if sent is not None and lookups.same(section.html, sent) else section.html,
        "saved": f"{timezone.localtime(section.saved_at):%H:%M}",
        "missing": render_to_string("website/replies/missing.html", {"missing": missing}),
        "covered": [post.key for post, covered in coverage if covered],
        "coverage": _coverage([covered for _post, covered in coverage]),
    }


def _coverage(covered: list[bool]) -> str:
    """How many responses are not represented yet."""
    if not covered:
        return _("None has come yet.")
    wanting = covered.count(False)
    if not wanting:
        return _("Every response is represented.")
    return ngettext("%(num)d response is not represented yet.", "%(num)d responses are not represented yet.", wanting) % {"num": wanting}
