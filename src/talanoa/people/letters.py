"""The letters about signing in."""

from datetime import datetime

from django.conf import settings

from talanoa.mail.sending import house_letters
from talanoa.people.models import Address


def sign_in_link(address: Address, token: str, *, at: datetime) -> None:
    """The link to the pages, for one use within a quarter of an hour."""
    house_letters.send(
        "people/letters/sign_in_link.txt",
        to=address.written,
        language=address.person.first_language,
        at=at,
        person=address.person,
        link=f"{settings.TALANOA.base_url.rstrip('/')}/sign-in/{token}",
    )
