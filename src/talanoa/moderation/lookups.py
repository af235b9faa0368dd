"""Questions about held mail and the log, on behalf of a facilitator."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from talanoa.communities.lookups import facilitated, guest_of, standing
from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.mail.lookups import raw
from talanoa.mail.models import Received
from talanoa.mail.reading import circulation, parsing
from talanoa.moderation import rules
from talanoa.moderation.models import Held
from talanoa.moderation.sentences import SENTENCES
from talanoa.moderation.sentences import sentence as sentence
from talanoa.people.lookups import by_address, issued, recognise
from talanoa.people.models import Person, Ticket


def waiting(person: Person | None) -> QuerySet[Held]:
    """The held mail that this person may decide on, the oldest first."""
    if person is None:
        return Held.objects.none()
    return (
        Held.objects.filter(_whose(person), decision=Held.Decision.NONE)
        .select_related("received", "community", "person", "opened_by")
        .order_by("held_at", "id")
    )


def _whose(person: Person) -> Q:
    """What somebody may decide on: in the communities they facilitate everything, as a guest what is bound for their conversation."""
    theirs = Q(community__in=facilitated(person))
    if guest := guest_of(person):
        theirs |= Q(conversation__in=guest)
    return theirs


def may_decide(person: Person | None, one: Held) -> bool:
    """Whether somebody may decide on a held mail: a facilitator, or the guest moderator of its conversation."""
    return standing(person, one.community).moderates(one.conversation_id)


def keeps_the_desk(person: Person | None, one: Held) -> bool:
    """Whether somebody may also pass it on, invite its author or make it a query: what concerns the whole community."""
    return standing(person, one.community).facilitates


def all_waiting() -> QuerySet[Held]:
    """All held mail, for the administrator's command line."""
    return Held.objects.filter(decision=Held.Decision.NONE).select_related("received", "community").order_by("held_at", "id")


def held(person: Person | None, pk: int) -> Held | None:
    """One held mail, decided or not, if this person may decide on it."""
    if person is None:
        return None
    return _with_all().filter(_whose(person), pk=pk).first()


def _with_all() -> QuerySet[Held]:
    return Held.objects.select_related("received", "community", "person", "opened_by", "decided_by", "to_community")


@dataclass(frozen=True, slots=True)
class Noticed:
    """A held mail as the holder of a notice's ticket finds it."""

    held: Held
    ticket: Ticket
    person: Person | None  # to whom the notice went
    living: bool  # they may decide: nobody has, the ticket is not too old, and the right is theirs still (A2)


def noticed(token: str, at: datetime) -> Noticed | None:
    """What the token of a notice is about; looking at it uses nothing (A3)."""
    found = issued(token, Ticket.Purpose.DECIDE)
    held = _with_all().filter(pk=found.about).first() if found and found.about else None
    if found is None or held is None or found.words.get("what") != "held":
        return None
    person = by_address(found.address)
    fresh = found.used_at is None and found.expires_at > at and not held.decision
    return Noticed(held, found, person, living=fresh and may_decide(person, held))


@dataclass(frozen=True, slots=True)
class Question:
    """The question which conversation a held mail belongs to, as its author finds it again."""

    held: Held
    ticket: Ticket
    posts: list[Post]  # of each conversation that it could be a message, in the order of the letter
    living: bool


def question(token: str, at: datetime) -> Question | None:
    """What the token of a letter that asks for the conversation is about; looking at it uses nothing (A3)."""
    found = issued(token, Ticket.Purpose.DECIDE)
    held = _with_all().filter(pk=found.about).first() if found and found.about else None
    if found is None or held is None or found.words.get("what") != "which":
        return None
    shown = Post.objects.filter(withdrawn_at=None).select_related("conversation").in_bulk(map(int, found.words["posts"].split()))
    posts = [shown[pk] for pk in map(int, found.words["posts"].split()) if pk in shown]
    fresh = found.used_at is None and found.expires_at > at and not held.decision
    return Question(held, found, posts, living=fresh and len(posts) == len(found.words["posts"].split()))


