"""The mail door: LMTP (RFC 2033), with one reply for each recipient on every path (D2).

A 250 is said only after the mail's bytes are committed and fsynced (D1). Nothing is
tried with a mail here but what cannot wait: is the address ours, is the mail too large,
does it go in a circle. Any fault of ours is a 4xx, so that the post office in front
of us keeps the mail and comes again (D3).

The event loop only moves bytes. Questions to the database go to the desks of
`keeping`, which have threads of their own.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from talanoa.mailroom import destinations, replies
from talanoa.mailroom.keeping import Arrived, Desk, answering, keep_together, require_durable
from talanoa.mailroom.session import Session
from talanoa.mailroom.wire import CRLF, Gone, Wire

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

log = structlog.get_logger()

MOST_CONNECTIONS = 100
LARGE_AT_ONCE = 4  # mails beyond LARGE that are held in memory; a hundred connections could else take gigabytes

# Seconds.
IDLE = 300.0  # RFC 5321 4.5.3.2.7
CROWDED = 10.0  # instead, when more than half of all connections are taken
DATA_BASE = 120.0  # RFC 5321 4.5.3.2.5: what a mail may take, beside its bytes …
DATA_RATE = 32 * 1024  # … at so many bytes a second; a client that trickles holds memory for nothing
GRACE = 5.0  # what a closing door gives to mails that are just coming in
TICK = 0.25


def serve(
    host: str, port: int, *, stop: threading.Event, ready: Callable[[tuple[str, int]], object] | None = None
) -> None:
    """Take mail in until `stop` is set. `ready` is called with the host and port that listen.

    When `stop` is set, mails whose last byte has come are committed and answered; what
    is unfinished gets 421 and stays with its sender. Raises `keeping.NotDurable` if the
    database may forget what it committed, and OSError if the port cannot be had.
    """
    require_durable()
    asyncio.run(Door(settings.TALANOA.mail_domain, settings.TALANOA.max_mail_bytes).open(host, port, stop, ready))


class Door:
    """What all connections share."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self.closing = False
        self.sessions: set[Session] = set()
        self.large = asyncio.Semaphore(LARGE_AT_ONCE)
        self.clerk: Desk[Arrived, list[int]] = Desk(keep_together, name="keep", threads=1)
        self.known: dict[str, float] = {}  # addresses of ours, and until when that need not be asked again
        self.porter: Desk[str, bool] = Desk(answering(_is_ours), name="resolve", threads=2)

    @property
    def crowded(self) -> bool:
        return len(self.sessions) > MOST_CONNECTIONS // 2

    @property
    def idle(self) -> float:
        """How long a client may take for its next command, however many bytes of it trickle in."""
        return CROWDED if self.crowded else IDLE

    def patience(self, size: int) -> float:
        """How long a client may take for a mail of which `size` bytes have come."""
        return (CROWDED if self.crowded else DATA_BASE) + min(size, self.most) / DATA_RATE

    async def open(
        self,
        host: str,
        port: int,
        stop: threading.Event,
        ready: Callable[[tuple[str, int]], object] | None,
    ) -> None:
        server = await asyncio.start_server(self._welcome, host, port, backlog=256)
        at = server.sockets[0].getsockname()[:2]
        log.info("the mail door is open", host=at[0], port=at[1])
        if ready:
            ready(at)
        while not stop.is_set():  # an event of threads and signals, not of asyncio
            self._look_around()
            await asyncio.sleep(TICK)
        self.closing = True
        server.close()
        log.info("the mail door closes", connections=len(self.sessions))
        ends = asyncio.get_running_loop().time() + GRACE
        for session in tuple(self.sessions):
            session.close_at(ends)
        while self.sessions:
            self._look_around()
            await asyncio.sleep(TICK / 10)

    def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        for session in tuple(self.sessions):
            if session.deadline <= now:
                session.dismiss(until=now + GRACE)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closing or len(self.sessions) >= MOST_CONNECTIONS:
            writer.write((replies.CLOSING if self.closing else replies.TOO_MANY_CONNECTIONS).encode() + CRLF)
            writer.close()
            return
        session = Session(self, Wire(reader, writer))
        self.sessions.add(session)
        try:
            await session.converse()
        except (ConnectionError, Gone):
            log.debug("a client has left")
        except Exception:
            # A bug of ours must not look like a refusal: the connection breaks, and the mail comes again.
            log.exception("a connection broke")
        finally:
            session.forget()
            self.sessions.discard(session)
            writer.close()


def _is_ours(address: str) -> bool:
    return destinations.resolve(address) is not None
