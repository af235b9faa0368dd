"""Where the summary of a phase, or of the whole, is made and issued: the editor of Consolidated Replies, with other sections.

Each act is a form that works without a script. The script sends the same forms, asks for JSON, and stays on the page.
"""

from typing import Any

from django.contrib import messages
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
from talanoa.discussions.models import Section, Summary
from talanoa.discussions.summaries import actions, lookups
from talanoa.discussions.summaries.actions import save
from talanoa.editing.actions import Wanting
from talanoa.website.discussions.leading import found
from talanoa.website.request import Known, Request

SHOWN = 20_000  # characters of a contribution beside the sections; the rest stands on its page


def _summary(request: Request, pk: int, which: str) -> Summary:
    of = found(request, pk)
    if which != "final" and not (which.isascii() and which.isdigit() and len(which) < 4):
        raise Http404
    summary = lookups.summary(of, None if which == "final" else int(which))
    if summary is None:
        raise Http404
    return summary


def _section(request: Request, pk: int, which: str, key: str) -> Section:
    section = lookups.section(_summary(request, pk, which), key)
    if section is None:
        raise Http404
    return section


def _base(of: Summary) -> str:
    return f"/discussions/{of.discussion_id}/summaries/{of.phase.number if of.phase else 'final'}"


@require_safe
def summary(request: Known, pk: int, which: str) -> HttpResponse:
    """The summary as it is being made, with the contributions beside it."""
    return _show(request, _summary(request, pk, which))


def _show(request: Known, of: Summary, *, status: int = 200, **more: Any) -> HttpResponse:
    coverage = lookups.coverage(of)
    facts = _facts(request, of) | {
        "sections": [(one, lookups.heading(one.key)) for one in lookups.sections(of)],
        "missing": lookups.missing(of),
        "responses": [(post, f"#{post.number} {lookups.name_of(post)}", _letter(post.fresh_text), covered) for post, covered in coverage],
        "coverage": _coverage([covered for _post, covered in coverage]),
        "shown": SHOWN,
        "model": False,
        "wrong": {},
        "typed": {},
    }
    return render(request, "website/discussions/summarising.html", facts | more, status=status)


def _facts(request: Known, of: Summary) -> dict[str, Any]:
    return {
        "discussion": of.discussion,
        "community": of.discussion.community,
        "standing": standing(request.person, of.discussion.community),
        "summary": of,
        "phase": of.phase,
        "base": _base(of),
    }


def _letter(text: str) -> Markup:
    return Markup(as_letter(text[:SHOWN]))  # noqa: S704  every character was escaped there


@require_POST
def draft(request: Known, pk: int, which: str) -> HttpResponse:
    """Put a first draft into the sections that are empty."""
    of = _summary(request, pk, which)
    try:
        filled = actions.fill(of, by=request.person, at=request.at)
    except actions.NotNow as refusal:
        messages.warning(request, str(refusal))
    else:
        words = _("The draft is in the sections that were empty; every sentence leads to its contribution. The synthesis is yours.")
        messages.success(request, words if filled else _("There was nothing to draft: no section is empty, or nothing more was said."))
    return HttpResponseRedirect(_base(of))


@require_POST
def section(request: Known, pk: int, which: str, key: str) -> HttpResponse:
    """Keep a section, merged with what others saved meanwhile."""
    one = _section(request, pk, which, key)
    html = request.POST.get("html", "")
    try:
        saved = save(one, html, based_on=request.POST.get("based_on", ""), by=request.person, at=request.at)
    except Wanting as refusal:
        if _by_script(request):
            return JsonResponse({"told": str(refusal)}, status=422)
        return _show(request, one.summary, status=422, wrong={key: str(refusal)}, typed={key: html})
    if _by_script(request):
        return JsonResponse(_news(saved.section, html) | {"told": saved.told})
    messages.success(request, saved.told or _("Saved."))
    return HttpResponseRedirect(f"{_base(one.summary)}#{key}")


