"""A full disk: mail is put off, nothing acknowledged is lost, and it goes on by itself (D8, E9)."""

import contextlib
import os
import subprocess
import time

import pytest

from mailroom.lmtp.door import OURS, Door, mail

pytestmark = pytest.mark.skipif(
    os.environ.get("TALANOA_TEST_DB", "sqlite") != "sqlite", reason="The disk of a PostgreSQL server is not ours to fill."
)


@pytest.fixture
def small_disk(tmp_path, need):
    """`small_disk(mib)`: a file system of so many MiB, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        need("a mount as root", sentence="Only root can mount a small file system; this test needs one.")

    def make(mib):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(place)], capture_output=True, text=True, check=False)
        if done.returncode:
            need("a mount", sentence=f"A small file system cannot be mounted here: {done.stderr.strip()}")
        return place

    yield make
    subprocess.run(["umount", "--lazy", str(place)], check=False, stderr=subprocess.DEVNULL)


def feed(door, times):
    """Mails of 1 MiB, one after the other: what was acknowledged, and all the replies that were not 250."""
    acknowledged, refused = [], []
    with door.client() as client:
        for _ in range(times):
            letter = mail(size=1_000_000)
            said = client.ask("MAIL FROM:<ben@people.example>")
            if said.startswith("250"):
                client.ask(f"RCPT TO:<{OURS}>")
                client.ask("DATA")
                client.write(letter + b".\r\n")
                said = client.reply()
            if said.startswith("250"):
                acknowledged.append(letter)
            else:
                refused.append(said)
                client.ask("RSET")
    return acknowledged, refused


def check(door, acknowledged):
    there = [one.content for one in door.kept()]
    assert sorted(there) == sorted(acknowledged)
    assert door.query("PRAGMA integrity_check") == [("ok",)]


def test_before_it_is_full_mail_is_put_off_at_once(tmp_path, small_disk):
    disk = small_disk(140)
    with Door(tmp_path, home=disk / "home") as door:
        acknowledged, refused = feed(door, 60)
        assert len(acknowledged) > 10
        assert {reply[:9] for reply in refused} == {"452 4.3.1"}
        check(door, acknowledged)


def test_when_it_is_full_all_the_same(tmp_path, small_disk):
    """Somebody else fills the disk after the door has looked; with 452 and 451 alone the mail stays with its sender."""
    disk = small_disk(40)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(8 * 1024 * 1024))
    with contextlib.ExitStack() as stack:
        # The small disk goes before pytest looks into the folder.
        door = stack.enter_context(Door(tmp_path, home=disk / "home", after="keeping.LEAST_SPACE = keeping.SPACE_PER_MAIL = 0"))
        acknowledged, refused = feed(door, 60)
        assert len(acknowledged) > 5
        assert len(refused) > 20
        assert {reply[:9] for reply in refused} == {"451 4.3.0"}
        check(door, acknowledged)

        ballast.unlink()
        began = time.monotonic()
        more, refused = feed(door, 3)
        assert refused == []
        assert time.monotonic() - began < 60
        check(door, acknowledged + more)
