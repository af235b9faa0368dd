"""What became of one try to send, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

FIRST_PAUSE = timedelta(seconds=300)  # both as Postfix has them (O5)
LONGEST_PAUSE = timedelta(seconds=4_000)
PATIENCE = timedelta(days=5)
CRASHES = 3  # of its worker, after which a copy is set aside (O11)
CRASHED = "Set aside: three times the worker stopped while sending this copy."


class Outcome(Enum):
    """The letters stand in journals."""

    SENT = "S"
    LATER = "R"  # refused for now, or unknown
    REFUSED = "X"


class Tried(NamedTuple):
    """One delivery that was tried: how it ended and the last words of the post office."""

    delivery: int
    outcome: Outcome
    answer: str


def pause(attempts: int) -> timedelta:
    """How long to wait after this many attempts: 300 s, doubled each time, at most 4,000 s."""
    return min(FIRST_PAUSE * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_PAUSE)


def next_try(attempts: int, *, made_at: datetime, at: datetime) -> datetime | None:
    """When a letter made at `made_at` is tried again, or None when its five days are over."""
    due = at + pause(attempts)
    return due if due <= made_at + PATIENCE else None
