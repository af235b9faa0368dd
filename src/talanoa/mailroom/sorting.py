"""The path of one mail, from its bytes to its fate: one transaction for all of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.lookups import membership, one_at_a_time
from talanoa.communities.models import Community, Membership
from talanoa.consultations import actions as consultations
from talanoa.consultations.lookups import meant
from talanoa.consultations.models import Consultation
from talanoa.conversations import actions as conversations
from talanoa.conversations.lookups import circulated_since
from talanoa.discussions import actions as discussions
from talanoa.discussions.lookups import is_proposal
from talanoa.mail import actions as mail
from talanoa.mail import lookups, tokens
from talanoa.mail.models import Received
from talanoa.mail.reading import circulation
from talanoa.mail.reading.parsing import Letter
from talanoa.mailroom import discussing, reports, requests
from talanoa.mailroom.destinations import Destination, resolve
from talanoa.migration import actions as migration
from talanoa.migration import lookups as migration_lookups
from talanoa.moderation import actions as moderation
from talanoa.moderation.lookups import Guidance, guidance, sentence
from talanoa.moderation.verdicts import Accept, Discard, Hold, TurnBack
from talanoa.people import actions as people
from talanoa.people.lookups import Recognised, recognise
from talanoa.queries import actions as queries
from talanoa.queries.lookups import is_query

Read = Callable[[bytes], Letter]


class ClaimLost(Exception):
    """Another worker has this mail; what was done here is rolled back."""


def sort(pk: int, *, claim: str, read: Read, at: datetime) -> str:
    """Walk a claimed mail along its path and return its fate.

    `read` understands bytes, in a child with limits where strangers' mail is read.
    Verdict, post, copies, letters and note commit together or not at all; on any
    exception the mail is as it was, and the caller says what becomes of it.
    """
    received = Received.objects.get(pk=pk)
    letter = read(lookups.raw(received))
    received.message_id = letter.message_id or ""
    received.sender = (str(letter.sender) if letter.sender else letter.header("from") or "")[:1000]
    received.subject = letter.subject[:1000]
    with transaction.atomic():
        destination = resolve(received.recipient)
        if destination is None:
            # The community was there when the door took the mail; it may have moved since.
            return _settle(received, claim, Received.State.SET_ASIDE, "set aside", "No community has this address now.", at)
        received.community = destination.community.pk
        if letter.kind == "feedback-report":
            token = destination.token if destination.purpose == "bounces" else ""
            return _settle(received, claim, Received.State.DONE, *_complained(letter, token, at=at), at)
        if destination.purpose not in {"post", "query", "comments", "discussion"}:
            return _to_the_house(received, letter, destination, claim=claim, at=at)
        return _to_the_members(received, letter, destination, claim=claim, at=at)


def _to_the_members(received: Received, letter: Letter, destination: Destination, *, claim: str, at: datetime) -> str:
    """Judge, then act: exactly one verb."""
    community = destination.community
    letter = circulation.fit(letter)
    decided = guidance(received) if received.fate else Guidance()  # nobody has decided on what has just come
    if decided.community:
        community = decided.community
    received.community = community.pk
    # One mail of a community at a time: of twins one is first, and the daily cap is kept in order.
    one_at_a_time(community)
    author = _heard(recognise(letter, written_by=received.written_by), letter, at=at)
    if not received.fate and (fate := _while_moving(received, letter, author, community, claim=claim, at=at)):
        return fate
    asks = destination.purpose == "query" or decided.asks or is_query(letter)
    proposes = not asks and (destination.purpose == "discussion" or is_proposal(letter))
    consultation = None if asks or proposes else meant(community, letter, to_comments=destination.purpose == "comments", at=at)
    if consultation is None and destination.purpose == "comments":
        return _to_the_house(received, letter, destination, claim=claim, at=at)
    # What nobody but a facilitator or the authors of a draft will read at first is not held for the members' sake.
    for_few = asks or proposes or (consultation is not None and consultation.visibility != Consultation.Visibility.OPEN)
    verdict = moderation.judge(letter, author, community, received=received, guidance=decided, asks=for_few)
    match verdict:
        case Discard(reason):
            fate = "repeated" if reason == "known_already" else "discarded"
            return _settle(received, claim, Received.State.DONE, fate, sentence(reason), at)
        case TurnBack(reason):
            unsent = moderation.turn_back(letter, author, community, reason=reason, at=at)
            note = sentence(reason) + (f" (No letter to the author: {unsent}.)" if unsent else "")
            return _settle(received, claim, Received.State.DONE, "turned back", note, at)
        case Hold(reasons):
            moderation.hold(received, letter, author, community, reasons=reasons, at=at)
            note = " ".join(sentence(reason) for reason in reasons)
            return _settle(received, claim, Received.State.HELD, "held", note, at)
        case Accept() if consultation is not None:
            return _comment(received, letter, author, consultation, claim=claim, at=at)
        case Accept() if asks:
            return _ask(received, letter, author, community, decided, claim=claim, at=at)
        case Accept() if proposes:
            return _propose(received, letter, author, community, decided, claim=claim, at=at)
        case Accept():
            return _circulate(received, letter, author, community, decided, claim=claim, at=at)


def _while_moving(
    received: Received, letter: Letter, author: Recognised, community: Community, *, claim: str, at: datetime
) -> str:
    """While the community's old list goes on: its mail is kept, and who writes here is told; "" where none does."""
    old = migration_lookups.beside(community)
    if old is None:
        return ""
    if not migration_lookups.came_through(old, letter, received.envelope_sender):
        if membership(author.person, community) is None:
            return ""  # the mail of others is judged as ever
        unsent = moderation.turn_back(letter, author, community, reason="before_the_move", at=at)
        note = sentence("before_the_move") + (f" (No letter to the author: {unsent}.)" if unsent else "")
        return _settle(received, claim, Received.State.DONE, "turned back", note, at)
    try:
        migration.keep_from(old, letter, received, at=at)
    except conversations.PostedBefore as before:
        return _settle(received, claim, Received.State.DONE, "repeated", str(before), at)
    return _settle(received, claim, Received.State.DONE, "kept", "It came through the old list, and is kept until it is released.", at)


