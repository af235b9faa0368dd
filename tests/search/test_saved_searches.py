"""A saved search: what is new comes by mail at the owner's hour, nothing twice, none when empty, only what may be read then (P1)."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from browsers import browser
from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.mail.tokens import seal
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


def unfolded(words):
    return re.sub(r"\r\n[ \t]+", " ", words)


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
    link = re.search(r"List-Unsubscribe: <https?://[^/]+(/searches/end/[a-z2-7]+)>", unfolded(words))[1]
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in words
    assert link in words.partition("\r\n\r\n")[2].replace("=\r\n", "")
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


def test_one_click_in_a_letter_ends_its_search_and_looking_does_not(cast):
    """RFC 8058, A4: without a session, as often as a mail program likes."""
    saved = actions.save_search("gauges", community=None, how="daily", by=cast.chandra, at=NOW)
    other = actions.save_search("rain", community=None, how="daily", by=cast.chandra, at=NOW)
    link, stranger = f"/searches/end/{seal('saved search', saved.pk)}", browser(None)
    page = stranger.get(link)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert b"gauges" not in page.content
    assert Saved.objects.count() == 2
    for _ in range(2):
        assert stranger.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert list(Saved.objects.values_list("pk", flat=True)) == [other.pk]
    assert stranger.post(f"/searches/end/{seal('leave', other.pk)}").status_code == 404


def feed_of(one):
    link = re.search(rb"/searches/feed/[a-z2-7]+\.atom", one.get("/searches").content)
    return link and link[0].decode()


def test_a_feed_of_ones_own_by_a_secret_link_that_can_be_taken_back(cast, walk, catch_up):
    """P1: it is what its owner may read at the moment when it is asked for; whoever has it writes to nobody."""
    write(walk, "New gauges", "A tide gauge was repaired; ask mele@gauges.example.", NOW)
    catch_up()
    chandra, stranger = browser(cast.chandra), browser(None)
    chandra.post("/searches", {"q": "gauges", "community": "", "how": "none"})
    first = feed_of(chandra)
    feed = stranger.get(first)
    assert feed.headers["Content-Type"].startswith("application/atom+xml")
    assert feed.headers["Cache-Control"] == "private, no-store"
    [entry] = ET.fromstring(feed.content).findall("{http://www.w3.org/2005/Atom}entry")
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == "New gauges"
    assert b"mele@gauges.example" not in feed.content
    assert b"gauge" in feed.content
    saved = Saved.objects.get()
    assert browser(cast.farid).post(f"/searches/{saved.pk}/feed").status_code == 404
    assert chandra.post(f"/searches/{saved.pk}/feed").status_code == 302
    second = feed_of(chandra)
    assert second != first
    assert [stranger.get(one).status_code for one in (first, second)] == [404, 200]
    communities.leave(cast.mdg, cast.chandra, at=NOW)
    assert ET.fromstring(stranger.get(second).content).findall("{http://www.w3.org/2005/Atom}entry") == []
    assert chandra.post(f"/searches/{saved.pk}/feed", {"take": "1"}).status_code == 302
    assert stranger.get(second).status_code == 404
    assert not Saved.objects.exists()  # nothing else told of it


def test_a_search_that_is_told_by_a_feed_sends_no_mail(cast, walk, told):
    actions.save_search("gauges", community=None, how="none", by=cast.chandra, at=NOW)
    write(walk, "New gauges", "A tide gauge was repaired.", NOW + timedelta(minutes=1))
    assert told(NOW + 9 * DAY) == []
