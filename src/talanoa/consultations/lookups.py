"""Questions about consultations, on behalf of somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Value, When

from talanoa.communities.lookups import Standing, facilitated, standing
from talanoa.communities.models import Community
from talanoa.consultations import rules
from talanoa.consultations.grouping import groups
from talanoa.consultations.models import Comment, Consultation, Passage, Submission, Version
from talanoa.consultations.phasing import lookups as phasing
from talanoa.conversations.lookups import bound_for
from talanoa.mail import tokens
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.rows import is_there
from talanoa.people.models import Person

TOKEN = "comments"  # noqa: S105  the purpose of our tokens, not one of them
Stage = Consultation.Stage
CLOSED = frozenset({Stage.ANSWERING, Stage.REVIEW, Stage.FINAL})  # what is shown after the close is shown then


def consultations(here: Standing) -> QuerySet[Consultation]:
    """The consultations of a community that were opened, the latest first; none for who may not read it."""
    if not here.reads:
        return Consultation.objects.none()
    found = Consultation.objects.filter(community=here.community, number__isnull=False)
    return found.select_related("community", "prepared_by").order_by("-number")


def consultation(here: Standing, number: int) -> Consultation | None:
    """One that was opened, for who may read the community."""
    return consultations(here).filter(number=number).first()


def prepared(here: Standing) -> QuerySet[Consultation]:
    """Those that are not open yet, for facilitators and the authors of their drafts."""
    found = Consultation.objects.filter(community=here.community, stage=Stage.PREPARED).select_related("community")
    if here.facilitates:
        return found
    return found.filter(authors=here.person) if here.person and here.member else found.none()


def workplace(person: Person | None, pk: int) -> Consultation | None:
    """One at any stage, for those who may work on it."""
    found = Consultation.objects.select_related("community", "prepared_by").filter(pk=pk).first()
    return found if found and may_work_on(person, found) else None


def numbered(pk: int) -> Consultation | None:
    """One by its key, for the house itself."""
    return Consultation.objects.select_related("community").filter(pk=pk).first()


def unfinished(person: Person | None) -> QuerySet[Consultation]:
    """The consultations that want a facilitator's attention, in all the communities whose desk they keep."""
    if person is None:
        return Consultation.objects.none()
    found = Consultation.objects.filter(community__in=facilitated(person)).exclude(stage__in=[Stage.FINAL, Stage.DROPPED])
    return found.select_related("community").order_by("prepared_at")


def may_work_on(person: Person | None, of: Consultation) -> bool:
    """Whether somebody facilitates the community, or is an author of the draft and still belongs to the community."""
    here = standing(person, of.community)
    return here.facilitates or (person is not None and here.member and of.authors.filter(pk=person.pk).exists())


def may_comment(person: Person | None, of: Consultation) -> bool:
    """Whether somebody may comment and support: members, and who works on it."""
    here = standing(person, of.community)
    return here.member or here.facilitates or "secretariat" in here.roles


def reads_comments(person: Person | None, of: Consultation) -> bool:
    """Whether somebody may read what others commented (P1): as it was chosen when it began, and told to the commenters."""
    if may_work_on(person, of):
        return True
    if not standing(person, of.community).reads or of.visibility == Consultation.Visibility.AUTHORS:
        return False
    return of.visibility == Consultation.Visibility.OPEN or of.stage in CLOSED


def readable(here: Standing) -> QuerySet[Comment]:
    """The comments of all consultations of a community that somebody may read: those that everybody may, and their own."""
    if not here.reads:
        return Comment.objects.none()
    found = Comment.objects.filter(consultation__community=here.community, replaced_at=None)
    if here.facilitates:
        return found
    theirs = Q(pk__in=[])
    if here.person:
        theirs = Q(submission__person=here.person)
        if here.member:
            theirs |= Q(consultation__in=Consultation.objects.filter(authors=here.person))
    return found.filter(_for_readers() | theirs)


