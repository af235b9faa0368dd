"""Letters set for a page of fifty.

Every piece is made safe here, once, so that the template only joins strings: escaping each of
fifteen pieces of fifty letters anew took longer than all queries of the page together.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from talanoa.conversations.lookups import Shown
from talanoa.conversations.models import Attachment
from talanoa.templating import filesize
from talanoa.website import moments, templating

# Shown within a page by every browser without running anything (P5). SVG is a program and is not among them.
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

# Bounded runs, so that no text is slow to search (S6).
_ADDRESS = re.compile(r"[\w.+%'’-]{1,64}@(?=[\w-]{1,63}\.[\w.-]{2,200})")


def masked(text: str) -> str:
    """Words of others for readers we do not know: e-mail addresses lose the part that could be written to."""
    return _ADDRESS.sub("…@", text) if "@" in text else text


class Sheet(NamedTuple):
    """One letter, ready to be joined into a page; every piece is markup, except `number`, `key` and the last two."""

    number: int
    key: str
    name: str
    who: str  # role, organisation, country
    when: str
    answers: str  # which letter it answers, where that is not the one above
    speech: str  # the attributes for language and direction
    html: str
    files: str
    private: bool  # somebody else wrote it, who can be answered alone
    edited: bool


def who(letter: Shown, language: str) -> str:
    """Role, organisation and country of the author, as markup."""
    country = templating.country_in(letter.country, language) if letter.country else ""
    return str(escape(", ".join(part for part in (letter.role, letter.organisation, country) if part)))


def files(attachments: Iterable[Attachment], page: str) -> Markup:
    """What hangs on a letter: its pictures, and all files to keep."""
    listed = list(attachments)
    row = Markup('<li><a href="{0}/attachments/{1}" dir="auto">{2}</a> <span class="quiet">{3}</span></li>')
    picture = Markup('<img src="{0}/attachments/{1}" alt="{2}" loading="lazy">')
    pictures = [picture.format(page, file.pk, file.name) for file in listed if file.inline and file.media_type in RASTER]
    return Markup('<div class="files">{}<ul>{}</ul></div>').format(
        Markup('<p class="pictures">{}</p>').format(Markup().join(pictures)) if pictures else "",
        Markup().join(row.format(page, file.pk, file.name, filesize(file.size)) for file in listed),
    )


def sheets(
    letters: list[Shown], attachments: dict[int, list[Attachment]], *, slug: str, reader: int | None, meets: bool
) -> list[Sheet]:
    """The letters of a page, set. Names are links for those who may see who the members are."""
    above = {letter.pk: letter for letter in letters}
    stamp = moments.stamper()
    language = get_language() or "en"
    pointers: dict[int, str] = {}  # by number: how an answer points to the letter it answers
    people: dict[tuple[int | None, str], tuple[str, str]] = {}
    hide = str if reader else masked
    made = []
    for letter in letters:
        known = people.get((letter.author, letter.author_name))
        if known is None:
            name = str(escape(hide(letter.name or letter.author_name or _("Somebody"))))
            if meets and letter.author:
                name = f'<a href="/c/{slug}/members/{letter.author}">{name}</a>'
            known = people[letter.author, letter.author_name] = (name, who(letter, language))
        answered = above.get(letter.parent) if letter.parent else None
        answers = ""
        if answered and answered.number != letter.number - 1:
            answers = pointers.get(answered.number, "")
            if not answers:
                words = escape(_("answers %(name)s") % {"name": hide(answered.name or answered.author_name)})
                answers = pointers[answered.number] = f'<a href="#m{answered.number}">{words}</a>'
        made.append(
            Sheet(
                letter.number,
                letter.key,
                known[0],
                known[1],
                stamp(letter.posted_at),
                answers,
                templating.speech(letter.language),
                hide(letter.html),
                files(attachments[letter.pk], f"/c/{slug}/m/{letter.key}") if letter.pk in attachments else "",
                bool(letter.author and letter.author != reader),
                letter.edited,
            )
        )
    return made
