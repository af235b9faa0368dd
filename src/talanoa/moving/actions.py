"""The verbs of the guided move: lists of members, letters that ask and welcome, files that are handed in."""

import re
import shutil
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities import actions as communities
from talanoa.communities.lookups import keeps_all_desks, membership
from talanoa.communities.models import Community, Membership
from talanoa.mail import claims
from talanoa.migration import actions as migration
from talanoa.moving import letters, lookups, rules
from talanoa.moving.candidates import Candidate, Evidence
from talanoa.moving.models import Handed, Line, Mailing, MemberList, Sent
from talanoa.people import actions as people
from talanoa.people.lookups import by_address, first_address
from talanoa.people.models import Merging, Person, Ticket


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


# Who is whom


def merge(kept: Person, other: Person, *, by: Person | None, at: datetime) -> Merging:
    """Bring together two persons who are one; nothing is removed, and it can be told (`people.merge`).

    `by` facilitates all that both take part in: else a facilitator here could let somebody into a community elsewhere.
    Without `by` it is whoever runs the house. Raises CannotMerge.
    """
    if by is not None and not (keeps_all_desks(by, kept) and keeps_all_desks(by, other)):
        raise people.CannotMerge(
            gettext("One of them takes part in a community that you do not facilitate. Ask whoever runs the site to bring them together.")
        )
    with transaction.atomic():
        communities.unite(kept, other, at=at)
        return people.merge(kept, other, by=by, at=at)


# Letters to many


class NotYet(ValueError):
    """A letter cannot go to anybody so; `str()` says why."""


def ask_for_consent(
    community: Community, *, words: str, until: datetime, mailed: bool, by: Person | None, at: datetime
) -> Mailing:
    """Ask those who moved in without evidence whether they agree; each once, whatever happens (G3). `tend` sends the letters.

    `mailed`: until the day what goes to many reaches them; else nothing does before they say yes. After it, nothing in any case.
    """
    if until <= at:
        raise NotYet(gettext("Choose a day that is still to come."))
    with transaction.atomic():
        mailing = _begin(community, Mailing.Kind.CONSENT, words, by=by, at=at, until=until, mailed=mailed)
        communities.mail_until(lookups.to_be_asked(community), until=until if mailed else at)
    return mailing


def welcome_all(community: Community, *, words: str, by: Person | None, at: datetime) -> Mailing:
    """Welcome all who moved in and agreed, and whoever agrees later, each once. `tend` sends the letters."""
    with transaction.atomic():
        return _begin(community, Mailing.Kind.WELCOME, words, by=by, at=at)


def _begin(
    community: Community, kind: str, words: str, *, by: Person | None, at: datetime, until: datetime | None = None, mailed: bool = False
) -> Mailing:
    Mailing.objects.filter(community=community, kind=kind, ended_at=None).update(ended_at=at)
    return Mailing.objects.create(
        community=community, kind=kind, words=words.strip()[:10_000], until=until, mailed=mailed, by=by, at=at
    )


def send_due(mailing: Mailing, *, at: datetime, at_most: int = rules.AT_ONCE) -> int:
    """Send some letters of a mailing; returns how many. Letter, ticket and note of it commit together."""
    return sum(_send(mailing, one, at=at) for one in lookups.due(mailing)[:at_most])


def _send(mailing: Mailing, member: Membership, *, at: datetime) -> bool:
    with transaction.atomic():
        address = first_address(member.person)
        if address is None:
            return False
        _, new = Sent.objects.get_or_create(membership=member, kind=mailing.kind, defaults={"mailing": mailing, "sent_at": at})
        if not new:
            return False  # another worker was here
        token = ""
        if mailing.until:
            token = people.issue(Ticket.Purpose.CONSENT, address, at=at, lives=mailing.until - at + rules.LATE, about=member.pk)
        letters.send(mailing, member.person, address, token, at=at)
    return True


def answer_consent(member: Membership, *, yes: bool, token: str, how: str, at: datetime) -> None:
    """What a member says to the letter that asks: they stay, with that as evidence, or leave. Raises TicketRefused."""
    with transaction.atomic():
        people.redeem(token, Ticket.Purpose.CONSENT, at=at)
        migration.claim(member.person)  # what they wrote before they moved in is theirs: the answer proves the address
        _note_answer(member, yes=yes, how=how, noted_by=None, at=at)


def note_consent(member: Membership, *, how: str, by: Person, at: datetime) -> None:
    """Write down that a member agreed otherwise, such as on the telephone; `how` is told as the evidence."""
    if not how.strip():
        raise NotYet(gettext("Write how they agreed: “on the telephone”."))
    with transaction.atomic():
        people.void(Ticket.Purpose.CONSENT, member.pk, at=at)
        _note_answer(member, yes=True, how=how.strip(), noted_by=by, at=at)


