"""Questions to the index, on behalf of somebody.

The index narrows by what the person may read; the room that owns an entry is asked again before it is shown, so that nothing private
or taken down can surface from an index that lags behind.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from talanoa.communities.lookups import Standing, standing, standings
from talanoa.communities.models import Community, Role
from talanoa.conversations.models import Post
from talanoa.mail import tokens
from talanoa.people.models import Person
from talanoa.publishing.document import masked
from talanoa.search import analysis, feeding, files, finding, posts, spelling, wording
from talanoa.search.engine import Counts, Hit, Look
from talanoa.search.letters import ENDING
from talanoa.search.models import Saved
from talanoa.search.passages import Piece, passage
from talanoa.search.posts import Posts
from talanoa.search.sources import LEADING, MEETING, NOBODY, READERS, alone, audience
from talanoa.search.sources import Shown as Shown
from talanoa.search.wording import Asked

AT_A_TIME = 10
FEED = "feed of a search"  # the purpose of its token
NEW = 30  # so many new finds are told at once
FACETS = {"kind": 10, "year": 40, "country": 30, "theme": 20, "person": 20}  # and how many values of each are told
ALIKE_WORDS = 25  # of a message, by which others like it are found

behind = feeding.behind
unread_files = files.unread


def built() -> bool:
    """Whether the index of this machine was fed yet; one that was not finds nothing, and whoever asks should hear why."""
    return feeding.look().size > 0


def narrows(name: str, value: str) -> bool:
    """Whether the query language understands `name:"value"` as this value, no more and no less."""
    found = wording.understood(f'{name}:"{value}"')
    return {
        "kind": found.kinds == (value,),
        "year": value.isdigit() and found.years == (int(value), int(value)),
        "country": found.countries == (value,),
        "theme": found.themes == (value,),
        "from": bool(found.authors),
    }[name]


_BY_NUMBER = {source.number: source for source in feeding.ENTERED}


class Result(NamedTuple):
    """Something that was found, as the person may see it."""

    shown: Shown
    passage: list[Piece]
    score: float
    more: int  # others of the same conversation that were found


@dataclass(frozen=True)
class Results:
    """What was found: a page of it, and what can be told of the whole."""

    asked: Asked
    found: list[Result]
    more: bool  # there are further pages
    instead: str  # the question with words that somebody wrote in the place of those that nobody did; "" where none is near
    forgiven: bool  # nothing has the words as they were typed: found is what has those of `instead`
    better: Mapping[str, str]  # those words, by what was typed
    _look: Look = field(repr=False)
    _query: finding.Found = field(repr=False)

    @cached_property
    def _counted(self) -> Counts:
        return self._look.counts(self._query.query, FACETS)

    def total(self) -> int:
        """How many entries were found, all pages together."""
        return self._counted.total

    def facets(self) -> dict[str, list[tuple[str | int, int]]]:
        """By what it can be narrowed: kinds, years, countries, themes and persons, each with how many entries have it.

        A person is told by number, and only one of whose entries may be read.
        """
        return {name: [(value, count) for value, count in counts if value] for name, counts in self._counted.values.items()}


def find(
    words: str,
    *,
    person: Person | None,
    within: Standing | None = None,
    limit: int = AT_A_TIME,
    after: int = 0,
    latest_first: bool = False,
    conversation: int | None = None,
    forgiving: bool = True,
) -> Results:
    """What a person may read that answers these words, the best first, of each conversation the best.

    `within`: what the person is in the one community where to look; None: everywhere. `after`: so many results are
    passed over. `forgiving`: where nothing is found, the nearest words are looked for. Never raises for the words.
    """
    assert within is None or within.person == person
    where = standings(person) if within is None else {within.community.pk: within}
    return _find(Search(words, where, limit, after, latest_first, conversation, known=person is not None, forgiving=forgiving))


class Search(NamedTuple):
    """Words, and on whose behalf they are looked for."""

    words: str
    standings: Mapping[int, Standing]
    limit: int
    after: int = 0
    latest_first: bool = False
    conversation: int | None = None
    known: bool = True  # not a stranger
    unreleased: bool = False
    forgiving: bool = True  # where nothing is found, the nearest words are looked for

    def audiences(self) -> list[int]:
        return list(_audiences(self.standings.values(), unreleased=self.unreleased))


def _find(of: Search) -> Results:
    look = feeding.look()
    asked = wording.understood(of.words)
    if of.conversation is not None:
        asked = replace(asked, conversations=(of.conversation,))
    audiences = of.audiences()
    wished = finding.wish(look, asked, audiences)
    answers = finding.nothing(look, wished)
    if audiences and not asked.empty:
        deep = of.after + 2 * of.limit
        answers = finding.answers(look, wished, most=deep, grouped=of.conversation is None, latest_first=of.latest_first)
    shown = _page(answers.hits, of, of.after, of.limit + 1)
    told = [_result(look, wished, hit, one) for hit, one in shown[: of.limit]]
    # Of several words, some may have been found and another be misspelt.
    doubted = bool(audiences) and (not told or (len(wished.words) > 1 and not answers.whole and not wished.question))
    better = _better(look, wished, asked, of) if doubted and not (answers.hits and of.after) else {}
    instead = corrected(of.words, better) if better else ""
    if instead and not answers.hits and of.forgiving:
        return replace(_find(of._replace(words=instead, forgiving=False)), instead=instead, forgiven=True, better=better)
    return Results(asked, told, len(shown) > of.limit, instead, False, better, look, answers)


def _result(look: Look, wished: finding.Wish, hit: Hit, one: Shown) -> Result:
    return Result(one, passage(one.text, wished.words, wished.languages, look.rarity), hit.score, hit.more)


def _audiences(standings: Iterable[Standing], *, unreleased: bool = False) -> Iterator[int]:
    for here in standings:
        if here.reads:
            yield audience(here.community.pk, READERS)
        if here.meets:
            yield audience(here.community.pk, MEETING)
        if here.facilitates:
            yield audience(here.community.pk, LEADING)
        if here.person and here.member:
            yield alone(here.community.pk, here.person.pk)
        if unreleased:
            yield audience(here.community.pk, NOBODY)


def _page(hits: Sequence[Hit], of: Search, after: int, limit: int) -> list[tuple[Hit, Shown]]:
    """The hits that may be shown, with what is shown of them; rooms are asked for a page at a time."""
    found: list[tuple[Hit, Shown]] = []
    left = list(hits)
    while left and len(found) < after + limit:
        piece, left = left[: after + limit], left[after + limit :]
        numbers: dict[int, list[int]] = {}
        for hit in piece:
            numbers.setdefault(hit.source, []).append(hit.number)
        shown: dict[tuple[int, int], Shown] = {}
        for source, those in numbers.items():
            seen = _BY_NUMBER[source].shown(of.standings, those)
            if of.unreleased and source == Posts.number:
                seen |= posts.unreleased(of.standings, those)
            shown |= {(source, number): one for number, one in seen.items()}
        found += [(hit, shown[hit.source, hit.number]) for hit in piece if (hit.source, hit.number) in shown]
    return [(hit, one if of.known else _for_strangers(one)) for hit, one in found[after : after + limit]]


def corrected(words: str, better: Mapping[str, str]) -> str:
    """A question with better words in the place of those that were typed; what narrows stays."""
    for typed, right in better.items():
        # Case is folded as the typed words were; what is right has no backslash, being a word.
        words = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", right, analysis.even(words), flags=re.IGNORECASE)
    return words


def _better(look: Look, wished: finding.Wish, asked: Asked, of: Search) -> dict[str, str]:
    """The nearest words for those that nobody wrote where the person may read.

    They are taken from what the rooms show, so that no word of anything else is told.
    """
    better: dict[str, str] = {}
    for word in asked.said:
        nearly = spelling.nearly(look, wished, word, of.audiences())
        if nearly is not None:
            keys = look.values("key", nearly)
            texts = [f"{one.title} {one.text}" for _, one in _page([Hit(key, 0.0, 0) for key in keys], of, 0, len(keys))]
            better[word] = spelling.nearest(word, texts)
    return {word: near for word, near in better.items() if near}


def _for_strangers(one: Shown) -> Shown:
    """Without addresses that could be written to."""
    return one._replace(title=masked(one.title), text=masked(one.text), author=masked(one.author))


def similar(post: Post, *, person: Person | None, limit: int = 5) -> list[Result]:
    """Messages and Consolidated Replies of other conversations that are like a message, for somebody who reads it."""
    here = standing(person, post.community)
    if not here.reads:
        return []
    look = feeding.look()
    said = f"{post.subject}\n{post.fresh_text}"
    terms = analysis.analysed(said)[0].split()
    weighed = sorted({term for term in terms if look.frequency(term) > 1}, key=lambda term: -terms.count(term) * look.rarity(term))
    of = Search("", {post.community_id: here}, limit, known=person is not None)
    wished = finding.wish(look, Asked(), of.audiences())
    wished = wished._replace(words=tuple((term,) for term in weighed[:ALIKE_WORDS]))
    hits = finding.answers(look, wished, most=limit + 1).hits if wished.words else []
    others = [hit for hit in hits if hit.group != post.conversation_id]
    return [_result(look, wished, hit, one) for hit, one in _page(others, of, 0, limit)]


def find_for_the_house(words: str, *, communities: Sequence[Community], limit: int, unreleased: bool = False) -> Results:
    """What anybody could find here; for administrators alone, who can read the database as well. `unreleased`: archives that wait, too."""
    standings = {place.pk: Standing(None, place, None, frozenset({Role.Name.SECRETARIAT})) for place in communities}
    return _find(Search(words, standings, limit=limit, unreleased=unreleased))


def ranked_messages(words: str, *, communities: Sequence[Community], most: int) -> list[tuple[str, float]]:
    """Message-IDs of the posts that answer, released or not, the best first; for the administrator's evaluations alone."""
    look = feeding.look()
    asked = wording.understood(words)
    audiences = [audience(place.pk, which) for place in communities for which in (READERS, NOBODY)]
    if not audiences or asked.empty:
        return []
    hits = finding.answers(look, finding.wish(look, asked, audiences), most=most, grouped=False).hits
    posts = [hit for hit in hits if hit.source == Posts.number]
    ids = dict(Post.objects.filter(pk__in=[hit.number for hit in posts]).values_list("pk", "message_id"))
    return [(ids[hit.number], hit.score) for hit in posts if hit.number in ids]


