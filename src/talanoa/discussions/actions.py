"""The verbs of discussions: propose, revise, approve, decline; lead, invite, follow. `clocks` opens and ends, `summaries` sums up."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities import actions as communities
from talanoa.communities.lookups import clock, facilitators, one_at_a_time, standing
from talanoa.communities.models import Community, Membership
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Post
from talanoa.discussions import letters, lookups, outline, rules, sentences
from talanoa.discussions.models import Change, Discussion, Invitation, Ours, Phase
from talanoa.locale import spoken
from talanoa.mail.models import Received
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.sending import writing
from talanoa.people import actions as people
from talanoa.people.models import Person, Ticket
from talanoa.queries.lookups import left_alone


class NotNow(Exception):
    """A verb that the discussion's stage does not allow."""

    def __init__(self, of: Discussion) -> None:
        super().__init__(gettext("That cannot be done now: the discussion is %(stage)s.") % {"stage": sentences.stage(of.stage)})


class NotYours(Exception):
    """Only who leads the discussion may do this."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community, or the discussion's guest moderator until its end, can do that.")


class Wanting(ValueError):
    """Something is missing; `str()` says what."""


class ProposedBefore(Exception):
    """The same mail proposed a discussion before (D5)."""

    def __str__(self) -> str:
        return gettext("This proposal has reached the facilitator before.")


def propose(
    letter: Letter,
    *,
    community: Community,
    proposer: Person | None,
    received: Received | None,
    at: datetime,
    subject: str = "",
    text: str = "",
) -> Discussion:
    """A member's proposal: they get a receipt that shows how it was understood, the facilitators a letter to decide by.

    `subject` and `text`, where given, are a facilitator's wording of a held mail. Runs in the caller's transaction.
    """
    one_at_a_time(community)
    if received and Discussion.objects.filter(received=received).exists():
        raise ProposedBefore
    text = text or letter.fresh_text or letter.text
    title = " ".join(rules.bare_title(subject or letter.subject).split()) or gettext("A discussion")
    said = outline.read(text)
    name = proposer.name if proposer else (letter.sender.name or letter.sender.address) if letter.sender else ""
    made = Discussion.objects.create(
        community=community,
        proposer=proposer,
        proposer_name=name[:200],
        received=received,
        proposed_subject=title,
        proposed_text=text,
        proposed_at=at,
        title=title,
        issue=said.issue,
        why=said.why,
        audience=said.audience,
        moderator_name=said.moderator,
        moderator=lookups.member_called(community, said.moderator),
    )
    _plan(made, said.begins, said.phases, at=at)
    note(made, "proposed", by=proposer, at=at)
    letters.receipt(made, answers=letter.message_id or "", at=at)
    for person in facilitators(community):
        letters.proposed(made, person, at=at)
    return made


def revise(of: Discussion, *, title: str, plan: outline.Outline, moderator: Person | None, by: Person, at: datetime) -> None:
    """Give a discussion another plan. Phases that are open, or over, stay as they are; those to come follow them."""
    with transaction.atomic():
        locked(of, "revise", by)
        if not title.strip():
            raise Wanting(gettext("A discussion has a title."))
        if moderator and not standing(moderator, of.community).member:
            raise Wanting(gettext("A guest moderator is a member; let them join first."))
        before = {"title": of.title, "plan": outline.write(lookups.planned(of))}
        of.title, of.issue, of.why, of.audience = " ".join(title.split()), plan.issue, plan.why, plan.audience
        changed = moderator != of.moderator
        of.moderator, of.moderator_name = moderator, moderator.name if moderator else plan.moderator
        of.save(update_fields=["title", "issue", "why", "audience", "moderator", "moderator_name"])
        if plan.phases:
            _plan(of, plan.begins, plan.phases, at=at)
        note(of, "revised", by=by, at=at, before=before)
        if changed and of.conversation_id:
            _seat_the_guest(of, by=by, at=at)


def approve(of: Discussion, *, by: Person, at: datetime) -> Post:
    """Announce a discussion to the members, with its number; it opens by itself when its time comes."""
    with transaction.atomic():
        locked(of, "approve", by)
        if not of.issue.strip():
            raise Wanting(gettext("Say what is to be discussed: the issue is empty."))
        those = lookups.phases(of)
        if those[0].begins_at <= at:
            # It lay on a desk for longer than was planned.
            _plan(of, None, lookups.planned(of).phases, at=at)
        highest = Discussion.objects.filter(community=of.community).aggregate(last=Max("number"))["last"] or 0
        of.number, of.stage, of.approved_at = highest + 1, Discussion.Stage.APPROVED, at
        of.save(update_fields=["number", "stage", "approved_at"])
        subject, text = letters.announcement(of)
        post = say(of, subject, text, person=of.moderator or by, label=rules.label(of.number, None), at=at)
        of.post, of.conversation = post, post.conversation
        of.save(update_fields=["post", "conversation"])
        people.void(Ticket.Purpose.DISCUSSION, of.pk, at=at)
        note(of, "approved", by=by, at=at)
        letters.approved(of, at=at)
        _seat_the_guest(of, by=by, at=at)
    return post


def decline(of: Discussion, *, why: str, by: Person, at: datetime) -> None:
    """Do not hold a discussion. Its proposer reads why."""
    with transaction.atomic():
        locked(of, "decline", by)
        if not why.strip():
            raise Wanting(gettext("Write a reason; the proposer will read it."))
        of.stage = Discussion.Stage.DECLINED
        of.save(update_fields=["stage"])
        people.void(Ticket.Purpose.DISCUSSION, of.pk, at=at)
        note(of, "declined", by=by, at=at, why=why.strip())
        letters.declined(of, why=why.strip(), at=at)


def write_opening(phase: Phase, words: str, *, by: Person, at: datetime) -> None:
    """Give the opening letter of a phase that is to come the moderator's words; none make it of theme and questions."""
    with transaction.atomic():
        locked(phase.discussion, "lead", by)
        phase.refresh_from_db()
        if phase.opened_at:
            raise Wanting(gettext("This phase is open already; write to the members instead."))
        phase.opening = words.strip()
        phase.save(update_fields=["opening"])
        note(phase.discussion, "revised", by=by, at=at, why=gettext("the opening letter of phase %(number)d") % {"number": phase.number})


