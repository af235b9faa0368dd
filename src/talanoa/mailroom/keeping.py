"""The clerk behind the mail door: writes what came in, many mails to a commit.

A commit costs one fsync however many mails it holds, so the mails that wait while
one commit is under way go into the next one together. Nobody waits on purpose: a
mail that comes alone is written at once.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction

from talanoa.mail import actions

log = structlog.get_logger(__name__)

MOST_MAILS = 64  # to a commit
MOST_BYTES = 32 * 1024 * 1024  # to a commit: a small mail must not wait for a gigabyte of large ones
# Seconds. A commit that failed quickly is tried again mail by mail; after a long wait for a
# locked database that would make everybody wait as long again, one after the other.
QUICKLY = 5.0
# However large a mail may be, SQLite needs room to grow its journal and to checkpoint.
LEAST_SPACE = 100 * 1024 * 1024
# SQLite writes a mail twice, to its journal and to the table, before the journal is used
# again, so Postfix's rule of one and a half times the largest mail is too little here.
SPACE_PER_MAIL = 3
MOST_HOPS = 50  # Received lines (L2); Postfix's hopcount_limit

# Python takes LF alone for a line end in MULTILINE; a bare CR hides a line from it as it does from a post office.
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\n\r?\n")

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class NotKept(Exception):
    """A job of a desk failed; `str()` names the fault."""


class NotDurable(Exception):
    """The database may forget what it has committed; `str()` says which setting is to be changed."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as it came through the door, for all its recipients."""

    raw: bytes
    recipients: tuple[str, ...]
    envelope_sender: str
    at: datetime


@dataclass(slots=True, eq=False)
class Job(Generic[Asked, Answer]):
    """Something asked of a desk, and the answer to come."""

    asked: Asked
    answer: Future[Answer] = field(default_factory=Future)


class Desk(Generic[Asked, Answer]):
    """Threads that do the blocking work of an event loop.

    Not a `ThreadPoolExecutor`: the interpreter waits for the threads of one before it
    exits, and a database that does not answer would keep a closed door from ending.
    """

    def __init__(self, work: Callable[[Desk[Asked, Answer]], None], *, name: str, threads: int) -> None:
        self._jobs: queue.SimpleQueue[Job[Asked, Answer]] = queue.SimpleQueue()
        for number in range(threads):
            threading.Thread(target=work, args=(self,), name=f"{name}-{number}", daemon=True).start()

    def ask(self, asked: Asked) -> Future[Answer]:
        """Put a job on the desk. Cancelling the future takes it away again unless it has been begun."""
        job: Job[Asked, Answer] = Job(asked)
        self._jobs.put(job)
        return job.answer

    def next(self) -> Job[Asked, Answer]:
        """Wait for a job that still matters, and begin it."""
        while True:
            job = self._jobs.get()
            if job.answer.set_running_or_notify_cancel():
                return job

    def next_too(self) -> Job[Asked, Answer] | None:
        """A further job that waits already, begun; None if there is none."""
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return None
            if job.answer.set_running_or_notify_cancel():
                return job


def answering(function: Callable[[Asked], Answer]) -> Callable[[Desk[Asked, Answer]], None]:
    """Work for a desk that answers each question by itself, with a living database connection."""

    def work(desk: Desk[Asked, Answer]) -> None:
        while True:
            job = desk.next()
            try:
                close_old_connections()
                job.answer.set_result(function(job.asked))
            except BaseException as fault:  # noqa: BLE001 - the thread must live; the asker says 451
                job.answer.set_exception(_in_words(fault))
            del job

    return work


def keep_together(desk: Desk[Arrived, list[int]]) -> None:
    """Work for the one desk that writes: as many mails to a commit as wait."""
    while True:
        _keep_what_waits(desk)


def _keep_what_waits(desk: Desk[Arrived, list[int]]) -> None:
    # A function of its own, so that the last mail, perhaps of 25 MiB, does not stay until the next one comes.
    jobs = [desk.next()]
    size = len(jobs[0].asked.raw)
    while len(jobs) < MOST_MAILS and size < MOST_BYTES and (job := desk.next_too()):
        jobs.append(job)
        size += len(job.asked.raw)
    try:
        _keep_all(jobs)
    except BaseException as fault:  # noqa: BLE001 - the thread must live; the asker says 451
        _fail([job for job in jobs if not job.answer.done()], fault)


