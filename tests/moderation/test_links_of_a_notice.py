"""The links of a notice: looking does nothing, a second click decides, once, for the one to whom the letter went."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from browsers import browser
from cast import address
from path import copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery
from talanoa.moderation import actions
from talanoa.moderation.models import Held
from talanoa.people.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast, walk):
    cast.mdg.first_posts_held = 1
    cast.mdg.save()
    walk(letter(f"Noa Faleolo <{address('noa')}>", subject="Births", text="Greetings from Tonga."), at=timezone.now())
    return Held.objects.get()


@pytest.fixture
def link(held):
    """The path of the link to see it, from the letter as it arrives."""
    (notice,) = (sent_bytes(one.outgoing).decode() for one in copies() if one.address == address("ana") and one.lane == Delivery.Lane.PERSONAL)
    links = re.findall(r"/decide/[a-z2-7]{32}(?:/\w+)?", notice)
    assert [one.split("/")[3:] for one in links] == [[], ["approve"], ["reject"], ["discard"]]
    return links[0]


def test_a3_looking_changes_nothing_and_uses_nothing(link, held):
    scanner = browser()
    for what in ("", "/approve", "/reject", "/discard"):
        page = scanner.get(link + what)
        assert page.status_code == scanner.head(link + what).status_code == 200
        assert "Greetings from Tonga." in page.content.decode()
        assert page.headers["Referrer-Policy"] == "strict-origin"
        assert page.headers["Cache-Control"] == "private, no-store"
    held.refresh_from_db()
    assert (held.decision, held.opened_by) == ("", None)
    assert Ticket.objects.filter(used_at=None, purpose="decide").count() == 1


def test_a_second_click_approves_without_signing_in(link, held, walk, cast):
    page = browser().post(f"{link}/approve", {"decision": "approve"})
    assert "It is approved" in page.content.decode()
    held.refresh_from_db()
    assert (held.decision, held.decided_by) == ("approved", cast.ana)
    walk.sort(timezone.now())
    assert Post.objects.get().author == cast.noa


def test_a_second_click_rejects_with_a_reason_and_not_without(link, held):
    stranger = browser()
    assert stranger.post(f"{link}/reject", {"decision": "reject", "reason": " "}).status_code == 422
    assert stranger.post(f"{link}/reject", {"decision": "reject", "reason": "Please shorten it."}).status_code == 200
    held.refresh_from_db()
    assert (held.decision, held.words) == ("rejected", "Please shorten it.")


def test_a2_used_it_does_nothing_and_tells_who_decided(link, held, walk):
    stranger = browser()
    stranger.post(link, {"decision": "discard"})
    for again in (stranger.post(link, {"decision": "approve"}), stranger.get(link)):
        assert again.status_code == 410
        assert "Ana Tuimavave has discarded this message already" in again.content.decode()
        assert "Greetings from Tonga." not in again.content.decode()
    assert Held.objects.get().decision == "discarded"
    assert walk.sort(timezone.now()) == []


def test_a2_it_ends_when_somebody_else_decides(link, held, cast):
    communities.appoint(cast.mdg, cast.sefa, "facilitator", at=held.held_at)
    actions.reject(held, by=cast.sefa, reason="On the desk.", at=held.held_at)
    answer = browser().post(link, {"decision": "approve"})
    assert answer.status_code == 410
    assert "Sefa Lin has rejected this message already" in answer.content.decode()


def test_a2_it_ends_with_the_role_and_after_a_week(link, held, cast):
    Ticket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser().get(link).status_code == 410
    Ticket.objects.update(expires_at=timezone.now() + timedelta(days=1))
    communities.dismiss(cast.mdg, cast.ana, "facilitator", at=held.held_at)
    answer = browser().post(link, {"decision": "approve"})
    assert answer.status_code == 410
    assert "Greetings from Tonga." not in answer.content.decode()
    assert Held.objects.get().decision == ""


def test_a_link_shows_one_message_and_no_token_of_another_kind_opens_it(link, held, walk, cast):
    walk(letter(address("noa"), subject="Another", text="Of something else."), at=timezone.now())
    assert "Of something else." not in browser(cast.ben).get(link).content.decode()
    walk(letter(address("ben"), to="mdg-leave@lists.example.org"), to="mdg-leave@lists.example.org", at=timezone.now())
    leave = re.search(r"mdg-confirm\+([a-z2-7]{32})", sent_bytes(copies()[-1].outgoing).decode())[1]
    for other in (leave, "made-up", link.split("/")[2][::-1]):
        assert browser().get(f"/decide/{other}").status_code == 404
    assert browser().get(f"{link}/redirect").status_code == 404
    assert browser().post(link, {"decision": "edit"}).status_code == 422
