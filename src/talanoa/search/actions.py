"""The verbs of search. They write the index, which is derived, and nothing else."""

import threading
from datetime import datetime

from talanoa.search import feeding

_lock = threading.Lock()
_mine: list[feeding.Feeder] = []

rebuild = feeding.rebuild
level = feeding.level


def tend(*, at: datetime) -> bool:
    """Take in some of what changed; whether there may be more to take in at once.

    The process that begins writes the index of its machine until it ends; the other workers there leave it to that one, and
    go on when it is gone.
    """
    with _lock:
        if _mine and _mine[0].folder != feeding.generation():
            rest()  # it was made anew
        if not _mine:
            try:
                _mine.append(feeding.Feeder(feeding.generation()))
            except feeding.Busy:
                return False
        try:
            return _mine[0].step(at)
        except BaseException:
            rest()  # what was not committed is taken in again, by the notes of the last commit
            raise


def rest() -> None:
    """Write the index no more, so that another process can."""
    _mine.clear()
