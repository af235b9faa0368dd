"""A consultation on the desk at each stage, with what comes next; also in the letter of the morning."""

from datetime import timedelta

import pytest

from browsers import browser
from path import NOW
from queries.test_a_query_by_mail import letters_to
from talanoa.consultations import actions
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment
from talanoa.desk import actions as desk
from talanoa.desk import lookups

pytestmark = pytest.mark.django_db


def waits(person, at=NOW):
    return {one.kind: one for one in lookups.wants(person, at)}


def test_a_consultation_is_on_the_desk_at_each_stage_with_what_comes_next(cast):
    of = actions.prepare(cast.mdg, title="Water", text="Help.", visibility="authors", data=b"# Water\n\nClean.", name="w.md", by=cast.ana, at=NOW)
    assert waits(cast.ana).keys() == {"prepared"}
    assert waits(cast.ana)["prepared"].act == "Open it"
    closes = NOW + timedelta(days=20)
    actions.open_(of, closes_at=closes, by=cast.ana, at=NOW)
    assert [(one.kind, one.by) for one in lookups.wants(cast.ana, NOW)] == [("commented", closes)]

    actions.comment(of, [Said(("2",), "Very clean."), Said((), "Good.")], by=cast.ben, at=NOW)
    assert [(one.kind, one.by) for one in lookups.wants(cast.ana, NOW)] == [("unowned", NOW + timedelta(days=3)), ("commented", closes)]
    first, second = Comment.objects.order_by("number")
    actions.assign([first], owner=cast.ana, by=cast.ana, at=NOW)
    shown = browser(cast.ana).get(waits(cast.ana)["unowned"].path).content.decode()
    assert "Good." in shown
    assert "Very clean." not in shown
    actions.assign([second], owner=cast.ana, by=cast.ana, at=NOW)
    assert waits(cast.ana).keys() == {"commented"}

    actions.close(of, by=cast.ana, at=NOW)
    assert waits(cast.ana).keys() == {"unanswered"}
    assert waits(cast.ana)["unanswered"].by == closes + timedelta(days=14)
    actions.answer([first], state="declined", words="Too dear.", by=cast.ana, at=NOW)
    actions.answer([second], state="accepted", words="", by=cast.ana, at=NOW)
    assert waits(cast.ana).keys() == {"untold"}
    actions.tell(of, by=cast.ana, at=NOW)
    assert waits(cast.ana).keys() == {"answered"}

    actions.react(first, "disagrees", words="It is cheap.", by=cast.ben, at=NOW + timedelta(hours=1))
    assert waits(cast.ana).keys() == {"disputed", "answered"}
    shown = browser(cast.ana).get(waits(cast.ana)["disputed"].path).content.decode()
    assert "It is cheap." in shown
    assert "Good." not in shown
    actions.answer([first], state="modified", words="In towns.", by=cast.ana, at=NOW + timedelta(hours=2))
    assert waits(cast.ana).keys() == {"untold"}
    actions.tell(of, by=cast.ana, at=NOW + timedelta(hours=3))
    actions.upload(of, data=b"# Water\n\nClean in towns.", name="w2.md", by=cast.ana, at=NOW)
    actions.renew(of, by=cast.ana, at=NOW)
    assert [(one.kind, one.by) for one in lookups.wants(cast.ana, NOW)] == [("reviewed", NOW + timedelta(days=14))]
    actions.conclude(of, summary="Done.", by=cast.ana, at=NOW)
    assert waits(cast.ana) == {}


def test_the_morning_letter_tells_of_it_and_nobody_else_hears_of_it(cast):
    """P1: comments that only the authors may read stand on no other desk."""
    of = actions.prepare(cast.mdg, title="Water", text="Help.", visibility="authors", data=b"# Water\n\nClean.", name="w.md", by=cast.ana, at=NOW)
    actions.open_(of, closes_at=NOW + timedelta(days=20), by=cast.ana, at=NOW)
    actions.comment(of, [Said((), "Good.")], by=cast.ben, at=NOW)
    assert waits(cast.ben) == waits(cast.farid) == {}
    desk.tend(at=NOW.replace(day=9, hour=12))
    morning = " ".join(letters_to("ana")[-1].split())
    assert "Comments have no owner: Water" in morning
    assert "Assign them: http" in morning
