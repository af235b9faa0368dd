"""The verbs of consultations: prepare, upload, arrange, open, comment, answer, tell, react, extend, close, go on, renew, conclude, drop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext

from talanoa.communities.lookups import facilitators, one_at_a_time, standing
from talanoa.communities.models import Community
from talanoa.consultations import letters, lookups, passages, rules, telling
from talanoa.consultations.commenting.actions import (
    answer,
    answer_letter,
    assign,
    comment,
    locked,
    react,
    support,
    take,
    take_file,
    tell,
    tell_all,
    write_down,
)
from talanoa.consultations.models import Comment, Consultation, Passage, Reminded, Version
from talanoa.consultations.phasing import lookups as phasing
from talanoa.consultations.phasing.actions import Planned, arrange, attached, close, extend, go_on, look_again, open_, say, workers
from talanoa.consultations.refusals import CommentedBefore, NotNow, NotYours, Wanting
from talanoa.documents.blocks import Block
from talanoa.documents.reading import read as read_document
from talanoa.documents.refusals import NotRead
from talanoa.people.models import Person

__all__ = [
    "CommentedBefore", "NotNow", "NotRead", "NotYours", "Planned", "Wanting", "add_author", "answer", "answer_letter",
    "arrange", "assign", "change", "close",
    "comment",
    "conclude", "drop", "extend", "go_on", "open_",
    "prepare", "react", "remove_author", "renew", "support", "take", "take_file", "tell", "tend", "upload",
]  # fmt: skip

Stage = Consultation.Stage


# The draft


def prepare(
    community: Community,
    *,
    title: str,
    text: str,
    visibility: str,
    data: bytes = b"",
    name: str = "",
    media_type: str = "",
    questions: Sequence[str] = (),
    by: Person,
    at: datetime,
) -> Consultation:
    """Begin a consultation on a file, or on questions; nobody is told yet. NotRead says why a file cannot be taken."""
    if not standing(by, community).facilitates:
        raise NotYours
    asked = [" ".join(one.split()) for one in questions if one.strip()]
    if not title.strip() or not (data or asked):
        raise Wanting(gettext("A consultation has a title, and a draft or questions."))
    blocks, whole = ([Block("question", one) for one in asked], True) if asked else _read(data, name, media_type)
    with transaction.atomic():
        made = Consultation.objects.create(
            community=community,
            kind=Consultation.Kind.QUESTIONS if asked else Consultation.Kind.DRAFT,
            visibility=Consultation.Visibility(visibility),
            title=" ".join(title.split()),
            text=text.strip(),
            prepared_by=by,
            prepared_at=at,
        )
        _keep_version(made, blocks, data, name=name, media_type=media_type, whole=whole, by=by, at=at)
        write_down(made, "prepared", by=by, at=at)
    return made


def upload(of: Consultation, *, data: bytes, name: str, media_type: str = "", note: str = "", by: Person, at: datetime) -> Version:
    """Take in the next draft. Before the opening it replaces the first; later it waits until it is published (`renew`)."""
    blocks, whole = _read(data, name, media_type)
    with transaction.atomic():
        locked(of, "renew", by)
        if of.kind != Consultation.Kind.DRAFT:
            raise Wanting(gettext("This consultation asks questions; it has no draft."))
        # A draft that nobody has seen yet leaves no trace.
        of.versions.filter(published_at=None).delete()
        made = _keep_version(of, blocks, data, name=name, media_type=media_type, whole=whole, note=note, by=by, at=at)
        write_down(of, "uploaded", by=by, at=at, why=name)
    return made


def _read(data: bytes, name: str, media_type: str) -> tuple[tuple[Block, ...], bool]:
    document = read_document(data, name=name, media_type=media_type)
    return document.blocks, document.whole


def _keep_version(
    of: Consultation,
    blocks: Iterable[Block],
    data: bytes,
    *,
    name: str,
    media_type: str,
    whole: bool,
    note: str = "",
    by: Person,
    at: datetime,
) -> Version:
    before = of.versions.order_by("-number").first()
    try:
        if before is None:
            found = passages.cut(blocks)
        else:
            old = [passages.Passage(one.label, one.kind, one.level, one.text) for one in lookups.passages(before)]
            found = passages.carry_on(old, blocks, lookups.labels_ever(of))
    except passages.TooManyPassages as fault:
        raise Wanting(gettext("This draft has more than %(most)d passages. Divide it.") % {"most": passages.MOST}) from fault
    digest = hashlib.sha256(data).hexdigest() if data else ""
    path = f"{digest[:2]}/{digest}" if data else ""
    if data and not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(data))
    made = Version.objects.create(
        consultation=of,
        number=before.number + 1 if before else 1,
        name=name[:255],
        media_type=media_type[:127],
        digest=digest,
        file=path,
        note=note.strip(),
        whole=whole,
        by=by,
        at=at,
    )
    Passage.objects.bulk_create(
        Passage(
            version=made, place=place, label=one.label, kind=one.kind, level=one.level, text=one.text,
            how=one.how, moved=one.moved, origins=list(one.origins),
        )
        for place, one in enumerate(found)
    )  # fmt: skip
    return made


def change(of: Consultation, *, title: str, text: str, visibility: str, by: Person, at: datetime) -> None:
    """Change what is not announced yet. How comments are seen cannot change later: it was promised to the commenters."""
    with transaction.atomic():
        locked(of, "change", by)
        if not title.strip():
            raise Wanting(gettext("A consultation has a title."))
        of.title, of.text, of.visibility = " ".join(title.split()), text.strip(), Consultation.Visibility(visibility)
        of.save(update_fields=["title", "text", "visibility"])
    del at


def add_author(of: Consultation, person: Person, *, by: Person) -> None:
    """Let a member be an author of the draft: they read all comments and answer them."""
    if not standing(by, of.community).facilitates:
        raise NotYours
    if not standing(person, of.community).member:
        raise Wanting(gettext("Authors of the draft are members of the community."))
    of.authors.add(person)


def remove_author(of: Consultation, person: Person, *, by: Person) -> None:
    """Let an author of the draft be one no more."""
    if not standing(by, of.community).facilitates:
        raise NotYours
    of.authors.remove(person)


# Its course


def renew(of: Consultation, *, by: Person, at: datetime, review_until: datetime | None = None) -> Version:
    """Publish the draft that was uploaded last: everybody is shown what changed. After the close the phase begins that looks at it."""
    with transaction.atomic():
        locked(of, "renew", by)
        if of.stage == Stage.PREPARED:
            raise NotNow(of)
        version = of.versions.filter(published_at=None).first()
        before = lookups.newest(of)
        if version is None or before is None:
            raise Wanting(gettext("Upload the new draft first."))
        version.published_at = at
        version.save(update_fields=["published_at"])
        if of.stage in (Stage.ANSWERING, Stage.REVIEW):
            look_again(of, until=review_until, at=at)
        changed, gone = telling.changes(lookups.passages(before), lookups.passages(version))
        told = [(one.passage, telling.in_marks(one.pieces)) for one in changed]
        if sum(len(words) for _, words in told) > letters.MOST_IN_A_MAIL:
            told, gone = [], []
        say(of, *letters.renewed(of, version, told, gone), by=by, at=at, attachments=attached(of, version))
        write_down(of, "renewed", by=by, at=at, why=version.note)
    return version


def conclude(of: Consultation, *, summary: str, because: str = "", by: Person, at: datetime) -> None:
    """End it, with a summary. While a comment has no answer this needs a reason, which is published."""
    with transaction.atomic():
        locked(of, "conclude", by)
        owed = lookups.owed(of).count()
        if not summary.strip():
            raise Wanting(gettext("Write the summary first."))
        if owed and not because.strip():
            raise Wanting(gettext("%(count)d comments have no answer. Answer them, or give a reason; it is published.") % {"count": owed})
        tell_all(of, at=at)
        of.stage, of.concluded_at = Stage.FINAL, at
        of.summary, of.unanswered_because = summary.strip(), because.strip() if owed else ""
        of.save(update_fields=["stage", "concluded_at", "summary", "unanswered_because"])
        say(of, *letters.concluded(of, told={"owed": owed}), by=by, at=at)
        write_down(of, "concluded", by=by, at=at, why=of.unanswered_because)


def drop(of: Consultation, *, why: str, by: Person, at: datetime) -> None:
    """Do not hold it, with a reason. Its comments stay with those who work on it."""
    with transaction.atomic():
        locked(of, "drop", by)
        if of.stage == Stage.OPEN and not why.strip():
            raise Wanting(gettext("Write a reason; the members will read it."))
        if of.stage == Stage.OPEN:
            say(of, f"{of.title}: {telling.STAGES['dropped']}", why.strip() + "\n", by=by, at=at)
        of.stage = Stage.DROPPED
        of.save(update_fields=["stage"])
        write_down(of, "dropped", by=by, at=at, why=why.strip())


# Time


def tend(*, at: datetime) -> None:
    """End the phases that are over, and remind; whatever stopped this before, nothing happens twice."""
    for pk in list(Consultation.objects.filter(stage=Stage.OPEN, closes_at__lte=at).values_list("pk", flat=True)[:100]):
        if of := lookups.numbered(pk):
            try:
                close(of, by=None, at=at)
            except NotNow:
                continue  # another worker was first
    for of in phasing.over(at):
        try:
            go_on(of, by=None, at=at)
        except (NotNow, Wanting):
            continue  # another worker was first, or somebody has commented meanwhile
    for of in Consultation.objects.filter(stage__in=[Stage.OPEN, Stage.ANSWERING, Stage.REVIEW]).select_related("community"):
        _remind(of, at)


def _remind(of: Consultation, at: datetime) -> None:
    owed = lookups.owed(of).count() if of.stage == Stage.ANSWERING else 0
    due = rules.reminders_due(lookups.clock(of), stage=of.stage, owed=owed, at=at)
    if not due or set(due) <= set(of.reminded.values_list("kind", flat=True)):
        return
    with transaction.atomic():
        one_at_a_time(of.community)
        sent = set(of.reminded.values_list("kind", flat=True))
        fresh = [kind for kind in due if kind not in sent]
        Reminded.objects.bulk_create(Reminded(consultation=of, kind=kind, at=at) for kind in fresh)
        if not fresh:
            return
        if fresh[-1] in ("half", "closing"):
            visible = lookups.comments(None, of) if of.visibility == Consultation.Visibility.OPEN else Comment.objects.none()
            if of.visibility == Consultation.Visibility.OPEN:
                visible = Comment.objects.filter(consultation=of, replaced_at=None, beneath=None).select_related("submission")
            count = Comment.objects.filter(consultation=of, replaced_at=None, beneath=None).count()
            sender = of.prepared_by or facilitators(of.community).first()
            if sender:
                say(of, *letters.so_far(of, list(visible.order_by("number")[:100]), count=count), by=sender, at=at)
            return
        for person in workers(of):
            letters.reminder(of, person, kind=fresh[-1], owed=owed, at=at)
