"""The facilitator's pages beyond held mail: newcomers, bans, posts that are withdrawn."""

from datetime import timedelta

import pytest

from cast import address
from path import NOW, Path, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.joining import actions as joining
from talanoa.communities.lookups import membership
from talanoa.communities.models import Application
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
TALA = "tala@islands.example"


@pytest.fixture
def newcomer(cast):
    person = people.introduce(TALA, at=NOW, name="Tala Ioane")
    joining.enter(cast.mdg, person, words="I keep the register of births.", at=NOW)
    return Application.objects.get()


def letters_to(whom):
    return [sent_bytes(one.outgoing).decode() for one in copies() if one.address == whom]


def test_a_newcomer_is_welcomed_with_words(cast, browse, newcomer):
    ana = browse(cast.ana)
    assert 'href="/moderation/newcomers">Newcomers</a> (1)' in ana.get("/moderation").content.decode()
    assert "I keep the register of births." in ana.get("/moderation/newcomers").content.decode()
    page = f"/moderation/newcomers/{newcomer.pk}"
    assert TALA in ana.get(page).content.decode()
    assert ana.post(page, {"decision": "welcome", "words": "How good that you come."}).headers["Location"] == "/moderation/newcomers"
    assert membership(newcomer.person, cast.mdg)
    assert "How good that you come." in letters_to(TALA)[-1]
    assert "Nobody waits" in ana.get("/moderation/newcomers").content.decode()


def test_a_newcomer_is_declined_with_a_reason_or_without_a_word(cast, browse, newcomer):
    ana, page = browse(cast.ana), f"/moderation/newcomers/{newcomer.pk}"
    before = len(letters_to(TALA))
    assert ana.post(page, {"decision": "decline", "words": " "}).status_code == 422
    ana.post(page, {"decision": "decline", "words": "This is for statisticians."})
    assert "This is for statisticians." in letters_to(TALA)[before]
    joining.enter(cast.mdg, newcomer.person, words="", at=NOW + timedelta(days=90))
    again, before = Application.objects.latest("pk"), len(letters_to(TALA))
    ana.post(f"/moderation/newcomers/{again.pk}", {"decision": "silence"})
    assert len(letters_to(TALA)) == before
    assert membership(newcomer.person, cast.mdg) is None


def test_o8_of_two_facilitators_one_answers_a_newcomer_and_the_other_learns_who(cast, browse, newcomer):
    communities.appoint(cast.mdg, cast.sefa, "facilitator", at=NOW)
    ana, sefa, page = browse(cast.ana), browse(cast.sefa), f"/moderation/newcomers/{newcomer.pk}"
    sefa.post(page, {"decision": "silence"})
    late = ana.post(page, {"decision": "welcome"})
    assert late.status_code == 409
    assert "Sefa Lin has decided on this newcomer already." in late.content.decode()
    assert membership(newcomer.person, cast.mdg) is None


def test_a_member_is_banned_and_the_ban_lifted(cast, browse, walk):
    ana, page = browse(cast.ana), f"/c/mdg/members/{cast.ben.pk}/ban"
    assert page in ana.get(f"/c/mdg/members/{cast.ben.pk}").content.decode()
    ana.post(page, {"what": "lift"})  # of a page that stood open: it does not do the opposite
    assert not cast.membership(cast.ben, cast.mdg).banned
    ana.post(page, {"what": "ban"})
    assert walk(letter(address("ben"))).fate == "discarded"
    assert browse(cast.ben).get("/c/mdg/members").status_code == 404
    assert page in ana.get("/c/mdg/members").content.decode()
    ana.post(page, {"what": "lift"})
    assert walk(letter(address("ben"))).fate == "posted"
    assert browse(cast.ben).get("/c/mdg/members").status_code == 200


def test_a_ban_that_is_lifted_brings_digests_again(cast):
    member = cast.membership(cast.ben, cast.mdg)
    communities.choose_delivery(member, at=NOW, delivery="daily")
    communities.ban(member, at=NOW)
    communities.lift_ban(cast.membership(cast.ben, cast.mdg), at=NOW + timedelta(days=3))
    assert cast.membership(cast.ben, cast.mdg).digest_due_at > NOW + timedelta(days=3)


def test_no_facilitator_is_banned_and_no_member_bans(cast, browse):
    assert browse(cast.ana).get(f"/c/mdg/members/{cast.ana.pk}/ban").status_code == 404
    for person in (None, cast.ben, cast.sefa, cast.farid, cast.opal):
        assert browse(person).post(f"/c/mdg/members/{cast.chandra.pk}/ban", {"what": "ban"}).status_code == 404


def test_a_post_is_withdrawn_with_a_reason_that_its_author_reads(world, browse):
    ana, post = browse(world.cast.ana), world.answer
    page = f"/c/mdg/m/{post.key}/withdraw"
    assert page in ana.get(f"/c/mdg/m/{post.key}").content.decode()
    assert page not in browse(world.cast.ben).get(f"/c/mdg/m/{post.key}").content.decode()
    assert ana.get(page).status_code == 200
    assert ana.post(page, {"reason": ""}).status_code == 422
    assert browse(world.cast.ben).post(page, {"reason": "x"}).status_code == 404
    ana.post(page, {"reason": "It names a patient."})
    assert ana.get(f"/c/mdg/m/{post.key}").status_code == 404
    assert "It names a patient." in letters_to(address("chandra"))[-1]
    post.refresh_from_db()
    assert (post.withdrawn_by, post.withdrawn_because) == (world.cast.ana, "It names a patient.")
    assert ana.post(page, {"reason": "Again"}).status_code == 404


def test_copies_of_what_is_withdrawn_are_stopped(cast, browse):
    """O7"""
    post = Path()(letter(address("ben"))).post
    assert [one for one in copies() if one.outgoing.message_id == post.message_id]
    browse(cast.ana).post(f"/c/mdg/m/{post.key}/withdraw", {"reason": "A mistake."})
    assert [one for one in copies() if one.outgoing.message_id == post.message_id and one.lane != 0] == []
