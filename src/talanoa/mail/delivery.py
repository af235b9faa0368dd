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

import queue
import selectors
import socket
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from talanoa.mail import actions, claims, dkim, journal
from talanoa.mail.models import Delivery, Outgoing
from talanoa.mail.outcomes import Outcome, Tried
from talanoa.mail.smtp import Copy, Line, NoLine, Route, dial
from talanoa.mail.stencil import Stencil

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
SLICE = 500
FIRST_SLICE = 64
POLL = 0.075  # seconds between looks into an empty outbox
SETTLE = 0.5  # seconds that an outcome may wait for the database
BEAT = 0.1
REDIAL = 1.0  # seconds between attempts to reach a post office that is down
SLOW = 3.0  # seconds after which a domain no longer counts as quick
IDLE = 5.0  # seconds that an unused connection is kept
FAREWELL = 20.0  # seconds that copies in flight are waited for at the end
CACHE = 64 * 1024 * 1024  # bytes of letters kept ready


class Postman:
    """One worker's part of delivery; not to be shared between threads."""

    def __init__(self, *, lease: timedelta = LEASE, slice_size: int = SLICE) -> None:
        self.claim = claims.new_claim()
        self.lease, self.most = lease, slice_size
        self.slice_size = min(FIRST_SLICE, slice_size)
        self.route = Route.of(settings.TALANOA.smtp_url)
        self.folder = settings.TALANOA.home / "journal"
        self.signing = dkim.keys()
        self.journal: journal.Journal | None = None
        self.held: dict[int, Copy] = {}  # claimed and not yet known to have ended
        self.fresh: deque[Copy] = deque()
        self.aside: deque[Copy] = deque()  # to domains not known to be quick
        self.suspects: deque[Copy] = deque()  # sent alone, so that only the guilty one is in flight if it happens again
        self.flying: dict[int, Copy] = {}
        self.outcomes: list[Tried] = []
        self.settled = 0
        self.lines: list[Line] = []
        self.quick: set[str] = set()
        self.stencils: OrderedDict[int, Stencil] = OrderedDict()
        self.cached = 0
        self.down = ""  # why the post office cannot be reached
        self.stopping = self.halted = False
        self._dialled: queue.SimpleQueue[Line | NoLine] = queue.SimpleQueue()
        self._dialling = 0
        self._next_dial = self._next_beat = self._next_renewal = self._last_settled = self._last_claim = 0.0
        self._clock: tuple[datetime, float] | None = None
        self._given_clock = False
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)

    # --- the two ways to work ---

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; then finish what is in flight, and release the rest.

        The database or the post office may come and go; only bugs are raised.
        """
        drained = 0.0
        try:
            while not stop.is_set():
                try:
                    now = time.monotonic()
                    if self._runs_low() and now - drained >= POLL:
                        due = claims_due(self.at())
                        # Without a line nothing is claimed: it would only wait in the wrong hands.
                        if not due or (self._has_line() and self._turn() < self.slice_size):
                            drained = now
                    self._pump(BEAT if self.flying or self.fresh else POLL)
                except (DatabaseError, InterfaceError) as fault:
                    self._database_trouble(fault)
        finally:
            self._finish()

    def step(self, at: datetime) -> int:
        """Claim what is due at `at`, send it, and wait for the answers; returns how many were settled.

        For callers with a clock of their own. Returns 0 when the post office is down.
        """
        self._clock, self._given_clock = (at, time.monotonic()), True
        self.slice_size = self.most
        before = self.settled
        until = time.monotonic() + 2 * REDIAL
        while not self._has_line() and (not self.down or self._dialling) and time.monotonic() < until:
            self._pump(0.01)
        if not self._has_line():
            self.down = ""
            self._next_dial = 0.0
            return 0
        self._turn()
        while self.held or self.outcomes:
            self._pump(BEAT)
            if not self.fresh and not self.aside and not self.suspects and not self.flying:
                self._turn(claiming=False)
        return self.settled - before

    def close(self) -> None:
        """Finish what is in flight and release the rest."""
        self._finish()

    def at(self) -> datetime:
        """Now, by the clock that leases are counted in."""
        now = time.monotonic()
        if self._clock is None or (now - self._clock[1] > 10 and not self._given_clock):
            self._clock = (claims.clock(), now)
        return self._clock[0] + timedelta(seconds=now - self._clock[1])

    # --- the database ---

    def _turn(self, *, claiming: bool = True) -> int:
        """Write down what ended, and claim more; returns how many copies were claimed."""
        if self.journal is None:
            self.journal = journal.Journal(self.folder, self.claim)
        if claiming:
            self._replay()
            self._fit_slice()
        at, began = self.at(), time.monotonic()
        rows: list[tuple] = []
        with transaction.atomic():
            if self.outcomes:
                actions.note_tried(self.outcomes, claim=self.claim, at=at)
            if claiming:
                for lane in Delivery.Lane.values:
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
        for one in self.outcomes:
            self.held.pop(one.delivery, None)
        self.settled += len(self.outcomes)
        self.outcomes = []
        self._last_settled = time.monotonic()
        elsewhere = journal.sent_by_others(self.folder, but=self.journal.path) if rows else set()
        personal = []
        for pk, outgoing, address, member, attempts, answer, lane in rows:
            copy = Copy(pk, outgoing, address, member, safe_until=began + self._safe())
            copy.suspect = attempts > 0 and not answer
            copy.domain = address.rpartition("@")[2].lower()
            self.held[pk] = copy
            if pk in elsewhere:
                self.outcomes.append(Tried(pk, Outcome.SENT, "Sent by a worker that stood still."))
            elif copy.suspect:
                self.suspects.append(copy)
            elif lane == Delivery.Lane.PERSONAL:
                personal.append(copy)
            else:
                self.fresh.append(copy)
        self.fresh.extendleft(reversed(personal))
        if rows and self._next_renewal < began:
            self._next_renewal = began + self.lease.total_seconds() / 4
        self._rewrite_journal()
        return len(rows)

    def _fit_slice(self) -> None:
        """Hold about a second of work, so that a slow post office leaves something for the other workers."""
        now = time.monotonic()
        if self.held:
            took = now - self._last_claim
            if took < 0.5:
                self.slice_size = min(self.slice_size * 2, self.most)
            elif took > 2:
                self.slice_size = max(self.slice_size // 2, min(16, self.most))
        self._last_claim = now

    def _rewrite_journal(self) -> None:
        assert self.journal is not None
        try:
            self.journal.restart(self.held, self.flying)
            self.halted = False
        except OSError as fault:
            self._disk_trouble(fault)

    def _safe(self) -> float:
        """Seconds after a claim for which it is surely ours: the lease less a margin for sending and for clocks."""
        return self.lease.total_seconds() * 0.8

    def _replay(self) -> None:
        """Bring the journals of dead workers to the database, before anything of theirs is claimed again."""
        assert self.journal is not None
        for remains in journal.dead(self.folder, but=self.journal.path):
            at = self.at()
            with transaction.atomic():
                actions.note_tried(list(remains.tried.values()), claim=remains.claim, at=at)
                crashed = actions.note_crash(remains.trying, claim=remains.claim, at=at)
                claims.release(Delivery, ids=remains.held, claim=remains.claim, at=at)
            log.warning("read the journal of a dead worker", sent=len(remains.tried), in_flight=len(remains.trying), set_aside=crashed)
            if crashed:
                log.error("copies that stopped their worker three times were set aside", copies=crashed)

    def _renew(self) -> None:
        began = time.monotonic()
        self._next_renewal = began + self.lease.total_seconds() / 4
        ended = {one.delivery for one in self.outcomes}
        mine = [pk for pk in self.held if pk not in ended]
        if not mine:
            return
        still = claims.renew(Delivery, ids=mine, claim=self.claim, lease=self.lease, at=self.at())
        for pk in mine:
            copy = self.held[pk]
            if pk in still:
                copy.safe_until = began + self._safe()
            elif pk in self.flying:
                copy.safe_until = 0.0  # withdrawn, or another's: not handed over unless it is already on the wire
            else:
                copy.safe_until = 0.0
                del self.held[pk]

    def _release(self) -> None:
        """Give back everything that is not in flight."""
        ended = {one.delivery for one in self.outcomes}
        mine = [pk for pk in self.held if pk not in self.flying and pk not in ended]
        for waiting in (self.fresh, self.aside, self.suspects):
            waiting.clear()
        if mine:
            claims.release(Delivery, ids=mine, claim=self.claim, at=self.at())
            for pk in mine:
                del self.held[pk]

    def _stencil(self, outgoing: int) -> Stencil:
        """The letter, made ready; the last used 64 MiB of letters stay so."""
        if (known := self.stencils.get(outgoing)) is not None:
            self.stencils.move_to_end(outgoing)
            return known
        head, body, bounces_to = Outgoing.objects.values_list("head", "body", "bounces_to").get(pk=outgoing)
        made = Stencil(head=bytes(head), body=bytes(body), bounces_to=bounces_to, signing=self.signing)
        self.stencils[outgoing] = made
        self.cached += made.size
        while self.cached > CACHE and len(self.stencils) > 1:
            self.cached -= self.stencils.popitem(last=False)[1].size
        return made

    def _database_trouble(self, fault: Exception) -> None:
        """What ended stays in the journal and in memory; nothing new begins until the database answers."""
        log.warning("the database does not answer; trying again", fault=str(fault)[:300])
        self.halted = True
        connection.close()
        until = time.monotonic() + REDIAL / 2
        while time.monotonic() < until:
            self._exchange(0.05)

    def _disk_trouble(self, fault: OSError) -> None:
        if not self.halted:
            log.error("the journal cannot be written; nothing is sent until it can", fault=str(fault))
        self.halted = True

    # --- the clerk of the lines (see `smtp.Clerk`) ---

    def next(self, line: Line) -> Copy | None:
        """The copy whose envelope this line may take now, or None."""
        if self.stopping or self.halted or any(copy.suspect for copy in self.flying.values()):
            return None
        if line.current is not None and line.current.domain not in self.quick:
            return None  # behind a letter that may take long nobody should wait
        while (copy := self._choose()) is not None:
            if copy.safe_until > time.monotonic():
                if self._prepare(copy):
                    return copy
                if self.halted:
                    return None
            else:
                # Withdrawn, or the lease is in doubt: then it comes back by itself when the lease ends.
                self.held.pop(copy.delivery, None)
        return None

    def _choose(self) -> Copy | None:
        # One line stays free for domains known to be quick: a tarpit must not stop the others (O6).
        slow = sum(copy.domain not in self.quick for copy in self.flying.values())
        room = slow < max(1, len(self.lines) - 1)
        if self.aside and room:
            return self.aside.popleft()
        while self.fresh:
            copy = self.fresh.popleft()
            if room or copy.domain in self.quick:
                return copy
            self.aside.append(copy)
        if self.suspects and not self.flying and not self.aside:
            return self.suspects.popleft()
        return None

    def _prepare(self, copy: Copy) -> bool:
        assert self.journal is not None
        self.journal.trying(copy.delivery)
        try:
            # Before the letter is made: what kills the worker now must be found in the journal (O11).
            self.journal.flush()
            stencil = self._stencil(copy.outgoing)
            copy.sender = stencil.sender(copy.delivery)
            copy.eight_bit, copy.utf8 = stencil.eight_bit, stencil.utf8
            copy.letter = stencil.copy(copy.delivery, copy.member)
        except (DatabaseError, InterfaceError, OSError) as fault:
            self.fresh.appendleft(copy)
            self.halted = True
            log.warning("a letter cannot be fetched now", fault=str(fault)[:300])
            return False
        except Exception as fault:  # a door: one letter that cannot be made must not stop the others
            log.exception("a copy could not be made", delivery=copy.delivery)
            self._ended(copy, Outcome.REFUSED, f"Set aside: this copy could not be made ({type(fault).__name__}: {fault}).")
            return False
        copy.started = time.monotonic()
        self.flying[copy.delivery] = copy
        return True

    def may_send(self, copy: Copy) -> bool:
        """Whether the lease is surely ours at this moment; asked right before the letter goes."""
        return copy.safe_until > time.monotonic()

    def sent(self, copy: Copy, answer: str) -> None:
        """The post office took it."""
        if time.monotonic() - copy.started < SLOW:
            self.quick.add(copy.domain)
        else:
            self.quick.discard(copy.domain)
        self._ended(copy, Outcome.SENT, answer)

    def refused(self, copy: Copy, answer: str, *, for_now: bool) -> None:
        """The post office did not take it, for now or for ever."""
        self._ended(copy, Outcome.LATER if for_now else Outcome.REFUSED, answer)

    def give_back(self, copy: Copy) -> None:
        """A line could not begin with it; another will."""
        self.flying.pop(copy.delivery, None)
        copy.returned += 1
        (self.suspects if copy.suspect else self.fresh).appendleft(copy)

    def _ended(self, copy: Copy, outcome: Outcome, answer: str) -> None:
        assert self.journal is not None
        self.flying.pop(copy.delivery, None)
        one = Tried(copy.delivery, outcome, " ".join(answer[:500].split()))
        self.outcomes.append(one)
        self.journal.tried(one)

    # --- the lines ---

    def _has_line(self) -> bool:
        if not self.lines:
            self._dial()
        return bool(self.lines)

    def _runs_low(self) -> bool:
        """Whether more may be claimed: suspects must be through first, or they would wait for ever."""
        return len(self.fresh) + len(self.aside) <= self.slice_size // 5 and not self.suspects and not self.halted

    def _dial(self) -> None:
        now = time.monotonic()
        if self._dialling or now < self._next_dial:
            return
        self._dialling += 1
        # Never faster than this while it fails (E8); when it succeeds the next line may follow at once.
        self._next_dial = now + REDIAL

        def call() -> None:
            try:
                answer: Line | NoLine = dial(self.route, settings.TALANOA.mail_domain)
            except NoLine as fault:
                answer = fault
            except Exception as fault:  # a thread that dies silently would stop delivery for good
                answer = NoLine(f"{type(fault).__name__}: {fault}")
            self._dialled.put(answer)
            try:
                self._waker.send(b"!")
            except OSError:
                pass  # we are gone

        threading.Thread(target=call, daemon=True).start()

    def _adopt(self) -> None:
        while not self._dialled.empty():
            answer = self._dialled.get()
            self._dialling -= 1
            if isinstance(answer, Line):
                answer.clerk = self
                self.lines.append(answer)
                self._selector.register(answer, selectors.EVENT_READ, answer)
                self._next_dial = 0.0
                if self.down:
                    log.info("the post office is back")
                self.down = ""
            else:
                if not self.down:
                    log.warning("the post office cannot be reached; trying again every second", fault=str(answer))
                self.down = str(answer)
                if not self.lines:
                    self._release()

    def _pump(self, patience: float) -> None:
        """One round: send, wait at most `patience` seconds, read; and at intervals the rest."""
        self._exchange(patience)
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            self._beat(now)
        if self.outcomes and (
            len(self.outcomes) >= self.slice_size
            or now - self._last_settled >= SETTLE
            or not (self.flying or self.fresh or self.aside or self.suspects)
        ):
            self._turn(claiming=False)

    def _exchange(self, patience: float) -> None:
        for line in self.lines:
            line.fill()
        self._send()
        for key, mask in self._selector.select(patience):
            line: Line | None = key.data
            if line is None:
                self._wake.recv(64)
                self._adopt()
            elif mask & selectors.EVENT_READ:
                line.receive()
        self._send()
        if any(line.closed for line in self.lines):
            self._bury()

    def _send(self) -> None:
        """Journal first, then the wire: what was answered is on record before anything else is said."""
        if self.journal is not None:
            try:
                self.journal.flush()
            except OSError as fault:
                self._disk_trouble(fault)
                return
        for line in self.lines:
            if line.out and not line.closed:
                try:
                    more = line.flush()
                except OSError as fault:
                    line.lose(f"The connection broke: {fault.strerror or fault}.")
                    continue
                self._selector.modify(line, selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0), line)

    def _bury(self) -> None:
        for line in [line for line in self.lines if line.closed]:
            self.lines.remove(line)
            for key in [key for key in self._selector.get_map().values() if key.data is line]:
                self._selector.unregister(key.fileobj)
        if not self.lines and not self.stopping:
            self._has_line()

    def _beat(self, now: float) -> None:
        if now >= self._next_renewal and self.held:
            self._renew()
        for line in self.lines:
            if now > line.deadline:
                line.lose("No answer in time.")
            elif line.current is None and line.upcoming is None and now - line.idle_since > IDLE:
                line.quit()
        for copy in self.flying.values():
            if now - copy.started > SLOW:
                self.quick.discard(copy.domain)
        if len(self.quick) > 50_000:
            self.quick.clear()
        work = len(self.fresh) + len(self.aside)
        if work and len(self.lines) < min(settings.TALANOA.smtp_connections, 1 + work // 8) and not self.stopping:
            self._dial()
        if any(line.closed for line in self.lines):
            self._bury()
        if self.fresh and not self.halted and not self.stopping and self._personal_waits():
            self._turn()

    def _personal_waits(self) -> bool:
        """A sign-in link does not queue behind ten thousand copies."""
        return claims_due(self.at(), lanes=[Delivery.Lane.PERSONAL])

    def _finish(self) -> None:
        self.stopping = True
        until = time.monotonic() + FAREWELL
        while self.flying and time.monotonic() < until:
            self._exchange(BEAT)
        forget = False
        try:
            if self.outcomes:
                self._turn(claiming=False)
            self._release()
            forget = not self.flying
        except (DatabaseError, InterfaceError) as fault:
            log.warning("the database does not answer; the journal will be read later", fault=str(fault)[:300])
        for line in self.lines:
            line.quit()
        self.lines.clear()
        if self.journal is not None:
            self.journal.close(forget=forget)
            self.journal = None
        self._selector.close()
        self._wake.close()
        self._waker.close()


def claims_due(at: datetime, lanes: Iterable[int] = tuple(Delivery.Lane.values)) -> bool:
    """Whether anything in these lanes waits to be sent at `at`."""
    return any(claims.waiting(Delivery, at=at, where_extra={"lane": lane}) for lane in lanes)
