"""Members choose digests, and something is said."""

import itertools

import pytest
from digested import MONDAY

from cast import address
from path import letter
from talanoa.communities import actions as communities
from talanoa.conversations.models import Post

ids = itertools.count()


@pytest.fixture
def choose(cast):
    """`choose(person, at=…, delivery=…)`, in mdg."""

    def do(person, at=MONDAY, **choices):
        communities.choose_delivery(cast.membership(person, cast.mdg), at=at, **choices)

    return do


@pytest.fixture
def say(cast, walk):
    """`say("Subject", "text")`: Ben posts in mdg."""

    def do(subject="Village nurses", text="Who counts the births?", at=MONDAY, who="ben", **headers) -> Post:
        name = f"{getattr(cast, who).name} <{address(who)}>"
        return walk(letter(name, subject=subject, text=text, Message_ID=f"<{next(ids)}@people.example>", **headers), at=at).post

    return do
