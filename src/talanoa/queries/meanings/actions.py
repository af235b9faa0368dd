"""The verb of meanings: keep."""

from talanoa.language.meaning import meanings, packed, ready
from talanoa.queries import lookups
from talanoa.queries.models import Meaning

# Some seconds of work at a time: the worker has mail to sort.
AT_A_TIME = 50


def keep() -> None:
    """Keep the meanings of circulated queries that have none yet, the latest first; called again until all have one."""
    new = list(lookups.without_meaning()[:AT_A_TIME]) if ready() else []
    rows = (Meaning(query=query, vector=packed(vector)) for query, vector in zip(new, meanings([one.words for one in new]), strict=True))
    # Another worker may have been first; it kept the same.
    Meaning.objects.bulk_create(rows, ignore_conflicts=True)
