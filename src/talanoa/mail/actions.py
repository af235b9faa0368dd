"""The verbs of mail: keep what comes in and settle its fate; enqueue what goes out."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from talanoa.mail import claims
from talanoa.mail.models import Delivery, Outgoing, Raw, Received, Signature
from talanoa.mail.sending.outcomes import CRASHED, CRASHES, Outcome, Tried, next_try
from talanoa.mail.sending.writing import Composed

SORTING_LEASE = timedelta(seconds=60)
COPIES_KEPT = timedelta(days=90)
SIGNATURES_KEPT = timedelta(days=1)  # longer than any provider's signature is good
TENDED_AT_ONCE = 100
PATIENCE = 3  # attempts before a mail is set aside (O11)
REPORTS_COUNT = timedelta(days=14)  # after a copy left; whoever finds its token later can do nothing with it (L5)


# Received mail


def keep(
    raw: bytes, *, recipient: str, envelope_sender: str, door: str, at: datetime, written_by: int | None = None
) -> Received:
    """Keep the bytes of a mail for one of our addresses, before anything is tried with them (D4).

    The mail is safe when the transaction has committed; only then may a door say so (D1).
    """
    digest = hashlib.sha256(raw).hexdigest()
    # Asked first: a large mail to a hundred of our addresses must not travel to the database a hundred times.
    if not Raw.objects.filter(digest=digest).exists():
        Raw.objects.bulk_create([Raw(digest=digest, content=raw)], ignore_conflicts=True)
    return Received.objects.create(
        raw_id=digest,
        size=len(raw),
        recipient=recipient,
        envelope_sender=envelope_sender,
        door=door,
        written_by=written_by,
        received_at=at,
        due_at=at,
    )


def claim_received(*, limit: int, claim: str, at: datetime) -> list[int]:
    """Claim mail to be sorted, the oldest first; returns ids.

    A mail that was tried before is claimed alone, so that one that brings its
    worker down cannot use up the patience for its neighbours (O11).
    """
    with transaction.atomic():
        fresh = claims.claim(
            Received, limit=limit, claim=claim, lease=SORTING_LEASE, at=at, where_extra={"attempts": 0}, columns=("id",)
        )
        if not fresh:
            fresh = claims.claim(Received, limit=1, claim=claim, lease=SORTING_LEASE, at=at, columns=("id",))
    return [pk for (pk,) in fresh]


def settle(received: Received, *, claim: str, state: str, fate: str, note: str, at: datetime) -> bool:
    """Write the fate of a claimed mail; False if the claim was lost, and then the caller must roll back."""
    return bool(
        Received.objects.filter(pk=received.pk, claim=claim, state=Received.State.WAITING).update(
            state=state,
            fate=fate,
            note=note,
            claim="",
            settled_at=at if state != Received.State.HELD else None,
            message_id=received.message_id,
            sender=received.sender,
            subject=received.subject,
            community=received.community,
        )
    )


def settle_held(received: Received, *, fate: str, note: str, at: datetime) -> None:
    """Write the fate of a held mail on which a person decided."""
    Received.objects.filter(pk=received.pk, state=Received.State.HELD).update(
        state=Received.State.DONE, fate=fate, note=note, settled_at=at
    )


def walk_again(received: Received, *, at: datetime) -> None:
    """Let a held mail walk its path again: there is no second path."""
    Received.objects.filter(pk=received.pk, state=Received.State.HELD).update(
        state=Received.State.WAITING, due_at=at, claim="", attempts=0
    )


def wait_until(received: Received, *, claim: str, until: datetime, note: str) -> bool:
    """Let a mail come up again at `until`; False if the claim was lost."""
    return bool(
        Received.objects.filter(pk=received.pk, claim=claim, state=Received.State.WAITING).update(
            due_at=until,
            claim="",
            attempts=0,
            fate="queued",
            note=note,
            message_id=received.message_id,
            sender=received.sender,
            subject=received.subject,
            community=received.community,
        )
    )


def set_aside(pk: int, *, claim: str, note: str, at: datetime) -> bool:
    """Put a mail aside that could not be sorted; it is kept, and shown on the desk with the note (D7)."""
    return bool(
        Received.objects.filter(pk=pk, claim=claim, state=Received.State.WAITING).update(
            state=Received.State.SET_ASIDE, fate="set aside", note=note, claim="", settled_at=at
        )
    )


def try_later(pk: int, *, claim: str, note: str, at: datetime) -> bool:
    """After a fault of ours: sort a mail again in a while, or set it aside when patience is used up."""
    tried = Received.objects.filter(pk=pk).values_list("attempts", flat=True).get()
    if tried >= PATIENCE:
        return set_aside(pk, claim=claim, note=note, at=at)
    return bool(
        Received.objects.filter(pk=pk, claim=claim, state=Received.State.WAITING).update(
            due_at=at + timedelta(seconds=5 * tried), claim="", note=note
        )
    )


def put_back(received: Received, *, at: datetime) -> bool:
    """Let a mail that was set aside walk again; False if it was not set aside."""
    return bool(
        Received.objects.filter(pk=received.pk, state=Received.State.SET_ASIDE).update(
            state=Received.State.WAITING, fate="put back", note="", due_at=at, claim="", attempts=0, settled_at=None
        )
    )


# Outbox


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

    An address that is named twice gets one copy. `bounces_to` is the address of the
    community that bounces are for; "" is the null sender.
    """
    outgoing = Outgoing.objects.create(
        message_id=message_id, head=composed.head, body=composed.body, bounces_to=bounces_to, made_at=at
    )
    once = {recipient.address: recipient.member for recipient in recipients}
    table = connection.ops.quote_name(Delivery._meta.db_table)  # noqa: SLF001  Django documents it
    columns = "outgoing_id, address, member, lane, state, due_at, claim, attempts, answer"
    moment = connection.ops.adapt_datetimefield_value(at)
    # Not bulk_create: making ten thousand model instances takes ten times as long as storing them.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT %s, address, member, %s, 'waiting', %s, '', 0, '' "  # noqa: S608  names of ours
                "FROM unnest(%s::text[], %s::bigint[]) AS given (address, member)",
                [outgoing.pk, int(lane), moment, list(once), list(once.values())],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, 'waiting', %s, '', 0, '')",  # noqa: S608  names of ours
                [(outgoing.pk, address, member, int(lane), moment) for address, member in once.items()],
            )
    return outgoing


