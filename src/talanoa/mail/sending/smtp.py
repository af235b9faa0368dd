"""Speaking SMTP to the post office that takes our mail (RFC 5321).

One recipient per transaction, many transactions per connection. With PIPELINING
(RFC 2920) the envelope of the next copy rides behind the body of the last one, so
that a copy costs one round trip; without it the verbs go one by one.

A `Line` never blocks: it is fed by `receive` and `flush` when its socket is ready.
`dialling.dial` makes it. What happens to copies is told to a `Clerk`.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from talanoa.mail.sending.folding import ADDRESS, CannotWrite, address_spec

REPLY_SECONDS = 300.0  # RFC 5321, 4.5.3.2
DOT_SECONDS = 600.0
# Faults of our own settings: they say nothing about the recipient.
NOT_ALLOWED = frozenset((530, 534, 535, 538))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(slots=True, eq=False)
class Copy:
    """One delivery on its way, between its claim and its outcome."""

    delivery: int
    outgoing: int
    address: str
    member: int | None
    safe_until: float = 0.0  # time.monotonic(): until then nobody else can hold it
    suspect: bool = False  # a worker died while sending it
    domain: str = ""
    sender: str = ""
    eight_bit: bool = False
    utf8: bool = False
    letter: bytes = b""
    started: float = 0.0
    returned: int = 0  # how often a connection gave it back unsent


class Clerk(Protocol):
    """Who hands out copies and hears what became of them."""

    def next(self, line: Line) -> Copy | None: ...
    def may_send(self, copy: Copy) -> bool: ...
    def sent(self, copy: Copy, answer: str) -> None: ...
    def refused(self, copy: Copy, answer: str, *, for_now: bool) -> None: ...
    def give_back(self, copy: Copy) -> None: ...


class Line:
    """One connection to the post office, greeted and ready."""

    def __init__(self, sock: socket.socket, offers: dict[str, str], clerk: Clerk | None = None) -> None:
        self.sock = sock
        self.offers = offers
        self.clerk = clerk
        self.pipelining = "PIPELINING" in offers
        self.current: Copy | None = None  # its letter is handed over, the answer is due
        self.upcoming: Copy | None = None  # its envelope is handed over
        self.deadline = float("inf")
        self.idle_since = time.monotonic()
        self.out = bytearray()
        self.closed = ""  # why, once it is
        self.barred = False  # closed because we are not let in
        self.watched = 0  # the events that the exchange waits for
        self._expected: deque[str] = deque()
        self._staged: deque[tuple[str, bytes]] = deque()
        self._refusal: tuple[int, str] | None = None
        self._unclean = False  # the post office may still hold a sender: RSET before the next MAIL
        self._refused_at = ""
        self._heard = False  # whether anything was answered to the upcoming envelope
        self._settled = 0  # copies that this connection brought to an end
        self._read = b""
        self._words: list[str] = []

    # --- handing over ---

    def fill(self) -> None:
        """Take the next copy if there is room for its envelope."""
        if self.closed or self.upcoming is not None or (self.current is not None and not self.pipelining):
            return
        assert self.clerk is not None
        while (copy := self.clerk.next(self)) is not None:
            try:
                envelope = self._envelope(copy)
            except CannotWrite as reason:
                self.clerk.refused(copy, str(reason), for_now=False)
                continue
            self.upcoming, self._refusal, self._heard = copy, None, False
            if self._unclean:
                envelope.insert(0, ("RSET", b"RSET\r\n"))
                self._unclean = False
            if self.pipelining:
                for verb, command in envelope:
                    self._say(verb, command)
            else:
                self._staged = deque(envelope)
                self._say(*self._staged.popleft())
            return

    def _envelope(self, copy: Copy) -> list[tuple[str, bytes]]:
        utf8 = copy.utf8 or not copy.address.isascii()
        if utf8 and "SMTPUTF8" not in self.offers:
            # The domain may be said in ASCII; the local part may not be changed.
            recipient = address_spec(copy.address)
            utf8 = copy.utf8
            if utf8 or not recipient.isascii():
                raise CannotWrite("The post office does not take addresses beyond ASCII (SMTPUTF8).")
        else:
            recipient = copy.address
        # The last gate before the wire: an address with a line break would be a command.
        if not ADDRESS.fullmatch(recipient if recipient.isascii() else address_spec(recipient)) or _CONTROL.search(recipient):
            raise CannotWrite(f"{recipient!r} is not an address that mail can be sent to.")
        options = b" BODY=8BITMIME" if copy.eight_bit and "8BITMIME" in self.offers else b""
        options += b" SMTPUTF8" if utf8 else b""
        return [
            ("MAIL", b"MAIL FROM:<%s>%s\r\n" % (copy.sender.encode("ascii"), options)),
            ("RCPT", b"RCPT TO:<%s>\r\n" % recipient.encode("utf-8")),
            ("DATA", b"DATA\r\n"),
        ]

    def _say(self, verb: str, command: bytes) -> None:
        self.out += command
        self._expected.append(verb)

    def quit(self) -> None:
        """Say goodbye without waiting for the answer."""
        if not self.closed and not self._expected:
            self.out += b"QUIT\r\n"
            with contextlib.suppress(OSError):
                self.flush()
        self.close("said goodbye")

    # --- the socket ---

    def flush(self) -> bool:
        """Send what can be sent; True if something is left for when the socket is writable."""
        while self.out:
            try:
                count = self.sock.send(self.out)
            except (BlockingIOError, InterruptedError):
                return True
            except OSError as fault:
                if _wants_more(fault):
                    return True
                raise
            del self.out[:count]
            self._patience()
        return False

    def receive(self) -> None:
        """Read all answers that have come, act on each, and take what comes next."""
        while not self.closed:
            try:
                data = self.sock.recv(65_536)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as fault:
                if _wants_more(fault):
                    return
                self.lose(f"The connection broke: {fault.strerror or fault}.")
                return
            if not data:
                self.lose("The post office closed the connection.")
                return
            self._read += data
            if len(self._read) > 65_536 and b"\n" not in self._read:
                self.lose("The post office spoke without end.")
                return
            *lines, self._read = self._read.split(b"\n")
            for line in lines:
                if self.closed:
                    return
                self._line(line)
            self._patience()
            self.fill()
            if len(data) < 65_536 and not hasattr(self.sock, "pending"):
                return

    def _patience(self) -> None:
        seconds = DOT_SECONDS if self._expected and self._expected[0] == "DOT" else REPLY_SECONDS
        now = time.monotonic()
        self.deadline = now + seconds if self._expected else float("inf")
        self.idle_since = now

    # --- answers ---

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if text[3:4] == "-":
            if len(self._words) < 20:
                self._words.append(text[4:])
            return
        code = int(text[:3]) if text[:3].isascii() and text[:3].isdigit() else 0
        if self._words:
            text = " ".join([text[:3], *self._words, text[4:]])
            self._words = []
        self._answered(code, text if text.isascii() and text.isprintable() else _CONTROL.sub(" ", text).strip())

    def _answered(self, code: int, words: str) -> None:
        assert self.clerk is not None
        if not self._expected:
            # 421 without a question: the post office closes an idle line.
            self.lose(words)
            return
        verb = self._expected.popleft()
        if code == 0:
            self.lose(f"The post office spoke no SMTP: {words}")
        elif code in NOT_ALLOWED:
            self.barred = True
            self._return_all()
            self.lose(words)
        elif verb == "DOT":
            copy, self.current = self.current, None
            assert copy is not None
            self._settled += 1
            if 200 <= code < 300:
                self.clerk.sent(copy, words)
            else:
                self.clerk.refused(copy, words, for_now=not 500 <= code < 600)
        elif verb in ("MAIL", "RCPT", "DATA"):
            self._heard = True
            if verb == "DATA" and code == 354:
                self._hand_over()
            else:
                self._envelope_answered(verb, code, words)
        elif self._staged:  # RSET, without PIPELINING
            self._say(*self._staged.popleft())
        if code == 421:
            self.lose(words)

    def _hand_over(self) -> None:
        """The post office waits for the letter."""
        copy, self.upcoming = self.upcoming, None
        assert copy is not None
        assert self.clerk is not None
        if self._refusal is not None:
            # It refused the recipient and yet answers 354; an empty letter to nobody ends that (RFC 2920, 3.1).
            self._settle_refusal(copy, "RCPT")
            self._say("NOTHING", b".\r\n")
            self._unclean = True
        elif not self.clerk.may_send(copy):
            # The lease is not surely ours any more. After 354 only hanging up stops a letter.
            self.clerk.give_back(copy)
            self.lose("The lease ran out while the post office took its time.")
        else:
            self.current = copy
            self._say("DOT", copy.letter)
            copy.letter = b""

    def _envelope_answered(self, verb: str, code: int, words: str) -> None:
        good = 200 <= code < 300 and verb != "DATA"
        if not good and self._refusal is None:
            self._refusal = (code, words)
            self._refused_at = verb
        if self.pipelining and verb != "DATA":
            return  # the answers to what was sent along are still to come
        if good:
            self._say(*self._staged.popleft())
            return
        copy, self.upcoming = self.upcoming, None
        assert copy is not None
        self._staged.clear()
        self._unclean = True
        self._settle_refusal(copy, self._refused_at)

    def _settle_refusal(self, copy: Copy, verb: str) -> None:
        assert self.clerk is not None
        assert self._refusal is not None
        code, words = self._refusal
        self._settled += 1
        if code == 421 and verb == "MAIL" and self._settled and copy.returned < 2:
            # Many post offices limit the mails per connection; that is not about this copy.
            self.clerk.give_back(copy)
            return
        # 552 to RCPT is for now: "too many recipients", by history (RFC 5321, 4.5.3.1.10).
        self.clerk.refused(copy, words, for_now=not 500 <= code < 600 or (code == 552 and verb == "RCPT"))

    # --- the end ---

    def _return_all(self) -> None:
        assert self.clerk is not None
        if self.upcoming is not None:
            copy, self.upcoming = self.upcoming, None
            self.clerk.give_back(copy)

    def lose(self, why: str) -> None:
        """The connection is of no more use: tell the clerk what is known about its copies."""
        if self.closed:
            return
        self.close(why)
        if self.clerk is None:
            return
        copy, self.current = self.current, None
        if copy is not None:
            # Unknown: the post office may have taken it (O4). It goes again later, with the same Message-ID.
            self.clerk.refused(copy, f"No answer to the letter, so it may arrive twice. {why}", for_now=True)
            self._return_all()
        elif self.upcoming is not None:
            copy, self.upcoming = self.upcoming, None
            if self._refusal is not None:
                self._settle_refusal(copy, self._refused_at)
            elif self._settled and not self._heard and copy.returned < 2:
                self.clerk.give_back(copy)  # the line broke over what was before it
            else:
                # It waits its turn, or a copy that always breaks the line would block all others.
                self.clerk.refused(copy, why, for_now=True)

    def close(self, why: str) -> None:
        self.closed = self.closed or why
        with contextlib.suppress(OSError):
            self.sock.close()


def _wants_more(fault: OSError) -> bool:
    """Whether TLS only waits for its socket. `ssl` is not imported for plain connections."""
    return type(fault).__name__ in ("SSLWantReadError", "SSLWantWriteError")
