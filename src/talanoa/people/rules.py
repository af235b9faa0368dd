"""Decisions about persons; pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

LINK_LIVES = timedelta(minutes=15)
TICKET_LIVES = timedelta(days=7)
SESSION_LIVES = timedelta(days=60)  # since it was last seen

# A8: whoever types somebody's address must not be able to flood that mailbox.
LETTERS_PER_ADDRESS = 3
LETTERS_PER_SOURCE = 20
LETTERS_IN_ALL = 1000
LETTER_WINDOW = timedelta(hours=1)

# Commands and their answers: a person rarely needs more in an hour, a loop is broken by it.
ANSWERS_PER_ADDRESS = 10

# When an address is given up. The weights are Mailman's, one a day at most, but for the soft ones, which
# are taken for half of that, since full mailboxes are emptied; forgetting is Discourse's (30 days), made gradual;
# the spans and the probes are Groups.io's (soft for 8 days, every 3 days, 4 of them). L6 is the floor below all of it.
HARD, SOFT = 1.0, 0.25
HALF_LIFE = timedelta(days=30)  # of a return's weight
DOUBTED_FROM = 1.5
MESSAGES = 3  # at least so many have come back
HARD_SPAN = timedelta(days=3)  # between the first and the last of those that say: nobody is here
SPAN = timedelta(days=8)  # of those that say: not now
PROBE_EVERY = timedelta(days=3)  # a probe that did not come back in this time arrived
PROBES = 4  # after an address was given up
RESUME_LIVES = timedelta(days=14)  # of the link in a probe, and in the note to another address
BOUNCES_KEPT = timedelta(days=120)

# What is refused for these is the message, its sender or its way: it says nothing against the address.
NOT_THE_ADDRESS = frozenset({
    "too-big", "content", "virus", "spam", "policy", "filtered", "authentication", "reverse-dns", "no-relaying",
    "reputation", "blocked", "rate", "sender-rejected", "loop", "system",
})  # fmt: skip


class Return(NamedTuple):
    """One message that came back."""

    at: datetime
    permanent: bool
    reason: str

    @property
    def weight(self) -> float:
        if self.reason in NOT_THE_ADDRESS:
            return 0.0
        return HARD if self.permanent else SOFT


def score(returns: Iterable[Return], at: datetime) -> float:
    """What speaks against an address: the worst return of each day (UTC), halved every 30 days."""
    worst: dict[date, float] = {}
    for one in returns:
        worst[one.at.date()] = max(one.weight, worst.get(one.at.date(), 0.0))
    return sum(weight * 0.5 ** ((at.date() - day) / HALF_LIFE) for day, weight in worst.items())


def is_doubted(returns: Sequence[Return], at: datetime) -> bool:
    """Whether so much came back that a probe is due (L6)."""
    soft_or_hard = [one.at for one in returns if one.weight]
    hard = [one.at for one in returns if one.weight == HARD]
    return score(returns, at) >= DOUBTED_FROM and (_spans(hard, HARD_SPAN) or _spans(soft_or_hard, SPAN))


def _spans(moments: Sequence[datetime], span: timedelta) -> bool:
    return len(moments) >= MESSAGES and max(moments) - min(moments) >= span
