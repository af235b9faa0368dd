"""Decisions about the desk; pure."""

from datetime import datetime, timedelta

MORNING = 7  # o'clock, where the facilitator is
WELCOMED_IN = timedelta(days=3)  # method: newcomers are welcomed in three to four days
MOVING_FOR = timedelta(days=60)  # so long after the last file a move is reminded of
SUMMARISED_IN = timedelta(days=2)  # members follow better when they can read what was said
OWNED_IN = timedelta(days=3)  # comments lie where nobody knows whose they are
LOOKED_AT_IN = timedelta(hours=1)  # mail that went wrong


def is_morning(here: datetime) -> bool:
    """Whether the mail of a working day is due by a local clock; what was missed at seven is sent later that day."""
    return here.weekday() < 5 and here.hour >= MORNING
