"""An outsider's held mail: the facilitator invites the author, who joins by answering the letter."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from browsers import browser
from cast import address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.joining import actions as joining
from talanoa.communities.lookups import membership
from talanoa.conversations.models import Post
from talanoa.moderation.models import Held
from talanoa.moderation.words import decision
from talanoa.people.lookups import by_address

pytestmark = pytest.mark.django_db
TALA = "tala@islands.example"


@pytest.fixture
def held(cast, walk):
    communities.arrange(cast.mdg, description="For those who count.")
    walk(letter(f"Tala Ioane <{TALA}>", subject="Births", text="May I answer, though I am no member?"))
    return Held.objects.get()


def letters_to(whom):
    return [sent_bytes(one.outgoing).decode() for one in copies() if one.address == whom]


def ticket_of(text):
    return re.search(r"mdg-confirm\+[a-z2-7]{32}@lists\.example\.org", text)[0]


def answer_notice(walk, text, at=NOW):
    ticket = ticket_of(letters_to(address("ana"))[0])
    return walk(letter(address("ana"), to=ticket, subject="Re: Held: Births", text=text), to=ticket, at=at)


@pytest.mark.parametrize(
    ("text", "verb", "words", "invites"),
    [
        ("approve and invite\n\nDo join us.", "approve", "Do join us.", True),
        ("Approve, invite.", "approve", "", True),
        ("approuver et inviter", "approve", "", True),
        ("genehmigen und einladen", "approve", "", True),
        ("approve, invited talk is fine", "approve", "", False),
        ("invite: do join us", "invite", "do join us", False),
    ],
)
def test_words_that_invite(text, verb, words, invites):
    found = decision(text)
    assert (found.verb, found.words, found.invites) == (verb, words, invites)


def test_the_notice_offers_it_for_an_outsider_alone(held, walk, cast):
    assert "approve invite" in letters_to(address("ana"))[0]
    communities.arrange(cast.mdg, moderated=True)
    walk(letter(address("ben"), subject="A member's"))
    assert "approve invite" not in letters_to(address("ana"))[-1]


def test_approved_and_invited_by_one_answer_and_joined_by_another(held, walk, cast):
    """A1, A2: the invited confirm with their own ticket, once, from that address; no further welcome is needed."""
    assert answer_notice(walk, "approve and invite\n\nWe count the same births.").fate == "decided"
    walk.sort(NOW)
    assert Post.objects.get().subject == "Births"
    (invitation,) = letters_to(TALA)
    assert "We count the same births." in invitation
    assert "For those who count." in invitation
    ticket = ticket_of(invitation)
    assert walk(letter(address("olga"), to=ticket), to=ticket).fate == "refused"
    assert by_address(TALA) is None
    assert walk(letter(TALA, to=ticket, text="Yes!"), to=ticket).fate == "joined"
    assert membership(by_address(TALA), cast.mdg)
    assert walk(letter(TALA, to=ticket, text="Again"), to=ticket).fate == "forwarded"


def test_invited_alone_the_message_waits_on(held, walk):
    answer_notice(walk, "invite")
    assert len(letters_to(TALA)) == 1
    assert Held.objects.get().decision == ""
    assert "the message waits on" in letters_to(address("ana"))[-1]


def test_on_the_desk(held, cast):
    ana = browser(cast.ana)
    assert "Approve and invite" in ana.get(f"/moderation/{held.pk}").content.decode()
    assert ana.post(f"/moderation/{held.pk}", {"decision": "invite", "invitation": "Do\r\njoin us."}).headers["Location"] == f"/moderation/{held.pk}"
    assert "Do\r\njoin us." in letters_to(TALA)[0]
    ana.post(f"/moderation/{held.pk}", {"decision": "approve-invite"})
    held.refresh_from_db()
    assert held.decision == "approved"
    assert len(letters_to(TALA)) == 2


def test_a8_three_letters_an_hour_then_nothing_is_decided_either(held, cast, walk):
    for _ in range(3):
        joining.invite(cast.mdg, TALA, name="Tala", words="", by=cast.ana, at=NOW)
    assert answer_notice(walk, "approve and invite").fate == "not understood"
    assert len(letters_to(TALA)) == 3
    assert Held.objects.get().decision == ""
    assert answer_notice(walk, "approve and invite", at=NOW + timedelta(minutes=61)).fate == "decided"


def test_a8_twenty_invitations_an_hour_by_one_facilitator(cast):
    for number in range(20):
        joining.invite(cast.mdg, f"n{number}@islands.example", name="", words="", by=cast.ana, at=NOW)
    with pytest.raises(joining.CannotInvite):
        joining.invite(cast.mdg, "n20@islands.example", name="", words="", by=cast.ana, at=NOW)


def test_members_the_banned_and_the_forged_are_not_invited(cast, walk, settings):
    """A8; who was banned is not let in by an invitation that was sent before."""
    for person in (cast.ben, cast.bram):
        with pytest.raises(joining.CannotInvite):
            joining.invite(cast.mdg, person.addresses.get().written, name="", words="", by=cast.ana, at=NOW)
    settings.TALANOA = replace(settings.TALANOA, authserv_id="mx.lists.example.org")
    walk(letter(TALA, Authentication_Results="mx.lists.example.org; dmarc=fail header.from=islands.example"))
    assert "approve invite" not in letters_to(address("ana"))[-1]
    page = browser(cast.ana).post(f"/moderation/{Held.objects.get().pk}", {"decision": "approve-invite"})
    assert page.status_code == 422
    assert letters_to(TALA) == []
    assert Held.objects.get().decision == ""
    joining.invite(cast.core, address("noa"), name="", words="", by=cast.ana, at=NOW)
    ticket = re.search(r"core-confirm\+[a-z2-7]{32}@lists\.example\.org", letters_to(address("noa"))[0])[0]
    communities.ban(cast.membership(cast.noa, cast.mdg), at=NOW)
    assert walk(letter(address("noa"), to=ticket), to=ticket).fate == "banned"
