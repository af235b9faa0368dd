"""Questions about conversations, on behalf of somebody.

Who may read is asked once, of `communities.lookups.Standing`; whoever may not read gets nothing,
exactly as if nothing were there (P1, P2).
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet

from talanoa.communities.lookups import Awaiting, Standing
from talanoa.communities.models import Community
from talanoa.conversations import answering, rendering, threading
from talanoa.conversations.models import Attachment, Conversation, Following, Post
from talanoa.conversations.rules import SUBJECT_WINDOW as SUBJECT_WINDOW
from talanoa.conversations.rules import bare_subject as bare_subject
from talanoa.conversations.rules import former_subject as former_subject
from talanoa.conversations.rules import permanent_key as permanent_key
from talanoa.conversations.rules import repeatable as repeatable
from talanoa.conversations.rules import says_reply as says_reply
from talanoa.conversations.rules import subject_key as subject_key
from talanoa.conversations.threading import answered as answered
from talanoa.conversations.threading import places
from talanoa.mail.reading.parsing import Letter


def posts(standing: Standing) -> QuerySet[Post]:
    """The posts of a community that this reader may read."""
    if not standing.reads:
        return Post.objects.none()
    return Post.objects.filter(community=standing.community, withdrawn_at=None)


class Listed(NamedTuple):
    """A conversation in a list: a plain row, as those of `shown`."""

    latest_at: datetime
    pk: int
    subject: str
    begun_by: str  # the name of who wrote its first post, as far as it is told
    size: int  # posts


def conversations(standing: Standing, *, most: int, after: int = 0) -> list[Listed]:
    """The conversations that this reader may read, the latest first; `after` so many, at most so many.

    Posts are counted of those alone that are listed: grouped and counted, all conversations of 200,000 posts took half a second.
    """
    if not standing.reads:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.latest_at, c.id, c.subject, "
            "(SELECT COALESCE(NULLIF(a.name, ''), p.author_name) FROM conversations_post p LEFT JOIN people_person a ON a.id = p.author_id "
            "WHERE p.conversation_id = c.id AND p.withdrawn_at IS NULL ORDER BY p.number LIMIT 1), "
            "(SELECT COUNT(*) FROM conversations_post p WHERE p.conversation_id = c.id AND p.withdrawn_at IS NULL) "
            "FROM conversations_conversation c WHERE c.community_id = %s "
            "AND EXISTS (SELECT 1 FROM conversations_post p WHERE p.conversation_id = c.id AND p.withdrawn_at IS NULL) "
            "ORDER BY c.latest_at DESC, c.id DESC LIMIT %s OFFSET %s",
            [standing.community.pk, most, after],
        )
        return [Listed(_in_utc(moment), *rest) for moment, *rest in cursor.fetchall()]


def conversation(standing: Standing, pk: int) -> Conversation | None:
    """A conversation; `last` is the number of its latest post."""
    if not standing.reads:
        return None
    found = Conversation.objects.raw(
        "SELECT c.*, (SELECT MAX(number) FROM conversations_post WHERE conversation_id = c.id AND withdrawn_at IS NULL) AS last "
        "FROM conversations_conversation c WHERE id = %s AND community_id = %s",
        [pk, standing.community.pk],
    )
    return next((one for one in found if one.last), None)  # type: ignore[attr-defined]  # the query gives it


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
    "SELECT p.id, p.number, p.key, p.parent_id, p.posted_at, p.language, p.html, p.edited, p.author_name, "
    "p.author_id, a.name, a.role, a.organisation, a.country "
    "FROM conversations_post p LEFT JOIN people_person a ON a.id = p.author_id "
    # The plus: else SQLite, asked for ten posts by their keys, goes through all that their community said (0.1 s for 200,000).
    "WHERE +p.community_id = %s AND p.withdrawn_at IS NULL AND "
)


def _rows(standing: Standing, where: str, params: Sequence[int]) -> list[Shown]:
    """Posts of a community in the order of their numbers; `where` is our own SQL.

    Plain SQL into plain rows: a conversation shows fifty, and the ORM took four times as long.
    """
    if not standing.reads:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{_SHOWN}{where} ORDER BY p.number, p.id", [standing.community.pk, *params])
        rows = cursor.fetchall()
    return [Shown._make((*row[:4], _in_utc(row[4]), *row[5:])) for row in rows]


def _in_utc(moment: datetime) -> datetime:
    """A moment of a plain row; SQLite keeps it in UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def shown(standing: Standing, conversation: int, first: int, last: int) -> list[Shown]:
    """The posts numbered `first` to `last` in a conversation, in their order."""
    return _rows(standing, "p.conversation_id = %s AND p.number BETWEEN %s AND %s", [conversation, first, last])


