"""How posts of an archive become rows, many at once; the verbs are `record`, `put_in_order` and `release` in `actions`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count, groupby
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from talanoa.communities.models import Community
from talanoa.conversations import rendering, rules, threading
from talanoa.conversations.models import Awaited, Conversation, OldLink, Post
from talanoa.mail import rows
from talanoa.mail.reading.parsing import Attachment, Content, Letter

_BELIEVABLE = timedelta(days=14)  # so far an author's clock may be from ours


class Said(NamedTuple):
    """What a letter of an archive says, as it is kept; plain data, so that a child process can make it."""

    subject: str
    language: str
    fresh_text: str
    quoted_text: str
    html: str
    attachments: tuple[Attachment, ...]


def said(letter: Letter | Content, language: str) -> Said:
    """What a letter says; `language` is the community's, for the words around what is folded."""
    pieces = letter.pieces or [("fresh", letter.fresh_text), ("quoted", letter.quoted_text)]
    return Said(
        letter.subject,
        (letter.header("content-language") or "").strip()[:16],
        letter.fresh_text,
        letter.quoted_text,
        rendering.post(pieces, language),
        letter.attachments,
    )


class Archived(NamedTuple):
    """A post as an archive has it, and the place that the whole archive gives it."""

    said: Said
    message_id: str
    author: int | None  # a person of this house
    author_name: str
    written_at: datetime
    conversation: int | None  # one that there is already
    begins: int  # without one: what is alike begins one conversation together
    parent: int | None = None  # the post that it answers, where that is there already
    answers: int | None = None  # or its number among those that are recorded together, from 0
    missing: tuple[str, ...] = ()  # ancestors that the archive does not hold, nearest first
    old_links: tuple[str, ...] = ()


def by_itself(
    letter: Letter,
    community: Community,
    *,
    message_id: str,
    author: int | None,
    author_name: str,
    at: datetime,
    old_links: tuple[str, ...] = (),
) -> Archived:
    """A post that comes alone, in the place where it would stand if it had been sent here."""
    answers = threading.answered(letter.in_reply_to, letter.references)
    early = threading.orphans(community, message_id)
    place = threading.place(community, early, message_id=message_id, answers=answers, subject=letter.subject, at=at)
    written = letter.written_at
    return Archived(
        said(letter, community.language),
        message_id,
        author,
        author_name,
        written if written and at - _BELIEVABLE < written < at + _BELIEVABLE else at,
        place.conversation.pk if place.conversation else None,
        begins=0,
        parent=place.parent.pk if place.parent else None,
        missing=place.missing,
        old_links=old_links,
    )


class Place(NamedTuple):
    """Where a post came to stand; primary keys."""

    post: int
    conversation: int


def insert(those: Sequence[Archived], community: Community, *, change: int, at: datetime) -> list[Place]:
    """Insert the rows of posts that nobody sees yet, and of the conversations that they begin."""
    begun = _begin(those, community)
    made = rows.keys(Post, len(those))
    places = [
        Place(pk, one.conversation if one.conversation is not None else begun[one.begins]) for pk, one in zip(made, those, strict=True)
    ]
    numbers = _next_numbers({place.conversation for place in places}, new=set(begun.values()))
    rows.insert(
        Post,
        "id community_id conversation_id parent_id number author_id author_name message_id key subject language "
        "written_at posted_at fresh_text quoted_text html withdrawn_at unreleased changed",
        [
            (
                pk,
                community.pk,
                conversation,
                one.parent if one.answers is None else made[one.answers],
                next(numbers[conversation]),
                one.author,
                one.author_name[:200],
                one.message_id,
                rules.permanent_key(one.message_id),
                one.said.subject,
                one.said.language,
                one.written_at,
                one.written_at,
                one.said.fresh_text,
                one.said.quoted_text,
                one.said.html,
                at,
                True,
                change,
            )
            for (pk, conversation), one in zip(places, those, strict=True)
        ],
    )
    _stretch(those, places)
    together = list(zip(made, those, strict=True))
    links = [(community.pk, path, pk) for pk, one in together for path in one.old_links]
    rows.insert(OldLink, "community_id path post_id", links, or_leave=True)
    awaited = [(community.pk, missing, rank, pk) for pk, one in together for rank, missing in enumerate(one.missing)]
    rows.insert(Awaited, "community_id message_id rank post_id", awaited)
    return places


def _begin(those: Sequence[Archived], community: Community) -> dict[int, int]:
    """Insert the conversations that posts begin; returns their keys by `begins`."""
    groups: dict[int, list[Archived]] = {}
    for one in those:
        if one.conversation is None:
            groups.setdefault(one.begins, []).append(one)
    begun = dict(zip(groups, rows.keys(Conversation, len(groups)), strict=True))
    prefix = community.subject_prefix
    rows.insert(
        Conversation,
        "id community_id subject key numbered began_at latest_at",
        [
            (
                begun[begins],
                community.pk,
                rules.bare_subject(group[0].said.subject, prefix)[0],
                rules.subject_key(group[0].said.subject, prefix),
                community.numbered,
                min(one.written_at for one in group),
                max(one.written_at for one in group),
            )
            for begins, group in groups.items()
        ],
    )
    return begun


def _next_numbers(conversations: Collection[int], *, new: Collection[int]) -> dict[int, Iterator[int]]:
    """The free numbers of some conversations, which the caller's transaction keeps to itself."""
    old = [pk for pk in conversations if pk not in new]
    last = dict(Post.objects.filter(conversation__in=old).values_list("conversation").annotate(Max("number")).order_by())
    return {pk: count(last.get(pk, 0) + 1) for pk in conversations}


def _stretch(those: Sequence[Archived], places: Sequence[Place]) -> None:
    """Let conversations that were there reach from the first to the last of their posts."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for one, (_, pk) in zip(those, places, strict=True):
        if one.conversation is not None:
            first, last = spans.get(pk, (one.written_at, one.written_at))
            spans[pk] = min(first, one.written_at), max(last, one.written_at)
    adapted = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE conversations_conversation SET began_at = %s WHERE id = %s AND began_at > %s",
            [(adapted(first), pk, adapted(first)) for pk, (first, _) in spans.items()],
        )
        cursor.executemany(
            "UPDATE conversations_conversation SET latest_at = %s WHERE id = %s AND latest_at < %s",
            [(adapted(last), pk, adapted(last)) for pk, (_, last) in spans.items()],
        )


def put_beneath(pairs: Sequence[tuple[int, int]]) -> None:
    """Write down parents: (post, parent)."""
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE conversations_post SET parent_id = %s WHERE id = %s", [(parent, pk) for pk, parent in pairs])


def renumber(community: Community) -> None:
    """Number by time the conversations of which nothing has been shown; those in order are left alone."""
    found = (
        Post.objects.filter(community=community)
        .order_by("conversation_id", "number")
        .values_list("conversation_id", "pk", "parent_id", "number", "posted_at", "unreleased")
        .iterator(chunk_size=2000)
    )
    wrong: list[tuple[int, int]] = []
    for _, group in groupby(found, key=lambda row: row[0]):
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
