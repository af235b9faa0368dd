"""Questions about conversations, on behalf of somebody.

Who may read is asked once, of `communities.lookups.Standing`; whoever may not read gets nothing,
exactly as if nothing were there (P1, P2).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from talanoa.communities.lookups import Standing
from talanoa.conversations.models import Attachment, Conversation, Post


def posts(standing: Standing) -> QuerySet[Post]:
    """The posts of a community that this reader may read."""
    if not standing.reads:
        return Post.objects.none()
    return Post.objects.filter(community=standing.community, withdrawn_at=None)


def conversations(standing: Standing) -> QuerySet[Conversation]:
    """The conversations that this reader may read, the latest first; `responses` counts their posts."""
    if not standing.reads:
        return Conversation.objects.none()
    shown = Q(posts__withdrawn_at=None)
    first = Post.objects.filter(conversation=OuterRef("pk"), withdrawn_at=None).order_by("number")
    return (
        Conversation.objects.filter(community=standing.community)
        .annotate(
            size=Count("posts", filter=shown),
            begun_by=Subquery(first.values("author__name")[:1]),
            begun_by_name=Subquery(first.values("author_name")[:1]),
        )
        .filter(size__gt=0)
        .order_by("-latest_at", "-id")
    )


def conversation(standing: Standing, pk: int) -> Conversation | None:
    if not standing.reads:
        return None
    return Conversation.objects.filter(community=standing.community, pk=pk, posts__withdrawn_at=None).first()


class Shown(NamedTuple):
    """What a page shows of a post; a plain row, because a conversation shows fifty of them."""

    pk: int
    number: int
    key: str
    parent: int | None
    posted_at: datetime
    language: str
    html: str
    edited: bool
    author_name: str  # as the mail gave it
    author: int | None
    name: str | None
    role: str | None
    organisation: str | None
    country: str | None


_SHOWN = (
    "pk", "number", "key", "parent_id", "posted_at", "language", "html", "edited", "author_name",
    "author_id", "author__name", "author__role", "author__organisation", "author__country",
)  # fmt: skip


def last_number(standing: Standing, conversation: int) -> int:
    """The number of the latest post in a conversation that this reader may read; 0 if there is none."""
    return posts(standing).filter(conversation=conversation).aggregate(last=Max("number"))["last"] or 0


def shown(standing: Standing, conversation: int, first: int, last: int) -> list[Shown]:
    """The posts numbered `first` to `last` in a conversation, in their order."""
    rows = posts(standing).filter(conversation=conversation, number__range=(first, last)).order_by("number")
    return [Shown._make(row) for row in rows.values_list(*_SHOWN)]


def shown_alone(standing: Standing, keys: Iterable[int]) -> list[Shown]:
    """Some posts of a community, by their primary keys, in the order of their numbers."""
    return [Shown._make(row) for row in posts(standing).filter(pk__in=keys).order_by("number", "pk").values_list(*_SHOWN)]


def attachments(standing: Standing, of: Iterable[int]) -> dict[int, list[Attachment]]:
    """What hangs on some posts, by the post's primary key."""
    found: dict[int, list[Attachment]] = {}
    if standing.reads:
        rows = Attachment.objects.filter(post__in=of, post__community=standing.community, post__withdrawn_at=None)
        for row in rows.only("pk", "post_id", "name", "media_type", "size", "inline").order_by("pk"):
            found.setdefault(row.post_id, []).append(row)
    return found


def post(standing: Standing, key: str) -> Post | None:
    """The post of a permanent link."""
    return posts(standing).filter(key=key.upper()).select_related("author", "conversation", "community").first()


def attachment(standing: Standing, key: str, pk: int) -> Attachment | None:
    """The one way to an attachment, for every route (P5)."""
    if not standing.reads:
        return None
    return Attachment.objects.filter(
        pk=pk, post__key=key.upper(), post__community=standing.community, post__withdrawn_at=None
    ).first()


def posts_by(person_id: int, community_id: int) -> int:
    """How many posts of a person were circulated in a community."""
    return Post.objects.filter(author=person_id, community=community_id).count()


def circulated_since(community_id: int, since: datetime) -> int:
    """How many posts were circulated in a community from a moment on."""
    return Post.objects.filter(community=community_id, posted_at__gte=since).count()


def known(community_id: int, message_id: str) -> bool:
    """Whether a community has a post with this Message-ID; for the rules, never shown."""
    return Post.objects.filter(community=community_id, message_id=message_id).exists()



def wrote_here(standing: Standing, person: int) -> list[Post]:
    """The latest posts of one person in a community."""
    found = posts(standing).filter(author=person).select_related("author", "conversation").defer("html", "fresh_text", "quoted_text")
    return list(found.order_by("-posted_at")[:10])


class Extent(NamedTuple):
    """How much a community has said."""

    conversations: int
    posts: int
    authors: int


def extent(standing: Standing) -> Extent:
    """What would become public with a community's archive (P7)."""
    return Extent(**posts(standing).aggregate(
        conversations=Count("conversation", distinct=True), posts=Count("pk"), authors=Count("author", distinct=True)
    ))
