"""W1: a consultation without a mouse: reach a passage, comment it, propose a wording, and answer as the facilitator in the matrix."""

import pytest
from test_keyboard import focus


def follow(page, words: str) -> None:
    """Tab to something and press Enter; the focus is somewhere afterwards, and not at the top of a page without an end."""
    focus(page, words)
    page.keyboard.press("Enter")


def holder(page) -> str:
    """What has the focus: the name of its element, or of the field."""
    return page.evaluate("() => document.activeElement.id || document.activeElement.tagName")


@pytest.mark.timeout(240)
def test_commenting_and_answering_without_a_mouse(stage):
    page = stage.page("noa")
    page.goto(f"{stage.url}/c/mdg/consultations")
    follow(page, "Rural water policy")
    page.wait_for_url("**/consultations/1")
    follow(page, "Comment on 2")
    page.wait_for_url("**on=2**")
    page.wait_for_function("() => document.activeElement.id === 'text'", timeout=5_000)  # one types at once
    page.keyboard.type("Once a year is too seldom.")
    page.keyboard.press("Tab")
    assert holder(page) == "proposed"
    page.keyboard.type("Each district publishes it twice a year.")
    follow(page, "Send the comment")
    page.wait_for_url("**#p2")
    page.get_by_text("Thank you. Your comment is kept").wait_for()
    # The focus goes on from the passage, not from the top of the page.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.passage')?.id") == "p2"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    follow(page, "#3")
    page.wait_for_url("**/comments/3")
    assert "Once a year is too seldom." in page.content()
    assert "twice a year" in page.content()

    page = stage.page("ana")
    page.goto(f"{stage.url}/c/mdg/consultations/1/matrix?on=2")
    focus(page, "#3")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "#3"
    page.keyboard.press("Space")
    focus(page, "What becomes of them")
    page.keyboard.type("accepted with")
    focus(page, "Answer; each commenter")
    page.keyboard.type("Twice, from next year on.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Answered: #3.").wait_for()
    assert "Twice, from next year on." in page.content()
    # Whoever goes on with Tab begins at the link that leads past the menu.
    page.keyboard.press("Tab")
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none"
