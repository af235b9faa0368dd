"""Mails of an old list, as bytes."""

from datetime import UTC, datetime
from email.utils import format_datetime

from talanoa.migration.reading import Reader

TODAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def old(number, subject="Wells", sender="Mele <mele@old.example>", text="Sweet water.", day=1, **headers) -> bytes:
    """A mail of January 2006, with LF line ends; `In_Reply_To=2` names mail 2, None leaves a header away."""
    at = datetime(2006, 1, day, 8, number % 60, tzinfo=UTC)
    given = {"From": sender, "Date": format_datetime(at), "Subject": subject, "Message-ID": f"<{number}@old.example>"}
    given |= {name.replace("_", "-"): f"<{value}@old.example>" if isinstance(value, int) else value for name, value in headers.items()}
    return ("".join(f"{name}: {value}\n" for name, value in given.items() if value is not None) + f"\n{text}\n").encode()


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From mele@old.example Sun Jan  1 08:00:00 2006\n" + mail + b"\n" for mail in mails)


KEYS = ["read", "stored", "duplicates", "set_aside", "conversations", "attachments"]


def account(outcome) -> list[int]:
    """What an import says of itself: read, stored, duplicates, set aside, conversations, attachments; all of it accounted for."""
    assert list(outcome.account) == KEYS
    assert outcome.account["read"] == sum(outcome.account[name] for name in ("stored", "duplicates", "set_aside"))
    return list(outcome.account.values())


class InThisProcess(Reader):
    """Reads mails as the child process does, without its start."""

    def _ask(self, data):
        return self.work(data)
