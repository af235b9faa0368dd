"""Before mail is stopped a letter tries the address; and the ways back."""

import re

import pytest
from returned import ANA, BEN, DAY, SPAM, back, dsn, leave_the_house

from path import NOW, copies, letter, sent_bytes
from talanoa.mail.models import Delivery, Received
from talanoa.mailroom import worker
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
PROVEN = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}

def test_nobody_is_tried_who_takes_part_in_nothing_any_more(unreachable, cast, ben):
    from talanoa.communities.actions import leave

    leave(cast.mdg, cast.ben, at=NOW + 4 * DAY)
    assert ben().probed_at is not None  # still a member elsewhere
    leave(cast.health, cast.ben, at=NOW + 4 * DAY)
    leave_the_house(NOW + 4 * DAY)
    worker.tend(NOW + 7 * DAY)
    assert copies() == []


def test_l6_a_probe_goes_first_and_meanwhile_mail_goes_on(doubted, circulate, ben):
    assert doubted.outgoing.bounces_to == "mdg@lists.example.org"
    raw = sent_bytes(doubted.outgoing)
    assert b"Auto-Submitted: auto-generated" in raw
    assert ben().unreachable_since is None
    assert circulate(NOW + 3.1 * DAY) is not None


def test_a_probe_that_does_not_come_back_ends_the_doubt(doubted, ben, returns):
    leave_the_house(NOW + 3 * DAY)
    worker.tend(NOW + 5 * DAY)
    assert ben().probe == doubted.pk
    worker.tend(NOW + 6 * DAY)
    assert (ben().probe, ben().probed_at, ben().answered_at) == (None, None, NOW + 6 * DAY)
    # What came back before is no evidence any more.
    returns(NOW + 7 * DAY)
    assert ben().probed_at is None


def test_a_probe_that_still_waits_says_nothing(doubted, ben):
    worker.tend(NOW + 7 * DAY)
    assert (ben().probe, ben().answered_at) == (doubted.pk, None)


def test_a_probe_refused_for_its_words_stops_nothing(doubted, walk, ben):
    leave_the_house(NOW + 3 * DAY)
    walk(dsn(SPAM), to=back(doubted), sender="", at=NOW + 3 * DAY)
    assert (ben().probe, ben().unreachable_since) == (None, None)
    worker.tend(NOW + 7 * DAY)
    assert ben().probed_at is None


def test_l6_an_address_is_given_up_when_its_probe_comes_back(unreachable, circulate, cast):
    assert "is not sent there any more" in Received.objects.order_by("-pk").first().note
    assert circulate(NOW + 4 * DAY) is None
    assert cast.membership(cast.ben, cast.mdg).left_at is None


def test_four_more_probes_every_three_days_and_then_silence(unreachable, walk, ben):
    seen = {unreachable.pk}
    for number in (1, 2, 3, 5, 6, 9, 12, 15, 18):
        at = NOW + (3 + number) * DAY
        worker.tend(at)
        probe = ben().probe
        if probe is not None:
            assert number in (3, 6, 9, 12)
            assert probe not in seen
            seen.add(probe)
            leave_the_house(at)
            walk(dsn(), to=back(Delivery.objects.get(pk=probe)), sender="", at=at)
    assert len(seen) == 5
    assert ben().unreachable_since == NOW + 3 * DAY


def test_an_address_that_takes_a_later_probe_comes_back_by_itself(unreachable, circulate, ben):
    worker.tend(NOW + 6 * DAY)
    leave_the_house(NOW + 6 * DAY)
    assert circulate(NOW + 7 * DAY) is None
    worker.tend(NOW + 9 * DAY)
    assert ben().unreachable_since is None
    assert circulate(NOW + 9 * DAY) is not None


def test_mail_that_proves_its_sender_brings_the_address_back(unreachable, walk, circulate, ben):
    walk(letter(BEN, subject="Am I here?"), at=NOW + 4 * DAY)
    assert ben().unreachable_since is not None  # anybody may write "ben" into From
    away = letter(BEN, subject="Out of office", text="On leave.", Auto_Submitted="auto-replied", **PROVEN)
    walk(away, at=NOW + 4 * DAY)
    assert ben().unreachable_since is not None
    walk(letter(BEN, subject="I am here", text="Again.", **PROVEN), at=NOW + 4 * DAY)
    assert ben().unreachable_since is None
    assert circulate(NOW + 4 * DAY) is not None


def test_the_word_resume_from_another_address_brings_it_back(unreachable, cast, walk, ben):
    people.add_address(cast.ben, "ben@home.example", at=NOW)
    ask = {"to": "mdg-request@lists.example.org", "at": NOW + 4 * DAY}
    raw = letter("ben@home.example", subject="resume", text="")
    walk(raw, **ask)
    assert ben().unreachable_since is not None
    proof = "mx.lists.example.org; dkim=pass header.d=home.example"
    walk(letter("ben@home.example", subject="resume", text="", Authentication_Results=proof), **ask)
    assert ben().unreachable_since is None


def test_the_link_in_the_probe_brings_it_back_with_a_second_click(unreachable, client, settings, ben):
    """A2, A3"""
    link = re.search(rb"/resume/[a-z2-7]{32}", sent_bytes(unreachable.outgoing))[0].decode()
    people.Ticket.objects.filter(purpose="resume").update(expires_at="2099-01-01T00:00Z")
    assert client.get(link).status_code == 200
    assert ben().unreachable_since is not None
    assert client.post(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 410
    assert client.post(link).status_code == 200
    assert ben().unreachable_since is None
    assert client.post(link).status_code == 410


def test_the_other_address_of_the_member_is_told_once_with_a_link(doubted, cast, walk, client, ben):
    people.add_address(cast.ben, "ben@home.example", at=NOW)
    leave_the_house(NOW + 3 * DAY)
    walk(dsn(), to=back(doubted), sender="", at=NOW + 3 * DAY)
    (told,) = [one for one in copies() if one.address == "ben@home.example"]
    raw = sent_bytes(told.outgoing)
    assert b"ben@people.example" in raw
    assert told.outgoing.bounces_to == ""
    people.Ticket.objects.filter(purpose="resume").update(expires_at="2099-01-01T00:00Z")
    assert client.post(re.search(rb"/resume/[a-z2-7]{32}", raw)[0].decode()).status_code == 200
    assert ben().unreachable_since is None


def test_a_digest_keeps_what_gathers_until_the_address_answers(unreachable, cast, walk, ben):
    from talanoa.communities.actions import choose_delivery

    choose_delivery(cast.membership(cast.ben, cast.mdg), delivery="daily", at=NOW + 3 * DAY)
    walk(letter(ANA, subject="While he was away"), at=NOW + 3.5 * DAY)
    leave_the_house(NOW + 3.5 * DAY)
    worker.tend(NOW + 5 * DAY)
    assert [one for one in copies() if one.address == "ben@people.example" and one.member] == []
    people.hear_from("ben@people.example", at=NOW + 5.2 * DAY)
    worker.tend(NOW + 6.5 * DAY)
    (digest,) = [one for one in copies() if one.address == "ben@people.example" and one.member]
    assert b"While he was away" in sent_bytes(digest.outgoing)
