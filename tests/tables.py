"""Databases with the tables of a house and nothing in them: made once for each test process, then copied, since making them takes seconds.

    url = new_database(folder)     # a file in the folder, or a database on the server of the tests
    drop(url)
"""

import contextlib
import functools
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit


def new_database(place: Path) -> str:
    """The address of a new database; with SQLite it is `talanoa.sqlite3` in `place`, where a house looks for it."""
    if os.environ.get("TALANOA_TEST_DB") == "postgresql":
        return create(template=_model())
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(_model().removeprefix("sqlite:///"), place / "talanoa.sqlite3")
    return f"sqlite:///{place / 'talanoa.sqlite3'}"


@functools.cache
def _model() -> str:
    home = Path(os.environ["TALANOA_HOME"]) / "model"
    home.mkdir()
    file = home / "talanoa.sqlite3"
    url = create() if os.environ.get("TALANOA_TEST_DB") == "postgresql" else f"sqlite:///{file}"
    environment = os.environ | {"TALANOA_DATABASE_URL": url, "TALANOA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "talanoa.settings"}
    subprocess.run([sys.executable, "-m", "talanoa.commandline", "migrate"], env=environment, stdout=subprocess.DEVNULL, check=True)
    if file.exists():
        with contextlib.closing(sqlite3.connect(file)) as made:
            made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return url


def create(template: str = "") -> str:
    """A new database on the server of the tests, empty or a copy of another, in which nobody may be; its address."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _at_server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{urlsplit(template).path[1:]}"' if template else ""))
    return urlsplit(os.environ["TALANOA_TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()


def drop(url: str) -> None:
    """Take a database from the server, whoever is in it; a file goes with its folder."""
    if not url.startswith("sqlite"):
        _at_server(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')


def _at_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["TALANOA_TEST_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)
