"""Questions about Consolidated Replies, on behalf of somebody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from talanoa.conversations.models import Post
from talanoa.drafting import drafts
from talanoa.editing import lookups as editing
from talanoa.editing.lookups import Changed
from talanoa.locale import country
from talanoa.people.models import Person
from talanoa.publishing import markup
from talanoa.queries import lookups as queries
from talanoa.queries.models import Query
from talanoa.replies import filling, rewriting, sentences
from talanoa.replies.models import Reply, Section
from talanoa.replies.rules import SECTIONS


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a reply cannot be issued: a sentence, and where: the section and the number of the block in it, from 0."""

    sentence: str
    section: str = ""
    block: int | None = None


def workplace(person: Person | None, pk: int) -> tuple[Query, Reply | None] | None:
    """A query with the reply that is being made of it, for a facilitator of its community; nothing for anybody else."""
    query = queries.workplace(person, pk)
    return (query, Reply.objects.filter(query=query).first()) if query else None


def sections(reply: Reply) -> list[Section]:
    """The sections of a reply in the order in which they are read."""
    found = {one.key: one for one in reply.sections.select_related("saved_by")}
    return [found[key] for key in SECTIONS]


def section(reply: Reply, key: str) -> Section | None:
    """One section."""
    return reply.sections.select_related("saved_by").filter(key=key).first()


def versions(of: Section) -> list[Changed]:
    """How a section was, the latest first, and what each changed."""
    return editing.versions(of)


def source(query: Query, post: Post) -> str:
    """The link that says from which response words come."""
    return markup.linked(name_of(post), f"/c/{query.community.slug}/m/{post.key}")


def name_of(post: Post) -> str:
    """What the author of a response is called, also when the person has gone."""
    return (post.author.name if post.author else "") or post.author_name or gettext("a member")


def country_of(query: Query, post: Post) -> str:
    """The author's country in the language of the community."""
    return _country(query, post.author.country) if post.author and post.author.country else ""


def _country(query: Query, code: str) -> str:
    with translation.override(query.community.language):
        return country(code)


def contributions(query: Query) -> list[drafts.Contribution]:
    """The query and its responses, for drafting."""
    asked = query.post.message_id if query.post else ""
    question = drafts.Contribution(message_id=asked, author=query.asker_name, text=query.text, is_question=True)
    return [question, *(_contribution(post) for post in queries.responses(query).prefetch_related("attachments"))]


def _contribution(post: Post) -> drafts.Contribution:
    who = post.author
    return drafts.Contribution(
        message_id=post.message_id,
        author=name_of(post),
        text=post.fresh_text,
        role=who.role if who else "",
        organisation=who.organisation if who else "",
        country=who.country if who else "",
        at=post.posted_at,
        attachments=tuple(file.name for file in post.attachments.all() if not file.inline),
    )


def draft(query: Query, *, words: int = 0, most_sentences: int = 0) -> drafts.Draft:
    """The first draft of a reply, from the responses, by algorithm; its summary about so long, a page if neither is said."""
    return drafts.draft(contributions(query), subject=query.title, words=words, most_sentences=most_sentences)


def drafted(query: Query) -> Mapping[str, list[markup.Block]]:
    """The first draft as sections."""
    links = {post.message_id: source(query, post) for post in queries.responses(query)}
    return filling.drafted(draft(query), links.__getitem__, lambda code: _country(query, code))


def cited(reply: Reply) -> set[str]:
    """The keys of the messages here that the sections link to."""
    links = (link for one in reply.sections.all() for block in markup.blocks(one.html) for link in block.links)
    return {found[1] for link in links if (found := markup.message_in(link, settings.TALANOA.base_url))}


def coverage(reply: Reply) -> list[tuple[Post, bool]]:
    """The responses in order, and whether each is represented in the reply."""
    keys = cited(reply)
    return [(post, post.key in keys) for post in queries.responses(reply.query)]


def missing(reply: Reply) -> list[Missing]:
    """Why a reply cannot be issued yet, place by place; nothing when it can."""
    query = reply.query
    posts = Post.objects.filter(conversation=query.conversation_id).values_list("key", "withdrawn_at")
    gone = {key for key, withdrawn_at in posts if withdrawn_at}
    responses = list(queries.responses(query))
    here = {(query.community.slug, post.key) for post in responses}
    found: list[Missing] = []
    for one in sections(reply):
        blocks = markup.blocks(one.html)
        if one.key == "summary" and not any(block.is_item for block in blocks):
            found.append(Missing(gettext("The summary is empty."), one.key))
        for number, block in enumerate(blocks):
            found += [Missing(sentence, one.key, number) for sentence in _wanting(block, here, gone)]
    found += [
        Missing(gettext("Response %(number)d has no name by which its author could be thanked.") % {"number": post.number})
        for post in responses
        if not (post.author and post.author.name) and not post.author_name
    ]
    return found


def _wanting(block: markup.Block, here: set[tuple[str, str]], gone: set[str]) -> Iterable[str]:
    """What a block lacks. A block in which every source is gone lacks a source, too, but one sentence says enough."""
    words = {"words": _beginning(block.text)}
    messages = [found for link in block.links if (found := markup.message_in(link, settings.TALANOA.base_url))]
    for message in dict.fromkeys(messages):
        if message not in here:
            if message[1] in gone:
                yield gettext("“%(words)s” quotes a response that was withdrawn or taken down.") % words
            else:
                yield gettext("“%(words)s” links to a message that is no response to this query.") % words
    if block.is_item and not messages and markup.FOUND not in block.links:
        yield gettext("“%(words)s” has no source.") % words
    for mark in block.marks:
        yield gettext("“%(mark)s” is unresolved.") % {"mark": f"[[{_beginning(mark)}]]"}


def _beginning(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else f"{words[:57].rsplit(' ', 1)[0]} …"


def for_a_model(of: Section) -> list[dict[str, str]]:
    """All that a language model would be told, to word a section anew."""
    query = of.reply.query
    draft = "\n\n".join(block.text for block in markup.blocks(of.html))
    said = {number: (name_of(post), post.fresh_text) for number, post in _numbered(query).items()}
    return rewriting.asked(heading(of.key), f"{query.title}\n{query.text}", draft, said)


def reworded(of: Section, answer: str) -> tuple[list[markup.Block], int]:
    """A model's answer as blocks with sources, and how many sentences of it are struck, because their citation does not hold."""
    query, numbered = of.reply.query, _numbered(of.reply.query)
    paragraphs = rewriting.checked(answer, {number: post.fresh_text for number, post in numbered.items()})
    links = {number: source(query, post) for number, post in numbered.items()}
    struck = sum(not one.holds for paragraph in paragraphs for one in paragraph)
    return filling.reworded(paragraphs, links, gettext("struck, what it cites does not say it"), section=of.key), struck


def _numbered(query: Query) -> dict[int, Post]:
    return dict(enumerate(queries.responses(query), 1))


def heading(key: str) -> str:
    """The heading of a section, in the language of the moment."""
    return sentences.section(key)


def same(html: str, other: str) -> bool:
    """Whether two texts say the same, however an editor writes it down."""
    return markup.clean(html) == markup.clean(other)
