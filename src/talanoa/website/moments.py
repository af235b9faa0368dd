"""Dates in people's words, in the language and zone of who reads.

Babel takes some 50 µs for a date, a page of fifty letters shows fifty: days are remembered.
"""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date, format_skeleton, format_timedelta
from django.utils import timezone
from django.utils.translation import gettext
from markupsafe import Markup

from talanoa.locale import known, of_the_moment


@functools.lru_cache(maxsize=512)
def _words(language: str, skeleton: str, day: date) -> str:
    return format_skeleton(skeleton, day, locale=known(language))


def short(moment: datetime) -> str:
    """ "2 Nov, 10:04", with the year when it is not this one."""
    here = timezone.localtime(moment)
    skeleton = "MMMd" if here.year == timezone.localtime().year else "yMMMd"
    return f"{_words(of_the_moment(), skeleton, here.date())}, {here:%H:%M}"


def day(moment: datetime | date) -> str:
    """ "2 Nov", with the year when it is not this one."""
    here = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return _words(of_the_moment(), "MMMd" if here.year == timezone.localtime().year else "yMMMd", here)


@functools.lru_cache(maxsize=512)
def _full(language: str, day: date) -> str:
    return format_date(day, "full", locale=known(language))


def since(moment: datetime, at: datetime) -> str:
    """ "2 minutes", "3 hours": how long ago a moment was, roughly."""
    return format_timedelta(max(at - moment, at - at), threshold=1.2, locale=known(of_the_moment()))


def clock(by: datetime, at: datetime) -> str:
    """When something is due, in people's words: "3 hours over", "today, 16:00", "by 12 Nov"."""
    if by < at:
        return gettext("%(time)s over") % {"time": since(by, at)}
    here = timezone.localtime(by)
    if here.date() == timezone.localtime(at).date():
        return gettext("today, %(time)s") % {"time": f"{here:%H:%M}"}
    return gettext("by %(day)s") % {"day": day(by)}


@functools.lru_cache(maxsize=8192)
def _stamp(moment: datetime, zone: tzinfo, language: str, year: int) -> Markup:
    here = moment.astimezone(zone)
    words = _words(language, "MMMd" if here.year == year else "yMMMd", here.date())
    told = _full(language, here.date())
    return Markup('<time datetime="{}" title="{}, {}">{}, {}</time>').format(
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"), told, f"{here:%H:%M}", words, f"{here:%H:%M}"
    )


def stamper() -> Callable[[datetime], Markup]:
    """What writes a moment as `<time>`, short, with the whole date as its title; for a page that shows many."""
    language, zone, year = of_the_moment(), timezone.get_current_timezone(), timezone.localtime().year
    return lambda moment: _stamp(moment, zone, language, year)


def stamp(moment: datetime) -> Markup:
    """One moment as `stamper` writes it."""
    return stamper()(moment)
