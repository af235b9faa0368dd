"""The verbs of moving in: begin an import, take in messages, finish; release what came."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from talanoa.communities.models import Community
from talanoa.conversations import actions as conversations
from talanoa.conversations.archives import Archived
from talanoa.conversations.lookups import permanent_key
from talanoa.mail.models import Raw
from talanoa.mail.reading.parsing import Letter
from talanoa.migration import links, lookups
from talanoa.migration.models import Archive, Entry
from talanoa.migration.planning import DUPLICATE, Facts, Plan
from talanoa.migration.sources import Found


class Read(NamedTuple):
    """A message that was read, and what is known of it."""

    found: Found
    fate: int  # its number in the plan, or DUPLICATE, or NO_MAIL
    facts: Facts | None = None
    letter: Letter | None = None  # of those that are stored
    note: str = ""  # why it is set aside


def begin(community: Community, sources: str, *, at: datetime) -> Archive:
    """Begin to bring in these files, or go on where they were left."""
    unfinished = Archive.objects.filter(community=community, sources=sources, finished_at=None).first()
    return unfinished or Archive.objects.create(community=community, sources=sources, begun_at=at)


def take_in(archive: Archive, plan: Plan, those: Sequence[Read], *, at: datetime) -> None:
    """Store messages, all that belongs to them, and how far the archive has been read, in one commit.

    Bytes, post and entry stand or fall together: after a kill an import goes on as if nothing had happened (E24).
    """
    fresh = [one for one in those if one.letter is not None and one.facts is not None]
    aside = [one for one in those if one.note]
    with transaction.atomic():
        digests = _keep([one.found.raw for one in (*fresh, *aside) if one.found.raw])
        posts = conversations.record(_archived(archive.community, plan, fresh), community=archive.community, at=at)
        stored = {one.fate: post for one, post in zip(fresh, posts, strict=True)}
        pairs = [
            (post.pk, stored[parent].pk if parent in stored else plan.post(parent))
            for number, post in stored.items()
            if (parent := plan.threads.parent(number)) is not None and (parent in stored or plan.post(parent))
        ]
        pairs += [(child, post.pk) for number, post in stored.items() for child in plan.waiting.get(number, ())]
        conversations.put_beneath(pairs)
        known = lookups.set_aside_before(archive.community, [digests[one.found.raw] for one in aside if one.found.raw])
        Entry.objects.bulk_create(
            [
                _entry(archive, one, digests, post=post, said=one.facts.said, sender=one.facts.address)
                for one, post in zip(fresh, posts, strict=True)
                if one.facts
            ]
            + [_entry(archive, one, digests, note=one.note) for one in aside if digests.get(one.found.raw) not in known]
        )
        Archive.objects.filter(pk=archive.pk).update(
            read=F("read") + len(those),
            stored=F("stored") + len(fresh),
            duplicates=F("duplicates") + sum(one.fate == DUPLICATE for one in those),
            set_aside=F("set_aside") + len(aside),
        )
    # The plan knows of it only when it is certain.
    for number, post in stored.items():
        plan.note(number, post.pk, post.conversation_id)
        plan.waiting.pop(number, None)
        parent = plan.threads.parent(number)
        if parent is not None and not plan.post(parent) and parent not in stored:
            plan.waiting[parent].append(post.pk)


def _keep(contents: Sequence[bytes]) -> dict[bytes, str]:
    """The bytes, each once under its digest (D4)."""
    digests = {content: hashlib.sha256(content).hexdigest() for content in contents}
    Raw.objects.bulk_create([Raw(digest=digest, content=content) for content, digest in digests.items()], ignore_conflicts=True)
    return digests


def _archived(community: Community, plan: Plan, fresh: Sequence[Read]) -> list[Archived]:
    authors = lookups.authors(community, {one.facts.address for one in fresh if one.facts})
    made = []
    for one in fresh:
        assert one.facts is not None
        assert one.letter is not None
        told = one.facts
        made.append(
            Archived(
                letter=one.letter,
                message_id=told.message_id,
                author=authors.get(told.address),
                author_name=told.name,
                written_at=told.at,
                conversation=plan.conversation(one.fate),
                begins=plan.threads.top(one.fate),
                missing=plan.missing(told),
                old_links=links.old_paths(one.letter, permanent_key(told.message_id)),
            )
        )
    return made


def _entry(archive: Archive, one: Read, digests: dict[bytes, str], **more: object) -> Entry:
    return Entry(archive=archive, raw_id=digests.get(one.found.raw), place=one.found.place, **{"said": "", **more})


def finish(archive: Archive, *, at: datetime) -> None:
    """End an import: conversations are numbered by time; one that changed nothing leaves no trace."""
    with transaction.atomic():
        conversations.put_in_order(archive.community)
        if archive.entries.exists():
            Archive.objects.filter(pk=archive.pk).update(finished_at=at)
        else:
            archive.delete()


def release(community: Community) -> int:
    """Show to whoever may read the community what its archives brought; returns how many posts.

    Who has joined since the import, with an address that wrote some of them, is their author from now on.
    """
    with transaction.atomic():
        senders = lookups.unclaimed_senders(community)
        for address, person in lookups.authors(community, senders).items():
            conversations.attribute(lookups.unclaimed_posts(community, address), person)
        return conversations.release(community)