def shown_alone(standing: Standing, keys: Sequence[int]) -> list[Shown]:
    """Some posts of a community, by their primary keys, in the order of their numbers."""
    return _rows(standing, f"p.id IN ({places(keys)})", keys) if keys else []


class Said(NamedTuple):
    """What a search shows of a post; a plain row, too."""

    posted_at: datetime
    pk: int
    community: int
    conversation: int
    key: str
    subject: str
    text: str  # its fresh words
    author_name: str  # as the mail gave it
    author: int | None
    name: str | None


def _said(keys: Sequence[int], where: str) -> Iterator[Said]:
    """Some posts, by their primary keys alone; whoever asks tells by their communities which may be read."""
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.posted_at, p.id, p.community_id, p.conversation_id, p.key, p.subject, p.fresh_text, p.author_name, a.id, a.name "  # noqa: S608  only %s are put in
            f"FROM conversations_post p LEFT JOIN people_person a ON a.id = p.author_id WHERE {where} AND p.id IN ({places(keys)})",
            list(keys),
        )
        yield from (Said(_in_utc(moment), *rest) for moment, *rest in cursor.fetchall())


def said(standings: Mapping[int, Standing], keys: Sequence[int]) -> list[Said]:
    """Those of some posts that a reader may read, who has these standings, by community."""
    return [one for one in _said(keys, "p.withdrawn_at IS NULL") if (here := standings.get(one.community)) and here.reads]


def waiting(communities: Container[int], keys: Sequence[int]) -> list[Said]:
    """Those of some posts that wait in the archives of these communities; for administrators alone."""
    return [one for one in _said(keys, "p.unreleased") if one.community in communities]


def attachments(standing: Standing, of: Sequence[int]) -> dict[int, list[Attachment]]:
    """What hangs on some posts, by the post's primary key."""
    found: dict[int, list[Attachment]] = {}
    if standing.reads and of:
        hung = (
            "SELECT a.* FROM conversations_attachment a JOIN conversations_post p ON p.id = a.post_id "
            "WHERE +p.community_id = %s AND p.withdrawn_at IS NULL AND a.post_id IN "
        )
        rows = Attachment.objects.raw(f"{hung}({places(of)}) ORDER BY a.id", [standing.community.pk, *of])
        for row in rows:
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


def posts_by(person_id: int, community_id: int, *, at_most: int) -> int:
    """How many posts of a person were circulated in a community, counted as far as `at_most`."""
    return Post.objects.filter(author=person_id, community=community_id, unreleased=False).order_by()[:at_most].count()


def circulated_since(community_id: int, since: datetime) -> int:
    """How many posts were circulated in a community from a moment on."""
    return Post.objects.filter(community=community_id, posted_at__gte=since, circulated=True).count()


def unclear_answer(community: Community, letter: Letter) -> bool:
    """Whether a mail answers a digest and does not tell which of its messages."""
    found = answering.meant(community, letter)
    return found is not None and found.post is None


def could_mean(standing: Standing, letter: Letter) -> list[Post]:
    """The conversations that an unclear answer to a digest could mean, for somebody who may read them: of each a message."""
    return answering.candidates(standing.community, letter) if standing.reads else []


def bound_for(community: Community, letter: Letter, *, at: datetime) -> int | None:
    """The conversation that a mail would join if it were posted now; None for one of its own. For the rules, never shown."""
    found = answering.meant(community, letter)
    if found is not None:
        return found.post.conversation_id if found.post else None
    answers = answered(letter.in_reply_to, letter.references)
    place = threading.place(community, [], message_id=letter.message_id or "", answers=answers, subject=letter.subject, at=at)
    return place.conversation.pk if place.conversation else None


def following(membership: int, conversation: int) -> str:
    """How a member wants a conversation, apart from the usual delivery; "" for as usual."""
    found = Following.objects.filter(conversation=conversation, membership=membership, through=None).first()
    return found.how if found else ""


def followers(conversation: Conversation) -> tuple[frozenset[int], frozenset[int]]:
    """The memberships that want each message of a conversation, and those that want none by itself, whatever their usual delivery."""
    rows = list(Following.objects.filter(conversation=conversation, through=None).values_list("membership", "how"))
    each = frozenset(member for member, how in rows if how == Following.How.EACH)
    return each, frozenset(member for member, _ in rows) - each


def followed_apart(those: Sequence[Awaiting]) -> dict[int, list[tuple[int, int, int | None]]]:
    """By membership, the conversations that its digests pass over, with the numbers of posts: after, through."""
    found: dict[int, list[tuple[int, int, int | None]]] = {}
    rows = Following.objects.filter(membership__in=[one.membership for one in those]).order_by("conversation", "after")
    for one in rows:
        found.setdefault(one.membership_id, []).append((one.conversation_id, one.after, one.through))
    return found


