"""Queries on the pages: asked, worked on, people asked who may know."""

from datetime import timedelta

import pytest
from django.utils import timezone

from browsers import browser
from path import NOW, letter
from talanoa.mail.models import Delivery
from talanoa.queries import actions as queries
from talanoa.queries import lookups
from talanoa.queries.models import Approach, Query

pytestmark = pytest.mark.django_db


@pytest.fixture
def query(cast, walk):
    walk(letter("Ben Okafor <ben@people.example>", subject="Query: registers of births"))
    return Query.objects.get()


@pytest.fixture
def circulated(cast, query):
    queries.circulate(query, by=cast.ana, at=timezone.now() - timedelta(days=1), why="by phone")
    return query


def post(who, query, **fields):
    return browser(who).post(f"/queries/{query.pk}", fields)


def test_asked_on_the_page_it_walks_the_path_of_every_mail(cast, walk):
    answer = browser(cast.ben).post("/c/mdg/queries/ask", {"subject": "Wells in schools", "text": "Who digs them?"})
    assert answer.status_code == 302
    walk.sort(timezone.now())
    assert Query.objects.get().title == "Wells in schools"
    assert "Wells in schools" in browser(cast.ben).get("/c/mdg/queries").content.decode()
    assert "Wells in schools" not in browser(cast.chandra).get("/c/mdg/queries").content.decode()


def test_what_was_asked_before_is_shown_first_and_a_second_click_asks(cast, walk, circulated):
    words = {"subject": "registers of births", "text": "Who counts the births?"}
    page = browser(cast.chandra).post("/c/mdg/queries/ask", words)
    assert "This was asked before" in page.content.decode()
    assert browser(cast.chandra).post("/c/mdg/queries/ask", {**words, "anyway": "yes"}).status_code == 302


def test_worded_and_circulated_on_the_page(cast, query):
    assert post(cast.ana, query, act="word", title="Registers", text="Who has one?", types=["advice"], propose="yes").status_code == 302
    answer = post(cast.ana, query, act="circulate")
    assert answer.status_code == 422
    assert "has not agreed" in answer.content.decode()
    assert post(cast.ana, query, act="circulate", why="by phone").status_code == 302
    query.refresh_from_db()
    assert (query.stage, query.number, query.types) == ("open", 1, ["advice"])
    page = browser(cast.chandra).get("/c/mdg/queries/1").content.decode()
    assert "Who has one?" in page


@pytest.mark.parametrize("who", ["ben", "farid", "sefa", "olga", "opal"])
def test_a11_nobody_else_works_on_it(cast, query, who):
    assert browser(getattr(cast, who)).get(f"/queries/{query.pk}").status_code == 404
    assert post(getattr(cast, who), query, act="circulate", why="x").status_code == 404
    query.refresh_from_db()
    assert query.stage == "asked"


def test_a_personal_letter_asks_who_may_know_and_their_answer_is_seen(cast, walk, circulated):
    ana = browser(cast.ana)
    draft = ana.get(f"/queries/{circulated.pk}/approach/{cast.chandra.pk}").content.decode()
    assert "Dear Chandra Gurung" in draft
    sent = ana.post(f"/queries/{circulated.pk}/approach/{cast.chandra.pk}", {"channel": "mail", "words": "Dear Chandra, you know this."})
    assert sent.status_code == 302
    assert Delivery.objects.filter(address="chandra@people.example", lane=Delivery.Lane.PERSONAL).count() == 1
    assert [(one.state, answered) for one, answered in lookups.approaches(circulated)] == [("asked", False)]
    post(cast.ana, circulated, act="approached", person=cast.chandra.pk, state="promised")
    assert Approach.objects.get().state == "promised"
    walk(letter("Chandra <chandra@people.example>", subject="Re: x", In_Reply_To=circulated.post.message_id), at=NOW)
    assert [answered for _, answered in lookups.approaches(circulated)] == [True]


def test_who_does_not_want_to_be_asked_is_neither_suggested_nor_asked(cast, circulated):
    cast.chandra.interests = "registers of births"
    cast.chandra.save()
    assert [one.person for one in lookups.suggested(circulated)] == [cast.chandra]
    browser(cast.chandra).post("/me/approached", {"alone": "yes"})
    assert lookups.suggested(circulated) == []
    with pytest.raises(queries.Wanting):
        queries.approach(circulated, cast.chandra, channel="phone", by=cast.ana, at=NOW)


def test_who_answered_the_like_before_is_suggested_with_the_reason(cast, walk, circulated):
    walk(letter("Ben Okafor <ben@people.example>", subject="Counting births in villages", Message_ID="<births@people.example>"))
    walk(letter("Chandra <chandra@people.example>", subject="Re: Counting births in villages", In_Reply_To="<births@people.example>"))
    (suggestion,) = lookups.suggested(circulated)
    assert suggestion.person == cast.chandra
    assert suggestion.reason.startswith("responded to 1 query about births, ")
    assert "responded to 1 query" in browser(cast.ana).get(f"/queries/{circulated.pk}").content.decode()


def test_a_window_is_extended_and_a_response_entered_and_marked_on_the_page(cast, circulated):
    until = (circulated.closes_at + timedelta(days=4)).date().isoformat()
    assert post(cast.ana, circulated, act="extend", until=until, why="a cyclone").status_code == 302
    assert post(cast.ana, circulated, act="extend", until="soon", why="x").status_code == 422
    assert post(cast.ana, circulated, act="enter", person=cast.noa.pk, channel="phone", text="We do.").status_code == 302
    (said,) = lookups.responses(circulated)
    assert post(cast.ana, circulated, act="mark", post=said.pk, kind="aside").status_code == 302
    assert not lookups.responses(circulated).exists()


def test_the_clocks_are_the_communitys(cast):
    page = browser(cast.ana).get("/c/mdg/queries/customs").content.decode()
    values = {"window_days": "7", "reply_days": "12", "silence_hours": "48", "open_advised": "1", "helped_days": "7", "story_days": "60"}
    assert 'value="10"' in page
    assert browser(cast.ana).post("/c/mdg/queries/customs", values).status_code == 302
    assert lookups.customs(cast.mdg).window_days == 7
    assert browser(cast.ana).post("/c/mdg/queries/customs", {**values, "window_days": "0"}).status_code == 422
    assert browser(cast.ben).get("/c/mdg/queries/customs").status_code == 404


def test_an_ordinary_message_becomes_a_query_by_a_button_of_the_facilitators(cast, walk):
    walk(letter("Chandra Gurung <chandra@people.example>", subject="Does anybody know?", text="Who has a register of births?"))
    page = f"/c/mdg/m/{cast.chandra.posts.get().key}"
    assert "/take-up" not in browser(cast.ben).get(page).content.decode()
    assert f'action="{page}/take-up"' in browser(cast.ana).get(page).content.decode()
    assert "It is a query now." in browser(cast.ana).post(f"{page}/take-up", follow=True).content.decode()
    assert Query.objects.get().asker == cast.chandra
