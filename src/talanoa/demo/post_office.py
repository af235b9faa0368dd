"""The demo's own post office: takes outgoing mail by SMTP on this machine and puts it into mailboxes.

What members write there goes back in by LMTP, with the word of our edge on who wrote it.
Nothing ever leaves this machine.
"""

import asyncio
import signal
import smtplib
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from talanoa.demo.mailboxes import Mailboxes
from talanoa.demo.writing import mark
from talanoa.mail.reading.parsing import read

log = structlog.get_logger()

LARGEST = 64 * 1024 * 1024  # more than Talanoa lets in, so that nothing is refused on its way out


class NotTaken(Exception):
    """The mail door refused a mail for everybody it was for; `str()` is what it said."""


class _Clerk:
    """Takes every mail for every address."""

    def __init__(self, boxes: Mailboxes) -> None:
        self.boxes = boxes

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        content = envelope.original_content or b""
        await asyncio.to_thread(put, self.boxes, envelope.rcpt_tos, content, datetime.now(UTC))
        return "250 2.0.0 In the mailbox"


def put(boxes: Mailboxes, addresses: Sequence[str], content: bytes, at: datetime, *, sent: bool = False) -> None:
    """Put a mail into mailboxes, under the names that its head gives."""
    # The head alone: a thousand copies come at once, and their text is read when somebody opens one.
    head = read(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    whose = (head.sender.name or head.sender.address) if head.sender else ""
    # Mailboxes are in the order of the letters' own dates: what was written while the demo slept comes all at once.
    written = head.written_at if head.written_at and head.written_at < at else at
    boxes.put(addresses, sender=whose, subject=head.subject, content=content, at=written, sent=sent)


def listen(host: str) -> socket.socket:
    """A door on a free port of this machine; the system says which."""
    door = socket.create_server((host, 0))
    door.set_inheritable(True)
    return door


def serve(door: socket.socket, boxes: Mailboxes) -> None:
    """Take mail until SIGTERM."""
    asyncio.run(_serve(door, boxes))


async def _serve(door: socket.socket, boxes: Mailboxes) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    clerk = _Clerk(boxes)
    # Long lines and many errors are the mail's own business here: whatever Talanoa sends is to be seen as it is.
    SMTP.line_length_limit = 1_000_000
    server = await loop.create_server(
        lambda: SMTP(clerk, data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="post-office.example"), sock=door
    )
    async with server:
        await ended.wait()


def send(raw: bytes, *, sender: str, to: Sequence[str], ours: str, lmtp: tuple[str, int], boxes: Mailboxes, at: datetime) -> None:
    """Carry a member's mail: to our addresses by LMTP, as our edge would; to others straight into their mailboxes.

    Raises `NotTaken` with the words of the mail door when it refuses.
    """
    inside = [address for address in to if address.lower().endswith(f"@{ours}")]
    outside = [address for address in to if address not in inside]
    if inside:
        _hand_in(mark(raw, sender=sender, at=at), sender=sender, to=inside, lmtp=lmtp)
    if outside:
        put(boxes, outside, raw, at)
    put(boxes, [sender], raw, at, sent=True)


def _hand_in(raw: bytes, *, sender: str, to: Sequence[str], lmtp: tuple[str, int]) -> None:
    try:
        with smtplib.LMTP(*lmtp) as door:
            refused = door.sendmail(sender, list(to), raw, mail_options=["BODY=8BITMIME"])
    except smtplib.SMTPRecipientsRefused as refusal:
        refused = refusal.recipients
    except smtplib.SMTPResponseException as refusal:
        raise NotTaken(f"{refusal.smtp_code} {_words(refusal.smtp_error)}") from refusal
    except OSError as fault:
        raise NotTaken(str(fault)) from fault
    if refused:
        raise NotTaken("; ".join(f"{address}: {code} {_words(words)}" for address, (code, words) in refused.items()))


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def boxes_in(home: Path) -> Mailboxes:
    """The mailboxes of a state folder."""
    return Mailboxes(home / "demo-mailboxes" / "letters.sqlite3")
