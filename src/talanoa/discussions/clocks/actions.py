"""The verbs that time does: open and close phases, end discussions, send digests, remind."""

from datetime import datetime

from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.lookups import clock, facilitators, one_at_a_time
from talanoa.conversations import actions as conversations
from talanoa.discussions import letters, lookups, rules
from talanoa.discussions.actions import locked, note, say
from talanoa.discussions.models import Discussion, Phase, Reminder
from talanoa.discussions.summaries import actions as summaries
from talanoa.discussions.summaries import lookups as of_summaries
from talanoa.people.models import Person

Stage = Discussion.Stage
DIGEST_HOUR = 7  # o'clock in the community's zone


def tend(*, at: datetime) -> None:
    """Let each discussion be where its clock says; what was missed while nothing ran is done now, once."""
    moving = [Stage.APPROVED, Stage.RUNNING, Stage.ENDED]
    faults = []
    summaries.keep_from_pages()
    for pk in list(Discussion.objects.filter(stage__in=moving).order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                _see_to(pk, at)
        except Exception as fault:  # One that cannot go on must not keep the others from opening; all are raised together below (O11).  # noqa: BLE001
            faults.append(fault)
    if faults:
        raise ExceptionGroup("discussions", faults)


def _see_to(pk: int, at: datetime) -> None:
    of = lookups.numbered(pk)
    assert of is not None
    one_at_a_time(of.community)
    of.refresh_from_db()
    if of.stage in (Stage.APPROVED, Stage.RUNNING):
        _see_to_the_guest(of, at)
        _catch_up(of, at)
        _turn(of, at)
    _remind(of, at)


def end(of: Discussion, *, by: Person, at: datetime) -> None:
    """End a discussion now, before its time."""
    with transaction.atomic():
        locked(of, "end", by)
        of.phases.filter(opened_at=None).delete()
        phase = lookups.current(of)
        if phase:
            Phase.objects.filter(pk=phase.pk).update(ends_at=at)
        _turn(of, at, by=by)


def _see_to_the_guest(of: Discussion, at: datetime) -> None:
    """A guest moderator who is no member any more has no rights; the facilitators are told, and lead."""
    if of.moderator and not lookups.may_lead(of.moderator, of):
        name = of.moderator.name
        of.moderator = None
        of.save(update_fields=["moderator"])
        assert of.conversation_id is not None
        communities.dismiss_guests(of.community, of.conversation_id, at=at)
        note(of, "left", by=None, at=at, why=name)
        for person in facilitators(of.community):
            letters.moderator_gone(of, person, name=name, at=at)


def _catch_up(of: Discussion, at: datetime) -> None:
    """Move the phases that nobody could take part in."""
    before = {one.number: one for one in lookups.spans(of)}
    moved = [one for one in rules.caught_up(list(before.values()), at) if one != before[one.number]]
    for one in moved:
        of.phases.filter(number=one.number).update(begins_at=one.begins_at, ends_at=one.ends_at)
    if moved:
        note(of, "moved", by=None, at=at, before={str(one.number): before[one.number].begins_at.isoformat() for one in moved})
        those = [one for one in lookups.phases(of) if one.number in {span.number for span in moved}]
        for person in dict.fromkeys([*lookups.leaders(of), *facilitators(of.community)]):
            letters.moved(of, person, those, at=at)


def _turn(of: Discussion, at: datetime, *, by: Person | None = None) -> None:
    """Close the phase that is over, open the next, send the digests, end the discussion after the last."""
    assert of.conversation is not None
    over = None
    for phase in lookups.phases(of):
        if phase.opened_at is None and phase.begins_at <= at:
            _open(of, phase, at)
        if phase.opened_at and not phase.closed_at and phase.ends_at <= at:
            over = phase
            _close(of, phase, at)
    if over:
        # After the next was opened, so that one letter brings both.
        _send_digest(of, over, ["stage", "daily"], at)
        summary = summaries.begin(of, over, at=at)
        for person in lookups.leaders(of):
            letters.to_be_summarised(of, summary, person, text=of_summaries.as_mail(summary), at=at)
    elif now := lookups.current(of):
        here = at.astimezone(clock(of.community))
        if here.hour >= DIGEST_HOUR and now.digested != here.date():
            Phase.objects.filter(pk=now.pk).update(digested=here.date())
            _send_digest(of, now, ["daily"], at)
    if not of.phases.filter(closed_at=None).exists():
        _end(of, at, by=by)


def _open(of: Discussion, phase: Phase, at: datetime) -> None:
    assert of.conversation is not None
    assert of.number is not None
    conversations.relabel(of.conversation, rules.label(of.number, phase.number))
    subject, text = letters.opening(of, phase)
    phase.post = say(of, subject, text, person=_voice(of), at=at)
    # Of one moment: what the letter brings about comes after it.
    phase.opened_at, phase.digested = at, at.astimezone(clock(of.community)).date()
    phase.save(update_fields=["post", "opened_at", "digested"])
    if of.stage == Stage.APPROVED:
        of.stage = Stage.RUNNING
        of.save(update_fields=["stage"])
    note(of, "opened", by=None, at=at, before={"phase": phase.number})


def _voice(of: Discussion) -> Person:
    """In whose name the house speaks: who leads the discussion, else who announced it."""
    leaders = lookups.leaders(of)
    assert of.post is not None
    found = leaders[0] if leaders else of.post.author or of.proposer
    assert found is not None, "a discussion was announced by somebody"
    return found


def _close(of: Discussion, phase: Phase, at: datetime) -> None:
    phase.closed_at = at
    phase.save(update_fields=["closed_at"])
    note(of, "closed", by=None, at=at, before={"phase": phase.number})


def _end(of: Discussion, at: datetime, *, by: Person | None) -> None:
    """The guest's rights end with the discussion; the final summary is the facilitators'."""
    assert of.conversation is not None
    assert of.number is not None
    of.stage, of.ended_at = Stage.ENDED, at
    of.save(update_fields=["stage", "ended_at"])
    conversations.relabel(of.conversation, rules.label(of.number, None))
    conversations.follow_as_usual(of.conversation, at=at)
    communities.dismiss_guests(of.community, of.conversation.pk, at=at)
    note(of, "ended", by=by, at=at)
    summary = summaries.begin(of, None, at=at)
    for person in facilitators(of.community):
        letters.to_be_summarised(of, summary, person, text=of_summaries.as_mail(summary), at=at)


def _send_digest(of: Discussion, phase: Phase, hows: list[str], at: datetime) -> None:
    assert of.conversation is not None
    title, words = letters.digest(of, phase)
    conversations.gather(of.conversation, hows, title=f"{rules.label(of.number or 0, phase.number)} {title}", comment=words, at=at)
    Phase.objects.filter(pk=phase.pk).update(comment="")  # it was for this one


def _remind(of: Discussion, at: datetime) -> None:
    phase = lookups.current(of)
    silent = phase and not lookups.contributions(of, phase).exists()
    owed = rules.reminders_due(
        stage=of.stage,
        phases=lookups.spans(of),
        silent_since=phase.opened_at if phase and silent else None,
        unissued=of_summaries.unissued(of),
        ended_at=of.ended_at,
        at=at,
    )
    sent = set(of.reminders.values_list("kind", flat=True))
    fresh = [kind for kind in owed if kind not in sent]
    Reminder.objects.bulk_create(Reminder(discussion=of, kind=kind, at=at) for kind in fresh)
    # Of several at once the last of each kind says most.
    for kind, number in {kind.partition(" ")[0]: kind.partition(" ")[2] for kind in fresh}.items():
        about = of.phases.filter(number=int(number)).first() if number else None
        if kind in {"week", "due", "overdue"} and kind != fresh[-1]:
            continue
        for person in lookups.leaders(of):
            letters.reminder(of, person, kind=kind, phase=about, at=at)
