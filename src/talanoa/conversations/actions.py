"""The verbs of conversations: post, write, withdraw, digests; record and release what an archive held."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from talanoa.communities import actions as communities
from talanoa.communities.lookups import one_at_a_time, readers
from talanoa.communities.models import Community
from talanoa.conversations import answering, archives, copies, letters, rendering, rules, threading, writing_desk
from talanoa.conversations.digesting.actions import follow, follow_as_usual, gather, take_back, tend
from talanoa.conversations.lookups import followers, known, next_change
from talanoa.conversations.models import Attachment, Awaited, Conversation, Digest, Post, PrivateAnswer
from talanoa.mail import actions as mail
from talanoa.mail.models import Delivery, Received
from talanoa.mail.reading.parsing import Attachment as Attached
from talanoa.mail.reading.parsing import Letter, read
from talanoa.mail.sending import writing
from talanoa.people.lookups import first_address
from talanoa.people.models import Person

__all__ = [
    "attribute",
    "follow",
    "follow_as_usual",
    "gather",
    "post",
    "put_beneath",
    "put_in_order",
    "record",
    "relabel",
    "release",
    "say",
    "take_files",
    "tend",
    "withdraw",
    "write",
    "write_privately",
]


class PostedBefore(Exception):
    """This community has a post with this Message-ID (D5)."""

    def __str__(self) -> str:
        return gettext("This message was circulated before.")


def record(those: Sequence[archives.Archived], *, community: Community, at: datetime) -> list[archives.Place]:
    """Keep posts of an archive in their places, without sending them to anybody and without showing them yet (P7).

    They stay hidden until `release`. Must run inside a transaction. Posts of one call that share `begins` share a
    conversation. Each gets the next number; `put_in_order` numbers them by time when all have come.
    """
    one_at_a_time(community)
    places = archives.insert(those, community, change=next_change(community.pk), at=at)
    Attachment.objects.bulk_create(
        part for place, one in zip(places, those, strict=True) for part in _stored(place.post, one.said.attachments)
    )
    # Letters of today that answered one of these before it came.
    by_id = {one.message_id: place.post for place, one in zip(places, those, strict=True)}
    for awaited in set(Awaited.objects.filter(community=community, message_id__in=list(by_id)).values_list("message_id", flat=True)):
        _adopt(threading.orphans(community, awaited), Post.objects.get(pk=by_id[awaited]))
    return places


def put_beneath(pairs: Sequence[tuple[int, int]]) -> None:
    """Say of posts from an archive what each answers: primary keys (post, parent)."""
    archives.put_beneath(pairs)


def attribute(posts: Sequence[int] | QuerySet, author: int) -> int:
    """Let a person be the author of posts that came without one; returns of how many."""
    changed = 0
    with transaction.atomic():
        nameless = Post.objects.filter(pk__in=posts, author=None)
        for community in Community.objects.filter(posts__in=nameless).distinct():
            one_at_a_time(community)
            changed += nameless.filter(community=community).update(author=author, changed=next_change(community.pk))
    return changed


def put_in_order(community: Community) -> None:
    """Number the conversations that nobody has seen yet by the time of their posts, none before what it answers."""
    with transaction.atomic():
        one_at_a_time(community)
        archives.renumber(community)


def release(community: Community) -> int:
    """Show what came from archives to everybody who may read the community (P7); returns how many posts became visible."""
    with transaction.atomic():
        one_at_a_time(community)
        waiting = Post.objects.filter(community=community, unreleased=True)
        return waiting.update(unreleased=False, withdrawn_at=None, changed=next_change(community.pk))


def post(
    letter: Letter,
    *,
    community: Community,
    author: Person | None,
    received: Received | None,
    at: datetime,
    subject: str = "",
    text: str = "",
    beneath: Post | None = None,
    label: str = "",
) -> Post:
    """Keep a post in its place and send it to the members: what belongs together commits together.

    `subject` and `text`, where given, replace the author's words; the received mail stays as it was.
    Must run inside a transaction, for one post of a community at a time, so that numbers have no gap and no twin.

    `beneath`: where a person placed what answers a digest without telling which of its messages.
    `label`: of a conversation that begins with it; it stands in the subjects before the number.
    """
    one_at_a_time(community)
    message_id = letter.message_id if letter.message_id and rules.repeatable(letter.message_id) else _own_message_id(received)
    if known(community.pk, message_id):
        raise PostedBefore
    answers = threading.answered(letter.in_reply_to, letter.references)
    if meant := answering.meant(community, letter, subject=subject, beneath=beneath):
        # What answers a digest stands where the message stands that it means.
        answers = (*([meant.post.message_id] if meant.post else []), *(one for one in answers if one not in meant.digests))
        subject = subject or (f"Re: {meant.post.conversation.subject}" if meant.post else "")
    subject = subject or letter.subject
    orphans = threading.orphans(community, message_id)
    place = threading.place(
        community,
        orphans,
        message_id=message_id,
        answers=answers,
        subject=subject,
        at=at,
    )
    conversation = place.conversation or Conversation.objects.create(
        community=community,
        subject=rules.bare_subject(subject, community.subject_prefix)[0],
        key=rules.subject_key(subject, community.subject_prefix),
        numbered=community.numbered,
        label=label,
        began_at=at,
        latest_at=at,
    )
    fresh, quoted = (text, "") if text else (letter.fresh_text, letter.quoted_text)
    made = Post.objects.create(
        community=community,
        conversation=conversation,
        parent=place.parent,
        number=threading.next_number(conversation) if place.conversation else 1,
        author=author,
        author_name=letter.sender.name if letter.sender else "",
        received=received,
        message_id=message_id,
        key=rules.permanent_key(message_id),
        subject=subject,
        language=(letter.header("content-language") or "").strip()[:16],
        written_at=_believable(letter.written_at, at),
        posted_at=at,
        fresh_text=fresh,
        quoted_text=quoted,
        html=rendering.post([("fresh", text)] if text else letter.pieces or [("fresh", fresh), ("quoted", quoted)], community.language),
        edited=bool(text),
        circulated=True,
        changed=next_change(community.pk),
    )
    if place.conversation:
        Conversation.objects.filter(pk=conversation.pk, latest_at__lt=at).update(latest_at=at)
    if place.missing:
        Awaited.objects.bulk_create(
            Awaited(community=community, message_id=missing, rank=rank, post=made)
            for rank, missing in enumerate(place.missing)
        )
    _adopt(orphans, made)
    attachments = Attachment.objects.bulk_create(_stored(made.pk, letter.attachments))
    communities.note_circulated(community, made.pk)
    also, never = followers(conversation)
    those = readers(community, at, also=also, never=never)
    sent = copies.send(made, letter, text or letter.text, those, attachments, at=at)
    forms = Post.outgoing.through
    forms.objects.bulk_create(forms(post=made, outgoing=outgoing) for outgoing in sent)
    return made


def say(
    community: Community,
    subject: str,
    text: str,
    *,
    person: Person,
    answers: Post | None = None,
    attachments: Sequence[writing.Part] = (),
    label: str = "",
    at: datetime,
) -> Post:
    """Circulate words of the house in a person's name, as a post like any other. The caller has asked who may."""
    address = first_address(person) or community.address
    raw = writing_desk.to_the_community(
        community, person, address, subject=subject, text=text, answers=answers, attachments=attachments, at=at
    )
    # Every line of it is meant: nothing is a quotation or a signature.
    letter = replace(read(raw), text=text, fresh_text=text, quoted_text="", signature="", pieces=(("fresh", text),))
    return post(letter, community=community, author=person, received=None, at=at, label=label)


