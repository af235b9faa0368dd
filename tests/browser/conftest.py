"""A whole Talanoa, a world within it, and a real browser before it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from living import House

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
LACKING = "No Chromium is on this machine; pages are not looked at (Debian: apt install chromium)."


def lacking(sentence: str):
    """A skip with a sentence; where everything must be there, a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        lacking(LACKING)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("The package playwright is missing; pages are not looked at.")
    # Playwright leaves a loop in this thread, stopped between its calls; Django would refuse every test that comes after.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Stage:
    """The house with its world: paths of its pages, and browsers for its people."""

    def __init__(self, house: House, chromium) -> None:
        self.house, self.chromium = house, chromium
        self.url = house.url
        told = subprocess.run(
            [sys.executable, Path(__file__).parent / "furnish.py"], env=house.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert told.returncode == 0, told.stderr
        self.paths = json.loads(told.stdout.splitlines()[-1])
        self.cookies: dict[str, dict] = {}

    def link(self, name: str) -> str:
        """A fresh sign-in link; the first was made with the world, which spares a process."""
        if path := self.paths["links"].pop(name, ""):
            return self.url + path
        words = self.house.command("login-link", f"{name}@people.example").split()
        return next(word for word in words if "/sign-in/" in word)

    def cookie(self, name: str) -> str:
        """What the browser of somebody who is signed in sends."""
        if name not in self.cookies:
            self.page(name).context.close()
        return f"{self.cookies[name]['name']}={self.cookies[name]['value']}"

    def page(self, name: str | None = None, **more):
        """A page of a fresh browser, cold of cache, in which somebody is signed in."""
        context = self.chromium.new_context(**({"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | more))
        if name:
            if name not in self.cookies:
                page = context.new_page()
                page.goto(self.link(name))
                page.get_by_role("button", name="Sign in here").click()
                page.wait_for_load_state()
                self.cookies[name] = next(one for one in context.cookies() if one["name"] == "talanoa")
            context.add_cookies([self.cookies[name]])
        return context.new_page()


@pytest.fixture(autouse=True)
def _leave_no_window_open(request):
    """A browser that gathers a hundred windows grows slow."""
    yield
    if "chromium" in request.fixturenames:
        for context in request.getfixturevalue("chromium").contexts:
            context.close()


@pytest.fixture(scope="session")
def stage(chromium, tmp_path_factory):
    with House(tmp_path_factory.mktemp("house")) as house:
        made = Stage(house, chromium)
        house.start()
        yield made
