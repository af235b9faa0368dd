"""Which messages of a whole archive belong together, and what each answers; pure.

After Jamie Zawinski's algorithm (RFC 5256, REFERENCES): ids that are named and have not come keep the places of
messages that are lost. Then replies that name nothing that is here are put with the latest conversation of their
subject, as those that come in today are. Unlike RFC 5256, two first messages of one subject stay apart: "Question"
is asked more than once.

Everything is kept in arrays of numbers, so that a million messages take some hundred megabytes.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import inf

NOBODY = -1
WRONG_CLOCK = 86_400  # seconds


class Threads:
    """The messages by number, in the order in which they were added; ids that were only named have numbers too."""

    def __init__(self, *, window: float) -> None:
        self._window = window  # seconds
        self._numbers: dict[bytes, int] = {}
        self._parents = array("q")
        self._tops = array("q")  # for finding the top of a tree quickly
        self._moments = array("d")
        self._here = bytearray()
        self._replies = bytearray()
        self._subjects = array("q")
        self._former: dict[int, int] = {}  # by number, the subject that it had before
        self._order = array("q")
        self._answers = array("q")
        self._spans = array("q")  # begin and end in _answers, for each of _order

    def _number(self, key: bytes) -> int:
        number = self._numbers.setdefault(key, len(self._parents))
        if number == len(self._parents):
            self._parents.append(NOBODY)
            self._tops.append(number)
            self._moments.append(0.0)
            self._here.append(0)
            self._replies.append(0)
            self._subjects.append(0)
        return number

    def number(self, key: bytes) -> int | None:
        """The number of a message or of an id that was named."""
        return self._numbers.get(key)

    def __len__(self) -> int:
        return len(self._parents)

    def is_here(self, number: int) -> bool:
        """Whether the message itself has been added."""
        return bool(self._here[number])

    def add(
        self, key: bytes, *, answers: Iterable[bytes], references: Iterable[bytes], subject: int, reply: bool, at: float, was: int = 0
    ) -> int:
        """Add a message. `answers`: what it names, nearest first; `references`: the chain down to it, oldest first.

        `subject` is a number that stands for the subject as it is compared, 0 for none, and `was` for the one that it says
        it had before; `at` counts seconds.
        """
        number = self._number(key)
        self._here[number] = 1
        self._replies[number] = reply
        self._moments[number] = at
        self._subjects[number] = subject
        if was:
            self._former[number] = was
        begin = len(self._answers)
        self._answers.extend(other for one in answers if (other := self._number(one)) != number)
        middle = len(self._answers)
        self._answers.extend(self._number(one) for one in references)
        self._order.append(number)
        self._spans.extend((begin, middle, len(self._answers)))
        return number

    def top(self, number: int) -> int:
        """The number at the top of a tree; equal for all that belong together."""
        tops = self._tops
        root = number
        while tops[root] != root:
            root = tops[root]
        while tops[number] != root:
            tops[number], number = root, tops[number]
        return root

    def _link(self, child: int, parent: int) -> bool:
        """Put a tree beneath a message, unless that would close a ring."""
        if self._parents[child] != NOBODY or self.top(parent) == child:
            return False
        self._parents[child] = parent
        self._tops[child] = self.top(parent)
        return True

    def settle(self) -> None:
        """Find every place; after it `parent` and `top` answer."""
        self._by_headers()
        self._by_subject()

    def _by_headers(self) -> None:
        for place, child in enumerate(self._order):
            for parent in self._named(place):
                if self._here[parent] and self._link(child, parent):
                    break
        for place, child in enumerate(self._order):
            begin, middle, end = self._spans[3 * place : 3 * place + 3]
            chain = self._answers[middle:end]
            # The order of lost messages is known from whoever names two of them.
            for above, below in pairwise(chain):
                if not self._here[below] and above != below:
                    self._link(below, above)
            if middle > begin and self._parents[child] == NOBODY:
                self._link(child, self._answers[begin])

    def _named(self, place: int) -> Sequence[int]:
        return self._answers[self._spans[3 * place] : self._spans[3 * place + 1]]

    def _by_subject(self) -> None:
        """Put replies without a parent with the latest conversation of their subject, in the order of time."""
        lately: dict[int, tuple[float, int]] = {}
        begun: dict[int, int] = {}  # top -> the first message of it that came
        for number in sorted(self._order, key=self._moments.__getitem__):
            subject = self._subjects[number]
            at = self._moments[number]
            if self.top(number) not in begun and subject and self.parent(number) is None:
                for one in self._sought(number, subject):
                    latest, other = lately.get(one, (-inf, number))
                    if at - latest <= self._window and self._link(self.top(number), begun[self.top(other)]):
                        break
                else:
                    self._above(number, lately.get(subject))
            begun.setdefault(self.top(number), number)
            if subject:
                lately[subject] = (at, number)

    def _sought(self, number: int, subject: int) -> tuple[int, ...]:
        """The subjects under which a message looks for its conversation: "Nets (was: Wells)" goes on where wells were discussed."""
        was = self._former.get(number)
        return ((subject,) if self._replies[number] else ()) + ((was,) if was else ())

    def _above(self, number: int, latest: tuple[float, int] | None) -> None:
        """Put a first message above a reply of its subject that a wrong clock dated a little earlier."""
        if latest and not self._replies[number] and self._moments[number] - latest[0] <= WRONG_CLOCK:
            other = latest[1]
            if self._replies[other] and self._parents[other] == NOBODY:
                self._link(other, number)

    def parent(self, number: int) -> int | None:
        """The nearest message above that is here."""
        current = self._parents[number]
        while current != NOBODY and not self._here[current]:
            current = self._parents[current]
        return None if current == NOBODY else current

