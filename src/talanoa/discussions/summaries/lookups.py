"""Questions about summaries, on behalf of somebody: as they are made, and as they were issued."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities.lookups import Standing, clock
from talanoa.conversations.models import Post
from talanoa.discussions import letters, lookups, sentences
from talanoa.discussions.models import Discussion, Edition, Feedback, Phase, Section, Summary
from talanoa.discussions.rules import SECTIONS
from talanoa.discussions.summaries import drafting, publication
from talanoa.drafting import drafts
from talanoa.editing import lookups as editing
from talanoa.editing.lookups import Changed
from talanoa.people.models import Person
from talanoa.publishing import document, markup, paper, plain, word


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a summary cannot be issued: a sentence, and where: the section and the number of the block in it, from 0."""

    sentence: str
    section: str = ""
    block: int | None = None


def summary(of: Discussion, phase: int | None) -> Summary | None:
    """The summary of a phase by its number, or (None) of the whole; ask `lookups.workplace` who may work on it."""
    found = Summary.objects.select_related("discussion__community", "phase").filter(discussion=of)
    return found.filter(phase=None).first() if phase is None else found.filter(phase__number=phase).first()


def numbered(pk: int) -> Summary | None:
    """A summary by its key, which only a ticket may tell."""
    return Summary.objects.select_related("discussion__community", "discussion__moderator", "phase").filter(pk=pk).first()


def unissued(of: Discussion) -> list[int]:
    """The numbers of the phases that are over and have no summary issued."""
    return list(of.phases.filter(closed_at__isnull=False, summary__editions=None).order_by("number").values_list("number", flat=True))


def sections(of: Summary) -> list[Section]:
    """The sections of a summary in the order in which they are read."""
    found = {one.key: one for one in of.sections.select_related("saved_by")}
    return [found[key] for key in SECTIONS]


def section(of: Summary, key: str) -> Section | None:
    """One section."""
    return of.sections.select_related("saved_by").filter(key=key).first()


def versions(of: Section) -> list[Changed]:
    """How a section was, the latest first, and what each version changed."""
    return editing.versions(of)


def heading(key: str) -> str:
    """The heading of a section, in the language of the moment."""
    return sentences.section(key)


def contributions(of: Summary) -> QuerySet[Post]:
    """What it sums up; the whole has what came after the end, too, which the facilitator may take up."""
    return lookups.contributions(of.discussion, of.phase) if of.phase else lookups.said(of.discussion)


def coverage(of: Summary) -> list[tuple[Post, bool]]:
    """What it sums up, in order, and whether each contribution is represented in it."""
    keys = cited(of)
    return [(post, post.key in keys) for post in contributions(of)]


def cited(of: Summary) -> set[str]:
    """The keys of the messages here that the sections link to."""
    links = [link for one in of.sections.all() for block in markup.blocks(one.html) for link in block.links]
    return {found[1] for link in links if (found := markup.message_in(link, settings.TALANOA.base_url))}


def same(html: str, other: str) -> bool:
    """Whether two texts say the same, however an editor writes it down."""
    return markup.clean(html) == markup.clean(other)


def name_of(post: Post) -> str:
    """What an author is called, also when the person has gone."""
    return (post.author.name if post.author else "") or post.author_name or gettext("a member")


def source(of: Discussion, post: Post) -> str:
    """The link that says from which contribution words come."""
    return markup.linked(f"{name_of(post)} #{post.number}", f"/c/{of.community.slug}/m/{post.key}")


def drafted(of: Summary) -> dict[str, list[markup.Block]]:
    """The first draft: of a phase from its contributions, of the whole from the summaries of the phases that were issued, or begun."""
    discussion, phase = of.discussion, of.phase
    if phase is None:
        made = Summary.objects.filter(discussion=discussion, phase__isnull=False).select_related("phase").order_by("phase__number")
        return drafting.gathered([(one.phase.theme, {part.key: part.html for part in one.sections.all()}) for one in made if one.phase])
    posts = list(contributions(of).prefetch_related("attachments"))
    links = {post.message_id: source(discussion, post) for post in posts}
    asked = "\n".join([phase.theme, *phase.questions])
    question = drafts.Contribution(message_id="", author=discussion.proposer_name, text=asked, is_question=True)
    said = drafts.draft([question, *map(_contribution, posts)], subject=phase.theme)
    return drafting.drafted(said, links.__getitem__)


