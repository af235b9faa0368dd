"""Those who moved in without evidence are asked once, by a letter; who agreed is welcomed once; nobody else gets anything."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from browsers import browser
from path import NOW, copies, letter, sent_bytes
from talanoa.commandline import main
from talanoa.communities.lookups import membership
from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import read
from talanoa.moving import actions, enrolling, lookups, rules
from talanoa.moving.actions import Terms
from talanoa.people.lookups import by_address

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=14)
NAMES = ("mele", "tui", "ona")
WEEK = timedelta(days=7)


@pytest.fixture
def moved(cast, tmp_path):
    """Mele, Tui and Ona moved in without evidence; Sami with it."""
    file = tmp_path / "members.csv"
    file.write_text(
        "address,name,consent,consent date\n" + "".join(f"{one}@old.example,{one.title()},,\n" for one in NAMES) + "sami@old.example,Sami,In writing,2019-05-06\n"
    )
    enrolling.bring_in(cast.mdg, enrolling.open_sheet(file), Terms(ask_first=True), by=cast.ana, at=NOW)
    return cast


def ask(cast, *, mailed=False, at=NOW, until=UNTIL):
    actions.ask_for_consent(cast.mdg, words="We have moved.", until=until, mailed=mailed, by=cast.ana, at=at)
    actions.tend(at=at)


def letters(kind="stay a member") -> dict[str, Delivery]:
    return {one.address: one for one in copies() if kind in read(sent_bytes(one.outgoing)).subject}


def token(address: str) -> str:
    return re.search(r"/agree/(\w+)", read(sent_bytes(letters()[address].outgoing)).text)[1]


def reply(walk, address, text, *, to=None, at=NOW):
    return walk(letter(address, text=text, Subject="Re: Do you want to stay?"), to=f"mdg-confirm+{token(to or address)}@lists.example.org", at=at)


def here(cast, local):
    return membership(by_address(f"{local}@old.example"), cast.mdg)


def reached(walk, at) -> set[str]:
    before = {one.pk for one in copies()}
    walk(letter("Ben <ben@people.example>", subject=f"News {at}"), at=at)
    return {one.address.partition("@")[0] for one in copies() if one.pk not in before and one.address.endswith("@old.example")}


def test_each_is_asked_once_and_only_who_gave_no_evidence(moved):
    """G3"""
    ask(moved)
    actions.tend(at=NOW)
    ask(moved, at=NOW + timedelta(hours=1))
    assert sorted(letters()) == [f"{one}@old.example" for one in sorted(NAMES)]
    assert len([one for one in copies() if one.address.endswith("@old.example")]) == 3
    words = read(sent_bytes(letters()["mele@old.example"].outgoing)).text
    assert "We have moved." in words
    assert "Do you agree that MDG Pacific keeps your name and address" in words
    assert "16 March 2026" in words or "March 16, 2026" in words


def test_a_yes_by_mail_or_by_the_link_is_the_evidence_and_mail_begins(moved, walk):
    ask(moved, until=timezone.now() + WEEK)
    assert reached(walk, NOW) == {"sami"}
    assert reply(walk, "mele@old.example", "Yes, please.").fate == "served"
    page = browser().get(f"/agree/{token('tui@old.example')}")
    assert page.status_code == 200
    assert here(moved, "tui").consent is None  # A3: looking changes nothing
    assert "You are a member" in browser().post(f"/agree/{token('tui@old.example')}", {"answer": "yes"}).content.decode()
    given = here(moved, "mele").consent
    assert given.wording.startswith("Do you agree that MDG Pacific")
    assert given.source.startswith("answered our letter by mail, <")
    assert given.given_at == NOW
    assert here(moved, "tui").consent.source == "the link in our letter"
    assert reached(walk, NOW) == {"mele", "tui", "sami"}
    assert browser().post(f"/agree/{token('tui@old.example')}", {"answer": "no"}).status_code == 410


def test_a_no_ends_the_membership_and_other_words_are_read_by_a_person(moved, walk):
    ask(moved, until=timezone.now() + WEEK)
    assert reply(walk, "mele@old.example", "Leave").fate == "left"
    assert here(moved, "mele") is None
    assert reply(walk, "tui@old.example", "Who are you, and how did you get my address?").fate == "forwarded"
    assert here(moved, "tui").consent is None
    assert reply(walk, "stranger@people.example", "yes", to="tui@old.example").fate == "refused"
    assert "You have left" in browser().post(f"/agree/{token('ona@old.example')}", {"answer": "no"}).content.decode()
    assert lookups.answers(moved.mdg) == {"asked": 3, "yes": 0, "no": 2, "silent": 1}


@pytest.mark.parametrize("mailed", [False, True])
def test_after_the_day_the_silent_get_nothing_and_a_late_yes_still_counts(moved, walk, mailed):
    ask(moved, mailed=mailed)
    assert reached(walk, NOW + WEEK) == ({"mele", "tui", "ona", "sami"} if mailed else {"sami"})
    assert reached(walk, UNTIL + WEEK) == {"sami"}
    assert reply(walk, "ona@old.example", "oui", at=UNTIL + WEEK).fate == "served"
    assert reached(walk, UNTIL + WEEK) == {"ona", "sami"}
    assert actions.let_go(lookups.silent(moved.mdg), at=UNTIL + WEEK) == 2
    assert here(moved, "mele") is None


def test_who_agreed_is_welcomed_once_also_later_and_nobody_else(moved, walk):
    actions.welcome_all(moved.mdg, words="Glad that you are here.", by=moved.ana, at=NOW)
    actions.tend(at=NOW)
    assert sorted(letters("Welcome")) == ["sami@old.example"]
    ask(moved)
    reply(walk, "mele@old.example", "yes")
    for _ in range(2):
        actions.tend(at=NOW)
    assert sorted(letters("Welcome")) == ["mele@old.example", "sami@old.example"]
    assert "Glad that you are here." in read(sent_bytes(letters("Welcome")["mele@old.example"].outgoing)).text
    actions.note_consent(here(moved, "tui"), how="on the telephone", by=moved.ana, at=NOW)
    assert here(moved, "tui").consent.noted_by == moved.ana
    with pytest.raises(actions.NotYet):
        actions.note_consent(here(moved, "ona"), how=" ", by=moved.ana, at=NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes", True), ("\n yes!\nMele", True), ("D’accord.", True), ("同意", True), ("نعم", True), ("**Ja**", True),
        ("No", False), ("remove me", False), ("不同意", False), ("Désabonner", False),
        ("", None), ("yes, but who are you?", None), ("no idea", None),
    ],
)  # fmt: skip
def test_an_answer_says_yes_or_no_or_is_read_by_a_person(text, said):
    assert rules.answer(text) is said


def test_the_commands_show_the_letter_before_they_send_it(moved, tmp_path, capsys):
    words = tmp_path / "words.txt"
    words.write_text("We have moved.")
    before = len(copies())
    assert main(["members", "ask", "mdg", "--until", "2099-03-01", "--words", str(words), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "We have moved." in out
    assert "3 letters would be sent." in out
    assert len(copies()) == before
    assert main(["members", "ask", "mdg", "--until", "2099-03-01", "--words", str(words)]) == 0
    assert "3 letters are on their way." in capsys.readouterr().out
    assert main(["members", "ask", "mdg", "--until", "2019-03-01"]) == 1
    assert "still to come" in capsys.readouterr().err
    assert main(["members", "welcome", "mdg", "--dry-run"]) == 0
    assert "1 letters would be sent." in capsys.readouterr().out
