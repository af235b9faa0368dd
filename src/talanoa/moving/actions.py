"""The verbs of the guided move: lists of members, letters that ask and welcome, files that are handed in."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple

from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.lookups import membership
from talanoa.communities.models import Community
from talanoa.moving import lookups
from talanoa.moving.candidates import Candidate, Evidence
from talanoa.moving.models import Line, MemberList
from talanoa.people import actions as people
from talanoa.people.lookups import by_address
from talanoa.people.models import Person


class Terms(NamedTuple):
    """What whoever hands in a list says of consent: what all its people agreed to, and when and where, if they say so.

    Without a day that of joining counts. `ask_first`: nothing that goes to many reaches those without evidence until they agree (G3).
    """

    wording: str = ""
    given_on: date | None = None
    source: str = ""
    ask_first: bool = False

    def evidence(self, one: Candidate) -> Evidence | None:
        """What shows that somebody agreed: their own line, else what is said of all."""
        if one.evidence or not self.wording:
            return one.evidence
        when = datetime.combine(self.given_on, time(), UTC) if self.given_on else one.joined_at
        return Evidence(self.wording, when, self.source) if when else None


def begin_list(community: Community, name: str, digest: str, *, by: Person | None, at: datetime) -> MemberList:
    """Begin to read a list of members, or go on where it was left."""
    unfinished = MemberList.objects.filter(community=community, digest=digest, finished_at=None).first()
    return unfinished or MemberList.objects.create(community=community, name=name[:200], digest=digest, by=by, begun_at=at)


def enrol(of: MemberList, one: Candidate, terms: Terms, *, again: bool, by: Person | None, at: datetime) -> Line:
    """Make a member of one line, if nothing speaks against it; person, membership, role, evidence and line stand or fall together.

    Who is a member already stays as they are, but for evidence that they agreed, where there was none.
    """
    with transaction.atomic():
        fate, note = lookups.fate(of.community, one, again=again)
        evidence = terms.evidence(one)
        member = None
        if fate == Line.Fate.NEW:
            note = one.left_out
            try:
                with transaction.atomic():
                    person = people.introduce(one.address, at=at, name=one.name, **one.profile)
                    mailed_until = at if terms.ask_first and evidence is None else None
                    member = communities.join(
                        of.community, person, at=at, since=one.joined_at, mailed_until=mailed_until, delivery=one.delivery, html=one.html
                    )
                    if one.moderated:
                        communities.moderate_member(member, always=True)
                    if one.role != "member":
                        communities.appoint(of.community, person, one.role, at=at)
            except communities.CannotJoin as refusal:
                fate, note, member = Line.Fate.REFUSED, str(refusal), None
        elif fate == Line.Fate.KNOWN:
            member = membership(by_address(one.canonical), of.community)
        if member and evidence and member.consent_id is None:
            communities.agree(
                member, wording=evidence.wording, source=evidence.source, given_at=min(evidence.given_at, at), noted_by=by, at=at
            )
        return Line.objects.create(of=of, number=one.number, fate=fate, membership=member, note=note, said=one.said if note else "")


def finish_list(one: MemberList, *, at: datetime) -> None:
    """End the reading of a list; one that changed nothing leaves no trace."""
    with transaction.atomic():
        if one.lines.exclude(fate=Line.Fate.KNOWN).exists():
            MemberList.objects.filter(pk=one.pk).update(finished_at=at)
        else:
            one.delete()
