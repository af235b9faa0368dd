"""Questions about a community's move, on behalf of those who facilitate it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from talanoa.communities.lookups import facilitated, members, membership, with_ancestors
from talanoa.communities.models import Community, Membership
from talanoa.moving import letters, rules
from talanoa.moving.candidates import Candidate
from talanoa.moving.models import Handed, Line, Mailing, MemberList, Sent
from talanoa.people.lookups import Alike, by_address
from talanoa.people.lookups import alike as people_alike
from talanoa.people.models import Person


def fate(community: Community, one: Candidate, *, again: bool) -> tuple[str, str]:
    """What becomes of a line, and why it is refused. `again`: the address stood in the list before."""
    if one.refusal:
        return Line.Fate.REFUSED, one.refusal
    if again:
        return Line.Fate.KNOWN, ""
    person = by_address(one.canonical)
    if person is None:
        return Line.Fate.NEW, ""
    known = Membership.objects.filter(person=person, community__in=with_ancestors(community)).order_by("-joined_at")
    if known.filter(banned=True).exists():
        return Line.Fate.REFUSED, gettext("This person may not take part here: a facilitator banned them.")
    if membership(person, community):
        return Line.Fate.KNOWN, ""
    left = known.filter(community=community).first()
    if left is not None and left.left_at is not None:
        # Who has left is not brought back by a list (G4).
        return Line.Fate.REFUSED, gettext("This person left the community on %(day)s. Invite them if they may want to come back.") % {
            "day": left.left_at.date().isoformat()
        }
    return Line.Fate.NEW, ""


def account(one: MemberList) -> dict[str, int]:
    """What became of every line: rows = new + known + refused; and how many of the new gave no evidence that they agree."""
    told = one.lines.aggregate(
        rows=Count("pk"),
        new=Count("pk", filter=Q(fate=Line.Fate.NEW)),
        known=Count("pk", filter=Q(fate=Line.Fate.KNOWN)),
        refused=Count("pk", filter=Q(fate=Line.Fate.REFUSED)),
        without_evidence=Count("pk", filter=Q(fate=Line.Fate.NEW, membership__consent=None)),
    )
    return dict(told)


def told(one: MemberList) -> Iterator[tuple[int, str, str, str]]:
    """The lines of which something is to be told: number, fate, note, and what stood in them."""
    return one.lines.exclude(note="").order_by("number").values_list("number", "fate", "note", "said").iterator()


def moved_in(community: Community) -> QuerySet[Membership]:
    """The living memberships that came by a list."""
    came = Line.objects.filter(of__community=community, fate=Line.Fate.NEW).values("membership")
    return Membership.objects.filter(pk__in=came, left_at=None, banned=False).select_related("person").order_by("pk")


def without_evidence(community: Community) -> QuerySet[Membership]:
    """Those who moved in and of whom nobody knows that they agree."""
    return moved_in(community).filter(consent=None)


def to_be_asked(community: Community) -> QuerySet[Membership]:
    """Whom a letter that asks for consent goes to: never anybody twice (G3)."""
    return without_evidence(community).exclude(sent__kind=Mailing.Kind.CONSENT)


def to_be_welcomed(community: Community) -> QuerySet[Membership]:
    """Whom a letter of welcome goes to: those who agreed, once."""
    return moved_in(community).filter(consent__isnull=False).exclude(sent__kind=Mailing.Kind.WELCOME)


def due(mailing: Mailing) -> QuerySet[Membership]:
    """Whom a mailing goes to now. One that asks goes to those who had come when the facilitator wrote it."""
    if mailing.kind == Mailing.Kind.CONSENT:
        came = Line.objects.filter(of__community=mailing.community, of__begun_at__lte=mailing.at, fate=Line.Fate.NEW)
        return to_be_asked(mailing.community).filter(pk__in=came.values("membership"))
    return to_be_welcomed(mailing.community)


def alike(community: Community) -> list[Alike]:
    """Members who may be one person, for those who facilitate the community."""
    return people_alike(members(community).values_list("person", flat=True))


def letter_that_asks(community: Community, *, words: str, until: datetime, mailed: bool, by: Person | None = None) -> tuple[str, str]:
    """Subject and text of the letter that asks, as the first of those it would go to gets it."""
    mailing = Mailing(community=community, kind=Mailing.Kind.CONSENT, words=words.strip(), until=until, mailed=mailed, by=by)
    return letters.preview(mailing, _first(to_be_asked(community)))


def letter_of_welcome(community: Community, *, words: str, by: Person | None = None) -> tuple[str, str]:
    """Subject and text of the letter of welcome, as the first of those it would go to gets it."""
    mailing = Mailing(community=community, kind=Mailing.Kind.WELCOME, words=words.strip(), by=by)
    return letters.preview(mailing, _first(to_be_welcomed(community)))


def _first(those: QuerySet[Membership]) -> Person:
    first = those.first()
    return first.person if first else Person()


def handed(community: Community) -> QuerySet[Handed]:
    """What was handed in for a community, the latest first."""
    return Handed.objects.filter(community=community).select_related("by").order_by("-pk")


def people_account(community: Community) -> dict[str, int]:
    """What became of every line of every list: rows = new + known + refused; and who of the new gave no evidence yet."""
    told = Line.objects.filter(of__community=community).aggregate(
        rows=Count("pk"),
        new=Count("pk", filter=Q(fate=Line.Fate.NEW)),
        known=Count("pk", filter=Q(fate=Line.Fate.KNOWN)),
        refused=Count("pk", filter=Q(fate=Line.Fate.REFUSED)),
    )
    return told | {"without_evidence": without_evidence(community).count()}


def refused_lines(community: Community) -> QuerySet[Line]:
    """The lines of which something is to be told, the latest list first."""
    return Line.objects.filter(of__community=community).exclude(note="").select_related("of").order_by("-of", "number")


def welcomed(community: Community) -> int:
    """How many who moved in got the letter of welcome."""
    return Sent.objects.filter(membership__community=community, kind=Mailing.Kind.WELCOME).count()


def moving_communities(person: Person, since: datetime) -> QuerySet[Community]:
    """The communities a person facilitates for which members or archives were handed in or listed since a moment."""
    lists = MemberList.objects.filter(begun_at__gte=since).values("community")
    files = Handed.objects.filter(at__gte=since).values("community")
    asks = Mailing.objects.filter(kind=Mailing.Kind.CONSENT, ended_at=None).values("community")
    return facilitated(person).filter(Q(pk__in=lists) | Q(pk__in=files) | Q(pk__in=asks))


def handed_in() -> Path:
    """The folder of what was handed in on the pages of this machine."""
    return settings.TALANOA.home / "handed"


def path_of(one: Handed) -> Path:
    """Where a file that was handed in lies, if it does."""
    return handed_in() / one.folder / one.name


def latest(community: Community, kind: str) -> Mailing | None:
    """The last mailing of a kind."""
    return Mailing.objects.filter(community=community, kind=kind).select_related("community", "by").order_by("-pk").first()


def answers(community: Community) -> dict[str, int]:
    """How many were asked, and what they said: asked = yes + no + silent."""
    sent = Sent.objects.filter(membership__community=community, kind=Mailing.Kind.CONSENT)
    told = sent.aggregate(
        asked=Count("pk"),
        yes=Count("pk", filter=Q(answer=Sent.Answer.YES)),
        no=Count("pk", filter=Q(answer=Sent.Answer.NO)),
        silent=Count("pk", filter=Q(answer=Sent.Answer.NONE)),
    )
    return dict(told)


def silent(community: Community) -> QuerySet[Membership]:
    """The members who were asked and have not answered."""
    return without_evidence(community).filter(sent__kind=Mailing.Kind.CONSENT, sent__answer=Sent.Answer.NONE)


def question(member: Membership) -> str:
    """What a member is asked to agree to."""
    return letters.question(member.community, letters.language_of(member.person, member.community))


def said(text: str) -> bool | None:
    """Whether an answer to the letter that asks says yes or no; None for anything else."""
    return rules.answer(text)


def asked_about(number: int) -> Membership | None:
    """The living membership about which somebody holds a ticket."""
    return Membership.objects.filter(pk=number, left_at=None).select_related("community", "person").first()
