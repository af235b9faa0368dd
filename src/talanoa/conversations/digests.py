"""Digests: the messages since the last one, in one letter.

Posts of a community commit in the order of their numbers, so a range of numbers says exactly what
a digest holds. Members whose digests are alike to the byte share one letter: an `Edition`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from babel.dates import format_skeleton
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from markupsafe import Markup

from talanoa.communities.lookups import Awaiting, clock
from talanoa.communities.models import Community, Membership
from talanoa.conversations import copies, rendering, rules, typesetting
from talanoa.conversations.models import Attachment, Post
from talanoa.locale import country, known, spoken, whole_day
from talanoa.mail.sending import writing

WIDTH = 72
ROOM = 20_000  # bytes for all texts of a digest, so that its HTML stays below 30 kB where they allow it
LEAST = 1_000  # bytes for each text, however many there are
WITH_TEXTS = 120  # of more messages a digest gives the subjects alone

Range = tuple[int, int]  # numbers of posts: after, through


@dataclass(frozen=True, slots=True)
class Edition:
    """What all digests that are alike have in common."""

    kind: str  # a value of Membership.Delivery
    ranges: tuple[Range, ...]
    html: bool
    language: str
    day: date  # of the members, in the heading
    apart: tuple[tuple[int, int, int | None], ...] = ()  # conversations that they follow otherwise: with numbers after and through
    title: str = ""  # of a digest of one conversation
    comment: str = ""

    def brings(self, post: Post) -> bool:
        """Whether a post of its ranges belongs in it."""
        return not any(
            post.conversation_id == conversation and after < post.pk and (through is None or post.pk <= through)
            for conversation, after, through in self.apart
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in a digest, as its templates show it."""

    number: int
    post: Post
    page: str
    author: str
    about: str  # role, organisation, country
    day: str
    text: str
    wrapped: str
    html: str
    cut: bool
    size: int
    attachments: Sequence[Attachment]
    answer: str  # the address of a link that begins an answer


@dataclass(frozen=True, slots=True)
class Section:
    """One conversation in a digest."""

    subject: str
    entries: list[Entry]


def editions(
    those: Iterable[Awaiting],
    *,
    newest: int,
    sent: Collection[tuple[int, int]],
    language: str,
    apart: Mapping[int, Sequence[tuple[int, int, int | None]]],
) -> dict[Edition, list[Awaiting]]:
    """Who gets a digest now, by what they share. `newest`: the number of the community's newest post.

    `sent`: pairs of membership and letter of what was taken back too late, and had left.
    `apart`: by membership, what they follow otherwise: conversation, after, through.
    """
    made: dict[Edition, list[Awaiting]] = {}
    for one in those:
        if not one.entitled or one.paused:
            continue
        regular = one.delivery in Membership.DIGESTS
        owed = [piece for piece in one.owed if (one.membership, piece[3]) not in sent]
        ranges = joined([*((after, through) for _, after, through, _ in owed), *([(one.digested_through, newest)] if regular else [])])
        if ranges:
            edition = Edition(
                kind=one.delivery if regular else owed[-1][0],
                ranges=ranges,
                html=one.html,
                language=spoken(one.languages, language),
                day=one.day,
                apart=tuple(piece for piece in apart.get(one.membership, ()) if _overlaps(piece[1], piece[2], ranges)),
            )
            made.setdefault(edition, []).append(one)
    return made


