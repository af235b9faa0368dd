"""The verbs of joining: asking, inviting, confirming, welcoming."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities import letters
from talanoa.communities.actions import choose_delivery, join, leave
from talanoa.communities.lookups import facilitators, membership, with_ancestors
from talanoa.communities.models import Application, Community, Membership
from talanoa.people import actions as people
from talanoa.people.lookups import by_address as people_by_address
from talanoa.people.lookups import first_address
from talanoa.people.models import Person, Ticket


def ask_to_join(community: Community, address: str, *, name: str, words: str, at: datetime) -> str:
    """Mail a ticket to an address that asks to join; returns why not, or ""."""
    return _ask(Ticket.Purpose.JOIN, community, address, {"name": name[:200], "words": words[:2000]}, at=at)


def ask_to_leave(community: Community, address: str, *, at: datetime) -> str:
    """Mail a ticket to a member who asks to leave; returns why not, or ""."""
    return _ask(Ticket.Purpose.LEAVE, community, address, {}, at=at)


def ask_to_choose(community: Community, address: str, choices: dict[str, object], *, at: datetime) -> str:
    """Mail a ticket to a member whose choice of delivery nothing proves; returns why not, or ""."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in choices.items()}
    return _ask(Ticket.Purpose.DELIVERY, community, address, plain, at=at)


def _ask(purpose: str, community: Community, address: str, words: dict, *, at: datetime) -> str:
    if not people.may_be_written_to(address, source="", at=at):
        return "the address was written to several times within an hour"
    token = people.issue(purpose, address, at=at, about=community.pk, words=words)
    letters.confirm(purpose, community, address, token, words, at=at)
    return ""


class CannotInvite(ValueError):
    """Somebody cannot be invited; `str()` says why."""


def invite(community: Community, address: str, *, name: str, words: str, by: Person | None, at: datetime) -> None:
    """Mail an invitation, with the facilitator's words; whoever answers it from that address is a member.

    Raises CannotInvite with a sentence: for members, the banned, and addresses often written to (A8).
    """
    person = people_by_address(address)
    if person and membership(person, community):
        raise CannotInvite(gettext("%(address)s belongs to a member already, or to somebody who may not take part.") % {"address": address})
    if not people.may_be_written_to(address, source=f"person {by.pk}" if by else "", at=at):
        raise CannotInvite(gettext("Nothing was sent: there were too many letters within an hour. Try again later."))
    token = people.issue(
        Ticket.Purpose.JOIN,
        address,
        at=at,
        about=community.pk,
        words={"name": name[:200], "invited": "yes"},
        source=f"person {by.pk}" if by else "",
    )
    letters.invitation(community, address, token, name=name, words=words.strip()[:5000], by=by, at=at)


def confirm(ticket: Ticket, community: Community, *, at: datetime) -> str:
    """Do what a ticket was mailed for; returns what was done, as a fate. The caller has redeemed it."""
    person = people_by_address(ticket.address)
    match ticket.purpose:
        case Ticket.Purpose.JOIN:
            person = person or people.introduce(ticket.address, at=at, name=ticket.words.get("name", ""))
            return enter(community, person, words=ticket.words.get("words", ""), invited="invited" in ticket.words, at=at)
        case Ticket.Purpose.LEAVE if person and leave(community, person, at=at):
            letters.goodbye(community, person, at=at)
            return "left"
        case Ticket.Purpose.DELIVERY if person and (member := membership(person, community)):
            days = {"suspended_from", "suspended_until"}
            choices = {
                name: date.fromisoformat(value) if name in days and value else value for name, value in ticket.words.items()
            }
            choose_delivery(member, at=at, **choices)
            letters.settings(member, unknown=[], at=at)
            return "settings changed"
    return "nothing to do"


def enter(community: Community, person: Person, *, words: str, invited: bool = False, at: datetime) -> str:
    """Somebody whose address is confirmed becomes a member, or waits for a facilitator's welcome unless they were invited."""
    if membership(person, community):
        return "a member already"
    if Membership.objects.filter(person=person, community__in=with_ancestors(community), banned=True).exists():
        return "banned"
    if invited or community.joining == Community.Joining.OPEN:
        letters.welcome(join(community, person, at=at), at=at)
        return "joined"
    application, new = Application.objects.get_or_create(
        community=community, person=person, decision=Application.Decision.NONE, defaults={"words": words, "asked_at": at}
    )
    if new:
        letters.applied(community, person, at=at)
        for facilitator in facilitators(community):
            if address := first_address(facilitator):
                token = people.issue(Ticket.Purpose.WELCOME, address, at=at, about=application.pk)
                letters.newcomer(application, facilitator, address, token, at=at)
    return "asked to join"


def welcome(application: Application, *, by: Person | None, words: str = "", at: datetime) -> Membership:
    """Make an applicant a member, with a letter that holds the facilitator's words. Raises DecidedBefore, or CannotJoin."""
    with transaction.atomic():
        _decide(application, Application.Decision.WELCOMED, by=by, at=at)
        member = join(application.community, application.person, at=at)
        letters.welcome(member, words=words.strip(), at=at)
    return member


def decline(application: Application, *, by: Person | None, reason: str, at: datetime) -> None:
    """Do not make an applicant a member; they are told the reason, if one is given."""
    with transaction.atomic():
        _decide(application, Application.Decision.DECLINED, by=by, at=at)
        if reason.strip():
            letters.declined(application, reason.strip(), at=at)


class DecidedBefore(Exception):
    """Somebody else decided on the applicant."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __str__(self) -> str:
        who = self.application.decided_by.name if self.application.decided_by else gettext("Somebody")
        return gettext("%(who)s has decided on this newcomer already.") % {"who": who}


def _decide(application: Application, decision: str, *, by: Person | None, at: datetime) -> None:
    won = Application.objects.filter(pk=application.pk, decision=Application.Decision.NONE).update(
        decision=decision, decided_by=by, decided_at=at
    )
    application.refresh_from_db()
    if not won:
        raise DecidedBefore(application)
    people.void(Ticket.Purpose.WELCOME, application.pk, at=at)