def relabel(conversation: Conversation, label: str) -> None:
    """Let the subjects of a conversation carry another label from now on."""
    conversation.label = label
    conversation.save(update_fields=["label"])


class CannotWrite(ValueError):
    """A message cannot be written so; `str()` says why."""


def write(
    community: Community,
    person: Person,
    *,
    subject: str,
    text: str,
    at: datetime,
    answers: Post | None = None,
    attachments: Sequence[writing.Part] = (),
    to: str = "",
) -> Received:
    """Take in a message that a signed-in person wrote on our pages; it walks the path of every mail.

    `to` is another address of the community, such as that for queries.
    """
    address = _writers_address(person, text)
    if answers is None and not subject.strip():
        raise CannotWrite(gettext("Give your message a subject, so that others see what it is about."))
    subject = writing_desk.answering(answers) if answers else " ".join(subject.split())
    raw = writing_desk.to_the_community(
        community, person, address, subject=subject, text=text, answers=answers, attachments=attachments, at=at
    )
    if len(raw) > settings.TALANOA.max_mail_bytes:
        raise CannotWrite(
            gettext("The message is too large; %(most)d MB is the most, attachments included.") % {"most": settings.TALANOA.max_mail_mb}
        )
    return mail.keep(raw, recipient=to or community.address, envelope_sender=address, door="web", at=at, written_by=person.pk)


