"""What wants a facilitator's attention, on their behalf."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from talanoa.communities.lookups import applications
from talanoa.consultations import lookups as consultations
from talanoa.consultations.models import Consultation
from talanoa.consultations.phasing import lookups as phasing
from talanoa.desk import rules, sentences
from talanoa.desk.models import Morning
from talanoa.discussions import lookups as discussions
from talanoa.discussions.models import Discussion
from talanoa.discussions.summaries import lookups as summaries
from talanoa.mail.models import Received
from talanoa.moderation import lookups as moderation
from talanoa.moving import lookups as moving
from talanoa.moving.models import Handed, Mailing
from talanoa.people.models import Person
from talanoa.queries import lookups as queries
from talanoa.queries.models import Query

AT_MOST = 200  # of each kind; what is beyond follows when these are done


@dataclass(frozen=True, slots=True)
class Want:
    """One thing that wants to be done."""

    kind: str  # a key of sentences.KINDS
    title: str
    community: str
    since: datetime
    by: datetime  # when it should be done
    path: str  # of the page where it is done

    @property
    def what(self) -> str:
        return str(sentences.KINDS[self.kind][0])

    @property
    def act(self) -> str:
        return str(sentences.KINDS[self.kind][1])


def wants(person: Person, at: datetime) -> list[Want]:
    """All that waits for this facilitator, what is most urgent first."""
    purposes = [*_queries(person), *_discussions(person), *_consultations(person)]
    found = [*_held(person), *_newcomers(person), *_aside(person), *purposes, *_moving(person, at)]
    return sorted(found, key=lambda one: (one.by, one.since, one.path))


def _held(person: Person) -> list[Want]:
    return [
        Want("held", one.received.subject, one.community.name, one.held_at, moderation.due(one), f"/moderation/{one.pk}")
        for one in moderation.waiting(person)[:AT_MOST]
    ]


def _newcomers(person: Person) -> list[Want]:
    return [
        Want("newcomer", str(one.person), one.community.name, one.asked_at, one.asked_at + rules.WELCOMED_IN, _newcomer(one.pk))
        for one in applications(person)[:AT_MOST]
    ]


def _newcomer(pk: int) -> str:
    return f"/moderation/newcomers/{pk}"


def _aside(person: Person) -> list[Want]:
    return [
        Want("aside", one.subject or one.sender, "", one.received_at, one.received_at + rules.LOOKED_AT_IN, f"/log/{one.pk}")
        for one in moderation.inbound(person).filter(state=Received.State.SET_ASIDE)[:AT_MOST]
    ]


def _queries(person: Person) -> list[Want]:
    waiting = list(queries.unfinished(person)[:AT_MOST])
    responses = queries.counts(waiting)
    return [_query(one, responses[one.pk]) for one in waiting]


def _query(one: Query, responses: int) -> Want:
    path = f"/queries/{one.pk}"
    title, community = one.title, one.community.name
    if one.circulated_at is None or one.closes_at is None or one.due_at is None:
        last = one.changes.order_by("-at", "-pk").first()
        since = last.at if last else one.asked_at
        kind = "changes" if last and last.what == "changes" else one.stage
        return Want(kind, title, community, since, moderation.working_day_after(since), path)
    if one.stage == Query.Stage.CLOSED:
        return Want("closed", title, community, one.closes_at, one.due_at, f"{path}/reply")
    if not responses:
        silence = timedelta(hours=queries.customs(one.community).silence_hours)
        return Want("silent", title, community, one.circulated_at, one.circulated_at + silence, path)
    return Want("open", title, community, one.circulated_at, one.closes_at, path)


def _moving(person: Person, at: datetime) -> Iterator[Want]:
    """What a move waits for; of one that was long ago, nothing."""
    for community in moving.moving_communities(person, since=at - rules.MOVING_FOR):
        path = f"/c/{community.slug}/move"
        for one in moving.handed(community).filter(state__in=[Handed.State.ASKING, Handed.State.REFUSED])[:AT_MOST]:
            kind = "columns" if one.state == Handed.State.ASKING else "refused file"
            yield Want(kind, one.name, community.name, one.at, moderation.working_day_after(one.at), f"{path}/handed/{one.pk}")
        asked = moving.latest(community, Mailing.Kind.CONSENT)
        if asked and asked.until and asked.ended_at is None and asked.until <= at and moving.silent(community).exists():
            by = moderation.working_day_after(asked.until)
            yield Want("silent members", community.name, "", asked.until, by, f"{path}/silent")
        if pairs := moving.alike(community):
            since = max(pair.joined_at for one in pairs for pair in (one.one, one.other))
            yield Want("alike", community.name, "", since, since + rules.WELCOMED_IN, f"{path}/alike")


def _discussions(person: Person) -> list[Want]:
    return [want for one in discussions.unfinished(person)[:AT_MOST] for want in _discussion(one)]


def _discussion(one: Discussion) -> list[Want]:
    title, community, path = one.title, one.community.name, f"/discussions/{one.pk}"
    if one.stage == Discussion.Stage.PROPOSED:
        return [Want("proposed", title, community, one.proposed_at, moderation.working_day_after(one.proposed_at), path)]
    if due := discussions.due(one):
        return [Want("ended", title, community, one.ended_at or due, due, f"{path}/summaries/final")]
    phases = discussions.phases(one)
    unissued = summaries.unissued(one)
    found = [
        Want("unsummarised", f"{title}: {phase.theme}", community, at, at + rules.SUMMARISED_IN, f"{path}/summaries/{phase.number}")
        for phase in phases
        if (at := phase.closed_at) and phase.number in unissued
    ]
    for phase in [phase for phase in phases if not phase.closed_at][:1]:
        kind, by = ("running", phase.ends_at) if phase.opened_at else ("announced", phase.begins_at)
        found.append(Want(kind, title, community, phase.opened_at or one.approved_at or by, by, path))
    return found


def _consultations(person: Person) -> Iterator[Want]:
    for of in consultations.unfinished(person)[:AT_MOST]:
        for kind, since, by, path in _consultation(of):
            yield Want(kind, of.title, of.community.name, since, by, path)


def _consultation(of: Consultation) -> Iterator[tuple[str, datetime, datetime, str]]:
    """Kind, since, by and path of what one waits for."""
    workplace, matrix = f"/consultations/{of.pk}", f"/c/{of.community.slug}/consultations/{of.number}/matrix"
    if of.opened_at is None or of.closes_at is None or of.answers_due_at is None:
        yield "prepared", of.prepared_at, moderation.working_day_after(of.prepared_at), workplace
        return
    if first := consultations.unowned(of).order_by("submission__at").values_list("submission__at", flat=True).first():
        yield "unowned", first, first + rules.OWNED_IN, f"{matrix}?unowned=yes"
    if first := consultations.disputed(of).order_by("reacted_at").values_list("reacted_at", flat=True).first():
        yield "disputed", first, moderation.working_day_after(first), f"{matrix}?reaction=disagrees"
    if of.stage == Consultation.Stage.OPEN:
        yield "commented", of.opened_at, of.closes_at, workplace
    elif consultations.owed(of).exists():
        yield "unanswered", of.closes_at, of.answers_due_at, f"{matrix}?unanswered=yes"
    elif consultations.untold(of).exists():
        yield "untold", of.closes_at, of.answers_due_at, workplace
    elif following := phasing.to_come(of):
        yield "phase", of.closes_at, following[0].ends_at, workplace
    elif of.stage == Consultation.Stage.REVIEW and of.review_ends_at:
        yield "reviewed", of.closes_at, of.review_ends_at, workplace
    else:
        yield "answered", of.closes_at, of.answers_due_at, workplace


def wants_mornings(person: Person) -> bool:
    """Whether somebody gets the desk by mail each working morning."""
    found = Morning.objects.filter(person=person).first()
    return found is None or found.wanted
