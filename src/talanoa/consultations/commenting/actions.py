"""The verbs of comments: comment, take, support, react, assign, answer, tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from talanoa.communities.lookups import one_at_a_time
from talanoa.consultations import letters, lookups, rules, taking, telling
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment, Consultation, Event, Submission, Support
from talanoa.consultations.refusals import CommentedBefore, NotNow, NotYours, Wanting
from talanoa.documents.reading import read as read_document
from talanoa.mail.models import Received
from talanoa.mail.reading.parsing import Letter
from talanoa.people.models import Person

Stage = Consultation.Stage


def comment(
    of: Consultation, said: Sequence[Said], *, by: Person, in_the_name_of: str = "", beneath: Comment | None = None, at: datetime
) -> list[Comment]:
    """Comments that somebody wrote on the pages; `beneath` answers a comment that they may read."""
    with transaction.atomic():
        locked(of, "comment")
        if not lookups.may_comment(by, of):
            raise NotYours
        if beneath and not lookups.comments(by, of).filter(pk=beneath.pk).exists():
            raise NotYours
        if not said or not all(one.text.strip() or one.proposed.strip() for one in said):
            raise Wanting(gettext("Write your comment, or the wording that you propose."))
        made = _submission(of, by, by.name, in_the_name_of=in_the_name_of, at=at)
        return _keep(made, said, beneath=beneath)


def take_file(of: Consultation, *, data: bytes, name: str, by: Person, at: datetime) -> list[Comment]:
    """The comments in a file that somebody handed in on the pages: Word comments, tracked changes, a filled matrix."""
    document = read_document(data, name=name)
    with transaction.atomic():
        locked(of, "comment")
        if not lookups.may_comment(by, of):
            raise NotYours
        version = lookups.newest(of)
        assert version is not None
        said = taking.in_document(document, lookups.labelled(version))
        return _keep(_submission(of, by, by.name, in_the_name_of="", at=at, files=[name]), said) if said else []


def take(of: Consultation, letter: Letter, *, author: Person | None, name: str, received: Received | None, at: datetime) -> Submission:
    """A mail with comments, in its words, its quotations or its files; its author gets a receipt with how it was understood.

    Runs in the caller's transaction. Nothing of it goes to the members by mail.
    """
    locked(of, "comment")
    if lookups.commented_before(of, letter.message_id or "") or (received and Submission.objects.filter(received=received).exists()):
        raise CommentedBefore
    version = lookups.newest(of)
    assert version is not None
    reactions, taken = taking.take(letter, lookups.labelled(version), lookups.earlier(version))
    made = _submission(
        of,
        author,
        author.name if author else name,
        in_the_name_of=taken.in_the_name_of,
        at=at,
        letter=letter,
        received=received,
        files=taken.files,
    )
    kept = _keep(made, taken.said)
    if author and reactions:
        letters.reacted(made, _react(of, author, reactions, at=at), answers=letter.message_id or "", at=at)
    if kept or taken.files or not reactions:
        letters.receipt(made, kept, {label: text for label, _, text in lookups.labelled(version)}, at=at)
    return made


def answer_letter(made: Submission, letter: Letter, *, author: Person, at: datetime) -> str:
    """A commenter's answer to a receipt or to our answers: reactions are written down, comments replace those that have no answer yet."""
    of = made.consultation
    locked(of, "comment")
    version = lookups.newest(of)
    assert version is not None
    reactions, taken = taking.take(letter, lookups.labelled(version), lookups.earlier(version))
    if reactions:
        letters.reacted(made, _react(of, author, reactions, at=at), answers=letter.message_id or "", at=at)
    if taken.said:
        kept = _replace(made, taken.said, at=at)
        letters.receipt(made, kept, {label: text for label, _, text in lookups.labelled(version)}, at=at, again=True)
    return "reacted" if reactions and not taken.said else "replaced" if taken.said else ""


