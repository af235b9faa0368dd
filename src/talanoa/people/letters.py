"""The letters about signing in and about addresses that do not answer."""

from datetime import datetime

from django.conf import settings

from talanoa.mail.models import Outgoing
from talanoa.mail.sending import house_letters
from talanoa.people.models import Address


def sign_in_link(address: Address, token: str, *, at: datetime) -> None:
    """The link to the pages, for one use within a quarter of an hour."""
    house_letters.send(
        "people/letters/sign_in_link.txt",
        to=address.written,
        languages=(address.person.languages,),
        at=at,
        person=address.person,
        link=f"{settings.TALANOA.base_url.rstrip('/')}/sign-in/{token}",
    )


def probe(address: Address, list_address: str, token: str, *, at: datetime) -> Outgoing:
    """Tries an address from which mail came back; its own return comes to the community's address for bounces."""
    local, _, domain = list_address.partition("@")
    return house_letters.send(
        "people/letters/probe.txt",
        to=address.written,
        languages=(address.person.languages,),
        at=at,
        sender_address=f"{local}-owner@{domain}",
        bounces_to=list_address,
        person=address.person,
        list_address=list_address,
        since=address.unreachable_since,
        link=_resume_link(token),
    )


def unreachable(address: Address, other: Address, token: str, *, at: datetime) -> None:
    """Tells the other address of a person that one does not answer."""
    house_letters.send(
        "people/letters/unreachable.txt",
        to=other.written,
        languages=(address.person.languages,),
        at=at,
        person=address.person,
        address=address.written,
        link=_resume_link(token),
    )


def _resume_link(token: str) -> str:
    return f"{settings.TALANOA.base_url.rstrip('/')}/resume/{token}"
