"""The verbs of communities, memberships and roles."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from talanoa.communities import letters, rules
from talanoa.communities.lookups import Awaiting, membership, one_at_a_time, with_ancestors, with_subgroups
from talanoa.communities.models import Application, Community, Membership, Role
from talanoa.mail import actions as mail
from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import canonical_address
from talanoa.people import actions as people
from talanoa.people.models import Person

SETTINGS = (
    "name",
    "description",
    "visibility",
    "language",
    "timezone",
    "subject_prefix",
    "numbered",
    "replies_go_to",
    "first_posts_held",
    "moderated",
    "daily_cap",
    "joining",
)


class CannotFound(ValueError):
    """A community cannot be founded so; `str()` says why."""


class CannotJoin(ValueError):
    """Somebody cannot become a member; `str()` says why."""


def found(slug: str, *, name: str, address: str, at: datetime, parent: Community | None = None, **settings: object) -> Community:
    """Found a community, or a subgroup of `parent`."""
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", slug):
        raise CannotFound(f"{slug!r} cannot be a short name: use small letters, digits and hyphens, such as mdg-health.")
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        raise CannotFound(str(fault)) from fault
    local = canonical.rpartition("@")[0]
    if local in rules.RESERVED or "+" in local or any(local.endswith(f"-{suffix}") for suffix in rules.SUFFIXES):
        raise CannotFound(f"{address} is an address that mail systems use for other things; choose another.")
    try:
        with transaction.atomic():
            return Community.objects.create(
                slug=slug,
                name=name,
                address=canonical,
                parent=parent,
                founded_at=at,
                **{"subject_prefix": f"[{slug}]", **settings},
            )
    except IntegrityError as fault:
        raise CannotFound(f"There is a community called {slug} or with the address {canonical} already.") from fault


def arrange(community: Community, **settings: object) -> None:
    """Change a community's settings; names of `SETTINGS` only."""
    for name, value in settings.items():
        if name not in SETTINGS:
            raise TypeError(f"a community has no setting {name}")
        setattr(community, name, value)
    community.save(update_fields=list(settings))


def join(
    community: Community,
    person: Person,
    *,
    at: datetime,
    since: datetime | None = None,
    mailed_until: datetime | None = None,
    **choices: object,
) -> Membership:
    """Make somebody a member; one who is already stays as they are.

    A subgroup's members are members of the parent: who joins below joins above. `since`: they have been members
    elsewhere since then. `mailed_until`: what goes to many ends then unless they agree, here and above (G3).
    """
    known = None
    with transaction.atomic():
        for place in reversed(with_ancestors(community)):
            if Membership.objects.filter(person=person, community=place, banned=True).exists():
                raise CannotJoin(gettext("%(name)s may not take part in %(community)s.") % {"name": person, "community": place})
            known = membership(person, place)
            if known is None:
                own = choices if place == community else {}
                known = Membership(community=place, person=person, joined_at=since or at, mailed_until=mailed_until, **own)
                _plan_digest(known, before=None, at=at)
                known.save()
    assert known is not None  # the community itself is the last of the line
    return known


def leave(community: Community, person: Person, *, at: datetime) -> bool:
    """End a membership, and those in the subgroups; copies not yet handed over are withdrawn (O7).

    False if the person was no member. Roles in the community end too.
    """
    with transaction.atomic():
        places = with_subgroups([community.pk])
        ending = list(
            Membership.objects.filter(community__in=places, person=person, left_at=None).values_list("pk", flat=True)
        )
        Membership.objects.filter(pk__in=ending).update(left_at=at, digest_due_at=None)
        Role.objects.filter(community__in=places, person=person, ended_at=None).update(ended_at=at)
        for pk in ending:
            mail.withdraw(member=pk, at=at)
        if ending and not Membership.objects.filter(person=person, left_at=None).exists():
            people.try_no_more(person)
    return bool(ending)


def agree(member: Membership, *, wording: str, source: str, given_at: datetime, at: datetime, noted_by: Person | None = None) -> None:
    """Write down what a member agreed to and how we know; from `at` on everything comes to them (G3)."""
    with transaction.atomic():
        given = people.consent(member.person, wording=wording, source=source, at=given_at, noted_by=noted_by)
        for one in Membership.objects.filter(community__in=with_ancestors(member.community), person=member.person_id, left_at=None):
            if one.pk != member.pk and one.mailed_until is None:
                continue
            if one.mailed_until is not None:
                # What was said while nothing was sent stands on the pages; it does not come all at once.
                one.mailed_until, one.digested_through = None, Community.objects.get(pk=one.community_id).newest_post
                _plan_digest(one, before=None, at=at)
            one.consent = given
            one.save(update_fields=["consent", "mailed_until", "digested_through", "digest_due_at"])
    member.refresh_from_db()