def _replace(made: Submission, said: Sequence[Said], *, at: datetime) -> list[Comment]:
    """Put a better reading in the place of comments without an answer; what is the same stays, with who supports it."""
    open_ones = {
        (tuple(one.labels), one.text, one.proposed): one
        for one in made.comments.filter(replaced_at=None, state__in=["new", "assigned"], answer="")
    }
    stays = [open_ones.pop(key) for one in said if (key := (one.labels, one.text.strip(), one.proposed.strip())) in open_ones]
    same = {(tuple(one.labels), one.text, one.proposed) for one in stays}
    Comment.objects.filter(pk__in=[one.pk for one in open_ones.values()]).update(replaced_at=at)
    fresh = _keep(made, [one for one in said if (one.labels, one.text.strip(), one.proposed.strip()) not in same])
    return sorted([*stays, *fresh], key=lambda one: one.number)


def _submission(
    of: Consultation,
    person: Person | None,
    name: str,
    *,
    in_the_name_of: str,
    at: datetime,
    letter: Letter | None = None,
    received: Received | None = None,
    files: Sequence[str] = (),
) -> Submission:
    version = lookups.newest(of)
    assert version is not None
    return Submission.objects.create(
        consultation=of,
        version=version,
        person=person,
        name=name[:200] or gettext("A member"),
        organisation=(person.organisation if person else "")[:200],
        in_the_name_of=in_the_name_of.strip()[:200],
        received=received,
        message_id=(letter.message_id or "") if letter else "",
        files=list(files),
        at=at,
    )


def _keep(made: Submission, said: Sequence[Said], *, beneath: Comment | None = None) -> list[Comment]:
    of = made.consultation
    highest = Comment.objects.filter(consultation=of).aggregate(last=Max("number"))["last"] or 0
    changed = (
        frozenset(made.version.passages.exclude(how="same").values_list("label", flat=True)) if of.stage == Stage.REVIEW else frozenset()
    )
    return Comment.objects.bulk_create(
        Comment(
            consultation=of,
            number=number,
            submission=made,
            labels=list(one.labels),
            beneath=beneath,
            text=one.text.strip(),
            proposed=one.proposed.strip(),
            rationale=one.rationale.strip(),
            source=one.source.strip(),
            late=rules.is_late(of.stage, one.labels, changed),
        )
        for number, one in enumerate(said, highest + 1)
    )


def support(those: Comment, *, by: Person, yes: bool = True, at: datetime) -> None:
    """Support a comment that one may read, or do so no more."""
    with transaction.atomic():
        locked(those.consultation, "support")
        if not lookups.may_comment(by, those.consultation) or not lookups.comments(by, those.consultation).filter(pk=those.pk).exists():
            raise NotYours
        if yes:
            Support.objects.get_or_create(comment=those, person=by, defaults={"at": at})
        else:
            Support.objects.filter(comment=those, person=by).delete()


def react(those: Comment, act: str, *, words: str = "", by: Person, at: datetime) -> None:
    """A commenter agrees or disagrees with the answer to their comment, or withdraws it."""
    with transaction.atomic():
        locked(those.consultation, "react")
        if those.submission.person_id != by.pk:
            raise NotYours
        _write_reaction(those, act, words, at=at)


def _write_reaction(those: Comment, act: str, words: str, *, at: datetime) -> None:
    those.reaction, those.reaction_words, those.reacted_at = Comment.Reaction(act), words.strip(), at
    those.save(update_fields=["reaction", "reaction_words", "reacted_at"])