def saved_by(person: Person) -> list[Saved]:
    """The searches of which somebody wants to be told, the oldest first."""
    return list(Saved.objects.filter(person=person).select_related("community").order_by("pk"))


def ends(token: str) -> bool:
    """Whether this token of a letter ends a saved search, or has ended one."""
    return tokens.unseal(ENDING, token) is not None


def feed_link(of: Saved) -> str:
    """The secret part of the address of its feed; "" where it has none."""
    return tokens.seal(FEED, of.feed) if of.feed is not None else ""


def fed_by(token: str) -> Saved | None:
    """The saved search whose feed has this secret part."""
    number = tokens.unseal(FEED, token)
    return Saved.objects.filter(feed=number).select_related("person", "community").first() if number is not None else None


def found_for(of: Saved, *, limit: int) -> list[Result]:
    """The latest of what a saved search finds, as its owner may read it now, without addresses that could be written to.

    Feeds are fetched by machines of others, who may keep what they read.
    """
    here = _place(of)
    where = {here.community.pk: here} if here else standings(of.person)
    return _find(Search(of.words, where, limit, latest_first=True, known=False, forgiving=False)).found


def _place(of: Saved) -> Standing | None:
    return standing(of.person, of.community) if of.community else None


def new_for(of: Saved, until: datetime) -> list[Result]:
    """What is new for a saved search, the latest first: said by others since it was told last, and readable by its owner now."""
    # Who watches for a rare word is not told of one that is written nearly so.
    found = find(of.words, person=of.person, within=_place(of), limit=NEW, latest_first=True, forgiving=False).found
    return [one for one in found if of.since < one.shown.at <= until and one.shown.person != of.person_id]


verified = feeding.verify
