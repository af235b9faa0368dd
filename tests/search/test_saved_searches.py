"""A saved search: what is new comes by mail at the owner's hour, nothing twice, none when empty, only what may be read then (P1)."""

from datetime import timedelta

import pytest

from browsers import browser
from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.search import actions
from talanoa.search.models import Saved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def told(catch_up):
    """`told(at)`: the letters that saved searches bring at a moment, as text, to whom."""

    def step(at):
        before = {one.pk for one in copies()}
        catch_up(at)
        actions.tell(at=at)
        return [(one.address, sent_bytes(one.outgoing).decode()) for one in copies() if one.pk not in before]

    return step


def write(walk, subject, text, at, who="ben"):
    walk(letter(f"{who} <{address(who)}>", subject=subject, text=text), at=at)


def test_new_finds_come_once_at_the_hour_of_the_digest(cast, walk, told):
    write(walk, "Old gauges", "Who reads tide gauges?", NOW - timedelta(hours=1))
    saved = actions.save_search("tide gauges", community=cast.mdg, how="daily", by=cast.chandra, at=NOW)
    assert told(saved.due_at) == []
    write(walk, "New gauges", "A tide gauge was repaired.", saved.due_at + timedelta(hours=1))
    write(walk, "Mine", "My own tide gauge.", saved.due_at + timedelta(hours=1), who="chandra")
    assert told(saved.due_at + timedelta(hours=2)) == []
    [(to, words)] = told(saved.due_at + DAY)
    assert to == address("chandra")
    assert "1. New gauges" in words
    assert "Old gauges" not in words
    assert "Mine" not in words
    assert "/searches" in words
    assert told(saved.due_at + DAY) == told(saved.due_at + 2 * DAY) == []


def test_p1_who_may_not_read_any_more_is_told_nothing(cast, walk, told):
    saved = actions.save_search("gauges", community=None, how="daily", by=cast.chandra, at=NOW)
    write(walk, "New gauges", "A tide gauge was repaired.", NOW + timedelta(minutes=1))
    communities.leave(cast.mdg, cast.chandra, at=NOW + timedelta(hours=1))
    assert told(saved.due_at + DAY) == []


def test_saved_seen_and_ended_on_the_pages(cast, walk, catch_up):
    write(walk, "New gauges", "A tide gauge was repaired.", NOW)
    catch_up()
    chandra, farid = browser(cast.chandra), browser(cast.farid)
    assert b"Tell me" in chandra.get("/c/mdg/search?q=gauges").content
    form = {"q": "gauges", "community": "mdg", "how": "weekly"}
    assert chandra.post("/searches", form).status_code == 302
    assert chandra.post("/searches", form | {"how": "daily"}).status_code == 302
    assert farid.post("/searches", form).status_code == 404
    saved = Saved.objects.get()
    assert (saved.person, saved.how) == (cast.chandra, "daily")
    assert b"gauges" in chandra.get("/searches").content
    assert b"gauges" not in farid.get("/searches").content
    assert farid.post(f"/searches/{saved.pk}/end").status_code == 404
    assert chandra.post(f"/searches/{saved.pk}/end").status_code == 302
    assert not Saved.objects.exists()
