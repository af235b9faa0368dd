"""The postman at work: in a thread of his own, until he is asked to stop."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from post_office import slow
from talanoa.mail.models import Delivery
from talanoa.mail.sending.delivery import Postman

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work(office):
    """`work()` starts a postman in a thread; all are stopped at the end."""
    stop, threads, faults = threading.Event(), [], []

    def start(**given):
        def go():
            try:
                Postman(**given).run(stop)
            except BaseException as fault:  # the test must hear of it
                faults.append(fault)
                raise
            finally:
                connection.close()

        threads.append(threading.Thread(target=go))
        threads[-1].start()

    def end():
        stop.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        threads.clear()
        assert faults == []

    start.end = end
    yield start
    end()


def now():
    return datetime.now(UTC)


def sent(count, seconds=15):
    until = time.monotonic() + seconds
    while Delivery.objects.filter(state="sent").count() < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_the_first_copy_leaves_within_a_third_of_a_second(work, office, post):
    work()
    time.sleep(0.4)
    waits = []
    for number in range(5):
        post(f"a{number}@a.example", at=now())
        began = time.monotonic()
        office.wait_for(number + 1)
        waits.append(office.deliveries[number].at - began)
    assert sorted(waits)[2] < 0.3


def test_a_sink_slower_than_the_lease_gets_each_copy_once_from_two_workers(work, office, post):
    """O3, O13, E7: the lease is renewed while the post office takes its time."""
    office.default = slow(1.5)
    work(lease=timedelta(seconds=0.5))
    work(lease=timedelta(seconds=0.5))
    addresses = [f"a{n}@d{n}.example" for n in range(12)]
    post(*addresses, at=now())
    sent(12, seconds=30)
    assert sorted(office.addresses()) == sorted(addresses)


def test_a_stop_finishes_what_is_in_flight_and_loses_nothing(work, office, post):
    """E17: SIGTERM under load."""
    office.default = slow(0.01)
    work()
    addresses = [f"a{n}@a.example" for n in range(400)]
    post(*addresses, at=now())
    office.wait_for(20)
    work.end()
    done = Delivery.objects.filter(state="sent").count()
    assert done == len(office.deliveries) < 400
    assert Delivery.objects.filter(state="waiting").exclude(claim="").count() == 0


def test_the_outbox_is_drained_after_the_post_office_comes_back(work, office, post):
    """E8"""
    office.close()
    work()
    post(*[f"a{n}@a.example" for n in range(50)], at=now())
    time.sleep(1.2)
    assert Delivery.objects.filter(attempts__gt=0).count() == 0
    office.open()
    sent(50)
    assert len(set(office.addresses())) == len(office.addresses()) == 50


def test_the_worker_outlives_a_database_that_goes_away(work, office, post, monkeypatch):
    """E10, E11: no copy is lost or doubled when the batch cannot be written for a while."""
    from django.db import OperationalError

    from talanoa.mail import actions

    write, failures = actions.note_tried, []

    def note_tried(*given, **more):
        if len(failures) < 3 and given[0]:
            failures.append(1)
            raise OperationalError("the server closed the connection unexpectedly")
        return write(*given, **more)

    monkeypatch.setattr(actions, "note_tried", note_tried)
    work()
    post(*[f"a{n}@a.example" for n in range(200)], at=now())
    sent(200, seconds=30)
    assert len(set(office.addresses())) == len(office.addresses()) == 200
    assert len(failures) == 3


def test_nothing_is_sent_while_the_journal_cannot_be_written(work, office, post, monkeypatch):
    """E9: disk full during the fan-out. What cannot be recorded is not begun, and all goes on by itself."""
    import os

    from talanoa.mail.sending import journal

    full = threading.Event()
    write = os.write

    class Disk:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, file, data):
            if full.is_set():
                raise OSError(28, "No space left on device")
            return write(file, data)

    monkeypatch.setattr(journal, "os", Disk())
    office.default = slow(0.005)
    work()
    post(*[f"a{n}@a.example" for n in range(300)], at=now())
    office.wait_for(30)
    full.set()
    time.sleep(0.3)
    count = len(office.deliveries)
    time.sleep(0.5)
    assert len(office.deliveries) - count <= 0
    full.clear()
    sent(300)
    assert len(set(office.addresses())) == len(office.addresses()) == 300
