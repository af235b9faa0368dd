"""A consultation on paper: the draft with the numbers of its passages, and the proceedings, as DOCX and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from talanoa.consultations import letters, telling
from talanoa.consultations.models import Comment, Consultation, Passage, Version
from talanoa.publishing import paper, word
from talanoa.publishing.publication import Piece, Publication, directed, heading, said

DOCX = word.MEDIA_TYPE
LOWEST = 3  # the levels of headings that paper has


def file_name(of: Consultation, version: Version | None, ending: str, *, what: str = "draft") -> str:
    """A name that tells people what they saved: "consultation-3-draft-2.docx"."""
    number = f"-{version.number}" if version else ""
    return f"consultation-{of.number or of.pk}-{what}{number}.{ending}"


def numbered_docx(of: Consultation, version: Version, passages: Sequence[Passage]) -> bytes:
    """The draft with the number of each passage in brackets, to be commented in Word and sent back."""
    return word.file(_numbered(of, version, passages))


def numbered_pdf(of: Consultation, version: Version, passages: Sequence[Passage]) -> bytes:
    """The same to be printed."""
    return paper.pdf(_numbered(of, version, passages))


def proceedings(of: Consultation, version: Version, passages: Sequence[Passage], comments: Sequence[Comment], ending: str) -> bytes:
    """All contributions with their answers, in the order of the passages, beneath the summary; the caller has asked who may read them."""
    with translation.override(of.community.language):
        pieces = list(_proceedings(of, passages, comments))
    made = _publication(of, version, _("Proceedings of consultation %(number)d") % {"number": of.number or 0}, pieces)
    return word.file(made) if ending == "docx" else paper.pdf(made)


def _numbered(of: Consultation, version: Version, passages: Sequence[Passage]) -> Publication:
    with translation.override(of.community.language):
        kind = _("Consultation %(number)d, draft %(version)d") % {"number": of.number or 0, "version": version.number}
        how = _(
            "To comment, answer by mail with the number of a passage (12: …), or write comments and changes into this file and return it."
        )
        pieces = [said("title", of.title), said("line", kind), said("line", how)]
        pieces += [directed(_passage(one)) for one in passages]
    return _publication(of, version, kind, pieces)


def _passage(one: Passage) -> Piece:
    runs = [{"t": f"[{one.label}] ", "small": True}, {"t": one.text}]
    if one.kind == "heading":
        return {**heading(min(LOWEST, max(1, one.level)), "", f"passage_{one.label}"), "runs": [{"t": f"[{one.label}] {one.text}"}]}
    return {"is": "item" if one.kind == "item" else "p", "runs": runs}


def _proceedings(of: Consultation, passages: Sequence[Passage], comments: Sequence[Comment]) -> Iterator[Piece]:
    yield said("title", of.title)
    days = _("Open from %(begin)s to %(end)s") % {"begin": letters.day(of, of.opened_at), "end": letters.day(of, of.closes_at)}
    yield said("line", days)
    if of.summary:
        yield heading(1, _("Summary"), "summary")
        yield from (directed(said("p", one)) for one in re.split(r"\n\s*\n", of.summary) if one.strip())
    if of.unanswered_because:
        yield directed(said("p", _("Some comments have no answer. The reason: %(why)s") % {"why": of.unanswered_because}))
    yield heading(1, _("Comments and answers"), "comments")
    texts: Mapping[str, str] = {one.label: one.text for one in passages}
    last: object = None
    for one in comments:
        if one.labels != last:
            last = one.labels
            yield heading(2, _("On %(labels)s") % {"labels": ", ".join(one.labels)} if one.labels else _("On the whole"), f"on{one.number}")
            yield from (directed({"is": "quote", "runs": [{"t": f"[{label}] {texts[label]}"}]}) for label in one.labels if label in texts)
        yield from _comment(one)


def _comment(one: Comment) -> Iterator[Piece]:
    who = ", ".join(filter(None, (one.submission.name, one.submission.organisation)))
    named = (
        _("%(who)s in the name of %(whom)s") % {"who": who, "whom": one.submission.in_the_name_of} if one.submission.in_the_name_of else who
    )
    # A heading, so that no page ends with a name whose words stand on the next.
    yield heading(LOWEST, f"#{one.number} {named}" + (f" ({_('late')})" if one.late else ""), f"comment{one.number}")
    for name, words in (("", one.text), (_("Proposed:"), one.proposed), (_("Rationale:"), one.rationale), (_("Source:"), one.source)):
        if words:
            yield directed(said("p", f"{name} {words}".strip()))
    if one.answer or one.state in ("accepted", "modified", "declined", "deferred"):
        yield directed(said("quote", f"{_('Answer')} ({telling.STATES[one.state]}): {one.answer}".rstrip(": ")))
    if one.reaction:
        yield directed(said("quote", f"{one.submission.name} {telling.REACTIONS[one.reaction]}. {one.reaction_words}".strip()))


def _publication(of: Consultation, version: Version, kind: str, pieces: Sequence[Piece]) -> Publication:
    return Publication(
        title=of.title,
        author=of.prepared_by.name if of.prepared_by else of.community.name,
        issued_at=version.published_at or version.at,
        language=of.community.language,
        community=of.community.name,
        kind=kind,
        version=version.number,
        pieces=pieces,
    )
