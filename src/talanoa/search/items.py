"""Consolidated Replies in their latest version: each with its summary, and each experience and resource by itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from talanoa.language.places import country_of
from talanoa.publishing import document
from talanoa.replies import editions
from talanoa.replies.models import Edition
from talanoa.search.engine import Entry
from talanoa.search.sources import Changes, Held, Shown, Standings, audience, compared, fingerprint

SPAN = 100_000  # an entry's number is its edition's, times this, and its place in it; more than ten sections can hold
STANDING = {"reply": 1.3, "experience": 1.1, "resource": 1.1}
AT_ONCE = 50


class Item(NamedTuple):
    """A part of a Consolidated Reply that can be found by itself."""

    place: int
    kind: str
    title: str
    text: str
    countries: tuple[str, ...]


class Items:
    """Looked through as a whole: communities issue hundreds of replies, not millions."""

    number = 2
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - the index itself tells what it has
        now = {one.pk: one for one in editions.latest().defer("document")}
        versions = _versions(list(now.values()))
        before = list(held())
        gone, new = compared(versions, ((number // SPAN, version) for number, version in before if number % SPAN == 0))
        if not gone and not new:
            return None
        new = new[:AT_ONCE]
        leaving = {*gone, *new}
        withdrawn = editions.withdrawn_since([now[pk] for pk in new])
        made = [
            entry
            for one in Edition.objects.filter(pk__in=new).select_related("reply__query")
            for entry in _entries(one, document.without(one.document, withdrawn.get(one.pk, set())), versions[one.pk])
        ]
        return Changes([number for number, _ in before if number // SPAN in leaving], made, None, more=len(new) == AT_ONCE)

    def versions(self) -> Iterator[tuple[int, int]]:
        for pk, version in sorted(_versions(list(editions.latest().defer("document"))).items()):
            withdrawn = editions.withdrawn_since([one := Edition.objects.select_related("reply__query").get(pk=pk)])
            for item in items(document.without(one.document, withdrawn.get(pk, set()))):
                yield pk * SPAN + item.place, version

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        found: dict[int, Shown] = {}
        wanted = {number // SPAN for number in numbers}
        places = set(Edition.objects.filter(pk__in=wanted).values_list("reply__query__community", flat=True))
        for here in (standings[place] for place in places if place in standings):
            for one in editions.editions(here).filter(pk__in=wanted):
                query = one.reply.query
                for item in items(editions.shown(here, one)):
                    found[one.pk * SPAN + item.place] = Shown(
                        kind=item.kind,
                        community=here.community,
                        title=item.title,
                        text=item.text,
                        path=f"/c/{here.community.slug}/replies/{query.number}",
                        author="",
                        person=None,
                        at=one.issued_at,
                        conversation=query.conversation_id,
                    )
        return {number: found[number] for number in numbers if number in found}


def _versions(those: Sequence[Edition]) -> dict[int, int]:
    withdrawn = editions.withdrawn_since(those)
    return {one.pk: fingerprint(one.pk, sorted(withdrawn.get(one.pk, ()))) for one in those}


def _entries(edition: Edition, shown: Mapping[str, Any], version: int) -> Iterator[Entry]:
    query = edition.reply.query
    for item in items(shown):
        yield Entry(
            number=edition.pk * SPAN + item.place,
            audiences=(audience(query.community_id),),
            group=query.conversation_id or 0,
            kind=item.kind,
            at=edition.issued_at,
            title=item.title,
            text=item.text,
            language=str(shown["language"])[:2],
            countries=item.countries,
            standing=STANDING[item.kind],
            version=version,
        )


def items(shown: Mapping[str, Any]) -> Iterator[Item]:
    """The parts of a document, in their order; the reply itself, with its summary, is the first. What was withdrawn is left out."""
    title = str(shown["title"])
    summary = [block for one in shown["sections"] if one["key"] == "summary" for block in one["blocks"] if not block.get("withdrawn")]
    yield Item(0, "reply", title, "\n\n".join(map(document.text, summary)), tuple(shown["countries"]))
    place = 0
    for section in shown["sections"]:
        if section["key"] == "summary":
            continue
        kind = "experience" if section["key"] == "experiences" else "resource"
        above: dict[str, str] = {}
        for block in section["blocks"]:
            place += 1
            words = document.text(block)
            if block["kind"] in {"h3", "h4"}:
                above = {"h3": words} if block["kind"] == "h3" else {**above, "h4": words}
            elif not block.get("withdrawn"):
                country = country_of(above.get("h3", "")) if kind == "experience" else ""
                yield Item(place, kind, " · ".join([title, *above.values()]), words, (country,) if country else ())
