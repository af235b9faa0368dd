"""Scenes that the verbs build once for each test process; from then on their rows are put back as they stood.

    cast = scene(gather)              # on empty tables
    world = scene(build, cast)        # upon the cast

Gathering the cast takes 80 ms and putting it back 4, and a thousand tests want it.
"""

import functools
import io
import pickle
from dataclasses import dataclass, fields
from pathlib import Path

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, models, transaction

Rows = dict[str, dict[object, tuple]]  # table: primary key: row


@dataclass
class Kept:
    """What a scene left behind."""

    columns: dict[str, list[str]]
    gone: dict[str, list[object]]  # primary keys whose rows it changed
    rows: dict[str, list[tuple]]
    files: dict[str, bytes]
    objects: bytes  # what it returned, and what those it was given look like afterwards


_kept: dict[object, Kept] = {}


def scene(build, *given):
    """What `build(*given)` returns, with its rows and files in place; objects in `given` change as building changes them."""
    if build not in _kept:
        _kept[build], made = _keep(build, given)
        return made
    return _put_back(_kept[build], given)


@functools.cache
def _tables() -> dict[str, tuple[type[models.Model], list[str], int]]:
    """The tables: their model, their columns, and where the primary key stands."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        columns = [field.column for field in model._meta.concrete_fields]
        found[model._meta.db_table] = model, columns, columns.index(model._meta.pk.column)
    return found


def _named(columns) -> str:
    return ", ".join(map(connection.ops.quote_name, columns))


def _all_rows() -> Rows:
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, (_model, columns, pk) in _tables().items():
            cursor.execute(f"SELECT {_named(columns)} FROM {connection.ops.quote_name(table)}")
            found[table] = {row[pk]: tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor.fetchall()}
    return found


def _renumber(tables) -> None:
    """Numbers go on after what stands in the tables: rows that are put back bring theirs, which PostgreSQL does not count."""
    if statements := connection.ops.sequence_reset_sql(no_style(), [_tables()[table][0] for table in tables]):
        with connection.cursor() as cursor:
            cursor.execute(";".join(one.rstrip(";") for one in statements))


def _files() -> dict[str, bytes]:
    root = Path(default_storage.location)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _keep(build, given) -> tuple[Kept, object]:
    before, files = _all_rows(), _files()
    _renumber(before)  # so that the same numbers come on both databases, whatever ran before
    made = build(*given)
    after = _all_rows()
    changed = {table: [row for pk, row in rows.items() if before[table].get(pk) != row] for table, rows in after.items()}
    lost = {table: rows.keys() - after[table].keys() for table, rows in before.items()}
    kept = Kept(
        columns={table: _tables()[table][1] for table in after},
        gone={
            table: [pk for pk, row in rows.items() if pk in lost[table] or after[table][pk] != row]
            for table, rows in before.items()
            if any(pk in lost[table] or after[table][pk] != row for pk, row in rows.items())
        },
        rows={table: rows for table, rows in changed.items() if rows},
        files={name: content for name, content in _files().items() if name not in files},
        objects=_pickled(made, given),
    )
    return kept, made


def _put_back(kept: Kept, given) -> object:
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, those in kept.gone.items():
            pk = quote(_tables()[table][0]._meta.pk.column)
            cursor.executemany(f"DELETE FROM {quote(table)} WHERE {pk} = %s", [(one,) for one in those])
        for table, rows in kept.rows.items():
            columns = kept.columns[table]
            one, width = f"({', '.join(['%s'] * len(columns))})", max(1, 900 // len(columns))
            for start in range(0, len(rows), width):
                some = rows[start : start + width]
                cursor.execute(f"INSERT INTO {quote(table)} ({_named(columns)}) VALUES {', '.join([one] * len(some))}", [value for row in some for value in row])
        _renumber(kept.rows)
    for name, content in kept.files.items():
        path = Path(default_storage.location) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return _unpickled(kept.objects, given)


# --- objects: those that were given are referred to, so that a scene upon a cast is of that very cast ---


def _players(given) -> list[object]:
    found = list(given)
    for one in given:
        found += [getattr(one, field.name) for field in fields(one)]
    return found


def _pickled(made, given) -> bytes:
    players = _players(given)
    places = {id(one): place for place, one in enumerate(players)}
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.persistent_id = lambda one: places.get(id(one))
    # A player's own state is told as a dictionary: itself it would be nothing but a place.
    pickler.dump((made, [dict(vars(one)) for one in players]))
    return file.getvalue()


def _unpickled(told: bytes, given) -> object:
    players = _players(given)
    unpickler = pickle.Unpickler(io.BytesIO(told))
    unpickler.persistent_load = players.__getitem__
    made, states = unpickler.load()
    for one, state in zip(players, states, strict=True):
        vars(one).update(state)
    return made
