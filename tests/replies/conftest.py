"""A query that was circulated and answered, and the reply that is being made of it."""

import pytest

from path import NOW, letter
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies

ANSWERS = {
    "ben": "We train village nurses for six months.\n\nThey count 140 births a year.",
    "chandra": "In Nepal we ask the midwives. See https://stats.example.org/report.",
    "noa": "Stipends should go to the girl, not to the household.",
}


@pytest.fixture
def query(cast, db):
    asked = Query.objects.create(
        community=cast.mdg, asker=cast.sefa, asked_subject="Births", asked_text="How?", asked_at=NOW, title="Births", text="How are births counted?"
    )
    queries.circulate(asked, by=cast.ana, at=NOW, why="agreed by phone")
    return asked


@pytest.fixture
def responses(cast, query, walk):
    """What three members answered, by mail; by name."""

    def answer(name, text):
        person = getattr(cast, name)
        raw = letter(f"{person.name} <{name}@people.example>", subject="Re: Births", text=text, In_Reply_To=query.post.message_id)
        return walk(raw).post

    return {name: answer(name, text) for name, text in ANSWERS.items()}


@pytest.fixture
def reply(cast, query, responses):
    return replies.begin(query, by=cast.ana, at=NOW)


@pytest.fixture
def section(reply):
    """`section("summary")`: as it is now."""
    return lambda key: reply.sections.get(key=key)
