"""The verbs of Consolidated Replies: begin, save, take, restore."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities.lookups import one_at_a_time, standing
from talanoa.conversations.models import Post
from talanoa.people.models import Person
from talanoa.queries import lookups as queries
from talanoa.queries.models import Query
from talanoa.replies import filling, lookups, markup, merging, rules
from talanoa.replies.models import Reply, Revision, Section


class NotYours(Exception):
    """Only a facilitator of the community may do this."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community can do that.")


class NotNow(Exception):
    """The query has no responses yet that a reply could be made of."""

    def __str__(self) -> str:
        return gettext("A Consolidated Reply can be made once the query is circulated.")


class Wanting(ValueError):
    """Something is missing or does not hold; `str()` says what."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text: the section as it is now, and what the writer must know (a sentence, or "")."""

    section: Section
    told: str = ""


def begin(query: Query, *, by: Person, at: datetime) -> Reply:
    """The reply of a query, with all its sections empty; where it was begun before, that one as it is."""
    with transaction.atomic():
        one_at_a_time(query.community)
        _as_facilitator(by, query)
        query.refresh_from_db()
        if query.stage not in rules.STAGES:
            raise NotNow
        reply, begun = Reply.objects.get_or_create(query=query, defaults={"begun_by": by, "begun_at": at})
        if begun:
            Section.objects.bulk_create(Section(reply=reply, key=key, saved_at=at) for key in rules.SECTIONS)
    return reply


def save(section: Section, html: str, *, based_on: str, by: Person, at: datetime) -> Saved:
    """Keep what somebody made of a section; `based_on` is the text that they began from.

    Where somebody else has saved since, the two are merged by block, and nothing that either typed is lost.
    """
    if max(len(html), len(based_on)) > rules.LARGEST:
        raise Wanting(gettext("This section is too long to be kept; about a page is meant. Your text is still in this window: divide it."))
    with transaction.atomic():
        section = _locked(section, by)
        mine, base = markup.clean(html), markup.clean(based_on)
        if mine in (base, section.html):
            return Saved(section)
        if base == section.html:
            _keep(section, mine, by=by, at=at)
            return Saved(section)
        other = (section.saved_by.name if section.saved_by else "") or gettext("somebody")
        mark = gettext("[[%(name)s changed the part above at the same time: make one of the two]]") % {"name": other}
        merged = merging.merge(markup.blocks(base), markup.blocks(section.html), markup.blocks(mine), escape(mark, quote=False))
        _keep(section, markup.write(merged.blocks), by=by, at=at)
        if merged.conflicts:
            told = gettext("%(name)s changed the same part as you. Both stand; yours is marked, so that you can make one of them.")
        else:
            told = gettext("%(name)s changed this section, too. Both changes are in it.")
        return Saved(section, told % {"name": other})


def take(section: Section, post: Post, selection: str = "", *, by: Person, at: datetime) -> Section:
    """Put a response, or some words of it, into a section, with its source; among experiences under its author's country."""
    with transaction.atomic():
        section = _locked(section, by)
        query = section.reply.query
        if not queries.responses(query).filter(pk=post.pk).exists():
            raise Wanting(gettext("This message is no response to the query."))
        text = selection.strip() or post.fresh_text.strip()
        if " ".join(text.split()) not in " ".join(post.fresh_text.split()):
            raise Wanting(gettext("These words do not stand in the response; what is taken from it is taken as it was written."))
        added = filling.quoted(text, lookups.source(query, post), section=section.key)
        heading = lookups.country_of(query, post) if section.key == "experiences" else ""
        _keep(section, markup.write(filling.placed(markup.blocks(section.html), added, heading)), by=by, at=at, anew=True)
    return section


def restore(section: Section, revision: Revision, *, by: Person, at: datetime) -> Section:
    """Let a section be as it was at an earlier time; how it is now stays among its versions."""
    with transaction.atomic():
        section = _locked(section, by)
        if revision.section_id != section.pk:
            raise Wanting(gettext("This is a version of another section."))
        if revision.html != section.html:
            _keep(section, revision.html, by=by, at=at, anew=True)
    return section


def _keep(section: Section, html: str, *, by: Person, at: datetime, anew: bool = False) -> None:
    """Write a section, and its revision: a new one, unless the same person only writes on within one sitting."""
    if len(html) > rules.LARGEST:
        raise Wanting(gettext("The section would become too long to be kept; about a page is meant."))
    last = section.revisions.order_by("-number").first()
    section.html, section.revision, section.saved_by, section.saved_at = html, section.revision + 1, by, at
    section.save(update_fields=["html", "revision", "saved_by", "saved_at"])
    # Who takes much away begins a new revision: a page emptied by mistake must be found again.
    if not anew and last and last.by_id == by.pk and at - last.at < rules.ONE_SITTING and len(html) * 4 >= len(last.html) * 3:
        last.number, last.html = section.revision, html
        last.save(update_fields=["number", "html"])
    else:
        Revision.objects.create(section=section, number=section.revision, html=html, by=by, at=at)


def _locked(section: Section, by: Person) -> Section:
    """The section as it is now, held until the transaction ends, for a facilitator."""
    found = Section.objects.select_for_update(of=("self",)).select_related("reply__query__community", "saved_by").get(pk=section.pk)
    _as_facilitator(by, found.reply.query)
    return found


def _as_facilitator(by: Person, query: Query) -> None:
    if not standing(by, query.community).facilitates:
        raise NotYours
