"""Questions about discussions, on behalf of somebody.

A discussion that is announced is read by whoever reads its community. Before that, it is its proposer's and the facilitators'.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from django.db.models import Q, QuerySet

from talanoa.communities.lookups import Standing, clock, facilitated, facilitators, guest_of, members, standing
from talanoa.communities.models import Community, Membership
from talanoa.conversations.lookups import following
from talanoa.conversations.models import Post
from talanoa.discussions import outline, rules, sentences
from talanoa.discussions.models import Discussion, Phase
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.rows import is_there
from talanoa.people.lookups import GENDERS, SECTORS
from talanoa.people.models import Person
from talanoa.queries.lookups import Suggestion, may_know
from talanoa.templating import country

Stage = Discussion.Stage
_SHOWN = (Stage.APPROVED, Stage.RUNNING, Stage.ENDED, Stage.SUMMARISED)
_LED = (Stage.APPROVED, Stage.RUNNING)
MOST_QUIET = 12


def discussions(here: Standing) -> QuerySet[Discussion]:
    """The announced discussions that this reader may read, the latest first."""
    if not here.reads:
        return Discussion.objects.none()
    return _all().filter(community=here.community, stage__in=_SHOWN, post__withdrawn_at=None).order_by("-number")


def discussion(here: Standing, number: int) -> Discussion | None:
    """An announced discussion by its number in the community."""
    return discussions(here).filter(number=number).first()


def workplace(person: Person | None, pk: int) -> Discussion | None:
    """A discussion for those who lead it: its facilitators at any stage, a guest moderator until its end; nothing for anybody else."""
    if person is None:
        return None
    as_guest = Q(conversation__in=guest_of(person), moderator=person, stage__in=_LED)
    return _all().filter(Q(community__in=facilitated(person)) | as_guest, pk=pk).first()


def may_lead(person: Person | None, of: Discussion) -> bool:
    """Whether somebody leads a discussion now: a facilitator, or its guest moderator until its end."""
    here = standing(person, of.community)
    guest = person is not None and of.moderator_id == person.pk and of.stage in _LED
    return here.facilitates or (guest and here.moderates(of.conversation_id))


def own(person: Person, community: Community) -> QuerySet[Discussion]:
    """What a person has proposed here and nobody else reads yet, the latest first."""
    return _all().filter(proposer=person, community=community, stage__in=[Stage.PROPOSED, Stage.DECLINED]).order_by("-proposed_at")


def unfinished(person: Person | None) -> QuerySet[Discussion]:
    """The discussions that want a facilitator's attention, in all the communities whose desk they keep."""
    if person is None:
        return Discussion.objects.none()
    done = [Stage.SUMMARISED, Stage.DECLINED]
    return _all().filter(community__in=facilitated(person)).exclude(stage__in=done).order_by("proposed_at")


def numbered(pk: int) -> Discussion | None:
    """A discussion by its key, which only a ticket may tell."""
    return _all().filter(pk=pk).first()


def of_conversation(conversation: int) -> Discussion | None:
    """The discussion that a conversation is."""
    return _all().filter(conversation=conversation).first() if is_there(Discussion, conversation_id=conversation) else None


def _all() -> QuerySet[Discussion]:
    return Discussion.objects.select_related("community", "proposer", "moderator", "conversation", "post")


def is_proposal(letter: Letter) -> bool:
    """Whether the subject of a mail says that it proposes a discussion, and is no answer."""
    return rules.is_marked(letter.subject) and not letter.in_reply_to and not letter.references


def phases(of: Discussion) -> list[Phase]:
    """Its phases in order."""
    return list(of.phases.select_related("post").order_by("number"))


def spans(of: Discussion) -> list[rules.Span]:
    """The times of its phases, for the rules."""
    return [
        rules.Span(one.number, one.begins_at, one.ends_at, opened=one.opened_at is not None, closed=one.closed_at is not None)
        for one in phases(of)
    ]


def current(of: Discussion) -> Phase | None:
    """The phase that is open now."""
    return of.phases.filter(opened_at__isnull=False, closed_at=None).order_by("-number").first()


def leaders(of: Discussion) -> list[Person]:
    """To whom its letters go: the guest moderator while there is one, else the facilitators."""
    guest = of.moderator
    return [guest] if guest and of.stage in _LED and may_lead(guest, of) else list(facilitators(of.community))


def contributions(of: Discussion, phase: Phase | None = None) -> QuerySet[Post]:
    """What was said until the end, in order, in one phase or in all; our own letters and what was withdrawn are left out.

    A contribution belongs to the phase that was open when it came.
    """
    found = said(of)
    if phase is not None:
        found = found.filter(posted_at__gt=phase.opened_at) if phase.opened_at else found.none()
        if phase.closed_at:
            found = found.filter(posted_at__lte=phase.closed_at)
    return found.filter(posted_at__lte=of.ended_at) if of.ended_at else found


