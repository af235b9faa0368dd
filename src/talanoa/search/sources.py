"""Where the index gets its entries, and of whom it asks what it shows.

A source follows one room. `changed` gives what became of it since the notes of the last visit, in bounded pieces; `versions`
gives all of it, by number, for comparing; `shown` asks the room, on behalf of a person, for what a page shows now. Whatever the
index holds, nothing is shown but what `shown` gives.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from talanoa.communities.lookups import Standing
from talanoa.communities.models import Community
from talanoa.search.engine import Entry

AUDIENCES = 4  # of each community; an audience is the community times this, and one of the four
READERS, MEETING, LEADING, NOBODY = 0, 1, 2, 3


def audience(community: int, which: int = READERS) -> int:
    """For whom an entry is."""
    return community * AUDIENCES + which


def alone(community: int, person: int) -> int:
    """The audience that is one member of a community."""
    return 1 << 62 | community << 40 | person


class Shown(NamedTuple):
    """What somebody may see of an entry, as its room has it now."""

    kind: str
    community: Community
    title: str
    text: str
    path: str  # of its page
    author: str
    person: int | None
    at: datetime
    conversation: int | None = None


class Changes(NamedTuple):
    """What changed at a source, as far as it was looked through."""

    gone: Sequence[int]  # numbers, also of what is put in anew
    entries: Sequence[Entry]
    notes: Any  # for the next visit
    more: bool = False  # there is more to see at once
    again: Mapping[int, Sequence[Entry]] = MappingProxyType({})  # of other sources, by number: put in anew where they are in the index
    lost: bool = False  # the notes are of another database: everything of this source is to be taken in again


Standings = Mapping[int, Standing]  # by community
Held = Callable[[], Iterator[tuple[int, int]]]  # what the index has of a source: numbers and versions


class Source(Protocol):
    """One room's share of the index."""

    number: int  # its name in the index; never given to another
    watched: bool  # it is looked at all the time, and not each half minute

    def changed(self, notes: Any, held: Held) -> Changes | None:
        """What changed since the visit that left these notes (None: the first); None where nothing did."""

    def versions(self) -> Iterator[tuple[int, int]]:
        """Everything that belongs into the index, with its versions, in the order of its numbers."""

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        """Those of these entries that the person of these standings may see now."""


def fingerprint(*facts: object) -> int:
    """A version for what has none: it changes with the facts."""
    return zlib.crc32(repr(facts).encode()) + 1


def compared(now: Mapping[int, int], held: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The numbers that are gone, and those that are new or changed; for a source small enough to be looked through."""
    before = dict(held)
    return [number for number in before if number not in now], [number for number in now if before.get(number) != now[number]]