def _for_readers() -> Q:
    closed = Q(consultation__visibility=Consultation.Visibility.AFTER, consultation__stage__in=CLOSED)
    return Q(consultation__visibility=Consultation.Visibility.OPEN) | closed


def comments(person: Person | None, of: Consultation) -> QuerySet[Comment]:
    """The comments that somebody may read: all, or their own."""
    found = readable(standing(person, of.community)).filter(consultation=of)
    return found.select_related("submission", "submission__person", "owner", "beneath")


def comment(person: Person | None, of: Consultation, number: int) -> Comment | None:
    """One comment that somebody may read."""
    return comments(person, of).filter(number=number).first()


# The draft


def newest(of: Consultation, *, number: int | None = None) -> Version | None:
    """The latest version, or one by its number; of an opened consultation only what was published."""
    found = of.versions.order_by("-number")
    if of.stage != Stage.PREPARED:
        found = found.filter(published_at__isnull=False)
    return found.filter(number=number).first() if number else found.first()


def passages(version: Version) -> list[Passage]:
    """The passages of a version in their order."""
    return list(version.passages.order_by("place"))


def stretch(version: Version, begin: int, end: int) -> list[Passage]:
    """Some passages of a version by their places."""
    return list(version.passages.filter(place__gte=begin, place__lt=end).order_by("place"))


def headings(version: Version) -> list[tuple[str, str, int]]:
    """Label, text and place of the headings of a version."""
    return list(version.passages.filter(kind="heading").order_by("place").values_list("label", "text", "place"))


def place(version: Version, label: str) -> int:
    """Where a passage stands; 0 for one that is not there."""
    return version.passages.filter(label=label).values_list("place", flat=True).first() or 0


def labelled(version: Version) -> list[tuple[str, str, str]]:
    """The same as label, kind and text."""
    return list(version.passages.order_by("place").values_list("label", "kind", "text"))


def earlier(version: Version) -> list[tuple[str, str]]:
    """Label and text of passages as they stood in older versions, where they have changed since; the latest first."""
    now = set(version.passages.values_list("label", "text"))
    before = Passage.objects.filter(version__consultation=version.consultation_id, version__number__lt=version.number)
    found = before.order_by("-version__number", "place").values_list("label", "text")
    return list(dict.fromkeys(one for one in found if one not in now))


def labels_ever(of: Consultation) -> set[str]:
    """Every number that a passage of any version had; none is given twice."""
    return set(Passage.objects.filter(version__consultation=of).values_list("label", flat=True))


def changed_since(of: Consultation) -> dict[int, dict[str, str]]:
    """By number of version, what became of its passages since: "changed" or "gone", by their numbers; the others stayed."""
    every = list(of.versions.filter(published_at__isnull=False).order_by("number"))
    found: dict[int, dict[str, str]] = {}
    later: dict[str, str] = {}
    for before, after in reversed(list(pairwise(every))):
        changed = {label for label, how in after.passages.values_list("label", "how") if how not in ("same", "new")}
        there = set(after.passages.values_list("label", flat=True))
        old = before.passages.values_list("label", flat=True)
        mine = {label: "changed" if label in there else "gone" for label in old if label in changed or label not in there}
        later = {**mine, **later}
        found[before.number] = dict(later)
    return found


# What comes in


def meant(community: Community, letter: Letter, *, to_comments: bool, at: datetime) -> Consultation | None:
    """The consultation that a mail comments on: it answers it; or, to the address for comments, names it, or means the only one."""
    if not is_there(Consultation, community_id=community.pk):
        return None  # most communities, for whose mail nothing more is asked
    here = Consultation.objects.filter(community=community, number__isnull=False).exclude(stage=Stage.DROPPED).select_related("community")
    conversation = bound_for(community, letter, at=at)
    if conversation is not None and (found := here.filter(conversation=conversation).first()):
        return found
    if not to_comments:
        return None
    named = rules.about(letter.subject)
    if named is not None and (found := here.filter(number=named).first()):
        return found
    running = list(here.filter(stage__in=[Stage.OPEN, Stage.REVIEW]).order_by("-number")[:2])
    return running[0] if len(running) == 1 else None


