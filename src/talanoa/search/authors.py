"""What messages and files tell of who wrote them: it changes with the person, not with the post."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count

from talanoa.conversations import lookups as conversations
from talanoa.people.models import Merging, Person
from talanoa.search import files, posts
from talanoa.search.files import Files
from talanoa.search.posts import Posts
from talanoa.search.sources import Changes, Held, Shown, Standings, fingerprint

PERSONS, POSTS = 500, 1_000  # at once


class Authors:
    """Looked through as a whole: a row for each person. It has no entries; those of others are put in anew.

    Notes: a fingerprint of each person; those whose posts are to be put in anew, and the post up to which that was done.
    """

    number = 5
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - it has no entries
        now = _told()
        if notes is None:
            # The first of all visits: posts are put in after it, with what is told by then.
            return Changes((), (), {"told": now, "left": [], "after": 0})
        before, left, after = notes["told"], notes["left"], notes["after"]
        left = [*left, *(int(pk) for pk, told in now.items() if before.get(pk) != told)]
        if not left:
            return None
        those = conversations.written_by(left[:PERSONS], after, most=POSTS)
        whole = len(those) < POSTS
        after, left = (0, left[PERSONS:]) if whole else (those[-1].pk, left)
        hanging = [one.pk for found in conversations.hung([post.pk for post in those]).values() for one in found]
        again = {Posts.number: list(posts.entries(those)), Files.number: list(files.entries(hanging))}
        return Changes((), (), {"told": now, "left": left, "after": after}, more=bool(left), again=again)

    def versions(self) -> Iterator[tuple[int, int]]:
        return iter(())

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:  # noqa: ARG002 - there are none
        return {}


def _told() -> dict[str, int]:
    """Of each person, what changes when the entries of their posts do."""
    brought = dict(Merging.objects.values_list("kept").annotate(Count("pk")).order_by())
    rows = Person.objects.values_list("pk", "name", "country").iterator(chunk_size=5_000)
    return {str(pk): fingerprint(name, country, brought.get(pk, 0)) for pk, name, country in rows}
