"""An index of each test's own."""

import pytest


@pytest.fixture(autouse=True)
def _apart(own_index):
    pass