def _overlaps(after: int, through: int | None, ranges: Iterable[Range]) -> bool:
    return any(after < end and (through is None or through > begin) for begin, end in ranges)


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same numbers in as few ranges as can be, in order, none empty and none overlapping."""
    made: list[Range] = []
    for after, through in sorted(ranges):
        if after >= through:
            continue
        if made and after <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], through))
        else:
            made.append((after, through))
    return tuple(made)


def in_order(posts: Iterable[Post]) -> list[Post]:
    """Conversation by conversation, in the order in which the first message of each came."""
    together: dict[int, list[Post]] = {}
    for post in sorted(posts, key=lambda post: post.pk):
        together.setdefault(post.conversation_id, []).append(post)
    return [post for those in together.values() for post in those]


def compose(
    community: Community, edition: Edition, posts: Sequence[Post], attachments: Mapping[int, Sequence[Attachment]], *, at: datetime
) -> tuple[writing.Composed, str]:
    """The letter with these posts, in this order, and its Message-ID."""
    texts = edition.kind != Membership.Delivery.SUBJECTS and len(posts) <= WITH_TEXTS
    cap = typesetting.shares([len(post.fresh_text.encode("utf-8", "replace")) for post in posts], room=ROOM, least=LEAST) if texts else 0
    message_id = writing.message_id()
    with translation.override(edition.language), timezone.override(clock(community)):
        title, extent = edition.title or _title(edition), _extent(posts)
        heading = gettext("%(title)s: %(extent)s") % {"title": title, "extent": extent}
        facts = {
            "community": community,
            "title": title,
            "comment": edition.comment,
            "comment_html": Markup(rendering.letter(edition.comment)),  # noqa: S704  every character was escaped there
            "extent": extent,
            "heading": heading,
            "sections": _sections(community, posts, attachments, cap, edition.language),
            "texts": texts,
            "too_many": not texts and edition.kind != Membership.Delivery.SUBJECTS,
            "delivery_page": f"{copies.base()}/c/{community.slug}/delivery",
            "request_address": community.address.replace("@", "-request@", 1),
            "page": f"{copies.base()}/c/{community.slug}",
            "width": WIDTH,
            "wrapped": typesetting.wrapped,
        }
        text = render_to_string("conversations/letters/digest.txt", facts).strip("\n") + "\n"
        html = render_to_string("conversations/letters/digest.html", facts) if edition.html else None
    group = writing.mailbox(community.name, community.address)
    headers = [
        ("From", group),
        ("To", group),
        ("Reply-To", group),
        ("Subject", " ".join(word for word in (community.subject_prefix, heading) if word)),
        ("Date", writing.date(at)),
        ("Message-ID", message_id),
        *copies.of_the_list(community),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", edition.language),
    ]
    return writing.compose(headers=headers, text=text, html=html), message_id


def _title(edition: Edition) -> str:
    day = whole_day(edition.day, edition.language)
    match edition.kind:
        case Membership.Delivery.WEEKLY:
            return gettext("Digest of the week to %(day)s") % {"day": day}
        case Membership.Delivery.MONTHLY:
            return gettext("Digest of the month to %(day)s") % {"day": day}
        case Membership.Delivery.SUBJECTS:
            return gettext("Subjects of %(day)s") % {"day": day}
        case _:
            return gettext("Digest of %(day)s") % {"day": day}


def _extent(posts: Sequence[Post]) -> str:
    several = len({post.conversation_id for post in posts})
    messages = ngettext("%(n)d message", "%(n)d messages", len(posts)) % {"n": len(posts)}
    if several == 1:
        return messages
    return gettext("%(messages)s in %(n)d conversations") % {"messages": messages, "n": several}


def _sections(
    community: Community, posts: Sequence[Post], attachments: Mapping[int, Sequence[Attachment]], cap: int, language: str
) -> list[Section]:
    made: dict[int, Section] = {}
    for number, post in enumerate(posts, 1):
        section = made.setdefault(post.conversation_id, Section(post.conversation.subject or gettext("(no subject)"), []))
        section.entries.append(_entry(community, number, post, attachments.get(post.pk, ()), cap, language))
    return list(made.values())


def _entry(community: Community, number: int, post: Post, attachments: Sequence[Attachment], cap: int, language: str) -> Entry:
    # A line "-- " would make mail programs grey out, and readers of answers drop, all that follows.
    whole = "\n".join(line.rstrip() for line in post.fresh_text.strip("\n").split("\n")) if cap else ""
    text, cut = typesetting.shortened(whole, cap)
    author = post.author
    subject = rules.circulated_subject(
        f"Re: {post.conversation.subject}", prefix=community.subject_prefix, number=None
    )
    about = [author.role, author.organisation, country(author.country)] if author else []
    return Entry(
        number=number,
        post=post,
        page=copies.page_of(post),
        author=(author.name if author else "") or post.author_name or gettext("A member"),
        about=", ".join(word for word in about if word),
        day=format_skeleton("yMMMd", timezone.localtime(post.posted_at).date(), locale=known(language)),
        text=text,
        wrapped=typesetting.wrapped(text, WIDTH),
        html=rendering.letter(text),
        cut=cut,
        size=len(whole),
        attachments=attachments,
        answer=f"mailto:{quote(community.address, safe='@')}?subject={quote(subject)}",
    )
