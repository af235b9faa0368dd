"""The posts of conversations, followed by the numbers of their changes; and what part each plays."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from talanoa.conversations import lookups as conversations
from talanoa.conversations.lookups import Indexed, Said
from talanoa.queries import lookups as queries
from talanoa.replies.models import Edition
from talanoa.search.engine import Entry
from talanoa.search.sources import NOBODY, READERS, Changes, Held, Shown, Standings, audience

AT_ONCE = 1_000
WHOLE = 1 << 62  # in the place of a post: all posts of that change were seen
# What a post counts for by the part it plays; a line of thanks counts for less.
STANDING = {"reply": 1.3, "query": 1.15, "response": 1.0, "post": 1.0}
FEW_WORDS, FEW = 20, 0.85


class Posts:
    """Notes: by community, the change and the post that were seen last, and the highest number of a post that was seen."""

    number = 1
    watched = True

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - its own notes tell more
        seen: dict[str, Sequence[int]] = dict(notes or {})
        newest = conversations.changes()
        # Fewer changes than were seen: the database was put back, or a community is no more.
        if any(newest.get(int(community), 0) < change for community, (change, *_) in seen.items()):
            return Changes((), (), {}, more=True, lost=True)
        for community, change in newest.items():
            last, pk, highest = seen.get(str(community), (0, 0, 0))
            if change > last or pk < WHOLE:
                posts = conversations.changed_after(community, last, pk, most=AT_ONCE)
                if not posts:
                    continue
                kept = [post for post in posts if post.kept]
                gone = [post.pk for post in posts if post.pk <= highest]
                after = posts[-1].pk if len(posts) == AT_ONCE else WHOLE
                seen[str(community)] = (posts[-1].changed, after, max(highest, *(post.pk for post in posts)))
                return Changes(gone, list(entries(kept)), seen, more=True)
        return None

    def versions(self) -> Iterator[tuple[int, int]]:
        belonging = conversations.kept().order_by("pk")
        return iter(belonging.values_list("pk", "changed").iterator(chunk_size=5_000))

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        return _shown(standings, conversations.said(standings, numbers))


def unreleased(standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
    """Those of these posts that wait in an archive; for administrators alone."""
    return _shown(standings, conversations.waiting(standings, numbers))


def _shown(standings: Standings, those: Sequence[Said]) -> dict[int, Shown]:
    parts = _parts({post.pk: post.conversation for post in those})
    return {
        post.pk: Shown(
            kind=parts[post.pk],
            community=(here := standings[post.community].community),
            title=post.subject,
            text=post.text,
            path=f"/c/{here.slug}/m/{post.key}",
            author=post.name or post.author_name,
            person=post.author,
            at=post.posted_at,
            conversation=post.conversation,
        )
        for post in those
    }


def entries(posts: Sequence[Indexed]) -> Iterator[Entry]:
    """The entries of posts; those that are not released yet are for nobody."""
    files = conversations.hung([post.pk for post in posts])
    parts = _parts({post.pk: post.conversation for post in posts})
    for post in posts:
        part = parts[post.pk]
        yield Entry(
            number=post.pk,
            audiences=(audience(post.community, NOBODY if post.unreleased else READERS),),
            group=post.conversation,
            kind=part,
            at=post.posted_at,
            title=post.subject,
            text=post.text,
            people=f"{post.name} {post.author_name}" if post.author else post.author_name,
            person=post.author or 0,
            countries=(post.country,) if post.country else (),
            files=tuple(one.name for one in files.get(post.pk, ()) if not one.inline),
            standing=STANDING[part] * (FEW if part == "post" and len(post.text.split(None, FEW_WORDS)) <= FEW_WORDS else 1),
            version=post.changed,
        )


def _parts(posts: Mapping[int, int]) -> Mapping[int, str]:
    """What part each post plays (given with its conversation): a query, a response, the mail that brought a Consolidated Reply, or none."""
    asked = queries.opening(set(posts.values()))
    replies = set(Edition.objects.filter(post__in=posts).values_list("post", flat=True)) if asked else set()

    def part(post: int, conversation: int) -> str:
        if conversation not in asked:
            return "post"
        return "query" if asked[conversation] == post else "reply" if post in replies else "response"

    return {post: part(post, conversation) for post, conversation in posts.items()}
