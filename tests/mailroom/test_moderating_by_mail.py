"""A facilitator decides from a mail client: the first word of an answer acts, anything else does nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.lookups import membership
from talanoa.communities.models import Application
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery, Received
from talanoa.moderation import actions, rules
from talanoa.moderation.models import Held
from talanoa.moderation.words import decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast, walk):
    cast.mdg.first_posts_held = 1
    cast.mdg.save()
    walk(letter(f"Noa Faleolo <{address('noa')}>", subject="Births", text="Greetings from Tonga.\n\nNoa"))
    return Held.objects.get()


def letters_to(name):
    return [sent_bytes(one.outgoing).decode() for one in copies() if one.address == address(name) and one.lane == Delivery.Lane.PERSONAL]


def ticket_of(text):
    return re.search(r"mdg-confirm\+[a-z2-7]{32}@lists\.example\.org", text)[0]


def answer(walk, text, *, to, sender="ana", at=NOW, **headers):
    return walk(letter(address(sender), to=to, subject="Re: Held: Births", text=text, **headers), to=to, at=at)


@pytest.mark.parametrize(
    ("text", "verb", "words"),
    [
        ("approve", "approve", ""),
        ("Approve, thanks!\n\nAna", "approve", ""),
        ("**Approuver**", "approve", ""),
        ("批准", "approve", ""),
        ("reject: too long, please shorten\nto a page", "reject", "too long, please shorten\nto a page"),
        ("Rechazar — es publicidad", "reject", "es publicidad"),
        ("redirect to health.", "redirect", "health"),
        ("edit\nNew words.\n\nMore.", "edit", "New words.\n\nMore."),
        ("discard", "discard", ""),
        ("claim", "claim", ""),
    ],
)
def test_the_first_word_decides(text, verb, words):
    found = decision(text)
    assert (found.verb, found.words) == (verb, words)


@pytest.mark.parametrize("text", ["", "ok", "yes please", "I approve", "not approve", "thank you", "> approve", "approval is fine"])
def test_any_other_word_decides_nothing(text):
    assert decision(text) is None


def test_the_notice_says_what_an_answer_does_and_shows_everything(held):
    (notice,) = letters_to("ana")
    body = notice.split("\r\n\r\n", 1)[1]
    assert "Answer this mail, with one of these words first:" in body[:400]
    for piece in ("approve", "The author is new here.", "Greetings from Tonga.", "Member since 5 January 2026"):
        assert piece in body


@pytest.mark.parametrize("word", ["approve", "Approve.\n\nBest,\nAna", "APROBAR"])
def test_an_answer_approves(held, walk, word):
    kept = answer(walk, word + "\n\nOn Monday MDG Pacific wrote:\n> reject REASON\n> discard\n", to=ticket_of(letters_to("ana")[0]))
    assert kept.fate == "decided"
    walk.sort(NOW)
    assert Post.objects.get().author.name == "Noa Faleolo"
    assert "It is approved" in letters_to("ana")[-1]


def test_an_answer_rejects_with_the_reason(held, walk):
    answer(walk, "reject: please shorten it", to=ticket_of(letters_to("ana")[0]))
    assert "please shorten it" in letters_to("noa")[-1]


def test_an_answer_edits_and_the_original_is_kept(held, walk):
    answer(walk, "edit\nShort greetings from Tonga.", to=ticket_of(letters_to("ana")[0]))
    walk.sort(NOW)
    post = Post.objects.get()
    assert (post.fresh_text, post.edited) == ("Short greetings from Tonga.", True)


@pytest.mark.parametrize("words", ["query", "Redirect to query.", "redirect query", "consulta"])
def test_an_answer_makes_a_query_of_it(held, walk, cast, words):
    from talanoa.queries.models import Query

    answer(walk, words, to=ticket_of(letters_to("ana")[0]))
    walk.sort(NOW)
    held.received.refresh_from_db()
    assert held.received.fate == "asked"
    assert Query.objects.get().stage == "asked"


def test_an_answer_redirects(held, walk, cast):
    answer(walk, "redirect health", to=ticket_of(letters_to("ana")[0]))
    walk.sort(NOW)
    assert Post.objects.get().community == cast.health


@pytest.mark.parametrize("text", ["ok", "looks fine to me", "redirect nowhere", "reject", "edit", ""])
def test_what_cannot_be_done_does_nothing_is_answered_and_can_be_said_again(held, walk, text):
    ticket = ticket_of(letters_to("ana")[0])
    assert answer(walk, text or "> quoted", to=ticket).fate == "not understood"
    assert Held.objects.get().decision == ""
    assert "Nothing was done" in letters_to("ana")[-1]
    assert answer(walk, "approve", to=ticket).fate == "decided"


def test_a_ticket_acts_once(held, walk):
    """A2"""
    ticket = ticket_of(letters_to("ana")[0])
    answer(walk, "approve", to=ticket)
    walk.sort(NOW)
    assert answer(walk, "approve again", to=ticket).fate == "refused"
    assert Post.objects.count() == 1


def test_a_ticket_of_somebody_else_does_nothing(held, walk):
    """A1: forwarded to a colleague, or quoted into the list."""
    ticket = ticket_of(letters_to("ana")[0])
    assert answer(walk, "approve", to=ticket, sender="ben").fate == "refused"
    assert answer(walk, "approve", to=ticket, Authentication_Results="mx.lists.example.org; dmarc=fail header.from=people.example").fate == "refused"
    assert Held.objects.get().decision == ""


def test_a_vacation_responder_decides_nothing(held, walk):
    """L1"""
    assert answer(walk, "approve", to=ticket_of(letters_to("ana")[0]), Auto_Submitted="auto-replied").fate == "discarded"
    assert Held.objects.get().decision == ""


def test_tickets_die_when_somebody_else_decided(held, walk, cast):
    """A2, O8"""
    ticket = ticket_of(letters_to("ana")[0])
    actions.reject(held, by=cast.ana, reason="On the web.", at=NOW)
    assert answer(walk, "approve", to=ticket).fate == "refused"
    assert "Ana Tuimavave has rejected this message already, at 09:30 UTC." in letters_to("ana")[-1]
    assert Received.objects.filter(fate="posted").count() == 0


def test_claiming_shows_to_others_and_decides_nothing(held, walk, cast):
    ticket = ticket_of(letters_to("ana")[0])
    answer(walk, "claim", to=ticket)
    held.refresh_from_db()
    assert (held.opened_by, held.decision) == (cast.ana, "")
    assert answer(walk, "approve", to=ticket).fate == "decided"


def test_after_a_working_day_the_next_facilitator_is_told(held, cast):
    communities.join(cast.mdg, cast.sefa, at=NOW)
    communities.appoint(cast.mdg, cast.sefa, "facilitator", at=NOW)
    actions.tend(at=NOW + timedelta(hours=20))
    assert letters_to("sefa") == []
    actions.tend(at=NOW + timedelta(hours=25))
    actions.tend(at=NOW + timedelta(hours=26))
    assert len(letters_to("sefa")) == 1


def test_weekends_are_no_working_days():
    friday = datetime(2026, 3, 6, 16, 40, tzinfo=UTC)
    assert rules.working_day_after(friday) == datetime(2026, 3, 9, 16, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "member", "told"),
    [("approve", True, "Welcome to MDG Pacific"), ("reject We are full.", False, "We are full."), ("discard", False, None), ("hm", False, None)],
)
def test_a_newcomer_is_welcomed_or_declined_by_an_answer(cast, walk, text, member, told):
    walk(letter("Tala Ioane <tala@islands.example>"), to="mdg-join@lists.example.org")
    ticket = ticket_of(sent_bytes(copies()[-1].outgoing).decode())
    walk(letter("tala@islands.example", to=ticket), to=ticket)
    (notice,) = letters_to("ana")
    assert "Tala Ioane <tala@islands.example>" in notice
    answer(walk, text, to=ticket_of(notice))
    person = Application.objects.get().person
    assert bool(membership(person, cast.mdg)) == member
    to_tala = "".join(sent_bytes(one.outgoing).decode() for one in copies() if one.address == "tala@islands.example")
    assert told is None or told in to_tala
