"""A facilitator can never lose typed text: the editor of a Consolidated Reply in real browsers.

Chromium types, the house saves by itself, a connection breaks, two edit the same section.
"""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def begun(stage):
    """The address of a reply that was begun, for this file alone."""
    page = stage.page("ana")
    page.goto(stage.url + stage.paths["edited"])
    page.get_by_role("button", name="Begin with empty sections").click()
    page.context.close()
    return stage.url + stage.paths["edited"]


class Desk:
    """One facilitator before the page; keeps what the browser complained about."""

    def __init__(self, stage, name, where):
        self.page = stage.page(name)
        self.page.clock.install()
        self.complaints = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.where = where
        self.open()

    def open(self):
        self.page.goto(self.where)
        self.page.wait_for_selector("#bench[data-ready]")
        return self

    def sheet(self, key):
        return self.page.locator(f"#{key} .sheet")

    def saved(self, key):
        """Wait until the house has it; the pauses of the script go by at once."""
        self.page.clock.fast_forward(4000)
        expect(self.page.locator(f"#{key} .state")).to_have_text(re.compile(r"^saved \d\d:\d\d$"), timeout=10_000)

    def close(self):
        self.page.context.close()


@pytest.fixture
def desk(stage, begun):
    made = []

    def sit(name):
        made.append(Desk(stage, name, begun))
        return made[-1]

    yield sit
    for one in made:
        assert one.complaints == []
        one.close()


def test_what_is_typed_is_there_after_a_reload_with_its_form(desk):
    ana = desk("ana")
    ana.sheet("summary").click()
    ana.page.get_by_role("button", name="Heading").click()
    ana.page.keyboard.type("Classes")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("They come ")
    ana.page.keyboard.press("Control+b")
    ana.page.keyboard.type("to the girl")
    ana.page.keyboard.press("Control+b")
    ana.page.keyboard.type(". ")
    ana.page.get_by_role("button", name="Found by me").click()
    ana.saved("summary")
    expect(ana.page.locator("#missing")).not_to_contain_text("summary is empty")
    ana.open()
    expect(ana.sheet("summary").locator("h3")).to_have_text("Classes")
    expect(ana.sheet("summary").locator("strong")).to_have_text("to the girl")
    expect(ana.sheet("summary").locator("a[href='#found']")).to_have_text("found by the facilitator")
    assert ana.page.evaluate("Object.keys(localStorage)") == []


def test_a_link_by_the_keyboard_and_undo(desk):
    ana = desk("ana")
    ana.sheet("tools").click()
    ana.page.keyboard.type("Attendance sheet")
    ana.page.clock.fast_forward(1000)  # what is done within half a second is undone together
    ana.page.keyboard.press("Shift+Home")
    ana.page.keyboard.press("Control+k")
    ana.page.get_by_role("textbox", name="Where the link leads").fill("https://tools.example.org")
    ana.page.keyboard.press("Enter")
    expect(ana.sheet("tools").locator("a")).to_have_attribute("href", "https://tools.example.org")
    ana.page.keyboard.press("Control+z")
    expect(ana.sheet("tools").locator("a")).to_have_count(0)
    expect(ana.sheet("tools")).to_have_text("Attendance sheet")
    ana.saved("tools")


def test_selected_words_go_into_a_section_with_their_source(desk):
    ana = desk("ana")
    words = ana.page.locator(".response .body p").last
    words.select_text()
    ana.page.get_by_label("Into").select_option("experiences")
    ana.page.get_by_role("button", name="Take the selected words").click()
    expect(ana.sheet("experiences").locator("h3")).to_have_text("Nepal")
    expect(ana.sheet("experiences").locator("p")).to_have_text("Ninety six girls sat the examination. Chandra Gurung")
    expect(ana.page.locator(".response [data-covered]")).to_be_visible()
    expect(ana.page.get_by_role("button", name="Take it")).to_be_visible()


def test_without_a_connection_the_text_is_kept_also_when_the_window_closes(desk):
    ana = desk("ana")
    ana.page.route("**/sections/events", lambda route: route.abort())
    ana.sheet("events").click()
    ana.page.keyboard.type("A fair in May")
    ana.page.clock.fast_forward(4000)
    expect(ana.page.locator("#events .state")).to_contain_text("no connection", timeout=10_000)
    ana.complaints.clear()  # that the network is gone
    ana.page.on("dialog", lambda asks: asks.accept())
    again = ana.page.context.new_page()
    ana.page.close()
    ana.page = again
    ana.open()
    expect(ana.sheet("events")).to_have_text("A fair in May")
    ana.saved("events")
    ana.open()
    expect(ana.sheet("events")).to_have_text("A fair in May")


def test_two_windows_of_one_person_each_keep_their_own(desk):
    ana = desk("ana")
    ana.page.route("**/sections/training", lambda route: route.abort())
    ana.sheet("training").click()
    ana.page.keyboard.type("A course in Apia")
    names = ana.page.evaluate("Object.keys(localStorage)")
    other = ana.page.evaluate(
        """([name]) => localStorage.setItem(name + "x", JSON.stringify({html: "<p>A course in Suva</p>", base: ""}))""", names
    )
    assert other is None
    ana.page.on("dialog", lambda asks: asks.accept())
    ana.page.unroute("**/sections/training")
    ana.open()
    ana.saved("training")
    ana.open()
    assert sorted(ana.sheet("training").locator("p").all_inner_texts()) == ["A course in Apia", "A course in Suva"]
    assert ana.page.evaluate("Object.keys(localStorage)") == []


def test_two_who_edit_one_section_lose_nothing_and_are_told(desk):
    ana, farid = desk("ana"), desk("farid")
    for one in (ana, farid):
        one.sheet("contacts").click()
    ana.page.keyboard.type("Sina knows")
    ana.saved("contacts")
    farid.page.keyboard.type("Mele knows, too")
    farid.saved("contacts")
    expect(farid.sheet("contacts").locator("p")).to_have_text(["Sina knows", "Mele knows, too"])
    expect(farid.page.locator("#contacts .note")).to_contain_text("changed this section, too")
    farid.page.keyboard.press("Control+Home")
    farid.page.keyboard.type("Perhaps ")
    farid.saved("contacts")
    ana.page.keyboard.press("End")
    ana.page.keyboard.type(" everybody")
    ana.saved("contacts")
    expect(ana.page.locator("#contacts .note")).to_contain_text("Both stand")
    text = ana.sheet("contacts").inner_text()
    assert "Perhaps Sina knows" in text
    assert "Sina knows everybody [[" in text
    assert "Mele knows, too" in text
    expect(ana.page.locator("#missing")).to_contain_text("unresolved")


def test_from_what_is_missing_to_its_place(desk):
    ana = desk("ana")
    ana.sheet("portals").click()
    ana.page.keyboard.type("First")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("Second")
    ana.saved("portals")
    ana.page.locator("#missing").get_by_role("link", name="“Second” has no source.").click()
    ana.page.keyboard.type("The ")
    expect(ana.sheet("portals").locator("p").last).to_have_text("The Second")
    ana.saved("portals")


def test_without_a_script_the_sections_are_saved_by_a_button(stage, begun):
    page = stage.page("ana", java_script_enabled=False)
    page.goto(begun)
    page.locator("#related textarea").fill("<p>Reply 12</p>")
    page.locator("#related").get_by_role("button", name="Save").click()
    expect(page.locator("#related textarea")).to_have_value("<p>Reply 12</p>")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    page.context.close()
