"""The mail door as a process of its own, and a client that counts replies.

    with Door(tmp_path) as door:
        with door.client() as client:
            client.send(mail, to=["mdg@lists.example.org"])   # the replies, one for each accepted recipient
        door.kept()                                            # what stands in the database

The door is a process because it is killed, starved and locked out. Its database is the
one that TALANOA_TEST_DB names: an SQLite file, or a new PostgreSQL database.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
import uuid
from pathlib import Path
from typing import NamedTuple, Self

import tables

OURS = "mdg@lists.example.org"
SETTLED = 30.0  # seconds in which everything but a locked database must be over

_PROGRAM = """
import os, sys, signal, threading
import django
django.setup()
{before}
from talanoa.commandline import logs
from talanoa.mailroom import lmtp, keeping, session, wire
logs.set_up()
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
def ready(at):
    print(at[1], flush=True)
{after}
lmtp.serve("127.0.0.1", int(sys.argv[1]), stop=stop, ready=ready)
"""


class Kept(NamedTuple):
    """One row of the received mail, with its bytes."""

    number: int
    recipient: str
    sender: str
    content: bytes


class Fate(NamedTuple):
    """What became of one received mail."""

    number: int
    state: str
    fate: str
    note: str
    seconds: float


class Door:
    """A running mail door with a database of its own and the communities mdg and health.

    `before` and `after` are lines of Python for the process, before and after the door's modules are
    imported; `wrapper` is a command that runs it (strace); `home` puts the state folder elsewhere.
    """

    def __init__(
        self,
        place: Path,
        *,
        before: str = "",
        after: str = "",
        wrapper: tuple[str, ...] = (),
        home: Path | None = None,
        max_mail_mb: int = 25,
        url: str | None = None,
        wait: bool = True,
    ) -> None:
        self.home = home or place / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.errors = place / "door.log"
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self._program = _PROGRAM.format(before=textwrap.dedent(before), after=textwrap.dedent(after))
        self._wrapper = wrapper
        self._wait = wait
        self._drop = url is None and os.environ.get("TALANOA_TEST_DB") == "postgresql"
        self.url = _new_database(self.home) if url is None else url
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TALANOA_")},
            "DJANGO_SETTINGS_MODULE": "talanoa.settings",
            "TALANOA_HOME": str(self.home),
            "TALANOA_DATABASE_URL": self.url,
            "TALANOA_MAIL_DOMAIN": "lists.example.org",
            "TALANOA_LOG": "warning",
            "TALANOA_MAX_MAIL_MB": str(max_mail_mb),
            "TALANOA_SECRET_KEY": "for tests alone, and nothing else at all",
        }

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        if self._drop:
            tables.drop(self.url)

    def open(self) -> None:
        """Start the process, on the port it had if it had one."""
        with self.errors.open("a") as errors:
            self.process = subprocess.Popen(
                [*self._wrapper, sys.executable, "-c", self._program, str(self.port)],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        if self._wait:
            line = self.process.stdout.readline()
            assert line, f"the door did not open: {self.errors.read_text()[-2000:]}"
            self.port = int(line)

    def close(self) -> int | None:
        """SIGTERM, and SIGKILL where that does not help; the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self.process.wait(SETTLED)
            except subprocess.TimeoutExpired:
                self.kill()
        code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL: the process has no say in it."""
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def _signal(self, number: int) -> None:
        # The group, for under strace the door is a child of the process that was started.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def client(self, **more) -> Client:
        return Client(self.port, **more)

    def kept(self) -> list[Kept]:
        """What is in the database, read by a connection of our own."""
        return [
            Kept(number, recipient, sender, bytes(content))
            for number, recipient, sender, content in self.query(
                "SELECT r.id, r.recipient, r.envelope_sender, w.content FROM mail_received r JOIN mail_raw w ON w.digest = r.raw_id ORDER BY r.id"
            )
        ]

    def query(self, sql: str) -> list[tuple]:
        if self.url.startswith("postgresql"):
            import psycopg

            with psycopg.connect(self.url) as database:
                return database.execute(sql).fetchall()
        with contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)) as database:
            return database.execute(sql).fetchall()

    def sort(self, *, twins: int = 1, approve: bool = False) -> list[Fate]:
        """Let workers walk everything that was kept, until nothing waits; every mail's fate, in order of arrival.

        `approve` lets all that was held walk on with a clearance.
        """
        command = [sys.executable, "-c", _SORT, "approve" if approve else ""]
        workers = [subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True) for _ in range(twins)]
        told = [worker.communicate(timeout=600)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0] * twins, "a worker died"
        seconds = {number: took for one in told for number, *_, took in json.loads(one.splitlines()[-1]) if took}
        return [Fate(*row, seconds.get(row[0], 0.0)) for row in self.query("SELECT id, state, fate, note FROM mail_received ORDER BY id")]

    @property
    def memory(self) -> dict[str, int]:
        """Resident memory in MiB: now, and the most there has been."""
        words = Path(f"/proc/{self.process.pid}/status").read_text().split()
        return {name: int(words[words.index(f"{name}:") + 1]) // 1024 for name in ("VmRSS", "VmHWM")}


class Client:
    """An LMTP client that is as exact, or as rude, as a test wants it."""

    def __init__(self, port: int, *, timeout: float = SETTLED, greet: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.file = self.socket.makefile("rb")
        if greet:
            try:
                assert self.reply().startswith("220 ")
                assert self.ask("LHLO client.example").startswith("250")
            except (AssertionError, OSError, IndexError):
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> str:
        """One reply, its lines joined; "" when the door has hung up."""
        lines = []
        while line := self.file.readline().decode():
            assert line.endswith("\r\n"), line
            lines.append(line[:-2])
            if line[3] == " ":
                break
        return "\n".join(lines)

    def replies(self, count: int) -> list[str]:
        return [self.reply() for _ in range(count)]

    def ask(self, command: str | bytes) -> str:
        self.write((command if isinstance(command, bytes) else command.encode()) + b"\r\n")
        return self.reply()

    def silent(self, seconds: float = 0.2) -> bool:
        """Whether the door says nothing more than it should."""
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv(1)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(SETTLED)

    def hand_in(self, *to: str, sender: str = "ben@people.example") -> list[str]:
        """MAIL, RCPT for each, DATA up to 354, pipelined; the replies to RCPT."""
        self.write(b"".join(f"{line}\r\n".encode() for line in (f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{one}>" for one in to), "DATA")))
        first = self.reply()
        assert first.startswith("250"), first
        answers = self.replies(len(to))
        go = self.reply()
        assert go.startswith("354") == any(one.startswith("250") for one in answers), go
        return answers

    def send(self, mail: bytes, to: tuple[str, ...] | list[str] = (OURS,), sender: str = "ben@people.example") -> list[str]:
        """A whole mail; the reply for each recipient that was accepted."""
        accepted = sum(one.startswith("250") for one in self.hand_in(*to, sender=sender))
        self.write(doubled(mail) + (b".\r\n" if mail.endswith(b"\r\n") or not mail else b"\r\n.\r\n"))
        return self.replies(accepted)


def doubled(mail: bytes) -> bytes:
    """Dots at the beginnings of lines doubled (RFC 5321 4.5.2)."""
    return (b"." if mail.startswith(b".") else b"") + mail.replace(b"\r\n.", b"\r\n..")


def mail(text: str = "Who counts the births?", *, number: object = None, size: int = 0) -> bytes:
    """A mail like no other, of at least `size` bytes."""
    number = uuid.uuid4().hex if number is None else number
    head = (
        f"From: Ben Okafor <ben@people.example>\r\nTo: {OURS}\r\nSubject: Village nurses\r\n"
        f"Date: Mon, 02 Mar 2026 09:29:00 +0000\r\nMessage-ID: <{number}@people.example>\r\n\r\n{text}\r\n"
    ).encode()
    line = b"Every village nurse keeps a book, and nobody has ever asked for it.  \r\n"
    return head + line * (max(0, size - len(head)) // len(line) + 1 if size else 0)


# As a worker does it, but for waiting: a mail that is to be tried later is tried at once.
_SORT = """
import json, sys, time
import django
django.setup()
from datetime import timedelta
from talanoa.commandline import logs
from talanoa.mail.models import Received
from talanoa.mail.reading.sandbox import Reader
from talanoa.mailroom.worker import Sorter, now
from talanoa.moderation import actions, lookups
logs.set_up()
sorter = Sorter(Reader(trusted_authserv="mx.lists.example.org"))
seconds = {}
sort = sorter._sort
def timed(pk):
    began = time.monotonic()
    sort(pk)
    seconds[pk] = max(seconds.get(pk, 0), time.monotonic() - began)