def _ask(
    received: Received, letter: Letter, author: Recognised, community: Community, decided: Guidance, *, claim: str, at: datetime
) -> str:
    try:
        queries.ask(
            letter, community=community, asker=author.person, received=received, at=at, subject=decided.subject, text=decided.text
        )
    except queries.AskedBefore as before:
        return _settle(received, claim, Received.State.DONE, "repeated", str(before), at)
    return _settle(received, claim, Received.State.DONE, "asked", "A query; the facilitator words it before it goes out.", at)


def _comment(received: Received, letter: Letter, author: Recognised, of: Consultation, *, claim: str, at: datetime) -> str:
    """Comments on a draft are taken apart and do not go to the members by mail."""
    try:
        made = consultations.take(of, letter, author=author.person, name=author.name or author.address or "", received=received, at=at)
    except consultations.CommentedBefore as before:
        return _settle(received, claim, Received.State.DONE, "repeated", str(before), at)
    note = f"{made.comments.count()} comments on consultation {of.number}."
    return _settle(received, claim, Received.State.DONE, "commented", note, at)


def _propose(
    received: Received, letter: Letter, author: Recognised, community: Community, decided: Guidance, *, claim: str, at: datetime
) -> str:
    try:
        discussions.propose(
            letter, community=community, proposer=author.person, received=received, at=at, subject=decided.subject, text=decided.text
        )
    except discussions.ProposedBefore as before:
        return _settle(received, claim, Received.State.DONE, "repeated", str(before), at)
    return _settle(received, claim, Received.State.DONE, "proposed", "A discussion; the facilitator decides on it.", at)


def _circulate(
    received: Received, letter: Letter, author: Recognised, community: Community, decided: Guidance, *, claim: str, at: datetime
) -> str:
    until = _has_to_wait(received, community, at)
    if until:
        note = f"The community circulates {community.daily_cap} messages a day; this one goes out in its turn."
        if not mail.wait_until(received, claim=claim, until=until, note=note):
            raise ClaimLost
        return "queued"
    try:
        post = conversations.post(
            letter,
            community=community,
            author=author.person,
            received=received,
            at=at,
            subject=decided.subject,
            text=decided.text,
            beneath=decided.beneath,
        )
    except conversations.PostedBefore as before:
        return _settle(received, claim, Received.State.DONE, "repeated", str(before), at)
    discussions.note_said(post, at=at)
    return _settle(received, claim, Received.State.DONE, "posted", f"/c/{community.slug}/m/{post.key}", at)


