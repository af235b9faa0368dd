"""The postman's bag: which copy goes next.

Personal letters first, copies in their order; but no domain that is slow may hold up
the others (O6), and a copy during which a worker died goes alone (O11).
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable

from talanoa.mail.sending.smtp import Copy

SLOW = 3.0  # seconds after which a domain no longer counts as quick
REMEMBERED = 50_000  # domains


class Bag:
    """Claimed copies that have not ended: those that wait and those in flight."""

    def __init__(self) -> None:
        self._fresh: deque[Copy] = deque()
        self._aside: OrderedDict[str, deque[Copy]] = OrderedDict()  # by domain: those not known to be quick
        self._suspects: deque[Copy] = deque()  # alone, so that only the guilty one is in flight if it happens again
        self._quick: set[str] = set()
        self.flying: dict[int, Copy] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._fresh) + sum(map(len, self._aside.values())) + len(self._suspects)

    def put(self, copies: Iterable[Copy], *, first: bool = False) -> None:
        """Add copies; `first` puts them before all others."""
        ordinary: list[Copy] = []
        for copy in copies:
            (self._suspects if copy.suspect else ordinary).append(copy)
        if first:
            self._fresh.extendleft(reversed(ordinary))
        else:
            self._fresh.extend(ordinary)

    @property
    def awaits_suspects(self) -> bool:
        """Then nothing more may be claimed before they are through, or they would wait for ever."""
        return bool(self._suspects)

    def is_quick(self, copy: Copy) -> bool:
        """Whether the last copy to this domain went without delay."""
        return copy.domain in self._quick

    def next(self, lines: int) -> Copy | None:
        """The copy that goes next when there are so many lines, or None; it is in flight once `fly` says so."""
        if any(copy.suspect for copy in self.flying.values()):
            return None
        # One line stays free for domains known to be quick.
        slow = sum(copy.domain not in self._quick for copy in self.flying.values())
        room = slow < max(1, lines - 1)
        if self._aside and room:
            # One domain after the other, so that each soon has its chance to be quick.
            domain, waiting = self._aside.popitem(last=False)
            copy = waiting.popleft()
            if waiting:
                self._aside[domain] = waiting
            return copy
        while self._fresh:
            copy = self._fresh.popleft()
            if room or copy.domain in self._quick:
                return copy
            self._aside.setdefault(copy.domain, deque()).append(copy)
        if self._suspects and not self.flying and not self._aside:
            return self._suspects.popleft()
        return None

    def fly(self, copy: Copy) -> None:
        """The copy is handed to a line."""
        copy.started = time.monotonic()
        self.flying[copy.delivery] = copy

    def land(self, copy: Copy) -> None:
        """The copy came to an end."""
        if self.flying.pop(copy.delivery, None) is not None:
            if time.monotonic() - copy.started < SLOW:
                self._quick.add(copy.domain)
                if copy.domain in self._aside:
                    self._fresh.extend(self._aside.pop(copy.domain))
            else:
                self._quick.discard(copy.domain)

    def back(self, copy: Copy) -> None:
        """The copy could not begin; it goes again, first."""
        self.flying.pop(copy.delivery, None)
        (self._suspects if copy.suspect else self._fresh).appendleft(copy)

    def look(self) -> None:
        """Notice which domains take long; to be called now and then."""
        now = time.monotonic()
        for copy in self.flying.values():
            if now - copy.started > SLOW:
                self._quick.discard(copy.domain)
        if len(self._quick) > REMEMBERED:
            self._quick.clear()

    def empty(self) -> None:
        """Forget all that wait; those in flight stay."""
        self._fresh.clear()
        self._aside.clear()
        self._suspects.clear()
