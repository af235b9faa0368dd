"""Questions about communities, on behalf of somebody."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from django.db import connection
from django.db.models import Q, QuerySet

from talanoa.communities import rules
from talanoa.communities.awaiting import Awaiting as Awaiting
from talanoa.communities.awaiting import awaiting_digests as awaiting_digests
from talanoa.communities.awaiting import communities_awaiting_digests as communities_awaiting_digests
from talanoa.communities.models import Application, Community, Membership, Role
from talanoa.communities.rules import next_digest as next_digest
from talanoa.people.models import Address, Person


def with_ancestors(community: Community) -> list[Community]:
    """The community, its parent, and so on up."""
    line = [community]
    while parent := line[-1].parent:
        line.append(parent)
    return line


def membership(person: Person | None, community: Community) -> Membership | None:
    """The living membership of a person in a community."""
    if person is None:
        return None
    # Plain SQL here and in the two questions below: they stand before every page (see people.lookups.signed_in).
    found = Membership.objects.raw(
        "SELECT * FROM communities_membership WHERE person_id = %s AND community_id = %s AND left_at IS NULL",
        [person.pk, community.pk],
    )
    return next(iter(found), None)


def membership_numbered(number: int) -> Membership | None:
    """A membership by its number, which only a sealed token may tell (A4); also one that has ended."""
    return Membership.objects.select_related("community", "person").filter(pk=number).first()


def by_slug(slug: str) -> Community | None:
    """The community of an address on the pages; ask `standing` whether somebody may know of it."""
    return next(iter(Community.objects.raw("SELECT * FROM communities_community WHERE slug = %s", [slug])), None)


def member_of(standing: "Standing", person: int) -> Membership | None:
    """One living membership, for those who may see who the members are."""
    if not standing.meets:
        return None
    return members(standing.community).filter(person=person).first()


def roles(person: Person | None, community: Community) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the unscoped roles a person has here, those in the communities above included; and the scopes of the others."""
    if person is None:
        return frozenset(), frozenset()
    return _holds(_held(person), community.pk, {place.pk for place in with_ancestors(community)})


def _held(person: Person) -> list[Role]:
    return list(
        Role.objects.raw(
            "SELECT id, name, scope, community_id FROM communities_role WHERE person_id = %s AND ended_at IS NULL", [person.pk]
        )
    )


