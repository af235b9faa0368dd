"""The desk: everything that waits, the most urgent first, and by mail on working mornings."""

from datetime import UTC, datetime, timedelta

import pytest

from browsers import browser
from path import NOW, letter
from talanoa.desk import actions, lookups
from talanoa.mail.models import Delivery
from talanoa.queries import actions as queries
from talanoa.queries.lookups import responses
from talanoa.queries.models import Query

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)


def kinds(person):
    return [one.kind for one in lookups.wants(person, NOW)]


def ask(walk, subject="Query: births", sender="Ben Okafor <ben@people.example>", at=NOW):
    assert walk(letter(sender, subject=subject), at=at).fate == "asked"
    return Query.objects.latest("pk")


def test_a_query_is_on_the_desk_at_each_stage_with_what_comes_next(cast, walk):
    query = ask(walk)
    assert kinds(cast.ana) == ["asked"]
    queries.word(query, title="Births", text="Who counts?", by=cast.ana, at=NOW)
    assert kinds(cast.ana) == ["worded"]
    queries.circulate(query, by=cast.ana, at=NOW, why="by phone")
    assert [(one.kind, one.by) for one in lookups.wants(cast.ana, NOW)] == [("silent", NOW + timedelta(hours=24))]
    walk(letter("Chandra <chandra@people.example>", subject="Re: x", In_Reply_To=query.post.message_id), at=NOW)
    assert [(one.kind, one.by) for one in lookups.wants(cast.ana, NOW)] == [("open", NOW + timedelta(days=10))]
    queries.close(query, by=cast.ana, at=NOW)
    assert [(one.kind, one.act) for one in lookups.wants(cast.ana, NOW)] == [("closed", "Consolidate")]


def test_an_unclear_response_is_one_and_an_aside_is_none(cast, walk):
    """The desk counts as the query's page does: who was answered unclearly need not be told that nobody answered."""
    query = ask(walk)
    queries.circulate(query, by=cast.ana, at=NOW, why="by phone")
    walk(letter("Chandra <chandra@people.example>", subject="Re: x", In_Reply_To=query.post.message_id), at=NOW)
    (response,) = responses(query)
    for kind, told in (("unclear", "open"), ("aside", "silent"), ("", "open")):
        queries.mark(query, response, kind=kind, by=cast.ana, at=NOW)
        assert kinds(cast.ana) == [told]
        assert len(responses(query)) == (told == "open")


def test_the_most_urgent_stands_first_from_whatever_room(cast, walk):
    ask(walk)
    walk(letter("Olga <olga@people.example>"), at=NOW - timedelta(days=3))
    walk(letter("Olga <olga@people.example>"), at=NOW + timedelta(days=1))
    assert kinds(cast.ana) == ["held", "asked", "held"]
    assert kinds(cast.farid) == []
    assert kinds(cast.ben) == []


def mornings(name="ana"):
    sent = Delivery.objects.filter(address=f"{name}@people.example").select_related("outgoing")
    return sum(b"Subject: Your desk" in bytes(one.outgoing.head) for one in sent)


def test_it_comes_by_mail_once_on_working_mornings_where_the_facilitator_is(cast, walk):
    ask(walk)
    cast.ana.timezone = "Pacific/Apia"  # thirteen hours ahead
    cast.ana.save()
    told = []
    for hours in range(24 * 7):
        before = mornings()
        actions.tend(at=MONDAY + timedelta(hours=hours))
        if mornings() > before:
            told.append((MONDAY + timedelta(hours=hours) + timedelta(hours=13)).strftime("%a %H"))
    # It was Monday evening there when the first was looked for: what was missed comes late, not never.
    assert told == ["Mon 19", "Tue 07", "Wed 07", "Thu 07", "Fri 07", "Mon 07"]


def test_nothing_comes_when_nothing_waits_or_it_is_not_wanted(cast, walk):
    actions.tend(at=MONDAY + timedelta(hours=2))
    assert mornings() == 0
    ask(walk)
    actions.send_mornings(cast.ana, wanted=False)
    actions.tend(at=MONDAY + timedelta(days=1, hours=2))
    assert mornings() == 0
    actions.send_mornings(cast.ana, wanted=True)
    actions.tend(at=MONDAY + timedelta(days=2, hours=2))
    assert mornings() == 1


def test_the_page_is_for_those_who_keep_a_desk(cast, walk):
    ask(walk)
    assert browser(cast.ben).get("/desk").status_code == 404
    page = browser(cast.ana).get("/desk").content.decode()
    assert "births" in page
    assert "Word it" in page
    assert browser(cast.ana).post("/desk/mornings", {"wanted": "no"}).status_code == 302
    assert not lookups.wants_mornings(cast.ana)
