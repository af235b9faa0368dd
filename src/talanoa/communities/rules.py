"""Decisions about communities and membership; pure."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

# Local parts that mean something else; no community may be called so, with or without its suffix.
SUFFIXES = ("owner", "join", "leave", "request", "bounces", "confirm", "search", "query", "discussion", "comments")
RESERVED = frozenset({"postmaster", "abuse", "mailer-daemon", "noreply", "root", "hostmaster", "webmaster"})


def of_conversation(pk: int) -> str:
    """The scope of a role that holds for one conversation alone."""
    return f"conversation:{pk}"


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of a moment in an IANA zone; UTC for a zone that this machine does not know."""
    return at.astimezone(zone_of(zone)).date()


def zone_of(name: str) -> tzinfo:
    """An IANA zone; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def is_suspended(day: date, since: date | None, until: date | None) -> bool:
    """Whether a pause from `since` to `until`, both included and either open, covers the day."""
    if since is None and until is None:
        return False
    return (since is None or since <= day) and (until is None or day <= until)


def next_digest(kind: str, after: datetime, *, zone: str, hour: int) -> datetime:
    """The first moment after `after` at which a digest of this kind is due: at `hour` by the member's clock.

    Every day ("daily", "subjects"), on Monday ("weekly"), on the 1st ("monthly"). An hour that a
    change of clocks skips is an hour later that day; of one that comes twice, the first counts.
    """
    there = zone_of(zone)
    day = after.astimezone(there).date() - timedelta(days=1)
    while True:
        # Compared in UTC: two readings of one wall clock do not tell which was first.
        due = datetime.combine(day, time(hour), there).astimezone(UTC)
        if due > after and (kind != "weekly" or day.weekday() == 0) and (kind != "monthly" or day.day == 1):
            return due
        day += timedelta(days=1)

