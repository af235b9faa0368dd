"""The verbs of what is sent together: digests to members, and one conversation to those who follow it apart."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.lookups import awaiting_digests, clock, communities_awaiting_digests, one_at_a_time, recipients
from talanoa.communities.models import Community, Membership
from talanoa.conversations import digests
from talanoa.conversations.lookups import circulated, followed_apart, hung
from talanoa.conversations.models import Conversation, Digest, Following, Gathering, Post
from talanoa.mail import actions as mail
from talanoa.mail.models import Delivery

DIGESTS_AT_ONCE = 500  # members in one transaction
DIGESTS_KEPT = timedelta(days=90)
TAKEN_BACK = timedelta(minutes=2)  # longer than the postman's lease
TRIED_AGAIN = timedelta(hours=12)  # what has gathered for somebody whose mail is paused


def follow(conversation: Conversation, member: Membership, how: str, *, at: datetime) -> None:
    """Let a member have a conversation otherwise than usual: each message, together, or not at all; "" is as usual.

    It holds for what is posted from now on. What had gathered is sent at once, unless nothing more is wanted.
    """
    with transaction.atomic():
        # Between two posts: a message now being circulated goes to this member in the old way or in the new one.
        one_at_a_time(member.community)
        newest = Community.objects.values_list("newest_post", flat=True).get(pk=member.community_id)
        before = Following.objects.select_for_update().filter(conversation=conversation, membership=member, through=None).first()
        if before and before.how == how:
            return
        if before:
            before.through = newest
            if before.how in Following.TOGETHER and how != Following.How.NONE and before.served < newest:
                before.owed = Gathering.objects.create(conversation=conversation, through=newest, made_at=at)
                before.due_at = at
            before.save(update_fields=["through", "owed", "due_at"])
        if how:
            Following.objects.create(
                conversation=conversation, membership=member, how=Following.How(how), after=newest, served=newest
            )


def follow_as_usual(conversation: Conversation, *, at: datetime) -> None:
    """Let a conversation come as usual again to those who had it together, because nobody gathers it any more.

    Must run inside a transaction.
    """
    one_at_a_time(conversation.community)
    newest = Community.objects.values_list("newest_post", flat=True).get(pk=conversation.community_id)
    those = Following.objects.filter(conversation=conversation, how__in=Following.TOGETHER, through=None)
    if those.filter(served__lt=newest, due_at=None).exists():
        gather(conversation, Following.TOGETHER, title="", comment="", at=at)
    those.update(through=newest)


def gather(conversation: Conversation, hows: Collection[str], *, title: str, comment: str, at: datetime) -> None:
    """Let those who follow a conversation in one of these ways have what has gathered; `tend` sends it.

    Must run inside a transaction.
    """
    one_at_a_time(conversation.community)
    those = Following.objects.filter(conversation=conversation, how__in=hows, through=None)
    if those.exists():
        newest = Community.objects.values_list("newest_post", flat=True).get(pk=conversation.community_id)
        made = Gathering.objects.create(conversation=conversation, title=title, comment=comment, through=newest, made_at=at)
        # What was taken back from the outbox and waits is in this one, too; only whether it had left must still be asked.
        those.filter(taken_back=0).update(owed=made, due_at=at)
        those.exclude(taken_back=0).update(owed=made)


def take_back(digest: Digest, *, at: datetime) -> None:
    """Take a digest that has not left everybody's outbox from there, to be made again without what was withdrawn."""
    assert digest.outgoing_id is not None
    waiting = Delivery.objects.filter(outgoing=digest.outgoing_id, state=Delivery.State.WAITING)
    members = [member for member in waiting.values_list("member", flat=True) if member is not None]
    mail.withdraw(outgoing_ids=[digest.outgoing_id], at=at)
    if digest.gathering:
        of = Following.objects.filter(conversation=digest.gathering.conversation_id, membership__in=members, served=digest.ranges[-1][1])
        of.update(
            served=digest.ranges[0][0], owed=digest.gathering, due_at=at + TAKEN_BACK, taken_back=digest.outgoing_id
        )
        return
    owed = [(digest.kind, after, through, digest.outgoing_id) for after, through in digest.ranges]
    # Later, when it is known which of them were on the wire at this moment and have left after all.
    communities.owe_digest(members, owed, due_at=at + TAKEN_BACK)


def tend(*, at: datetime) -> None:
    """Send the digests that are due, a group of members at a time, each group in a transaction of its own.

    Members, posts and marks commit together: whatever stops this, nobody gets a message twice or not at all (O9).
    """
    faults = []
    for community in Community.objects.filter(pk__in=communities_awaiting_digests(at)):
        try:
            while _send_digests(community, at):
                pass
        except Exception as fault:  # A community whose digest cannot be made must not keep the others from theirs (O11).  # noqa: BLE001
            faults.append(fault)
    for pk in list(Gathering.objects.filter(owed_to__due_at__lte=at).values_list("pk", flat=True).distinct()):
        try:
            while _send_gathered(pk, at):
                pass
        except Exception as fault:  # Nor one gathering the others; both are raised together below (O11).  # noqa: BLE001
            faults.append(fault)
    if faults:
        raise ExceptionGroup("digests", faults)
    if old := list(Digest.objects.filter(made_at__lt=at - DIGESTS_KEPT).values_list("pk", flat=True)[:DIGESTS_AT_ONCE]):
        Digest.objects.filter(pk__in=old).delete()
        Gathering.objects.filter(made_at__lt=at - DIGESTS_KEPT, owed_to=None).delete()


