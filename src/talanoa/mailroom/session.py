"""One client at the mail door: its commands, its envelope, and the mail that it is handing in."""

from __future__ import annotations

import asyncio
import enum
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import structlog

from talanoa.mailroom import envelopes, replies
from talanoa.mailroom.envelopes import Refused
from talanoa.mailroom.keeping import MOST_HOPS, Answer, Arrived, enough_space, hops
from talanoa.mailroom.wire import CRLF, undoubled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from talanoa.mailroom.lmtp import Door
    from talanoa.mailroom.wire import Wire

log = structlog.get_logger()

MOST_RECIPIENTS = 100  # to a mail: what RFC 5321 4.5.3.1.8 asks for; each costs a row in the one commit
MOST_ERRORS = 20  # a client that talks nonsense is sent away
LARGE = 1024 * 1024  # a mail of more bytes waits for its turn, while the kernel makes its sender wait
MOST_KNOWN = 1_000

# Seconds.
ANSWER_WITHIN = 40.0  # the promise is 451 within 60 (E10); longer than SQLite waits for a lock
# An address that was ours a moment ago is not looked up again. Where the community has left it
# since, sorting says so and sets the mail aside; nothing is lost. An unknown one is always looked up.
KNOWN_FOR = 5.0

_HIDDEN_ENDS = (b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r")


class _Phase(enum.Enum):
    COMMAND = "waits for a command"
    DATA = "takes in a mail"
    OURS = "waits for us"


class Session:
    """One client, and the envelope of the mail that it is handing in."""

    def __init__(self, door: Door, wire: Wire) -> None:
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

    def dismiss(self, *, until: float) -> None:
        """Send a client away whose time is over. One that waits for us is not late: that wait has its own end."""
        if self._phase is not _Phase.OURS:
            self.deadline = until
            farewell = replies.CLOSING if self._door.closing else replies.TOO_SLOW
            self._wire.dismiss(*[farewell] * (len(self._recipients) if self._phase is _Phase.DATA else 1))

    def close_at(self, moment: float) -> None:
        """The door closes: a client between commands leaves now, one in the middle of a mail at `moment`."""
        if self._phase is _Phase.COMMAND:
            self.dismiss(until=moment)
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
            await self._COMMANDS.get(verb, Session._unknown)(self, argument)
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

    _COMMANDS: ClassVar[dict[str, Callable[[Session, str], Awaitable[None]]]] = {
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
