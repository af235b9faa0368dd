"""Questions about queries, on behalf of somebody.

A query that is circulated is read by whoever reads its community. Before that, it is its asker's and the facilitators'.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from django.db import connection
from django.db.models import Count, Q, QuerySet

from talanoa.communities.lookups import Standing, facilitated, members, standing
from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.language.meaning import unpacked
from talanoa.mail.reading.parsing import Letter
from talanoa.people.models import Person
from talanoa.queries import rules, sentences
from talanoa.queries.models import Approach, Customs, LeftAlone, Mark, Meaning, Opening, Query
from talanoa.queries.similar import Questions
from talanoa.queries.suggesting import Respondents, Response

_CIRCULATED = (Query.Stage.OPEN, Query.Stage.CLOSED, Query.Stage.CONSOLIDATED)
# From this likeness on a past query is shown to an asker; below it, two are alike by chance.
ALIKE = 0.2
# So many of the latest posts tell who may know.
LATEST = 3_000


def customs(community: Community) -> Customs:
    """How queries are run here; as the method has it where nobody has changed anything."""
    return Customs.objects.filter(pk=community.pk).first() or Customs(community=community)


def queries(here: Standing) -> QuerySet[Query]:
    """The circulated queries that this reader may read, the latest first."""
    if not here.reads:
        return Query.objects.none()
    return (
        Query.objects.filter(community=here.community, stage__in=_CIRCULATED, post__withdrawn_at=None)
        .select_related("asker", "conversation", "community")
        .order_by("-number")
    )


def opening(conversations: Collection[int]) -> dict[int, int | None]:
    """Of some conversations those that are queries, each with the post that asks. Plain SQL: every search asks, and seldom is one found."""
    if not conversations:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conversation_id, post_id FROM queries_query "  # noqa: S608  only %s are put in
            f"WHERE conversation_id IN ({', '.join(['%s'] * len(conversations))})",
            list(conversations),
        )
        return dict(cursor.fetchall())


def query(here: Standing, number: int) -> Query | None:
    """A circulated query by its number in the community."""
    return queries(here).filter(number=number).first()


def workplace(person: Person | None, pk: int) -> Query | None:
    """A query at any stage, for a facilitator of its community; nothing for anybody else."""
    if person is None:
        return None
    return _all().filter(pk=pk, community__in=facilitated(person)).first()


def own(person: Person, pk: int) -> Query | None:
    """A query at any stage, for the one who asked it."""
    return _all().filter(pk=pk, asker=person).first()


def own_queries(person: Person) -> QuerySet[Query]:
    """What a person has asked, the latest first."""
    return _all().filter(asker=person).order_by("-asked_at")


def unfinished(person: Person | None) -> QuerySet[Query]:
    """The queries that want a facilitator's attention, in all the communities whose desk they keep."""
    if person is None:
        return Query.objects.none()
    done = Q(stage__in=[Query.Stage.CONSOLIDATED, Query.Stage.DROPPED])
    return _all().filter(community__in=facilitated(person)).exclude(done).order_by("asked_at")


def numbered(pk: int) -> Query | None:
    """A query by its key, which only a ticket may tell."""
    return _all().filter(pk=pk).first()


def _all() -> QuerySet[Query]:
    return Query.objects.select_related("community", "asker", "conversation", "post")


def posts(of: Query) -> QuerySet[Post]:
    """What the members said to a query, in order; what was withdrawn, and our own letters, are left out."""
    return _said([of]).select_related("author", "mark", "entered").order_by("number")


def responses(of: Query) -> QuerySet[Post]:
    """The posts that answer: all that carry no mark which says otherwise."""
    return _answering(posts(of))


def counts(of: Sequence[Query]) -> dict[int, int]:
    """How many responses each query has, by its key."""
    found = dict(_answering(_said(of)).order_by().values_list("conversation").annotate(Count("pk")))
    return {one.pk: found.get(one.conversation_id, 0) for one in of}


def _said(of: Sequence[Query]) -> QuerySet[Post]:
    told = Post.objects.filter(conversation__in=[one.conversation_id for one in of], withdrawn_at=None)
    return told.exclude(mark__kind=Mark.Kind.OURS)


def _answering(those: QuerySet[Post]) -> QuerySet[Post]:
    return those.exclude(mark__kind=Mark.Kind.ASIDE)


def is_query(letter: Letter) -> bool:
    """Whether the subject of a mail says that it is a query, and not an answer to one."""
    return rules.is_marked(letter.subject) and not letter.in_reply_to and not letter.references


def clock(of: Query) -> rules.Clock:
    """The moments of a circulated query."""
    assert of.circulated_at is not None
    assert of.closes_at is not None
    assert of.due_at is not None
    return rules.Clock(of.circulated_at, of.closes_at, of.due_at)


def nearest(person: Person, community: Community, text: str, *, but: int | None = None, limit: int = 5) -> list[Query]:
    """The circulated queries that come nearest to a text, the nearest first, of those that the person may read."""
    past = {one.pk: one for one in queries(standing(person, community)).exclude(pk=but or 0)}
    meant = dict(Meaning.objects.filter(query__community=community).values_list("pk", "vector"))
    compared = _past_questions(tuple((pk, one.words, bytes(meant.get(pk, b""))) for pk, one in past.items()))
    return [past[near.key] for near in compared.nearest(text, most=limit) if near.likeness >= ALIKE]


