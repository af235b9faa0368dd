"""`talanoa demo`: a newcomer plays the whole exchange in the browser."""

import http.cookiejar
import os
import re
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from living import TALANOA, free_port, until


class Demo:
    """The demo as a newcomer starts it, and a browser."""

    def __init__(self, home):
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lmtp = f"127.0.0.1:{free_port()}"
        self.process = None
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def start(self):
        words = ["demo", "--home", str(self.home), "--http", f"127.0.0.1:{self.port}", "--lmtp", self.lmtp]
        # Whatever is set for a real Talanoa on the machine must not reach the demo.
        environ = os.environ | {"TALANOA_DATABASE_URL": "postgresql://nowhere.example/real"}
        with (self.home.parent / "said.txt").open("w") as out:
            self.process = subprocess.Popen(
                [*TALANOA, *words], stdout=out, stderr=subprocess.STDOUT, env=environ, start_new_session=True
            )
        until(lambda: "Ctrl-C ends it" in self.said() or self.process.poll() is not None, 180)
        assert self.process.poll() is None, self.said()
        return self.said()

    def said(self):
        return (self.home.parent / "said.txt").read_text()

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            assert self.process.wait(120) == 0  # parts may take 45 s for what is in flight
        return self.process.returncode

    def get(self, path):
        return self.opener.open(self.url + path).read().decode()

    def send(self, path, **fields):
        page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        return self.opener.open(urllib.request.Request(self.url + path, body)).read().decode()

    def box(self, address):
        """The subjects in a mailbox with their pages, the latest first."""
        return re.findall(r'<h3 dir="auto"><a href="([^"]+)">([^<]+)</a>', self.get(f"/post-office/{address}/"))


@pytest.fixture
def demo(tmp_path):
    made = Demo(tmp_path / "demo")
    yield made
    if made.process and made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()


MEREONI, ANJALI = "mereoni.vakalala@health.example", "anjali.devandra@exchange.example"
SINA, PEMA = "sina.tuilaepa-faleafa@nurses.example", "pema.choden.lhawang@health.example"


@pytest.mark.timeout(400)
def test_a_newcomer_plays_the_whole_exchange(demo):
    said = demo.start()
    facilitator, _member = re.findall(rf"{demo.url}(/sign-in/\S+)", said)

    # Copies of the last days have come; one is read and answered; the answer reaches the others.
    letters = until(lambda: demo.box(MEREONI))
    page, subject = letters[0]
    assert subject.startswith("[mdg]")
    shown = demo.get(page)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in shown
    to = re.findall(r'name="to" value="([^"]+)"', shown)
    assert to[0] == "mdg@lists.talanoa.example"
    assert "on its way" in demo.send(page, text="We shall try this on Koro.", to=to[0], quote="on")
    copy = until(lambda: next((one for one in demo.box(PEMA)[:1] if "We shall try this on Koro." in demo.get(one[0])), None), 60)

    # The author alone can be answered too; that stays between the two.
    demo.send(page, text="Between us: bravo.", to=to[1])
    until(lambda: "Re: " in demo.box(to[1])[0][1])

    # An address that is not there is refused in words.
    assert "is not an address here" in demo.send(f"/post-office/{SINA}/write", to="nobody@lists.talanoa.example", subject="?", text="Hello")

    # A newcomer's letter is held, she gets a receipt, and the facilitator approves it.
    demo.send(f"/post-office/{SINA}/write", to="counting@lists.talanoa.example", subject="Two registers", text="Which one is right?")
    until(lambda: any("Two registers" in subject for _, subject in demo.box(SINA)[:3]))
    demo.send(facilitator)
    desk = until(lambda: re.search(r'href="(/moderation/\d+)">Training of village nurses', demo.get("/moderation")))
    assert "What do you teach village nurses" in demo.get(desk[1])
    assert "Two registers" in demo.get("/moderation")

    # A Consolidated Reply is issued again, and its PDF comes with the mail.
    assert "Version 2 is on its way" in demo.send("/queries/1/reply/issue", expects="2")
    found = until(lambda: next((one for one in demo.box(PEMA)[:5] if "Consolidated Reply 1" in one[1]), None), 60)
    assert "consolidated-reply-1-v2.pdf" in demo.get(found[0])

    # The mailed sign-in link works, as the printed one did.
    demo.jar.clear()
    demo.send("/sign-in", address=MEREONI)
    found = until(lambda: [one for one in demo.box(MEREONI) if "[mdg]" not in one[1] and not one[1].startswith("Re:")])[0]
    link = re.search(rf"{demo.url}(/sign-in/[\w-]+)", demo.get(found[0]))[1]
    assert "Your communities" in demo.send(link)

    # It stops cleanly, and goes on with what is there.
    assert demo.stop() == 0
    before = time.monotonic()
    again = demo.start()
    assert "comes to life" not in again
    assert time.monotonic() - before < 60
    assert copy[1] in [subject for _, subject in demo.box(PEMA)[:5]]
    assert demo.stop() == 0


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path):
    (tmp_path / "talanoa.sqlite3").write_text("somebody's real community")
    done = subprocess.run([*TALANOA, "demo", "--home", str(tmp_path), "--reset"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "holds something other than a demo" in done.stderr
    assert (tmp_path / "talanoa.sqlite3").read_text() == "somebody's real community"
