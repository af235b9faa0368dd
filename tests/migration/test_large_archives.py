"""An archive of any size comes in within 400 MB of memory, all processes together (issue 5, E9)."""

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from living import TALANOA, House
from old_mail import mbox, old

HEAD = b"From mele@old.example Sun Jan  1 08:00:00 2006\nFrom: Mele <mele@old.example>\nDate: Sun, 1 Jan 2006 08:00:00 +0000\nSubject: Map\n"
SHEET = b'Message-ID: <map%d@old.example>\nContent-Type: application/octet-stream; name="map.bin"\nContent-Transfer-Encoding: base64\n\n'
MOST = 400 << 20


def together(pid: int) -> int:
    """Bytes that a process and its children have in memory; what they share counts once."""
    total = 0
    for one in {str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}:
        try:
            told = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue  # it has ended
        total += 1024 * int(told.partition("\nPss:")[2].split()[0])
    return total


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="This system does not tell what a process has in memory.")
def test_two_gigabytes_come_in_within_the_memory_that_was_promised(tmp_path):
    """Thousands of letters, six mails of 60 MB with a map, and sixteen of 110 MB that are set aside; holes, so that no disk is filled."""
    file = tmp_path / "archive.mbox"
    with file.open("wb") as made:
        for number in range(16):
            made.write(mbox(*[old(1_000 * number + one, f"Matter {one % 50}", text="Sweet water. " * 200) for one in range(200)]))
            made.write(HEAD + b"\n")
            made.seek(110 << 20, os.SEEK_CUR)
            made.write(b"\n\n")
            if number < 6:
                made.write(HEAD + SHEET % number + (b"%04d" % number + b"AAAA" * 18 + b"\n") * 790_000 + b"\n")
    assert file.stat().st_size > 2_000_000_000
    with House(tmp_path) as house:
        house.command("community", "create", "mdg", "--name", "MDG", "--address", "mdg@lists.example.org")
        words = [*TALANOA, "archive", "import", "mdg", str(file), "--json"]
        with subprocess.Popen(words, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
            done = threading.Event()
            threading.Thread(target=lambda: (running.wait(), done.set())).start()
            most = 0
            while not done.wait(0.05):
                try:
                    most = max(most, together(running.pid))
                except OSError:
                    break
            account = json.loads(running.stdout.read())
    assert (account["read"], account["stored"], account["set_aside"]) == (16 * 201 + 6, 16 * 200 + 6, 16)
    assert account["attachments"] == 6
    assert most <= MOST, f"{most >> 20} MB"
