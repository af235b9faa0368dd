"""The verbs of moving in: begin an import, take in messages, finish; release what came."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from talanoa.communities.lookups import one_at_a_time
from talanoa.communities.models import Community
from talanoa.conversations import actions as conversations
from talanoa.conversations.archives import Archived, Said, by_itself
from talanoa.conversations.lookups import known, permanent_key, repeatable
from talanoa.mail import lookups as mail
from talanoa.mail import rows
from talanoa.mail.addresses import canonical_address
from talanoa.mail.models import Raw, Received
from talanoa.mail.reading.parsing import Letter
from talanoa.migration import letters, links, lookups, rules
from talanoa.migration.facts import Facts, own_id
from talanoa.migration.models import Archive, Entry, OldList
from talanoa.migration.planning import DUPLICATE, Plan
from talanoa.migration.sources import Found
from talanoa.people.models import Person


class Read(NamedTuple):
    """A message that was read, and what is known of it."""

    found: Found
    fate: int  # its number in the plan, or DUPLICATE, or NO_MAIL
    facts: Facts | None = None
    said: Said | None = None  # of those that are stored
    links: tuple[str, ...] = ()  # where it stood before
    note: str = ""  # why it is set aside


def begin(community: Community, sources: str, *, at: datetime) -> Archive:
    """Begin to bring in these files, or go on where they were left."""
    unfinished = Archive.objects.filter(community=community, sources=sources, finished_at=None).first()
    return unfinished or Archive.objects.create(community=community, sources=sources, begun_at=at)


def take_in(archive: Archive, plan: Plan, those: Sequence[Read], *, at: datetime) -> None:
    """Store messages, all that belongs to them, and how far the archive has been read, in one commit.

    Bytes, post and entry stand or fall together: after a kill an import goes on as if nothing had happened (E24).
    """
    fresh = [one for one in those if one.said is not None and one.facts is not None]
    aside = [one for one in those if one.note]
    with transaction.atomic():
        digests = _keep([one.found.raw for one in (*fresh, *aside) if one.found.raw])
        places = conversations.record(_archived(archive.community, plan, fresh), community=archive.community, at=at)
        stored = {one.fate: place for one, place in zip(fresh, places, strict=True)}
        conversations.put_beneath([(child, place.post) for number, place in stored.items() for child in plan.waiting.get(number, ())])
        known = lookups.set_aside_before(archive.community, [digests[one.found.raw] for one in aside if one.found.raw])
        entries: list[tuple[object, ...]] = [
            (archive.pk, digests[one.found.raw], one.found.place, one.facts.said, one.facts.address, place.post, "")
            for one, place in zip(fresh, places, strict=True)
            if one.facts
        ]
        entries += [
            (archive.pk, digests.get(one.found.raw), one.found.place, "", "", None, one.note)
            for one in aside
            if digests.get(one.found.raw) not in known
        ]
        rows.insert(Entry, "archive_id raw_id place said sender post_id note", entries)
        Archive.objects.filter(pk=archive.pk).update(
            read=F("read") + len(those),
            stored=F("stored") + len(fresh),
            duplicates=F("duplicates") + sum(one.fate == DUPLICATE for one in those),
            set_aside=F("set_aside") + len(aside),
        )
    # The plan knows of it only when it is certain.
    for number, place in stored.items():
        plan.note(number, place.post, place.conversation)
        plan.waiting.pop(number, None)
        parent = plan.threads.parent(number)
        if parent is not None and not plan.post(parent) and parent not in stored:
            plan.waiting[parent].append(place.post)


def _keep(contents: Sequence[bytes]) -> dict[bytes, str]:
    """The bytes, each once under its digest (D4)."""
    digests = {content: hashlib.sha256(content).hexdigest() for content in contents}
    rows.insert(Raw, "digest content", [(digest, content) for content, digest in digests.items()], or_leave=True)
    return digests


def _archived(community: Community, plan: Plan, fresh: Sequence[Read]) -> list[Archived]:
    authors = lookups.authors(community, {one.facts.address for one in fresh if one.facts})
    among = {one.fate: number for number, one in enumerate(fresh)}
    made = []
    for one in fresh:
        assert one.facts is not None
        assert one.said is not None
        assert one.facts.at is not None
        parent = plan.threads.parent(one.fate)
        made.append(
            Archived(
                one.said,
                one.facts.message_id,
                authors.get(one.facts.address),
                one.facts.name,
                one.facts.at,
                plan.conversation(one.fate),
                plan.threads.top(one.fate),
                parent=(plan.post(parent) or None) if parent is not None else None,
                answers=among.get(parent) if parent is not None else None,
                missing=plan.missing(one.facts),
                old_links=one.links,
            )
        )
    return made


def finish(archive: Archive, *, at: datetime) -> None:
    """End an import: conversations are numbered by time; one that changed nothing leaves no trace."""
    with transaction.atomic():
        conversations.put_in_order(archive.community)
        if archive.entries.exists() or OldList.objects.filter(archive=archive).exists():
            Archive.objects.filter(pk=archive.pk).update(finished_at=at)
        else:
            archive.delete()


def claim(person: Person) -> int:
    """Let a person be the author of what came from archives under their addresses and has none; returns how many posts.

    In the communities that they are or were a member of. The caller has just proven by a ticket who they are; who joins
    after the release comes to their old letters by this.
    """
    return conversations.attribute(lookups.unclaimed_by(person), person.pk)


# The old list goes on beside


class CannotGoBeside(ValueError):
    """A list cannot go on beside a community; `str()` says why."""


def run_beside(community: Community, address: str, *, by: Person | None, at: datetime, list_id: str = "") -> OldList:
    """From now on keep what comes through the old list, and circulate nothing, until the day of cut-over.

    `list_id`: what its mail says in List-Id; without it, as Mailman writes it ("wells.old.example" for wells@old.example).
    Whoever writes here directly is told to write to the old list.
    """
    try:
        address = canonical_address(address.strip())
    except ValueError as fault:
        raise CannotGoBeside(gettext("%(address)s is no address of a list.") % {"address": address}) from fault
    if address == community.address:
        raise CannotGoBeside(gettext("That is the community's own address; name the list that it comes from."))
    with transaction.atomic():
        one_at_a_time(community)
        if (there := lookups.beside(community)) is not None:
            raise CannotGoBeside(gettext("%(address)s goes on beside this community already.") % {"address": there.address})
        archive = Archive.objects.create(community=community, sources=f"beside {address} {at:%Y%m%d%H%M%S}"[:64], begun_at=at)
        return OldList.objects.create(
            community=community,
            address=address,
            list_id=(list_id.strip(" <>").lower() or address.replace("@", "."))[:255],
            archive=archive,
            by=by,
            begun_at=at,
        )


def keep_from(old: OldList, letter: Letter, received: Received, *, at: datetime) -> None:
    """Keep a mail that came through the old list as a post of an archive: hidden until released, sent to nobody.

    In the caller's transaction, one mail of a community at a time. Raises conversations.PostedBefore.
    """
    community = old.community
    message_id = letter.message_id if letter.message_id and repeatable(letter.message_id) else own_id(mail.raw(received))
    again = known(community.pk, message_id)
    Archive.objects.filter(pk=old.archive_id).update(
        read=F("read") + 1, stored=F("stored") + int(not again), duplicates=F("duplicates") + int(again)
    )
    if again:
        raise conversations.PostedBefore
    name, address = rules.author(letter, address=old.address)
    archived = by_itself(
        letter,
        community,
        message_id=message_id,
        author=lookups.authors(community, {address}).get(address),
        author_name=name,
        at=at,
        old_links=links.old_paths(letter, permanent_key(message_id)),
    )
    (place,) = conversations.record([archived], community=community, at=at)
    Entry.objects.create(
        archive=old.archive, raw_id=received.raw_id, place=received.received_at.isoformat(), said="", sender=address, post_id=place.post
    )


def cut_over(old: OldList, *, subject: str, words: str, by: Person | None, at: datetime) -> int:
    """The day of the move: what came is released, posting here goes live, and every member reads it in a letter.

    The letter's words are the facilitator's. Returns how many letters were sent. Raises CannotGoBeside.
    """
    if not words.strip() or not subject.strip():
        raise CannotGoBeside(gettext("Write the letter that tells the members what changes for them, and its subject."))
    with transaction.atomic():
        if not OldList.objects.filter(pk=old.pk, ended_at=None).update(ended_at=at):
            raise CannotGoBeside(gettext("The community has moved already; nobody is written to again."))
        finish(old.archive, at=at)
        release(old.community)
        return letters.moved(old.community, subject=subject.strip(), words=words.strip(), by=by, at=at)


def release(community: Community) -> int:
    """Show to whoever may read the community what its archives brought; returns how many posts.

    Who has joined since the import, with an address that wrote some of them, is their author from now on.
    """
    with transaction.atomic():
        senders = lookups.unclaimed_senders(community)
        for address, person in lookups.authors(community, senders).items():
            conversations.attribute(lookups.unclaimed_posts(community, address), person)
        return conversations.release(community)
