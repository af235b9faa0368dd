"""The letters about membership: confirm, welcome, goodbye, settings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings

from talanoa.communities.models import Application, Community, Membership
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import by_address, first_address
from talanoa.people.models import Person


def _send(template: str, community: Community, to: str, person: Person | None, *, at: datetime, token: str = "", **facts: Any) -> None:
    local, _, domain = community.address.partition("@")
    # A reply to a letter with a token goes back to the token, which thereby proves itself.
    sender = f"{local}-confirm+{token}@{domain}" if token else f"{local}-owner@{domain}"
    house_letters.send(
        f"communities/letters/{template}.txt",
        to=to,
        languages=(person.languages if person else "", community.language),
        at=at,
        sender_name=community.name,
        sender_address=sender,
        replied=True,
        community=community,
        request_address=f"{local}-request@{domain}",
        page=f"{django_settings.TALANOA.base_url.rstrip('/')}/c/{community.slug}",
        **facts,
    )


def confirm(purpose: str, community: Community, address: str, token: str, choices: dict, *, at: datetime) -> None:
    """Asks whether the owner of the address asked for this; an answer to it says yes."""
    _send("confirm", community, address, by_address(address), at=at, token=token, purpose=purpose, choices=choices)


def invitation(community: Community, address: str, token: str, *, name: str, words: str, by: Person | None, at: datetime) -> None:
    """Invites somebody; an answer to it makes them a member."""
    _send("invitation", community, address, by_address(address), at=at, token=token, name=name, words=words, by=by)


def welcome(member: Membership, *, words: str = "", at: datetime) -> None:
    """Tells a new member how to take part; `words` are the facilitator's."""
    address = first_address(member.person)
    if address:
        _send("welcome", member.community, address, member.person, at=at, member=member, words=words)


def applied(community: Community, person: Person, *, at: datetime) -> None:
    """Tells an applicant that a facilitator will answer."""
    address = first_address(person)
    if address:
        _send("applied", community, address, person, at=at, name=person.name)


def declined(application: Application, reason: str, *, at: datetime) -> None:
    """Tells an applicant the reason."""
    address = first_address(application.person)
    if address:
        _send("declined", application.community, address, application.person, at=at, reason=reason)


def goodbye(community: Community, person: Person, *, at: datetime) -> None:
    """Confirms that somebody has left."""
    address = first_address(person)
    if address:
        _send("goodbye", community, address, person, at=at)


def settings(member: Membership, *, unknown: Sequence[str], at: datetime) -> None:
    """Tells a member how mail reaches them now, what was not understood, and what can be said."""
    address = first_address(member.person)
    if address:
        _send("settings", member.community, address, member.person, at=at, member=member, unknown=unknown)


def help_(community: Community, address: str, *, unknown: Sequence[str], at: datetime) -> None:
    """Tells what can be said to the list."""
    _send("help", community, address, by_address(address), at=at, unknown=unknown)


def newcomer(application: Application, facilitator: Person, address: str, token: str, *, at: datetime) -> None:
    """Tells a facilitator who asks to join; an answer to it welcomes or declines."""
    _send(
        "newcomer",
        application.community,
        address,
        facilitator,
        at=at,
        token=token,
        application=application,
        desk=f"{django_settings.TALANOA.base_url.rstrip('/')}/moderation/newcomers/{application.pk}",
        applicant_address=first_address(application.person),
    )


def decided(community: Community, facilitator: Person, address: str, token: str, *, sentence: str, at: datetime) -> None:
    """Tells a facilitator what their answer about a newcomer did, or what can be said."""
    _send("decided", community, address, facilitator, at=at, token=token, sentence=sentence)