def mail_until(members: Iterable[Membership], *, until: datetime) -> None:
    """Let what goes to many reach these members up to a moment, and beyond it if they agree."""
    Membership.objects.filter(pk__in=[one.pk for one in members], consent=None).update(mailed_until=until)


def unite(kept: Person, other: Person, *, at: datetime) -> None:
    """End what two persons, who are one, hold twice, before all of `other` goes to `kept` (`people.merge`).

    The stricter counts: a ban of either stays, and so does moderation. Of their choices of delivery those of `kept` count.
    """
    with transaction.atomic():
        stay = {one.community_id: one for one in Membership.objects.filter(person=kept, left_at=None)}
        for double in Membership.objects.filter(person=other, left_at=None, community__in=stay):
            one = stay[double.community_id]
            one.joined_at, one.consent_id = min(one.joined_at, double.joined_at), one.consent_id or double.consent_id
            one.moderated, one.banned = one.moderated or double.moderated, one.banned or double.banned
            if one.banned:
                one.digest_due_at = None
                mail.withdraw(member=one.pk, at=at)
            if one.consent_id or double.mailed_until is None:
                one.mailed_until = None
            one.save(update_fields=["joined_at", "consent", "moderated", "banned", "digest_due_at", "mailed_until"])
            Membership.objects.filter(pk=double.pk).update(left_at=at, digest_due_at=None)
            mail.withdraw(member=double.pk, at=at)
        for role in Role.objects.filter(person=other, ended_at=None):
            if Role.objects.filter(person=kept, community=role.community_id, name=role.name, scope=role.scope, ended_at=None).exists():
                Role.objects.filter(pk=role.pk).update(ended_at=at)
        for asked in Application.objects.filter(person=other, decision=Application.Decision.NONE):
            if asked.community_id in stay or Application.objects.filter(community=asked.community_id, person=kept, decision="").exists():
                Application.objects.filter(pk=asked.pk).update(decision=Application.Decision.WELCOMED, decided_at=at)


CHOICES = ("delivery", "html", "attachments_as_links", "suspended_from", "suspended_until", "digest_hour")


def choose_delivery(member: Membership, *, at: datetime, **choices: object) -> None:
    """How a member wants the mail; names of `CHOICES` only.

    Nothing is missed and nothing comes twice: who leaves digests gets at once what has gathered,
    who begins with them gets what is posted from now on.
    """
    for name in choices:
        if name not in CHOICES:
            raise TypeError(f"delivery has no {name}")
    if "digest_hour" in choices and choices["digest_hour"] not in range(24):
        raise ValueError(gettext("An hour is a whole number from 0 to 23."))
    with transaction.atomic():
        # Between two posts: a message now being circulated goes to this member as a copy or in a digest, never both.
        one_at_a_time(member.community)
        before = Membership.objects.select_for_update().get(pk=member.pk)
        for name in ("digested_through", "digest_due_at", "digest_owed"):
            setattr(member, name, getattr(before, name))
        for name, value in choices.items():
            setattr(member, name, value)
        _plan_digest(member, before=before, at=at)
        member.save(update_fields=[*choices, "digested_through", "digest_due_at", "digest_owed"])
        today = rules.local_day(at, member.person.timezone)
        if member.delivery == Membership.Delivery.NONE or rules.is_suspended(
            today, member.suspended_from, member.suspended_until
        ):
            # A digest in the outbox was made before: taken from there, its messages would be missed.
            mail.withdraw(member=member.pk, lane=Delivery.Lane.CIRCULAR, at=at)


def _plan_digest(member: Membership, *, before: Membership | None, at: datetime) -> None:
    """Set the marks by which digests are made, after a change of delivery."""
    begins = member.delivery in Membership.DIGESTS
    began = before is not None and before.delivery in Membership.DIGESTS
    if begins != began:
        newest = Community.objects.values_list("newest_post", flat=True).get(pk=member.community_id)
        if before is not None and began and newest > before.digested_through:
            member.digest_owed = [*before.digest_owed, [before.delivery, before.digested_through, newest, 0]]
        member.digested_through = newest
    if member.left_at or member.banned:
        member.digest_due_at = None
    elif member.digest_owed:
        member.digest_due_at = before.digest_due_at if before and before.digest_owed else at
    elif not begins:
        member.digest_due_at = None
    elif before is None or (before.delivery, before.digest_hour) != (member.delivery, member.digest_hour) or not member.digest_due_at:
        member.digest_due_at = rules.next_digest(member.delivery, at, zone=member.person.timezone, hour=member.digest_hour)


