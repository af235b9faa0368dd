"""How posts of an archive become rows, many at once; the verbs are `record`, `put_in_order` and `release` in `actions`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, groupby
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from talanoa.communities.models import Community
from talanoa.conversations import rules
from talanoa.conversations.models import Conversation, Post
from talanoa.mail.reading.parsing import Letter


class Archived(NamedTuple):
    """A post as an archive has it, and the place that the whole archive gives it."""

    letter: Letter
    message_id: str
    author: int | None  # a person of this house
    author_name: str
    written_at: datetime
    conversation: int | None  # one that there is already
    begins: int  # without one: what is alike begins one conversation together
    missing: tuple[str, ...] = ()  # ancestors that the archive does not hold, nearest first
    old_links: tuple[str, ...] = ()


def begun(first: Archived, community: Community) -> Conversation:
    """The conversation that a post begins."""
    subject = first.letter.subject
    return Conversation(
        community=community,
        subject=rules.bare_subject(subject, community.subject_prefix)[0],
        key=rules.subject_key(subject, community.subject_prefix),
        numbered=community.numbered,
        began_at=first.written_at,
        latest_at=first.written_at,
    )


def next_numbers(conversations: Iterable[int]) -> dict[int, Iterator[int]]:
    """The free numbers of some conversations, which the caller's transaction keeps to itself."""
    those = list(conversations)
    last = dict(Post.objects.filter(conversation__in=those).values_list("conversation").annotate(Max("number")).order_by())
    return {pk: count(last.get(pk, 0) + 1) for pk in those}


def pieces(one: Archived) -> Sequence[tuple[str, str]]:
    """The letter in its own order, for its HTML."""
    return one.letter.pieces or [("fresh", one.letter.fresh_text), ("quoted", one.letter.quoted_text)]


def post(one: Archived, community: Community, conversation: int, number: int, html: str, *, at: datetime) -> Post:
    """The row of a post that nobody sees yet."""
    letter = one.letter
    return Post(
        community=community,
        conversation_id=conversation,
        number=number,
        author_id=one.author,
        author_name=one.author_name[:200],
        message_id=one.message_id,
        key=rules.permanent_key(one.message_id),
        subject=letter.subject,
        language=(letter.header("content-language") or "").strip()[:16],
        written_at=one.written_at,
        posted_at=one.written_at,
        fresh_text=letter.fresh_text,
        quoted_text=letter.quoted_text,
        html=html,
        withdrawn_at=at,
        unreleased=True,
    )


def stretch(those: Sequence[Archived], conversations: Sequence[int]) -> None:
    """Let conversations reach from the first to the last of their posts."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for one, pk in zip(those, conversations, strict=True):
        first, last = spans.get(pk, (one.written_at, one.written_at))
        spans[pk] = min(first, one.written_at), max(last, one.written_at)
    said = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE conversations_conversation SET began_at = %s WHERE id = %s AND began_at > %s",
            [(said(first), pk, said(first)) for pk, (first, _) in spans.items()],
        )
        cursor.executemany(
            "UPDATE conversations_conversation SET latest_at = %s WHERE id = %s AND latest_at < %s",
            [(said(last), pk, said(last)) for pk, (_, last) in spans.items()],
        )


def put_beneath(pairs: Sequence[tuple[int, int]]) -> None:
    """Write down parents: (post, parent)."""
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE conversations_post SET parent_id = %s WHERE id = %s", [(parent, pk) for pk, parent in pairs])


def renumber(community: Community) -> None:
    """Number by time the conversations of which nothing has been shown; those in order are left alone."""
    rows = (
        Post.objects.filter(community=community)
        .order_by("conversation_id", "number")
        .values_list("conversation_id", "pk", "parent_id", "number", "posted_at", "unreleased")
        .iterator(chunk_size=2000)
    )
    wrong: list[tuple[int, int]] = []
    for _, group in groupby(rows, key=lambda row: row[0]):
        posts = list(group)
        if all(unreleased for *_, unreleased in posts):
            wrong += [(number, pk) for number, pk in enumerate(_by_time(posts), 1)] if not _in_order(posts) else []
    with connection.cursor() as cursor:
        # In two steps, because a number must be free before it is given.
        for numbers in ([(number + 1_000_000_000, pk) for number, pk in wrong], wrong):
            cursor.executemany("UPDATE conversations_post SET number = %s WHERE id = %s", numbers)


def _in_order(posts: Sequence[tuple]) -> bool:
    return [row[1] for row in posts] == _by_time(posts)


def _by_time(posts: Sequence[tuple]) -> list[int]:
    """The posts in the order of their time, each after what it answers, whatever the clocks said."""
    moments = {pk: (parent, at) for _, pk, parent, _, at, _ in posts}
    latest: dict[int, datetime] = {}
    depth: dict[int, int] = {}
    for start in moments:
        way: dict[int, None] = {}
        current: int | None = start
        while current is not None and current in moments and current not in latest and current not in way:
            way[current] = None
            current = moments[current][0]
        for pk in reversed(way):
            parent, at = moments[pk]
            latest[pk] = at if parent is None else max(at, latest.get(parent, at))
            depth[pk] = 0 if parent is None else depth.get(parent, -1) + 1
    return sorted(moments, key=lambda pk: (latest[pk], depth[pk], moments[pk][1], pk))
