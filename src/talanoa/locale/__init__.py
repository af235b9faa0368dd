"""The words of the house in the languages it speaks: which they are, how each is written, its dates and countries.

The catalogues stand beside this file, one folder for each language; docs/translating.md tells how one is added.
"""

import functools
import zoneinfo
from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from django.conf import settings
from django.utils import timezone, translation

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})


def spoken(*languages: str) -> str:
    """The first of some languages that our words have been put into, else the house's.

    Each is BCP 47 tags, best first, separated by spaces: `spoken(person.languages, community.language)`.
    """
    for tag in " ".join(languages).split():
        try:
            return translation.get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def of_the_moment() -> str:
    """The language in which words are given now."""
    return translation.get_language() or settings.LANGUAGE_CODE


@functools.lru_cache(maxsize=64)
def known(language: str) -> Locale:
    """Babel's knowledge of a language; English, as most of the world writes it, for one it does not know."""
    try:
        return Locale.parse("en-GB" if language == "en" else language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def country(code: str) -> str:
    """The name of an ISO 3166 country in the language of the moment; the code itself if unknown."""
    return known(of_the_moment()).territories.get(code.upper(), code)


@functools.lru_cache(maxsize=512)
def _whole(day: date, language: str) -> str:
    return format_date(day, "long", locale=known(language))


def whole_day(moment: datetime | date, language: str = "") -> str:
    """ "12 March 2026" in a language, or in that of the moment; of a moment, its day on the clock of the moment."""
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return _whole(day, language or of_the_moment())


@functools.cache
def zones() -> frozenset[str]:
    """The names of the clocks that this machine knows (IANA); finding them opens some six hundred files."""
    return frozenset(zoneinfo.available_timezones())


def direction(language: str) -> str:
    """ "rtl" or "ltr" for a BCP 47 tag; "auto" when the language is not told."""
    if not language:
        return "auto"
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in RIGHT_TO_LEFT else "ltr"
