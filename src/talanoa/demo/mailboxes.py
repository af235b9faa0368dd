"""The mailboxes of the demo's people, in an SQLite file of their own.

They stand for the world outside: Talanoa's rooms never look in here, only the post
office puts letters in and the pages of the post office take them out.
"""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_TABLE = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    came_at TEXT NOT NULL,
    read INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS letter_in_box ON letter (address, came_at);
"""

_ALL = "SELECT id, address, sender, subject, came_at, read, sent FROM letter"
_WHOLE = "SELECT id, address, sender, subject, came_at, read, sent, content FROM letter"


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter in a mailbox; `sent` marks those that its owner wrote."""

    id: int
    address: str
    sender: str
    subject: str
    came_at: datetime
    read: bool
    sent: bool
    content: bytes = b""


class Mailboxes:
    """One file with everybody's letters; safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._own = threading.local()

    def _open(self) -> sqlite3.Connection:
        # A connection of SQLite belongs to the thread that made it.
        if not hasattr(self._own, "connection"):
            made = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            # A demo's mailbox may lose its last second in a power cut; a sync for each of a thousand copies takes long.
            made.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; {_TABLE}")
            self._own.connection = made
        return self._own.connection

    def put(self, addresses: Iterable[str], *, sender: str, subject: str, content: bytes, at: datetime, sent: bool = False) -> None:
        """Put a letter into the mailbox of each address."""
        stamp = at.astimezone(UTC).isoformat()
        rows = [(address.lower(), sender, subject, stamp, sent, sent, content) for address in addresses]
        sql = "INSERT INTO letter (address, sender, subject, came_at, read, sent, content) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._open().executemany(sql, rows)

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each address with letters: how many came, and how many of them are unread."""
        rows = self._open().execute("SELECT address, count(*), sum(read = 0) FROM letter WHERE sent = 0 GROUP BY address")
        return {address: (many, unread) for address, many, unread in rows}

    def letters(self, address: str, *, most: int = 200) -> list[Kept]:
        """What is in a mailbox, the latest first, without the letters' content."""
        sql = f"{_ALL} WHERE address = ? ORDER BY came_at DESC, id DESC LIMIT ?"
        return [_kept(row) for row in self._open().execute(sql, (address.lower(), most))]

    def letter(self, address: str, pk: int) -> Kept | None:
        """One letter, whole, if it is in this mailbox."""
        sql = f"{_WHOLE} WHERE address = ? AND id = ?"
        row = self._open().execute(sql, (address.lower(), pk)).fetchone()
        return _kept(row) if row else None

    def mark_read(self, pk: int) -> None:
        """Note that a letter was opened."""
        self._open().execute("UPDATE letter SET read = 1 WHERE id = ? AND read = 0", (pk,))


def _kept(row: tuple) -> Kept:
    pk, address, sender, subject, came_at, read, sent, *content = row
    return Kept(pk, address, sender, subject, datetime.fromisoformat(came_at), bool(read), bool(sent), *content)
