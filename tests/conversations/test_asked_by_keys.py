"""A page costs the same in a community that has said much: nothing goes through all of its posts."""

import pytest
from django.db import connection

from talanoa.communities.lookups import standing
from talanoa.conversations import lookups

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows how many posts a community has"),
]
KEYS = range(1, 51)
ASKED = {
    "an exchange of letters": lambda here: lookups.shown(here, 1, 1, 50),
    "some letters": lambda here: lookups.shown_alone(here, KEYS),
    "what hangs on them": lambda here: lookups.attachments(here, KEYS),
    "what was found": lambda here: lookups.said({here.community.pk: here}, KEYS),
    "what was found by an administrator": lambda here: lookups.waiting({here.community.pk}, KEYS),
    "the latest conversations": lambda here: lookups.conversations(here, most=30, after=3_000),
}


@pytest.mark.parametrize("name", ASKED)
def test_letters_are_not_looked_for_among_all_of_their_community(cast, name):
    """SQLite keeps no count of what a table has and takes a community for small."""
    asked = []

    def note(execute, sql, values, many, context):
        asked.append((sql, values))
        return execute(sql, values, many, context)

    here = standing(cast.ben, cast.mdg)
    with connection.execute_wrapper(note):
        ASKED[name](here)
    [(sql, values)] = asked
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row[3] for row in cursor.fetchall()]
    assert not [step for step in plan if step.startswith("SCAN") or "SEARCH p USING INDEX post_" in step], plan
    assert not any("USE TEMP B-TREE" in step for step in plan if name == "the latest conversations"), plan
