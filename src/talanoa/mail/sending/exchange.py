"""The lines between one worker and the post office: opened, served and closed.

One thread serves them all with `selectors`. Only opening a line blocks, for names, TLS
and greetings, and has a thread of its own meanwhile; so a post office that takes its
time to greet delays no copy and no heartbeat.
"""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable

import structlog

from talanoa.mail.sending.dialling import NoLine, Route, dial
from talanoa.mail.sending.smtp import Clerk, Line

log = structlog.get_logger(__name__)

REDIAL = 1.0  # seconds between attempts to reach a post office that is down
IDLE = 5.0  # seconds that an unused line is kept
COPIES_A_LINE = 8  # waiting copies that are worth another line
PATIENCE = 0.3  # seconds without an answer on any line, after which waiting copies are worth another in any case


class Exchange:
    """The lines of one worker; not to be shared between threads."""

    def __init__(
        self, route: Route, *, name: str, most: int, clerk: Clerk, may_speak: Callable[[], bool], lost: Callable[[], None]
    ) -> None:
        """`may_speak` is asked before anything is sent; `lost` is told when the post office cannot be reached at all."""
        self.route, self.name, self.most = route, name, most
        self.clerk, self.may_speak, self.lost = clerk, may_speak, lost
        self.lines: list[Line] = []
        self.down = ""  # why the post office cannot be reached
        self._dialled: queue.SimpleQueue[Line | NoLine] = queue.SimpleQueue()
        self._dialling = self._closed = False
        self._next_dial = 0.0
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)

    def ready(self) -> bool:
        """Whether there is a line; if there is none, one is dialled."""
        if not self.lines:
            self._dial()
        return bool(self.lines)

    def wait_ready(self, seconds: float) -> bool:
        """Wait for a line, or for the news that there is none."""
        until = time.monotonic() + seconds
        while not self.ready() and not self.down and time.monotonic() < until:
            self.serve(0.05)
        return bool(self.lines)

    def serve(self, patience: float) -> None:
        """One round: send, wait at most `patience` seconds for an answer, act on what came, send."""
        for line in self.lines:
            line.fill()
        self._send()
        for key, mask in self._selector.select(patience):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._wake.recv(64)
                self._adopt()
            elif mask & selectors.EVENT_READ:
                key.data.receive()
        self._send()
        self._bury()

    def tend(self, waiting: int) -> None:
        """To be called a few times a second: hang up where nothing comes, open lines for `waiting` copies."""
        now = time.monotonic()
        for line in self.lines:
            if now > line.deadline:
                line.lose("No answer in time.")
            elif line.current is None and line.upcoming is None and now - line.idle_since > IDLE:
                line.quit()
        self._bury()
        stuck = all(now - line.idle_since > PATIENCE for line in self.lines)
        if waiting and len(self.lines) < (self.most if stuck else min(self.most, 1 + waiting // COPIES_A_LINE)):
            self._dial()

    def close(self) -> None:
        """Say goodbye on all lines; what is still in flight there becomes unknown."""
        self._closed = True
        for line in self.lines:
            line.quit()
        self.lines.clear()
        self._hang_up_dialled()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _send(self) -> None:
        if not self.may_speak():
            return
        for line in self.lines:
            if line.out and not line.closed:
                try:
                    more = line.flush()
                except OSError as fault:
                    line.lose(f"The connection broke: {fault.strerror or fault}.")
                    continue
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)
                if wanted != line.watched:
                    line.watched = wanted
                    self._selector.modify(line.sock, wanted, line)

    def _bury(self) -> None:
        if any(line.closed for line in self.lines):
            barred = [line.closed for line in self.lines if line.barred]
            self.lines = [line for line in self.lines if not line.closed]
            # A closed socket has no number any more, so the selector is asked by the line.
            for key in list(self._selector.get_map().values()):
                if key.data is not None and key.data.closed:
                    self._selector.unregister(key.fileobj)
            if barred and not self.lines:
                self._next_dial = time.monotonic() + REDIAL
                self._no_way(barred[0])

    def _dial(self) -> None:
        now = time.monotonic()
        if self._dialling or now < self._next_dial:
            return
        self._dialling = True
        # Never faster than this while it fails (E8); after a success the next line may follow at once.
        self._next_dial = now + REDIAL
        threading.Thread(target=self._call, daemon=True).start()

    def _call(self) -> None:
        try:
            answer: Line | NoLine = dial(self.route, self.name)
        except NoLine as fault:
            answer = fault
        except Exception as fault:  # noqa: BLE001  a door: a thread that died silently would stop delivery for good
            answer = NoLine(f"{type(fault).__name__}: {fault}")
        self._dialled.put(answer)
        if self._closed:
            self._hang_up_dialled()
            return
        with contextlib.suppress(OSError):  # closed at this very moment
            self._waker.send(b"!")

    def _hang_up_dialled(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                answer = self._dialled.get_nowait()
                if isinstance(answer, Line):
                    answer.close("nobody needs it any more")

    def _adopt(self) -> None:
        # The number of a socket that just closed may be the new one's.
        self._bury()
        while not self._dialled.empty():
            answer = self._dialled.get()
            self._dialling = False
            if isinstance(answer, Line):
                answer.clerk, answer.watched = self.clerk, selectors.EVENT_READ
                self.lines.append(answer)
                self._selector.register(answer.sock, selectors.EVENT_READ, answer)
                self._next_dial = 0.0
                if self.down:
                    log.info("the post office is back")
                self.down = ""
            else:
                self._no_way(str(answer))

    def _no_way(self, why: str) -> None:
        if not self.down:
            log.warning("the post office cannot be reached; trying again every second", fault=why)
        self.down = why
        if not self.lines:
            self.lost()
