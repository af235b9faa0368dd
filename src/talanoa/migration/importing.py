"""An import from beginning to end: the headers of all messages make the plan, then every message is read and taken in."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import InterfaceError, OperationalError

from talanoa.communities.models import Community
from talanoa.mail.reading.mbox import MARK
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.reading.sandbox import Reader, ReadingFailed
from talanoa.migration import actions, lookups
from talanoa.migration.actions import Read
from talanoa.migration.planning import DUPLICATE, NO_MAIL, Plan
from talanoa.migration.sources import Found, fingerprint, messages

TOGETHER = 250  # messages in one commit
BYTES_TOGETHER = 16 << 20
READERS = 2  # processes that take messages apart

Progress = Callable[[int, int], None]  # so many messages of so many
Account = dict[str, int]


class Outcome(NamedTuple):
    """What became of an archive: its account, and each message that was set aside, with the reason."""

    account: Account
    aside: list[tuple[str, str]]


def bring_in(community: Community, paths: list[Path], *, chosen: str = "", at: datetime, tell: Progress) -> Outcome:
    """Bring files and folders into a community, hidden until they are released; the same again changes nothing."""
    plan = _plan(community, paths, chosen, at)
    archive = actions.begin(community, fingerprint(paths), at=at)
    aside: list[tuple[str, str]] = list(lookups.aside(archive))
    archive.refresh_from_db()
    done = archive.read
    tell(done, len(plan.fates))
    for those in _batches(plan, paths, chosen, beyond=done):
        aside += _take_in(archive, plan, those, at=at)
        done += len(those)
        tell(done, len(plan.fates))
    account = lookups.account(archive)
    actions.finish(archive, at=at)
    return Outcome(account, aside)


def rehearse(community: Community, paths: list[Path], *, chosen: str = "", at: datetime, tell: Progress) -> Outcome:
    """The account of an import that is not made: everything is read and nothing is written."""
    plan = _plan(community, paths, chosen, at)
    account = dict.fromkeys(("read", "stored", "duplicates", "set_aside", "conversations", "attachments"), 0)
    places: set[tuple[bool, int]] = set()
    aside = []
    tell(0, len(plan.fates))
    for those in _batches(plan, paths, chosen, beyond=0):
        for one in those:
            account["read"] += 1
            account["duplicates"] += one.fate == DUPLICATE
            account["set_aside"] += bool(one.note)
            aside += [(one.found.place, one.note)] if one.note else []
            if one.letter is not None:
                account["stored"] += 1
                account["attachments"] += len(one.letter.attachments)
                there = plan.conversation(one.fate)
                places.add((True, there) if there is not None else (False, plan.threads.top(one.fate)))
        tell(account["read"], len(plan.fates))
    return Outcome(account | {"conversations": len(places)}, aside)


def _plan(community: Community, paths: list[Path], chosen: str, at: datetime) -> Plan:
    plan = Plan(community, at=at)
    for found in messages(paths, chosen):
        plan.add(found)
    plan.settle()
    return plan


def _batches(plan: Plan, paths: list[Path], chosen: str, *, beyond: int) -> Iterator[list[Read]]:
    """The messages after the first `beyond`, read, some at a time."""
    readers = [Reader() for _ in range(READERS)]
    try:
        with ThreadPoolExecutor(READERS) as pool:
            before: list[Read] = []
            for those in _heaped(plan, paths, chosen, beyond):
                # While these are taken apart, those before are written.
                shares = [pool.submit(_read_all, reader, those[number::READERS]) for number, reader in enumerate(readers)]
                if before:
                    yield before
                read = [share.result() for share in shares]
                before = [read[place % READERS][place // READERS] for place in range(len(those))]
            if before:
                yield before
    finally:
        for reader in readers:
            reader.close()


def _heaped(plan: Plan, paths: list[Path], chosen: str, beyond: int) -> Iterator[list[Read]]:
    heap: list[Read] = []
    weight = 0
    for number, (found, fate) in enumerate(zip(messages(paths, chosen), plan.fates, strict=True)):
        read = _known(plan, found, fate)
        if number < beyond:
            continue
        heap.append(read)
        weight += len(found.raw)
        if len(heap) >= TOGETHER or weight >= BYTES_TOGETHER:
            yield heap
            heap, weight = [], 0
    if heap:
        yield heap


def _known(plan: Plan, found: Found, fate: int) -> Read:
    told = plan.facts(found)
    if fate == DUPLICATE:
        return Read(found._replace(raw=b""), fate)
    if fate == NO_MAIL or told is None:
        return Read(found, NO_MAIL, note=found.note or "It has no header, so it is no mail.")
    return Read(found, fate, plan.known_as(told, found, fate))


def _read_all(reader: Reader, those: list[Read]) -> list[Read]:
    return [one if one.fate < 0 else _read(reader, one) for one in those]


def _read(reader: Reader, one: Read) -> Read:
    try:
        letter: Letter = reader.read(one.found.raw.removeprefix(MARK))
    except ReadingFailed as fault:
        return one._replace(note=str(fault))
    return one._replace(letter=letter)


def _take_in(archive: actions.Archive, plan: Plan, those: list[Read], *, at: datetime) -> Iterator[tuple[str, str]]:
    """Store some messages; one that cannot be stored does not keep the others from it. Yields what is set aside."""
    try:
        actions.take_in(archive, plan, those, at=at)
    except (OperationalError, InterfaceError):
        # The database is full, locked or gone: no message is to blame, and the same import goes on where it stopped.
        raise
    except Exception as fault:
        # This is the door: whatever one strange mail does to the store, the others come in (O11).
        if len(those) == 1 and (those[0].note or those[0].letter is None):
            raise
        for one in those:
            alone = one
            if len(those) == 1:
                alone = one._replace(letter=None, note=f"Storing it failed with {type(fault).__name__}.")
            yield from _take_in(archive, plan, [alone], at=at)
        return
    yield from ((one.found.place, one.note) for one in those if one.note)