def _contribution(post: Post) -> drafts.Contribution:
    who = post.author
    return drafts.Contribution(
        message_id=post.message_id,
        author=name_of(post),
        text=post.fresh_text,
        role=who.role if who else "",
        organisation=who.organisation if who else "",
        country=who.country if who else "",
        attachments=tuple(one.name for one in post.attachments.all()),
    )


def as_mail(of: Summary) -> str:
    """The sections as they stand, in the plain words of a mail that can be answered."""
    numbers = dict(contributions(of).values_list("key", "number"))
    with translation.override(of.discussion.community.language):
        return drafting.to_plain([(heading(one.key), one.html) for one in sections(of)], numbers, letters.base())


def typed(of: Summary, text: str) -> dict[str, str]:
    """The sections as somebody typed them in a mail."""
    posts = {post.number: post for post in contributions(of)}
    with translation.override(of.discussion.community.language):
        headings = {key: heading(key) for key in SECTIONS}

    def link(number: int) -> str | None:
        return markup.linked(f"[{number}]", f"/c/{of.discussion.community.slug}/m/{posts[number].key}") if number in posts else None

    return drafting.from_plain(text, headings, link)


def missing(of: Summary) -> list[Missing]:
    """Why a summary cannot be issued yet, place by place; nothing when it can."""
    community = of.discussion.community
    here = {(community.slug, key) for key in contributions(of).values_list("key", flat=True)}
    found: list[Missing] = []
    for one in sections(of):
        blocks = markup.blocks(one.html)
        if one.key == SECTIONS[0] and not any(block.is_item for block in blocks):
            found.append(Missing(gettext("No point is made yet."), one.key))
        for number, block in enumerate(blocks):
            found += [Missing(sentence, one.key, number) for sentence in _wanting(block, here)]
    return found


def _wanting(block: markup.Block, here: set[tuple[str, str]]) -> Iterable[str]:
    text = " ".join(block.text.split())
    words = {"words": text if len(text) <= 60 else f"{text[:57].rsplit(' ', 1)[0]} …"}
    messages = [found for link in block.links if (found := markup.message_in(link, settings.TALANOA.base_url))]
    if any(message not in here for message in messages):
        yield gettext("“%(words)s” links to a message that is no contribution, or was withdrawn.") % words
    elif block.is_item and not messages and markup.FOUND not in block.links:
        yield gettext("“%(words)s” has no source.") % words
    for mark in block.marks:
        yield gettext("“%(mark)s” is unresolved.") % {"mark": f"[[{mark}]]"}


def next_version(of: Summary) -> int:
    """The number of the version that would be issued now."""
    return of.editions.count() + 1


def drawn_up(of: Summary, *, version: int, by: Person, at: Any) -> dict[str, Any]:
    """The document of a summary as it is now, which an edition freezes."""
    discussion, phase, community = of.discussion, of.phase, of.discussion.community
    zone = clock(community)
    those = list(lookups.contributions(discussion, phase))
    keys = cited(of)
    taken_up = [post for post in contributions(of) if post.key in keys and post not in those]
    spans = [phase] if phase else lookups.phases(discussion)
    masthead = {
        "language": community.language,
        "community": {"name": community.name, "slug": community.slug, "address": community.address},
        "number": discussion.number,
        "phase": phase.number if phase else None,
        "version": version,
        "title": discussion.title,
        "theme": phase.theme if phase else "",
        "issue": discussion.issue,
        "questions": [question for one in spans for question in one.questions],
        "compiled_by": by.name,
        "issued_at": at.astimezone(zone).isoformat(),
        "from_day": (spans[0].opened_at or spans[0].begins_at).astimezone(zone).isoformat(),
        "to_day": (spans[-1].closed_at or spans[-1].ends_at).astimezone(zone).isoformat(),
        "page": letters.page(discussion),
        "reach": lookups.reach(those)._asdict(),
    }
    said = [_frozen(post, zone) for post in sorted([*those, *taken_up], key=lambda post: post.number)]
    return publication.make(masthead, sections=[(one.key, one.html) for one in sections(of)], contributions=said, base=letters.base())


def _frozen(post: Post, zone: Any) -> document.Response:
    who = post.author
    voice = document.Voice(post.author_name)
    if who:
        voice = document.Voice(who.name or post.author_name, who.role, who.organisation, who.country)
    return document.Response(post.key, voice, post.author_id, post.posted_at.astimezone(zone).isoformat(), "", post.language, post.number)