def note_circulated(community: Community, post: int) -> None:
    """Move the mark by which digests are cut; inside the transaction that circulates the post."""
    Community.objects.filter(pk=community.pk).update(newest_post=post)


def note_digested(those: Iterable[Awaiting], *, through: int, at: datetime) -> None:
    """Mark memberships of a community as served up to a post, inside the transaction that enqueues.

    Those that are paused keep what has gathered; of those that are not entitled nothing is expected any more.
    """
    alike: dict[tuple[datetime | None, bool], list[int]] = {}
    for one in those:
        regular = one.delivery if one.delivery in Membership.DIGESTS else Membership.Delivery.DAILY
        expects = one.entitled and (one.paused or one.delivery in Membership.DIGESTS)
        due = rules.next_digest(regular, at, zone=one.zone, hour=one.hour) if expects else None
        alike.setdefault((due, one.entitled and not one.paused), []).append(one.membership)
    for (due, served), members in alike.items():
        marks: dict = {"digested_through": through, "digest_owed": []} if served else {}
        Membership.objects.filter(pk__in=members).update(digest_due_at=due, **marks)


def owe_digest(members: Iterable[int], owed: Sequence[tuple[str, int, int, int]], *, due_at: datetime) -> None:
    """Let members have in a further digest what was taken back from the outbox."""
    alike: dict[str, tuple[list, list[int]]] = {}
    living = Membership.objects.select_for_update().filter(pk__in=list(members), left_at=None, banned=False).order_by("pk")
    for pk, before in living.values_list("pk", "digest_owed"):
        alike.setdefault(repr(before), ([*before, *map(list, owed)], []))[1].append(pk)
    for after, those in alike.values():
        Membership.objects.filter(pk__in=those).update(digest_owed=after, digest_due_at=due_at)


def suspend(member: Membership, *, since: date | None, until: date | None, at: datetime) -> None:
    """Pause a member's mail; both days are included, either may be open."""
    choose_delivery(member, at=at, suspended_from=since, suspended_until=until)


def ban(member: Membership, *, at: datetime) -> None:
    """The member gets nothing, posts nothing and reads nothing any more."""
    with transaction.atomic():
        member.banned = True
        member.digest_due_at = None
        member.save(update_fields=["banned", "digest_due_at"])
        mail.withdraw(member=member.pk, at=at)


def lift_ban(member: Membership, *, at: datetime) -> None:
    """The member takes part again, as before."""
    with transaction.atomic():
        member.banned = False
        _plan_digest(member, before=member, at=at)
        member.save(update_fields=["banned", "digest_due_at", "digest_owed", "digested_through"])


def moderate_member(member: Membership, *, always: bool) -> None:
    """Hold every post of a member, or no longer."""
    member.moderated = always
    member.save(update_fields=["moderated"])


def appoint(community: Community, person: Person, name: str, *, at: datetime, scope: str = "") -> Role:
    """Give a role; nothing happens if the person has it."""
    if name not in Role.Name.values:
        raise ValueError(f"There is no role {name!r}; there are {', '.join(Role.Name.values)}.")
    role, _ = Role.objects.get_or_create(
        community=community, person=person, name=name, scope=scope, ended_at=None, defaults={"given_at": at}
    )
    return role


def appoint_guest(community: Community, person: Person, conversation: int, *, at: datetime) -> None:
    """Let a member decide on the mail of one conversation."""
    appoint(community, person, Role.Name.MODERATOR, at=at, scope=rules.of_conversation(conversation))


def dismiss_guests(community: Community, conversation: int, *, at: datetime) -> None:
    """Nobody is a guest moderator of a conversation any more."""
    scope = rules.of_conversation(conversation)
    Role.objects.filter(community=community, scope=scope, ended_at=None).update(ended_at=at)


def dismiss(community: Community, person: Person, name: str, *, at: datetime, scope: str = "") -> None:
    """Take a role away."""
    Role.objects.filter(community=community, person=person, name=name, scope=scope, ended_at=None).update(ended_at=at)


def tell_settings(member: Membership, *, unknown: Sequence[str], at: datetime) -> None:
    """Tell a member how mail reaches them, and what was not understood."""
    letters.settings(member, unknown=unknown, at=at)


def tell_what_can_be_said(community: Community, address: str, *, unknown: Sequence[str], at: datetime) -> None:
    """Tell somebody the words that the list understands."""
    letters.help_(community, address, unknown=unknown, at=at)


def tell_what_was_done(community: Community, facilitator: Person, address: str, token: str, *, sentence: str, at: datetime) -> None:
    """Answer a facilitator's answer about a newcomer."""
    letters.decided(community, facilitator, address, token, sentence=sentence, at=at)
