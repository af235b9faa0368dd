"""The pages' own world and browsers without a screen."""

import pytest


@pytest.fixture
def world(cast):
    from scenes import scene
    from world import build

    return scene(build, cast)


@pytest.fixture
def browse():
    """`browse(ana)`: a browser in which Ana is signed in, through the door; `browse()` is a stranger's."""
    from browsers import browser

    return browser
