"""The text of attachments: read apart from everything else, found like a message, seen by whoever may read its message."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from talanoa.conversations import lookups as conversations
from talanoa.conversations.models import Attachment
from talanoa.documents.reading import LARGEST, Reader
from talanoa.documents.refusals import NotRead
from talanoa.search.engine import Entry
from talanoa.search.models import FileText
from talanoa.search.passages import READ
from talanoa.search.sources import NOBODY, READERS, Changes, Held, Shown, Standings, audience, compared, fingerprint

KEPT = 300_000  # characters of a text: a hundred pages
TRIES = 3
AGAIN = timedelta(minutes=10)  # after so long a reading that was begun has died with its worker
AT_ONCE = 50
STANDING = 0.9
PICTURES = ("image/", "audio/", "video/")


def text_of(reader: Reader, digest: str) -> str:
    """The text of a file; "" where it has none, cannot be read within the limits, or is gone."""
    one = Attachment.objects.filter(digest=digest).first()
    if one is None:
        return ""
    try:
        with one.file.open("rb") as content:
            text = reader.text(content.read(LARGEST + 1), name=one.name, media_type=one.media_type)
    except (NotRead, FileNotFoundError):
        return ""
    return text[:KEPT].replace("\0", " ").encode("utf-8", "replace").decode()


def free(at: datetime) -> Q:
    """Of the table of texts: what is not read, and that nobody is reading now."""
    return Q(read_at=None, tries__lt=TRIES) & (Q(begun_at=None) | Q(begun_at__lte=at - AGAIN))


def unread(at: datetime) -> list[str]:
    """Digests of some files that wait to be read, those of the latest messages first."""
    settled = FileText.objects.filter(digest=OuterRef("digest")).exclude(free(at))
    waiting = _hanging().filter(~Exists(settled), size__lte=LARGEST)
    for kind in PICTURES:
        waiting = waiting.exclude(media_type__startswith=kind)
    return list(dict.fromkeys(waiting.order_by("-pk").values_list("digest", flat=True)[:AT_ONCE]))


def _hanging() -> QuerySet[Attachment]:
    """The files of every post that somebody may read, or will."""
    return Attachment.objects.filter(Q(post__withdrawn_at=None) | Q(post__unreleased=True), inline=False)


def forgotten() -> QuerySet[FileText]:
    """Texts of files that hang on nothing which somebody may read, or will."""
    return FileText.objects.exclude(Exists(_hanging().filter(digest=OuterRef("digest"))))


def _read() -> QuerySet[Attachment]:
    return _hanging().filter(Exists(FileText.objects.filter(digest=OuterRef("digest"), characters__gt=0)))


def _texts(those: Sequence[Attachment], most: int) -> dict[str, str]:
    found = FileText.objects.filter(pk__in={one.digest for one in those})
    return dict(found.annotate(beginning=Left("text", most)).values_list("digest", "beginning"))


class Files:
    """Looked through as a whole, when a post or a text has changed. Notes: a fingerprint of both."""

    number = 4
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:
        seen = fingerprint(sorted(conversations.changes().items()), FileText.objects.filter(characters__gt=0).count())
        if notes == seen:
            return None
        now = dict(self.versions())
        gone, new = compared(now, held())
        piece = new[:AT_ONCE]
        whole = len(piece) == len(new)
        return Changes([*gone, *piece], list(entries(piece)), seen if whole else None, more=not whole)

    def versions(self) -> Iterator[tuple[int, int]]:
        return iter(_read().order_by("pk").values_list("pk", "post__changed").iterator(chunk_size=5_000))

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        found: dict[int, Shown] = {}
        places = set(Attachment.objects.filter(pk__in=numbers).values_list("post__community", flat=True))
        for here in (standings[place] for place in places if place in standings):
            readable = Attachment.objects.filter(pk__in=numbers, post__in=conversations.posts(here))
            those = list(readable.select_related("post__author"))
            texts = _texts(those, READ)
            for one in those:
                post = one.post
                found[one.pk] = Shown(
                    kind="file",
                    community=here.community,
                    title=one.name,
                    text=texts.get(one.digest, ""),
                    path=f"/c/{here.community.slug}/m/{post.key}",
                    author=(post.author.name if post.author else "") or post.author_name,
                    person=post.author_id,
                    at=post.posted_at,
                    conversation=post.conversation_id,
                )
        return found


def entries(numbers: Sequence[int]) -> Iterator[Entry]:
    """The entries of files, with what was read of them."""
    those = list(Attachment.objects.filter(pk__in=numbers).select_related("post__author"))
    texts = _texts(those, KEPT)
    for one in those:
        post, author = one.post, one.post.author
        yield Entry(
            number=one.pk,
            audiences=(audience(post.community_id, NOBODY if post.unreleased else READERS),),
            group=post.conversation_id,
            kind="file",
            at=post.posted_at,
            title=one.name.replace("_", " ").replace("-", " "),
            text=texts.get(one.digest, ""),
            people=f"{author.name} {post.author_name}" if author else post.author_name,
            person=author.pk if author else 0,
            countries=(author.country,) if author and author.country else (),
            files=(one.name,),
            standing=STANDING,
            version=post.changed,
        )
