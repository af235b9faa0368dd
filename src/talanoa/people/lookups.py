"""Questions about persons."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, ManyToOneRel, Model, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy

from talanoa.mail.reading.parsing import Letter, canonical_address
from talanoa.people import rules
from talanoa.people.models import Address, Bounce, Distinct, Merging, Person, Session, Ticket

LINK_LIVES = rules.LINK_LIVES  # how long a mailed link works
LATELY = timedelta(days=14)  # so long a page shows what came back from an address that still works
SESSION_LIVES = rules.SESSION_LIVES  # how long a browser stays signed in without being used


SECTORS = {
    Person.Sector.GOVERNMENT: gettext_lazy("government"),
    Person.Sector.CIVIL: gettext_lazy("civil society"),
    Person.Sector.INTERNATIONAL: gettext_lazy("international organisations"),
    Person.Sector.RESEARCH: gettext_lazy("research and teaching"),
    Person.Sector.BUSINESS: gettext_lazy("business"),
    Person.Sector.OTHER: gettext_lazy("other"),
}
# Asked for so that those are invited who are not heard; who leads a discussion learns it with such an invitation, nobody else.
GENDERS = {
    Person.Gender.WOMAN: gettext_lazy("women"),
    Person.Gender.MAN: gettext_lazy("men"),
    Person.Gender.OTHER: gettext_lazy("neither women nor men"),
}


def token_hash(token: str) -> str:
    """What is kept of a secret token (A2). Its entropy makes a plain hash enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_address(address: str) -> Person | None:
    """The person who has this address, compared canonically (A9)."""
    try:
        canonical = canonical_address(address)
    except ValueError:
        return None
    # Plain SQL: every mail asks it.
    return next(
        iter(
            Person.objects.raw(
                "SELECT p.*, a.unreachable_since AS silent FROM people_person p "
                "JOIN people_address a ON a.person_id = p.id WHERE a.canonical = %s",
                [canonical],
            )
        ),
        None,
    )


def numbered(pk: int) -> Person | None:
    """A person by number, or whom they were found to be (`actions.merge`)."""
    merging = Merging.objects.filter(absorbed=pk).select_related("kept").first()
    return merging.kept if merging else Person.objects.filter(pk=pk).first()


def names(numbers: Collection[int]) -> dict[int, str]:
    """The names of persons, of those who gave one; whoever asks has found that these may be told of."""
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, name FROM people_person WHERE name <> '' AND id IN ({', '.join(['%s'] * len(numbers))})",  # noqa: S608  only %s are put in
            list(numbers),
        )
        return dict(cursor.fetchall())


def pointing_at_persons() -> list[tuple[type[Model], str]]:
    """Every table that points at persons, of every room, with the field; the record of who was brought together aside.

    Asked of Django rather than listed here, so that the table of a new room cannot be forgotten. Where many point at many,
    it is the table between them.
    """
    found = [one for one in Person._meta.get_fields(include_hidden=True) if one.auto_created and not one.concrete]  # noqa: SLF001  Django documents it
    pairs = [(one.related_model, one.field.name) for one in found if isinstance(one, ManyToOneRel)]
    return [(model, field) for model, field in pairs if (model, field) != (Merging, "absorbed")]


@dataclass(frozen=True, slots=True)
class Alike:
    """Two persons who may be one, and why: see `rules.Likeness`."""

    one: Person
    other: Person
    reason: str


def alike(persons: Iterable[int]) -> list[Alike]:
    """Who of these persons may be one, unless somebody said that they are two; ask whether somebody may see their addresses."""
    found = Person.objects.prefetch_related("addresses").in_bulk(list(persons))
    known = [rules.Known(pk, one.name, tuple(address.canonical for address in one.addresses.all())) for pk, one in found.items()]
    apart = set(Distinct.objects.filter(one__in=found, other__in=found).values_list("one", "other"))
    return [Alike(found[one], found[other], reason) for one, other, reason in rules.alike(known) if (one, other) not in apart]


def mergings(person: Person) -> list[Merging]:
    """With whom a person was brought together, the latest first; ask whether somebody may see their addresses."""
    return list(person.mergings.select_related("by").order_by("-at", "-id"))


def first_address(person: Person) -> str | None:
    """Where letters to a person go, as it was given: the first of those that can be reached, if any can."""
    found = person.addresses.order_by(F("unreachable_since").asc(nulls_first=True), "-first", "id").first()
    return found.written if found else None


