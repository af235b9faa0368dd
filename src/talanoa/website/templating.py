"""What pages have beyond letters: addresses, dates, assets, and who is asking."""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

import jinja2
from babel import Locale
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import translation
from markupsafe import Markup

from talanoa import locale, templating
from talanoa.communities.lookups import facilitated
from talanoa.discussions import sentences as discussion_words
from talanoa.moderation.lookups import sentence
from talanoa.people.models import Person
from talanoa.queries import sentences as query_words
from talanoa.website import moments
from talanoa.website.assets import asset
from talanoa.website.request import Request

# No inline styles, no eval, nothing from elsewhere, nothing private left in the browser's storage.
HTMX = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
    }
)


def person_of(request: Request) -> Person | None:
    """Who asks; None where nobody has looked yet, as on the page of a fault."""
    return getattr(request, "person", None)


def keeps_a_desk(request: Request) -> bool:
    """Whether the person facilitates some community or runs the site; asked once for a request."""
    person = person_of(request)
    if person is None:
        return False
    if not hasattr(request, "desk"):
        request.desk = person.operates or facilitated(person).exists()
    return request.desk


def notes(request: Request) -> list[str]:
    """What the page before left to say."""
    # Asking for notes where there are none makes an answer that deletes their cookie, which no cache may keep.
    if "messages" not in request.COOKIES:
        return []
    return [str(note) for note in get_messages(request)]


def url(name: str, *args: Any, **query: Any) -> str:
    """The address of a page, with a query of what is not empty."""
    return reverse(name, args=args, query={key: value for key, value in query.items() if value not in ("", None)} or None)


_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


@functools.lru_cache(maxsize=256)
def speech(language: str) -> Markup:
    """The attributes that tell in which voice and which way a letter is read; none for what is no BCP 47 tag.

    Whoever writes the mail writes the tag, and some programs write several.
    """
    found = _TAG.match(language.strip())
    if not found:
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(found[0], locale.direction(found[0]))


@functools.lru_cache(maxsize=2048)
def country_in(code: str, language: str) -> str:
    """The name of a country in a language, remembered: a page of fifty letters names fifty."""
    with translation.override(language):
        return locale.country(code)


def country(code: str) -> str:
    """The name of a country in the language of the page; "" for none."""
    return country_in(code, locale.of_the_moment()) if code else ""


@functools.lru_cache(maxsize=16)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """The countries to choose from, by name in a language."""
    names = Locale("en").territories
    own = locale.known(language).territories
    # Babel also names regions by number, and a few codes that are no countries.
    no_countries = {"ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"}
    codes = [code for code in map(str, names) if len(code) == 2 and code.isalpha() and code not in no_countries]
    return tuple(sorted(((code, own.get(code, names[code])) for code in codes), key=lambda pair: pair[1]))


@functools.cache
def zones() -> tuple[tuple[str, str], ...]:
    """The clocks to choose from, named by a city; "UTC" is one of them."""
    return tuple((zone, zone) for zone in sorted(locale.zones()) if "/" in zone or zone == "UTC")


def told(name: str, wrong: Mapping[str, str], hint: object = "") -> Markup:
    """The attributes by which a field is read out with what is wrong with it, and with its hint, which stays in sight."""
    ids = " ".join(f"{name}-{what}" for what, there in (("wrong", wrong.get(name)), ("hint", hint)) if there)
    invalid = Markup(' aria-invalid="true"') if wrong.get(name) else Markup()
    return invalid + Markup(' aria-describedby="{}"').format(ids) if ids else Markup()


def languages(tags: str) -> str:
    """Languages by name, for tags separated by spaces: "fr en" gives "French, English"."""
    own = locale.known(locale.of_the_moment()).languages
    return ", ".join(own.get(tag.replace("-", "_"), own.get(tag.split("-")[0].lower(), tag)) for tag in tags.split())


BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def browser(agent: str) -> str:
    """What people call a browser, from what it says of itself: "Firefox, Android"."""
    names = (next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in names if name) or translation.gettext("A browser that does not say its name")


def environment(**options: Any) -> jinja2.Environment:
    """What Django's Jinja2 backend calls."""
    made = templating.environment(**options)
    made.globals.update(
        asset=asset,
        htmx_config=HTMX,
        keeps_a_desk=keeps_a_desk,
        notes=notes,
        person_of=person_of,
        speech=speech,
        told=told,
        url=url,
    )
    made.filters.update(
        browser=browser,
        clock=moments.clock,
        country=country,
        day=moments.day,
        languages=languages,
        discussion_stage=discussion_words.stage,
        query_stage=query_words.stage,
        query_types=query_words.types,
        sentence=sentence,
        short=moments.short,
        since=moments.since,
        stamp=moments.stamp,
    )
    return made
