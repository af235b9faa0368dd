"""Phases of a consultation, arranged by the facilitator, each with its rule and its clock."""

from datetime import timedelta

import pytest

from browsers import browser
from path import NOW
from queries.test_a_query_by_mail import letters_to
from talanoa.consultations import actions, lookups, rules
from talanoa.consultations.actions import Planned
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment
from talanoa.consultations.phasing import lookups as phasing

pytestmark = pytest.mark.django_db
DRAFT = b"# Water\n\nHouseholds pay a fee.\n\nFences keep cattle away."


def on(days):
    return NOW + timedelta(days=days)


def prepared(cast):
    return actions.prepare(cast.mdg, title="Water", text="Help.", visibility="open", data=DRAFT, name="w.md", by=cast.ana, at=NOW)


def comment(of, who, at, label="2"):
    (made,) = actions.comment(of, [Said((label,), f"A word of {who.name}.")], by=who, at=at)
    return made


PLAN = [
    Planned("comment", on(10), "What is missing"),
    Planned("answer", on(15)),
    Planned("comment", on(22), "The second draft"),
    Planned("answer", on(30)),
    Planned("review", on(37)),
]


def arranged(cast, plan=PLAN):
    of = prepared(cast)
    actions.arrange(of, plan, by=cast.ana, at=NOW)
    actions.open_(of, by=cast.ana, at=NOW)
    return of


def where(of):
    of.refresh_from_db()
    return of.stage, phasing.phase(of).theme


def test_phases_begin_one_after_the_other_each_with_its_rule(cast):
    of = arranged(cast)
    told = " ".join(letters_to("ben")[-1].split())
    assert "comments are awaited - What is missing" in told
    assert told.index("What is missing") < told.index("The second draft")
    first = comment(of, cast.ben, on(1))
    actions.tend(at=on(9))
    assert where(of) == ("open", "What is missing")
    actions.tend(at=on(10))
    assert where(of) == ("answering", "")
    assert (of.closes_at, of.answers_due_at) == (on(10), on(15))
    late = comment(of, cast.chandra, on(11))
    assert (first.late, late.late) == (False, True)

    # While an answer is missing the next phase waits, and keeps its length.
    actions.answer([first], state="accepted", words="", by=cast.ana, at=on(12))
    actions.tend(at=on(17))
    assert where(of) == ("answering", "")
    with pytest.raises(actions.Wanting, match="1 comments have no answer"):
        actions.go_on(of, by=cast.ana, at=on(17))
    actions.answer([late], state="accepted", words="", by=cast.ana, at=on(17))
    actions.tend(at=on(17))
    assert where(of) == ("open", "The second draft")
    assert "Accepted." in " ".join(letters_to("chandra"))
    told = letters_to("ben")[-1]
    assert "the next phase" in told
    assert "consultation-1-draft-1.docx" in told
    assert [one.ends_at for one in phasing.phases(of)[2:]] == [on(24), on(32), on(39)]
    assert not comment(of, cast.noa, on(18)).late

    actions.tend(at=on(24))
    assert where(of) == ("answering", "")
    actions.answer(list(Comment.objects.filter(state="new")), state="accepted", words="", by=cast.ana, at=on(25))
    actions.upload(of, data=DRAFT.replace(b"a fee", b"half a fee"), name="w2.md", by=cast.ana, at=on(26))
    actions.renew(of, by=cast.ana, at=on(26))
    assert where(of) == ("review", "")
    assert of.review_ends_at == on(39)
    assert [comment(of, cast.ben, on(27), label).late for label in ("2", "3")] == [False, True]
    actions.answer(list(Comment.objects.filter(state="new")), state="accepted", words="", by=cast.ana, at=on(28))
    actions.conclude(of, summary="Done.", by=cast.ana, at=on(40))
    assert len(phasing.phases(of)) == 5


def test_what_was_arranged_otherwise_is_told_with_the_reason(cast):
    of = arranged(cast, PLAN[:2])
    with pytest.raises(actions.Wanting, match="Say why"):
        actions.arrange(of, [Planned("answer", on(20))], by=cast.ana, at=on(1))
    actions.arrange(of, [Planned("answer", on(20)), Planned("review", on(25))], why="The board meets later.", by=cast.ana, at=on(1))
    assert of.answers_due_at == on(20)
    told = " ".join(letters_to("ben")[-1].split())
    assert "What comes when has changed: The board meets later." in told
    with pytest.raises(actions.NotYours):
        actions.arrange(of, PLAN[1:2], why="I like", by=cast.ben, at=on(1))
    actions.extend(of, until=on(12), why="Rain.", by=cast.ana, at=on(2))
    assert [one.ends_at for one in phasing.phases(of)] == [on(12), on(22), on(27)]


@pytest.mark.parametrize(("plan", "sentence"), [
    ([], "first phase is one for comments"),
    ([Planned("answer", on(5))], "first phase is one for comments"),
    ([Planned("comment", on(5)), Planned("party", on(6))], "first phase is one for comments"),
    ([Planned("comment", on(5))], "Comments get answers"),
    ([Planned("comment", on(5)), Planned("answer", on(9)), Planned("comment", on(12))], "Comments get answers"),
    ([Planned("comment", on(5)), Planned("answer", on(5))], "ends on a day after"),
    ([Planned("comment", on(-1)), Planned("answer", on(5))], "ends on a day after"),
])  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_with_a_sentence(cast, plan, sentence):
    of = prepared(cast)
    with pytest.raises(actions.Wanting, match=sentence):
        actions.arrange(of, plan, by=cast.ana, at=NOW)
    assert phasing.phases(of) == []


def test_without_a_plan_there_are_comments_and_answers(cast):
    of = prepared(cast)
    with pytest.raises(actions.Wanting, match="still to come"):
        actions.open_(of, by=cast.ana, at=NOW)
    actions.open_(of, closes_at=on(20), by=cast.ana, at=NOW)
    assert [(one.rule, one.ends_at) for one in phasing.phases(of)] == [("comment", on(20)), ("answer", on(34))]
    assert rules.get_answers(["comment", "answer", "review"])
    assert lookups.clock(of).begun_at == NOW


def test_phases_are_arranged_on_the_pages_without_a_script(cast):
    of = prepared(cast)
    ana, work = browser(cast.ana), f"/consultations/{of.pk}"
    days = [(NOW + timedelta(days=400 + many)).date().isoformat() for many in (0, 10, 20)]
    form = {"act": "arrange", "rule": ["comment", "answer", "review", ""], "until": [*days[:2], "", ""], "theme": ["", "", "", ""]}
    refused = ana.post(work, form)
    assert refused.status_code == 422
    assert "Each phase has a day" in refused.content.decode()
    assert f'value="{days[1]}"' in refused.content.decode(), "what was typed stays"
    assert ana.post(work, form | {"until": [*days, ""], "theme": ["Fees", "", "", ""]}).status_code == 302
    assert ana.post(work, {"act": "open"}).status_code == 302
    page = browser(cast.ben).get("/c/mdg/consultations/1").content.decode()
    assert 'aria-current="step"' in page
    assert "Fees" in page
    assert ana.post(work, {"act": "close"}).status_code == 302
    assert ana.post(work, {"act": "go on"}).status_code == 302
    assert where(of)[0] == "review"
