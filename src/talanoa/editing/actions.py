"""The verbs of texts that several people make. The caller holds the text and has asked who may."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext

from talanoa.editing import rules
from talanoa.editing.models import Text
from talanoa.people.models import Person
from talanoa.publishing import markup, merging

Kept = TypeVar("Kept", bound=Text)


class Wanting(ValueError):
    """Something is missing or does not hold; `str()` says what."""


@dataclass(frozen=True, slots=True)
class Saved(Generic[Kept]):
    """What became of a text: as it is now, and what the writer must know (a sentence, or "")."""

    section: Kept
    told: str = ""


def check(html: str, based_on: str) -> None:
    """Refuse what is too long, before anything is held for it."""
    # What two people wrote may be twice as long when it is brought together, and must be savable again when it is shortened.
    limits = ((html, rules.MOST_BLOCKS), (based_on, 2 * rules.MOST_BLOCKS))
    if any(len(text) > rules.LARGEST or len(markup.blocks(text)) > most for text, most in limits):
        raise Wanting(gettext("This section is too long to be kept; about a page is meant. Your text is still in this window: divide it."))


def save(text: Kept, html: str, *, based_on: str, by: Person, at: datetime) -> Saved[Kept]:
    """Keep what somebody made of a text; `based_on` is what they began from.

    Where somebody else has saved since, the two are merged by block, and nothing that either typed is lost.
    """
    mine, base = markup.clean(html), markup.clean(based_on)
    if mine in (base, text.html):
        return Saved(text)
    if base == text.html:
        keep(text, mine, by=by, at=at)
        return Saved(text)
    other = (text.saved_by.name if text.saved_by else "") or gettext("somebody")
    mark = gettext("[[%(name)s changed the part above at the same time: make one of the two]]") % {"name": other}
    merged = merging.merge(markup.blocks(base), markup.blocks(text.html), markup.blocks(mine), escape(mark, quote=False))
    keep(text, markup.write(merged.blocks), by=by, at=at)
    if merged.conflicts:
        told = gettext("%(name)s changed the same part as you. Both stand; yours is marked, so that you can make one of them.")
    else:
        told = gettext("%(name)s changed this section, too. Both changes are in it.")
    return Saved(text, told % {"name": other})


def keep(text: Text, html: str, *, by: Person | None, at: datetime, anew: bool = False) -> None:
    """Write a text, and its version: a new one, unless the same person only writes on within one sitting."""
    if len(html) > rules.LARGEST:
        raise Wanting(gettext("The section would become too long to be kept; about a page is meant."))
    revisions: Any = text.revisions  # type: ignore[attr-defined]  # each room's own
    last = revisions.order_by("-number").first()
    text.html, text.revision, text.saved_by, text.saved_at = html, text.revision + 1, by, at
    text.save(update_fields=["html", "revision", "saved_by", "saved_at"])
    # Who takes much away begins a new version: a page emptied by mistake must be found again.
    same = last and by and last.by_id == by.pk and at - last.at < rules.ONE_SITTING
    if not anew and same and len(html) * 4 >= len(last.html) * 3:
        last.number, last.html = text.revision, html
        last.save(update_fields=["number", "html"])
    else:
        revisions.create(number=text.revision, html=html, by=by, at=at)


def restore(text: Text, number: int, *, by: Person, at: datetime) -> None:
    """Let a text be as it was in one of its versions; how it is now stays among them."""
    was = text.revisions.filter(number=number).first()  # type: ignore[attr-defined]  # each room's own
    if was is None:
        raise Wanting(gettext("This is a version of another section."))
    if was.html != text.html:
        keep(text, was.html, by=by, at=at, anew=True)
