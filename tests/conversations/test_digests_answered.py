"""An answer to a digest goes to the right conversation, or is held with the question which one."""

import itertools
import re
from datetime import timedelta

import pytest
from digested import MONDAY, digests_for, html_of, opened, text_of

from browsers import browser
from cast import address
from path import copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.conversations import actions
from talanoa.conversations.models import Digest, Post
from talanoa.mail.models import Delivery
from talanoa.moderation import actions as moderation
from talanoa.moderation.models import Held

pytestmark = pytest.mark.django_db
ids = itertools.count()
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def digest(cast, walk):
    """Chandra's digest, of two conversations: nurses (1, 2) and water (3)."""
    communities.choose_delivery(cast.membership(cast.chandra, cast.mdg), at=MONDAY, delivery="daily")

    def say(subject, text, who="ben", **headers):
        walk(letter(f"{getattr(cast, who).name} <{address(who)}>", subject=subject, text=text, **headers), at=MONDAY)

    say("Village nurses", "We ask how births are counted.\n\nOn our islands nobody is a midwife.", Message_ID="<nurses@people.example>")
    say("Clean water", "A survey of wells.", Message_ID="<water@people.example>")
    say("Re: Village nurses", "We count both.", who="ana", In_Reply_To="<nurses@people.example>", Message_ID="<both@people.example>")
    actions.tend(at=MONDAY + timedelta(hours=1))
    (delivery,) = digests_for("chandra")
    return delivery


@pytest.fixture
def answer(cast, walk, digest):
    """`answer("text")`: Chandra answers the digest from her mail client; returns the received mail."""

    def do(text, subject=None, **headers):
        head = opened(digest)
        headers = {"In_Reply_To": head["Message-ID"], "References": head["Message-ID"], **headers}
        raw = letter(
            f"Chandra Gurung <{address('chandra')}>", subject=subject or f"Re: {head['Subject']}", text=text,
            Message_ID=f"<answer{next(ids)}@people.example>", **headers,
        )  # fmt: skip
        return walk(raw, at=LATER)

    return do


def quoted(text):
    return "On Mon, 2 Mar 2026 at 07:00, MDG Pacific <mdg@lists.example.org> wrote:\n" + "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def part(digest, number):
    """What stands in the digest of one message: heading, link and text."""
    text = text_of(digest)
    start = text.index(f"\n{number}. ", text.index("====")) + 1
    ends = [place for mark in ("\n----", "\n====", "\n-- ") if (place := text.find(mark, start)) > 0]
    return text[start : min(ends)]


@pytest.mark.parametrize(("number", "parent"), [(1, "nurses"), (2, "both"), (3, "water")])
def test_an_answer_that_keeps_one_message_goes_to_its_conversation(digest, answer, number, parent):
    post = answer(f"We do so too.\n\n{quoted(part(digest, number))}").post
    assert post.parent.message_id == f"<{parent}@people.example>"
    assert post.conversation == post.parent.conversation
    assert post.subject == f"Re: {post.conversation.subject}"
    assert post.fresh_text.strip() == "We do so too."


def test_its_copies_thread_with_the_message_and_not_with_a_digest_that_others_do_not_have(digest, answer):
    answer(f"We do so too.\n\n{quoted(part(digest, 2))}")
    copy = next(sent_bytes(one.outgoing).decode() for one in copies() if b"(3)" in bytes(one.outgoing.head))
    assert "In-Reply-To: <both@people.example>" in copy
    assert "Subject: [mdg] Re: Village nurses (3)" in copy
    assert opened(digest)["Message-ID"] not in copy


@pytest.mark.parametrize(
    ("subject", "text", "parent"),
    [
        ("Re: Clean water", "By its subject.", "water"),
        ("Re: [mdg] Village nurses (2)", "By its subject.", "both"),
        (None, "#3 We have wells.", "water"),
        ("Re: [mdg] Digest of 2 March 2026 #1", "By the number in the subject.", "nurses"),
        (None, "We have wells.\n\n> 3. Ben Okafor\n> Statistician", "water"),
        (None, "We have wells.\n\n> Clean water\n> ===========", "water"),
    ],
)
def test_a_subject_a_number_or_a_heading_is_enough(answer, subject, text, parent):
    assert answer(text, subject=subject).post.parent.message_id == f"<{parent}@people.example>"


