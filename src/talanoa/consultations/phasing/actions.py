"""The verbs of phases: arrange, open, go on, close, extend. Each phase has its rule, and begins by itself when the one before is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from talanoa.communities.lookups import facilitators
from talanoa.consultations import letters, lookups, papers, rules
from talanoa.consultations.commenting.actions import locked, tell_all, write_down
from talanoa.consultations.models import Comment, Consultation, Phase, Version
from talanoa.consultations.phasing import lookups as phasing
from talanoa.consultations.refusals import Wanting
from talanoa.conversations import actions as conversations
from talanoa.mail.sending import writing
from talanoa.people.models import Person

Stage, Rule = Consultation.Stage, Phase.Rule


class Planned(NamedTuple):
    """A phase as somebody arranges it."""

    rule: str
    ends_at: datetime
    theme: str = ""


def arrange(of: Consultation, plan: Sequence[Planned], *, why: str = "", by: Person, at: datetime) -> None:
    """Put these in the place of all phases that have not begun. Once it is open the members are told, and why."""
    with transaction.atomic():
        locked(of, "arrange", by)
        lasts = phasing.phase(of)
        told = [one.rule for one in plan]
        if not set(told) <= set(Rule.values) or (lasts is None and told[:1] != [Rule.COMMENT]):
            raise Wanting(gettext("The first phase is one for comments."))
        if not rules.in_order_of_time([one.ends_at for one in plan], after=max(at, lasts.ends_at) if lasts else at):
            raise Wanting(gettext("Each phase ends on a day after the one before it."))
        if not rules.get_answers([*([lasts.rule] if lasts else []), *told]):
            raise Wanting(gettext("Comments get answers: put a phase for answers after the last one for comments."))
        if lasts and not why.strip():
            raise Wanting(gettext("Say why; the members will read it."))
        of.phases.filter(begun_at=None).delete()
        Phase.objects.bulk_create(Phase(consultation=of, rule=one.rule, theme=one.theme.strip(), ends_at=one.ends_at) for one in plan)
        if lasts:
            _set_clocks(of, lasts)
            say(of, *letters.arranged(of, why.strip()), by=by, at=at)
            write_down(of, "arranged", by=by, at=at, why=why.strip())


def open_(of: Consultation, *, closes_at: datetime | None = None, answers_due_at: datetime | None = None, by: Person, at: datetime) -> None:
    """Announce it to the members, with its number and the draft in numbered passages, and begin the first of its phases.

    Where none were arranged they are comments until `closes_at`, then answers, by default for two weeks.
    """
    with transaction.atomic():
        locked(of, "open", by)
        plan = phasing.to_come(of)
        if not plan and closes_at:
            due = max(answers_due_at or closes_at + timedelta(days=rules.ANSWER_DAYS), closes_at)
            pair = ((Rule.COMMENT, closes_at), (Rule.ANSWER, due))
            plan = Phase.objects.bulk_create(Phase(consultation=of, rule=rule, ends_at=ends_at) for rule, ends_at in pair)
        if not plan or plan[0].ends_at <= at:
            raise Wanting(gettext("Choose a day that is still to come."))
        highest = Consultation.objects.filter(community=of.community).aggregate(last=Max("number"))["last"] or 0
        of.number, of.opened_at = highest + 1, at
        version = of.versions.get(number=1)
        version.published_at = at
        version.save(update_fields=["published_at"])
        begin(of, plan[0], at=at)
        subject, text = letters.opening(of, version, lookups.passages(version))
        of.post = conversations.say(of.community, subject, text, person=by, attachments=attached(of, version), at=at)
        of.conversation = of.post.conversation
        of.save()
        write_down(of, "opened", by=by, at=at)


def begin(of: Consultation, phase: Phase, *, at: datetime) -> None:
    """Let a phase last from now on: its rule holds, its clock runs, its reminders are still to come."""
    phase.begun_at = at
    phase.save()
    of.stage = Stage(rules.STAGES[phase.rule])
    of.reminded.all().delete()
    _set_clocks(of, phase)


def _set_clocks(of: Consultation, phase: Phase) -> None:
    following = next((one.ends_at for one in phasing.to_come(of) if one.rule == Rule.ANSWER), None)
    if phase.rule == Rule.COMMENT:
        of.closes_at, of.answers_due_at = phase.ends_at, following or phase.ends_at + timedelta(days=rules.ANSWER_DAYS)
    elif phase.rule == Rule.ANSWER:
        of.answers_due_at = phase.ends_at
    else:
        of.review_ends_at = phase.ends_at
    of.save(update_fields=["number", "stage", "opened_at", "closes_at", "answers_due_at", "review_ends_at"])


def go_on(of: Consultation, *, by: Person | None, at: datetime) -> None:
    """End the answers, or the review, and begin the next phase; without `by`, its time had come. All answers are mailed before."""
    with transaction.atomic():
        locked(of, "go on", by)
        following = phasing.to_come(of)
        if not following:
            raise Wanting(gettext("No further phase was arranged."))
        if owed := lookups.owed(of).count():
            raise Wanting(gettext("%(count)d comments have no answer.") % {"count": owed})
        tell_all(of, at=at)
        _begin_next(of, by=by, at=at)


def _begin_next(of: Consultation, *, by: Person | None, at: datetime) -> None:
    """Begin the next phase. What begins late, because answers were missing or nothing ran, ends as many days later, with all behind it;
    but not the day on which answers were promised."""
    lasts, following = phasing.phase(of), phasing.to_come(of)
    if lasts and following[0].rule != Rule.ANSWER and (late := (at - lasts.ends_at).days) > 0:
        shift(following, timedelta(days=late))
    begin(of, following[0], at=at)
    write_down(of, "phase", by=by, at=at, why=following[0].theme)
    sender = by or of.prepared_by or facilitators(of.community).first()
    version = lookups.newest(of)
    if following[0].rule != Rule.ANSWER and sender and version:
        say(of, *letters.phase(of, version), by=sender, at=at, attachments=attached(of, version))


def shift(those: Sequence[Phase], by: timedelta) -> None:
    """Let phases end later."""
    for one in those:
        one.ends_at += by
        one.save(update_fields=["ends_at"])


def close(of: Consultation, *, by: Person | None, at: datetime) -> None:
    """End the time for comments and begin what was arranged to follow; without `by`, its time had come.

    What comes later is taken, and marked as late, until comments are awaited again.
    """
    with transaction.atomic():
        locked(of, "close", by)
        write_down(of, "closed", by=by, at=at)
        _begin_next(of, by=by, at=at)
        count, owed = Comment.objects.filter(consultation=of, replaced_at=None).count(), lookups.owed(of).count()
        for person in workers(of):
            letters.closed(of, person, comments=count, owed=owed, at=at)


def extend(of: Consultation, *, until: datetime, why: str, by: Person, at: datetime) -> None:
    """Take comments for longer, also when they are being answered already; the phases to come end as much later."""
    with transaction.atomic():
        locked(of, "extend", by)
        assert of.closes_at is not None
        if not why.strip() or until <= max(at, of.closes_at):
            raise Wanting(gettext("Choose a later day, and say why."))
        lasts = phasing.phase(of)
        if lasts and lasts.rule == Rule.ANSWER:
            lasts.begun_at = None
            lasts.save(update_fields=["begun_at"])
        phase = of.phases.filter(rule=Rule.COMMENT).exclude(begun_at=None).order_by("-begun_at", "-pk").first()
        assert phase is not None
        shift(phasing.to_come(of), until - of.closes_at)
        phase.ends_at, of.stage = until, Stage.OPEN
        phase.save(update_fields=["ends_at"])
        _set_clocks(of, phase)
        of.reminded.exclude(kind="half").delete()
        say(of, *letters.extended(of, why.strip()), by=by, at=at)
        write_down(of, "extended", by=by, at=at, why=why.strip())


def look_again(of: Consultation, *, until: datetime | None, at: datetime) -> None:
    """Begin the phase in which a new draft is looked at: the one that was arranged to follow, or a review of its own."""
    lasts, following = phasing.phase(of), phasing.to_come(of)
    ends_at = until or at + timedelta(days=rules.REVIEW_DAYS)
    if lasts and lasts.rule == Rule.REVIEW:
        lasts.ends_at = ends_at
        begin(of, lasts, at=at)
    elif following and following[0].rule != Rule.ANSWER:
        begin(of, following[0], at=at)
    else:
        begin(of, Phase(consultation=of, rule=Rule.REVIEW, ends_at=ends_at), at=at)
    lasts = phasing.phase(of)
    if lasts and (behind := phasing.to_come(of)) and behind[0].ends_at <= lasts.ends_at:
        shift(behind, lasts.ends_at - behind[0].ends_at + timedelta(days=1))


def workers(of: Consultation) -> list[Person]:
    """Who works on a consultation: the facilitators and the authors of the draft."""
    return list({person.pk: person for person in (*facilitators(of.community), *of.authors.all())}.values())


def attached(of: Consultation, version: Version) -> list[writing.Part]:
    """The numbered draft, for those who work off line."""
    if of.kind == Consultation.Kind.QUESTIONS:
        return []
    return [writing.Part(papers.file_name(of, version, "docx"), papers.DOCX, papers.numbered_docx(of, version, lookups.passages(version)))]


def say(of: Consultation, subject: str, text: str, *, by: Person, at: datetime, attachments: Sequence[writing.Part] = ()) -> None:
    """A letter to everybody, in the conversation of the consultation."""
    conversations.say(of.community, subject, text, person=by, answers=of.post, attachments=attachments, at=at)
