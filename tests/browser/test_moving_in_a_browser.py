"""The guided move in a real browser, by keyboard, from an empty community to its welcome."""

from datetime import date, timedelta

import pytest
from test_accessible import AXE, EVERY_RULE, violations
from test_keyboard import focus, until

MBOX = b"".join(
    b"From x Sun Jan  1 08:00:00 2006\nFrom: Mele Tupou <mele@old.example>\nDate: Sun, 1 Jan 2006 0%d:00:00 +0000\n"
    b"Subject: Wells\nMessage-ID: <%d@move.example>\n\nSweet water.\n\n" % (number, number)
    for number in range(4)
)
MEMBERS = (
    "Mail,Who,Land,Agreed on\nmele@old.example,Mele Tupou,Tonga,2019-05-06\nmele.tupou@new.example,Mele Tupou,,2019-05-06\n"
    "tui@old.example,Tui Lee,Fiji,\nnonsense,,,\n"
)


def enter(page, words: str) -> None:
    focus(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def seen(page, words: str) -> bool:
    return until(lambda: page.get_by_text(words).count() or (page.reload() and False), seconds=90) is not None


def look(page) -> None:
    """The page has nothing that axe finds, and does not scroll sideways on a telephone."""
    page.set_viewport_size({"width": 360, "height": 860})
    page.evaluate(AXE)
    assert violations(page, EVERY_RULE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def wells(stage):
    stage.house.command("community", "create", "wells", "--name", "Wells", "--address", "wells@lists.example.org")
    stage.house.command("members", "add", "wells", "ana@people.example", "--role", "facilitator")


def test_a_group_moves_in(stage, wells, tmp_path):
    (tmp_path / "wells.mbox").write_bytes(MBOX)
    (tmp_path / "members.csv").write_text(MEMBERS)
    page = stage.page("ana")
    home = f"{stage.url}/c/wells/move"
    page.goto(home)
    page.get_by_label("A file of the archive").set_input_files(tmp_path / "wells.mbox")
    page.get_by_label("A file of the archive").focus()
    enter(page, "Hand in")
    look(page)
    assert seen(page, "It is done.")
    enter(page, "The next step")
    assert seen(page, "4 read: 4 stored, 0 here already, 0 set aside.")
    page.get_by_label("A list of members").set_input_files(tmp_path / "members.csv")
    page.get_by_label("A list of members").focus()
    enter(page, "Hand in")
    assert page.get_by_label("Column Mail means").input_value() == "address"
    assert page.get_by_label("Column Agreed on means").input_value() == "consent_given_at"
    look(page)
    enter(page, "That is right: make them members")
    assert seen(page, "It is done.")
    page.goto(home)
    look(page)
    enter(page, "Decide on 1 pair that looks alike")
    look(page)
    enter(page, "One person; letters go to mele@old.example")
    assert seen(page, "They are one person now: Mele Tupou.")
    page.goto(home)
    enter(page, "Ask them")
    page.get_by_label("Their day").fill((date.today() + timedelta(days=20)).isoformat())
    enter(page, "Look at the letter")
    look(page)
    enter(page, "Send 1 letter")
    enter(page, "Look, and release")
    look(page)
    enter(page, "Release 4 messages")
    assert seen(page, "4 messages are visible now.")
    page.goto(home)
    enter(page, "Write the welcome")
    page.keyboard.press("Tab")
    focus(page, "Your words")
    page.keyboard.type("Glad that you are here.")
    enter(page, "Look at the letter")
    enter(page, "Send 1 letter")
    assert seen(page, "The letters leave within some minutes")