def test_a_link_above_decides_over_all_that_is_quoted_below(digest, answer):
    page = next(word for word in part(digest, 3).split() if "/m/" in word)
    post = answer(f"To {page}:\nWe have wells.\n\n{quoted(text_of(digest))}").post
    assert post.parent.message_id == "<water@people.example>"


def test_an_answer_that_names_none_is_held_with_the_question_which(digest, answer, cast):
    for text in ("I agree.", f"I agree.\n\n{quoted(text_of(digest))}"):
        kept = answer(text)
        assert kept.fate == "held"
        assert kept.holds.get().reasons == ["which_conversation"]
        assert "does not tell which message" in kept.note


def test_the_facilitator_who_gives_it_a_subject_puts_it_where_it_belongs(answer, cast, walk):
    kept = answer("I agree.")
    moderation.approve(Held.objects.get(received=kept), by=cast.ana, at=LATER, subject="Re: Clean water")
    walk.sort(LATER)
    post = Post.objects.get(received=kept)
    assert post.conversation.subject == "Clean water"
    assert post.parent.message_id == "<water@people.example>"


def test_the_facilitator_may_let_it_begin_a_conversation_of_its_own(answer, cast, walk):
    kept = answer("I agree with everybody.")
    moderation.approve(Held.objects.get(received=kept), by=cast.ana, at=LATER)
    walk.sort(LATER)
    post = Post.objects.get(received=kept)
    assert post.parent is None
    assert post.number == 1


def test_a_digest_of_one_conversation_needs_no_more(cast, walk, answer, digest):
    walk(letter(address("ben"), subject="Midwives", text="How many?", Message_ID="<m@people.example>"), at=LATER)
    actions.tend(at=MONDAY + timedelta(days=1, hours=1))
    latest = digests_for("chandra")[-1]
    post = answer("Seven.", subject=f"Re: {opened(latest)['Subject']}", In_Reply_To=opened(latest)["Message-ID"], References=None).post
    assert post.parent.message_id == "<m@people.example>"


def test_an_answer_to_an_answer_stands_below_that(digest, answer, walk, cast):
    first = answer(f"We do so too.\n\n{quoted(part(digest, 3))}").post
    again = walk(
        letter(address("ben"), subject="Re: [mdg] Re: Clean water (2)", text="Good.", In_Reply_To=first.message_id,
               References=f"{opened(digest)['Message-ID']} {first.message_id}"),
        at=LATER,
    )  # fmt: skip
    assert again.post.parent == first


def test_a_message_that_was_taken_down_is_not_answered_through_a_digest(digest, answer):
    """P1"""
    actions.withdraw(Post.objects.get(message_id="<water@people.example>"), at=LATER)
    assert answer(f"We have wells.\n\n{quoted(part(digest, 3))}").fate == "held"


def test_a_digest_opens_no_door_in_another_community(digest, walk, cast):
    """P8"""
    page = next(word for word in part(digest, 3).split() if "/m/" in word)
    raw = letter(address("ben"), to="health@lists.example.org", subject="Re: Clean water", text=page, In_Reply_To=opened(digest)["Message-ID"])
    assert walk(raw, to="health@lists.example.org", at=LATER).post.parent is None


OUTLOOK = """From: MDG Pacific <mdg@lists.example.org>
Sent: Monday, March 2, 2026 7:00 AM
To: MDG Pacific <mdg@lists.example.org>
Subject: [mdg] Digest of 2 March 2026: 3 messages in 2 conversations

"""


@pytest.mark.parametrize("client", ["gmail", "outlook", "html"])
def test_what_is_quoted_of_a_digest_is_folded_as_any_quotation(digest, answer, client):
    body = text_of(digest)
    if client == "html":
        import email.message

        made = email.message.EmailMessage()
        made["From"], made["To"], made["Subject"] = f"Chandra <{address('chandra')}>", "mdg@lists.example.org", "Re: Clean water"
        made["Message-ID"], made["Date"] = "<h@people.example>", "Mon, 02 Mar 2026 09:29:00 +0000"
        made["In-Reply-To"] = opened(digest)["Message-ID"]
        inner = html_of(digest).partition("<body>")[2].partition("</body>")[0]
        made.set_content(
            '<div dir="ltr">We have wells.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Mar 2, 2026 at 7:00 AM '
            f'MDG Pacific &lt;<a href="mailto:mdg@lists.example.org">mdg@lists.example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote">{inner}</blockquote></div>',
            subtype="html",
        )
        from path import Path

        post = Path()(made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), at=LATER).post
    else:
        below = quoted(body) if client == "gmail" else OUTLOOK + body
        post = answer(f"We have wells.\n\n{below}", subject="Re: Clean water").post
    assert post.fresh_text.strip() == "We have wells."
    assert "Village nurses" in post.quoted_text
    assert post.parent.message_id == "<water@people.example>"
    assert Digest.objects.count() == 1


