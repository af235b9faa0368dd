"""A post office for tests: an SMTP sink over a real socket that does as it is told.

    with PostOffice(log=tmp_path / "sink.log") as office:
        office.says["slow@example.org"] = [slow(2)]
        office.says["full@example.org"] = [refuse(452), refuse(452)]   # then accepted
        ... something sends to office.url ...
        office.delivered_to("a@example.org")       # list of Delivered, oldest first
        office.addresses()                         # every recipient delivered to, once per delivery

What it is told is per recipient and per attempt: the n-th time that somebody tries
to send to an address, the n-th answer of its list counts, and after the list
everything is accepted. `default` is what is said to everybody without a list.

Each delivery is appended to the log, one line `ADDRESS TAB MESSAGE-ID TAB SENDER`,
**before** the 250 is sent, so that the log is a ledger: what a client could have
taken for delivered is always in it, whatever is killed and whenever.

It runs in a thread of the test, or alone: `python tests/post_office.py --port 2525 --log FILE`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Answer:
    """What is said to one attempt. `at`: mail, rcpt, data, body (while it comes), or dot (after it came)."""

    at: str = "dot"
    code: int = 250
    text: str = ""
    wait: float = 0.0  # seconds before it is said
    drop: bool = False  # say nothing and close the connection
    kept: bool = True  # with drop at dot: whether the mail counts as delivered


ACCEPT = Answer()


def refuse(code: int, at: str = "rcpt", text: str = "") -> Answer:
    """Refuse with `code` at `at`; 421 also closes the connection."""
    return Answer(at, code, text or f"{str(code)[0]}.0.0 refused by the script")


def drop(at: str = "body", kept: bool = True) -> Answer:
    """Close the connection: mid-DATA (`body`), or after the final dot with the mail kept or not."""
    return Answer(at, 250, drop=True, kept=kept)


def slow(seconds: float, at: str = "dot") -> Answer:
    """Accept, but only after a while."""
    return Answer(at, 250, wait=seconds)


@dataclass(frozen=True)
class Delivered:
    """A mail that the post office took, as it came."""

    address: str
    sender: str
    content: bytes  # with CRLF, dots unstuffed
    at: float  # time.monotonic()
    options: str  # of MAIL FROM, e.g. "BODY=8BITMIME"

    @property
    def message_id(self) -> str:
        return message_id(self.content)


def message_id(content: bytes) -> str:
    match = re.search(rb"(?im)^Message-ID:[ \t]*(\S+)", content.partition(b"\r\n\r\n")[0])
    return match[1].decode("ascii", "replace") if match else ""


class PostOffice:
    """An SMTP sink in a thread of its own; see the module's words."""

    def __init__(
        self,
        *,
        log: Path | None = None,
        port: int = 0,
        pipelining: bool = True,
        extensions: Iterable[str] = ("8BITMIME", "SMTPUTF8", "SIZE 52428800"),
        default: Answer = ACCEPT,
        users: dict[str, str] | None = None,
        auth: str = "PLAIN LOGIN",
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        banner: str = "220 sink.example ESMTP",
        keep: bool = True,
    ) -> None:
        self.says: dict[str, list[Answer]] = {}
        self.default = default
        self.deliveries: list[Delivered] = []
        self.tries: Counter[str] = Counter()  # MAIL/RCPT attempts per address
        self.connections = 0
        self.commands: list[str] = []  # every command line, when keep
        self.pipelining, self.extensions = pipelining, tuple(extensions)
        self.users, self.auth, self.tls, self.implicit_tls = users, auth, tls, implicit_tls
        self.banner, self.keep = banner, keep
        self.port = port
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else None
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread: threading.Thread | None = None

    # --- for tests ---

    @property
    def url(self) -> str:
        return f"{'smtps' if self.implicit_tls else 'smtp'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(10)
        self._loop.close()
        if self._log is not None:
            os.close(self._log)

    def close(self) -> None:
        """Stop listening and drop everybody; `open` begins again on the same port."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)

    def open(self) -> None:
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    def addresses(self) -> list[str]:
        return [one.address for one in list(self.deliveries)]

    def delivered_to(self, address: str) -> list[Delivered]:
        return [one for one in list(self.deliveries) if one.address == address]

    def wait_for(self, count: int, seconds: float = 10) -> list[Delivered]:
        """Wait until `count` mails came; fails when they do not."""
        until = time.monotonic() + seconds
        while len(self.deliveries) < count:
            assert time.monotonic() < until, f"{len(self.deliveries)} of {count} mails came in {seconds} s"
            time.sleep(0.005)
        return list(self.deliveries)

    # --- inside ---

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(asyncio.sleep(0))

    async def _open(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls if self.implicit_tls else None, limit=1 << 26, backlog=128
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(ConnectionError, RuntimeError):
                writer.close()

    def script(self, address: str) -> Answer:
        """What this attempt at `address` is told."""
        number = self.tries[address]
        self.tries[address] += 1
        answers = self.says.get(address)
        return self.default if answers is None else answers[number] if number < len(answers) else ACCEPT

    def take(self, address: str, sender: str, content: bytes, options: str) -> None:
        if self._log is not None:
            os.write(self._log, f"{address}\t{message_id(content)}\t{sender}\n".encode())
        self.deliveries.append(Delivered(address, sender, content if self.keep else b"", time.monotonic(), options))


class _Session:
    def __init__(self, office: PostOffice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.office, self.reader, self.writer = office, reader, writer
        self.sender: str | None = None
        self.options = ""
        self.accepted: list[tuple[str, Answer]] = []
        self.secure = office.implicit_tls
        self.known = office.users is None

    def say(self, code: int, text: str) -> None:
        self.writer.write(f"{code} {text}\r\n".encode())

    async def run(self) -> None:
        self.writer.write(self.office.banner.encode() + b"\r\n")
        while line := await self.reader.readline():
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if self.office.keep:
                self.office.commands.append(text)
            verb, _, rest = text.partition(" ")
            act = getattr(self, f"do_{verb.lower()}", None)
            if act is None:
                self.say(500, "5.5.2 unknown command")
            elif await act(rest) is False:
                return
            # As a real server: answers to a pipelined batch leave together.
            if not self.reader._buffer:  # type: ignore[attr-defined]
                await self.writer.drain()

    async def do_ehlo(self, rest: str) -> None:
        lines = ["sink.example", *self.office.extensions]
        if self.office.pipelining:
            lines.append("PIPELINING")
        if self.office.tls and not self.secure:
            lines.append("STARTTLS")
        if self.office.users is not None:
            lines.append(f"AUTH {self.office.auth}")
        self.writer.write("".join(f"250{' ' if n == len(lines) else '-'}{text}\r\n" for n, text in enumerate(lines, 1)).encode())

    async def do_helo(self, rest: str) -> None:
        self.say(250, "sink.example")

    async def do_starttls(self, rest: str) -> None:
        self.say(220, "go ahead")
        await self.writer.drain()
        assert self.office.tls is not None
        await self.writer.start_tls(self.office.tls)
        self.secure = True

    async def do_auth(self, rest: str) -> None:
        import base64

        way, _, initial = rest.partition(" ")
        if way == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            self.say(334, "VXNlcm5hbWU6")
            user = base64.b64decode(await self.reader.readline()).decode()
            self.say(334, "UGFzc3dvcmQ6")
            password = base64.b64decode(await self.reader.readline()).decode()
        self.known = (self.office.users or {}).get(user) == password
        self.say(235, "2.7.0 welcome") if self.known else self.say(535, "5.7.8 wrong password")

    async def do_mail(self, rest: str) -> None:
        match = re.match(r"(?i)from:<(.*?)>\s*(.*)", rest)
        if not self.known:
            self.say(530, "5.7.0 authentication required")
        elif self.sender is not None:
            self.say(503, "5.5.1 nested MAIL")
        elif match is None:
            self.say(501, "5.5.4 syntax")
        else:
            self.sender, self.options, self.accepted = match[1], match[2], []
            self.say(250, "2.1.0 ok")

    async def do_rcpt(self, rest: str) -> bool | None:
        match = re.match(r"(?i)to:<(.*?)>", rest)
        if self.sender is None or match is None:
            self.say(503, "5.5.1 MAIL first")
            return None
        answer = self.office.script(match[1])
        if answer.at in ("mail", "rcpt"):
            return await self._act(answer, lambda: self.accepted.append((match[1], answer)))
        self.accepted.append((match[1], answer))
        self.say(250, "2.1.5 ok")
        return None

    async def _act(self, answer: Answer, good: object) -> bool | None:
        if answer.wait:
            await self.writer.drain()
            await asyncio.sleep(answer.wait)
        if answer.drop:
            self.writer.transport.abort()
            return False
        if answer.code < 400 and callable(good):
            good()
        self.say(answer.code, answer.text or "2.0.0 ok")
        if answer.code == 421:
            await self.writer.drain()
            return False
        return None

    async def do_data(self, rest: str) -> bool | None:
        if not self.accepted:
            self.say(554, "5.5.1 no valid recipients")
            return None
        _, answer = self.accepted[0]
        if answer.at == "data":
            return await self._act(answer, None)
        self.say(354, "go ahead")
        await self.writer.drain()
        if answer.at == "body":
            await self.reader.read(64)
            self.writer.transport.abort()
            return False
        # `.CRLF` right after DATA is an empty letter.
        content = b""
        while not (content == b".\r\n" or content.endswith(b"\r\n.\r\n")):
            content += await self.reader.readuntil(b".\r\n")
        content = re.sub(rb"(?m)^\.", b"", content[:-3])
        sender, self.sender, recipients, self.accepted = self.sender or "", None, self.accepted, []

        def keep() -> None:
            for recipient, _ in recipients:
                self.office.take(recipient, sender, content, self.options)

        if answer.at != "dot":
            answer = ACCEPT
        if answer.drop and answer.kept:
            keep()
        return await self._act(answer, keep)

    async def do_rset(self, rest: str) -> None:
        self.sender, self.accepted = None, []
        self.say(250, "2.0.0 ok")

    async def do_noop(self, rest: str) -> None:
        self.say(250, "2.0.0 ok")

    async def do_quit(self, rest: str) -> bool:
        self.say(221, "2.0.0 bye")
        await self.writer.drain()
        return False


def main() -> None:
    """Run alone until killed; prints the port when it listens."""
    parser = argparse.ArgumentParser(description="SMTP sink that keeps a ledger")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--wait", type=float, default=0.0, help="seconds before each 250")
    given = parser.parse_args()
    with PostOffice(log=given.log, port=given.port, default=slow(given.wait), keep=False) as office:
        print(office.port, flush=True)  # noqa: T201  whoever started it reads this
        threading.Event().wait()


if __name__ == "__main__":
    main()
