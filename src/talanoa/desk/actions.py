"""The verbs of the desk: send it by mail each working morning, or do so no more."""

from datetime import datetime

from django.db import transaction

from talanoa.communities.lookups import all_facilitators, clock_of
from talanoa.desk import letters, lookups, rules
from talanoa.desk.models import Morning
from talanoa.people.models import Person


def send_mornings(person: Person, *, wanted: bool) -> None:
    """Send somebody the desk each working morning, or do so no more."""
    Morning.objects.update_or_create(person=person, defaults={"wanted": wanted})


def tend(*, at: datetime) -> None:
    """Send what is due: once a working day and facilitator, in the morning by their own clock; nothing when nothing waits."""
    looked_after = dict(Morning.objects.values_list("person_id", "day"))
    for person in all_facilitators():
        here = at.astimezone(clock_of(person))
        if rules.is_morning(here) and looked_after.get(person.pk) != here.date():
            with transaction.atomic():
                _send(person, at)


def _send(person: Person, at: datetime) -> None:
    today = at.astimezone(clock_of(person)).date()
    Morning.objects.get_or_create(person=person)
    # Conditional, so that of two workers one sends.
    if not Morning.objects.filter(person=person).exclude(day=today).update(day=today):
        return
    if lookups.wants_mornings(person) and (wants := lookups.wants(person, at)):
        letters.morning(person, wants, at=at)
