"""W1: the daily work without a mouse, and without scripts."""

import re
import time

import pytest

PRESSES = 80


def focus(page, words: str) -> None:
    """Press Tab until the element that says these words has the focus; it must be seen to have it."""
    for _ in range(PRESSES):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => { const one = document.activeElement;
            return [(one.labels && one.labels.length ? one.labels[0].innerText : one.innerText || one.value || '').trim(),
                    getComputedStyle(one).outlineStyle] }"""
        )
        if name.startswith(words):
            assert outline != "none", f"the focus on {words!r} is not seen"
            return
    pytest.fail(f"Tab does not lead to {words!r} on {page.url}")


def until(question, seconds: float = 15.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := question():
            return found
        time.sleep(0.1)
    return None


def test_signing_in(stage):
    page = stage.page()
    page.goto(stage.url)
    focus(page, "Skip to the text")
    focus(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
    focus(page, "Your e-mail address")
    page.keyboard.type("chandra@people.example")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    page.goto(stage.link("chandra"))
    focus(page, "Sign in here")
    page.keyboard.press("Enter")
    page.get_by_text("Chandra Gurung").first.wait_for()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_posting(stage, scripts):
    page = stage.page("ben", java_script_enabled=scripts) if scripts else stage.page("ben", java_script_enabled=False)
    page.goto(f"{stage.url}/c/mdg/write")
    if scripts:
        focus(page, "Subject")
    else:  # without scripts nothing can ask where the focus is; the labels lead there
        page.get_by_label("Subject").focus()
    page.keyboard.type(f"Written by hand, scripts {scripts}")
    page.keyboard.press("Tab")
    page.keyboard.type("Dear all,\n\nno mouse was used.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/*")

    def gone_out():
        if not scripts:
            page.reload()
        return page.get_by_role("heading", name="Your letter has gone out").count()

    assert until(gone_out), page.content()
    page.get_by_role("link", name="Read it").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/m/*")
    page.get_by_text("no mouse was used.").wait_for()


def test_moderating(stage):
    page = stage.page("ana")
    page.goto(f"{stage.url}/moderation")
    focus(page, "Read")
    page.keyboard.press("Enter")
    page.wait_for_url("**/moderation/*")
    focus(page, "Edit, then approve")
    page.keyboard.press("Enter")
    focus(page, "Words to circulate")
    focus(page, "Approve this wording")
    focus(page, "Reject with a letter")
    page.goto(stage.url + stage.paths["held"])
    focus(page, "Approve")
    page.keyboard.press("Enter")
    page.get_by_text("Approved. It goes out to the members now.").wait_for()


def test_changing_how_mail_comes(stage):
    page = stage.page("ben")
    page.goto(f"{stage.url}/c/mdg/delivery")
    focus(page, "Every message as it comes")
    page.keyboard.press("ArrowDown")
    focus(page, "Save")
    page.keyboard.press("Enter")
    page.get_by_text("Saved. It holds from the next message on.").wait_for()
    assert page.get_by_label("One mail a day").is_checked()


def test_finding_saving_a_search_and_ending_it(stage):
    page = stage.page("chandra")
    page.goto(f"{stage.url}/c/mdg/search")
    focus(page, "Words")
    page.keyboard.type("births")
    page.keyboard.press("Enter")
    page.locator("mark").first.wait_for()
    focus(page, "New ones to me")
    page.keyboard.press("ArrowDown")
    focus(page, "Tell me")
    page.keyboard.press("Enter")
    page.get_by_text("once a week").wait_for()
    focus(page, "A link for a feed reader")
    page.keyboard.press("Enter")
    page.get_by_label("For your feed reader").wait_for()
    focus(page, "End")
    page.keyboard.press("Enter")
    page.get_by_text("You are told no more of it").wait_for()


def test_the_log_is_searched_while_one_types(stage):
    page = stage.page("ana")
    page.goto(f"{stage.url}/log")
    focus(page, "Words of the sender or subject")
    page.keyboard.type("A long exchange")
    page.wait_for_url(re.compile(r"q=A(\+|%20)long(\+|%20)exchange"))
    assert page.locator("#rows h2").first.inner_text().endswith("A long exchange")
