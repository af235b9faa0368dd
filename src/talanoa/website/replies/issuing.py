"""Where a facilitator issues a Consolidated Reply: the mail as it will go out, and one button."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities.lookups import standing
from talanoa.replies import actions, editions, lookups
from talanoa.website.request import Known


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: Known, pk: int) -> HttpResponse:
    """The next version of a reply; a second click on the button finds it issued."""
    found = lookups.workplace(request.person, pk)
    query, reply = found or (None, None)
    if query is None or reply is None:
        raise Http404
    said = request.POST.get("expects", "")
    refusal = ""
    if request.method == "POST" and said.isascii() and said.isdigit() and len(said) < 5:
        try:
            edition = actions.issue(reply, expects=int(said), by=request.person, at=request.at)
        except actions.Incomplete:
            pass  # what is missing stands on the page
        except (actions.Outdated, actions.NotNow, actions.NotYours) as late:
            refusal = str(late)
        else:
            messages.success(request, _("Version %(number)d is on its way to the members.") % {"number": edition.number})
            return HttpResponseRedirect(f"/c/{query.community.slug}/replies/{query.number}")
    version = editions.next_version(reply)
    missing = lookups.missing(reply)
    subject, text = ("", "") if missing else editions.preview(reply, version=version, by=request.person, at=request.at)
    facts = {
        "query": query,
        "community": query.community,
        "standing": standing(request.person, query.community),
        "version": version,
        "missing": missing,
        "subject": subject,
        "text": text,
        "refusal": refusal,
    }
    return render(request, "website/replies/issue.html", facts, status=422 if request.method == "POST" else 200)