def moved(path: str) -> list[Post]:
    """The posts that stood at a path before, wherever; who asks must be asked for each."""
    return list(Post.objects.filter(old_links__path=path, withdrawn_at=None).select_related("community"))


def known(community_id: int, message_id: str) -> bool:
    """Whether a community has a post with this Message-ID; for the rules, never shown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM conversations_post WHERE community_id = %s AND message_id = %s", [community_id, message_id])
        return cursor.fetchone() is not None



def wrote_here(standing: Standing, person: int) -> list[Post]:
    """The latest posts of one person in a community."""
    found = posts(standing).filter(author=person).select_related("author", "conversation").defer("html", "fresh_text", "quoted_text")
    return list(found.order_by("-posted_at")[:10])


def circulated(
    community: int, ranges: Sequence[tuple[int, int]], *, texts_up_to: int, conversation: int | None = None
) -> list[Post]:
    """The circulated posts with numbers in these ranges (after, through), but for those taken down.

    For digests, whose readers `communities.lookups.awaiting_digests` has just found entitled. Of more
    posts than `texts_up_to` the texts are left where they are.
    """
    within = Q(pk__in=())
    for after, through in ranges:
        within |= Q(pk__gt=after, pk__lte=through)
    found = Post.objects.filter(within, community=community, circulated=True, withdrawn_at=None).order_by("pk")
    if conversation is not None:
        found = found.filter(conversation=conversation)
    found = found.select_related("author", "conversation", "community").defer("quoted_text", "html")
    return list(found.defer("quoted_text", "html", "fresh_text") if found.count() > texts_up_to else found)


def hung(posts: Sequence[int]) -> dict[int, list[Attachment]]:
    """What hangs on posts that the caller was given, by the post's primary key."""
    made: dict[int, list[Attachment]] = {}
    for row in Attachment.objects.filter(post__in=posts).order_by("id"):
        made.setdefault(row.post_id, []).append(row)
    return made


def next_change(community: int) -> int:
    """The number of the next change among a community's posts. Whoever asks holds the community (`one_at_a_time`).

    Changes of one community commit in the order of their numbers, so that whoever follows them misses none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(changed) FROM conversations_post WHERE community_id = %s", [community])
        return (cursor.fetchone()[0] or 0) + 1


def changes() -> dict[int, int]:
    """The number of the latest change in each community that has posts. For the index, which asks `posts` before it shows any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, (SELECT MAX(changed) FROM conversations_post p WHERE p.community_id = c.id) FROM communities_community c"
        )
        return {community: change for community, change in cursor.fetchall() if change}


class Indexed(NamedTuple):
    """What the index takes up of a post; a plain row, too: an archive has a million of them."""

    posted_at: datetime
    pk: int
    community: int
    conversation: int
    subject: str
    text: str  # its fresh words
    changed: int
    withdrawn: bool
    unreleased: bool
    author_name: str  # as the mail gave it
    author: int | None
    name: str | None
    country: str | None

    @property
    def kept(self) -> bool:
        """Whether somebody may read it, or will when its archive is released."""
        return not self.withdrawn or self.unreleased


def _indexed(where: str, given: Sequence[int]) -> list[Indexed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.posted_at, p.id, p.community_id, p.conversation_id, p.subject, p.fresh_text, p.changed, p.withdrawn_at IS NOT NULL, "  # noqa: S608  only %s are put in
            "p.unreleased, p.author_name, a.id, a.name, a.country "
            f"FROM conversations_post p LEFT JOIN people_person a ON a.id = p.author_id WHERE {where} LIMIT %s",
            given,
        )
        return [Indexed(_in_utc(moment), *rest) for moment, *rest in cursor.fetchall()]


def changed_after(community: int, change: int, pk: int, *, most: int) -> list[Indexed]:
    """The posts of a community that changed after a change and a post, in that order, withdrawn ones too. For the index."""
    later = "p.community_id = %s AND p.changed >= %s AND (p.changed > %s OR p.id > %s) ORDER BY p.changed, p.id"
    return _indexed(later, [community, change, change, pk, most])


def written_by(persons: Sequence[int], pk: int, *, most: int) -> list[Indexed]:
    """Posts of these persons that somebody may read, or will, after a post, in the order of their keys. For the index."""
    if not persons:
        return []
    theirs = f"p.author_id IN ({places(persons)}) AND p.id > %s AND (p.withdrawn_at IS NULL OR p.unreleased) ORDER BY p.id"
    return _indexed(theirs, [*persons, pk, most])


def kept() -> QuerySet[Post]:
    """Every post that somebody may read, or will when its archive is released. For the index."""
    return Post.objects.filter(Q(withdrawn_at=None) | Q(unreleased=True))


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


def as_letter(text: str) -> str:
    """A plain text set as letters are on the pages; safe HTML, whatever the text says (S3)."""
    return rendering.letter(text)