def returns(address: Address) -> list[rules.Return]:
    """What came back from an address since it was last known to work."""
    since = Q(at__gt=address.answered_at) if address.answered_at else Q()
    return [rules.Return(*row) for row in address.bounces.filter(since).values_list("at", "permanent", "reason")]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who a mail says it is from, and how much that is worth.

    `proven`: signed in on our pages, or aligned DKIM or SPF by the word of our own edge.
    `disproven`: our own edge says that the claim is false. `silent`: mail to this address came back,
    so that what is sent to many is not sent there.
    """

    person: Person | None
    address: str | None
    name: str
    proven: bool
    disproven: bool
    silent: bool = False


def recognise(letter: Letter, *, written_by: int | None) -> Recognised:
    """From is a claim, the edge's word is the evidence (A1)."""
    if written_by is not None:
        person = numbered(written_by)
        address = first_address(person) if person else None
        return Recognised(person, address, person.name if person else "", proven=True, disproven=False)
    if letter.sender is None:
        return Recognised(None, None, "", proven=False, disproven=False)
    evidence = letter.authenticity
    person = by_address(letter.sender.address)
    return Recognised(
        person,
        letter.sender.address,
        letter.sender.name,
        proven=evidence.proven,
        disproven=evidence.dmarc == "fail",
        silent=getattr(person, "silent", None) is not None,
    )


def signed_in(token: str, at: datetime) -> Session | None:
    """The living session of a browser's token, with its person.

    Asked at every page. In plain SQL, because wording a question takes the ORM ten times as long
    as the database takes to answer it.
    """
    sessions = Session.objects.raw(
        "SELECT * FROM people_session WHERE token_hash = %s AND ended_at IS NULL", [token_hash(token)]
    )
    for session in sessions:
        if session.seen_at > at - rules.SESSION_LIVES:
            session.person = Person.objects.raw("SELECT * FROM people_person WHERE id = %s", [session.person_id])[0]
            return session
    return None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An address from which mail came back, in the words of a page."""

    address: Address
    score: float
    last: Bounce

    @property
    def tried(self) -> bool:
        return self.address.probe is not None


def troubles(addresses: QuerySet[Address], at: datetime) -> list[Trouble]:
    """Those of these addresses that do not answer, or from which something came back lately; the silent ones first."""
    lately = Bounce.objects.filter(at__gt=at - LATELY).values("address")
    those = addresses.filter(Q(unreachable_since__isnull=False) | Q(pk__in=lately)).distinct()
    found = []
    for one in those.select_related("person").prefetch_related(Prefetch("bounces", Bounce.objects.order_by("at", "id"))):
        counting = [back for back in one.bounces.all() if one.answered_at is None or back.at > one.answered_at]
        if counting:
            returned = [rules.Return(back.at, back.permanent, back.reason) for back in counting]
            found.append(Trouble(one, rules.score(returned, at), counting[-1]))
    return sorted(found, key=lambda one: (one.address.unreachable_since is None, -one.score, one.address.pk))


def own_silent_addresses(person: Person) -> list[Address]:
    """The addresses of a person that do not answer, for themselves."""
    return list(person.addresses.filter(unreachable_since__isnull=False).order_by("id"))


def own_addresses(person: Person) -> list[str]:
    """The addresses of a person, for themselves; the first is where letters go."""
    return list(person.addresses.order_by("-first", "id").values_list("written", flat=True))


def own_sessions(person: Person, at: datetime) -> list[Session]:
    """The living sessions of a person, for themselves, the latest seen first."""
    return list(person.sessions.filter(ended_at=None, seen_at__gt=at - rules.SESSION_LIVES).order_by("-seen_at", "-id"))


def ticket(token: str, purpose: str, at: datetime) -> Ticket | None:
    """The living ticket of a token; looking at it uses nothing (A3)."""
    found = issued(token, purpose)
    return found if found and found.used_at is None and found.expires_at > at else None


def issued(token: str, purpose: str) -> Ticket | None:
    """The ticket of a token, living or not, to tell its holder what became of it."""
    return Ticket.objects.filter(token_hash=token_hash(token.lower()), purpose=purpose).first()


def any_living(those: Iterable[str]) -> bool:
    """Whether one of these tokens is of a ticket that nobody has used."""
    hashes = [token_hash(one) for one in those]
    return bool(hashes) and Ticket.objects.filter(token_hash__in=hashes, used_at=None).exists()


def holds(person: Person | None, address: str, one: Ticket) -> bool:
    """Whether a ticket was mailed to this address, or to another address of the same person."""
    try:
        if canonical_address(address) == one.address:
            return True
    except ValueError:
        return False
    return person is not None and person.addresses.filter(canonical=one.address).exists()
