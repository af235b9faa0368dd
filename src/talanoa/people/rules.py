"""Decisions about persons; pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from talanoa.language.places import fold

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


class Known(NamedTuple):
    """What is known of a person, to tell whether somebody else may be the same."""

    person: int
    name: str
    addresses: tuple[str, ...]  # canonical


class Likeness(NamedTuple):
    """Two persons who may be one, the smaller number first, and why: "name", "mailbox" or "name and mailbox"."""

    one: int
    other: int
    reason: str


# Mailboxes that stand for an office.
_OFFICES = frozenset(
    "info office contact admin mail email secretariat secretary director library news press media support registry enquiries post "
    "webmaster reception kontakt buero bureau contacto oficina".split()
)
_TITLES = frozenset("dr mr mrs ms prof sir dame rev eng ing mme mlle sr sra herr frau".split())
AMONG = 8  # who shares a key with so many others is told apart by nobody


def alike(those: Iterable[Known]) -> list[Likeness]:
    """Pairs of persons who may be one: the same name in any order, or the same name of a mailbox at two places.

    Only proposed: a person confirms. Names that contradict each other outweigh mailboxes that agree.
    """
    everybody = {one.person: one for one in those}
    named = _pairs({key for key in [_name_key(one.name)] if key} for one in everybody.values())
    mailboxes = _pairs(map(_mailbox_keys, everybody.values()))
    # Somebody's name, written as a mailbox, says as much as two mailboxes that agree.
    mailboxes |= _pairs(_mailbox_keys(one) | {_name_key(one.name)} - {""} for one in everybody.values()) - named
    numbers = list(everybody)
    found: dict[tuple[int, int], set[str]] = {}
    for reason, pairs in (("name", named), ("mailbox", mailboxes)):
        for first, second in pairs:
            one, other = sorted((numbers[first], numbers[second]))
            if reason == "name" or not _contradict(everybody[one].name, everybody[other].name):
                found.setdefault((one, other), set()).add(reason)
    return sorted(Likeness(one, other, " and ".join(sorted(why, reverse=True))) for (one, other), why in found.items())


def _pairs(keys: Iterable[set[str]]) -> set[tuple[int, int]]:
    """The places of those that share a key."""
    places: dict[str, list[int]] = {}
    for place, several in enumerate(keys):
        for key in several:
            places.setdefault(key, []).append(place)
    return {pair for those in places.values() if len(those) <= AMONG for pair in combinations(those, 2)}


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", fold(name)) if word not in _TITLES and (len(word) > 1 or not word.isascii())]


def _name_key(name: str) -> str:
    """The words of a name, their order aside; "" for one that many may have."""
    words = _words(name)
    return " ".join(sorted(words)) if len(words) > 1 or (words and not words[0].isascii() and len(words[0]) > 2) else ""


def _mailbox_keys(one: Known) -> set[str]:
    """The names of a person's mailboxes, the order of their words aside; not those that many have."""
    keys = set()
    for address in one.addresses:
        local = address.partition("@")[0].partition("+")[0]
        words = [word for word in re.split(r"[^a-z]+", local) if len(word) > 1]
        if set(words) & _OFFICES:
            continue
        if len(words) > 1:
            keys.add(" ".join(sorted(words)))
        elif words and len(words[0]) > 6:
            keys.add(words[0])
    return keys


def _contradict(one: str, other: str) -> bool:
    words, others = set(_words(one)), set(_words(other))
    return bool(words and others and not words & others)
