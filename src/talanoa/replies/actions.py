"""The verbs of Consolidated Replies: begin, save, take, fill, restore."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities.lookups import one_at_a_time, standing
from talanoa.people.models import Person
from talanoa.queries.models import Query
from talanoa.replies import rules
from talanoa.replies.models import Reply, Section


class NotYours(Exception):
    """Only a facilitator of the community may do this."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community can do that.")


class NotNow(Exception):
    """The query has no responses yet that a reply could be made of."""

    def __str__(self) -> str:
        return gettext("A Consolidated Reply can be made once the query is circulated.")


def begin(query: Query, *, by: Person, at: datetime) -> Reply:
    """The reply of a query, with all its sections empty; where it was begun before, that one as it is."""
    with transaction.atomic():
        one_at_a_time(query.community)
        _as_facilitator(by, query)
        query.refresh_from_db()
        if query.stage not in rules.STAGES:
            raise NotNow
        reply, begun = Reply.objects.get_or_create(query=query, defaults={"begun_by": by, "begun_at": at})
        if begun:
            Section.objects.bulk_create(Section(reply=reply, key=key, saved_at=at) for key in rules.SECTIONS)
    return reply


def _as_facilitator(by: Person, query: Query) -> None:
    if not standing(by, query.community).facilitates:
        raise NotYours
