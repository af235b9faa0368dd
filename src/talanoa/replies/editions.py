"""Questions about Consolidated Replies that are issued, on behalf of somebody; and the document that an edition freezes.

Whoever reads a community reads its replies, by one question, `Standing.reads`, as for its conversations.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from talanoa.communities.lookups import Standing, clock
from talanoa.conversations.lookups import as_letter
from talanoa.conversations.models import Post
from talanoa.people.models import Person
from talanoa.publishing import document as parts_of
from talanoa.publishing import markup, paper, word
from talanoa.publishing.publication import person
from talanoa.queries import lookups as queries
from talanoa.replies import document, letters, lookups, publication, rules, sentences
from talanoa.replies.models import Edition, FollowUp, Reply, Revision


def drawn_up(reply: Reply, *, version: int, by: Person, at: datetime) -> dict[str, Any]:
    """The document of a reply as it is now, which an edition freezes."""
    query = reply.query
    community = query.community
    customs = queries.customs(community)
    researched = Person.objects.filter(pk__in=Revision.objects.filter(section__reply=reply).values("by")).order_by("pk")
    those = lookups.sections(reply)
    found = any(markup.FOUND in block.links for one in those for block in markup.blocks(one.html))
    assert query.post is not None
    masthead = {
        "language": community.language,
        "community": {"name": community.name, "slug": community.slug, "address": community.address},
        "number": query.number,
        "version": version,
        "title": query.title,
        "types": query.types,
        "compiled_by": by.name,
        "research_by": ", ".join(one.name for one in researched if one.name) if found else "",
        "issued_at": at.astimezone(clock(community)).isoformat(),
        "page": letters.page(query),
        "licence": customs.licence,
        "disclaimer": customs.disclaimer,
    }
    asked = {
        "voice": _voice(query.asker, query.asker_name),
        "at": query.asked_at.astimezone(clock(community)).isoformat(),
        "html": as_letter(query.text),
        "context": as_letter(query.context),
        "key": query.post.key,
    }
    responses = [
        parts_of.Response(
            key=post.key,
            voice=_voice(post.author, post.author_name),
            person=post.author_id,
            at=post.posted_at.astimezone(clock(community)).isoformat(),
            html=as_letter(post.fresh_text),
            language=post.language,
        )
        for post in queries.responses(query)
    ]
    written = [(one.key, one.html) for one in those]
    return document.make(masthead, query=asked, sections=written, responses=responses, base=letters.base())


def next_version(reply: Reply) -> int:
    """The number of the version that would be issued now."""
    return reply.editions.count() + 1


def preview(reply: Reply, *, version: int, by: Person, at: datetime) -> tuple[str, str]:
    """Subject and text of the mail that would bring a reply to the members now."""
    return letters.issued(drawn_up(reply, version=version, by=by, at=at), attached=True)


def _voice(person: Person | None, name: str) -> parts_of.Voice:
    if person is None:
        return parts_of.Voice(name)
    return parts_of.Voice(person.name or name, person.role, person.organisation, person.country)


def editions(here: Standing) -> QuerySet[Edition]:
    """The latest version of each Consolidated Reply that this reader may read, the latest first."""
    return _readable(here).filter(~Exists(_later())).order_by("-issued_at", "-pk")


def _later() -> QuerySet[Edition]:
    return Edition.objects.filter(_standing(), reply=OuterRef("reply"), number__gt=OuterRef("number"))


def latest() -> QuerySet[Edition]:
    """The latest version of each Consolidated Reply, in every community. For the index, which asks `editions` before it shows any."""
    return Edition.objects.filter(~Exists(_later()), _standing()).select_related("reply__query")


def withdrawn_since(of: Sequence[Edition]) -> dict[int, set[str]]:
    """The keys of messages that were withdrawn from the conversations of some editions, by the edition's primary key."""
    found: dict[int, set[str]] = {}
    conversations = {one.reply.query.conversation_id: one.pk for one in of}
    gone = Post.objects.filter(conversation__in=conversations, withdrawn_at__isnull=False, unreleased=False)
    for conversation, key in gone.values_list("conversation", "key"):
        found.setdefault(conversations[conversation], set()).add(key)
    return found


def edition(here: Standing, number: int, version: int | None = None) -> Edition | None:
    """A Consolidated Reply by the number of its query: its latest version, or an older one."""
    found = _readable(here).filter(reply__query__number=number)
    return found.order_by("-number").first() if version is None else found.filter(number=version).first()


def _standing() -> Q:
    """Neither the query nor the mail that brought the reply was taken down."""
    return Q(reply__query__post__withdrawn_at=None) & Q(post__withdrawn_at=None)


def _readable(here: Standing) -> QuerySet[Edition]:
    if not here.reads:
        return Edition.objects.none()
    found = Edition.objects.filter(_standing(), reply__query__community=here.community)
    return found.select_related("reply__query__community", "reply__query__asker", "post")