def _note_answer(member: Membership, *, yes: bool, how: str, noted_by: Person | None, at: datetime) -> None:
    answer = Sent.Answer.YES if yes else Sent.Answer.NO
    Sent.objects.filter(membership=member, kind=Mailing.Kind.CONSENT).update(answer=answer, answered_at=at)
    if yes:
        wording = letters.question(member.community, letters.language_of(member.person, member.community))
        communities.agree(member, wording=wording, source=how, given_at=at, at=at, noted_by=noted_by)
    else:
        communities.leave(member.community, member.person, at=at)


def let_go(those: Iterable[Membership], *, at: datetime) -> int:
    """End the memberships of some who did not answer; returns how many. They may join again as anybody may."""
    with transaction.atomic():
        return sum(communities.leave(one.community, one.person, at=at) for one in those)


def end_mailing(mailing: Mailing, *, at: datetime) -> None:
    """Send no further letter of a mailing, and remind nobody of it."""
    Mailing.objects.filter(pk=mailing.pk, ended_at=None).update(ended_at=at)


# What is handed in on the pages, and carried out by the worker (`carrying.py`)

LEASE = timedelta(minutes=15)  # the headers of a large archive are read without a word
PATIENCE = 3  # attempts, each after the worker before died with it


def hand_in(community: Community, kind: str, name: str, content: Iterable[bytes], *, by: Person, at: datetime) -> Handed:
    """Keep a file of an archive or of members, however large; a list of members waits until its columns are confirmed."""
    plain = re.sub(r"[^\w.\- ]+", "_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")[-100:] or "file"
    folder = lookups.handed_in() / uuid.uuid4().hex
    folder.mkdir(parents=True)
    size = 0
    try:
        with (folder / plain).open("xb") as file:
            for piece in content:
                size += file.write(piece)
        asks = kind == Handed.Kind.MEMBERS
        state = Handed.State.ASKING if asks else Handed.State.WAITING
        return Handed.objects.create(
            community=community, kind=kind, name=plain, folder=folder.name, size=size, by=by, at=at, state=state, due_at=at
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def confirm_columns(one: Handed, meant: list[str], terms: Terms, *, at: datetime) -> None:
    """Let the worker make members of a list whose columns somebody has confirmed."""
    told = terms._asdict() | {"given_on": terms.given_on.isoformat() if terms.given_on else None}
    Handed.objects.filter(pk=one.pk, state=Handed.State.ASKING).update(
        state=Handed.State.WAITING, terms={"meant": meant, **told}, due_at=at
    )


def claim_handed(claim: str, *, at: datetime) -> Handed | None:
    """Take what waits longest, for a while."""
    taken = claims.claim(Handed, limit=1, claim=claim, lease=LEASE, at=at, columns=("id",))
    return Handed.objects.select_related("community", "by").get(pk=taken[0][0]) if taken else None


def note_progress(one: Handed, claim: str, *, read: int, of: int, at: datetime) -> bool:
    """Write down how far it has come, and hold it longer; False if another worker has it."""
    Handed.objects.filter(pk=one.pk, claim=claim).update(read=read, of=of)
    return bool(claims.renew(Handed, ids=[one.pk], claim=claim, lease=LEASE, at=at))


def give_back(one: Handed, claim: str, *, at: datetime) -> None:
    """Let another worker, or this one later, go on with it."""
    claims.release(Handed, ids=[one.pk], claim=claim, at=at, uncount=True)


def finish_handed(one: Handed, claim: str, *, account: Mapping[str, Any]) -> None:
    """It is carried out; the file itself is needed no more, since every message's bytes are kept."""
    if Handed.objects.filter(pk=one.pk, claim=claim).update(state=Handed.State.DONE, account=account, claim=""):
        shutil.rmtree(lookups.path_of(one).parent, ignore_errors=True)


def refuse_handed(one: Handed, claim: str, *, note: str) -> None:
    """It cannot be carried out; the note tells whoever handed it in why."""
    Handed.objects.filter(pk=one.pk, claim=claim).update(state=Handed.State.REFUSED, note=note, claim="")


def throw_away(one: Handed) -> None:
    """Forget a file that nobody wants to be carried out; what was carried out of it stays."""
    Handed.objects.filter(pk=one.pk).delete()
    shutil.rmtree(lookups.path_of(one).parent, ignore_errors=True)


def tend(*, at: datetime) -> None:
    """Send letters that are due, some at each visit."""
    for mailing in Mailing.objects.filter(ended_at=None).select_related("community", "by").order_by("pk"):
        send_due(mailing, at=at)
