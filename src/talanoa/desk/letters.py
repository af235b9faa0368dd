"""The letter of each working morning."""

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_skeleton
from django.conf import settings

from talanoa.communities.lookups import clock_of
from talanoa.desk.lookups import Want
from talanoa.locale import known, spoken
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address
from talanoa.people.models import Person

SHOWN = 30


def morning(person: Person, wants: Sequence[Want], *, at: datetime) -> None:
    """Tells a facilitator what wants attention today."""
    address = first_address(person)
    if address:
        house_letters.send(
            "desk/letters/morning.txt",
            to=address,
            languages=(person.languages,),
            at=at,
            person=person,
            wants=[(one, _moment(one.by.astimezone(clock_of(person)), spoken(person.languages))) for one in wants[:SHOWN]],
            more=len(wants) - SHOWN,
            late=sum(one.by < at for one in wants),
            now=at,
            base=settings.TALANOA.base_url.rstrip("/"),
        )


def _moment(here: datetime, language: str) -> str:
    """ "12 Mar, 09:30", as a language writes it."""
    return f"{format_skeleton('MMMd', here, locale=known(language))}, {here:%H:%M}"
