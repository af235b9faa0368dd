"""Where a post stands: its parent, its conversation, and orphans that waited for it.

Only within the community that was addressed (P8): a Message-ID seen elsewhere opens no door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from talanoa.communities.models import Community
from talanoa.conversations import rules
from talanoa.conversations.models import Awaited, Conversation, Post

_BY_KEY = "SELECT * FROM conversations_conversation WHERE id = %s"
_LATELY = (
    "SELECT * FROM conversations_conversation "
    "WHERE community_id = %s AND key = %s AND latest_at > %s AND latest_at <= %s ORDER BY latest_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new post belongs; `missing` are nearer ancestors that have not come, nearest first."""

    conversation: Conversation | None
    parent: Post | None
    missing: tuple[str, ...]


def answered(in_reply_to: tuple[str, ...], references: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that a mail answers to, nearest first, each once, at most twenty."""
    return tuple(dict.fromkeys([*in_reply_to, *reversed(references)]))[:20]


def orphans(community: Community, message_id: str) -> list[Awaited]:
    """The posts that answered this Message-ID before it came, the nearest first."""
    # Plain SQL here and below: every post asks, and the ORM takes longer to put the question than the database to answer it.
    waiting = "SELECT * FROM conversations_awaited WHERE community_id = %s AND message_id = %s ORDER BY rank, post_id"
    return list(Awaited.objects.raw(waiting, [community.pk, message_id]))


def place(community: Community, early: list[Awaited], *, message_id: str, answers: tuple[str, ...], subject: str, at: datetime) -> Place:
    """Find the place by In-Reply-To, References, then subject within the window."""
    answers = tuple(answer for answer in answers if answer != message_id)
    found = _those(community, answers)
    for rank, answer in enumerate(answers):
        if answer in found:
            return Place(_conversation(_BY_KEY, found[answer].conversation_id), found[answer], answers[:rank])
    # Somebody answered this very mail before it came: it belongs with its answer.
    if early:
        return Place(early[0].post.conversation, None, answers)
    _, reply = rules.bare_subject(subject, community.subject_prefix)
    key = rules.subject_key(subject, community.subject_prefix)
    if key and reply:
        window = (connection.ops.adapt_datetimefield_value(moment) for moment in (at - rules.SUBJECT_WINDOW, at))
        if conversation := _conversation(_LATELY, community.pk, key, *window):
            return Place(conversation, first_post(conversation), answers)
    return Place(None, None, answers)


def first_post(conversation: Conversation) -> Post | None:
    """The post that a conversation began with."""
    first = "SELECT * FROM conversations_post WHERE conversation_id = %s ORDER BY number LIMIT 1"
    return next(iter(Post.objects.raw(first, [conversation.pk])), None)


def next_number(conversation: Conversation) -> int:
    """The number of the next post in a conversation, which the caller's transaction keeps to itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(number) FROM conversations_post WHERE conversation_id = %s", [conversation.pk])
        return (cursor.fetchone()[0] or 0) + 1


def places(values: Sequence[object]) -> str:
    """As many places for parameters, for a list in plain SQL."""
    return ", ".join(["%s"] * len(values))


def _those(community: Community, message_ids: tuple[str, ...]) -> dict[str, Post]:
    if not message_ids:
        return {}
    named = f"SELECT * FROM conversations_post WHERE community_id = %s AND message_id IN ({places(message_ids)})"  # noqa: S608  only %s are put in
    return {post.message_id: post for post in Post.objects.raw(named, [community.pk, *message_ids])}


def _conversation(sql: str, *params: object) -> Conversation | None:
    return next(iter(Conversation.objects.raw(sql, params)), None)


def stands_below(post: Post, ancestor: Post) -> bool:
    """Whether `ancestor` is on the way from `post` up: forged References can make rings."""
    seen = set()
    current: Post | None = post
    while current is not None and current.pk not in seen:
        if current.pk == ancestor.pk:
            return True
        seen.add(current.pk)
        current = current.parent
    return False
