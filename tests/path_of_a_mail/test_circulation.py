"""A post goes to every member once, and stands in the archive."""

import email

import pytest

from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.conversations.models import Post
from talanoa.mail.models import Received

pytestmark = pytest.mark.django_db


def test_a_members_post_goes_to_every_member_once(cast, walk):
    kept = walk(letter(f"Ben Okafor <{address('ben')}>"))
    assert kept.fate == "posted"
    assert sorted(copy.address for copy in copies()) == sorted(map(address, ("ana", "ben", "chandra", "noa")))


def test_a_post_stands_in_the_archive_with_its_author(cast, walk):
    walk(letter(f"Ben Okafor <{address('ben')}>"))
    post = Post.objects.get()
    assert post.author == cast.ben
    assert post.conversation.subject == "Village nurses"
    assert "Who counts the births?" in post.html


def test_a_copy_comes_from_our_domain_and_lets_answer_the_author_alone(cast, walk):
    walk(letter(f"Ben Okafor <{address('ben')}>", Message_ID="<a@people.example>"))
    copy = email.message_from_bytes(sent_bytes(copies()[0].outgoing))
    assert copy["From"] == "Ben Okafor via MDG Pacific <mdg@lists.example.org>"
    assert copy["Message-ID"] == "<a@people.example>"
    assert copy["Subject"] == "[mdg] Village nurses"
    assert copy["List-Id"] == "MDG Pacific <mdg.lists.example.org>"
    assert copy["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{address('ben')}>" in copy["X-Original-From"]
    text = copy.get_payload(decode=True).decode()
    assert "Statistician, Bureau of Statistics, Papua New Guinea" in text
    assert f"To answer Ben Okafor alone: {address('ben')}" in text
    assert "/c/mdg/m/" in text


def test_answers_are_numbered_in_the_subject_and_stand_in_the_same_conversation(cast, walk):
    walk(letter(address("ben"), Message_ID="<1@people.example>"))
    walk(letter(address("chandra"), subject="Re: [mdg] Village nurses", text="We do.", In_Reply_To="<1@people.example>"))
    first, second = Post.objects.order_by("number")
    assert second.parent == first
    assert second.conversation == first.conversation
    assert {bytes(copy.outgoing.head).split(b"Subject: ")[1].split(b"\r\n")[0] for copy in copies()} == {
        b"[mdg] Village nurses",
        b"[mdg] Re: Village nurses (2)",
    }


def test_the_same_bytes_twice_make_one_post(cast, walk):
    """D5"""
    raw = letter(address("ben"))
    assert [walk(raw).fate, walk(raw).fate] == ["posted", "repeated"]
    assert len(copies()) == 4


def test_the_same_message_id_with_other_words_is_held_and_never_merged(cast, walk):
    """D5"""
    walk(letter(address("ben"), Message_ID="<1@people.example>"))
    kept = walk(letter(address("chandra"), text="Something else.", Message_ID="<1@people.example>"))
    assert kept.fate == "held"
    assert kept.holds.get().reasons == ["same_id_other_words"]


def test_every_mail_has_a_fate(cast, walk):
    """D6"""
    for raw in (letter(address("ben")), letter("stranger@elsewhere.example"), letter(address("ben"), Auto_Submitted="auto-replied")):
        walk(raw)
    assert set(Received.objects.values_list("fate", flat=True)) == {"posted", "held", "discarded"}


def test_a_copy_of_ours_that_comes_back_is_not_circulated_again(cast, walk):
    """L2"""
    kept = walk(letter(address("ben"), X_Talanoa_Loop="mdg@lists.example.org"))
    assert (kept.fate, len(copies())) == ("discarded", 0)


def test_an_answer_that_came_before_its_question_is_put_beneath_it(cast, walk):
    walk(letter(address("chandra"), subject="Re: Village nurses", In_Reply_To="<1@people.example>"))
    walk(letter(address("ben"), Message_ID="<1@people.example>"), at=NOW)
    answer, question = Post.objects.order_by("id")
    assert answer.parent == question
    assert answer.conversation == question.conversation


def test_references_reach_into_no_other_community(cast, walk):
    """P8"""
    walk(letter(address("chandra"), to="core@lists.example.org", subject="Secret", Message_ID="<s@people.example>",
                Authentication_Results="mx.lists.example.org; dkim=pass header.d=people.example"), to="core@lists.example.org")
    assert Post.objects.get().community == cast.core
    walk(letter(address("ben"), subject="Re: Secret", In_Reply_To="<s@people.example>"))
    assert Post.objects.get(community=cast.mdg).parent is None
