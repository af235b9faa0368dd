"""Browsers without a screen."""

from django.test import Client
from django.utils import timezone

from talanoa.people import actions
from talanoa.people.models import Person


def browser(person: Person | None = None, **more) -> Client:
    """A client that is signed in by a link, as people are; a stranger's if nobody is named."""
    client = Client(**{"SERVER_NAME": "localhost"} | more)
    if person is not None:
        token = actions.make_sign_in_link(person.addresses.first(), source="test", at=timezone.now())
        assert client.post(f"/sign-in/{token}").status_code == 302
    return client
