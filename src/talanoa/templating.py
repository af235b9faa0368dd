"""The Jinja2 environment of pages and letters: gettext, autoescape for HTML, strict about names."""

from typing import Any

import jinja2
from babel import Locale, UnknownLocaleError
from django.utils import translation


def country(code: str) -> str:
    """The name of an ISO 3166 country in the language of the moment; the code itself if unknown."""
    try:
        names = Locale.parse((translation.get_language() or "en").replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return names.get(code.upper(), code)


def filesize(count: int) -> str:
    """A size in the unit that people read: "340 bytes", "12 kB", "3.4 MB" (powers of 1000)."""
    if count < 1000:
        return translation.ngettext("%(n)d byte", "%(n)d bytes", count) % {"n": count}
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def environment(**options: Any) -> jinja2.Environment:
    """What Django's Jinja2 backend calls; pages add what they need in `talanoa.website.templating`."""
    options["autoescape"] = jinja2.select_autoescape(["html"])
    options["undefined"] = jinja2.StrictUndefined  # a misspelt name is loud, not an empty place in a letter
    made = jinja2.Environment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True, **options
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # put there by the i18n extension
        gettext=translation.gettext, ngettext=translation.ngettext, pgettext=translation.pgettext, newstyle=True
    )
    made.filters.update(country=country, filesize=filesize)
    return made
