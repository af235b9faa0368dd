"""A fan-out with faults, and the ledger by which it is judged (Jepsen's total-queue).

    with Campaign(folder, deliveries=3000, workers=2) as campaign:
        campaign.kill(10)
        campaign.drain()
        campaign.judge()

`must` is what the plan says, `delivered` what the sink wrote down before it answered.
Lost is what must be and was neither delivered nor given up; unexpected is what was
delivered and nobody planned. A copy too many is allowed only where a killed worker
had it in flight, by its own journal, which is read after its death (O2).
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import tables

HERE = Path(__file__).parent
WINDOW = 16  # copies that one worker may have in flight
PREPARE = """
import sys
import django; django.setup()
from datetime import UTC, datetime
from django.db import transaction
from talanoa.mail.sending import writing
from talanoa.mail.actions import Recipient, enqueue
slot, mid, at = writing.UNSUBSCRIBE_SLOT.decode(), writing.message_id(), datetime.now(UTC)
composed = writing.compose(headers=[
    ("From", "mdg@lists.example.org"), ("To", "mdg@lists.example.org"), ("Subject", "A post"), ("Date", writing.date(at)),
    ("Message-ID", mid), ("List-Unsubscribe", f"<https://lists.example.org/leave/{slot}>"),
], text="Dear members\\n" * 40)
with transaction.atomic():
    enqueue(composed, message_id=mid, bounces_to="mdg", lane=1, at=at,
            recipients=[Recipient(f"m{n}@d{n % 20}.example.org", n) for n in range(int(sys.argv[1]))])