def _holds(held: Iterable[Role], community: int, line: Collection[int]) -> tuple[frozenset[str], frozenset[str]]:
    """Of the roles that somebody has, those that hold in a community; `line`: it, and those above."""
    whole = frozenset(role.name for role in held if not role.scope and role.community_id in line)
    return whole, frozenset(role.scope for role in held if role.scope and role.community_id == community)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is in a community; every question of access reads this one object."""

    person: Person | None
    community: Community
    membership: Membership | None
    roles: frozenset[str]
    scopes: frozenset[str] = frozenset()  # of the roles that hold for one thing alone

    @property
    def member(self) -> bool:
        return self.membership is not None and not self.membership.banned

    @property
    def facilitates(self) -> bool:
        return Role.Name.FACILITATOR in self.roles

    def moderates(self, conversation: int | None) -> bool:
        """May decide on mail that is bound for a conversation: who facilitates, and a member who is its guest moderator."""
        return self.facilitates or (self.member and conversation is not None and rules.of_conversation(conversation) in self.scopes)

    @property
    def sees(self) -> bool:
        """May know that the community exists."""
        return self.community.visibility != Community.Visibility.HIDDEN or self.reads

    @property
    def reads(self) -> bool:
        """May read what was said."""
        return (
            self.community.visibility == Community.Visibility.PUBLIC
            or self.member
            or bool(self.roles & {Role.Name.FACILITATOR, Role.Name.SECRETARIAT})
        )

    @property
    def meets(self) -> bool:
        """May see who the members are."""
        return self.member or bool(self.roles & {Role.Name.FACILITATOR, Role.Name.SECRETARIAT})


def standing(person: Person | None, community: Community) -> Standing:
    return Standing(person, community, membership(person, community), *roles(person, community))


def standings(person: Person | None) -> dict[int, Standing]:
    """What a person is in each community that they may know of, by its number; asked once, however many there are."""
    places = list(visible(person))
    if person is None:
        return {place.pk: Standing(None, place, None, frozenset()) for place in places}
    mine = {one.community_id: one for one in Membership.objects.filter(person=person, left_at=None)}
    held = _held(person)
    above = dict(Community.objects.values_list("pk", "parent")) if held else {}
    return {
        place.pk: Standing(person, place, mine.get(place.pk), *_holds(held, place.pk, list(_line(place.pk, above)))) for place in places
    }


def _line(community: int | None, above: Mapping[int, int | None]) -> Iterator[int]:
    while community is not None:
        yield community
        community = above.get(community)


def visible(person: Person | None) -> QuerySet[Community]:
    """The communities that a person may know of."""
    known = ~Q(visibility=Community.Visibility.HIDDEN)
    if person is None:
        return Community.objects.filter(known)
    of_mine = Q(memberships__person=person, memberships__left_at=None, memberships__banned=False)
    led = Role.objects.filter(
        person=person, scope="", ended_at=None, name__in=[Role.Name.FACILITATOR, Role.Name.SECRETARIAT]
    ).values_list("community_id", flat=True)
    return Community.objects.filter(known | of_mine | Q(pk__in=with_subgroups(led))).distinct()


def with_subgroups(ids: Iterable[int]) -> set[int]:
    """These communities and all below them."""
    found = set(ids)
    edge = found
    while edge:
        edge = set(Community.objects.filter(parent__in=edge).values_list("pk", flat=True)) - found
        found |= edge
    return found


def facilitated(person: Person) -> QuerySet[Community]:
    """The communities whose desk a person keeps."""
    led = Role.objects.filter(person=person, scope="", ended_at=None, name=Role.Name.FACILITATOR)
    return Community.objects.filter(pk__in=with_subgroups(led.values_list("community_id", flat=True)))


def facilitators(community: Community) -> QuerySet[Person]:
    """Who decides here; the facilitators of the nearest community up the line that has any."""
    for place in with_ancestors(community):
        found = Person.objects.filter(
            roles__community=place, roles__name=Role.Name.FACILITATOR, roles__scope="", roles__ended_at=None
        ).distinct()
        if found.exists():
            return found
    return Person.objects.none()


def guests(community: Community, conversation: int | None) -> QuerySet[Person]:
    """The guest moderators of a conversation: members, while their role lasts."""
    if conversation is None:
        return Person.objects.none()
    scoped = Role.objects.filter(community=community, scope=rules.of_conversation(conversation), ended_at=None)
    living = Membership.objects.filter(community=community, left_at=None, banned=False)
    return Person.objects.filter(pk__in=scoped.values("person")).filter(pk__in=living.values("person")).order_by("pk")


def guest_of(person: Person) -> set[int]:
    """The conversations of which somebody is a guest moderator now."""
    scoped = Role.objects.filter(person=person, name=Role.Name.MODERATOR, ended_at=None).exclude(scope="")
    living = Membership.objects.filter(person=person, left_at=None, banned=False).values("community")
    found = scoped.filter(community__in=living).values_list("scope", flat=True)
    return {int(scope.partition(":")[2]) for scope in found if scope.startswith("conversation:")}


def all_facilitators() -> QuerySet[Person]:
    """Everybody who facilitates some community."""
    return Person.objects.filter(
        roles__name=Role.Name.FACILITATOR, roles__scope="", roles__ended_at=None, roles__isnull=False
    ).distinct()


def clock_of(person: Person) -> tzinfo:
    """The zone by which a person counts their days."""
    return rules.zone_of(person.timezone)


def one_at_a_time(community: Community) -> None:
    """Hold the community until the transaction ends, so that its posts are numbered and counted one by one.

    SQLite has one writer anyway, and our transactions take its lock when they begin.
    """
    if connection.features.has_select_for_update:
        # Weak enough for rows elsewhere to point at the community meanwhile: else digests and posts could block each other.
        Community.objects.select_for_update(no_key=True).only("pk").get(pk=community.pk)


def addresses_of_members(by: Person) -> QuerySet[Address]:
    """The addresses of the members of the communities whose desk a person keeps."""
    members = Membership.objects.filter(community__in=facilitated(by), left_at=None, banned=False)
    return Address.objects.filter(person__in=members.values("person"))


def keeps_all_desks(by: Person, person: Person) -> bool:
    """Whether somebody facilitates everything that a person takes part in, so that what they change of them reaches nowhere else."""
    takes_part = Membership.objects.filter(person=person, left_at=None).values_list("community", flat=True)
    roles = Role.objects.filter(person=person, ended_at=None).values_list("community", flat=True)
    return {*takes_part, *roles} <= set(facilitated(by).values_list("pk", flat=True))


def clock(community: Community) -> tzinfo:
    """The zone by which a community counts its days."""
    return rules.zone_of(community.timezone)


def by_address(address: str) -> Community | None:
    """The community with this canonical address. Plain SQL: every mail asks it, some twice."""
    return next(iter(Community.objects.raw("SELECT * FROM communities_community WHERE address = %s", [address])), None)


def members(community: Community) -> QuerySet[Membership]:
    """The living memberships; ask `Standing.meets` before they are shown to anybody."""
    return (
        Membership.objects.filter(community=community, left_at=None, banned=False)
        .select_related("person")
        .order_by("person__name", "person_id")
    )


def named(memberships: QuerySet[Membership], words: str) -> QuerySet[Membership]:
    """Those whose name, organisation, role or interests hold every one of the words."""
    for word in words.split()[:5]:
        memberships = memberships.filter(
            Q(person__name__icontains=word)
            | Q(person__organisation__icontains=word)
            | Q(person__role__icontains=word)
            | Q(person__interests__icontains=word)
        )
    return memberships


@dataclass(frozen=True, slots=True)
class Reader:
    """A member who gets every message, and how."""

    membership: int
    address: str
    html: bool
    attachments_as_links: bool


def readers(community: Community, at: datetime, *, also: Collection[int] = (), never: Collection[int] = ()) -> list[Reader]:
    """Who gets a copy of a message circulated now, each once, at the first address; nobody whose address does not answer (L6).

    `also` and `never` are memberships that want the messages of this conversation otherwise than usual.
    """
    wanted = f"(m.delivery = %s OR m.id IN ({', '.join(['%s'] * len(also))}))" if also else "m.delivery = %s"
    # Plain SQL into plain rows: every post asks for every member.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, a.written, m.html, m.attachments_as_links, m.suspended_from, m.suspended_until, p.timezone "  # noqa: S608  only %s are put in
            "FROM communities_membership m JOIN people_address a ON a.person_id = m.person_id AND a.first "
            "JOIN people_person p ON p.id = m.person_id "
            f"WHERE m.community_id = %s AND m.left_at IS NULL AND NOT m.banned AND {wanted} AND a.unreachable_since IS NULL "
            "AND (m.mailed_until IS NULL OR m.mailed_until > %s)",
            [community.pk, Membership.Delivery.EACH, *also, connection.ops.adapt_datetimefield_value(at)],
        )
        rows = cursor.fetchall()
    return [
        Reader(pk, written, html, links)
        for pk, written, html, links, since, until, zone in rows
        if pk not in never and ((since is None and until is None) or not rules.is_suspended(rules.local_day(at, zone), since, until))
    ]


def members_by_mail(community: Community, at: datetime) -> list[tuple[int, str]]:
    """Every member whom mail may reach now, however they chose to get messages: membership and first address."""
    those = Membership.objects.filter(community=community, left_at=None, banned=False).filter(Q(mailed_until=None) | Q(mailed_until__gt=at))
    reached = those.filter(person__addresses__first=True, person__addresses__unreachable_since=None)
    return list(reached.order_by("pk").values_list("pk", "person__addresses__written"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member to whom something is owed by mail."""

    address: str
    html: bool
    paused: bool


