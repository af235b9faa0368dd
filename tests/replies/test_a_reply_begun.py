"""A Consolidated Reply is begun once, by a facilitator."""

import pytest

from path import NOW
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies.models import Section
from talanoa.replies.rules import SECTIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def query(cast):
    asked = Query.objects.create(
        community=cast.mdg, asker=cast.ben, asked_subject="Births", asked_text="How?", asked_at=NOW, title="Births", text="How?"
    )
    queries.circulate(asked, by=cast.ana, at=NOW, why="agreed by phone")
    return asked


def test_begun_twice_it_is_one_reply_with_each_section_once(cast, query):
    assert replies.begin(query, by=cast.ana, at=NOW) == replies.begin(query, by=cast.ana, at=NOW)
    assert list(Section.objects.values_list("key", flat=True).order_by("pk")) == list(SECTIONS)


def test_only_a_facilitator_begins_it(cast, query):
    for other in (cast.ben, cast.farid, cast.sefa):
        with pytest.raises(replies.NotYours):
            replies.begin(query, by=other, at=NOW)


def test_what_is_not_circulated_has_no_reply_yet(cast):
    asked = Query.objects.create(community=cast.mdg, asked_subject="x", asked_text="x", asked_at=NOW, title="x", text="x")
    with pytest.raises(replies.NotNow):
        replies.begin(asked, by=cast.ana, at=NOW)
