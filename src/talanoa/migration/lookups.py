"""Questions about archives, for who runs the house from the command line."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from talanoa.communities.lookups import members_by_mail
from talanoa.communities.models import Community, Membership
from talanoa.conversations.models import Attachment, Post
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.rows import is_there
from talanoa.migration import rules
from talanoa.migration.models import Archive, Entry, OldList
from talanoa.people.models import Address, Person


def authors(community: Community, addresses: Collection[str]) -> dict[str, int]:
    """The persons behind canonical addresses, of those who are or were members: an archive proves nobody else."""
    members = Membership.objects.filter(community=community).values("person")
    found = Address.objects.filter(canonical__in=[one for one in addresses if one], person__in=members)
    return dict(found.values_list("canonical", "person"))


def beside(community: Community) -> OldList | None:
    """The old list that goes on beside a community until the day of its move."""
    if not is_there(OldList, community_id=community.pk, ended_at=None):
        return None
    return OldList.objects.filter(community=community, ended_at=None).select_related("community", "archive").first()


def told_of_the_move(community: Community, at: datetime) -> int:
    """How many members would get the letter that says so."""
    return len(members_by_mail(community, at))


def came_through(old: OldList, letter: Letter, envelope_sender: str) -> bool:
    """Whether a mail came through an old list."""
    return rules.came_through(letter, envelope_sender, address=old.address, list_id=old.list_id)


def set_aside_before(community: Community, digests: Collection[str]) -> set[str | None]:
    """Which of these bytes have been set aside already."""
    found = Entry.objects.filter(archive__community=community, raw__in=list(digests), post=None)
    return set(found.values_list("raw", flat=True))


def unclaimed_senders(community: Community) -> list[str]:
    """The addresses of authors whom nobody here is."""
    found = Entry.objects.filter(archive__community=community, post__author=None).exclude(sender="")
    return list(found.values_list("sender", flat=True).distinct())


def unclaimed_posts(community: Community, address: str) -> QuerySet[Entry, int]:
    """The posts that came from an address and have no author, by primary key."""
    found = Entry.objects.filter(archive__community=community, sender=address, post__author=None, post__isnull=False)
    return found.values_list("post", flat=True)


def unclaimed_by(person: Person) -> QuerySet[Entry, int]:
    """The posts without an author that came from a person's addresses, in communities of theirs, by primary key."""
    found = Entry.objects.filter(
        sender__in=person.addresses.values("canonical"),
        archive__community__in=person.memberships.values("community"),
        post__author=None,
        post__isnull=False,
    )
    return found.exclude(sender="").values_list("post", flat=True)


def account(archive: Archive) -> dict[str, int]:
    """What became of every message that was read: read = stored + duplicates + set_aside."""
    archive.refresh_from_db()
    posts = Post.objects.filter(entry__archive=archive)
    return {
        "read": archive.read,
        "stored": archive.stored,
        "duplicates": archive.duplicates,
        "set_aside": archive.set_aside,
        "conversations": posts.aggregate(said=Count("conversation", distinct=True))["said"],
        "attachments": Attachment.objects.filter(post__entry__archive=archive).count(),
    }


def aside(archive: Archive) -> Iterator[tuple[str, str]]:
    """The messages that were set aside: where they stand, and why."""
    return archive.entries.exclude(note="").order_by("pk").values_list("place", "note").iterator()


def account_of(community: Community) -> dict[str, int]:
    """What became of everything that was read for a community: read = stored + duplicates + set_aside; and what is not released."""
    told = Archive.objects.filter(community=community).aggregate(
        **{name: Coalesce(Sum(name), 0) for name in ("read", "stored", "duplicates", "set_aside")}
    )
    return told | {"unreleased": Post.objects.filter(community=community, unreleased=True).count()}


def all_aside(community: Community) -> QuerySet[Entry]:
    """Every message that was set aside, with its place and the reason."""
    return Entry.objects.filter(archive__community=community).exclude(note="").order_by("pk")


def messages(community: Community) -> Iterator[dict[str, Any]]:
    """Every message of a community, released or not, in the order of time."""
    yield from map(_told, listed(community).iterator(chunk_size=2000))


def some_messages(community: Community, begin: int, end: int) -> list[dict[str, Any]]:
    """Those of `messages` from one place to another, for a page."""
    return list(map(_told, listed(community)[begin:end]))


def listed(community: Community) -> QuerySet[Post, tuple]:
    """The rows of `messages`."""
    rows = Post.objects.filter(community=community).exclude(unreleased=False, withdrawn_at__isnull=False).order_by("posted_at", "pk")
    columns = "message_id conversation parent__message_id posted_at author__name author_name entry__sender subject unreleased"
    return rows.values_list(*columns.split())


def _told(row: tuple) -> dict[str, Any]:
    message_id, conversation, parent, at, person, name, sender, subject, unreleased = row
    author = person or name
    return {
        "message_id": message_id,
        "conversation": conversation,
        "parent": parent,
        "date": at.isoformat(),
        "from": f"{author} <{sender}>" if author and sender else author or sender or "",
        "subject": subject,
        "released": not unreleased,
    }
