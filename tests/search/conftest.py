"""An index of each test's own."""

import pytest

from path import NOW
from talanoa.search import actions, feeding


@pytest.fixture(autouse=True)
def _own_index(tmp_path, monkeypatch):
    monkeypatch.setattr(feeding, "home", lambda: tmp_path / "search")
    feeding._reading.clear()
    yield
    actions.rest()
    feeding._reading.clear()


@pytest.fixture
def catch_up():
    """`catch_up()`: let the index see what changed, as the worker does."""

    def step(at=NOW):
        while actions.tend(at=at):
            pass

    return step