def mailed(of: dict[str, Any], phase: Phase | None, *, attached: bool = True) -> dict[str, Any]:
    """What the letter to everybody shows of a document; `attached`: whether a final one comes with its files."""
    with translation.override(of["language"]):
        return {
            "final": phase is None,
            "attached": attached,
            "phase": phase,
            "byline": publication.byline(of),
            "nature": publication.nature(of),
            "reach": publication.reach(of),
            "sections": [(heading(one["key"]), [plain.as_text(block) for block in one["blocks"]]) for one in of["sections"]],
            "files": f"{of['page']}/summary/v{of['version']}",
        }


def preview(of: Summary, *, version: int, by: Person, at: Any) -> tuple[str, str]:
    """Subject and text of the mail that would bring a summary to the members now."""
    return letters.issued(of.discussion, mailed(drawn_up(of, version=version, by=by, at=at), of.phase))


def editions(here: Standing, of: Discussion) -> list[Edition]:
    """The latest version of each summary that this reader may read: of the phases in order, then of the whole."""
    if not here.reads or of.community_id != here.community.pk:
        return []
    rows = Edition.objects.filter(summary__discussion=of, post__withdrawn_at=None).select_related("summary__phase", "post")
    latest: dict[int, Edition] = {}
    for one in rows.order_by("number"):
        latest[one.summary_id] = one
    return sorted(latest.values(), key=lambda one: one.summary.phase.number if one.summary.phase else 10_000)


def latest() -> QuerySet[Edition]:
    """The latest version of each summary, in every community. For the index, which asks `readable` before it shows any."""
    later = Edition.objects.filter(summary=OuterRef("summary"), number__gt=OuterRef("number"), post__withdrawn_at=None)
    found = Edition.objects.filter(~Exists(later), post__withdrawn_at=None)
    return found.select_related("summary__discussion", "summary__phase").order_by("pk")


def readable(here: Standing) -> QuerySet[Edition]:
    """Those of a community, for who may read it."""
    return latest().filter(summary__discussion__community=here.community) if here.reads else Edition.objects.none()


def withdrawn_since(of: Iterable[Edition]) -> dict[int, set[str]]:
    """The keys of messages that were withdrawn from the discussions of some editions, by the edition's primary key."""
    those = {one.pk: one.summary.discussion.conversation_id for one in of}
    gone: dict[int | None, set[str]] = {}
    rows = Post.objects.filter(conversation__in=set(those.values()), withdrawn_at__isnull=False, unreleased=False)
    for conversation, key in rows.values_list("conversation", "key"):
        gone.setdefault(conversation, set()).add(key)
    return {pk: gone[conversation] for pk, conversation in those.items() if conversation in gone}


def with_stale_files() -> QuerySet[Edition]:
    """The editions whose mail still carries a file, though a message of their discussion was withdrawn since."""
    withdrawn = Post.objects.filter(conversation=OuterRef("post__conversation"), withdrawn_at__gte=OuterRef("issued_at"), unreleased=False)
    carrying = Edition.objects.filter(post__attachments__isnull=False).filter(Exists(withdrawn))
    return carrying.select_related("post").defer("document").distinct()


def edition(here: Standing, of: Discussion, version: int) -> Edition | None:
    """A version of the final summary."""
    if not here.reads or of.community_id != here.community.pk:
        return None
    found = Edition.objects.filter(summary__discussion=of, summary__phase=None, number=version, post__withdrawn_at=None)
    return found.select_related("summary").first()


def shown(here: Standing, of: Edition) -> dict[str, Any]:
    """The document of an edition as this reader may see it now: what cites something withdrawn is marked."""
    keys = {one["key"] for one in of.document["responses"]}
    standing = Post.objects.filter(community=here.community, key__in=keys, withdrawn_at=None).values_list("key", flat=True)
    found = document.without(of.document, keys - set(standing))
    return found if here.person else document.masked(found)


def pdf(here: Standing, of: Edition) -> bytes:
    """An edition as PDF, as this reader may see it."""
    return paper.pdf(publication.laid_out(shown(here, of)))


def docx(here: Standing, of: Edition) -> bytes:
    """The same as a Word file."""
    return word.file(publication.laid_out(shown(here, of)))


def asked(pk: int) -> Feedback | None:
    """What a contributor was asked, by its key, which only a ticket may tell."""
    return Feedback.objects.select_related("discussion__community", "person").filter(pk=pk).first()


byline = publication.byline
kind = publication.kind
nature = publication.nature
reach = publication.reach
