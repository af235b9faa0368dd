"""The postman: takes waiting deliveries from the outbox to the post office.

He claims a slice in a short transaction and speaks SMTP outside any. What became of
each copy goes to his journal at once and to the database in batches. What he holds is
leased: he renews the lease while he works, and sends nothing whose lease is not surely
his, by a clock that nobody can set back. Any number of postmen, on any number of
machines, share one outbox.

Promises O1-O7 and O10-O13; what is not promised: after a power cut, up to one batch of
copies may arrive twice; after a kill, up to one copy per connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from talanoa.mail import actions, claims
from talanoa.mail.models import Delivery
from talanoa.mail.sending import dkim, journal
from talanoa.mail.sending.bag import Bag
from talanoa.mail.sending.dialling import Route
from talanoa.mail.sending.exchange import Exchange
from talanoa.mail.sending.outcomes import Outcome, Tried
from talanoa.mail.sending.smtp import Copy, Line
from talanoa.mail.sending.stencil import Stencils

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
SLICE = 500
FIRST_SLICE = 64
POLL = 0.075  # seconds between looks into an empty outbox
SETTLE = 0.5  # seconds that an outcome may wait for the database
BEAT = 0.1  # seconds between looks at everything else
CLOCK = 10.0  # seconds for which the database's clock is remembered
FAREWELL = 20.0  # seconds that copies in flight are waited for at the end
NO_DATABASE = (DatabaseError, InterfaceError)


class Postman:
    """One worker's part of delivery; not to be shared between threads."""

    def __init__(self, *, lease: timedelta = LEASE, slice_size: int = SLICE) -> None:
        self.claim = claims.new_claim()
        self.lease, self.most = lease, slice_size
        self.slice_size = min(FIRST_SLICE, slice_size)
        self.folder = settings.TALANOA.home / "journal"
        self.journal = journal.Journal(self.folder, self.claim)
        self.bag = Bag()
        self.held: dict[int, Copy] = {}  # claimed, and the database does not know the end yet
        self.outcomes: list[Tried] = []
        self.settled = 0
        self.stencils = Stencils(dkim.keys())
        self.stopping = False
        self.halted = False  # the journal or the database cannot be written: nothing new begins
        self._next_beat = self._next_renewal = self._last_settled = self._last_claim = 0.0
        self._clock: tuple[datetime, float] | None = None
        self._given_clock = False
        self.exchange = Exchange(
            Route.of(settings.TALANOA.smtp_url),
            name=settings.TALANOA.mail_domain,
            most=settings.TALANOA.smtp_connections,
            clerk=self,
            may_speak=self._write_journal,
            lost=self._lost,
        )

    # --- the two ways to work ---

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; then finish what is in flight, and release the rest.

        The database and the post office may come and go; only bugs are raised.
        """
        drained = 0.0
        try:
            while not stop.is_set():
                try:
                    now = time.monotonic()
                    if self._runs_low() and now - drained >= POLL and self._replay():
                        due = claims_due(self.at())
                        # Without a line nothing is claimed: it would only wait in the wrong hands.
                        if not due or (self.exchange.ready() and self._turn() < self.slice_size):
                            drained = now
                    self._round(BEAT if self.bag.flying else POLL)
                except NO_DATABASE as fault:
                    self._database_trouble(fault)
        finally:
            self.close()

    def step(self, at: datetime) -> int:
        """Claim what is due at `at`, send it, and wait for the answers; returns how many were settled.

        For callers with a clock of their own. Returns 0 when the post office is down.
        """
        self._clock, self._given_clock = (at, time.monotonic()), True
        self.slice_size = self.most
        before = self.settled
        self.exchange.down = ""
        if not self.exchange.wait_ready(5):
            return 0
        while not self._replay():
            time.sleep(0.001)
        self._turn()
        while self.held:
            self._round(BEAT)
        return self.settled - before

    def close(self) -> None:
        """Finish what is in flight, and release the rest."""
        self.stopping = True
        until = time.monotonic() + FAREWELL
        while self.bag.flying and time.monotonic() < until:
            self.exchange.serve(BEAT)
        done = False
        try:
            self._settle()
            self._release()
            done = not self.bag.flying
        except NO_DATABASE as fault:
            log.warning("the database does not answer; the journal will be read later", fault=str(fault)[:300])
        self.exchange.close()
        self.journal.close(forget=done)

    def at(self) -> datetime:
        """Now, by the clock that leases are counted in."""
        now = time.monotonic()
        if self._clock is None or (now - self._clock[1] > CLOCK and not self._given_clock):
            self._clock = (claims.clock(), now)
        return self._clock[0] + timedelta(seconds=now - self._clock[1])

    def _round(self, patience: float) -> None:
        """Serve the lines for a moment; write down what ended when there is enough or enough time went by."""
        self.exchange.serve(patience)
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            self._beat(now)
        if self.outcomes and (
            len(self.outcomes) >= self.slice_size or now - self._last_settled >= SETTLE or not (self.bag.flying or self.bag)
        ):
            self._settle()

    def _beat(self, now: float) -> None:
        if now >= self._next_renewal and self.held:
            self._renew()
        self.bag.look()
        self.exchange.tend(len(self.bag))
        # A sign-in link does not queue behind ten thousand copies.
        personal = [Delivery.Lane.PERSONAL]
        if self.bag and not self.halted and claims_due(self.at(), personal) and self._replay():
            self._turn(personal)
        if self.halted:
            self._settle()

    def _runs_low(self) -> bool:
        return len(self.bag) <= self.slice_size // 5 and not self.bag.awaits_suspects and not self.halted

    # --- the database ---

    def _turn(self, lanes: Iterable[int] = tuple(Delivery.Lane.values)) -> int:
        """Write down what ended and claim more, in one short transaction; returns how many copies were claimed.

        To be called after `_replay` said yes.
        """
        self._fit_slice()
        at, began = self.at(), time.monotonic()
        rows: list[tuple] = []
        with transaction.atomic():
            actions.note_tried(self.outcomes, claim=self.claim, at=at)
            for lane in lanes:
                if (room := self.slice_size - len(rows)) > 0:
                    rows += claims.claim(
                        Delivery,
                        limit=room,
                        claim=self.claim,
                        lease=self.lease,
                        at=at,
                        where_extra={"lane": lane},
                        columns=("id", "outgoing_id", "address", "member", "attempts", "answer", "lane"),
                        counted=False,
                    )
        self._settled()
        self._take(rows, until=began + self._safe())
        if len(self.held) == len(rows):
            self._next_renewal = began + self._safe() / 3
        self._begin_journal()
        return len(rows)

    def _take(self, rows: list[tuple], *, until: float) -> None:
        elsewhere = journal.sent_by_others(self.folder, but=self.journal.path) if rows else set()
        personal: list[Copy] = []
        circular: list[Copy] = []
        for pk, outgoing, address, member, attempts, answer, lane in rows:
            copy = Copy(pk, outgoing, address, member, safe_until=until)
            copy.suspect = attempts > 0 and not answer
            copy.domain = address.rpartition("@")[2].lower()
            self.held[pk] = copy
            if pk in elsewhere:
                self.outcomes.append(Tried(pk, Outcome.SENT, "Sent by a worker that stood still."))
            else:
                (personal if lane == Delivery.Lane.PERSONAL else circular).append(copy)
        self.bag.put(circular)
        self.bag.put(personal, first=True)

    def _settle(self) -> None:
        """Write down what ended."""
        if self.outcomes:
            with transaction.atomic():
                actions.note_tried(self.outcomes, claim=self.claim, at=self.at())
        self._settled()
        self._begin_journal()

    def _settled(self) -> None:
        for one in self.outcomes:
            self.held.pop(one.delivery, None)
        self.settled += len(self.outcomes)
        self.outcomes = []
        self._last_settled = time.monotonic()

    def _fit_slice(self) -> None:
        """Hold about a second of work, so that a slow post office leaves something for the other workers."""
        now = time.monotonic()
        if self.held and not self._given_clock:
            took = now - self._last_claim
            if took < 0.5:
                self.slice_size = min(self.slice_size * 2, self.most)
            elif took > 2:
                self.slice_size = max(self.slice_size // 2, min(16, self.most))
        self._last_claim = now

    def _safe(self) -> float:
        """Seconds for which a claim is surely ours: the lease less a margin for what is under way and for clocks."""
        return self.lease.total_seconds() * 0.8

    def _replay(self) -> bool:
        """Bring the journals of dead workers to the database; only after this said yes may more be claimed."""
        with journal.alone(self.folder) as alone:
            if not alone:
                return False
            for remains in journal.dead(self.folder, but=self.journal.path):
                at = self.at()
                with transaction.atomic():
                    actions.note_tried(list(remains.tried.values()), claim=remains.claim, at=at)
                    aside = actions.note_crash(remains.trying, claim=remains.claim, at=at)
                    claims.release(Delivery, ids=remains.held, claim=remains.claim, at=at)
                log.warning("read the journal of a dead worker", known=len(remains.tried), in_flight=len(remains.trying))
                if aside:
                    log.error("copies during which the worker died three times were set aside", copies=aside)
        return True

    def _renew(self) -> None:
        began = time.monotonic()
        self._next_renewal = began + self._safe() / 3
        ended = {one.delivery for one in self.outcomes}
        mine = [pk for pk in self.held if pk not in ended]
        still = claims.renew(Delivery, ids=mine, claim=self.claim, lease=self.lease, at=self.at())
        for pk in mine:
            # What is no longer held was withdrawn or is another's: it is not handed over, unless it is on the wire already.
            self.held[pk].safe_until = began + self._safe() if pk in still else 0.0

    def _release(self) -> None:
        """Give back everything that is not in flight."""
        ended = {one.delivery for one in self.outcomes}
        mine = [pk for pk in self.held if pk not in self.bag.flying and pk not in ended]
        self.bag.empty()
        # Forgotten first: if the database does not answer now, they come back when their lease ends.
        for pk in mine:
            del self.held[pk]
        if mine:
            claims.release(Delivery, ids=mine, claim=self.claim, at=self.at())

    def _lost(self) -> None:
        """The post office is out of reach: others may reach it."""
        try:
            self._release()
        except NO_DATABASE as fault:
            log.warning("the database does not answer; the copies come back when their lease ends", fault=str(fault)[:300])

    def _database_trouble(self, fault: Exception) -> None:
        """What ended stays in the journal and in memory; nothing new begins until the database answers."""
        log.warning("the database does not answer; trying again", fault=str(fault)[:300])
        self.halted = True
        connection.close()
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            self.exchange.serve(0.05)

    # --- the journal ---

    def _write_journal(self) -> bool:
        """Asked before every word to the post office: what it answered so far must be on record first."""
        try:
            self.journal.flush()
        except OSError as fault:
            self._disk_trouble(fault)
            return False
        return True

    def _begin_journal(self) -> None:
        try:
            self.journal.restart(self.held, self.bag.flying)
            self.halted = False
        except OSError as fault:
            self._disk_trouble(fault)

    def _disk_trouble(self, fault: OSError) -> None:
        if not self.halted:
            log.error("the journal cannot be written; nothing is sent until it can", fault=str(fault))
        self.halted = True

    # --- the clerk of the lines (see `smtp.Clerk`) ---

    def next(self, line: Line) -> Copy | None:
        """The copy whose envelope this line may take now, or None."""
        if self.stopping or self.halted:
            return None
        if line.current is not None and not self.bag.is_quick(line.current):
            return None  # behind a letter that may take long nobody should wait
        while (copy := self.bag.next(len(self.exchange.lines))) is not None:
            if not self.may_send(copy):
                # Withdrawn, or the lease is in doubt: then it comes back by itself when the lease has ended.
                del self.held[copy.delivery]
            elif self._prepare(copy):
                return copy
            elif self.halted:
                return None
        return None

    def _prepare(self, copy: Copy) -> bool:
        self.journal.trying(copy.delivery)
        # On record before the letter is made: what kills the worker now must be found there (O11).
        if not self._write_journal():
            self.bag.back(copy)
            return False
        try:
            stencil = self.stencils.of(copy.outgoing)
            copy.sender = stencil.sender(copy.delivery)
            copy.eight_bit, copy.utf8 = stencil.eight_bit, stencil.utf8
            copy.letter = stencil.copy(copy.delivery, copy.member)
        except NO_DATABASE as fault:
            self.bag.back(copy)
            self.halted = True
            log.warning("a letter cannot be fetched now", fault=str(fault)[:300])
            return False
        except Exception as fault:  # a door: one letter that cannot be made must not stop the others
            log.exception("a copy could not be made", delivery=copy.delivery)
            self._end(copy, Outcome.REFUSED, f"Set aside: this copy could not be made ({type(fault).__name__}: {fault}).")
            return False
        self.bag.fly(copy)
        return True

    def may_send(self, copy: Copy) -> bool:
        """Whether the lease is surely ours at this moment; asked again right before the letter goes."""
        return copy.safe_until > time.monotonic()

    def sent(self, copy: Copy, answer: str) -> None:
        """The post office took it."""
        self._end(copy, Outcome.SENT, answer)

    def refused(self, copy: Copy, answer: str, *, for_now: bool) -> None:
        """The post office did not take it, for now or for ever."""
        self._end(copy, Outcome.LATER if for_now else Outcome.REFUSED, answer)

    def give_back(self, copy: Copy) -> None:
        """A line could not begin with it; another will."""
        copy.returned += 1
        self.bag.back(copy)

    def _end(self, copy: Copy, outcome: Outcome, answer: str) -> None:
        self.bag.land(copy)
        one = Tried(copy.delivery, outcome, " ".join(answer[:500].split()))
        self.outcomes.append(one)
        self.journal.tried(one)


def claims_due(at: datetime, lanes: Iterable[int] = tuple(Delivery.Lane.values)) -> bool:
    """Whether anything in these lanes waits to be sent at `at`."""
    return any(claims.waiting(Delivery, at=at, where_extra={"lane": lane}) for lane in lanes)
