"""The verbs of persons, their addresses, consent and sign-ins."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from talanoa.mail.parsing import canonical_address
from talanoa.people import letters, rules
from talanoa.people.lookups import by_address, token_hash
from talanoa.people.models import Address, Consent, Person, Session, SignInLink

PROFILE = ("name", "role", "organisation", "country", "languages", "interests", "biography", "timezone")


class NotAnAddress(ValueError):
    """The text is no e-mail address; `str()` says why."""


class AddressTaken(ValueError):
    """Another person has this address."""

    def __str__(self) -> str:
        return "This address belongs to another person here."


class LinkRefused(Exception):
    """A sign-in link cannot be used."""

    def __str__(self) -> str:
        return "This link has been used or is too old. Ask for a new one; it takes a minute."


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


def make_sign_in_link(address: Address, *, source: str, at: datetime, lives: timedelta = rules.LINK_LIVES) -> str:
    """A single-use token for one address (A2): 256 random bits, of which only the hash is kept."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        address=address, token_hash=token_hash(token), source=source, made_at=at, expires_at=at + lives
    )
    return token


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
    if known is None:
        return
    recent = SignInLink.objects.filter(made_at__gt=at - rules.LINK_WINDOW)
    if (
        recent.filter(address=known).count() >= rules.LINKS_PER_ADDRESS
        or recent.filter(source=source).count() >= rules.LINKS_PER_SOURCE
        or recent.count() >= rules.LINKS_IN_ALL
    ):
        return
    letters.sign_in_link(known, make_sign_in_link(known, source=source, at=at), at=at)


def sign_in(token: str, *, agent: str, at: datetime) -> tuple[Person, str]:
    """Use a link: the person, and the token of the new session for the browser's cookie."""
    link = SignInLink.objects.select_related("address__person").filter(token_hash=token_hash(token)).first()
    if link is None or link.expires_at <= at:
        raise LinkRefused
    # Conditional, so that of two clicks at once one wins.
    if not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise LinkRefused
    session = secrets.token_urlsafe(32)
    Session.objects.create(
        person=link.address.person, token_hash=token_hash(session), agent=agent[:200], began_at=at, seen_at=at
    )
    return link.address.person, session


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
    """Forget links and sessions long dead."""
    SignInLink.objects.filter(made_at__lt=at - timedelta(days=2)).delete()
    Session.objects.filter(seen_at__lt=at - rules.SESSION_LIVES - timedelta(days=30)).delete()
