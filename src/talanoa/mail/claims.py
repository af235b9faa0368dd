"""Taking rows from a queue so that no two workers hold the same one.

A claim is a lease, not a lock: it moves `due_at` beyond the lease, so whatever a
dead worker held is due again by itself (O12). Two workers never get the same row
while its lease lasts: the update is conditional, and on PostgreSQL `SKIP LOCKED`
lets each take the next free rows instead of waiting for the other.

Serves every table with the columns `state`, `due_at`, `claim` and `attempts`
(`Received`, `Delivery`). Each function is one statement in its own short
transaction, or in the caller's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models


def new_claim() -> str:
    """A name for one worker's claims, never used before (32 characters)."""
    return uuid.uuid4().hex


def clock() -> datetime:
    """The moment by which leases are counted: the database's clock, which all machines share.

    Machines that disagree by minutes would otherwise take each other's rows (E12).
    SQLite has no clock of its own, and its workers share one machine.
    """
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def waiting(model: type[models.Model], *, at: datetime, where_extra: Mapping[str, Any] | None = None) -> bool:
    """Whether any row is due. Reads only, so that idle workers never take the write lock."""
    extra, values = _conditions(where_extra)
    sql = f"SELECT 1 FROM {_table(model)} WHERE state = 'waiting' AND due_at <= %s{extra} LIMIT 1"  # noqa: S608  names of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [_moment(at), *values])
        return cursor.fetchone() is not None


def claim(
    model: type[models.Model],
    *,
    limit: int,
    claim: str,
    lease: timedelta,
    at: datetime,
    where_extra: Mapping[str, Any] | None = None,
    columns: Sequence[str] = ("id", "attempts"),
    counted: bool = True,
) -> list[tuple]:
    """Claim at most `limit` waiting rows that are due, oldest first, until `at + lease`.

    Returns a tuple of `columns` for each row, as they are after the claim, in order of `id`.
    `where_extra` are further columns and the values they must equal.
    `counted`: the claim itself is an attempt. A row that is claimed among hundreds
    is not tried by being claimed: then pass False and count where it is tried.
    """
    extra, values = _conditions(where_extra)
    table = _table(model)
    # 'waiting' is written out: a partial index serves neither database when the state is a parameter.
    due = f"SELECT id FROM {table} WHERE state = 'waiting' AND due_at <= %s{extra} ORDER BY due_at, id LIMIT %s"  # noqa: S608  names of ours
    # An array is computed once; in a plain IN PostgreSQL may run the subquery again and pass the limit.
    chosen = f"id = ANY(ARRAY({due} FOR UPDATE SKIP LOCKED))" if connection.vendor == "postgresql" else f"id IN ({due})"
    sql = (
        f"UPDATE {table} SET claim = %s, due_at = %s{', attempts = attempts + 1' if counted else ''} "  # noqa: S608  names of ours
        f"WHERE {chosen} RETURNING id, {', '.join(columns)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [claim, _moment(at + lease), _moment(at), *values, limit])
        # Neither database promises an order for RETURNING.
        return [row[1:] for row in sorted(cursor.fetchall(), key=lambda row: row[0])]


def renew(model: type[models.Model], *, ids: Iterable[int], claim: str, lease: timedelta, at: datetime) -> set[int]:
    """Hold `ids` until `at + lease`; returns those that are still held.

    What is missing from the answer was withdrawn, settled, or taken by another
    worker after the lease ended: it must not be worked on any further.
    """
    return _change(model, "due_at = %s", [_moment(at + lease)], ids, claim)


def release(
    model: type[models.Model], *, ids: Iterable[int], claim: str, at: datetime, uncount: bool = False
) -> set[int]:
    """Give `ids` back, due at `at`; returns those that were held.

    `uncount`: the attempt that the claim counted did not take place.
    """
    change = "claim = '', due_at = %s" + (", attempts = attempts - 1" if uncount else "")
    return _change(model, change, [_moment(at)], ids, claim)


def _change(
    model: type[models.Model], change: str, values: list[Any], ids: Iterable[int], claim: str
) -> set[int]:
    chosen, these = among(ids)
    sql = f"UPDATE {_table(model)} SET {change} WHERE {chosen} AND claim = %s AND state = 'waiting' RETURNING id"  # noqa: S608  names of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *these, claim])
        return {row[0] for row in cursor.fetchall()}


def among(ids: Iterable[int]) -> tuple[str, list[Any]]:
    """The condition that `id` is one of `ids`, and its parameters, for this database."""
    numbers = [int(number) for number in ids]
    if connection.vendor == "postgresql":
        return "id = ANY(%s)", [numbers]
    # Whole numbers written out: SQLite's limit on parameters differs from build to build.
    return f"id IN ({','.join(map(str, numbers))})", []


def _conditions(where_extra: Mapping[str, Any] | None) -> tuple[str, list[Any]]:
    extra = where_extra or {}
    return "".join(f" AND {column} = %s" for column in extra), list(extra.values())


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  Django documents it


def _moment(at: datetime) -> Any:
    """A datetime as this database stores it; raw SQL does not pass through the field."""
    return connection.ops.adapt_datetimefield_value(at)