def comment(phase: Phase, words: str, *, by: Person, at: datetime) -> None:
    """Keep the moderator's word for the next digest."""
    del at
    with transaction.atomic():
        locked(phase.discussion, "lead", by)
        Phase.objects.filter(pk=phase.pk).update(comment=words.strip())


def extend(of: Discussion, *, until: date, why: str, by: Person, at: datetime) -> None:
    """Let the phase that is open end later; those to come move with it."""
    with transaction.atomic():
        locked(of, "end", by)
        phase = lookups.current(of)
        moment = rules.moment(until, clock(of.community))
        if phase is None or moment <= max(at, phase.ends_at):
            raise Wanting(gettext("Choose a later day."))
        if not why.strip():
            raise Wanting(gettext("Say why it is extended."))
        shift, before = moment - phase.ends_at, phase.ends_at
        for one in lookups.phases(of):
            if one.number >= phase.number:
                one.ends_at += shift
                one.begins_at += shift if one.number > phase.number else shift * 0
                one.save(update_fields=["begins_at", "ends_at"])
        of.reminders.filter(kind__in=[f"half {phase.number}"]).delete()
        note(of, "extended", by=by, at=at, why=why.strip(), before={"ends_at": before.isoformat()})


def invitation_words(of: Discussion, person: Person, by: Person) -> str:
    """The draft of a personal invitation."""
    return letters.invitation_words(of, person, by)


def invite(of: Discussion, person: Person, *, words: str, reason: str = "", by: Person, at: datetime) -> None:
    """Ask somebody to take part, by a personal letter; asked twice in the same moment, it is sent once."""
    with transaction.atomic():
        locked(of, "invite", by)
        if not standing(person, of.community).member:
            raise Wanting(gettext("Only members can be asked; invite others to join first."))
        if left_alone(person):
            raise Wanting(gettext("%(name)s asked not to be approached.") % {"name": person})
        if not words.strip():
            raise Wanting(gettext("Write the letter first."))
        _, new = Invitation.objects.get_or_create(discussion=of, person=person, defaults={"reason": reason, "by": by, "at": at})
        if not new:
            raise Wanting(gettext("%(name)s was asked before.") % {"name": person})
        letters.invitation(of, person, words.strip(), by=by, at=at)
        note(of, "invited", by=by, at=at, why=str(person), before={"person": person.pk})


