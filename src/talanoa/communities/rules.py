"""Decisions about communities and membership; pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

# Local parts that mean something else; no community may be called so, with or without its suffix.
SUFFIXES = ("owner", "join", "leave", "request", "bounces", "confirm", "search")
RESERVED = frozenset({"postmaster", "abuse", "mailer-daemon", "noreply", "root", "hostmaster", "webmaster"})


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of a moment in an IANA zone; UTC for a zone that this machine does not know."""
    try:
        return at.astimezone(ZoneInfo(zone)).date()
    except (KeyError, ValueError, OSError):
        return at.date()


def is_suspended(day: date, since: date | None, until: date | None) -> bool:
    """Whether a pause from `since` to `until`, both included and either open, covers the day."""
    if since is None and until is None:
        return False
    return (since is None or since <= day) and (until is None or day <= until)
