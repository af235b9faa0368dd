"""An import from beginning to end: the headers of all messages make the plan, then every message is read and taken in."""

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError

from talanoa.communities.models import Community
from talanoa.conversations.lookups import permanent_key
from talanoa.migration import actions, lookups
from talanoa.migration.actions import Read
from talanoa.migration.beside import Beside
from talanoa.migration.facts import Facts
from talanoa.migration.planning import DUPLICATE, NO_MAIL, Plan
from talanoa.migration.reading import Apart, Reader
from talanoa.migration.sources import Found, Unusable, fingerprint, messages

TOGETHER = 500  # messages in one commit
BYTES_TOGETHER = 16 << 20  # what is larger is read and stored alone
READERS = 2  # processes that take messages apart
AHEAD = 3  # heaps of messages that they have while others are written

One = TypeVar("One")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]  # so many messages of so many
Account = dict[str, int]


class Outcome(NamedTuple):
    """What became of an archive: its account, and each message that was set aside, with the reason."""

    account: Account
    aside: list[tuple[str, str]]


def bring_in(community: Community, paths: list[Path], *, chosen: str = "", at: datetime, tell: Progress) -> Outcome:
    """Bring files and folders into a community, hidden until they are released; the same again changes nothing."""
    with _readers(community, at) as readers, _kept() as kept:
        plan = _plan(community, paths, chosen, readers, kept, at)
        archive = actions.begin(community, fingerprint(paths), at=at)
        aside: list[tuple[str, str]] = list(lookups.aside(archive))
        archive.refresh_from_db()
        done = archive.read
        tell(done, len(plan.fates))
        with closing(_batches(plan, paths, chosen, readers, kept, beyond=done)) as batches:
            for those in batches:
                aside += _take_in(archive, plan, those, at=at)
                done += len(those)
                those.clear()  # they are not needed while the next are read
                tell(done, len(plan.fates))
        account = lookups.account(archive)
        actions.finish(archive, at=at)
    return Outcome(account, aside)


def rehearse(community: Community, paths: list[Path], *, chosen: str = "", at: datetime, tell: Progress) -> Outcome:
    """The account of an import that is not made: everything is read and nothing is written."""
    account = dict.fromkeys(("read", "stored", "duplicates", "set_aside", "conversations", "attachments"), 0)
    places: set[tuple[bool, int]] = set()
    aside = []
    with _readers(community, at) as readers, _kept() as kept:
        plan = _plan(community, paths, chosen, readers, kept, at)
        tell(0, len(plan.fates))
        for those in _batches(plan, paths, chosen, readers, kept, beyond=0):
            for one in those:
                account["read"] += 1
                account["duplicates"] += one.fate == DUPLICATE
                account["set_aside"] += bool(one.note)
                aside += [(one.found.place, one.note)] if one.note else []
                if one.said is not None:
                    account["stored"] += 1
                    account["attachments"] += len(one.said.attachments)
                    there = plan.conversation(one.fate)
                    places.add((True, there) if there is not None else (False, plan.threads.top(one.fate)))
            those.clear()
            tell(account["read"], len(plan.fates))
    return Outcome(account | {"conversations": len(places)}, aside)


@contextmanager
def _readers(community: Community, at: datetime) -> Iterator[list[Reader]]:
    latest = at + timedelta(days=1)
    readers = [Reader(prefix=community.subject_prefix, language=community.language, latest=latest) for _ in range(READERS)]
    try:
        for reader in readers:
            reader.start()
        yield readers
    finally:
        for reader in readers:
            reader.close()


@contextmanager
def _kept() -> Iterator[IO[bytes]]:
    """A file for what the headers told, until it is needed again: in memory it would grow with the archive."""
    settings.TALANOA.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.TALANOA.home) as file:
        yield file


def _plan(community: Community, paths: list[Path], chosen: str, readers: list[Reader], kept: IO[bytes], at: datetime) -> Plan:
    plan = Plan(community, at=at)

    def ask(reader: Reader, those: list[Found]) -> Iterator[Any]:
        told = iter(reader.headers([(one.raw, one.envelope) for one in those if not one.note]))
        return (one.note or next(told) for one in those)

    for those, answers in _asked(readers, ask, _heaps(messages(paths, chosen), _size), _size):
        pickle.dump(list(_added(plan, those, answers)), kept)
        those.clear()
    plan.settle()
    kept.seek(0)
    return plan


def _added(plan: Plan, those: list[Found], answers: Iterator[Any]) -> Iterator[Facts | str | None]:
    for one, told in zip(those, answers, strict=True):
        facts = told if isinstance(told, Facts) else None
        fact = plan.add(facts, one.raw)
        yield fact if facts else told or "It begins with none of the headers that a mail has, so it is no mail."