def _react(of: Consultation, by: Person, reactions: Sequence[rules.Reaction], *, at: datetime) -> list[str]:
    """Write reactions from a mail down; returns a sentence for each."""
    done = []
    for one in reactions:
        found = lookups.comment(by, of, one.number)
        what = gettext("#%(number)d: %(what)s") % {"number": one.number, "what": telling.REACTIONS.get(one.act, gettext("supported"))}
        if found is None:
            done.append(gettext("#%(number)d: there is no such comment that you can read.") % {"number": one.number})
        elif one.act == "supports":
            if of.stage in rules.MAY["support"]:
                Support.objects.get_or_create(comment=found, person=by, defaults={"at": at})
            done.append(
                what
                if of.stage in rules.MAY["support"]
                else gettext("#%(number)d: comments are not supported any more.") % {"number": one.number}
            )
        elif found.submission.person_id != by.pk:
            done.append(gettext("#%(number)d is somebody else's comment; nothing was changed.") % {"number": one.number})
        else:
            _write_reaction(found, one.act, one.words, at=at)
            done.append(what)
    return done


# Answers


def assign(those: Iterable[Comment], *, owner: Person | None, by: Person, at: datetime) -> None:
    """Say who answers some comments of one consultation."""
    del at
    with transaction.atomic():
        for one in those:
            locked(one.consultation, "answer", by)
            if owner and not lookups.may_work_on(owner, one.consultation):
                raise Wanting(gettext("Comments are answered by facilitators and authors of the draft."))
            one.owner = owner
            one.state = (
                Comment.State.ASSIGNED if owner and one.state == "new" else "new" if not owner and one.state == "assigned" else one.state
            )
            one.save(update_fields=["owner", "state"])


def answer(those: Iterable[Comment], *, state: str, words: str, by: Person, at: datetime, seen: datetime | None = None) -> None:
    """Answer one comment, or the same point in many. `seen` is when the answer that the writer saw was given:
    where somebody else has answered since, nothing is overwritten."""
    with transaction.atomic():
        for one in sorted(those, key=lambda comment: comment.pk):
            locked(one.consultation, "answer", by)
            one.refresh_from_db()
            if one.answered_at and one.answered_by_id != by.pk and (seen is None or one.answered_at > seen):
                raise Wanting(
                    gettext("%(name)s has answered #%(number)d meanwhile: “%(words)s”. Look at it, and answer again if you must.")
                    % {"name": one.answered_by, "number": one.number, "words": one.answer[:200]}
                )
            if state in rules.SETTLED and not rules.answered(state, words):
                raise Wanting(gettext("Say why; the commenter will read it."))
            one.state, one.answer = Comment.State(state), words.strip()
            one.answered_by, one.answered_at, one.told_at = by, at, None
            one.save(update_fields=["state", "answer", "answered_by", "answered_at", "told_at"])


def tell(of: Consultation, *, by: Person, at: datetime) -> int:
    """Mail the commenters the answers that they were not mailed yet; returns how many got a letter."""
    with transaction.atomic():
        locked(of, "tell", by)
        count = tell_all(of, at=at)
        if count:
            write_down(of, "answers", by=by, at=at)
    return count


def tell_all(of: Consultation, *, at: datetime) -> int:
    """The same inside a verb that has asked who may."""
    by_person: dict[int, list[Comment]] = {}
    for one in lookups.untold(of).order_by("number"):
        if one.submission.person_id:
            by_person.setdefault(one.submission.person_id, []).append(one)
    for those in by_person.values():
        letters.answered(those[-1].submission, those, at=at)
        Comment.objects.filter(pk__in=[one.pk for one in those]).update(told_at=at)
    return len(by_person)


def locked(of: Consultation, verb: str, by: Person | None = None) -> None:
    """Hold the community, look at the consultation as it is now, and refuse what its stage or the person does not allow."""
    one_at_a_time(of.community)
    if by is not None and not lookups.may_work_on(by, of):
        raise NotYours
    of.refresh_from_db()
    if of.stage not in rules.MAY[verb]:
        raise NotNow(of)


def write_down(of: Consultation, what: str, *, by: Person | None, at: datetime, why: str = "") -> None:
    """Write down what happened."""
    Event.objects.create(consultation=of, what=what, by=by, at=at, why=why)