def recipients(community: Community, memberships: Collection[int], at: datetime) -> dict[int, Recipient]:
    """Of some memberships those that are entitled now, by their number, and whether their mail is paused."""
    those = Membership.objects.filter(community=community, pk__in=memberships, left_at=None, banned=False).select_related("person")
    addresses = {one.person_id: one for one in Address.objects.filter(first=True, person__memberships__in=memberships)}
    return {
        one.pk: Recipient(
            address=address.written,
            html=one.html,
            paused=address.unreachable_since is not None
            or rules.is_suspended(rules.local_day(at, one.person.timezone), one.suspended_from, one.suspended_until),
        )
        for one in those
        if (address := addresses.get(one.person_id)) and (one.mailed_until is None or one.mailed_until > at)
    }


def applications(person: Person | None) -> QuerySet[Application]:
    """The newcomers whom this person may welcome, the oldest first."""
    if person is None:
        return Application.objects.none()
    return (
        Application.objects.filter(community__in=facilitated(person), decision=Application.Decision.NONE)
        .select_related("person", "community")
        .order_by("asked_at", "id")
    )


def may_decide_on(person: Person | None, pk: int) -> Application | None:
    """One application, decided or not, if this person facilitates its community."""
    if person is None:
        return None
    found = Application.objects.filter(pk=pk, community__in=facilitated(person))
    return found.select_related("person", "community", "decided_by").first()


def banned(standing: "Standing") -> QuerySet[Membership]:
    """The memberships of those who were banned, for facilitators."""
    if not standing.facilitates:
        return Membership.objects.none()
    found = Membership.objects.filter(community=standing.community, left_at=None, banned=True)
    return found.select_related("person", "community").order_by("person__name", "person_id")


def application(pk: int) -> Application | None:
    """One application, decided or not; whoever asks holds a ticket for it."""
    return Application.objects.filter(pk=pk).select_related("community", "person").first()


def day_of(person: Person | None, community: Community, at: datetime) -> date:
    """The calendar day of a moment where the person is, else where the community is."""
    return rules.local_day(at, person.timezone if person else community.timezone)
