"""The verbs of summaries: begin, fill, save, restore, issue; and asking the contributors whether it was worth their time."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities.lookups import one_at_a_time, standing
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Post
from talanoa.discussions import letters, rules
from talanoa.discussions import lookups as discussions
from talanoa.discussions.actions import NotNow, NotYours, Wanting, locked, note, say
from talanoa.discussions.models import Discussion, Edition, Feedback, Phase, Revision, Section, Summary
from talanoa.discussions.summaries import drafting, lookups, publication
from talanoa.editing import actions as editing
from talanoa.editing.actions import Saved
from talanoa.language import scores
from talanoa.mail.sending import writing
from talanoa.people import actions as people
from talanoa.people.lookups import first_address
from talanoa.people.models import Person, Ticket
from talanoa.publishing import markup, paper, word

__all__ = [
    "Incomplete",
    "NotNow",
    "NotYours",
    "Outdated",
    "Wanting",
    "answer_feedback",
    "begin",
    "fill",
    "issue",
    "keep_from_pages",
    "restore",
    "retype",
    "save",
    "take",
]


class Incomplete(Exception):
    """A summary cannot be issued yet; `missing` says why, place by place."""

    def __init__(self, missing: list[lookups.Missing]) -> None:
        super().__init__(" ".join(one.sentence for one in missing))
        self.missing = missing


class Outdated(Exception):
    """The summary has moved on since its issuer looked at it."""

    def __str__(self) -> str:
        return gettext("Another version was issued meanwhile. Look at it before you issue the next one.")


def begin(of: Discussion, phase: Phase | None, *, at: datetime) -> Summary:
    """The summary of a phase, or (None) of the whole, drafted; where it was begun before, that one as it is.

    In the caller's transaction; the caller has asked who may.
    """
    summary, begun = Summary.objects.get_or_create(discussion=of, phase=phase, defaults={"begun_at": at})
    if begun:
        Section.objects.bulk_create(Section(summary=summary, key=key, saved_at=at) for key in rules.SECTIONS)
        _fill(summary, by=None, at=at)
    return summary


def fill(summary: Summary, *, by: Person, at: datetime) -> bool:
    """Draft the sections that are empty; False if there was nothing to draft."""
    with transaction.atomic():
        locked(summary.discussion, "summarise", by)
        return _fill(summary, by=by, at=at)


def _fill(summary: Summary, *, by: Person | None, at: datetime) -> bool:
    drafted, filled = lookups.drafted(summary), False
    for one in lookups.sections(summary):
        if not one.html and drafted.get(one.key):
            editing.keep(one, markup.write(drafted[one.key]), by=by, at=at, anew=True)
            filled = True
    return filled


def save(section: Section, html: str, *, based_on: str, by: Person, at: datetime) -> Saved[Section]:
    """Keep what somebody made of a section, merged by block with what others saved meanwhile."""
    editing.check(html, based_on)
    with transaction.atomic():
        return editing.save(_held(section, by), html, based_on=based_on, by=by, at=at)


def take(section: Section, post: Post, selection: str = "", *, by: Person, at: datetime) -> Section:
    """Put a contribution, or some words of it, into a section, with its source."""
    with transaction.atomic():
        held = _held(section, by)
        summary = held.summary
        if not lookups.contributions(summary).filter(pk=post.pk).exists():
            raise Wanting(gettext("This message is no contribution to it."))
        text = selection.strip() or post.fresh_text.strip()
        if " ".join(text.split()) not in " ".join(post.fresh_text.split()):
            raise Wanting(gettext("These words do not stand in the contribution; what is taken from it is taken as it was written."))
        added = drafting.quoted(text, lookups.source(summary.discussion, post))
        editing.keep(held, markup.write([*markup.blocks(held.html), *added]), by=by, at=at, anew=True)
    return held


def retype(summary: Summary, text: str, *, by: Person, at: datetime) -> None:
    """Let the sections be as somebody typed them in a mail; how they were stays among their versions."""
    with transaction.atomic():
        for key, html in lookups.typed(summary, text).items():
            section = _held(summary.sections.get(key=key), by)
            if html != section.html:
                editing.keep(section, html, by=by, at=at, anew=True)


def restore(section: Section, revision: Revision, *, by: Person, at: datetime) -> Section:
    """Let a section be as it was at an earlier time."""
    with transaction.atomic():
        held = _held(section, by)
        editing.restore(held, revision.number, by=by, at=at)
    return held


def issue(summary: Summary, *, expects: int, by: Person, at: datetime) -> Edition:
    """Issue a summary as version `expects`, to the members by mail and pinned to the discussion's page, in one commit.

    Asked twice for the same version, it is issued once. Raises Incomplete with what is missing.
    """
    with transaction.atomic():
        of = summary.discussion
        locked(of, "summarise", by)
        if before := summary.editions.filter(number=expects).first():
            return before
        if expects != summary.editions.count() + 1:
            raise Outdated
        if missing := lookups.missing(summary):
            raise Incomplete(missing)
        document = lookups.drawn_up(summary, version=expects, by=by, at=at)
        files = [] if summary.phase else _on_paper(document)
        subject, text = letters.issued(of, lookups.mailed(document, summary.phase, attached=bool(files)))
        post = say(of, subject, text, person=by, at=at, attachments=files)
        edition = Edition.objects.create(summary=summary, number=expects, document=document, issued_by=by, issued_at=at, post=post)
        note(of, "issued", by=by, at=at, before={"phase": summary.phase.number if summary.phase else None, "version": expects})
        if summary.phase is None and of.stage == Discussion.Stage.ENDED:
            of.stage = Discussion.Stage.SUMMARISED
            of.save(update_fields=["stage"])
            _ask_for_feedback(of, at=at)
    return edition


def _on_paper(document: dict[str, Any]) -> list[writing.Part]:
    """A final summary to read and print, and for Word; nothing where it would be too much for a letter to everybody."""
    laid = publication.laid_out(document)
    name = f"discussion-{document['number']}-summary-v{document['version']}"
    pdf, docx = paper.pdf(laid), word.file(laid)
    if len(pdf) + len(docx) > paper.LARGEST_ATTACHED:
        return []
    return [writing.Part(f"{name}.pdf", "application/pdf", pdf), writing.Part(f"{name}.docx", word.MEDIA_TYPE, docx)]


def keep_from_pages() -> None:
    """Take the files of final summaries from the pages in which something stands that was withdrawn since (P3)."""
    for edition in lookups.with_stale_files():
        assert edition.post is not None
        conversations.take_files(edition.post)


def _ask_for_feedback(of: Discussion, *, at: datetime) -> None:
    """Each contributor is asked once; who has left, and cannot read the summary any more, is asked nothing."""
    for person in {post.author for post in discussions.contributions(of) if post.author}:
        address = first_address(person)
        if not address or not standing(person, of.community).reads:
            continue
        one, new = Feedback.objects.get_or_create(discussion=of, person=person, defaults={"sent_at": at})
        if new:
            token = people.issue(Ticket.Purpose.FEEDBACK, address, at=at, lives=rules.FEEDBACK_FOR, about=one.pk)
            letters.feedback(one, token, at=at)


def answer_feedback(one: Feedback, text: str, *, token: str, at: datetime, score: int | None = None) -> None:
    """Keep what a contributor says of the discussion. The ticket is used up (A2); from a mail the score is read from the first line."""
    score, text = score or scores.score(text), text.strip()
    if not text and not score:
        raise Wanting(gettext("Write something first; an empty message helps nobody."))
    with transaction.atomic():
        people.redeem(token, Ticket.Purpose.FEEDBACK, at=at)
        one.score, one.words, one.answered_at = score, text, at
        one.save(update_fields=["score", "words", "answered_at"])


def _held(section: Section, by: Person) -> Section:
    """The section as it is now, held until the transaction ends, for somebody who leads the discussion."""
    of = Section.objects.select_related("summary__discussion__community").get(pk=section.pk).summary.discussion
    one_at_a_time(of.community)
    found = Section.objects.select_for_update(of=("self",)).select_related("summary__discussion__community", "saved_by").get(pk=section.pk)
    if not discussions.may_lead(by, found.summary.discussion):
        raise NotYours
    return found
