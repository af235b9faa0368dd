"""Who may know: from what people responded, what they declare, and who was asked enough already."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.commandline import main
from talanoa.queries.sentences import reason
from talanoa.queries.suggesting import Respondents, Response

NOW = datetime(2026, 5, 20, tzinfo=UTC)
PUMPS = ("Repairing solar pumps", "Our village pump stopped and nobody knows how to mend it.", "Check the controller of the pump first, then the panels.")
BIRTHS = ("Registering births", "How are births registered on remote islands?", "The health worker registers each birth by phone.")
MONEY = ("Savings groups", "How do savings groups keep their books?", "A ledger with three keys, and the group counts in the open.")


def response(person, matter=PUMPS, days=10, conversation=None):
    title, question, text = matter
    return Response(person, conversation or f"{title}-{days}", NOW - timedelta(days=days), title, question, text)


def names(suggestions):
    return [one.person for one in suggestions]


def test_who_responded_to_questions_like_this_comes_first_and_it_is_said_why():
    past = Respondents([response("mele", days=4), response("mele", days=40), response("sione", BIRTHS), response("ana", MONEY)])
    first = past.suggest("Solar pump broken", "Who can mend a solar pump?")[0]
    assert (first.person, first.answered, first.last) == ("mele", 2, NOW - timedelta(days=4))
    assert {"pump", "solar"} & {word.lower() for word in first.about}
    assert reason(first).startswith("responded to 2 queries about ")
    assert reason(first).endswith("last in May 2026")


def test_who_responded_to_the_same_in_other_words_comes_before_who_shares_a_word():
    nets = ("Tuna", "Which nets catch the most tuna?", "Long lines do better.")
    malaria = ("Mosquitoes", "What keeps mosquitoes away at night?", "Fine nets over the beds, hung well, and coils of pyrethrum.")
    some = [response("ana", nets), response("mele", malaria)]
    asked = ("Malaria", "Which nets protect sleepers from malaria?")
    assert names(Respondents(some, meant={}).suggest(*asked)) == ["ana", "mele"]
    found = Respondents(some).suggest(*asked)
    assert names(found) == ["mele", "ana"]
    # The reason is what can be checked: the words in common.
    assert found[0].about == ("nets",)


def test_who_is_near_by_meaning_alone_is_not_said_to_have_spoken_of_its_words():
    malaria = ("Mosquitoes", "What keeps mosquitoes away at night?", "Fine mesh over the beds, hung well.")
    (found,) = Respondents([response("mele", malaria)]).suggest("Malaria", "How to protect sleepers?")
    assert (found.about, found.answered, reason(found)) == ((), 0, "often responds")


def test_in_another_language_who_may_know_is_told_by_words_as_if_nothing_had_a_meaning():
    french = ("Pompes solaires", "Qui sait réparer les pompes solaires du village ?", "Il faut vérifier le régulateur de la pompe.")
    some = [response("mele", french), response("ana", MONEY), response("sione")]
    asked = ("Une pompe en panne", "Comment réparer la pompe solaire de notre école ?")
    known, unknown = Respondents(some).suggest(*asked), Respondents(some, meant={}).suggest(*asked)
    assert known == unknown
    assert known[0].person == "mele"


def test_what_was_long_ago_counts_for_less():
    past = Respondents([response("then", days=1200), response("now", days=5)])
    assert names(past.suggest("Solar pumps")) == ["now", "then"]


def test_who_declares_to_know_is_suggested_without_having_responded():
    past = Respondents([response("mele"), response("ana", MONEY)], declared={"tevita": "Registration of births and deaths; Tonga", "silent": " "})
    first = past.suggest("Births on outer islands", "How do you register births in Tonga?")[0]
    assert (first.person, first.answered, first.last, first.declared) == ("tevita", 0, None, True)
    assert reason(first).startswith("declared to know of ")
    assert "silent" not in names(past.suggest("Births"))


def test_who_is_merely_active_is_called_that():
    past = Respondents([response("ana", MONEY)])
    assert [reason(one) for one in past.suggest("Xylophones")] == ["often responds"]


def test_the_asker_and_who_asked_not_to_be_approached_are_never_suggested():
    past = Respondents([response("asker"), response("left alone"), response("mele")], declared={"left alone": "solar pumps"})
    assert names(past.suggest("Solar pumps", never={"asker", "left alone"})) == ["mele"]
    assert names(past.suggest("Solar pumps", among={"asker"})) == ["asker"]


def test_who_was_approached_lately_steps_back():
    past = Respondents([response("mele", days=3), response("mele", days=4), response("sione", days=5)])
    assert names(past.suggest("Solar pumps")) == ["mele", "sione"]
    assert names(past.suggest("Solar pumps", lately={"mele": 3})) == ["sione", "mele"]


def test_at_most_half_of_the_places_go_to_the_ten_who_write_most():
    busy = [response(f"busy{number}", days=day) for number in range(10) for day in range(1, 8)]
    quiet = [response(f"quiet{number}", days=20) for number in range(12)]
    suggested = names(Respondents(busy + quiet).suggest("Solar pumps", "How to mend a pump?"))
    assert len(suggested) == 10
    assert sum(name.startswith("busy") for name in suggested) == 5
    assert suggested[0].startswith("busy")


def test_in_a_small_community_the_busy_fill_up():
    past = Respondents([response(f"member{number}") for number in range(8)])
    assert len(past.suggest("Solar pumps", most=6)) == 6


def test_where_nobody_responded_nobody_is_suggested():
    assert Respondents([]).suggest("Solar pumps") == []
    assert names(Respondents([], declared={"ana": "pumps"}).suggest("Solar pumps")) == ["ana"]
    assert names(Respondents([response("ana")]).suggest("", "")) == ["ana"]


def test_what_an_archive_left_of_an_attachment_is_nobodys_field():
    scrubbed = "An embedded and charset-unspecified text was scrubbed...\nName: not available\nURL: <http://lists.example.org/attachment.pl>"
    past = Respondents([response("webmaster", ("Minutes", scrubbed, scrubbed)), response("mele")])
    first = past.suggest("Broken pump", scrubbed)[0]
    assert first.person == "mele"
    assert "attachment.pl" not in first.about


@given(order=st.permutations(range(9)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_responses_does_not_matter(order):
    some = [response(person, matter, days) for days, (person, matter) in enumerate([(p, m) for p in "abc" for m in (PUMPS, BIRTHS, MONEY)], 1)]
    assert Respondents([some[place] for place in order]).suggest("Births by phone") == Respondents(some).suggest("Births by phone")


@pytest.fixture
def files(tmp_path):
    history = [
        {"id": "q1", "root": "q1", "person": "asker", "date": "Mon, 4 May 2026 09:00:00 +0000", "subject": PUMPS[0], "text": PUMPS[1]},
        {"id": "r1", "root": "q1", "person": "mele", "date": "Tue, 5 May 2026 09:00:00 -0000", "subject": f"Re: {PUMPS[0]}", "text": PUMPS[2]},
        {"id": "r2", "root": "q1", "person": "asker", "date": "Wed, 6 May 2026 09:00:00 +0000", "subject": f"Re: {PUMPS[0]}", "text": "Thanks"},
        {"id": "r3", "root": "lost", "person": "ana", "date": "Thu, 7 May 2026 09:00:00 +0000", "subject": f"Re: {MONEY[0]}", "text": MONEY[2]},
    ]
    questions = [{"id": "new", "asker": "ana", "date": "Fri, 8 May 2026 09:00:00 +0000", "subject": "Pumps", "text": "Who mends pumps?"}]
    (tmp_path / "history").write_text("".join(json.dumps(line) + "\n" for line in history))
    (tmp_path / "questions").write_text("".join(json.dumps(line) + "\n" for line in questions))
    (tmp_path / "candidates").write_text('["mele", "ana", "asker"]')
    return tmp_path


def experts(folder: Path) -> int:
    words = [word for name in ("history", "candidates", "questions", "run") for word in (f"--{name}", str(folder / name))]
    return main(["evaluate", "experts", *words])


def test_the_command_suggests_who_responded_to_others_but_not_the_asker(files):
    assert experts(files) == 0
    assert [line.split()[:4] for line in (files / "run").read_text().splitlines()] == [["new", "Q0", "mele", "1"]]


def test_the_command_refuses_a_file_that_is_no_json(files, capsys):
    (files / "candidates").write_text("p1, p2")
    assert experts(files) == 1
    assert "is not what was expected" in capsys.readouterr().err
