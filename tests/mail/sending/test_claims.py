"""No two workers hold the same row, and no lease needs a human."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from talanoa.mail import claims
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.models import Delivery
from talanoa.mail.sending.writing import Composed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)


def put(count, at=NOW):
    return enqueue(
        Composed(b"", b""), message_id="<m@x>", bounces_to="", lane=1, at=at,
        recipients=[Recipient(f"a{n}@a.example", n) for n in range(count)],
    )


def take(limit, claim="one", at=NOW, **more):
    return [pk for pk, _ in claims.claim(Delivery, limit=limit, claim=claim, lease=MINUTE, at=at, **more)]


@pytest.mark.django_db
def test_a_claim_takes_what_is_due_oldest_first_and_only_for_the_lease():
    """O12"""
    put(3, at=NOW + timedelta(seconds=30))
    put(3)
    first = take(10)
    assert len(first) == 3
    assert take(10, "two") == []
    late = take(10, "two", at=NOW + timedelta(seconds=31))
    assert len(late) == 3
    assert not set(first) & set(late)
    assert take(10, "three", at=NOW + timedelta(seconds=61)) == first


@pytest.mark.django_db
def test_a_row_that_another_took_is_neither_renewed_nor_released():
    """O3: the fence's other half."""
    put(2)
    mine = take(2)
    assert claims.renew(Delivery, ids=mine, claim="one", lease=MINUTE, at=NOW + timedelta(seconds=50)) == set(mine)
    assert take(2, "two", at=NOW + timedelta(seconds=100)) == []
    theirs = take(2, "two", at=NOW + timedelta(seconds=111))
    assert theirs == mine
    assert claims.renew(Delivery, ids=mine, claim="one", lease=MINUTE, at=NOW) == set()
    assert claims.release(Delivery, ids=mine, claim="one", at=NOW) == set()


@pytest.mark.django_db
def test_what_is_released_is_due_at_once_and_the_attempt_can_be_taken_back():
    put(1)
    mine = take(1)
    assert claims.release(Delivery, ids=mine, claim="one", at=NOW, uncount=True) == set(mine)
    row = Delivery.objects.get()
    assert (row.attempts, row.claim, row.due_at) == (0, "", NOW)


@pytest.mark.django_db
def test_columns_and_conditions_are_the_callers():
    put(3)
    rows = claims.claim(
        Delivery, limit=5, claim="one", lease=MINUTE, at=NOW, where_extra={"lane": 1, "address": "a1@a.example"},
        columns=("address", "attempts"), counted=False,
    )
    assert rows == [("a1@a.example", 0)]


@pytest.mark.django_db
def test_an_address_named_twice_gets_one_copy():
    enqueue(
        Composed(b"", b""), message_id="<m@x>", bounces_to="", lane=1, at=NOW,
        recipients=[Recipient("a@a.example", 1), Recipient("a@a.example", 2)],
    )
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_share_a_queue_without_an_overlap():
    """O3, O12"""
    put(400)
    taken, faults = [], []

    def work(name):
        try:
            while rows := take(17, name):
                taken.extend(rows)
        except Exception as fault:  # noqa: BLE001  the test must hear of it
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(taken) == len(set(taken)) == 400
