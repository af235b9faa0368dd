"""Where the tests of reading find their mails."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()


def test_data() -> Path | None:
    """The folder of third-party mails, or None where it is absent."""
    named = os.environ.get("TALANOA_TEST_DATA")
    if named:
        return Path(named)
    beside = HERE.parents[3].parent / "shared" / "data"
    return beside if beside.is_dir() else None


@pytest.fixture(scope="session")
def data() -> Path:
    found = test_data()
    if found is None or not found.is_dir():
        pytest.skip("The third-party mails are not here (TALANOA_TEST_DATA); what they measure is not tested.")
    return found


@pytest.fixture(scope="session")
def corpus() -> Path:
    return HERE.parents[2] / "corpus"
