"""Digests as they lie in the outbox."""

import email
import email.policy
from datetime import UTC, datetime

from cast import address
from path import sent_bytes
from talanoa.mail.models import Delivery

MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def digests_for(name) -> list[Delivery]:
    found = Delivery.objects.filter(lane=Delivery.Lane.DIGEST, address=address(name)).exclude(state="withdrawn")
    return list(found.select_related("outgoing").order_by("id"))


def opened(delivery):
    return email.message_from_bytes(sent_bytes(delivery.outgoing), policy=email.policy.default)


def text_of(delivery) -> str:
    return opened(delivery).get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(delivery) -> str:
    return opened(delivery).get_body(("html",)).get_content()
