"""For whom a digest is due, asked by the worker; `lookups` hands it on."""

from dataclasses import dataclass
from datetime import date, datetime

from talanoa.communities import rules
from talanoa.communities.models import Membership
from talanoa.people.models import Address, Person


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A membership for which a digest is due, held until the transaction ends."""

    membership: int
    address: str  # "": the person has none
    entitled: bool  # living, not banned, mailed, with an address: asked now, not when the digest was planned (O9)
    paused: bool
    delivery: str
    html: bool
    day: date  # today, where they are
    zone: str
    hour: int
    languages: str
    digested_through: int
    owed: tuple[tuple[str, int, int, int], ...]


def communities_awaiting_digests(at: datetime) -> list[int]:
    """The communities in which a digest is due; reads an index that holds nothing but what is to come."""
    return list(Membership.objects.filter(digest_due_at__lte=at).values_list("community_id", flat=True).distinct())


def awaiting_digests(community: int, at: datetime, *, limit: int) -> list[Awaiting]:
    """Some memberships for which a digest is due, held until the caller's transaction ends.

    Those that another worker holds are passed over: each digest is made by one of them (E14).
    """
    held = list(
        Membership.objects.select_for_update(skip_locked=True)
        .filter(digest_due_at__lte=at, community=community)
        .order_by("digested_through", "pk")[:limit]
    )
    persons = Person.objects.in_bulk({one.person_id for one in held})
    addresses = {address.person_id: address for address in Address.objects.filter(first=True, person__in=persons)}
    return [_awaiting(one, persons[one.person_id], addresses.get(one.person_id), at) for one in held]


def _awaiting(one: Membership, person: Person, address: Address | None, at: datetime) -> Awaiting:
    today = rules.local_day(at, person.timezone)
    return Awaiting(
        membership=one.pk,
        address=address.written if address else "",
        entitled=one.left_at is None
        and not one.banned
        and address is not None
        and (one.mailed_until is None or one.mailed_until > at),
        # For an address that does not answer everything is kept until it does.
        paused=rules.is_suspended(today, one.suspended_from, one.suspended_until)
        or (address is not None and address.unreachable_since is not None),
        delivery=one.delivery,
        html=one.html,
        day=today,
        zone=person.timezone,
        hour=one.digest_hour,
        languages=person.languages,
        digested_through=one.digested_through,
        owed=tuple((kind, after, through, letter) for kind, after, through, letter in one.digest_owed),
    )
