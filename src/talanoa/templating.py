"""The Jinja2 environment of pages and letters: gettext, autoescape for HTML, strict about names."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from babel.numbers import format_decimal
from django.utils import translation
from jinja2.nodes import EvalContext
from markupsafe import Markup

from talanoa.locale import country, direction, known, of_the_moment, whole_day


def filesize(count: int) -> str:
    """A size in the unit that people read: "340 bytes", "12 kB", "3.4 MB" (powers of 1000)."""
    if count < 1000:
        return translation.ngettext("%(n)d byte", "%(n)d bytes", count) % {"n": count}
    here = known(of_the_moment())
    if count < 1_000_000:
        return translation.gettext("%(n)s kB") % {"n": format_decimal(round(count / 1000), locale=here)}
    return translation.gettext("%(n)s MB") % {"n": format_decimal(count / 1_000_000, "#,##0.0", locale=here)}


def _width(words: str) -> int:
    """The places that words take in a letter: Chinese signs two, combining marks none."""
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)


def columns(rows: Sequence[tuple[str, str]]) -> str:
    """Two columns of a letter: what can be written, and what it does."""
    width = max(_width(words) for words, _ in rows) + 4
    return "\n".join(f"  {words}{' ' * (width - _width(words))}{meaning}" for words, meaning in rows)


@jinja2.pass_eval_context
def said(where: EvalContext, words: str, /, **values: Any) -> str:
    """What `_("…")` says in a template, as Jinja's own extension has it, which takes three times as long; a page says fifty such."""
    return _filled(where, translation.gettext(words), values)


@jinja2.pass_eval_context
def counted(where: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    """The same for `ngettext`."""
    return _filled(where, translation.ngettext(one, many, num), {"num": num, **values})


def _filled(where: EvalContext, words: str, values: Mapping[str, Any]) -> str:
    # Our own words, and the translators', are HTML; what is put into them is escaped.
    pattern = Markup(words) if where.autoescape else words  # noqa: S704  as in Jinja's own
    return pattern % values if values or "%" in pattern else pattern


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
    made.globals.update({"_": said, "gettext": said, "ngettext": counted})
    made.globals.update(columns=columns, direction=direction, language=of_the_moment)
    made.filters.update(country=country, filesize=filesize, whole_day=whole_day)
    return made
