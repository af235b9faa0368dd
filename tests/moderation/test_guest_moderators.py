"""A guest moderator decides on the mail of one conversation, and sees nothing else that is held."""

import re

import pytest

from browsers import browser
from path import NOW, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.lookups import standing
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Conversation
from talanoa.mail.models import Delivery
from talanoa.moderation import actions, lookups
from talanoa.moderation.models import Held

pytestmark = pytest.mark.django_db
NOA, CHANDRA = "Noa <noa@people.example>", "Chandra Gurung <chandra@people.example>"


def last_letter(name):
    return sent_bytes(Delivery.objects.filter(address=f"{name}@people.example", lane=Delivery.Lane.PERSONAL).latest("pk").outgoing).decode("utf-8", "replace")


def answer_to(raw):
    return re.search(r"mdg-confirm\+[a-z0-9]+@lists\.example\.org", raw)[0]


@pytest.fixture
def pumps(cast, walk):
    """A conversation whose guest moderator is Chandra, in a community where first posts are held."""
    conversations.say(cast.mdg, "Pumps", "What breaks first?", person=cast.ana, label="D1", at=NOW)
    made = Conversation.objects.get()
    communities.arrange(cast.mdg, first_posts_held=1)
    communities.appoint_guest(cast.mdg, cast.chandra, made.pk, at=NOW)
    return made


@pytest.fixture
def held(cast, walk, pumps):
    """What Noa wrote, held: to this conversation, and to another."""
    assert walk(letter(NOA, subject="Re: [mdg] D1 #1: Pumps", text="Seals.")).fate == "held"
    assert walk(letter(NOA, subject="Nurses", text="Who counts?")).fate == "held"
    return list(Held.objects.order_by("pk"))


def test_the_notice_goes_to_the_guest_first_and_an_answer_decides(cast, walk, held):
    notice = last_letter("chandra")
    assert "Held: Re: [mdg] D1 #1: Pumps" in notice
    assert "redirect NAME" not in notice
    assert "held before" not in notice
    assert "Held: Nurses" in last_letter("ana")
    to = answer_to(notice)
    assert walk(letter(CHANDRA, to=to, text="approve"), to=to).fate == "decided"
    walk.sort(NOW)
    assert held[0].received.__class__.objects.get(pk=held[0].received_id).fate == "posted"


@pytest.mark.parametrize("word", ["redirect health", "query", "invite", "approve invite"])
def test_what_concerns_the_community_is_not_the_guests(cast, walk, held, word):
    to = answer_to(last_letter("chandra"))
    assert walk(letter(CHANDRA, to=to, text=word), to=to).fate == "not understood"
    held[0].refresh_from_db()
    assert held[0].decision == ""
    chosen = word.split()[0].replace("approve", "approve-invite")
    assert browser(cast.chandra).post(f"/moderation/{held[0].pk}", {"decision": chosen, "to": "health"}).status_code == 404


def test_p1_nothing_else_that_is_held_is_seen(cast, held):
    mine, other = held
    assert list(lookups.waiting(cast.chandra)) == [mine]
    assert lookups.held(cast.chandra, other.pk) is None
    for verb in (
        lambda: actions.approve(other, by=cast.chandra, at=NOW),
        lambda: actions.reject(other, by=cast.chandra, reason="No.", at=NOW),
        lambda: actions.discard(other, by=cast.chandra, at=NOW),
    ):
        with pytest.raises(actions.NotYours):
            verb()
    page = browser(cast.chandra)
    assert page.get(f"/moderation/{mine.pk}").status_code == 200
    assert page.get(f"/moderation/{other.pk}").status_code == 404
    assert "Nurses" not in page.get("/moderation").content.decode()
    assert page.get("/desk").status_code == 404
    assert page.get(f"/log/{mine.received_id}").status_code == 404
    assert (lookups.history(mine, cast.chandra).held, lookups.history(mine, cast.ana).held) == (None, 1)


@pytest.mark.parametrize("how", ["leaves", "is banned", "is dismissed"])
def test_a2_the_right_ends_with_the_role_and_with_the_membership_also_for_letters_on_the_way(cast, walk, held, pumps, how):
    to = answer_to(last_letter("chandra"))
    if how == "leaves":
        communities.leave(cast.mdg, cast.chandra, at=NOW)
    elif how == "is banned":
        communities.ban(cast.membership(cast.chandra, cast.mdg), at=NOW)
    else:
        communities.dismiss_guests(cast.mdg, pumps.pk, at=NOW)
    assert not standing(cast.chandra, cast.mdg).moderates(pumps.pk)
    assert not lookups.waiting(cast.chandra).exists()
    assert lookups.held(cast.chandra, held[0].pk) is None
    assert walk(letter(CHANDRA, to=to, text="approve"), to=to).fate == "refused"
    held[0].refresh_from_db()
    assert held[0].decision == ""


def test_what_the_guest_writes_there_needs_no_second_look_and_elsewhere_it_does(cast, walk, pumps):
    communities.arrange(cast.mdg, moderated=True)
    assert walk(letter(CHANDRA, subject="Re: [mdg] D1 #1: Pumps", text="Welcome.")).fate == "posted"
    assert walk(letter(CHANDRA, subject="Nurses", text="Welcome.")).fate == "held"