def submitted(token: str) -> Submission | None:
    """What a letter of ours is about: the token in the address that it came from."""
    number = tokens.unseal(TOKEN, token)
    if number is None:
        return None
    return Submission.objects.select_related("consultation", "consultation__community", "person").filter(pk=number).first()


def commented_before(of: Consultation, message_id: str) -> bool:
    """Whether a mail was taken apart already (D5)."""
    return bool(message_id) and Submission.objects.filter(consultation=of, message_id=message_id).exists()


# The matrix


@dataclass(frozen=True, slots=True)
class Row:
    """A comment in the matrix."""

    comment: Comment
    became: str  # "changed" or "gone", of its passage since it was written
    supports: int
    alike: int  # how many other comments say nearly the same
    group: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Comments in the order of the passages, a page of them."""

    rows: Sequence[Row]
    total: int
    states: Counter[str]


def matrix(
    person: Person | None,
    of: Consultation,
    *,
    state: str = "",
    owner: int = 0,
    reaction: str = "",
    label: str = "",
    group: int = 0,
    unanswered: bool = False,
    unowned: bool = False,
    begin: int = 0,
    limit: int | None = None,
) -> Matrix:
    """The matrix that somebody may see, filtered; `group` is that of a comment by its number."""
    version = newest(of)
    order = {one: place for place, one in enumerate(version.passages.order_by("place").values_list("label", flat=True))} if version else {}
    # Plain rows first: of five thousand only those of the page are made.
    every = list(
        comments(person, of).values_list(
            "pk", "number", "labels", "state", "owner_id", "answer", "text", "proposed", "beneath_id", "reaction"
        )
    )
    states = Counter(row[3] for row in every)
    together = groups(tuple((row[1], tuple(row[2]), f"{row[6]}\n{row[7]}") for row in every if not row[8]))
    wanted = [
        row
        for row in every
        if (not state or row[3] == state)
        and (not owner or row[4] == owner)
        and (not reaction or row[9] == reaction)
        and (not label or label in row[2])
        and (not group or together.get(row[1], row[1]) == together.get(group, group))
        and (not (unanswered or unowned) or not (rules.answered(row[3], row[5]) or row[8] or row[9] == Comment.Reaction.WITHDREW))
        and (not unowned or row[4] is None)
    ]
    wanted.sort(key=lambda row: (*rules.in_order(row[2], order), row[8] or row[0], row[1]))
    shown = [row[0] for row in (wanted[begin : begin + limit] if limit else wanted[begin:])]
    sizes = Counter(together.values())
    made = Comment.objects.filter(pk__in=shown) if limit else Comment.objects.filter(consultation=of)
    made = made.select_related("submission", "submission__person", "submission__version", "owner", "answered_by", "beneath")
    found = {one.pk: one for one in made.annotate(supported=Count("supports"))}
    became = changed_since(of)
    rows = [
        Row(
            one := found[pk],
            next((how for passage in one.labels if (how := became.get(one.submission.version.number, {}).get(passage))), ""),
            one.supported,
            max(0, sizes.get(together.get(one.number, 0), 1) - 1),
            together.get(one.number, one.number),
        )
        for pk in shown
    ]
    return Matrix(rows, len(wanted), states)


def owed(of: Consultation) -> QuerySet[Comment]:
    """The comments that still have no answer; for the house itself, and those who may work on it."""
    settled = Q(state=Comment.State.ACCEPTED) | (Q(state__in=sorted(rules.SETTLED)) & ~Q(answer=""))
    living = Comment.objects.filter(consultation=of, replaced_at=None, beneath=None).exclude(reaction=Comment.Reaction.WITHDREW)
    return living.exclude(settled)


def unowned(of: Consultation) -> QuerySet[Comment]:
    """Those of them that nobody was asked to answer."""
    return owed(of).filter(owner=None)


def disputed(of: Consultation) -> QuerySet[Comment]:
    """The comments whose authors disagreed with the answer, where nothing was answered since."""
    those = Comment.objects.filter(consultation=of, replaced_at=None, reaction=Comment.Reaction.DISAGREES)
    return those.filter(Q(answered_at=None) | Q(answered_at__lte=F("reacted_at")))


def untold(of: Consultation) -> QuerySet[Comment]:
    """The comments with an answer that their authors were not mailed yet."""
    settled = Comment.objects.filter(consultation=of, replaced_at=None, beneath=None, told_at=None, state__in=sorted(rules.SETTLED))
    return (
        settled.exclude(Q(answer="") & ~Q(state=Comment.State.ACCEPTED))
        .exclude(reaction=Comment.Reaction.WITHDREW)
        .select_related("submission", "submission__person")
    )


def on_passages(person: Person | None, of: Consultation, labels: Iterable[str]) -> dict[str, list[Comment]]:
    """The comments that somebody may read on some passages, each beneath its first that is among them; "" is the whole."""
    wanted = set(labels)
    found: dict[str, list[Comment]] = {}
    first = {
        pk: next((one for one in on if one in wanted), None if on else "")
        for pk, on in comments(person, of).filter(beneath=None).values_list("pk", "labels")
    }
    shown = {pk: label for pk, label in first.items() if label is not None and (label or "" in wanted)}
    for one in comments(person, of).filter(pk__in=list(shown)).annotate(supported=Count("supports")).order_by("number"):
        found.setdefault(shown[one.pk] or "", []).append(one)
    return found


def answers_beneath(person: Person | None, of: Consultation, those: Iterable[Comment]) -> dict[int, list[Comment]]:
    """What others answered to comments, by their keys."""
    found: dict[int, list[Comment]] = {}
    for one in comments(person, of).filter(beneath__in=[one.pk for one in those]).order_by("number"):
        found.setdefault(one.beneath_id or 0, []).append(one)
    return found


def counted(person: Person | None, of: Consultation) -> dict[str, int] | None:
    """How many comments, commenters and organisations there are; None for who may not know."""
    if not reads_comments(person, of):
        return None
    those = Submission.objects.filter(consultation=of, comments__replaced_at=None, comments__isnull=False).distinct()
    return {
        "comments": Comment.objects.filter(consultation=of, replaced_at=None, beneath=None).count(),
        "commenters": len({one.person_id or one.name for one in those}),
        "organisations": len({one.organisation.casefold() for one in those if one.organisation}),
    }


def clock(of: Consultation) -> rules.Clock:
    """The moments of an opened consultation."""
    assert of.opened_at is not None
    assert of.closes_at is not None
    assert of.answers_due_at is not None
    lasts = phasing.phase(of)
    return rules.Clock(lasts.begun_at if lasts and lasts.begun_at else of.opened_at, of.closes_at, of.answers_due_at, of.review_ends_at)


# For the index, which asks `readable` before it shows any


def kept() -> QuerySet[Comment]:
    """All comments of every community that stand, in the order of their keys, each with `for_readers`: whether all readers may read it."""
    found = Comment.objects.filter(replaced_at=None).order_by("pk")
    everybody = Case(When(_for_readers(), then=Value(value=True)), default=Value(value=False), output_field=BooleanField())
    return found.annotate(for_readers=everybody)


def authors_of(those: Iterable[int]) -> dict[int, list[int]]:
    """The keys of the authors of some drafts, by consultation."""
    found: dict[int, list[int]] = {}
    rows = Consultation.authors.through.objects.filter(consultation__in=those)
    for consultation_, person in rows.order_by("person").values_list("consultation", "person"):
        found.setdefault(consultation_, []).append(person)
    return found
