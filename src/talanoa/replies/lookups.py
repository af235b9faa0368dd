"""Questions about Consolidated Replies, on behalf of somebody."""

from talanoa.people.models import Person
from talanoa.queries import lookups as queries
from talanoa.queries.models import Query
from talanoa.replies.models import Reply


def workplace(person: Person | None, pk: int) -> tuple[Query, Reply | None] | None:
    """A query with the reply that is being made of it, for a facilitator of its community; nothing for anybody else."""
    query = queries.workplace(person, pk)
    return (query, Reply.objects.filter(query=query).first()) if query else None
