"""Questions about a community's move, on behalf of those who facilitate it."""

from collections.abc import Iterator

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from talanoa.communities.lookups import membership, with_ancestors
from talanoa.communities.models import Community, Membership
from talanoa.moving.candidates import Candidate
from talanoa.moving.models import Line, Mailing, MemberList
from talanoa.people.lookups import by_address


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