def write_privately(post: Post, person: Person, *, text: str, at: datetime) -> None:
    """Send a letter to the author of a post alone; at most 20 a day, so that nobody can be flooded (A8)."""
    address = _writers_address(person, text)
    author_address = first_address(post.author) if post.author else None
    if author_address is None:
        raise CannotWrite(gettext("The author has no address here any more."))
    if PrivateAnswer.objects.filter(person=person, sent_at__gt=at - timedelta(days=1)).count() >= rules.PRIVATE_ANSWERS_A_DAY:
        raise CannotWrite(gettext("You have written many private answers today; go on tomorrow, or from your own mail."))
    composed, message_id = writing_desk.to_the_author(post, person, address, author_address, text=text, at=at)
    with transaction.atomic():
        PrivateAnswer.objects.create(post=post, person=person, sent_at=at)
        mail.enqueue(
            composed,
            message_id=message_id,
            bounces_to="",
            recipients=[mail.Recipient(author_address, None)],
            lane=Delivery.Lane.PERSONAL,
            at=at,
        )


def _writers_address(person: Person, text: str) -> str:
    address = first_address(person)
    if address is None:
        raise CannotWrite(gettext("You have no address here; add one to your profile first."))
    if not text.strip():
        raise CannotWrite(gettext("Write something first; an empty message helps nobody."))
    return address


def withdraw(post: Post, *, at: datetime, by: Person | None = None, because: str = "") -> None:
    """Take a post from the pages, and stop the copies that have not left yet (O7); the author reads why, if a reason is given.

    A digest that holds it and has not left is made again without it. What is withdrawn already stays as it is.
    """
    with transaction.atomic():
        # Between two digests: one that is being made now would still hold it.
        one_at_a_time(post.community)
        if not Post.objects.filter(pk=post.pk, withdrawn_at=None).update(
            withdrawn_at=at, withdrawn_by=by, withdrawn_because=because.strip(), changed=next_change(post.community_id)
        ):
            return
        post.refresh_from_db()
        letters.withdrawn(post, at=at)
        mail.withdraw(outgoing_ids=list(post.outgoing.values_list("pk", flat=True)), at=at)
        waiting = Delivery.objects.filter(outgoing=OuterRef("outgoing"), state=Delivery.State.WAITING)
        # A day to spare, because the clocks of two machines may differ.
        since = Digest.objects.filter(community=post.community_id, made_at__gt=post.posted_at - timedelta(days=1))
        for digest in since.filter(Exists(waiting)).select_related("gathering"):
            if post.pk in digest.posts:
                take_back(digest, at=at)


def take_files(post: Post) -> None:
    """Take the files of a post from the pages, because something in them was taken down (P3). Its words stay."""
    with transaction.atomic():
        one_at_a_time(post.community)
        Attachment.objects.filter(post=post).delete()
        Post.objects.filter(pk=post.pk).update(changed=next_change(post.community_id))


def _own_message_id(received: Received | None) -> str:
    """For a mail that came without one. Derived from its bytes, so that the same bytes make one post (D5)."""
    if received is None:
        return writing.message_id()
    return f"<{received.raw_id[:40]}@{settings.TALANOA.mail_domain}>"


def _believable(written_at: datetime | None, at: datetime) -> datetime:
    """The author's clock, unless it is absurd: then ours."""
    if written_at is None or not timedelta(days=-14) <= at - written_at <= timedelta(days=3650):
        return at
    return written_at


def _adopt(orphans: list[Awaited], post: Post) -> None:
    """Put beneath a post those that answered it before it came."""
    for awaited in orphans:
        orphan = awaited.post
        if not threading.stands_below(post, orphan):
            orphan.parent = post
            orphan.save(update_fields=["parent"])
        # What is farther than the parent it has now is no longer awaited.
        Awaited.objects.filter(post=orphan, rank__gte=awaited.rank).delete()


def _stored(post: int, parts: Sequence[Attached]) -> Iterator[Attachment]:
    """The attachments of a post, their content put where its digest says: the same file sent twice stands once."""
    for part in parts:
        digest = hashlib.sha256(part.content).hexdigest()
        path = f"{digest[:2]}/{digest}"
        if not default_storage.exists(path):
            path = default_storage.save(path, ContentFile(part.content))
        yield Attachment(
            post_id=post,
            name=part.name[:255],
            media_type=part.media_type[:127],
            size=len(part.content),
            digest=digest,
            file=path,
            content_id=(part.content_id or "")[:255],
            inline=part.inline,
        )