def said(of: Discussion) -> QuerySet[Post]:
    """All that was said, after the end, too."""
    found = Post.objects.filter(conversation=of.conversation_id, withdrawn_at=None, of_the_discussion=None)
    return found.select_related("author", "conversation").order_by("number")


class Reach(NamedTuple):
    """Whom a discussion has reached: counts, which tell nobody more than the contributions do."""

    contributions: int
    contributors: int
    organisations: int
    countries: int


def reach(posts: Iterable[Post]) -> Reach:
    """The reach of some contributions, of those who are named in them."""
    those = list(posts)
    authors = {one.author_id: one.author for one in those if one.author}
    nameless = {one.author_name for one in those if not one.author}
    return Reach(
        contributions=len(those),
        contributors=len(authors) + len(nameless),
        organisations=len({one.organisation.strip().casefold() for one in authors.values() if one and one.organisation.strip()}),
        countries=len({one.country for one in authors.values() if one and one.country}),
    )


def likely(of: Discussion) -> list[Suggestion]:
    """Members who are likely to care, the likeliest first, each with the reason; nobody who was invited or has spoken."""
    there = {*of.invitations.values_list("person_id", flat=True), *said(of).values_list("author_id", flat=True)}
    never = {pk for pk in (*there, of.proposer_id, of.moderator_id) if pk}
    return may_know(of.community, of.title, f"{of.issue}\n{of.why}\n{of.audience}", never=never)


class Quiet(NamedTuple):
    """A member who has not been heard, and why the voice is missed."""

    person: Person
    reasons: list[str]
    invited: bool


def quiet(of: Discussion) -> list[Quiet]:
    """Those who have not been heard and whose voices are missed most, for who leads the discussion.

    Who asked not to be approached is left out; so is who chose not to follow the discussion.
    """
    heard = [one.author for one in contributions(of) if one.author]
    there = {one.pk for one in heard}
    gone = Q(followings__conversation=of.conversation_id, followings__through=None, followings__how="none")
    able = members(of.community).exclude(person__left_alone__isnull=False).exclude(gone).exclude(person__in=there)
    invited = set(of.invitations.values_list("person_id", flat=True))
    among = [*(one.person for one in able), *heard]
    shares = {name: Counter(getattr(one, name) for one in among) for name in ("country", "sector", "gender")}
    spoke = {name: Counter({getattr(one, name) for one in heard}) for name in ("country", "sector")}
    voices = Counter(one.gender for one in {one.pk: one for one in heard}.values())
    sectors, genders = ({str(key): words for key, words in those.items()} for those in (SECTORS, GENDERS))
    found = []
    for member in able:
        one = member.person
        reasons = []
        if one.country and not spoke["country"][one.country]:
            reasons.append(sentences.unheard("country", country(one.country)))
        if one.sector and not spoke["sector"][one.sector]:
            reasons.append(sentences.unheard("sector", str(sectors.get(one.sector, one.sector))))
        # Less than half the share that they have among the members.
        if one.gender and 2 * voices[one.gender] * sum(shares["gender"].values()) < shares["gender"][one.gender] * sum(voices.values()):
            reasons.append(sentences.unheard("gender", str(genders.get(one.gender, one.gender))))
        found.append(Quiet(one, reasons, one.pk in invited))
    return sorted(found, key=lambda one: (-len(one.reasons), one.invited, one.person.name))[:MOST_QUIET]


def planned(of: Discussion) -> outline.Outline:
    """The plan of a discussion as it stands."""
    those = phases(of)
    zone = clock(of.community)
    return outline.Outline(
        issue=of.issue,
        why=of.why,
        audience=of.audience,
        moderator=of.moderator.name if of.moderator else of.moderator_name,
        begins=those[0].begins_at.astimezone(zone).date() if those else None,
        phases=tuple(
            outline.Stretch(one.theme, tuple(one.questions), (_date(one.ends_at, zone) - _date(one.begins_at, zone)).days) for one in those
        ),
    )


def _date(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def member_called(community: Community, name: str) -> Person | None:
    """The one member whose name this is; None if there is none, or more than one."""
    words = " ".join(name.split()).casefold()
    found = [one.person for one in members(community) if words and one.person.name.casefold() == words]
    return found[0] if len(found) == 1 else None


def followed(membership: Membership | None, of: Discussion) -> str:
    """How a member follows a discussion; "" for as the other mail."""
    return following(membership.pk, of.conversation_id) if membership and of.conversation_id else ""


def due(of: Discussion) -> datetime | None:
    """When the final summary is due."""
    return of.ended_at + rules.SUMMARY_IN if of.ended_at else None


def feedback(of: Discussion) -> dict[str, object]:
    """What the contributors said of it, in numbers, and their words, without names, for the facilitators."""
    rows = list(of.feedback.values_list("answered_at", "score", "words"))
    return {
        "asked": len(rows),
        "answered": sum(at is not None for at, _, _ in rows),
        "scores": sorted(Counter(score for _, score, _ in rows if score).items()),
        "words": [words for _, _, words in rows if words],
    }
