"""S3: what strangers mail runs nothing and calls nobody in the browser of who decides on it."""

import os

from plain import Plain

from living import until

# In the browser a third of the attacks on each run; TALANOA_TEST_WHOLE=1 tries all. Their pages are read, all of them, each time.
SOME = 1 if os.environ.get("TALANOA_TEST_WHOLE") else 3


def watched(page, url):
    dialogs, elsewhere, refused = [], [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith((url, "data:")) else elsewhere.append(request.url))
    page.on("console", lambda told: refused.append(told.text) if "Content Security Policy" in told.text else None)
    return dialogs, elsewhere, refused


def circulated(page, url) -> list[str]:
    """conversations of most of what was approved"""
    page.goto(f"{url}/c/other/conversations")
    links = page.eval_on_selector_all(".rows h2 a", "those => those.map(one => one.href)")
    return links if len(links) > 10 / SOME else []


def test_no_page_of_the_desk_holds_anything_that_runs(stage):
    assert len(stage.paths["attacks"]) > 30
    assert {pk: found for pk in stage.paths["attacks"] if (found := [*Plain(stage, "farid", f"{stage.url}/moderation/{pk}").runs()])} == {}


def test_the_desk_survives_the_corpus(stage):
    page = stage.page("farid")
    dialogs, elsewhere, refused = watched(page, stage.url)
    page.goto(f"{stage.url}/moderation", wait_until="networkidle")
    assert len(stage.paths["attacks"]) > 30
    for pk in stage.paths["attacks"][::SOME]:
        page.goto(f"{stage.url}/moderation/{pk}")  # the load event waits for whatever the page asks for
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.goto(page.get_by_role("link", name="The original mail").evaluate("link => link.href"))
    page.goto(f"{stage.url}/log", wait_until="networkidle")
    # Nothing reached the second line of defence either: the pages themselves hold nothing that runs.
    assert (dialogs, elsewhere, refused) == ([], [], [])


def test_circulated_the_corpus_is_as_harmless(stage):
    page = stage.page("farid")
    dialogs, elsewhere, refused = watched(page, stage.url)
    for pk in stage.paths["attacks"][:3] + stage.paths["attacks"][-20::SOME]:
        page.goto(f"{stage.url}/moderation/{pk}")
        if page.get_by_role("button", name="Approve", exact=True).count():
            page.get_by_role("button", name="Approve", exact=True).click()
    links = until(lambda: circulated(page, stage.url), 60, pause=0.5)
    for link in links:
        page.goto(link)
    page.wait_for_load_state("networkidle")
    assert (dialogs, elsewhere, refused) == ([], [], [])