def withdraw(
    *, member: int | None = None, outgoing_ids: Iterable[int] | None = None, lane: int | None = None, at: datetime
) -> int:
    """Stop what has not left yet: the copies for one membership, of some letters, or of both at once (O7); of one lane, if given.

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
    if lane is not None:
        chosen &= Q(lane=lane)
    waiting = Delivery.objects.filter(chosen, state=Delivery.State.WAITING)
    return waiting.update(state=Delivery.State.WITHDRAWN, settled_at=at, claim="")


def note_tried(tries: Sequence[Tried], *, claim: str, at: datetime) -> None:
    """Write down how deliveries ended, in the caller's transaction.

    What was sent is recorded as sent whoever holds it now and even if it was withdrawn
    meanwhile, because it went. Refusals count only for rows that `claim` still holds.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    sent = [one for one in tries if one.outcome is Outcome.SENT]
    _write(
        "state = 'sent', settled_at = %s, claim = '', attempts = attempts + 1",
        "state <> 'sent'",
        [(moment, one.answer, one.delivery) for one in sent],
    )
    ends = [(moment, one.answer, one.delivery, claim) for one in tries if one.outcome is Outcome.REFUSED]
    later = [one for one in tries if one.outcome is Outcome.LATER]
    again = []
    # The only outcome that depends on the row; rare, and then a query for the whole batch.
    facts = {
        pk: (attempts + 1, made_at)
        for pk, attempts, made_at in Delivery.objects.filter(pk__in=[one.delivery for one in later]).values_list(
            "pk", "attempts", "outgoing__made_at"
        )
    }
    for one in later:
        attempts, made_at = facts.get(one.delivery, (1, at))
        due = next_try(attempts, made_at=made_at, at=at)
        if due is None:
            ends.append((moment, one.answer, one.delivery, claim))
        else:
            again.append((connection.ops.adapt_datetimefield_value(due), one.answer, one.delivery, claim))
    held = "state = 'waiting' AND claim = %s"
    _write("state = 'gave up', settled_at = %s, claim = '', attempts = attempts + 1", held, ends)
    _write("due_at = %s, claim = '', attempts = attempts + 1", held, again)