def shown(here: Standing, of: Edition) -> dict[str, Any]:
    """The document of an edition as this reader may see it now: what was withdrawn since has no words."""
    keys = {one["key"] for one in of.document["responses"]}
    standing = Post.objects.filter(community=here.community, key__in=keys, withdrawn_at=None).values_list("key", flat=True)
    found = parts_of.without(of.document, keys - set(standing))
    return found if here.person else parts_of.masked(found)


def with_stale_files() -> QuerySet[Edition]:
    """The editions whose mail still carries a file, though a message of their conversation was withdrawn since."""
    withdrawn = Post.objects.filter(
        conversation=OuterRef("post__conversation"), withdrawn_at__gte=OuterRef("issued_at"), unreleased=False
    )
    carrying = Edition.objects.filter(post__attachments__isnull=False).filter(Exists(withdrawn))
    return carrying.select_related("post").defer("document").distinct()


def pdf(here: Standing, of: Edition) -> bytes:
    """The PDF of an edition: as it was sent, unless this reader must not see all that it holds."""
    now = shown(here, of)
    return _kept(of.pdf) if now == of.document else paper.pdf(publication.laid_out(now))


def docx(here: Standing, of: Edition) -> bytes:
    """The same as a Word file."""
    now = shown(here, of)
    return _kept(of.docx) if now == of.document else word.file(publication.laid_out(now))


def _kept(file: Any) -> bytes:
    with file.open("rb") as opened:
        return bytes(opened.read())


def versions(here: Standing, of: Edition) -> list[Edition]:
    """All versions of the same reply, the latest first."""
    return list(_readable(here).filter(reply=of.reply_id).defer("document").order_by("-number"))


def since(of: Edition) -> list[Post]:
    """Additional replies: the responses that came after this version was made."""
    keys = {one["key"] for one in of.document["responses"]}
    return [post for post in queries.responses(of.reply.query) if post.key not in keys]


def stories(of: Edition) -> list[FollowUp]:
    """What the asker did with the reply, where the asker lets others read it."""
    return list(FollowUp.objects.filter(query=of.reply.query_id, kind=FollowUp.Kind.STORY, shown=True).exclude(words=""))


@dataclass(frozen=True, slots=True)
class Listed:
    """A Consolidated Reply in a list of them."""

    number: int
    version: int
    title: str
    issued_at: datetime
    year: int
    types: tuple[str, ...]
    countries: tuple[str, ...]
    contributors: int
    words: str  # the beginning of the summary


def listed(here: Standing) -> list[Listed]:
    """All Consolidated Replies that this reader may read, the latest first."""
    # Only what a list shows: the responses of hundreds of replies would be megabytes.
    parts = [f"document__{part}" for part in ("title", "types", "countries", "contributors", "sections__0")]
    rows = editions(here).values_list("reply__query__number", "number", "issued_at", *parts)
    zone = clock(here.community)
    return [
        Listed(
            number=number,
            version=version,
            title=parts_of.masked(title) if here.person is None else title,
            issued_at=at,
            year=at.astimezone(zone).year,
            types=tuple(types),
            countries=tuple(countries),
            contributors=len(contributors),
            words=_opening(first, known=here.person is not None),
        )
        for number, version, at, title, types, countries, contributors, first in rows
    ]


def _opening(section: Mapping[str, Any] | None, *, known: bool) -> str:
    if not section or section["key"] != "summary":
        return ""
    runs = list(section["blocks"][0]["runs"])
    while len(runs) > 1 and ("from" in runs[-1] or not any(map(str.isalnum, runs[-1]["t"]))):
        del runs[-1]  # whose words they are stands on the page
    said = parts_of.text({"runs": runs}).strip()
    said = said if len(said) <= 280 else f"{said[:277].rsplit(' ', 1)[0]} …"
    return said if known else str(parts_of.masked(said))


def chosen(those: list[Listed], *, theme: str = "", kind: str = "", where: str = "", year: str = "") -> list[Listed]:
    """Those of a list that fit: all words of a theme in title or summary, a type, a country, a year."""
    wanted = theme.casefold().split()[:8]
    return [
        one
        for one in those
        if all(word in f"{one.title} {one.words}".casefold() for word in wanted)
        and (not kind or kind in one.types)
        and (not where or where in one.countries)
        and (not year or year == str(one.year))
    ]


def choices(those: list[Listed]) -> dict[str, list[tuple[str, int]]]:
    """What a list can be narrowed by, each with how many it leaves."""
    kinds, countries, years = Counter[str](), Counter[str](), Counter[str]()
    for one in those:
        kinds.update(one.types)
        countries.update(one.countries)
        years[str(one.year)] += 1
    return {"kinds": sorted(kinds.items()), "countries": sorted(countries.items()), "years": sorted(years.items(), reverse=True)}


def followed_up(pk: int) -> FollowUp | None:
    """What an asker was asked, by its key, which only a ticket may tell."""
    return FollowUp.objects.select_related("query__community", "query__asker").filter(pk=pk).first()


# The words of a document in the language of the moment, for the pages.
RESOURCES = rules.RESOURCES
byline = publication.byline
credit = publication.credit
how_to_add = publication.how_to_add
heading = sentences.section
kind = publication.kind
parts = publication.parts
person_line = person
