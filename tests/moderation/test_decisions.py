"""What a facilitator decides, what the author hears, and that one decision is made once."""

import threading
from datetime import timedelta

import pytest

from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.conversations.models import Post
from talanoa.mail.lookups import raw as raw_of
from talanoa.mail.models import Delivery, Received
from talanoa.moderation import actions, lookups
from talanoa.moderation.models import Held

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
MINE = "Authentication-Results"


@pytest.fixture
def held(cast, walk) -> Held:
    """The first post of Noa, waiting."""
    cast.mdg.first_posts_held = 1
    cast.mdg.save()
    kept = walk(letter(f"Noa Faleolo <{address('noa')}>", text="Greetings from Tonga.", Message_ID="<n@people.example>"))
    assert kept.fate == "held"
    return Held.objects.get()


def letters_to(name):
    return [sent_bytes(one.outgoing).decode() for one in copies() if one.address == address(name) and one.lane == Delivery.Lane.PERSONAL]


def test_the_author_of_a_held_post_gets_a_receipt_at_most_one_a_day(held, walk):
    """L1, L4"""
    walk(letter(address("noa"), subject="Another"), at=LATER)
    (receipt,) = letters_to("noa")
    assert "reached the facilitator of MDG Pacific" in receipt
    assert "Auto-Submitted: auto-replied" in receipt
    assert copies()[0].outgoing.bounces_to == ""
    walk(letter(address("noa"), subject="Third"), at=NOW + timedelta(hours=25))
    assert len(letters_to("noa")) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<some.list.example>"},
        {"Authentication_Results": "mx.lists.example.org; dmarc=fail header.from=people.example"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_no_receipt_answers_a_machine_or_a_forgery(cast, walk, headers):
    """L1"""
    cast.mdg.moderated = True
    cast.mdg.save()
    walk(letter(address("ben"), **headers))
    assert letters_to("ben") == []


def test_no_receipt_goes_to_a_stranger_whom_nothing_proves(cast, walk):
    """L1: an answer to a forged stranger would be backscatter."""
    assert walk(letter("stranger@elsewhere.example")).fate == "held"
    assert [one.address for one in copies()] == [address("ana")]  # the facilitator's notice alone


def test_a_stranger_whom_our_edge_vouches_for_gets_one(cast, walk):
    walk(letter("stranger@elsewhere.example", Authentication_Results="mx.lists.example.org; dkim=pass header.d=elsewhere.example"))
    assert {one.address for one in copies()} == {"stranger@elsewhere.example", address("ana")}


def test_an_approved_post_walks_the_same_path_and_goes_out_once(held, walk, cast):
    actions.approve(held, by=cast.ana, at=LATER)
    assert walk.sort(LATER) == ["posted"]
    assert walk.sort(LATER) == []
    circulars = [one for one in copies() if one.lane == Delivery.Lane.CIRCULAR]
    assert sorted(one.address for one in circulars) == sorted(map(address, ("ana", "ben", "chandra", "noa")))
    assert Post.objects.get().author == cast.noa


def test_an_edited_post_carries_the_new_words_and_the_original_is_kept(held, walk, cast):
    before = raw_of(held.received)
    actions.approve(held, by=cast.ana, at=LATER, subject="Births in Tonga", text="Greetings.\n\nWe count twice.")
    walk.sort(LATER)
    post = Post.objects.get()
    assert (post.subject, post.fresh_text, post.edited) == ("Births in Tonga", "Greetings.\n\nWe count twice.", True)
    copy = sent_bytes(next(one for one in copies() if one.lane == Delivery.Lane.CIRCULAR).outgoing).decode()
    assert "We count twice." in copy
    assert "Greetings from Tonga." not in copy
    assert raw_of(post.received) == before


def test_the_author_of_a_rejected_post_hears_the_reason(held, cast):
    actions.reject(held, by=cast.ana, reason="Please shorten it to one page.", at=LATER)
    letter_to_noa = letters_to("noa")[-1]
    assert "Please shorten it to one page." in letter_to_noa
    assert "> Greetings from Tonga." in letter_to_noa
    assert Received.objects.get().fate == "rejected"
    assert Post.objects.count() == 0


def test_a_rejection_needs_a_reason(held, cast):
    with pytest.raises(actions.NoReason):
        actions.reject(held, by=cast.ana, reason="  ", at=LATER)
    assert lookups.waiting(cast.ana).count() == 1


def test_discarded_mail_stays_in_the_log(held, cast):
    actions.discard(held, by=cast.ana, at=LATER)
    kept = Received.objects.get()
    assert (kept.fate, kept.note) == ("discarded", "Discarded by Ana Tuimavave.")
    assert b"Greetings from Tonga." in raw_of(kept)


def test_redirected_to_a_community_of_the_same_facilitator_it_is_posted_there(held, walk, cast):
    actions.redirect(held, to=cast.health, by=cast.ana, at=LATER)
    assert walk.sort(LATER) == ["posted"]
    assert Post.objects.get().community == cast.health


def test_redirected_elsewhere_it_waits_for_the_facilitator_there(held, walk, cast):
    actions.redirect(held, to=cast.other, by=cast.ana, at=LATER)
    assert walk.sort(LATER) == ["held"]
    again = lookups.waiting(cast.farid).get()
    assert again.reasons[0] == "redirected_here"
    assert lookups.waiting(cast.ana).count() == 0
    actions.approve(again, by=cast.farid, at=LATER)
    walk.sort(LATER)
    assert Post.objects.get().community == cast.other


def test_only_a_facilitator_of_the_community_decides(held, cast):
    for person in (cast.ben, cast.farid, cast.sefa, cast.chandra, cast.opal):
        with pytest.raises(actions.NotYours):
            actions.approve(held, by=person, at=LATER)
        assert lookups.held(person, held.pk) is None


def test_who_comes_second_is_told_who_decided(held, cast):
    """O8"""
    second = Held.objects.get()
    actions.approve(held, by=cast.ana, at=LATER)
    with pytest.raises(actions.AlreadyDecided) as told:
        actions.reject(second, by=cast.ana, reason="No.", at=LATER)
    assert str(told.value) == "Ana Tuimavave has approved this message already, at 10:30 UTC."


@pytest.mark.django_db(transaction=True)
def test_races_of_moderators_end_in_one_outcome(cast, walk):
    """O8, E19: forty races of two approvals and a rejection; each mail is circulated at most once."""
    from django.db import connection

    cast.mdg.moderated = True
    cast.mdg.save()
    for number in range(40):
        walk(letter(address("ben"), subject=f"Race {number}"))
    outcomes = []

    def decide(act, held):
        try:
            act(held)
            outcomes.append(held.pk)
        except actions.AlreadyDecided:
            pass
        finally:
            connection.close()

    for held in list(Held.objects.order_by("pk")):
        acts = [
            lambda one: actions.approve(one, by=cast.ana, at=LATER),
            lambda one: actions.approve(one, by=cast.ana, at=LATER),
            lambda one: actions.reject(one, by=cast.ana, reason="Twice.", at=LATER),
        ]
        threads = [threading.Thread(target=decide, args=(act, Held.objects.get(pk=held.pk))) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    walk.sort(LATER)
    assert sorted(outcomes) == sorted(set(outcomes)) == list(Held.objects.order_by("pk").values_list("pk", flat=True))
    approved = Held.objects.filter(decision="approved").count()
    assert Post.objects.count() == approved
    assert Received.objects.filter(fate="posted").count() == approved
    assert Received.objects.filter(fate="rejected").count() == 40 - approved


def test_the_history_of_a_sender_is_shown(held, walk, cast):
    walk(letter(address("noa"), subject="Another"), at=LATER)
    second = Held.objects.order_by("-pk").first()
    history = lookups.history(second, cast.ana)
    assert (history.posts, history.held, history.rejected) == (0, 1, 0)
    assert history.member_since is not None