def _batches(
    plan: Plan, paths: list[Path], chosen: str, readers: list[Reader], kept: IO[bytes], *, beyond: int
) -> Generator[list[Read], None, None]:
    """The messages after the first `beyond`, read, some at a time."""

    def ask(reader: Reader, those: list[Read]) -> Iterator[Apart]:
        return iter(reader.letters([(one.found.raw, permanent_key(one.facts.message_id)) for one in those if one.facts]))

    with Beside(paths) as beside:
        for those, answers in _asked(readers, ask, _heaps(_known(plan, paths, chosen, kept, beyond), _size), _size):
            for place, one in enumerate(those):
                if one.facts:
                    those[place] = _with(one, one.facts, next(answers), beside)
            del answers, one  # who empties the heap shall be rid of it
            yield those


def _known(plan: Plan, paths: list[Path], chosen: str, kept: IO[bytes], beyond: int) -> Iterator[Read]:
    known = (one for _ in iter(lambda: kept.peek(1), b"") for one in pickle.load(kept))  # type: ignore[attr-defined]  # noqa: S301  ours
    number = 0
    # Not with zip, which would keep the first message for as long as it runs.
    for number, found in enumerate(messages(paths, chosen), 1):
        if number > len(plan.fates):
            break
        fate, told = plan.fates[number - 1], next(known)
        if number <= beyond:
            continue
        if fate == DUPLICATE:
            yield Read(found._replace(raw=b""), fate)
        elif fate == NO_MAIL:
            yield Read(found, fate, note=told)
        else:
            yield Read(found, fate, told)
    if number != len(plan.fates):
        raise Unusable("The files changed while they were read; begin again.")


def _with(one: Read, facts: Facts, answer: Apart, beside: Beside) -> Read:
    if isinstance(answer, str):
        return one._replace(note=answer)
    said, links = answer
    return one._replace(said=beside.attached(said, [one.found.files, permanent_key(facts.message_id)]), links=links)


def _size(one: Found | Read) -> int:
    return len(one.raw if isinstance(one, Found) else one.found.raw)


def _heaps(those: Iterable[One], weigh: Callable[[One], int]) -> Iterator[list[One]]:
    """What is read and stored together; the caller may empty it. What is heavy by itself comes alone."""
    heap: list[One] = []
    weight = 0
    for one in those:
        weight += weigh(one)
        if heap and weight > BYTES_TOGETHER:
            yield heap
            heap, weight = [], weigh(one)
        heap.append(one)
        if len(heap) >= TOGETHER or weight >= BYTES_TOGETHER:
            yield heap
            heap, weight = [], 0
    if heap:
        yield heap


def _asked(
    readers: list[Reader], ask: Callable[[Reader, list[One]], Iterator[Answer]], heaps: Iterable[list[One]], weigh: Callable[[One], int]
) -> Iterator[tuple[list[One], Iterator[Answer]]]:
    """Heaps with the readers' answers, in order; while one is worked on, those after it are being read.

    A heap of one heavy message has the house to itself: several beside each other would not fit into the memory (E24).
    """
    waiting: deque[tuple[list[One], Future[Iterator[Answer]]]] = deque()
    with ThreadPoolExecutor(len(readers)) as pool:
        for heap, reader in zip(heaps, cycle(readers), strict=False):
            heavy = sum(map(weigh, heap)) > BYTES_TOGETHER
            while waiting and heavy:
                yield _answered(waiting)
            waiting.append((heap, pool.submit(ask, reader, heap)))
            del heap
            while len(waiting) > AHEAD or (waiting and heavy):
                yield _answered(waiting)
        while waiting:
            yield _answered(waiting)


def _answered(waiting: deque[tuple[list[One], Future[Answer]]]) -> tuple[list[One], Answer]:
    heap, answer = waiting.popleft()
    return heap, answer.result()


def _take_in(archive: actions.Archive, plan: Plan, those: list[Read], *, at: datetime) -> Iterator[tuple[str, str]]:
    """Store some messages; one that cannot be stored does not keep the others from it. Yields what is set aside."""
    try:
        actions.take_in(archive, plan, those, at=at)
    except (OperationalError, InterfaceError):
        # The database is full, locked or gone: no message is to blame, and the same import goes on where it stopped.
        raise
    except Exception as fault:
        # This is the door: whatever one strange mail does to the store, the others come in (O11).
        if len(those) == 1 and those[0].said is None:
            raise
        for one in those:
            alone = one
            if len(those) == 1:
                alone = one._replace(said=None, note=f"Storing it failed with {type(fault).__name__}.")
            yield from _take_in(archive, plan, [alone], at=at)
        return
    yield from ((one.found.place, one.note) for one in those if one.note)
