"""The comments of consultations, each with its answer; for everybody who reads the community, or for those who may read it alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from talanoa.consultations import lookups as consultations
from talanoa.consultations.models import Comment
from talanoa.search.engine import Entry
from talanoa.search.sources import LEADING, READERS, Changes, Held, Shown, Standings, alone, audience, compared, fingerprint

STANDING = 0.95
AT_ONCE = 1_000
# What is written of a comment stays; its answer, who may read it, and where its author lives do not.
FACTS = ("pk", "consultation", "for_readers", "answered_at", "submission__person__country")


class Comments:
    """Looked through as a whole, without their words."""

    number = 6
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - the index itself tells what it has
        now = dict(self.versions())
        gone, new = compared(now, held())
        if not gone and not new:
            return None
        new = new[:AT_ONCE]
        those = list(consultations.kept().filter(pk__in=new).select_related("consultation", "submission__person"))
        authors = consultations.authors_of({one.consultation_id for one in those})
        made = [_entry(one, authors.get(one.consultation_id, ()), now[one.pk]) for one in those]
        return Changes([*gone, *new], made, None, more=len(new) == AT_ONCE)

    def versions(self) -> Iterator[tuple[int, int]]:
        rows = list(consultations.kept().values_list(*FACTS))
        authors = consultations.authors_of({consultation for _, consultation, *_ in rows})
        for pk, consultation, for_readers, *told in rows:
            yield pk, fingerprint(pk, *told, for_readers, () if for_readers else authors.get(consultation))

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        found: dict[int, Shown] = {}
        places = set(Comment.objects.filter(pk__in=numbers).values_list("consultation__community", flat=True))
        for here in (standings[place] for place in places if place in standings):
            for one in consultations.readable(here).filter(pk__in=numbers).select_related("consultation", "submission"):
                of = one.consultation
                found[one.pk] = Shown(
                    kind="comment",
                    community=here.community,
                    title=of.title,
                    text=_text(one),
                    path=f"/c/{here.community.slug}/consultations/{of.number}/comments/{one.number}",
                    author=one.submission.name,
                    person=one.submission.person_id,
                    at=one.submission.at,
                    conversation=of.conversation_id,
                )
        return found


def _text(one: Comment) -> str:
    return "\n\n".join(filter(None, (one.text, one.proposed, one.rationale, one.source, one.answer)))


def _entry(one: Comment, authors: Sequence[int], version: int) -> Entry:
    of, sent = one.consultation, one.submission
    here = of.community_id
    few = dict.fromkeys((*authors, *([sent.person_id] if sent.person_id else [])))
    everybody = bool(getattr(one, "for_readers", False))
    return Entry(
        number=one.pk,
        audiences=(audience(here, READERS),) if everybody else (audience(here, LEADING), *(alone(here, person) for person in few)),
        group=of.conversation_id or 0,
        kind="comment",
        at=sent.at,
        title=of.title,
        text=_text(one),
        people=sent.name,
        person=sent.person_id or 0,
        countries=(sent.person.country,) if sent.person and sent.person.country else (),
        standing=STANDING,
        version=version,
    )
