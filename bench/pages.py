"""How quickly pages are answered: a conversation of 50 letters, signed in, two web processes, loopback.

    .venv/bin/python bench/pages.py [SECONDS]

Needs wrk. Prints for each page the median with one request at a time, the median and 99th percentile and
the requests a second with eight at once, the processor time of the server for a request (which other
work on the machine disturbs least), the bytes on the wire, and the ratio to an empty Django view that the
same server answers in the same run.
"""

import gzip
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

WORDS = (
    "births island nurse register village training indicator report women health clinic midwife census district survey "
    "school water girls evidence women's committee monthly figures between outer province ministry budget data share"
).split()


def prose(seed: int, sentences: int) -> str:
    """Plain words that compress about as words do."""
    made = []
    for number in range(sentences):
        picked = [WORDS[(seed * 7919 + number * 104729 + place * 611953) % 8191 % len(WORDS)] for place in range(14)]
        made.append(" ".join(picked).capitalize() + f" {seed * 31 + number}.")
    return "\n\n".join(" ".join(made[start : start + 4]) for start in range(0, len(made), 4))


def furnish() -> dict[str, str]:
    """A community, 40 members, a conversation of 50 letters, a session; through the verbs."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from talanoa.communities import actions as communities
    from talanoa.conversations.actions import record, release
    from talanoa.conversations.archives import Archived, said
    from talanoa.conversations.models import Post
    from talanoa.mail.reading import parsing
    from talanoa.people import actions as people

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    begun = now - timedelta(days=20)
    with transaction.atomic():
        mdg = communities.found("mdg", name="MDG Pacific", address="mdg@lists.example.org", at=begun)
        members = []
        for number in range(40):
            person = people.introduce(
                f"member{number}@people.example",
                at=begun,
                name=f"Member {number} of Many",
                role="Health information officer",
                organisation=f"Ministry of Health {number}",
                country=("FJ", "WS", "TO", "NP", "BT", "PG", "KH")[number % 7],
                timezone="Pacific/Fiji",
            )
            communities.join(mdg, person, at=begun)
            members.append(person)
        letters = []
        for number in range(50):
            author = members[number * 7 % 40]
            reply = "In-Reply-To: <letter-0@people.example>\r\n" if number else ""
            quoted = "\r\n\r\nOn Monday somebody wrote:\r\n> " + prose(number - 1, 3).replace("\n", "\r\n> ") if number % 2 else ""
            raw = (
                f"From: {author.name} <member{number * 7 % 40}@people.example>\r\nTo: mdg@lists.example.org\r\n"
                f"Subject: {'Re: ' if number else ''}Counting births without a midwife\r\n{reply}"
                f"Message-ID: <letter-{number}@people.example>\r\n\r\n" + prose(number, 9).replace("\n", "\r\n") + quoted + "\r\n"
            ).encode()
            at = begun + timedelta(hours=number)
            letters.append(Archived(said(parsing.read(raw), "en"), f"<letter-{number}@people.example>", author.pk, author.name, at, None, 0))
        record(letters, community=mdg, at=now)
        release(mdg)
        post = Post.objects.latest("number")
        token = people.make_sign_in_link(members[0].addresses.get(), source="bench", at=now)
        _person, session = people.sign_in(token, agent="bench", at=now)
    return {
        "session": session,
        "conversation of 50": f"/c/mdg/conversations/{post.conversation_id}",
        "one message": f"/c/mdg/m/{post.key}",
        "community": "/c/mdg",
        "conversations": "/c/mdg/conversations",
        "members": "/c/mdg/members",
        "profile": "/me",
        "healthz": "/healthz",
    }


EMPTY = """
from django.conf import settings
settings.configure(SECRET_KEY="x" * 50, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("ok"))]
application = get_wsgi_application()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{url} does not answer.")


def measured(url: str, cookie: str, *, connections: int, seconds: int) -> tuple[float, float, float]:
    """Median and 99th percentile in milliseconds, and requests a second."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", f"Cookie: talanoa={cookie}", "-H", "Accept-Encoding: gzip", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in told:
        sys.exit(told)

    def latency(percent: str) -> float:
        number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", told).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return latency("50"), latency("99"), float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def processor_seconds(server: subprocess.Popen) -> float:
    """What a server and its processes have used so far."""
    mother = psutil.Process(server.pid)
    return sum(sum(one.cpu_times()[:2]) for one in [mother, *mother.children(recursive=True)])


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if not shutil.which("wrk"):
        sys.exit("This benchmark needs wrk (Debian: apt install wrk).")
    home = Path(tempfile.mkdtemp(prefix="talanoa-bench-"))
    port, empty_port = free_port(), free_port()
    os.environ |= {
        "TALANOA_HOME": str(home),
        "TALANOA_HTTP": f"127.0.0.1:{port}",
        "TALANOA_WEB_WORKERS": "2",
        "TALANOA_LOG": "warning",
        "TALANOA_SECRET_KEY": secrets.token_urlsafe(40),
        "DJANGO_SETTINGS_MODULE": "talanoa.settings",
    }
    pages = furnish()
    session = pages.pop("session")
    (home / "empty_page.py").write_text(EMPTY)
    tools = Path(sys.executable).parent
    servers = [
        subprocess.Popen([tools / "talanoa", "web"]),
        subprocess.Popen(
            [tools / "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(empty_port), "--workers", "2", "--log-level", "warning", "empty_page:application"],
            cwd=home, env=os.environ | {"PYTHONPATH": str(home)},
        ),
    ]  # fmt: skip
    try:
        reference = f"http://127.0.0.1:{empty_port}/"
        wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_for(reference)
        print(f"{'page':<20}{'alone ms':>10}{'8 at once ms':>14}{'99 % ms':>9}{'requests/s':>12}{'CPU ms':>8}{'wire bytes':>12}{'of empty':>10}")
        base = 0.0
        of_pages, of_nothing = servers
        for name, url in [("empty Django view", reference)] + [(n, f"http://127.0.0.1:{port}{p}") for n, p in pages.items()]:
            asked = urllib.request.Request(url, headers={"Cookie": f"talanoa={session}", "Accept-Encoding": "gzip"})
            with urllib.request.urlopen(asked) as answer:
                wire = answer.read()
                if name.startswith("conversation of"):
                    assert gzip.decompress(wire).count(b"<article") == 50
            measured(url, session, connections=4, seconds=1)  # warm
            alone, _, _ = measured(url, session, connections=1, seconds=seconds)
            server = of_nothing if url == reference else of_pages
            used = processor_seconds(server)
            median, slow, rate = measured(url, session, connections=8, seconds=seconds)
            used = (processor_seconds(server) - used) / (rate * seconds) * 1000
            base = base or used
            print(f"{name:<20}{alone:>10.2f}{median:>14.2f}{slow:>9.1f}{rate:>12.0f}{used:>8.2f}{len(wire):>12}{used / base:>9.1f}x")
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
