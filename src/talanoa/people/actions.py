"""The verbs of persons, their addresses, consent and sign-ins."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from talanoa.mail.reading.parsing import canonical_address
from talanoa.people import letters, rules
from talanoa.people.lookups import by_address, ticket, token_hash
from talanoa.people.models import Address, Answer, Consent, Person, Session, Ticket

PROFILE = ("name", "role", "organisation", "country", "languages", "interests", "biography", "timezone")


class NotAnAddress(ValueError):
    """The text is no e-mail address; `str()` says why."""


class AddressTaken(ValueError):
    """Another person has this address."""

    def __str__(self) -> str:
        return "This address belongs to another person here."


class TicketRefused(Exception):
    """A ticket cannot be used: it was used, it is too old, or it never was."""

    def __str__(self) -> str:
        return gettext("This link has been used or is too old. Ask for a new one; it takes a minute.")


def introduce(address: str, *, at: datetime, name: str = "", **profile: str) -> Person:
    """The person with this address, made if there was none. A known person's profile is left alone."""
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        raise NotAnAddress(str(fault)) from fault
    known = by_address(canonical)
    if known:
        return known
    try:
        with transaction.atomic():
            person = Person.objects.create(name=name, joined_at=at, **profile)
            Address.objects.create(person=person, written=address.strip(), canonical=canonical, first=True, added_at=at)
            return person
    except IntegrityError:
        # Somebody else introduced the same address between our look and our write.
        known = by_address(canonical)
        if known is None:
            raise
        return known


def add_address(person: Person, address: str, *, at: datetime) -> Address:
    """A further address that the person writes from."""
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        raise NotAnAddress(str(fault)) from fault
    known = Address.objects.filter(canonical=canonical).first()
    if known:
        if known.person_id != person.pk:
            raise AddressTaken
        return known
    return Address.objects.create(person=person, written=address.strip(), canonical=canonical, added_at=at)


def describe(person: Person, **profile: str) -> None:
    """Change what a person tells of themselves; names of `PROFILE` only."""
    for name, value in profile.items():
        if name not in PROFILE:
            raise TypeError(f"a profile has no {name}")
        setattr(person, name, value)
    person.save(update_fields=list(profile))


def consent(person: Person, *, wording: str, source: str, at: datetime) -> Consent:
    """Record what a person agreed to, and how we know."""
    return Consent.objects.create(person=person, wording=wording, source=source, given_at=at)


def make_operator(person: Person) -> None:
    """Let a person run the site."""
    person.operates = True
    person.save(update_fields=["operates"])


def issue(
    purpose: str,
    address: str,
    *,
    at: datetime,
    lives: timedelta = rules.TICKET_LIVES,
    about: int | None = None,
    words: dict[str, str] | None = None,
    source: str = "",
) -> str:
    """A ticket for an address: the token, 160 random bits in letters that survive mail systems which fold case."""
    token = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    Ticket.objects.create(
        purpose=purpose,
        address=canonical_address(address),
        about=about,
        words=words or {},
        token_hash=token_hash(token),
        source=source,
        made_at=at,
        expires_at=at + lives,
    )
    return token


def redeem(token: str, purpose: str, *, at: datetime) -> Ticket:
    """Use a ticket up, in the caller's transaction; of two at once one wins. Raises TicketRefused."""
    known = ticket(token, purpose, at)
    if known is None or not Ticket.objects.filter(pk=known.pk, used_at=None).update(used_at=at):
        raise TicketRefused
    return known


def void(purpose: str, about: int, *, at: datetime) -> None:
    """Let all tickets for one thing end: it was decided by somebody else, or is gone (A2)."""
    Ticket.objects.filter(purpose=purpose, about=about, used_at=None).update(used_at=at)


def may_be_written_to(address: str, *, source: str, at: datetime) -> bool:
    """Whether a letter that somebody's request brings about may go to this address now (A8)."""
    recent = Ticket.objects.filter(made_at__gt=at - rules.LETTER_WINDOW).exclude(purpose=Ticket.Purpose.DECIDE)
    return (
        recent.filter(address=canonical_address(address)).count() < rules.LETTERS_PER_ADDRESS
        and (not source or recent.filter(source=source).count() < rules.LETTERS_PER_SOURCE)
        and recent.count() < rules.LETTERS_IN_ALL
    )


def may_be_answered(address: str, *, at: datetime) -> bool:
    """Whether one more automatic answer may go to an address now; what it is answered counts (L1, A8)."""
    canonical = canonical_address(address)
    if Answer.objects.filter(address=canonical, sent_at__gt=at - rules.LETTER_WINDOW).count() >= rules.ANSWERS_PER_ADDRESS:
        return False
    Answer.objects.create(address=canonical, sent_at=at)
    return True


def make_sign_in_link(address: Address, *, source: str, at: datetime, lives: timedelta = rules.LINK_LIVES) -> str:
    """The token of a link that signs the person of an address in."""
    return issue(Ticket.Purpose.SIGN_IN, address.canonical, at=at, lives=lives, source=source)


def mail_sign_in_link(typed: str, *, source: str, at: datetime) -> None:
    """Mail a link to the address as it is stored, if somebody has it and the limits allow (A7, A8, A9).

    Says nothing to the caller: known and unknown addresses must look alike.
    """
    source = hmac.new(settings.SECRET_KEY.encode(), b"source " + source.encode(), hashlib.sha256).hexdigest()
    try:
        canonical = canonical_address(typed)
    except ValueError:
        return
    known = Address.objects.select_related("person").filter(canonical=canonical).first()
    if known is None or not may_be_written_to(canonical, source=source, at=at):
        return
    letters.sign_in_link(known, make_sign_in_link(known, source=source, at=at), at=at)


def sign_in(token: str, *, agent: str, at: datetime) -> tuple[Person, str]:
    """Use a link: the person, and the token of the new session for the browser's cookie."""
    with transaction.atomic():
        used = redeem(token, Ticket.Purpose.SIGN_IN, at=at)
        person = by_address(used.address)
        if person is None:
            raise TicketRefused
        session = secrets.token_urlsafe(32)
        Session.objects.create(
            person=person, token_hash=token_hash(session), agent=agent[:200], began_at=at, seen_at=at
        )
    return person, session


def see(session: Session, *, at: datetime) -> None:
    """Note that a session lives; written once an hour, not at each page."""
    if at - session.seen_at > timedelta(hours=1):
        Session.objects.filter(pk=session.pk).update(seen_at=at)


def sign_out(person: Person, session_id: int, *, at: datetime) -> bool:
    """End one of the person's own sessions; False if they have no such living session."""
    return bool(Session.objects.filter(pk=session_id, person=person, ended_at=None).update(ended_at=at))


def sign_out_everywhere(person: Person, *, at: datetime) -> int:
    """End all sessions of a person (A6)."""
    return Session.objects.filter(person=person, ended_at=None).update(ended_at=at)


def tend(*, at: datetime) -> None:
    """Forget tickets, answers and sessions long dead."""
    Answer.objects.filter(sent_at__lt=at - timedelta(days=2)).delete()
    Ticket.objects.filter(expires_at__lt=at - timedelta(days=2)).delete()
    Session.objects.filter(seen_at__lt=at - rules.SESSION_LIVES - timedelta(days=30)).delete()