def follow(of: Discussion, member: Membership, how: str, *, at: datetime, answers: str | None = None) -> str:
    """Let a member have a discussion closely, as a digest of each day or phase, not at all, or ("") as their other mail.

    Returns the sentence that says so; it goes out as a letter where `answers`, the Message-ID of their mail, is given.
    """
    if of.conversation is None:
        raise NotNow(of)
    with transaction.atomic():
        conversations.follow(of.conversation, member, how, at=at)
        with translation.override(spoken(member.person.languages, of.community.language)):
            said = gettext("“%(title)s” comes to you: %(how)s.") % {"title": of.title, "how": sentences.followed(how)}
        if answers is not None:
            letters.followed(of, member.person, said, answers=answers, at=at)
    return said


def tell_what_was_done(of: Discussion, person: Person, sentence: str, *, answers: str, at: datetime) -> None:
    """Answer somebody's answer to a letter of ours."""
    letters.done(of, person, sentence, answers=answers, at=at)


def note_said(post: Post, *, at: datetime) -> None:
    """Somebody wrote to a conversation: who writes after a discussion's end is told so, once, and what becomes of it."""
    of = lookups.of_conversation(post.conversation_id)
    if of is None or of.ended_at is None or post.author is None:
        return
    if lookups.said(of).filter(author=post.author, posted_at__gt=of.ended_at).count() == 1:
        letters.late(of, post.author, answers=post.message_id, at=at)


def say(
    of: Discussion, subject: str, text: str, *, person: Person, at: datetime, label: str = "", attachments: Sequence[writing.Part] = ()
) -> Post:
    """Circulate words in a discussion as a post that is no contribution. The caller holds the community and has asked who may."""
    post = conversations.say(
        of.community, subject, text, person=person, answers=of.post, attachments=attachments, label=label, at=at
    )
    Ours.objects.create(post=post)
    return post


def _plan(of: Discussion, begins: date | None, stretches: Sequence[outline.Stretch], *, at: datetime) -> None:
    """Set the phases that are to come, one after the other; the first begins on a day to come, or when the open one ends."""
    zone = clock(of.community)
    kept = [one for one in lookups.phases(of) if one.opened_at]
    openings = {one.number: one.opening for one in lookups.phases(of)}
    of.phases.filter(opened_at=None).delete()
    today = at.astimezone(zone).date()
    to_come = begins and rules.moment(begins, zone) > at
    day = kept[-1].ends_at.astimezone(zone).date() if kept else begins if begins and to_come else rules.first_day(today)
    those = (stretches or [outline.Stretch(of.title)])[: rules.MOST_PHASES]
    for number, one in enumerate(those, 1):
        if number <= len(kept):
            continue
        ends = date.fromordinal(day.toordinal() + one.days)
        Phase.objects.create(
            discussion=of,
            number=number,
            theme=one.theme,
            questions=list(one.questions),
            begins_at=rules.moment(day, zone),
            ends_at=rules.moment(ends, zone),
            opening=openings.get(number, ""),
        )
        day = ends


def _seat_the_guest(of: Discussion, *, by: Person | None, at: datetime) -> None:
    """Give the rights of a moderator to the one who is named, and to nobody else."""
    assert of.conversation_id is not None
    communities.dismiss_guests(of.community, of.conversation_id, at=at)
    if of.moderator:
        communities.appoint_guest(of.community, of.moderator, of.conversation_id, at=at)
        letters.guest(of, at=at)
    note(of, "moderator", by=by, at=at, why=of.moderator.name if of.moderator else "")


def locked(of: Discussion, verb: str, by: Person | None = None) -> None:
    """Hold the community, look at the discussion as it is now, and refuse what its stage or the person does not allow."""
    one_at_a_time(of.community)
    of.refresh_from_db()
    if by is not None:
        leads = lookups.may_lead(by, of) if verb in {"lead", "invite", "summarise"} else standing(by, of.community).facilitates
        if not leads:
            raise NotYours
    if of.stage not in rules.MAY[verb]:
        raise NotNow(of)


def note(of: Discussion, what: str, *, by: Person | None, at: datetime, why: str = "", before: Mapping[str, object] | None = None) -> None:
    """Write down what happened to a discussion."""
    Change.objects.create(discussion=of, what=what, by=by, at=at, why=why, before=dict(before or {}))
