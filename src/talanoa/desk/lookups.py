"""What wants a facilitator's attention, on their behalf."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from talanoa.communities.lookups import applications
from talanoa.desk import rules, sentences
from talanoa.desk.models import Morning
from talanoa.mail.models import Received
from talanoa.moderation import lookups as moderation
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


def wants(person: Person) -> list[Want]:
    """All that waits for this facilitator, what is most urgent first."""
    found = [*_held(person), *_newcomers(person), *_aside(person), *_queries(person)]
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


def wants_mornings(person: Person) -> bool:
    """Whether somebody gets the desk by mail each working morning."""
    found = Morning.objects.filter(person=person).first()
    return found is None or found.wanted