def working_day_after(at: datetime) -> datetime:
    """A working day later; weekends do not count."""
    return rules.working_day_after(at)


def due(one: Held) -> datetime:
    """When a held mail should be decided: within a working day."""
    return rules.working_day_after(one.held_at)


def letter(one: Held) -> parsing.Letter:
    """What is understood of a held mail, as it would be circulated."""
    return circulation.fit(parsing.read(raw(one.received), trusted_authserv=settings.TALANOA.authserv_id))


def invitable(one: Held, letter: parsing.Letter) -> str:
    """The address to which an invitation can go: that of an author who is no member; "" for anybody else.

    Not where the mail is forged or a machine's: the letter would reach somebody who never wrote (A8).
    """
    author = recognise(letter, written_by=one.received.written_by)
    if author.address is None or author.disproven or letter.sender_defects or letter.machine:
        return ""
    here = standing(author.person, one.community)
    return "" if here.membership or here.roles else author.address


def explained(one: Held) -> list[str]:
    """All reasons as sentences, each in the language of whoever reads it."""
    return [SENTENCES.get(code, code) for code in one.reasons]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a sender in a community."""

    member_since: datetime | None
    posts: int
    held: int | None
    rejected: int | None
    latest: list[Post]


def history(one: Held, on_behalf_of: Person | None) -> History:
    """What the author did before in this community; by person, else by the address in the mail.

    A guest moderator learns of no other held mail, not even that there was some.
    """
    whole = keeps_the_desk(on_behalf_of, one)
    same = Q(person=one.person) if one.person else Q(received__sender=one.received.sender)
    before = Held.objects.filter(same, community=one.community).exclude(pk=one.pk)
    posts = Post.objects.filter(author=one.person, community=one.community, withdrawn_at=None) if one.person else Post.objects.none()
    membership = standing(one.person, one.community).membership
    return History(
        member_since=membership.joined_at if membership else None,
        posts=posts.count(),
        held=before.count() if whole else None,
        rejected=before.filter(decision=Held.Decision.REJECTED).count() if whole else None,
        latest=list(posts.select_related("conversation").order_by("-posted_at")[:3]),
    )


@dataclass(frozen=True, slots=True)
class Guidance:
    """What people decided about a mail before it walks again."""

    community: Community | None = None
    cleared: bool = False
    redirected: bool = False
    asks: bool = False  # it is taken as a query
    subject: str = ""
    text: str = ""
    beneath: Post | None = None


def guidance(received: Received) -> Guidance:
    """The latest decision on a mail, as the sorter needs it."""
    latest = (
        Held.objects.filter(received=received)
        .exclude(decision=Held.Decision.NONE)
        .select_related("community", "to_community", "decided_by", "beneath__conversation")
        .order_by("-decided_at", "-id")
        .first()
    )
    if latest is None:
        return Guidance()
    if latest.decision == Held.Decision.APPROVED:
        return Guidance(latest.community, cleared=True, subject=latest.subject, text=latest.text, beneath=latest.beneath)
    if latest.decision == Held.Decision.QUERY:
        return Guidance(latest.community, cleared=True, asks=True)
    if latest.decision == Held.Decision.PLACED:
        return Guidance(latest.community, beneath=latest.beneath)
    if latest.decision == Held.Decision.REDIRECTED and latest.to_community:
        # Who may decide in the other community has decided; anybody else only proposes.
        cleared = standing(latest.decided_by, latest.to_community).facilitates
        return Guidance(latest.to_community, cleared=cleared, redirected=True, subject=latest.subject, text=latest.text)
    return Guidance()


def inbound(person: Person | None) -> QuerySet[Received]:
    """The log of mail that came in, for this person's communities; an operator sees all. The latest first."""
    if person is None:
        return Received.objects.none()
    everything = Received.objects.order_by("-id")
    if person.operates:
        return everything
    return everything.filter(community__in=facilitated(person).values("pk"))