def _keep_all(jobs: list[Job[Arrived, list[int]]]) -> None:
    began = time.monotonic()
    try:
        numbers = _commit([job.asked for job in jobs])
    except Exception as fault:  # noqa: BLE001 - a door: told apart below, and answered with 451
        if len(jobs) == 1 or time.monotonic() - began > QUICKLY:
            _fail(jobs, fault)
        else:
            log.warning("mails are kept one by one", mails=len(jobs), fault=repr(fault))
            _keep_singly(jobs, began)
    else:
        for job, own in zip(jobs, numbers, strict=True):
            job.answer.set_result(own)


def _keep_singly(jobs: list[Job[Arrived, list[int]]], began: float) -> None:
    """One mail that cannot be written must not fail its neighbours."""
    for place, job in enumerate(jobs):
        if time.monotonic() - began > QUICKLY:
            _fail(jobs[place:], TimeoutError("The database takes too long."))
            return
        try:
            job.answer.set_result(_commit([job.asked])[0])
        except Exception as fault:  # noqa: BLE001 - a door: this mail is answered with 451
            _fail([job], fault)


def _fail(jobs: list[Job[Arrived, list[int]]], fault: BaseException) -> None:
    words = _in_words(fault)
    log.error("mail could not be kept", mails=len(jobs), fault=str(words))
    for job in jobs:
        job.answer.set_exception(words)


def _in_words(fault: BaseException) -> NotKept:
    """What went wrong, without the frames in which it did, which are emptied here and now.

    They hold cursors. Were those left to the garbage collector, it could meet them in the
    thread of the event loop, and closing a cursor waits for its SQLite connection: while
    that waits for a lock the whole door stood still, for up to half a minute.
    """
    one: BaseException | None = fault
    seen = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        traceback.clear_frames(one.__traceback__)
        one = one.__cause__ or one.__context__
    return NotKept(repr(fault))


def _commit(mails: list[Arrived]) -> list[list[int]]:
    """Keep mails in one transaction; returns, after the commit, the numbers for each one's recipients."""
    close_old_connections()
    with transaction.atomic():
        return [
            [
                actions.keep(
                    mail.raw, recipient=recipient, envelope_sender=mail.envelope_sender, door="lmtp", at=mail.at
                ).pk
                for recipient in mail.recipients
            ]
            for mail in mails
        ]


def hops(mail: bytes) -> int:
    """How many post offices a mail has passed, by its Received lines; beyond `MOST_HOPS` it goes in a circle."""
    head_end = _HEAD_END.search(mail)
    return len(_RECEIVED.findall(mail, 0, head_end.start() if head_end else len(mail)))


def enough_space(most: int) -> bool:
    """Whether the disk has room for mail of at most `most` bytes (D8).

    Looks where the state folder is and, with SQLite, where the database is; the disk
    of a PostgreSQL server is not seen from here, and its refusal is answered with 451.
    """
    places = {Path(settings.TALANOA.home)}
    if connection.vendor == "sqlite":
        places.add(Path(connection.settings_dict["NAME"]).parent)
    least = max(SPACE_PER_MAIL * most, LEAST_SPACE)
    for place in places:
        disk = os.statvfs(place)
        if disk.f_bavail * disk.f_frsize < least:
            return False
    return True


def require_durable() -> None:
    """Raise `NotDurable` unless a commit survives a power cut (D1, E4)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma, wanted in (("journal_mode", "wal"), ("synchronous", "2")):
                cursor.execute(f"PRAGMA {pragma}")
                found = str(cursor.fetchone()[0]).lower()
                if found != wanted and not (pragma == "synchronous" and found == "3"):
                    raise NotDurable(f"SQLite runs with {pragma}={found}; it must be {wanted}, or mail can be lost.")
        else:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"SHOW {setting}")
                if cursor.fetchone()[0] == "off":
                    raise NotDurable(f"PostgreSQL runs with {setting} off; it must be on, or mail can be lost.")
    connection.close()
