"""Where a post stands: its parent, its conversation, and orphans that waited for it.

Only within the community that was addressed (P8): a Message-ID seen elsewhere opens no door.
"""

from dataclasses import dataclass
from datetime import datetime

from talanoa.communities.models import Community
from talanoa.conversations import rules
from talanoa.conversations.models import Awaited, Conversation, Post


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
    waiting = Awaited.objects.filter(community=community, message_id=message_id)
    # Almost never: asked in the cheapest way first.
    if not waiting.exists():
        return []
    return list(
        waiting
        .select_related("post__conversation")
        .order_by("rank", "post_id")
    )


def place(community: Community, early: list[Awaited], *, message_id: str, answers: tuple[str, ...], subject: str, at: datetime) -> Place:
    """Find the place by In-Reply-To, References, then subject within the window."""
    answers = tuple(answer for answer in answers if answer != message_id)
    known = Post.objects.filter(community=community, message_id__in=answers).select_related("conversation")
    found = {post.message_id: post for post in known} if answers else {}
    for rank, answer in enumerate(answers):
        if answer in found:
            return Place(found[answer].conversation, found[answer], answers[:rank])
    # Somebody answered this very mail before it came: it belongs with its answer.
    if early:
        return Place(early[0].post.conversation, None, answers)
    _, reply = rules.bare_subject(subject, community.subject_prefix)
    key = rules.subject_key(subject, community.subject_prefix)
    if key and reply:
        conversation = (
            Conversation.objects.filter(
                community=community, key=key, latest_at__gt=at - rules.SUBJECT_WINDOW, latest_at__lte=at
            )
            .order_by("-latest_at")
            .first()
        )
        if conversation:
            return Place(conversation, conversation.posts.order_by("number").first(), answers)
    return Place(None, None, answers)


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
