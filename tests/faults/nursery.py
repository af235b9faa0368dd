"""Starts postmen as processes of their own, quickly: Django is loaded once, and each start is a fork.

Reads a line for each worker to start, says `PID JOURNAL` when it stands. The word on the
line is a sabotage, or `plain`; the sabotaged are there to show that the oracle sees them.
"""

import os
import signal
import sys
import threading
import traceback
from datetime import timedelta
from pathlib import Path

# Tests import nothing from here; but the sink and the fixtures must not be found by accident.
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent]

import django  # noqa: E402

django.setup()

from talanoa.mail import actions  # noqa: E402  only after the set-up
from talanoa.mail.sending.delivery import Postman  # noqa: E402
from talanoa.mail.sending.outcomes import Outcome, Tried  # noqa: E402
from talanoa.mail.sending.stencil import Stencil  # noqa: E402


class MarksFirst(Postman):
    """Writes "sent", then sends: loses what it held when it is killed."""

    def _take(self, rows, *, until):
        super()._take(rows, until=until)
        actions.note_tried([Tried(row[0], Outcome.SENT, "") for row in rows], claim=self.claim, at=self.at())


class ForgetsItsJournal(Postman):
    """Writes nothing down before the batch: repeats a whole batch when it is killed."""

    def _end(self, copy, outcome, answer):
        super()._end(copy, outcome, answer)
        self.journal._pending.clear()


class DiesOfPoison(Postman):
    """A worker that one copy kills, as a fault in a library might."""


def deadly(make):
    def copy(self, delivery, member):
        if member == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        return make(self, delivery, member)

    return copy


# What workers log goes with the errors, so that nothing stands between the answers.
ANSWERS = os.dup(1)
os.dup2(2, 1)
KINDS = {"plain": Postman, "marks-first": MarksFirst, "forgets": ForgetsItsJournal, "poison": DiesOfPoison}


def work(kind: str, lease: float) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if kind == "poison":
        Stencil.copy = deadly(Stencil.copy)
    postman = KINDS[kind](lease=timedelta(seconds=lease))
    os.write(ANSWERS, f"{os.getpid()} {postman.journal.path}\n".encode())
    postman.run(stop)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        kind, lease = line.split()
        if os.fork() == 0:
            try:
                work(kind, float(lease))
            except BaseException:  # noqa: BLE001  the end of a process
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(0)


if __name__ == "__main__":
    main()
