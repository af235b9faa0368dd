"""One connection to the mail door, as lines, mails and replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

CRLF = b"\r\n"
END = b"\r\n.\r\n"
LONGEST_COMMAND = 8 * 1024
CHUNK = 256 * 1024


class Gone(Exception):
    """The client has left, or was sent away."""


class Wire:
    """Bytes in, replies out.

    Not aiosmtpd's session: that one answers a mail once for all its recipients, turns
    every fault into a 500, keeps an object for each line (25 MiB of short lines cost 43 s
    and 1.1 GB) and forgets a mail whose client has closed its half of the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._in = bytearray()
        self._out: list[str] = []
        self._dismissed = False

    def say(self, *reply_lines: str) -> None:
        self._out += reply_lines

    async def flush(self) -> None:
        if self._out:
            self._writer.write("".join(f"{line}\r\n" for line in self._out).encode())
            self._out.clear()
            await self._writer.drain()

    def dismiss(self, *reply_lines: str) -> None:
        """Say these last words, whatever the client is doing, and hang up; at the second time without words."""
        if self._dismissed:
            self._writer.transport.abort()  # it does not even read the farewell
            return
        self._dismissed = True
        self._writer.write("".join(f"{line}\r\n" for line in reply_lines).encode())
        self._writer.close()

    async def _more(self) -> bytes:
        # Replies to pipelined commands go out together, when nothing is left to answer (RFC 2920 3.2).
        await self.flush()
        chunk = await self._reader.read(CHUNK)
        if not chunk or self._dismissed:
            raise Gone
        return chunk

    async def command(self) -> bytes | None:
        """The next line with its end, which ought to be CR LF; None if it was too long."""
        seen = 0
        too_long = False
        while (end := self._in.find(b"\n", seen)) < 0:
            if len(self._in) > LONGEST_COMMAND:
                too_long = True
                self._in.clear()
            seen = len(self._in)
            self._in += await self._more()
        line = bytes(self._in[: end + 1])
        del self._in[: end + 1]
        return None if too_long or len(line) > LONGEST_COMMAND else line

    async def mail(self, allow: Callable[[int], Awaitable[bool]]) -> bytes:
        """The bytes up to the end of the data, exactly as they came, dots still doubled.

        Only CR LF dot CR LF is the end (M2); the CR LF of the DATA command may be its first half.
        `allow` is asked before more is read, and told how much has come; once it says no, the
        rest is read to its end all the same, because the client listens only then, and forgotten.
        """
        mail = bytearray(CRLF) + self._in
        self._in.clear()
        total = seen = 0
        while (end := mail.find(END, seen)) < 0:
            seen = max(0, len(mail) - len(END) + 1)
            if not await allow(total):
                del mail[:seen]
                seen = 0
            chunk = await self._more()
            total += len(chunk)
            mail += chunk
        self._in += mail[end + len(END) :]
        with memoryview(mail) as view:  # one copy less of perhaps 25 MiB
            return bytes(view[len(CRLF) : end + len(CRLF)])


def undoubled(mail: bytes) -> bytes:
    """The mail as it was before its sender doubled the dots at the beginnings of lines (RFC 5321 4.5.2)."""
    mail = mail.replace(b"\r\n.", b"\r\n")
    return mail[1:] if mail.startswith(b".") else mail
