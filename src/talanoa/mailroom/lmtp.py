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
import enum
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import structlog
from django.conf import settings

from talanoa.mailroom import destinations, envelopes, replies
from talanoa.mailroom.envelopes import Refused
from talanoa.mailroom.keeping import MOST_HOPS, Answer, Arrived, Desk, answering, enough_space, hops, keep_together, require_durable
from talanoa.mailroom.wire import CRLF, Gone, Wire, undoubled

if TYPE_CHECKING:
    import threading
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

log = structlog.get_logger()

MOST_CONNECTIONS = 100
MOST_RECIPIENTS = 100  # to a mail: what RFC 5321 4.5.3.1.8 asks for; each costs a row in the one commit
MOST_ERRORS = 20  # a client that talks nonsense is sent away
# A mail beyond LARGE bytes waits until fewer than LARGE_AT_ONCE others are held in memory, while
# the kernel makes its sender wait; a hundred connections could else take gigabytes.
LARGE = 1024 * 1024
LARGE_AT_ONCE = 4
MOST_KNOWN = 1_000

# Seconds.
ANSWER_WITHIN = 40.0  # the promise is 451 within 60 (E10); longer than SQLite waits for a lock
IDLE = 300.0  # RFC 5321 4.5.3.2.7
CROWDED = 10.0  # instead, when more than half of all connections are taken
DATA_BASE = 120.0  # RFC 5321 4.5.3.2.5: what a mail may take, beside its bytes …
DATA_RATE = 32 * 1024  # … at so many bytes a second; a client that trickles holds memory for nothing
GRACE = 5.0  # what a closing door gives to mails that are just coming in
TICK = 0.25
# An address that was ours a moment ago is not looked up again. Where the community has left it
# since, sorting says so and sets the mail aside; nothing is lost. An unknown one is always looked up.
KNOWN_FOR = 5.0

