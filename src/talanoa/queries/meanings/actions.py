"""The verb of meanings: keep."""

from talanoa.language.meaning import meanings, packed, ready
from talanoa.queries import lookups
from talanoa.queries.models import Meaning, Opening
from talanoa.queries.suggesting import matter

# Some seconds of work at a time: the worker has mail to sort.
AT_A_TIME = 25


def keep() -> None:
    """Keep the meanings of circulated queries and answered questions that have none yet, the latest first.

    Called again until all have one. What was taken back is forgotten. Another
    worker may have been first; it kept the same.
    """
    lookups.withdrawn_openings().delete()
    if not ready():
        return
    queries = list(lookups.without_meaning()[:AT_A_TIME])
    posts = list(lookups.openings_without_meaning()[:AT_A_TIME])
    texts = [*(one.words for one in queries), *(matter(one.subject, one.fresh_text) for one in posts)]
    found = [packed(vector) for vector in meanings(texts)]
    asked = (Meaning(query=query, vector=vector) for query, vector in zip(queries, found, strict=False))
    opened = (Opening(post=post, vector=vector) for post, vector in zip(posts, found[len(queries) :], strict=True))
    Meaning.objects.bulk_create(asked, ignore_conflicts=True)
    Opening.objects.bulk_create(opened, ignore_conflicts=True)