"""


@dataclass
class Verdict:
    """The ledger, added up."""

    lost: set[str]
    unexpected: set[str]
    extras: int
    unexplained: dict[str, int]  # copies too many that no kill explains
    most_in_flight: int
    states: Counter[str]
    message_ids: int
    kills: int

    def holds(self) -> bool:
        return not (self.lost or self.unexpected or self.unexplained) and self.message_ids == 1 and self.most_in_flight <= WINDOW


@dataclass
class Worker:
    pid: int
    journal: Path
    file: int  # open from the start, so that it can be read after somebody replayed and removed it


@dataclass
class Campaign:
    """One outbox, one sink, some workers; see the module's words."""

    folder: Path
    deliveries: int
    workers: int
    kind: str = "plain"
    lease: float = 5.0
    wait: float = 0.004  # seconds before the sink says 250, so that kills hit copies in flight
    seed: int = 1
    kills: int = 0
    in_flight: Counter[int] = field(default_factory=Counter)  # delivery: kills that found it in flight
    most_in_flight: int = 0
    running: list[Worker] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.random = random.Random(self.seed)
        self.log = self.folder / "sink.log"
        self.url = tables.new_database(self.folder)
        self.sink = subprocess.Popen(
            [sys.executable, HERE.parent / "post_office.py", "--log", self.log, "--wait", str(self.wait)],
            stdout=subprocess.PIPE, text=True,
        )
        assert self.sink.stdout is not None
        port = self.sink.stdout.readline().strip()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TALANOA_")} | {
            "TALANOA_HOME": str(self.folder),
            "TALANOA_DATABASE_URL": self.url,
            "TALANOA_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "TALANOA_MAIL_DOMAIN": "lists.example.org",
            "DJANGO_SETTINGS_MODULE": "talanoa.settings",
        }
        subprocess.run([sys.executable, "-c", PREPARE, str(self.deliveries)], env=self.environment, check=True)
        self.errors = (self.folder / "workers.log").open("w")
        self.nursery = subprocess.Popen(
            [sys.executable, HERE / "nursery.py"], env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )
        for _ in range(self.workers):
            self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        for worker in self.running:
            _signal(worker.pid, signal.SIGKILL)
            os.close(worker.file)
        for process in (self.nursery, self.sink):
            process.kill()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self.errors.close()
        tables.drop(self.url)

    # --- faults ---

    def start(self) -> Worker:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"{self.kind} {self.lease}\n")
        self.nursery.stdin.flush()
        line = self.nursery.stdout.readline()
        assert line, (self.folder / "workers.log").read_text()
        pid, _, path = line.strip().partition(" ")
        worker = Worker(int(pid), Path(path), os.open(path, os.O_RDONLY))
        self.running.append(worker)
        return worker

    def kill(self, times: int) -> None:
        """SIGKILL a random worker every 0.05 to 0.5 s, and start another at once.

        On a busy machine it can take that long to begin; whoever has begun nothing holds nothing.
        """
        for _ in range(times):
            time.sleep(self.random.uniform(0.05, 0.5))
            worker = self.random.choice(self.running)
            while not os.pread(worker.file, 1, 0) and self.waiting():
                time.sleep(0.005)
            _signal(worker.pid, signal.SIGKILL)
            self.bury(worker)
            self.start()

    def bury(self, worker: Worker) -> None:
        """Read from its journal what a dead worker had in flight."""
        _gone(worker.pid)
        flying: set[int] = set()
        for line in os.pread(worker.file, 1 << 26, 0).split(b"\n")[:-1]:
            kind, _, rest = line.partition(b" ")
            if kind == b"T":
                flying.add(int(rest))
            elif kind in (b"S", b"R", b"X"):
                flying.discard(int(rest.split(b" ")[0]))
        os.close(worker.file)
        self.running.remove(worker)
        self.kills += 1
        self.in_flight.update(flying)
        self.most_in_flight = max(self.most_in_flight, len(flying))

    def restart_gently(self, times: int) -> None:
        """SIGTERM and another, as a deployment does."""
        for _ in range(times):
            time.sleep(self.random.uniform(0.05, 0.4))
            worker = self.random.choice(self.running)
            _signal(worker.pid, signal.SIGTERM)
            _gone(worker.pid)
            os.close(worker.file)
            self.running.remove(worker)
            self.start()

    def tend_the_dead(self) -> int:
        """Start another for each worker that died of itself; returns how many died."""
        dead = [worker for worker in self.running if not _alive(worker.pid)]
        for worker in dead:
            self.bury(worker)
            self.start()
        return len(dead)

    # --- the end ---

    def waiting(self) -> int:
        return self.states()["waiting"]

    def drain(self, seconds: float = 120, *, reviving: bool = False) -> float:
        began = time.monotonic()
        while self.waiting():
            assert time.monotonic() - began < seconds, f"{self.states()} after {seconds} s\n{(self.folder / 'workers.log').read_text()[-3000:]}"
            time.sleep(0.1)
            if reviving:
                self.tend_the_dead()
        return time.monotonic() - began

    def states(self) -> Counter[str]:
        return Counter(dict(self.ask("SELECT state, count(*) FROM mail_delivery GROUP BY state")))

    def ask(self, sql: str) -> list[tuple]:
        if self.url.startswith("postgres"):
            import psycopg

            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchall()
        with contextlib.closing(sqlite3.connect(self.folder / "talanoa.sqlite3", timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def judge(self) -> Verdict:
        if self.url.startswith("sqlite"):
            assert self.ask("PRAGMA integrity_check") == [("ok",)]
        lines = [line.split("\t") for line in self.log.read_text().splitlines()]
        delivered = Counter(line[0] for line in lines)
        must = {f"m{n}@d{n % 20}.example.org" for n in range(self.deliveries)}
        rows = self.ask("SELECT id, address, state FROM mail_delivery")
        ended = {address for _, address, state in rows if state == "gave up"}
        allowed = {address: self.in_flight[pk] for pk, address, _ in rows}
        return Verdict(
            lost=must - set(delivered) - ended,
            unexpected=set(delivered) - must,
            extras=sum(count - 1 for count in delivered.values()),
            unexplained={
                address: count for address, count in delivered.items() if count - 1 > allowed.get(address, 0)
            },
            most_in_flight=self.most_in_flight,
            states=self.states(),
            message_ids=len({line[1] for line in lines}),
            kills=self.kills,
        )


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _gone(pid: int) -> None:
    until = time.monotonic() + 30
    while _alive(pid):
        assert time.monotonic() < until, f"process {pid} does not end"
        time.sleep(0.002)
