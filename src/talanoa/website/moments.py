"""Dates in people's words, in the language and zone of who reads.

Babel takes some 50 µs for a date, a page of fifty letters shows fifty: days are remembered.
"""

import functools
from datetime import UTC, date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta
from django.utils import timezone, translation
from markupsafe import Markup, escape


@functools.lru_cache(maxsize=64)
def locale(language: str) -> Locale:
    """Babel's knowledge of a language; English for one it does not know."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@functools.lru_cache(maxsize=512)
def _words(language: str, skeleton: str, day: date) -> str:
    return format_skeleton(skeleton, day, locale=locale(language))


def _language() -> str:
    return translation.get_language() or "en"


def short(moment: datetime) -> str:
    """ "2 Nov, 10:04", with the year when it is not this one."""
    here = timezone.localtime(moment)
    skeleton = "MMMd" if here.year == timezone.localtime().year else "yMMMd"
    return f"{_words(_language(), skeleton, here.date())}, {here:%H:%M}"


def day(moment: datetime | date) -> str:
    """ "2 Nov", with the year when it is not this one."""
    here = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return _words(_language(), "MMMd" if here.year == timezone.localtime().year else "yMMMd", here)


def full(moment: datetime) -> str:
    """ "Monday, 2 November 2009, 10:04"."""
    here = timezone.localtime(moment)
    return f"{format_date(here.date(), 'full', locale=locale(_language()))}, {here:%H:%M}"


def since(moment: datetime, at: datetime) -> str:
    """ "2 minutes", "3 hours": how long ago a moment was, roughly."""
    return format_timedelta(max(at - moment, at - at), threshold=1.2, locale=locale(_language()))


def stamp(moment: datetime) -> Markup:
    """A short date as a `<time>` that machines can read and whose title tells it in full."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"), escape(full(moment)), short(moment)
    )
