"""Addresses that do not answer, on the pages: for their members and for the facilitators (L6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cast import address
from path import copies
from talanoa.communities import actions as communities
from talanoa.people import actions as people
from talanoa.people.models import Address


def note(who, delivery, at, **more):
    facts = {"list_address": "mdg@lists.example.org", "permanent": True, "reason": "user-unknown", "words": "550 5.1.1 <i>nobody</i>"} | more
    return people.note_bounced(address(who), delivery=delivery, at=at, **facts)


@pytest.fixture
def silent(cast):
    """Noa's address: given up three days ago, after a probe."""
    now = timezone.now()
    for delivery, days in ((10**6, 6), (10**6 + 1, 5), (10**6 + 2, 3)):
        outcome = note("noa", delivery, now - timedelta(days=days))
    assert outcome == "probed"
    mine = Address.objects.get(canonical=address("noa"))
    assert note("noa", mine.probe, now - timedelta(days=3)) == "unreachable"
    mine.refresh_from_db()
    return mine


def test_the_facilitator_sees_which_addresses_do_not_answer_and_why(cast, silent, browse):
    note("chandra", 10**6 + 3, timezone.now() - timedelta(days=1), permanent=False, reason="mailbox-full", words="552 Mailbox full")
    note("farid", 10**6 + 4, timezone.now())
    page = browse(cast.ana).get("/moderation/addresses").content.decode()
    for words in ("Noa Faleolo", "noa@people.example", "nobody has this address", "550 5.1.1 &lt;i&gt;nobody", "Messages and digests do not go there since", "Score 2.7"):
        assert words in page
    assert page.index("Noa Faleolo") < page.index("Chandra Gurung") < page.index("the mailbox is full")
    assert "farid" not in page  # of another community
    assert '/moderation/addresses">Addresses that do not answer</a> (1)' in browse(cast.ana).get("/moderation").content.decode()


def test_the_facilitator_tries_an_address_or_has_the_mail_go_on(cast, silent, browse):
    browser = browse(cast.ana)
    before = len(copies())
    for _ in range(2):
        assert browser.post(f"/moderation/addresses/{silent.pk}/try").status_code == 302
    (probe,) = copies()[before:-1] or copies()[before:]
    silent.refresh_from_db()
    assert (silent.probe, probe.address, probe.outgoing.bounces_to) == (probe.pk, address("noa"), "mdg@lists.example.org")
    assert browser.post(f"/moderation/addresses/{silent.pk}/resume").status_code == 302
    silent.refresh_from_db()
    assert (silent.unreachable_since, silent.probe) == (None, None)
    assert "noa@people.example" not in browser.get("/moderation/addresses").content.decode().partition("<h1>")[2].partition("Score")[2]


def test_p2_nobody_else_sees_or_changes_anything(cast, silent, browse):
    for who in (cast.ben, cast.sefa, cast.farid):
        browser = browse(who)
        for verb in ("try", "resume"):
            assert browser.post(f"/moderation/addresses/{silent.pk}/{verb}").status_code == 404
        assert b"noa@" not in browser.get("/moderation/addresses").content
    before = silent.unreachable_since
    silent.refresh_from_db()
    assert silent.unreachable_since == before
    # The facilitator of a community that the person has left learns no more of them.
    communities.leave(cast.mdg, cast.noa, at=timezone.now())
    assert browse(cast.ana).post(f"/moderation/addresses/{silent.pk}/resume").status_code == 404


def test_the_member_reads_it_with_the_own_delivery_and_has_the_mail_go_on(cast, browse):
    people.add_address(cast.noa, "noa@home.example", at=timezone.now())
    browser = browse(cast.noa)
    Address.objects.filter(canonical=address("noa")).update(unreachable_since=timezone.now())
    for path in ("/c/mdg/delivery", "/me"):
        page = browser.get(path).content.decode()
        assert "What we sent to noa@people.example came back" in page
    assert "came back" not in browse(cast.ben).get("/c/mdg/delivery").content.decode()
    assert browser.post("/me/resume").status_code == 302
    assert Address.objects.get(canonical=address("noa")).unreachable_since is None
    assert "came back" not in browser.get("/c/mdg/delivery").content.decode()


def test_signing_in_by_a_link_that_arrived_there_brings_the_address_back(cast, silent, browse):
    browse(cast.noa)
    silent.refresh_from_db()
    assert silent.unreachable_since is None
