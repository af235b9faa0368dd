"""The verbs of Consolidated Replies: begin, save, take, fill, restore, issue; and following up what they led to."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities.lookups import facilitators, one_at_a_time, standing
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Post
from talanoa.editing import actions as editing
from talanoa.editing.actions import Saved, Wanting
from talanoa.language import scores
from talanoa.mail.sending import writing
from talanoa.people import actions as people
from talanoa.people.lookups import first_address
from talanoa.people.models import Person, Ticket
from talanoa.publishing import markup, paper, word
from talanoa.queries import actions as of_queries
from talanoa.queries import lookups as queries
from talanoa.queries.models import Query
from talanoa.replies import editions, filling, letters, lookups, publication, rules
from talanoa.replies.models import Edition, FollowUp, Reply, Revision, Section


class NotYours(Exception):
    """Only a facilitator of the community may do this."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community can do that.")


class NotNow(Exception):
    """The query has no responses yet that a reply could be made of."""

    def __str__(self) -> str:
        return gettext("A Consolidated Reply can be made once the query is circulated.")


class Incomplete(Exception):
    """A reply cannot be issued yet; `missing` says why, place by place."""

    def __init__(self, missing: Sequence[lookups.Missing]) -> None:
        super().__init__(" ".join(one.sentence for one in missing))
        self.missing = missing


class Outdated(Exception):
    """The reply has moved on since its issuer looked at it."""

    def __str__(self) -> str:
        return gettext("Another version was issued meanwhile. Look at it before you issue the next one.")


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


def save(section: Section, html: str, *, based_on: str, by: Person, at: datetime) -> Saved[Section]:
    """Keep what somebody made of a section; `based_on` is the text that they began from.

    Where somebody else has saved since, the two are merged by block, and nothing that either typed is lost.
    """
    editing.check(html, based_on)
    with transaction.atomic():
        return editing.save(_locked(section, by), html, based_on=based_on, by=by, at=at)


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
        editing.keep(section, markup.write(filling.placed(markup.blocks(section.html), added, heading)), by=by, at=at, anew=True)
    return section


def fill(reply: Reply, *, by: Person, at: datetime) -> list[str]:
    """Put a first draft, made from the responses by algorithm, into the sections that are empty; returns their keys."""
    drafted = lookups.drafted(reply.query)
    filled = []
    with transaction.atomic():
        for empty in reply.sections.order_by("pk"):
            section = _locked(empty, by)
            if not section.html and drafted.get(section.key):
                editing.keep(section, markup.write(drafted[section.key]), by=by, at=at, anew=True)
                filled.append(section.key)
    return filled


def reword(section: Section, answer: str, *, by: Person, at: datetime) -> int:
    """Put a language model's wording in the place of a section, each sentence held against what it cites.

    Returns how many were struck: they stand as unresolved marks. What the section was stays among its versions.
    """
    blocks, struck = lookups.reworded(section, answer)
    if not blocks:
        raise Wanting(gettext("The service answered with nothing."))
    with transaction.atomic():
        editing.keep(_locked(section, by), markup.write(blocks), by=by, at=at, anew=True)
    return struck


def restore(section: Section, revision: Revision, *, by: Person, at: datetime) -> Section:
    """Let a section be as it was at an earlier time; how it is now stays among its versions."""
    with transaction.atomic():
        section = _locked(section, by)
        if revision.section_id != section.pk:
            raise Wanting(gettext("This is a version of another section."))
        editing.restore(section, revision.number, by=by, at=at)
    return section


