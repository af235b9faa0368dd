"""The parts of a running Talanoa, each alone or all in one process group.

`serve` sets the house up once and forks its parts from itself, so that they share
the memory of what they all need. A part that dies is started again; when the
supervisor is told to stop, or dies, the parts stop too.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

import structlog
from django.core.management import call_command
from django.db import connections

from talanoa.commandline import Refused

log = structlog.get_logger()

PATIENCE = 45.0  # seconds that parts have to finish what is in flight; the mail door may need 40
_PR_SET_PDEATHSIG = 1

Part = tuple[str, Callable[[], object]]


def web(address: tuple[str, int], workers: int) -> None:
    """Answer pages until SIGTERM or SIGINT."""
    import logging

    from django.core.wsgi import get_wsgi_application
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    application = get_wsgi_application()
    _load_pages()
    logging.getLogger("_granian").setLevel(logging.WARNING)
    server = Server(
        "talanoa",
        address=address[0],
        port=address[1],
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,  # each holds a database connection; the Rust side waits for slow clients
        backpressure=256,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    )
    connections.close_all()
    server.serve(target_loader=lambda *_, **__: application, wrap_loader=False)


def lmtp(address: tuple[str, int]) -> None:
    """Take mail in until SIGTERM or SIGINT."""
    from talanoa.mailroom import lmtp
    from talanoa.mailroom.keeping import NotDurable

    try:
        lmtp.serve(*address, stop=_stopped_by_signal())
    except NotDurable as refusal:
        raise Refused(str(refusal)) from refusal
    except OSError as fault:
        raise Refused(f"The mail door cannot listen on {address[0]}:{address[1]}: {fault.strerror or fault}.") from fault


def worker() -> None:
    """Sort and deliver until SIGTERM or SIGINT."""
    from talanoa.mailroom import worker

    worker.run(_stopped_by_signal())


def serve(
    *,
    http: tuple[str, int],
    lmtp: tuple[str, int],
    web_workers: int,
    workers: int,
    further: Sequence[Part] = (),
    ready: Callable[[], None] | None = None,
) -> int:
    """Run everything until SIGTERM or SIGINT; `ready` is called when both doors answer."""
    for door, address in (("web", http), ("mail", lmtp)):
        _refuse_if_taken(door, address)
    call_command("migrate", verbosity=0)
    parts: list[Part] = [
        ("lmtp", lambda: globals()["lmtp"](lmtp)),
        *((f"worker {number}", worker) for number in range(1, workers + 1)),
        ("web", lambda: web(http, web_workers)),
        *further,
    ]
    _load_pages()
    connections.close_all()
    gc.collect()
    gc.freeze()  # what is made before the fork is shared by all parts and never moved
    return Supervisor(parts).run(lambda: _when_open((http, lmtp), ready))


class Supervisor:
    """Keeps forked parts running."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = dict(parts)
        self.running: dict[int, str] = {}
        self.started: dict[str, float] = {}
        self.stopping = False

    def run(self, then: Callable[[], None]) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for name in self.parts:
            self._start(name)
        threading.Thread(target=then, daemon=True).start()
        while self.running:
            self._wait()
        return 0

    def _wait(self) -> None:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            self.running.clear()
            return
        if pid == 0:
            time.sleep(0.1)
            if self.stopping and time.monotonic() - self.stopped_at > PATIENCE:
                self._signal(signal.SIGKILL)
            return
        name = self.running.pop(pid, "")
        if name and not self.stopping:
            log.warning("a part ended and is started again", part=name, status=os.waitstatus_to_exitcode(status))
            # A part that dies at once must not keep the machine busy.
            time.sleep(max(0.0, 1.0 - (time.monotonic() - self.started[name])))
            if not self.stopping:
                self._start(name)

    def _start(self, name: str) -> None:
        self.started[name] = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _become(self.parts[name])
        self.running[pid] = name

    def _stop(self, *_: object) -> None:
        if not self.stopping:
            self.stopping, self.stopped_at = True, time.monotonic()
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        for pid in self.running:
            os.kill(pid, number)


def _become(part: Callable[[], object]) -> NoReturn:
    """The life of a forked part."""
    code = 1
    try:
        # Ctrl-C reaches the whole group; the supervisor alone answers it, and tells each part once.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_with_parent()
        part()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("a part failed")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with_parent() -> None:
    """On Linux, get SIGTERM when the supervisor is killed, so that no orphan keeps a port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: stop.set())
    return stop


def _load_pages() -> None:
    """Import the pages now: each web process would otherwise do so for itself, at its first request."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018  # reading it is what imports


def _refuse_if_taken(door: str, address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as fault:
            raise Refused(f"The {door} door cannot listen on {address[0]}:{address[1]}: {fault.strerror}.") from fault


def _when_open(addresses: Sequence[tuple[str, int]], then: Callable[[], None] | None) -> None:
    """Wait until the doors answer, say so, and call `then`."""
    for host, port in addresses:
        for _ in range(600):
            try:
                socket.create_connection((host, port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
    log.info("open", web=f"{addresses[0][0]}:{addresses[0][1]}", mail=f"{addresses[1][0]}:{addresses[1][1]}")
    if then:
        then()
