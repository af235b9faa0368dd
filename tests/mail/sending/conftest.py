"""An outbox, a post office, and a postman between them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from post_office import PostOffice

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def office(settings, tmp_path):
    with PostOffice(log=tmp_path / "sink.log") as office:
        settings.TALANOA = replace(settings.TALANOA, smtp_url=office.url, home=tmp_path, mail_domain="lists.example.org")
        yield office


@pytest.fixture
def post():
    """`post("a@example.org", …)` puts one letter for these addresses into the outbox."""
    from talanoa.mail.actions import Recipient, enqueue
    from talanoa.mail.sending import writing

    def put(*addresses, at=NOW, text="Malo e lelei\n", lane=1, bounces_to="mdg", members=None, headers=(), **more):
        mid, slot = writing.message_id(), writing.UNSUBSCRIBE_SLOT.decode()
        composed = writing.compose(
            headers=[
                ("From", writing.mailbox("Mele via Health", "mdg@lists.example.org")),
                ("To", writing.mailbox("Health", "mdg@lists.example.org")),
                ("Subject", "[mdg] Who pays the village nurse?"),
                ("Date", writing.date(at)),
                ("Message-ID", mid),
                ("List-Unsubscribe", f"<https://lists.example.org/leave/{slot}>, <mailto:mdg-leave+{slot}@lists.example.org>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                *headers,
            ],
            text=text,
            **more,
        )
        members = members or [None] * len(addresses)
        return enqueue(
            composed, message_id=mid, bounces_to=bounces_to, lane=lane, at=at,
            recipients=[Recipient(*pair) for pair in zip(addresses, members, strict=True)],
        )

    return put


@pytest.fixture
def postman(office, db):
    """`postman.step(at)` delivers what is due."""
    from talanoa.mail.sending.delivery import Postman

    made = Postman()
    yield made
    made.close()


@pytest.fixture
def state():
    """`state("a@example.org")`: the one delivery to that address, as the database has it now."""
    from talanoa.mail.models import Delivery

    return lambda address: Delivery.objects.get(address=address)
