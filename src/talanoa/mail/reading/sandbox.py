"""Reading strangers' mail in a child process with limits (promise S1): one mail costs at most 10 s and 512 MiB."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import ClassVar

from talanoa.mail.reading.child import MEMORY, SECONDS, Child, ReadingFailed
from talanoa.mail.reading.letter import Attachment, Authenticity, Bounce, FailedRecipient, Letter, Mailbox, Unreadable
from talanoa.mail.reading.parsing import read as read_here

__all__ = ["Reader", "ReadingFailed"]

WARMING = b"From: a@example.org\nContent-Type: text/html\n\n<p>On 1 May 2020 b@example.org wrote:"


class Reader(Child):
    """A child process that reads mails, one at a time; safe to share by threads."""

    facts: ClassVar[frozenset[type]] = frozenset(
        {Letter, Mailbox, Attachment, Authenticity, Bounce, FailedRecipient, datetime, timezone, timedelta}
    )

    def __init__(self, *, trusted_authserv: str = "", seconds: float = SECONDS, memory: int = MEMORY) -> None:
        super().__init__(seconds=seconds, memory=memory)
        self._trusted = trusted_authserv

    def read(self, raw: bytes) -> Letter:
        """Read one mail in the child; ReadingFailed tells in a sentence why not."""
        _, answer = self._ask(raw)
        if isinstance(answer, Letter):
            return answer
        raise ReadingFailed(str(answer))

    def warm(self) -> None:
        read_here(WARMING, trusted_authserv="example.org")

    def work(self, told: bytes) -> tuple[str, object]:
        try:
            return "letter", read_here(told, trusted_authserv=self._trusted)
        except Unreadable as refusal:
            return "sentence", str(refusal)
