"""A whole Talanoa as processes: `talanoa serve` with a state folder of its own, as an administrator runs it.

    with House(folder, smtp_url=office.url) as house:
        house.command("community", "create", "mdg", …)      # `talanoa …`; raises with its sentence if it fails
        house.start()
        house.take(raw, to="mdg@lists.example.org")          # by LMTP; returns the replies
"""

import contextlib
import json
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import tables

TALANOA = [sys.executable, "-m", "talanoa.commandline"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(question, seconds=60.0, pause=0.05):
    """Wait until `question()` is true and return its answer; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(pause)
    raise AssertionError(f"waited {seconds} s in vain for {question.__doc__ or question}")


class House:
    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.http, self.lmtp = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        self.database = ""
        self.settings = {
            "TALANOA_HOME": str(folder / "home"),
            "TALANOA_MAIL_DOMAIN": "lists.example.org",
            "TALANOA_BASE_URL": self.url,
            "TALANOA_LOG": "info",
            **{f"TALANOA_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.process: subprocess.Popen | None = None

    def __enter__(self):
        if "TALANOA_DATABASE_URL" in self.settings:
            self.command("migrate")
        else:
            self.database = tables.new_database(self.folder / "home")
            if not self.database.startswith("sqlite"):  # that one lies where the house looks by itself
                self.settings["TALANOA_DATABASE_URL"] = self.database
        return self

    def __exit__(self, *_):
        self.stop()
        if self.database:
            tables.drop(self.database)

    @property
    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TALANOA_", "DJANGO_"))}
        return {**kept, **self.settings}

    def command(self, *words, expect=0) -> str:
        """Run `talanoa WORDS…`; returns standard output."""
        done = subprocess.run([*TALANOA, *words], env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, f"talanoa {' '.join(words)}: {done.returncode} {done.stdout} {done.stderr}"
        return done.stdout if expect == 0 else done.stderr

    def lines(self, *words) -> list[dict]:
        """The JSON lines that a command prints."""
        return [json.loads(line) for line in self.command(*words, "--json").splitlines()]

    def received(self, message_id: str) -> dict | None:
        """The last mail with this Message-ID, once it has a fate: its number, state, fate; without the second that a command takes."""
        return self._sorted("message_id", message_id)

    def about(self, subject: str) -> dict | None:
        """The same by its subject."""
        return self._sorted("subject", subject)

    def _sorted(self, column: str, value: str) -> dict | None:
        asked = f"SELECT id, state, fate, message_id FROM mail_received WHERE {column} = %s AND fate <> '' ORDER BY id DESC LIMIT 1"
        if self.database.startswith("postgres"):
            import psycopg

            with psycopg.connect(self.database) as there:
                row = there.execute(asked, [value]).fetchone()
        else:
            with contextlib.closing(sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=30)) as there:
                row = there.execute(asked.replace("%s", "?"), [value]).fetchone()
        return dict(zip(("id", "state", "fate", "message_id"), row, strict=True)) if row else None

    def start(self, *words):
        """Run `talanoa serve` (or `talanoa WORDS…`) and wait until both doors answer."""
        words = words or ("serve", "--http", f"127.0.0.1:{self.http}", "--lmtp", f"127.0.0.1:{self.lmtp}")
        self.log = (self.folder / "serve.log").open("ab")
        self.process = subprocess.Popen([*TALANOA, *words], env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True)
        if words[0] == "serve":
            until(self.answers, 30)
        return self

    def answers(self):
        """both doors answer"""
        assert self.process.poll() is None, (self.folder / "serve.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.lmtp), 1).close()
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as page:
                return page.status == 200
        except OSError:
            return False

    def stop(self, number=signal.SIGTERM, seconds=30.0) -> int | None:
        if self.process is None:
            return None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(seconds)
        finally:
            # Whatever happened, no part outlives the test.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.log.close()

    def take(self, raw: bytes, *, to="mdg@lists.example.org", sender="m3@members.example") -> dict:
        """Hand a mail to the LMTP door; returns what was refused, by recipient."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as door:
            return door.sendmail(sender, [to] if isinstance(to, str) else to, raw)

    def members(self, slug: str, count: int, *, address="m{}@members.example") -> list[str]:
        """Make so many people members of a community through the import; returns their addresses."""
        addresses = [address.format(number) for number in range(count)]
        file = self.folder / "members.csv"
        file.write_text("address,name,country\n" + "".join(f"{one},Member {n},FJ\n" for n, one in enumerate(addresses)))
        self.command("members", "import", slug, str(file))
        return addresses
