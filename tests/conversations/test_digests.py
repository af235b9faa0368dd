"""Digests: each circulated post in exactly one digest of each who wants them, well set, and answered where it belongs."""

import email
import email.policy
import itertools
import re
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cast import address
from path import copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.models import Community, Membership
from talanoa.communities.rules import next_digest
from talanoa.conversations import actions, digests, typesetting
from talanoa.conversations.archives import Archived, said
from talanoa.conversations.models import Digest, Post
from talanoa.mail.models import Delivery
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ids = itertools.count()


@pytest.fixture
def choose(cast):
    """`choose(person, at=…, delivery=…)`, in mdg."""

    def do(person, at=MONDAY, **choices):
        communities.choose_delivery(cast.membership(person, cast.mdg), at=at, **choices)

    return do


@pytest.fixture
def say(cast, walk):
    """`say("Subject", "text")`: Ben posts in mdg."""

    def do(subject="Village nurses", text="Who counts the births?", at=MONDAY, who="ben", **headers) -> Post:
        name = f"{getattr(cast, who).name} <{address(who)}>"
        return walk(letter(name, subject=subject, text=text, Message_ID=f"<{next(ids)}@people.example>", **headers), at=at).post

    return do


def digests_for(name) -> list[Delivery]:
    found = Delivery.objects.filter(lane=Delivery.Lane.DIGEST, address=address(name)).exclude(state="withdrawn")
    return list(found.select_related("outgoing").order_by("id"))


def opened(delivery):
    return email.message_from_bytes(sent_bytes(delivery.outgoing), policy=email.policy.default)


def text_of(delivery) -> str:
    return opened(delivery).get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(delivery) -> str:
    return opened(delivery).get_body(("html",)).get_content()


def test_a_daily_digest_holds_what_was_posted_since_the_last_and_nothing_twice(choose, say, cast):
    """O9: each circulated post appears in exactly one digest per digest member."""
    say("Before they chose digests")
    choose(cast.chandra, delivery="daily")
    say("Village nurses")
    say("Clean water")
    actions.tend(at=MONDAY + timedelta(minutes=59))
    assert digests_for("chandra") == []
    actions.tend(at=MONDAY + timedelta(hours=1))
    (first,) = digests_for("chandra")
    assert "Village nurses" in text_of(first)
    assert "Clean water" in text_of(first)
    assert "Before they chose" not in text_of(first)
    say("Midwives", at=MONDAY + timedelta(hours=2))
    actions.tend(at=MONDAY + timedelta(days=1, hours=1))
    actions.tend(at=MONDAY + timedelta(days=1, hours=1))
    _, second = digests_for("chandra")
    assert "Midwives" in text_of(second)
    assert "Clean water" not in text_of(second)


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


