"""What every test stands on: a state folder of its own, a database, a cast of people."""

import contextlib
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import house_settings
import tables


def pytest_configure(config):
    if house_settings.LACKING:
        # Where everything must be there, a lack is a failure; else it is told in a sentence.
        pytest.exit(house_settings.LACKING, returncode=1 if os.environ.get("CI") == "true" else 0)


# What asks nothing of a database, or only what the tests of its rooms ask on both; TALANOA_TEST_WHOLE=1 runs it twice.
ONCE = (
    "mail/reading", "house", "docs", "browser", "demo", "isolation", "postfix", "commandline", "language", "drafting", "documents",
    "mailroom/lmtp/test_abuse.py",  # bytes on the wire, before anything is written
    "website",  # each page asks lookups, which their rooms ask on both
    "conversations/test_rendering.py", "locale", "moderation/test_policy.py", "discussions/test_outline.py",
    "replies/test_merging.py", "replies/test_rewriting.py", "replies/test_publication.py", "replies/test_missing.py",
    "faults/test_loops.py", "faults/test_corpus.py::test_every_mail_of_the_public", "migration/test_threads.py",
    "moderation/test_no_key_circulates.py", "consultations/test_passages.py", "search/test_analysis.py", "search/test_texts_of_files.py",
    "mail/sending/test_writing.py", "mail/sending/test_smtp.py", "mail/sending/test_arc.py", "mail/sending/test_signing.py",
)  # fmt: skip
# Pages that ask SQL of their own: whatever has a search, a count, or pages.
BOTH = ("website/test_log.py", "website/test_conversations.py", "website/test_sign_in.py", "website/test_moderation.py", "website/test_reply_pages.py")
# Each starts something large that the tests of its folder or file share: they stay with one process.
TOGETHER = ("browser", "isolation", "postfix", "door_to_door", "mailroom/lmtp/test_replies.py", "mailroom/lmtp/test_abuse.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """`--dist loadgroup` would do, but it writes the group into a name that pytest 9 no longer lets it change, and is silent about it."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return next(filter(nodeid.removeprefix("tests/").startswith, TOGETHER), nodeid)

    return Together(config, log)


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(config, items):
    places = {item: item.nodeid.removeprefix("tests/") for item in items}
    # What takes long comes first, so that the processes end together.
    items.sort(key=lambda item: not places[item].startswith(("demo/test_served.py", "faults", "demo/test_life.py")))
    if os.environ.get("TALANOA_TEST_DB") != "postgresql" or os.environ.get("TALANOA_TEST_WHOLE"):
        return
    again = [item for item in items if not places[item].startswith(ONCE) or places[item].startswith(BOTH)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
    items[:] = again


@pytest.fixture(scope="session", autouse=True)
def _logs_as_in_production():
    from talanoa.commandline.logs import set_up

    set_up()


def pytest_unconfigure(config):
    shutil.rmtree(house_settings.HOME_OF_TESTS, ignore_errors=True)
    if house_settings.SERVER:
        house_settings.SERVER.cleanup()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The file that is copied below is there before Django would make it."""
    return not tables.POSTGRESQL


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A copy of the tables; with SQLite in a file rather than in memory, so that threads and processes see the same database."""
    from django.conf import settings

    test = settings.DATABASES["default"].setdefault("TEST", {})
    if tables.POSTGRESQL:
        test["TEMPLATE"] = urlsplit(tables.on_the_server()).path[1:]
    else:
        test["NAME"] = tables.new_database(Path(house_settings.HOME_OF_TESTS) / "own").removeprefix("sqlite:///")


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
    from scenes import scene

    return scene(gather)


@pytest.fixture
def walk(db):
    """`walk(raw, to=...)`: take a mail in and sort it, as the doors would; the fate comes back."""
    from path import Path as MailPath

    with contextlib.closing(MailPath()) as path:
        yield path


@pytest.fixture(autouse=True)
def _own_attachments(tmp_path):
    """No test sees another's files."""
    from django.core.files.storage import default_storage

    before = getattr(default_storage, "_location", None)
    default_storage._location = tmp_path / "attachments"
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)
    yield
    default_storage._location = before
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)


@pytest.fixture
def own_index(tmp_path, monkeypatch):
    """An index of the test's own, empty at first."""
    from talanoa.search import actions, feeding

    monkeypatch.setattr(feeding, "home", lambda: tmp_path / "search")
    feeding._reading.clear()
    yield
    actions.rest()
    feeding._reading.clear()


@pytest.fixture
def catch_up(own_index):
    """`catch_up()`: let the index see what changed, as the worker does."""
    from path import NOW
    from talanoa.search import actions

    def step(at=NOW):
        while actions.tend(at=at):
            pass

    return step
