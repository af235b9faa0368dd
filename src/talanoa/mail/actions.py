"""The verbs of mail: they alone write this room's tables, beside `claims`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from talanoa.mail.models import Delivery, Outgoing
from talanoa.mail.writing import Composed

# --- outbox ---


class Recipient(NamedTuple):
    """Where a copy goes, and the membership it goes for, if any."""

    address: str
    member: int | None


def enqueue(
    composed: Composed,
    *,
    message_id: str,
    bounces_to: str,
    recipients: Iterable[Recipient],
    lane: int,
    at: datetime,
) -> Outgoing:
    """Put one letter and a delivery for each recipient into the outbox, in the caller's transaction (O10).

    An address that is named twice gets one copy. `bounces_to` is the local part
    that bounces come back to; "" is the null sender.
    """
    outgoing = Outgoing.objects.create(
        message_id=message_id, head=composed.head, body=composed.body, bounces_to=bounces_to, made_at=at
    )
    once = {recipient.address: recipient.member for recipient in recipients}
    table = connection.ops.quote_name(Delivery._meta.db_table)
    columns = "outgoing_id, address, member, lane, state, due_at, claim, attempts, answer"
    moment = connection.ops.adapt_datetimefield_value(at)
    # Not bulk_create: making ten thousand model instances takes ten times as long as storing them.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT %s, address, member, %s, 'waiting', %s, '', 0, '' "
                "FROM unnest(%s::text[], %s::bigint[]) AS given (address, member)",
                [outgoing.pk, int(lane), moment, list(once), list(once.values())],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, 'waiting', %s, '', 0, '')",
                [(outgoing.pk, address, member, int(lane), moment) for address, member in once.items()],
            )
    return outgoing


def withdraw(*, member: int | None = None, outgoing_ids: Iterable[int] | None = None, at: datetime) -> int:
    """Stop what has not left yet: the copies for one membership, of some letters, or of both at once (O7).

    Claimed copies are withdrawn too; a worker learns of it within a quarter of its
    lease. What was in flight at that moment is later recorded as sent, because it was.
    Returns how many were withdrawn.
    """
    chosen = Q()
    if member is not None:
        chosen &= Q(member=member)
    if outgoing_ids is not None:
        chosen &= Q(outgoing__in=list(outgoing_ids))
    if not chosen:
        raise ValueError("Say which copies are withdrawn: a member's, or those of some letters.")
    waiting = Delivery.objects.filter(chosen, state=Delivery.State.WAITING)
    return waiting.update(state=Delivery.State.WITHDRAWN, settled_at=at, claim="")