def test_a_post_that_was_taken_down_is_in_no_digest(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    gone = say("Taken down")
    actions.withdraw(gone, at=MONDAY)
    actions.tend(at=MONDAY + timedelta(hours=1))
    assert digests_for("chandra") == []


def test_a_digest_in_the_outbox_is_made_again_without_what_was_taken_down(choose, say, cast):
    """O7, O9"""
    choose(cast.chandra, delivery="daily")
    choose(cast.noa, delivery="daily")
    gone = say("Taken down")
    say("It stays")
    at = MONDAY + timedelta(hours=1)
    actions.tend(at=at)
    # Noa's copy was on the wire: it is recorded as sent although it was withdrawn.
    actions.withdraw(gone, at=at)
    Delivery.objects.filter(lane=Delivery.Lane.DIGEST, address=address("noa")).update(state="sent")
    assert digests_for("chandra") == []
    actions.tend(at=at + timedelta(minutes=2))
    (again,) = digests_for("chandra")
    assert "It stays" in text_of(again)
    assert "Taken down" not in text_of(again)
    assert len(digests_for("noa")) == 1


@pytest.mark.parametrize("end", ["leave", "ban"])
def test_authorisation_is_asked_again_when_a_digest_is_sent(choose, say, cast, end):
    """O9: authorisation re-evaluated at send. O7"""
    choose(cast.chandra, delivery="daily")
    choose(cast.noa, delivery="daily")
    say()
    member = cast.membership(cast.chandra, cast.mdg)
    if end == "leave":
        communities.leave(cast.mdg, cast.chandra, at=MONDAY)
    else:
        communities.ban(member, at=MONDAY)
    # Even if the clock had been set before.
    Membership.objects.filter(pk=member.pk).update(digest_due_at=MONDAY)
    actions.tend(at=MONDAY + timedelta(hours=1))
    assert digests_for("chandra") == []
    assert Membership.objects.get(pk=member.pk).digest_due_at is None
    (noas,) = digests_for("noa")
    communities.leave(cast.mdg, cast.noa, at=MONDAY + timedelta(hours=1))
    noas.refresh_from_db()
    assert noas.state == "withdrawn"


def test_nothing_of_another_community_or_an_archive_is_in_a_digest(choose, say, cast, walk):
    """P1"""
    choose(cast.ben, delivery="daily")
    proven = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
    walk(letter(address("chandra"), to="core@lists.example.org", subject="Secret", **proven), to="core@lists.example.org", at=MONDAY)
    raw = letter(address("ben"), subject="From the archive")
    old = Archived(said(walk.read(raw), "en"), "<old@people.example>", cast.ben.pk, "Ben", MONDAY - timedelta(days=900), None, 0)
    actions.record([old], community=cast.mdg, at=MONDAY)
    actions.release(cast.mdg)
    assert Post.objects.count() == 2
    actions.tend(at=MONDAY + timedelta(hours=1))
    assert digests_for("ben") == []


def test_members_whose_digests_are_alike_share_one_letter(choose, say, cast):
    for person in (cast.ben, cast.chandra, cast.noa):
        choose(person, delivery="daily")
    choose(cast.ana, delivery="daily", html=False)
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    letters = {one.outgoing_id for name in ("ben", "chandra", "noa") for one in digests_for(name)}
    assert len(letters) == 1
    (plain,) = digests_for("ana")
    assert plain.outgoing_id not in letters
    assert opened(plain).get_content_type() == "text/plain"


def test_a_digest_says_what_mail_of_a_list_says(choose, say, cast):
    """M3, L4: unsubscribe by one click, our loop mark, bounces to the community."""
    choose(cast.chandra, delivery="daily")
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    (delivery,) = digests_for("chandra")
    head = opened(delivery)
    assert head["From"] == "MDG Pacific <mdg@lists.example.org>"
    assert head["Subject"] == "[mdg] Digest of 2 March 2026: 1 message"
    assert head["List-Id"] == "MDG Pacific <mdg.lists.example.org>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"/leave/\0member\0>" in bytes(delivery.outgoing.head)
    assert (head["Precedence"], head["X-Talanoa-Loop"], head["Auto-Submitted"]) == ("list", "mdg@lists.example.org", "auto-generated")
    assert head["Message-ID"].endswith("@lists.example.org>")
    assert delivery.outgoing.bounces_to == "mdg@lists.example.org"
    assert delivery.member == cast.membership(cast.chandra, cast.mdg).pk


def test_contents_come_first_then_the_texts_with_author_and_permanent_link(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    first = say("Village nurses", "We ask <b>how</b> births are counted.")
    say("Clean water", "A survey of wells.")
    answer = say("Re: Village nurses", "We count them.", who="ana", In_Reply_To=first.message_id)
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    assert text.startswith("MDG Pacific\nDigest of 2 March 2026: 3 messages in 2 conversations\n")
    assert re.search(r"Village nurses\n  1\. Ben Okafor, 2 Mar 2026\n  2\. Ana Tuimavave, 2 Mar 2026\n\nClean water\n  3\. Ben Okafor", text)
    assert text.index("3. Ben Okafor") < text.index("We ask <b>how</b>")
    assert "1. Ben Okafor\nStatistician, Bureau of Statistics, Papua New Guinea\n" in text
    for page in (f"/c/mdg/m/{first.key}", f"/c/mdg/m/{answer.key}"):
        assert page in text
        assert page in html
    assert "We ask &lt;b&gt;how&lt;/b&gt;" in html
    assert max(map(typesetting.columns, (line for line in text.split("\n") if "://" not in line))) <= 72
    assert "<img" not in html


def test_subjects_only_is_a_list_with_links_and_no_texts(choose, say, cast):
    choose(cast.chandra, delivery="subjects")
    post = say("Village nurses", "Secretly long words.")
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    for form in (text, html):
        assert "Village nurses" in form
        assert f"/m/{post.key}" in form
        assert "Secretly" not in form
    assert "Subjects of 2 March 2026" in text


def test_a_long_text_is_shortened_and_says_so_with_a_link(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    paragraph = "The figure says more about the register than about the care that was given. " * 8
    post = say("Long", "\n\n".join([paragraph.strip()] * 150))
    for number in range(9):
        say(f"Short {number}", "A short word.")
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    assert re.search(rf"\[Shortened\. The whole message, \d{{5}} letters:\nhttp\S+/m/{post.key}\]", text)
    assert "Shortened. Read the whole message" in html
    assert text.count("A short word.") == 9
    assert len(html.encode()) < 30_000


def test_of_very_many_messages_the_subjects_alone_are_given(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    first = say("Begins")
    author = Post.objects.get(pk=first.pk)
    more = [
        Post(community=cast.mdg, conversation=first.conversation, number=number, author=cast.ben, message_id=f"<m{number}@x>", key=f"K{number}",
             subject="Begins", written_at=MONDAY, posted_at=MONDAY, fresh_text="Words.", html="", circulated=True)
        for number in range(2, 140)
    ]  # fmt: skip
    Post.objects.bulk_create(more)
    communities.note_circulated(cast.mdg, Post.objects.latest("pk").pk)
    actions.tend(at=MONDAY + timedelta(hours=1))
    text = text_of(digests_for("chandra")[0])
    assert "too many messages for one letter" in text
    assert "139. Ben Okafor" in text
    assert author.fresh_text not in text


def test_a_crash_between_build_and_commit_neither_loses_nor_repeats(choose, say, cast, monkeypatch):
    """O9"""
    choose(cast.chandra, delivery="daily")
    say("Village nurses")
    kept = communities.note_digested

    def dies(*args, **kwargs):
        kept(*args, **kwargs)
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(actions.communities, "note_digested", dies)
        with pytest.raises(SystemExit):
            actions.tend(at=MONDAY + timedelta(hours=1))
    assert digests_for("chandra") == []
    actions.tend(at=MONDAY + timedelta(hours=1))
    actions.tend(at=MONDAY + timedelta(hours=1))
    assert len(digests_for("chandra")) == 1


def test_a_community_whose_digest_fails_keeps_no_other_from_theirs(choose, say, cast, walk, monkeypatch):
    """O11"""
    choose(cast.chandra, delivery="daily")
    communities.choose_delivery(cast.membership(cast.ana, cast.health), at=MONDAY, delivery="daily")
    say()
    walk(letter(address("ben"), to="health@lists.example.org"), to="health@lists.example.org", at=MONDAY)
    made = digests.compose

    def compose(community, *rest, **more):
        if community.slug == "mdg":
            raise RuntimeError("broken")
        return made(community, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(digests, "compose", compose)
        with pytest.raises(ExceptionGroup):
            actions.tend(at=MONDAY + timedelta(hours=1))
    assert len(digests_for("ana")) == 1
    actions.tend(at=MONDAY + timedelta(hours=1))
    assert len(digests_for("chandra")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_tend_at_once_exactly_one_makes_the_digest(choose, say, cast):
    """E14: 2 schedulers, 2 digest timers, exactly 1 digest."""
    from django.db import connection

    everybody = (cast.ana, cast.ben, cast.chandra, cast.noa)
    for person in everybody:
        choose(person, delivery="daily")
    say()
    together = threading.Barrier(4)
    faults = []

    def work():
        try:
            together.wait(10)
            actions.tend(at=MONDAY + timedelta(hours=1))
        except Exception as fault:  # noqa: BLE001 - a thread would lose it; the test looks at it
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert [len(digests_for(name)) for name in ("ana", "ben", "chandra", "noa")] == [1, 1, 1, 1]
    assert Digest.objects.count() == 1


def test_when_nothing_is_due_tending_asks_next_to_nothing(choose, cast, django_assert_num_queries):
    choose(cast.chandra, delivery="daily")
    with django_assert_num_queries(3):  # the indexes of what is due, and digests of long ago
        actions.tend(at=MONDAY)


def test_sent_digests_are_forgotten_after_90_days(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    actions.tend(at=MONDAY + timedelta(days=89))
    assert Digest.objects.count() == 1
    actions.tend(at=MONDAY + timedelta(days=92))
    assert Digest.objects.count() == 0


def test_a_digest_that_comes_back_is_not_circulated(choose, say, cast, walk):
    """L2"""
    choose(cast.chandra, delivery="daily")
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    raw = sent_bytes(digests_for("chandra")[0].outgoing).replace(b"\0member\0", b"x")
    assert walk(raw, at=MONDAY + timedelta(hours=2)).fate == "discarded"
    assert Community.objects.get(slug="mdg").posts.count() == 1


def test_the_hour_is_chosen_on_the_page_where_delivery_is(cast):
    from browsers import browser

    chandra = browser(cast.chandra)
    chosen = {"delivery": "daily", "digest_hour": "18"}
    assert chandra.post("/c/mdg/delivery", chosen).status_code == 302
    assert chandra.post("/c/mdg/delivery", chosen | {"digest_hour": "24"}).status_code == 422
    assert cast.membership(cast.chandra, cast.mdg).digest_hour == 18
    assert 'name="digest_hour" min="0" max="23" value="18"' in chandra.get("/c/mdg/delivery").content.decode()


def test_a_fault_in_one_room_keeps_the_worker_from_none_of_its_work(monkeypatch):
    from talanoa.mailroom import worker

    tended = []

    def tend(*, at):
        tended.append(at)

    monkeypatch.setattr(worker.conversations, "tend", lambda at: 1 / 0)
    monkeypatch.setattr(worker.mail, "tend", tend)
    worker.tend(MONDAY)
    assert tended == [MONDAY]