def _has_to_wait(received: Received, community: Community, at: datetime) -> datetime | None:
    """When a mail may go out under the daily cap; None for now. The earlier mail goes first."""
    if not community.daily_cap:
        return None
    here = at.astimezone(ZoneInfo(community.timezone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    if circulated_since(community.pk, midnight) >= community.daily_cap:
        # Midnight of the next calendar day, which a change of clocks can put 23 or 25 hours away.
        return datetime.combine((here + timedelta(days=1)).date(), midnight.timetz(), midnight.tzinfo)
    ahead = Received.objects.filter(
        community=community.pk, state=Received.State.WAITING, fate="queued", pk__lt=received.pk
    ).order_by("-due_at").values_list("due_at", flat=True).first()
    return max(ahead, at + timedelta(seconds=2)) if ahead else None


def _to_the_house(received: Received, letter: Letter, destination: Destination, *, claim: str, at: datetime) -> str:
    """Mail to an address that is not for posting."""
    community, purpose, token = destination.community, destination.purpose, destination.token
    if purpose == "bounces" and not _by_hand(received, letter, token):
        return _settle(received, claim, Received.State.DONE, *_reported(letter, token, at=at), at)
    if purpose == "leave" and (number := tokens.unseal("leave", token)) is not None:
        member = Membership.objects.filter(pk=number, community=community).select_related("person").first()
        if member:
            communities.leave(community, member.person, at=at)
            return _settle(received, claim, Received.State.DONE, "left", "The member left by the address in the mail's header.", at)
    if letter.machine or not received.envelope_sender:
        # The owner's address must not be part of a loop (L3).
        return _settle(received, claim, Received.State.DONE, "discarded", sentence("by_a_machine"), at)
    author = _heard(recognise(letter, written_by=None), letter, at=at)
    match purpose:
        case "owner" | "bounces" | "comments":
            found = requests.forward(received, letter, destination, at=at)
        case "confirm":
            found = (
                requests.confirmed(author, community, token, at=at)
                or requests.decided(letter, author, community, token, at=at)
                or requests.worded(letter, author, token, at=at)
                or requests.followed_up(letter, author, token, at=at)
                or requests.commented(letter, author, token, at=at)
                or requests.consented(letter, author, token, at=at)
                or discussing.answered(letter, author, token, at=at)
                or discussing.given_feedback(letter, author, token, at=at)
                or requests.forward(received, letter, destination, at=at)
            )
        case _:
            found = requests.asked(letter, author, destination, at=at)
    if found is None:
        found = ("set aside", "It is for the facilitators, and the community has none.")
    state = Received.State.SET_ASIDE if found[0] == "set aside" else Received.State.DONE
    return _settle(received, claim, state, *found, at)


def _heard(author: Recognised, letter: Letter, *, at: datetime) -> Recognised:
    """Who surely writes from an address that did not answer is written to again."""
    if author.silent and author.proven and author.address and not letter.machine:
        people.hear_from(author.address, at=at)
    return author


# What came of a delivery report; the keys are of `reports.led_to`.
_LED_TO = {
    "noted": "Kept with the copy that it reports.",
    "probed": "Kept with the copy that it reports. So much has come back from this address that a letter tries it now.",
    "unreachable": "The letter that tried the address came back: what is sent to many is not sent there any more.",
    "": "A delivery report that names no copy of ours, is too late, or came before.",
}


def _by_hand(received: Received, letter: Letter, token: str) -> bool:
    """Whether a person answers to the address that a copy came from, as a few mail programs do."""
    from_a_person = bool(received.envelope_sender) and letter.bounce is None and not letter.machine
    return from_a_person and tokens.unseal("bounce", token) is not None


def _reported(letter: Letter, token: str, *, at: datetime) -> tuple[str, str]:
    """Mail to the address that a copy came from: fate and note."""
    if letter.bounce is None:
        return "discarded", "It came to an address for delivery reports, and is none."
    failed = [one for one in letter.bounce.recipients if not one.delayed]
    if not failed:
        return "discarded", "It tells of a delay only; the mail is still being tried."
    delivery = tokens.unseal("bounce", token)
    outcome = "" if delivery is None else reports.led_to(delivery, failed, at=at, words=letter.bounce.diagnosis)
    return "bounce noted" if outcome else "discarded", _LED_TO[outcome]


def _complained(letter: Letter, token: str, *, at: datetime) -> tuple[str, str]:
    """Somebody called a copy spam."""
    if reports.complaint(letter, token, at=at):
        return "left", "A feedback report: somebody called a copy spam, and its member left as by one click."
    return "discarded", "A feedback report that names no copy of ours."


def _settle(received: Received, claim: str, state: str, fate: str, note: str, at: datetime) -> str:
    if not mail.settle(received, claim=claim, state=state, fate=fate, note=note, at=at):
        raise ClaimLost
    return fate
