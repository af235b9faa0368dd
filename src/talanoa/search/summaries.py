"""The summaries of discussions, of the phases and of the whole, each in its latest version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from talanoa.discussions.models import Edition
from talanoa.discussions.summaries import lookups as summaries
from talanoa.publishing import document
from talanoa.search.engine import Entry
from talanoa.search.sources import Changes, Held, Shown, Standings, audience, compared, fingerprint

STANDING = 1.25
AT_ONCE = 50


class Summaries:
    """Looked through as a whole: communities issue hundreds of summaries, not millions."""

    number = 7
    watched = False

    def changed(self, notes: Any, held: Held) -> Changes | None:  # noqa: ARG002 - the index itself tells what it has
        now = dict(self.versions())
        gone, new = compared(now, held())
        if not gone and not new:
            return None
        new = new[:AT_ONCE]
        those = list(summaries.latest().filter(pk__in=new))
        withdrawn = summaries.withdrawn_since(those)
        made = [_entry(one, document.without(one.document, withdrawn.get(one.pk, set())), now[one.pk]) for one in those]
        return Changes([*gone, *new], made, None, more=len(new) == AT_ONCE)

    def versions(self) -> Iterator[tuple[int, int]]:
        those = list(summaries.latest().defer("document"))
        withdrawn = summaries.withdrawn_since(those)
        for one in those:
            yield one.pk, fingerprint(one.pk, sorted(withdrawn.get(one.pk, ())))

    def shown(self, standings: Standings, numbers: Sequence[int]) -> dict[int, Shown]:
        found: dict[int, Shown] = {}
        places = set(Edition.objects.filter(pk__in=numbers).values_list("summary__discussion__community", flat=True))
        for here in (standings[place] for place in places if place in standings):
            for one in summaries.readable(here).filter(pk__in=numbers):
                of, shown = one.summary.discussion, summaries.shown(here, one)
                found[one.pk] = Shown(
                    kind="summary",
                    community=here.community,
                    title=_title(shown),
                    text=_text(shown),
                    path=f"/c/{here.community.slug}/discussions/{of.number}",
                    author="",
                    person=None,
                    at=one.issued_at,
                    conversation=of.conversation_id,
                )
        return found


def _title(shown: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (str(shown["title"]), str(shown["theme"]))))


def _text(shown: Mapping[str, Any]) -> str:
    blocks = [block for section in shown["sections"] for block in section["blocks"] if not block.get("withdrawn")]
    return "\n\n".join(map(document.text, blocks))


def _entry(one: Edition, shown: Mapping[str, Any], version: int) -> Entry:
    of = one.summary.discussion
    return Entry(
        number=one.pk,
        audiences=(audience(of.community_id),),
        group=of.conversation_id or 0,
        kind="summary",
        at=one.issued_at,
        title=_title(shown),
        text=_text(shown),
        language=str(shown["language"])[:2],
        standing=STANDING,
        version=version,
    )
