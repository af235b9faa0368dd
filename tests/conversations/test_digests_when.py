"""A digest comes at the hour that its member chose, by the member's own clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from digested import MONDAY, digests_for, text_of

from browsers import browser
from cast import address
from path import copies
from talanoa.communities.models import Membership
from talanoa.communities.rules import next_digest
from talanoa.conversations import actions
from talanoa.mail.models import Delivery
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db

def test_no_digest_is_sent_when_nothing_was_posted(choose, cast):
    choose(cast.chandra, delivery="daily")
    for day in range(5):
        actions.tend(at=MONDAY + timedelta(days=day, hours=2))
    assert digests_for("chandra") == []
    assert Membership.objects.get(person=cast.chandra, community=cast.mdg).digest_due_at > MONDAY + timedelta(days=4)


def test_a_worker_that_was_down_sends_one_digest_late_not_several(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    for day in range(5):
        say(f"Of day {day}", at=MONDAY + timedelta(days=day))
    actions.tend(at=MONDAY + timedelta(days=5))
    actions.tend(at=MONDAY + timedelta(days=5))
    (only,) = digests_for("chandra")
    assert all(f"Of day {day}" in text_of(only) for day in range(5))


@pytest.mark.parametrize(
    ("kind", "zone", "hour", "after", "due"),
    [
        ("daily", "UTC", 7, "2026-03-02T06:59", "2026-03-02T07:00"),
        ("daily", "UTC", 7, "2026-03-02T07:00", "2026-03-03T07:00"),
        ("subjects", "Pacific/Apia", 7, "2026-03-02T00:00", "2026-03-02T18:00"),
        ("weekly", "Asia/Kathmandu", 8, "2026-03-02T02:15", "2026-03-09T02:15"),
        ("weekly", "UTC", 7, "2026-03-03T00:00", "2026-03-09T07:00"),
        ("monthly", "UTC", 7, "2026-12-01T07:00", "2027-01-01T07:00"),
        # Clocks go forward on 29 March 2026 in Paris: 2 o'clock does not come, so it is 3; then back to 2.
        ("daily", "Europe/Paris", 2, "2026-03-28T12:00", "2026-03-29T01:00"),
        ("daily", "Europe/Paris", 2, "2026-03-29T01:00", "2026-03-30T00:00"),
        # Clocks go back on 25 October 2026: 2 o'clock comes twice, and the digest once.
        ("daily", "Europe/Paris", 2, "2026-10-24T12:00", "2026-10-25T00:00"),
        ("daily", "Europe/Paris", 2, "2026-10-25T00:00", "2026-10-26T01:00"),
        ("daily", "Nowhere/At_All", 7, "2026-03-02T00:00", "2026-03-02T07:00"),
        # Samoa had no 30 December 2011.
        ("daily", "Pacific/Apia", 7, "2011-12-29T17:00", "2011-12-30T17:00"),
        ("daily", "Pacific/Apia", 7, "2011-12-30T17:00", "2011-12-31T17:00"),
    ],
)
def test_the_hour_is_the_members_own_by_their_clock(kind, zone, hour, after, due):
    found = next_digest(kind, datetime.fromisoformat(f"{after}+00:00"), zone=zone, hour=hour)
    assert found == datetime.fromisoformat(f"{due}+00:00")


def test_a_digest_comes_at_the_members_hour_in_the_members_zone(choose, say, cast):
    people.describe(cast.chandra, timezone="Asia/Kathmandu")
    choose(cast.chandra, delivery="daily", digest_hour=18)
    say()
    there = datetime(2026, 3, 2, 18, 0, tzinfo=ZoneInfo("Asia/Kathmandu"))
    actions.tend(at=there - timedelta(seconds=1))
    assert digests_for("chandra") == []
    actions.tend(at=there)
    assert len(digests_for("chandra")) == 1


@pytest.mark.parametrize("hour", [-1, 24, "7", None])
def test_an_hour_that_no_clock_has_is_refused(choose, cast, hour):
    with pytest.raises(ValueError, match="from 0 to 23"):
        choose(cast.chandra, digest_hour=hour)


def test_the_hour_is_chosen_on_the_page_where_delivery_is(cast):
    chandra = browser(cast.chandra)
    chosen = {"delivery": "daily", "digest_hour": "18"}
    assert chandra.post("/c/mdg/delivery", chosen).status_code == 302
    assert chandra.post("/c/mdg/delivery", chosen | {"digest_hour": "24"}).status_code == 422
    assert cast.membership(cast.chandra, cast.mdg).digest_hour == 18
    assert 'name="digest_hour" min="0" max="23" value="18"' in chandra.get("/c/mdg/delivery").content.decode()


def test_a_paused_members_digest_comes_after_the_pause_with_what_gathered(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    choose(cast.chandra, suspended_from=MONDAY.date(), suspended_until=MONDAY.date() + timedelta(days=2))
    for day in range(4):
        say(f"Of day {day}", at=MONDAY + timedelta(days=day))
        actions.tend(at=MONDAY + timedelta(days=day, hours=1))
        assert bool(digests_for("chandra")) == (day == 3)
    assert all(f"Of day {day}" in text_of(digests_for("chandra")[0]) for day in range(4))


@pytest.mark.parametrize("after", ["each", "none"])
def test_who_leaves_digests_gets_at_once_what_has_gathered(choose, say, cast, after):
    choose(cast.chandra, delivery="weekly")
    say("Gathered")
    choose(cast.chandra, delivery=after)
    say("Later")
    actions.tend(at=MONDAY + timedelta(minutes=1))
    actions.tend(at=MONDAY + timedelta(days=30))
    (last,) = digests_for("chandra")
    assert "Gathered" in text_of(last)
    assert "Later" not in text_of(last)
    assert Delivery.objects.filter(lane=Delivery.Lane.CIRCULAR, address=address("chandra")).count() == (after == "each")


def test_who_comes_and_goes_within_a_minute_misses_nothing(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    say("One")
    choose(cast.chandra, delivery="each")
    say("Two")
    choose(cast.chandra, delivery="subjects")
    say("Three")
    actions.tend(at=MONDAY)
    (only,) = digests_for("chandra")
    assert "One" in text_of(only)
    assert "Three" in text_of(only)
    assert "Two" not in text_of(only)
    assert b"Two" in b"".join(bytes(copy.outgoing.head) for copy in copies() if copy.address == address("chandra"))


def test_when_nothing_is_due_tending_asks_next_to_nothing(choose, cast, django_assert_num_queries):
    choose(cast.chandra, delivery="daily")
    with django_assert_num_queries(3):  # the indexes of what is due, and digests of long ago
        actions.tend(at=MONDAY)
