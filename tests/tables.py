"""Databases with the tables of a house and nothing in them: copied, since making them takes ten seconds.

    url = new_database(folder)     # a file in the folder, or a database on the server of the tests
    drop(url)
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "tables"  # from run to run
POSTGRESQL = os.environ.get("TALANOA_TEST_DB") == "postgresql"


def new_database(place: Path) -> str:
    """The address of a new database; with SQLite it is `talanoa.sqlite3` in `place`, where a house looks for it."""
    return create(template=on_the_server()) if POSTGRESQL else new_file(place)


def new_file(place: Path) -> str:
    """A new SQLite database, whatever the tests use; its address."""
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(as_a_file(), place / "talanoa.sqlite3")
    return f"sqlite:///{place / 'talanoa.sqlite3'}"


@functools.cache
def as_a_file() -> Path:
    """The tables, kept until a migration is new."""
    file = KEPT / f"{_migrations()}.sqlite3"
    with _one_at_a_time():
        if not file.exists():
            making = KEPT / "making.sqlite3"
            for rest in KEPT.glob("*.sqlite3*"):  # older ones, and what somebody who was killed left behind
                rest.unlink()
            _migrate(f"sqlite:///{making}")
            with contextlib.closing(sqlite3.connect(making)) as made:
                made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            making.rename(file)
    return file


@functools.cache
def on_the_server() -> str:
    """The address of the tables on the server of the tests, made there by whoever needs them first."""
    name = f"model_{_migrations()}"
    with _one_at_a_time():
        if not _at_server(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            making = create()
            _migrate(making)
            _at_server(f'ALTER DATABASE "{_name(making)}" RENAME TO "{name}"')
    return _address(name)


def _migrations() -> str:
    """What the tables hang on, as a digest: the migrations, which import nothing of ours, and who carries them out."""
    digest = hashlib.sha256(django.__version__.encode())
    for file in sorted(ROOT.glob("src/talanoa/*/migrations/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(url: str) -> None:
    environment = os.environ | {"TALANOA_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "talanoa.settings"}
    subprocess.run([sys.executable, "-m", "talanoa.commandline", "migrate"], env=environment, stdout=subprocess.DEVNULL, check=True)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create(template: str = "") -> str:
    """A new database on the server of the tests, empty or a copy of another, in which nobody may be; its address."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _at_server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{_name(template)}"' if template else ""))
    return _address(name)


def drop(url: str) -> None:
    """Take a database from the server, whoever is in it; a file goes with its folder."""
    if not url.startswith("sqlite"):
        _at_server(f'DROP DATABASE "{_name(url)}" WITH (FORCE)')


def _name(url: str) -> str:
    return urlsplit(url).path[1:]


def _address(name: str) -> str:
    return urlsplit(os.environ["TALANOA_TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _at_server(statement: str) -> list[tuple]:
    import psycopg

    with psycopg.connect(os.environ["TALANOA_TEST_DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