@pytest.fixture
def asked(answer):
    """The letter that asks Chandra which conversation an unclear answer belongs to."""
    assert answer("We do the same.").fate == "held"
    return letters_to("chandra")[-1]


def letters_to(name):
    return [sent_bytes(one.outgoing).decode() for one in copies() if one.address == address(name) and one.lane == Delivery.Lane.PERSONAL]


def reply(walk, asked, text, *, sender="chandra", at=LATER, **headers):
    ticket = re.search(r"mdg-confirm\+[a-z2-7]{32}@lists\.example\.org", asked)[0]
    return walk(letter(address(sender), to=ticket, subject="Re: To which conversation?", text=text, **headers), to=ticket, at=at)


def test_the_author_is_asked_with_the_candidates_and_the_facilitators_are_not_yet_troubled(asked):
    assert "  1  Village nurses\r\n  2  Clean water" in asked
    assert "> We do the same." in asked
    assert letters_to("ana") == []


@pytest.mark.parametrize("text", ["2", "Number 2, please.\n\nChandra", "２", "#2\n\nOn Monday MDG Pacific wrote:\n>   1  Village nurses"])
def test_an_answer_with_the_number_places_it(asked, walk, text):
    assert reply(walk, asked, text).fate == "decided"
    made = Post.objects.latest("pk")
    assert (made.fresh_text, made.conversation.subject, made.parent.message_id) == ("We do the same.", "Clean water", "<water@people.example>")
    held = Held.objects.get()
    assert (held.decision, held.decided_by) == ("placed", made.author)


def test_an_answer_that_names_none_is_asked_again(asked, walk):
    for text in ("the one on water", "3", "1 or 2"):
        assert reply(walk, asked, text).fate == "not understood"
        assert "names none of these numbers" in letters_to("chandra")[-1]
    assert reply(walk, letters_to("chandra")[-1], "1").fate == "decided"


def test_a1_a2_its_token_acts_once_and_for_its_author_alone(asked, walk):
    assert reply(walk, asked, "1", sender="ben").fate == "refused"
    assert reply(walk, asked, "1", Auto_Submitted="auto-replied").fate == "discarded"
    assert Held.objects.get().decision == ""
    assert reply(walk, asked, "1").fate == "decided"
    assert reply(walk, asked, "2").fate == "refused"
    assert Post.objects.latest("pk").conversation.subject == "Village nurses"


def test_placed_by_its_author_it_is_judged_like_any_other(asked, walk, cast):
    """The author tells the place; whether it is circulated the policy says."""
    communities.arrange(cast.mdg, moderated=True)
    reply(walk, asked, "2")
    assert Held.objects.latest("pk").reasons == ["community_moderated"]


def test_who_never_answers_loses_nothing_the_facilitator_places_it_on_the_desk(asked, walk, cast):
    moderation.tend(at=LATER + timedelta(hours=23))
    assert letters_to("ana") == []
    moderation.tend(at=LATER + timedelta(hours=25))
    assert "does not tell which message" in letters_to("ana")[-1].replace("\r\n  ", " ")
    held, ana = Held.objects.get(), browser(cast.ana)
    water = Post.objects.get(message_id="<water@people.example>")
    assert f'<option value="{water.pk}">Clean water</option>' in ana.get(f"/moderation/{held.pk}").content.decode()
    ana.post(f"/moderation/{held.pk}", {"decision": "approve", "beneath": str(water.pk)})
    held.refresh_from_db()
    assert walk.sort(held.decided_at) == ["posted"]
    assert Post.objects.latest("pk").parent == water
    assert reply(walk, asked, "1").fate == "refused"
