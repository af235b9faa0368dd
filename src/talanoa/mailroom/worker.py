"""The worker: sorts what came in, delivers what goes out, and lets each room tend to its time."""

import gc
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from talanoa.consultations import actions as consultations
from talanoa.conversations import actions as conversations
from talanoa.desk import actions as desk
from talanoa.discussions.clocks import actions as discussions
from talanoa.documents import reading as documents
from talanoa.mail import actions as mail
from talanoa.mail import claims
from talanoa.mail.dns import Dns, Silent
from talanoa.mail.models import Received
from talanoa.mail.reading import chain
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.reading.sandbox import Reader, ReadingFailed
from talanoa.mail.sending.delivery import Postman
from talanoa.mailroom import reports
from talanoa.mailroom.sorting import ClaimLost, sort
from talanoa.moderation import actions as moderation
from talanoa.moving import actions as moving
from talanoa.moving import carrying
from talanoa.people import actions as people
from talanoa.queries import actions as queries
from talanoa.replies import actions as replies
from talanoa.search import actions as search
from talanoa.search.lookups import unread_files

log = structlog.get_logger()

BATCH = 20
PAUSE = 0.05  # seconds between two looks at an empty queue; a post leaves within 0.3 s of its approval
CARRIED_EVERY = 2  # seconds between two looks for what was handed in
TEND_EVERY = timedelta(minutes=1)
FILES_EVERY = 20.0  # seconds between two looks for files to be read
INDEX_EVERY = 0.5  # seconds between two looks at what changed; a post is found within 2 s


def now() -> datetime:
    """The worker is a door: here the clock is read."""
    return datetime.now(UTC)


class Sorter:
    """Takes mail from the queue and walks each along its path."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.claim = claims.new_claim()

    def step(self, at: datetime) -> int:
        """Sort what is waiting, at most a batch; returns how many mails were looked at."""
        if not claims.waiting(Received, at=at):
            return 0
        claimed = mail.claim_received(limit=BATCH, claim=self.claim, at=at)
        for pk in claimed:
            self._sort(pk)
        return len(claimed)

    def _sort(self, pk: int) -> None:
        try:
            fate = sort(pk, claim=self.claim, read=self._read, at=now())
            log.info("sorted", mail=pk, fate=fate)
        except ClaimLost:
            log.info("claim lost", mail=pk)
        except ReadingFailed as failed:
            mail.try_later(pk, claim=self.claim, note=str(failed), at=now())
            log.warning("could not be read", mail=pk, reason=str(failed))
        except Exception as fault:  # A door: whatever it was, this mail waits or is set aside, and the others go on (O11).
            log.exception("could not be sorted", mail=pk)
            note = f"Something in Talanoa went wrong with it: {type(fault).__name__}. It can be put back when that is mended."
            close_old_connections()
            mail.try_later(pk, claim=self.claim, note=note, at=now())

    def _read(self, raw: bytes) -> Letter:
        """The letter, with what became of the chain that it brought; that is asked before any transaction begins."""
        letter = self.reader.read(raw)
        if settings.TALANOA.dkim_key and chain.there(raw):
            try:
                return chain.judged(letter, raw, Dns().texts)
            except Silent as silence:
                log.info("a chain could not be checked", reason=str(silence))
        return letter


def tune() -> None:
    """Let Python look for rings of garbage less often: a mail makes thousands of short-lived objects and no rings."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def tend(at: datetime) -> None:
    """Deadlines of every room; time is a visitor."""
    rooms = (reports, people, conversations, moderation, queries, replies, consultations, discussions, moving, desk, mail)
    for verb in (*(room.tend for room in rooms), search.tell, search.forget_texts):
        try:
            verb(at=at)
        except Exception:  # A door: what one room cannot do now must not keep the mail from being sorted; it is tried again in a minute.
            log.exception("could not tend", room=verb.__module__)
            close_old_connections()


def run(stop: threading.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT: sorting in this thread; delivering, the index of search, files and what was handed in, in others."""
    if stop is None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    tune()
    reader = Reader(trusted_authserv=settings.TALANOA.authserv_id)
    works: dict[str, Callable[[], None]] = {
        "postman": lambda: Postman().run(stop),
        "librarian": lambda: _indexing(stop),
        "bookworm": lambda: _reading_files(stop),
        "carrier": lambda: _carrying(stop),
    }
    others = [threading.Thread(target=_persistently, args=(stop, work), name=name) for name, work in works.items()]
    for one in others:
        one.start()
    try:
        _persistently(stop, lambda: _sorting(stop, Sorter(reader)))
    finally:
        stop.set()
        for one in others:
            one.join()
        reader.close()


def _sorting(stop: threading.Event, sorter: Sorter) -> None:
    tended = now() - TEND_EVERY
    while not stop.is_set():
        at = now()
        if at - tended >= TEND_EVERY:
            tend(at)
            tended = at
        if not sorter.step(at):
            stop.wait(PAUSE)


def _indexing(stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            if not search.tend(at=now()):
                stop.wait(INDEX_EVERY)
    finally:
        search.rest()


def _reading_files(stop: threading.Event) -> None:
    """The texts of attachments, apart from the rest: one that takes half a minute keeps nobody waiting."""
    reader = documents.Reader()
    try:
        while not stop.is_set():
            waiting = unread_files(now())
            for digest in waiting:
                if stop.is_set():
                    return
                search.read_file(digest, reader, at=now())
            if not waiting:
                stop.wait(FILES_EVERY)
    finally:
        reader.close()


def _carrying(stop: threading.Event) -> None:
    while not stop.is_set():
        if not carrying.step(now=now, stopped=stop.is_set):
            stop.wait(CARRIED_EVERY)


def _persistently(stop: threading.Event, work: Callable[[], None]) -> None:
    """Do the work until told to stop; when the database goes away, wait for it instead of dying."""
    pause = 0.5
    while not stop.is_set():
        try:
            work()
        except Exception:  # A door: the work is in the tables and goes on where it was.
            log.exception("the worker begins again")
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, 5)
    connection.close()