def _send_digests(community: Community, at: datetime) -> int:
    """Serve some members for whom a digest is due; returns how many were looked at."""
    with transaction.atomic():
        one_at_a_time(community)
        those = awaiting_digests(community.pk, at, limit=DIGESTS_AT_ONCE)
        if not those:
            return 0
        newest = Community.objects.values_list("newest_post", flat=True).get(pk=community.pk)
        taken_back = {letter for one in those for _, _, _, letter in one.owed if letter}
        went = Delivery.objects.filter(outgoing__in=taken_back, state=Delivery.State.SENT).values_list("member", "outgoing")
        sent = {(member, letter) for member, letter in went if member is not None}
        issued = digests.editions(those, newest=newest, sent=sent, language=community.language, apart=followed_apart(those))
        for edition, members in issued.items():
            found = circulated(community.pk, edition.ranges, texts_up_to=digests.WITH_TEXTS)
            posts = digests.in_order(post for post in found if edition.brings(post))
            if posts:
                _issue(community, edition, posts, [(one.address, one.membership) for one in members], at=at)
        communities.note_digested(those, through=newest, at=at)
    return len(those)


def _issue(
    community: Community, edition: digests.Edition, posts: Sequence[Post], members: Sequence[tuple[str, int]], *, at: datetime,
    gathering: Gathering | None = None,
) -> None:
    keys = [post.pk for post in posts]
    composed, message_id = digests.compose(community, edition, posts, hung(keys) if len(keys) <= digests.WITH_TEXTS else {}, at=at)
    outgoing = mail.enqueue(
        composed,
        message_id=message_id,
        bounces_to=community.address,
        recipients=[mail.Recipient(address, membership) for address, membership in members],
        lane=Delivery.Lane.DIGEST,
        at=at,
    )
    Digest.objects.create(
        community=community,
        message_id=message_id,
        outgoing=outgoing,
        kind=edition.kind,
        ranges=list(edition.ranges),
        posts=keys,
        gathering=gathering,
        made_at=at,
    )


def _send_gathered(pk: int, at: datetime) -> int:
    """Serve some of those to whom a gathering is owed; returns how many were looked at."""
    gathering = Gathering.objects.select_related("conversation__community").get(pk=pk)
    community = gathering.conversation.community
    with transaction.atomic():
        one_at_a_time(community)
        those = list(
            Following.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(owed=pk, due_at__lte=at)
            .order_by("pk")[:DIGESTS_AT_ONCE]
        )
        _note_what_left(those)
        able = recipients(community, [one.membership_id for one in those], at)
        alike: dict[digests.Edition, list[Following]] = {}
        for one in those:
            reader = able.get(one.membership_id)
            if reader and reader.paused:
                one.due_at = at + TRIED_AGAIN
                continue
            through = gathering.through if one.through is None else min(one.through, gathering.through)
            if reader and one.served < through:
                alike.setdefault(_edition(gathering, (one.served, through), at, html=reader.html), []).append(one)
            one.owed, one.due_at, one.served = None, None, max(one.served, through)
        for edition, members in alike.items():
            found = circulated(community.pk, edition.ranges, texts_up_to=digests.WITH_TEXTS, conversation=gathering.conversation_id)
            if found:
                to = [(able[one.membership_id].address, one.membership_id) for one in members]
                _issue(community, edition, found, to, at=at, gathering=gathering)
        Following.objects.bulk_update(those, ["owed", "due_at", "served", "taken_back"])
    return len(those)


def _note_what_left(those: Sequence[Following]) -> None:
    """Of digests that were taken back from the outbox: those that were on the wire and arrived count as sent."""
    letters = {one.taken_back for one in those if one.taken_back}
    if letters:
        sent = set(Delivery.objects.filter(outgoing__in=letters, state=Delivery.State.SENT).values_list("member", "outgoing"))
        held = {one.outgoing_id: one.ranges[-1][1] for one in Digest.objects.filter(outgoing__in=letters)}
        for one in those:
            if (one.membership_id, one.taken_back) in sent:
                one.served = max(one.served, held.get(one.taken_back, one.served))
            one.taken_back = 0


def _edition(gathering: Gathering, span: tuple[int, int], at: datetime, *, html: bool) -> digests.Edition:
    community = gathering.conversation.community
    return digests.Edition(
        kind=Membership.Delivery.DAILY,
        ranges=(span,),
        html=html,
        language=community.language,
        day=at.astimezone(clock(community)).date(),
        title=gathering.title or gathering.conversation.subject,
        comment=gathering.comment,
    )