def _write(change: str, condition: str, rows: list[tuple]) -> None:
    """Update many deliveries, each with its own answer; rows are (moment, answer, id, …)."""
    if not rows:
        return
    table = connection.ops.quote_name(Delivery._meta.db_table)  # noqa: SLF001  Django documents it
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            moments, answers, ids, *rest = (list(column) for column in zip(*rows, strict=True))
            cursor.execute(
                f"UPDATE {table} SET {change.replace('%s', 'given.moment')}, answer = given.answer "  # noqa: S608  names of ours
                "FROM unnest(%s::timestamptz[], %s::text[], %s::bigint[]) AS given (moment, answer, given_id) "
                f"WHERE id = given.given_id AND {condition}",
                [moments, answers, ids, *(column[0] for column in rest)],
            )
        else:
            cursor.executemany(f"UPDATE {table} SET {change}, answer = %s WHERE id = %s AND {condition}", rows)  # noqa: S608  names of ours


def note_crash(deliveries: Iterable[int], *, claim: str, at: datetime) -> int:
    """Count a death of their worker for the copies it was sending; returns how many are set aside (O11).

    An attempt without an answer is a crash. They are due at once, and are then sent alone.
    """
    mine = Delivery.objects.filter(pk__in=list(deliveries), claim=claim, state=Delivery.State.WAITING)
    crashed = [(pk, attempts + 1 if not answer else 1) for pk, attempts, answer in mine.values_list("pk", "attempts", "answer")]
    for attempts in {count for _, count in crashed}:
        those = mine.filter(pk__in=[pk for pk, count in crashed if count == attempts])
        if attempts >= CRASHES:
            those.update(state=Delivery.State.GAVE_UP, attempts=attempts, answer=CRASHED, claim="", settled_at=at)
        else:
            those.update(attempts=attempts, answer="", claim="", due_at=at)
    return sum(count >= CRASHES for _, count in crashed)


def note_bounce(delivery: int, *, words: str, at: datetime) -> Delivery | None:
    """Note with a copy that it came back; returns the copy.

    None, and nothing is changed, if there is no such copy, if it left more than 14 days ago,
    or if its failure was noted before: it counts once (L5).
    """
    mine = Delivery.objects.filter(Q(settled_at=None) | Q(settled_at__gt=at - REPORTS_COUNT), pk=delivery, failure_noted_at=None)
    if not mine.update(failure_noted_at=at, answer=f"Returned {at:%Y-%m-%d %H:%M}: {' '.join(words.split())[:500]}"):
        return None
    return Delivery.objects.select_related("outgoing").get(pk=delivery)


def take_refused(*, limit: int, at: datetime) -> list[Delivery]:
    """Copies that the post office refused for good, the oldest first, each handed out once, in the caller's transaction (O5)."""
    refused = Delivery.objects.filter(state=Delivery.State.GAVE_UP, failure_noted_at=None)
    those = list(refused.select_for_update(skip_locked=True, of=("self",)).select_related("outgoing").order_by("pk")[:limit])
    Delivery.objects.filter(pk__in=[one.pk for one in those]).update(failure_noted_at=at)
    return those


def first_with(signature: str, body: str, *, at: datetime) -> bool:
    """Whether a signature came with this very body the first time it was heard (both as digests); else somebody borrowed it (A13)."""
    heard, _ = Signature.objects.get_or_create(digest=signature, defaults={"body": body, "heard_at": at})
    return heard.body == body


def tend(*, at: datetime) -> int:
    """Forget the copies of letters that were settled long ago, a slice at a time; returns how many letters.

    What was received and what was posted stay for ever; only the record of who was handed which
    copy ends, so that the outbox does not grow with the years.
    """
    Signature.objects.filter(heard_at__lt=at - SIGNATURES_KEPT).delete()
    oldest = Outgoing.objects.order_by("id").values_list("pk", "made_at")[:TENDED_AT_ONCE]
    old = [pk for pk, made_at in oldest if made_at < at - COPIES_KEPT]
    still_waiting = set(
        Delivery.objects.filter(outgoing__in=old, state=Delivery.State.WAITING).values_list("outgoing_id", flat=True)
    )
    with transaction.atomic():
        Outgoing.objects.filter(pk__in=[pk for pk in old if pk not in still_waiting]).delete()
    return len(old) - len(still_waiting)
