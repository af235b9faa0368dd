"""A worker's journal: which copies it is sending, and what became of them.

The database learns of sent copies in batches, because a commit for each would cost
more than the sending. The journal learns of each at once, with one write, and before
anything else is sent: a worker that is killed has written down all but the copies that
were in flight (O2). Whoever claims next on this machine reads the journals of the dead
first, so that no copy goes out again and the rest need not wait for their lease.

A write reaches the kernel and survives the death of the process, not a power cut;
after that, at most the copies since the last batch go out again.

Lines: `H id id …` claimed, `T id` trying, `S|R|X id answer` how it ended, `#` nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from talanoa.mail.sending.outcomes import Outcome, Tried

SUFFIX = ".journal"
ABANDONED = 60.0  # seconds after which a file without its final name has no owner
_SENT = re.compile(rb"(?m)^S (\d+) ")


class Journal:
    """The journal of a living worker; the lock on its file is the sign of life."""

    def __init__(self, folder: Path, claim: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{claim}{SUFFIX}"
        # Locked before it has its name: nobody may find it unlocked and think us dead.
        early = folder / f"{claim}.new"
        self._file = os.open(early, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        early.rename(self.path)
        self._pending = bytearray()

    def held(self, ids: Iterable[int]) -> None:
        self._pending += b"H %s\n" % b" ".join(b"%d" % number for number in ids)

    def trying(self, delivery: int) -> None:
        self._pending += b"T %d\n" % delivery

    def tried(self, one: Tried) -> None:
        self._pending += f"{one.outcome.value} {one.delivery} {one.answer}\n".encode("utf-8", "replace")

    def flush(self) -> None:
        """Hand what is pending to the kernel; raises OSError (disk full), and then nothing more may be sent."""
        while self._pending:
            del self._pending[: os.write(self._file, self._pending)]

    def restart(self, held: Iterable[int], trying: Iterable[int]) -> None:
        """Forget what the database now knows; keep what is still open.

        There is no moment at which the file does not tell what is in flight: the new
        beginning is written over the old one before the rest is cut off. What of the old
        shows until then is settled already; the line that is cut in half is commented out.
        """
        self._pending.clear()
        # First what is in flight: a kill can end a write between two pages.
        for delivery in trying:
            self.trying(delivery)
        self.held(held)
        length = len(self._pending)
        self._pending += b"#"
        os.lseek(self._file, 0, os.SEEK_SET)
        self.flush()
        os.ftruncate(self._file, length)
        os.lseek(self._file, length, os.SEEK_SET)

    def close(self, *, forget: bool) -> None:
        """Give the journal up; unless `forget`, it stays to be replayed."""
        if forget:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
        os.close(self._file)


@dataclass
class Remains:
    """What a dead worker left: its claim, what it held, what it was sending, and what it knew the end of."""

    claim: str
    held: set[int] = field(default_factory=set)
    trying: set[int] = field(default_factory=set)
    tried: dict[int, Tried] = field(default_factory=dict)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else on this machine reads the journals of the dead at this moment; then nobody will.

    Who is told no must not claim now: what the other is about to mark as sent still looks free.
    """
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


def dead(folder: Path, *, but: Path | None = None) -> Iterator[Remains]:
    """The journals whose owners died, each removed after it was looked at; to be called while `alone`.

    If the caller raises, the journal stays for the next.
    """
    _sweep(folder)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path == but:
            continue
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its owner lives
            yield _read(path)
            path.unlink(missing_ok=True)
        finally:
            os.close(file)


def _sweep(folder: Path) -> None:
    """Remove what those left who died before their journal had its name."""
    for path in folder.glob("*.new"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()


def sent_by_others(folder: Path, *, but: Path) -> set[int]:
    """Copies that living workers have sent but not marked yet.

    A worker that stood still longer than its lease may have such copies, and they
    look free to claim.
    """
    found: set[int] = set()
    for path in folder.glob(f"*{SUFFIX}"):
        if path != but:
            with contextlib.suppress(FileNotFoundError):
                found.update(map(int, _SENT.findall(path.read_bytes())))
    return found


def _read(path: Path) -> Remains:
    remains = Remains(path.name.removesuffix(SUFFIX))
    # What stands behind the last line end was cut off by the death, and nothing was sent on the strength of it.
    for line in path.read_bytes().split(b"\n")[:-1]:
        # A power cut may leave zeros or halves in a file; what cannot be read is not known.
        with contextlib.suppress(ValueError):
            _note(remains, line)
    return remains


def _note(remains: Remains, line: bytes) -> None:
    kind, _, rest = line.partition(b" ")
    if kind == b"H":
        remains.held.update(map(int, rest.split()))
    elif kind == b"T":
        remains.trying.add(int(rest))
    elif kind:
        number, _, answer = rest.partition(b" ")
        one = Tried(int(number), Outcome(kind.decode("ascii")), answer.decode("utf-8", "replace"))
        remains.tried[one.delivery] = one
        remains.trying.discard(one.delivery)