def issue(reply: Reply, *, expects: int, by: Person, at: datetime) -> Edition:
    """Issue a reply as version `expects`: to the members by mail, as a page, as PDF and DOCX, all in one commit.

    Asked twice for the same version, it is issued once. Raises Incomplete with what is missing.
    """
    with transaction.atomic():
        query = reply.query
        one_at_a_time(query.community)
        _as_facilitator(by, query)
        if before := reply.editions.filter(number=expects).first():
            return before
        if expects != reply.editions.count() + 1:
            raise Outdated
        query.refresh_from_db()
        if query.stage not in rules.STAGES:
            raise NotNow
        if missing := lookups.missing(reply):
            raise Incomplete(missing)
        document = editions.drawn_up(reply, version=expects, by=by, at=at)
        laid = publication.laid_out(document)
        pdf, docx = paper.pdf(laid), word.file(laid)
        attached = len(pdf) <= paper.LARGEST_ATTACHED
        subject, text = letters.issued(document, attached=attached)
        name = f"consolidated-reply-{query.number}-v{expects}.pdf"
        files = [writing.Part(name, "application/pdf", pdf)] if attached else []
        post = of_queries.say(query, subject, text, person=by, at=at, attachments=files)
        edition = Edition.objects.create(
            reply=reply,
            number=expects,
            document=document,
            issued_by=by,
            issued_at=at,
            post=post,
            pdf=_put_away(pdf),
            docx=_put_away(docx),
        )
        of_queries.note_consolidated(query, version=expects, by=by, at=at)
        letters.to_the_asker(query, edition, at=at)
        if expects == 1:
            _plan_follow_ups(query, at)
    return edition


def _put_away(content: bytes) -> str:
    """Put a file where its digest says, as attachments are; what a rolled-back issue leaves there harms nobody."""
    digest = hashlib.sha256(content).hexdigest()
    path = f"{digest[:2]}/{digest}"
    return path if default_storage.exists(path) else str(default_storage.save(path, ContentFile(content)))


def _plan_follow_ups(query: Query, at: datetime) -> None:
    customs = queries.customs(query.community)
    days = {FollowUp.Kind.HELPED: customs.helped_days, FollowUp.Kind.STORY: customs.story_days}
    FollowUp.objects.bulk_create(FollowUp(query=query, kind=kind, due_at=at + timedelta(days=after)) for kind, after in days.items())


def tend(*, at: datetime) -> None:
    """Ask the askers whether a reply helped, and later what was done with it, each once; keep what was withdrawn from the pages.

    A response that is withdrawn stands in the PDF that hangs on the mail which brought the reply (P3).
    """
    for edition in editions.with_stale_files():
        assert edition.post is not None
        conversations.take_files(edition.post)
    for pk in list(FollowUp.objects.filter(sent_at=None, due_at__lte=at).values_list("pk", flat=True)[:100]):
        with transaction.atomic():
            if not FollowUp.objects.filter(pk=pk, sent_at=None).update(sent_at=at):
                continue  # another worker was first
            found = editions.followed_up(pk)
            asker = found.query.asker if found else None
            address = first_address(asker) if asker else None
            # Who has left, and cannot read the reply any more, is asked nothing.
            if found and address and standing(asker, found.query.community).reads:
                token = people.issue(Ticket.Purpose.FOLLOW_UP, address, at=at, lives=rules.ASKED_FOR, about=pk)
                letters.follow_up(found, token, at=at)


def answer_follow_up(one: FollowUp, text: str, *, token: str, at: datetime, score: int | None = None, shown: bool = False) -> None:
    """Keep an asker's answer; the facilitators read it. The ticket is used up (A2).

    From a mail the score is read from the first line, and `shown` from a first line that says so.
    """
    text = text.strip()
    if one.kind == FollowUp.Kind.HELPED:
        score = score or scores.score(text)
    else:
        said, text = rules.told(text)
        shown = shown or said
    if not text and not score:
        raise Wanting(gettext("Write something first; an empty message helps nobody."))
    with transaction.atomic():
        people.redeem(token, Ticket.Purpose.FOLLOW_UP, at=at)
        one.score, one.words, one.answered_at, one.shown = score, text, at, shown
        one.save(update_fields=["score", "words", "answered_at", "shown"])
        for facilitator in facilitators(one.query.community):
            letters.followed_up(one, facilitator, at=at)


def _locked(section: Section, by: Person) -> Section:
    """The section as it is now, held until the transaction ends, for a facilitator."""
    found = Section.objects.select_for_update(of=("self",)).select_related("reply__query__community", "saved_by").get(pk=section.pk)
    _as_facilitator(by, found.reply.query)
    return found


def _as_facilitator(by: Person, query: Query) -> None:
    if not standing(by, query.community).facilitates:
        raise NotYours
