"""The pages' own world and browsers without a screen."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))


@pytest.fixture
def world(cast):
    from world import build

    return build(cast)


@pytest.fixture
def as_person():
    """`as_person(ana)`: a browser in which somebody is signed in, through the door; None is a stranger's."""
    from browsers import browser

    return browser