@require_POST
def take(request: Known, pk: int, which: str) -> HttpResponse:
    """Put a contribution, or some words of it, into a section."""
    one = _section(request, pk, which, request.POST.get("section", ""))
    post = next((post for post in lookups.contributions(one.summary) if post.key == request.POST.get("post")), None)
    if post is None:
        raise Http404
    selection = request.POST.get("selection", "").replace("\r\n", "\n")
    try:
        taken = actions.take(one, post, selection, by=request.person, at=request.at)
    except (actions.Wanting, Wanting) as refusal:
        if _by_script(request):
            return JsonResponse({"told": str(refusal)}, status=422)
        messages.warning(request, str(refusal))
        return HttpResponseRedirect(f"{_base(one.summary)}#response-{post.key}")
    told = _("Taken into “%(section)s”, with its source.") % {"section": lookups.heading(one.key)}
    if _by_script(request):
        return JsonResponse(_news(taken, None) | {"told": told})
    messages.success(request, told)
    return HttpResponseRedirect(f"{_base(one.summary)}#{one.key}")


@require_http_methods(["GET", "HEAD", "POST"])
def versions(request: Known, pk: int, which: str, key: str) -> HttpResponse:
    """How a section was, who changed what; and back to one of them."""
    one = _section(request, pk, which, key)
    those = lookups.versions(one)
    if request.method == "POST":
        wanted = {str(was.revision.number): was.revision for was in those}.get(request.POST.get("number", ""))
        if wanted is None:
            raise Http404
        actions.restore(one, wanted, by=request.person, at=request.at)
        messages.success(request, _("The section is as it was then. What it was before stays among its versions."))
        return HttpResponseRedirect(f"{_base(one.summary)}#{key}")
    facts = _facts(request, one.summary) | {
        "heading": lookups.heading(key),
        "versions": those,
        "tab_of": "discussions",
        "back": _base(one.summary),
        "back_words": _("The summary"),
    }
    return render(request, "website/editing/versions.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: Known, pk: int, which: str) -> HttpResponse:
    """The next version of a summary; a second click on the button finds it issued."""
    of = _summary(request, pk, which)
    said, refusal = request.POST.get("expects", ""), ""
    if request.method == "POST" and said.isascii() and said.isdigit() and len(said) < 5:
        try:
            actions.issue(of, expects=int(said), by=request.person, at=request.at)
        except actions.Incomplete:
            pass  # what is missing stands on the page
        except (actions.Outdated, actions.NotNow, actions.NotYours) as late:
            refusal = str(late)
        else:
            messages.success(request, _("The summary is on its way to the members, and pinned to the page of the discussion."))
            return HttpResponseRedirect(f"/c/{of.discussion.community.slug}/discussions/{of.discussion.number}")
    version, missing = lookups.next_version(of), lookups.missing(of)
    subject, text = ("", "") if missing else lookups.preview(of, version=version, by=request.person, at=request.at)
    facts = _facts(request, of) | {"version": version, "missing": missing, "subject": subject, "text": text, "refusal": refusal}
    return render(request, "website/discussions/issue.html", facts, status=422 if request.method == "POST" else 200)


def _by_script(request: Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _news(one: Section, sent: str | None) -> dict[str, object]:
    """What the script shows after a change: the text where it is not what was sent, when, what is missing, who is represented."""
    coverage = lookups.coverage(one.summary)
    return {
        "html": None if sent is not None and lookups.same(one.html, sent) else one.html,
        "saved": f"{timezone.localtime(one.saved_at):%H:%M}",
        "missing": render_to_string("website/replies/missing.html", {"missing": lookups.missing(one.summary)}),
        "covered": [post.key for post, covered in coverage if covered],
        "coverage": _coverage([covered for _post, covered in coverage]),
    }


def _coverage(covered: list[bool]) -> str:
    """How many contributions are not represented yet."""
    if not covered:
        return _("None has come yet.")
    wanting = covered.count(False)
    if not wanting:
        return _("Every contribution is represented.")
    words = ngettext("%(num)d contribution is not represented yet.", "%(num)d contributions are not represented yet.", wanting)
    return words % {"num": wanting}