@lru_cache(maxsize=8)
def _past_questions(past: tuple[tuple[int, str, bytes], ...]) -> Questions[int]:
    """Kept by what is compared, so that no change is missed. What has no meaning yet is compared by its words."""
    return Questions({pk: words for pk, words, _ in past}, {pk: unpacked(vector) for pk, _, vector in past})


def without_meaning() -> QuerySet[Query]:
    """The circulated queries whose meaning is not kept yet; for the worker alone."""
    return Query.objects.filter(stage__in=_CIRCULATED, meaning__isnull=True).order_by("-pk")


def openings_without_meaning() -> QuerySet[Post]:
    """The messages that opened what was lately answered, whose meaning is not kept yet; for the worker alone."""
    answered = Post.objects.filter(number=2, withdrawn_at=None).order_by("-pk").values("conversation")[:LATEST]
    return Post.objects.filter(conversation__in=answered, number=1, withdrawn_at=None, opening__isnull=True).order_by("-pk")


def withdrawn_openings() -> QuerySet[Opening]:
    """What is kept of messages that were taken back since."""
    return Opening.objects.filter(post__withdrawn_at__isnull=False)


def open_now(community: Community) -> int:
    """How many queries are open: more than the customs advise are hard on a list."""
    return Query.objects.filter(community=community, stage=Query.Stage.OPEN).count()


def approaches(of: Query) -> list[tuple[Approach, bool]]:
    """Who was approached, and whether they have answered, which nobody needs to note."""
    answered = set(responses(of).values_list("author_id", flat=True))
    return [(one, one.person_id in answered) for one in of.approaches.select_related("person", "by").order_by("at")]


class Suggestion(NamedTuple):
    """A member who may know, and why."""

    person: Person
    reason: str


def suggested(of: Query) -> list[Suggestion]:
    """Members who may know, the likeliest first; nobody who was asked or has answered already, or asked not to be.

    Who is being approached for another open query steps back.
    """
    busy = Approach.objects.filter(query__community=of.community_id, query__stage=Query.Stage.OPEN).exclude(query=of.pk)
    there = {*of.approaches.values_list("person_id", flat=True), *responses(of).values_list("author_id", flat=True)}
    return may_know(
        of.community,
        of.title,
        f"{of.text}\n{of.context}",
        never={pk for pk in (*there, of.asker_id) if pk},
        lately=Counter(busy.values_list("person_id", flat=True)),
    )


def may_know(
    community: Community, title: str, text: str, *, never: Collection[int] = (), lately: Mapping[int, int] | None = None
) -> list[Suggestion]:
    """Members who may know of a matter, or care for it, the likeliest first; nobody who asked not to be approached.

    Each of `lately`, who were approached so often for something else, steps back.
    """
    able = {member.person_id: member.person for member in members(community).exclude(person__left_alone__isnull=False)}
    responses, meant = _responded(community)
    past = _past_responses(
        responses,
        meant,
        tuple((pk, f"{one.interests}\n{one.role}\n{one.biography}\n{_country(one)}") for pk, one in able.items()),
    )
    found = past.suggest(title, text, among=able.keys(), never=never, lately=lately)
    return [Suggestion(able[one.person], sentences.reason(one)) for one in found if one.about]


def _responded(community: Community) -> tuple[tuple[Response[int], ...], tuple[tuple[int, bytes], ...]]:
    """What members said in conversations that others began, the latest of it, and what the questions mean as far as it is kept."""
    answers = (
        Post.objects.filter(community=community, withdrawn_at=None, number__gt=1, author__isnull=False)
        .exclude(mark__kind__in=[Mark.Kind.OURS, Mark.Kind.ASIDE])
        .order_by("-posted_at", "-pk")
        .values_list("conversation_id", "author_id", "posted_at", "fresh_text")[:LATEST]
    )
    begun = Post.objects.filter(community=community, number=1, conversation__in={answer[0] for answer in answers})
    asked = {
        conversation: (author, "", "", b"") if withdrawn else (author, title, question, bytes(vector or b""))
        for conversation, author, title, question, withdrawn, vector in begun.values_list(
            "conversation_id", "author_id", "subject", "fresh_text", "withdrawn_at", "opening__vector"
        )
    }
    responses = (
        Response(author, conversation, at, title, question, text)
        for conversation, author, at, text in answers
        for asker, title, question, _ in (asked.get(conversation, (None, "", "", b"")),)
        if author != asker
    )
    return tuple(responses), tuple((conversation, first[3]) for conversation, first in asked.items())


@lru_cache(maxsize=4)
def _past_responses(
    responses: tuple[Response[int], ...], meant: tuple[tuple[int, bytes], ...], declared: tuple[tuple[int, str], ...]
) -> Respondents[int]:
    vectors = {conversation: unpacked(vector) for conversation, vector in meant}
    return Respondents(responses, declared=dict(declared), meant=vectors)


def _country(person: Person) -> str:
    return str(Locale("en").territories.get(person.country, ""))


def left_alone(person: Person) -> bool:
    """Whether somebody asked not to be approached."""
    return LeftAlone.objects.filter(person=person).exists()


def overdue(of: Query, at: datetime) -> bool:
    """Whether the Consolidated Reply should have been issued by now."""
    return of.stage in (Query.Stage.OPEN, Query.Stage.CLOSED) and of.due_at is not None and of.due_at < at


def kinds(types: Sequence[str]) -> list[str]:
    """Those of some words that are types of queries, in their usual order."""
    return [kind.value for kind in Query.Type if kind.value in types]


def types_in_words(values: list[str]) -> str:
    """Types of queries in a row, in the language of the moment: "experiences, advice"."""
    return sentences.types(values)