sorter._sort = timed
def drain():
    hours = 0
    while sorter.step(now() + timedelta(hours=hours)) or Received.objects.filter(state="waiting").exists():
        hours += 1
        assert hours < 3000, "something waits for ever"
drain()
if sys.argv[1] == "approve":
    for held in lookups.all_waiting():
        actions.approve(held, by=None, at=now())
    drain()
sorter.reader.close()
print(json.dumps([[*row, seconds.get(row[0], 0.0)] for row in Received.objects.order_by("pk").values_list("pk", "state", "fate", "note")]))
"""

_PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import UTC, datetime
from talanoa.communities.actions import appoint, found, join
from talanoa.people.actions import introduce
at = datetime(2026, 1, 5, tzinfo=UTC)
people = [introduce(f"{name}@people.example", at=at, name=name.title()) for name in ("ana", "ben", "chandra")]
for slug in ("mdg", "health"):
    community = found(slug, name=slug.upper(), address=f"{slug}@lists.example.org", at=at, first_posts_held=0)
    for person in people:
        join(community, person, at=at)
    appoint(community, people[0], "facilitator", at=at)
from django.db import connection
if connection.vendor == "sqlite":
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
connection.close()
"""
@functools.cache
def _furnished() -> str:
    """A prepared database, to be copied."""
    place = Path(os.environ["TALANOA_HOME"]) / "door-model"
    url = tables.new_database(place)
    prepare(url, place)
    return url


def _new_database(home: Path) -> str:
    if os.environ.get("TALANOA_TEST_DB") == "postgresql":
        return tables.create(template=_furnished())
    shutil.copy(_furnished().removeprefix("sqlite:///"), home / "talanoa.sqlite3")
    return f"sqlite:///{home / 'talanoa.sqlite3'}"


def prepare(url: str, home: Path) -> None:
    """Make the tables and the communities in an empty database."""
    subprocess.run(
        [sys.executable, "-c", _PREPARE],
        env={**os.environ, "TALANOA_DATABASE_URL": url, "TALANOA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "talanoa.settings"},
        check=True,
    )


def wait_until(true, seconds: float = SETTLED) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.01)