_HIDDEN_ENDS = (b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r")


def serve(
    host: str, port: int, *, stop: threading.Event, ready: Callable[[tuple[str, int]], object] | None = None
) -> None:
    """Take mail in until `stop` is set. `ready` is called with the host and port that listen.

    When `stop` is set, mails whose last byte has come are committed and answered; what
    is unfinished gets 421 and stays with its sender. Raises `keeping.NotDurable` if the
    database may forget what it committed, and OSError if the port cannot be had.
    """
    require_durable()
    asyncio.run(_Door(settings.TALANOA.mail_domain, settings.TALANOA.max_mail_bytes).open(host, port, stop, ready))


class _Door:
    """What all connections share."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self.closing = False
        self.sessions: set[_Session] = set()
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
                session.dismiss()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closing or len(self.sessions) >= MOST_CONNECTIONS:
            writer.write((replies.CLOSING if self.closing else replies.TOO_MANY_CONNECTIONS).encode() + CRLF)
            writer.close()
            return
        session = _Session(self, Wire(reader, writer))
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


class _Phase(enum.Enum):
    COMMAND = "waits for a command"
    DATA = "takes in a mail"
    OURS = "waits for us"


class _Session:
    """One client, and the envelope of the mail that it is handing in."""

    def __init__(self, door: _Door, wire: Wire) -> None:
        self._door = door
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._phase = _Phase.COMMAND
        self._errors = 0
        self._greeted = False
        self._leaving = False
        self._sender: str | None = None  # None before MAIL FROM, "" after MAIL FROM:<>
        self._recipients: list[str] = []
        self._began = 0.0  # when DATA was said
        self._refusal = ""  # of the mail that is coming in
        self._holds_turn = False  # one of the places for large mails
        self.deadline = self._loop.time() + door.idle

    async def converse(self) -> None:
        self._wire.say(replies.welcome(self._door.name))
        while not self._leaving:
            self._phase = _Phase.COMMAND
            self.deadline = self._loop.time() + self._door.idle
            await self._obey(await self._wire.command())
            if self._door.closing and not self._leaving:
                self._wire.say(replies.CLOSING)
                self._leaving = True
            elif self._errors >= MOST_ERRORS:
                self._wire.say(replies.TOO_MANY_ERRORS)
                self._leaving = True
        await self._wire.flush()

    def dismiss(self) -> None:
        """Send a client away whose time is over. One that waits for us is not late: that wait has its own end."""
        if self._phase is not _Phase.OURS:
            self.deadline = self._loop.time() + GRACE
            farewell = replies.CLOSING if self._door.closing else replies.TOO_SLOW
            self._wire.dismiss(*[farewell] * (len(self._recipients) if self._phase is _Phase.DATA else 1))

    def close_at(self, moment: float) -> None:
        """The door closes: a client between commands leaves now, one in the middle of a mail at `moment`."""
        if self._phase is _Phase.COMMAND:
            self.dismiss()
        else:
            self.deadline = min(self.deadline, moment)

    def forget(self) -> None:
        """Begin a new envelope."""
        self._sender = None
        self._recipients = []
        self._refusal = ""
        if self._holds_turn:
            self._holds_turn = False
            self._door.large.release()

    async def _obey(self, line: bytes | None) -> None:
        try:
            verb, argument = _understood(line)
            await self._COMMANDS.get(verb, _Session._unknown)(self, argument)
        except Refused as refusal:
            self._errors += str(refusal).startswith("50")  # nonsense; a refusal of a well-formed command is none
            self._wire.say(str(refusal))

    async def _ask(self, answer: Future[Answer]) -> Answer:
        self._phase = _Phase.OURS
        return await asyncio.wait_for(asyncio.wrap_future(answer), ANSWER_WITHIN)

    # The transaction

    async def _mail(self, argument: str) -> None:
        if not self._greeted:
            raise Refused(replies.LHLO_FIRST)
        if self._sender is not None:
            raise Refused(replies.NESTED_MAIL)
        sender = envelopes.sender(argument, most=self._door.most)
        try:
            if enough_space(self._door.most):
                self._sender = sender
                self._wire.say(replies.SENDER_NOTED)
            else:
                log.error("the disk is nearly full; mail is put off")
                self._wire.say(replies.DISK_FULL)
        except OSError:
            log.exception("the space on the disk cannot be seen")
            self._wire.say(replies.OUR_FAULT)

    async def _rcpt(self, argument: str) -> None:
        if self._sender is None:
            raise Refused(replies.MAIL_FIRST)
        address = envelopes.recipient(argument)
        if len(self._recipients) >= MOST_RECIPIENTS:
            self._wire.say(replies.TOO_MANY_RECIPIENTS)
            return
        try:
            ours = await self._is_ours(address)
        except Exception as fault:  # noqa: BLE001 - a door: any fault of ours is 4xx (D3)
            log.warning("451 for a recipient", fault=str(fault) or repr(fault), recipient=_shown(address))
            self._wire.say(replies.OUR_FAULT)
            return
        if ours:
            self._recipients.append(address)
        self._wire.say(replies.RECIPIENT_NOTED if ours else replies.unknown(address))

    def _shown_recipients(self) -> list[str]:
        return sorted({_shown(address) for address in self._recipients})

    async def _is_ours(self, address: str) -> bool:
        known = self._door.known
        now = self._loop.time()
        if known.get(address, 0.0) > now:
            return True
        ours = await self._ask(self._door.porter.ask(address))
        if ours:
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[address] = now + KNOWN_FOR
        return ours

    async def _data(self, argument: str) -> None:
        if argument:
            raise Refused(replies.NO_ARGUMENT)
        if not self._recipients:
            raise Refused(replies.MAIL_FIRST if self._sender is None else replies.RCPT_FIRST)
        self._wire.say(replies.SEND_DATA)
        self._phase = _Phase.DATA
        self._began = self._loop.time()
        try:
            mail = await self._wire.mail(self._allow)
            refusal = self._refusal or _refusal(mail, self._door.most)
            if refusal:
                log.info("mail refused", reply=refusal, sender=_shown(self._sender), to=self._shown_recipients())
                self._wire.say(*[refusal] * len(self._recipients))
            else:
                mail = undoubled(mail)
                self._wire.say(*await self._keep(mail))
        finally:
            self.forget()

    async def _allow(self, size: int) -> bool:
        """Whether more of this mail may be held in memory; waits for a turn if it has become large."""
        if not self._door.closing:
            self.deadline = self._began + self._door.patience(size)
        # A third more than the limit: so much the doubled dots can add. The mail itself is measured later.
        if size > self._door.most * 4 // 3 + 8:
            self._refusal = self._refusal or replies.too_large(self._door.most)
        elif size > LARGE and not self._holds_turn and not self._refusal:
            self._phase = _Phase.OURS
            waited = self._loop.time()
            try:
                await asyncio.wait_for(self._door.large.acquire(), ANSWER_WITHIN)
                self._holds_turn = True
            except TimeoutError:
                self._refusal = replies.BUSY
            self._phase = _Phase.DATA
            self._began += self._loop.time() - waited
        return not self._refusal

    async def _keep(self, mail: bytes) -> list[str]:
        """Have the mail kept; the reply for each recipient, in the order of RCPT (D2)."""
        arrived = Arrived(mail, tuple(self._recipients), self._sender or "", datetime.now(UTC))
        try:
            numbers = await self._ask(self._door.clerk.ask(arrived))
        except Exception as fault:  # noqa: BLE001 - a door: any fault of ours is 4xx (D3)
            log.warning("451 for a mail", fault=str(fault) or repr(fault), sender=_shown(self._sender), to=self._shown_recipients())
            return [replies.OUR_FAULT] * len(self._recipients)
        log.info("kept", mails=numbers, size=len(mail), sender=_shown(self._sender), to=self._shown_recipients())
        return [replies.kept(number) for number in numbers]

    # Other commands

    async def _lhlo(self, argument: str) -> None:
        if not argument:
            raise Refused(replies.NAME_YOURSELF)
        self._greeted = True
        self.forget()
        self._wire.say(*replies.extensions(self._door.name, self._door.most))

    async def _rset(self, argument: str) -> None:
        if argument:
            raise Refused(replies.NO_ARGUMENT)
        self.forget()
        self._wire.say(replies.DONE)

    async def _quit(self, _argument: str) -> None:
        self._wire.say(replies.BYE)
        self._leaving = True

    async def _noop(self, _argument: str) -> None:
        self._wire.say(replies.DONE)

    async def _vrfy(self, _argument: str) -> None:
        self._wire.say(replies.NOT_VERIFIED)

    async def _help(self, _argument: str) -> None:
        self._wire.say(replies.HELP)

    async def _hello(self, _argument: str) -> None:
        raise Refused(replies.SAY_LHLO)  # RFC 2033 4.1

    async def _unknown(self, _argument: str) -> None:
        raise Refused(replies.UNKNOWN_COMMAND)

    _COMMANDS: ClassVar[dict[str, Callable[[_Session, str], Awaitable[None]]]] = {
        "LHLO": _lhlo,
        "HELO": _hello,
        "EHLO": _hello,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "RSET": _rset,
        "NOOP": _noop,
        "VRFY": _vrfy,
        "HELP": _help,
        "QUIT": _quit,
    }


def _shown(address: str | None) -> str:
    """An address for the log: what stands after a plus sign may be a token that opens something (S7)."""
    local, at, domain = (address or "").rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _understood(line: bytes | None) -> tuple[str, str]:
    """The verb of a command, in capitals, and its argument."""
    if line is None:
        raise Refused(replies.LONG_COMMAND)
    if not line.endswith(CRLF) or b"\r" in line[:-2]:
        # Also what would follow a mail that somebody tried to end in a way of his own (M2).
        raise Refused(replies.NO_BARE_LINE_ENDS)
    try:
        verb, _, argument = line[:-2].decode().partition(" ")
    except UnicodeDecodeError as fault:
        raise Refused(replies.NOT_TEXT) from fault
    return verb.upper(), argument.strip(" ")


def _refusal(mail: bytes, most: int) -> str:
    """The reply to a mail, dots still doubled, that no later attempt could make welcome; "" if it may come in."""
    if len(mail) - mail.count(b"\r\n.") - mail.startswith(b".") > most:
        return replies.too_large(most)
    if any(end in mail for end in _HIDDEN_ENDS) or mail.startswith((b".\n", b".\r")):
        return replies.HIDDEN_END
    if hops(mail) > MOST_HOPS:
        return replies.TOO_MANY_HOPS
    return ""
