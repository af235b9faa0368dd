"""The facilitator's settings of a community."""


from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talanoa.communities import actions
from talanoa.communities.models import Community
from talanoa.conversations.lookups import extent
from talanoa.locale import zones
from talanoa.website import templating
from talanoa.website.places import facilitator
from talanoa.website.request import Request

LIMITS = {"name": 200, "description": 5000, "subject_prefix": 40, "language": 16}
NUMBERS = {"first_posts_held": 100, "daily_cap": 1000}


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request, slug: str) -> HttpResponse:
    """How a community shows itself and treats its mail."""
    here = facilitator(request, slug)
    community = here.community
    values: dict[str, object] = {name: getattr(community, name) for name in actions.SETTINGS}
    wrong: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        values, wrong = _read(request, community)
        if not wrong:
            with transaction.atomic():
                actions.arrange(community, **values)
            messages.success(request, _("Saved. It holds from the next message on."))
            return HttpResponseRedirect(f"/c/{slug}/settings")
        status = 422
        community.refresh_from_db()
    facts = {
        "standing": here,
        "community": community,
        "values": values,
        "wrong": wrong,
        "extent": extent(here),
        "zones": templating.zones(),
    }
    return render(request, "website/communities/settings.html", facts, status=status)


def _read(request: Request, community: Community) -> tuple[dict[str, object], dict[str, str]]:
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in actions.SETTINGS}
    values: dict[str, object] = dict(typed)
    wrong = {}
    for name, limit in LIMITS.items():
        if len(typed[name]) > limit:
            wrong[name] = _("Make this shorter: at most %(limit)d letters.") % {"limit": limit}
        elif name != "description" and any(ord(letter) < 32 for letter in typed[name]):
            wrong[name] = _("Write this in one line.")
    if not typed["name"]:
        wrong["name"] = _("A community needs a name.")
    if not typed["language"] or not all(part.isascii() and part.isalnum() for part in typed["language"].split("-")):
        wrong["language"] = _("Write the short code of a language, such as en or fr.")
    for name, most in NUMBERS.items():
        text = typed[name]
        if not text.isascii() or not text.isdigit() or int(text[:9]) > most:
            wrong[name] = _("Write a whole number from 0 to %(most)d.") % {"most": most}
        else:
            values[name] = int(text)
    for name in ("numbered", "moderated"):
        values[name] = name in request.POST
    choices = {
        "timezone": zones(),
        "replies_go_to": Community.Replies.values,
        "visibility": Community.Visibility.values,
    }
    wrong |= {name: _("Choose one of these.") for name, known in choices.items() if typed[name] not in known}
    public = Community.Visibility.PUBLIC
    if typed["visibility"] == public != community.visibility and request.POST.get("confirm", "").strip() != community.name:
        # Of the organisations that used one well-known service, 31 % had made lists public without meaning to (P7).
        wrong["confirm"] = _("To open the archive to everybody, write the community's name here, exactly as it stands above.")
    return values, wrong
