"""Takes the pictures of docs/pictures from a demo that it brings to life in a folder of its own.

    .venv/bin/python tools/pictures.py [FOLDER]

Needs Chromium and pdftoppm (Debian: apt install chromium poppler-utils). With a FOLDER, every page is taken for looking
at: light and dark, at 1280 and 360 pixels.
"""

# ruff: noqa: INP001, S603, S607 - a script, not a package; it runs the demo and pdftoppm

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = {"width": 1280, "height": 860}
# What is shown, by whom, and how one gets there: the path of a page, then links to follow.
PAGES = {
    "conversation": ("member", "/c/mdg/conversations", ["From Kadavu: the pink books, with tea"]),
    "desk": ("facilitator", "/desk", []),
    "held": ("facilitator", "/moderation", []),
    "query": ("facilitator", "/desk", ["Young mothers back in school: what happens on the first Monday?"]),
    "making": ("facilitator", "/desk", ["Who writes down the stillbirths, and where?"]),
    "consolidated-reply": ("member", "/c/mdg/replies/1", []),
    "replies": ("member", "/c/mdg/replies", []),
}
SHOWN = ("conversation", "desk", "held", "query", "making", "consolidated-reply")
LOOKED_AT = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 360)]


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, str]]]:
    """A demo that runs: its address, and one sign-in link each."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        http, lmtp = (f"127.0.0.1:{door.getsockname()[1]}" for door in (one, other))
        one.close()
        other.close()
        words = [sys.executable, "-m", "talanoa.commandline", "demo", "--home", f"{folder}/demo", "--http", http, "--lmtp", lmtp]
        with Path(folder, "said.txt").open("w+") as said:
            process = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                told = ""
                while "Ctrl-C ends it" not in told:
                    assert process.poll() is None, told
                    time.sleep(0.5)
                    told = Path(folder, "said.txt").read_text()
                links = re.findall(r"http://\S+/sign-in/\S+", told)
                yield f"http://{http}", dict(zip(("facilitator", "member"), links, strict=True))
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)


def signed_in(browser: Browser, link: str) -> Page:
    page = browser.new_context(viewport=SIZE, locale="en-GB").new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in here").click()
    return page


def show(page: Page, base: str, path: str, links: list[str]) -> None:
    page.goto(base + path)
    for name in links:
        page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_load_state("networkidle")


def paper(page: Page, base: str, file: Path) -> None:
    """The first page of the PDF of a Consolidated Reply."""
    pdf = page.context.request.get(f"{base}/c/mdg/replies/1/v1.pdf").body()
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "88", "-", file.with_suffix("")], input=pdf, check=True)


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with demo() as (base, links), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        pages = {who: signed_in(browser, link) for who, link in links.items()}
        for name, (who, path, way) in PAGES.items():
            page = pages[who]
            for scheme, width in LOOKED_AT if folder else LOOKED_AT[:1] if name in SHOWN else []:
                page.set_viewport_size({**SIZE, "width": width})
                page.emulate_media(color_scheme=scheme)
                show(page, base, path, way)
                file = folder / f"{name}-{scheme}-{width}.png" if folder else PICTURES / f"{name}.png"
                page.screenshot(path=file, full_page=bool(folder))
        paper(pages["member"], base, (folder or PICTURES) / "paper.png")
        browser.close()


if __name__ == "__main__":
    main()
