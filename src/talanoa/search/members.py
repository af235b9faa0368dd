"""What members tell of themselves in their profiles, for those who may see who the members are."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F

from talanoa.communities.lookups import members
from talanoa.communities.models import Membership
from talanoa.people.models import Person
from talanoa.search.engine import Entry
from talanoa.search.sources import MEETING, Changes, Held, Shown, Standings, audience, compared, fingerprint

ALONE = 1 << 60  # a member stands in no conversation; the group is the member's own
STANDING = 0.9
AT_ONCE = 1_000
TOLD = ("name", "role", "organisation", "country", "languages", "interests", "biography")


class Members:
    """Looked through as a whole: a row each, of some thousands."""

    number = 3
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - the index itself tells what it has
        now = dict(self.versions())
        gone, new = compared(now, held())
        if not gone and not new:
            return None
        new = new[:AT_ONCE]
        where = _communities(new)
        made = [_entry(one, where[one.pk], now[one.pk]) for one in Person.objects.filter(pk__in=new)]
        return Changes([*gone, *new], made, None, more=len(new) == AT_ONCE)

    def versions(self) -> Iterator[tuple[int, int]]:
        where: dict[int, list[int]] = {}
        told: dict[int, tuple] = {}
        rows = _living().values_list("person", "community", "joined_at", *(F(f"person__{name}") for name in TOLD))
        for person, community, joined, *facts in rows.iterator(chunk_size=5_000):
            where.setdefault(person, []).append(community)
            told[person] = (joined, *facts)
        for person in sorted(where):
            yield person, fingerprint(where[person], told[person][1:])

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        found: dict[int, Shown] = {}
        places = {place for those in _communities(numbers).values() for place in those}
        for here in (here for place, here in standings.items() if place in places and here.meets):
            for one in members(here.community).filter(person__in=numbers):
                person = one.person
                found.setdefault(
                    person.pk,
                    Shown(
                        kind="member",
                        community=here.community,
                        title=person.name,
                        text=_text(person),
                        path=f"/c/{here.community.slug}/members/{person.pk}",
                        author=person.name,
                        person=person.pk,
                        at=one.joined_at,
                    ),
                )
        return found


def _living() -> Any:
    return Membership.objects.filter(left_at=None, banned=False).order_by("person", "community")


def _communities(persons: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for person, community in _living().filter(person__in=persons).values_list("person", "community"):
        found.setdefault(person, []).append(community)
    return found


def _text(person: Person) -> str:
    return "\n".join(filter(None, (person.role, person.organisation, person.interests, person.biography)))


def _entry(person: Person, communities: Sequence[int], version: int) -> Entry:
    return Entry(
        number=person.pk,
        audiences=tuple(audience(community, MEETING) for community in communities),
        group=ALONE | person.pk,
        kind="member",
        at=person.joined_at,
        title=person.name,
        text=_text(person),
        people=person.name,
        person=person.pk,
        countries=(person.country,) if person.country else (),
        themes=tuple(dict.fromkeys(" ".join(one.lower().split()) for one in person.interests.split(",") if one.strip())),
        standing=STANDING,
        version=version,
    )
