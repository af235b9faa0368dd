"""Which message an answer to a digest means.

A mail client answers a digest as if it were one message. What the author left of it, or wrote
above it, mostly tells which of its messages is meant; if not, a person is asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from talanoa.communities.models import Community
from talanoa.conversations import rules, threading
from talanoa.conversations.models import Digest, Post
from talanoa.mail.reading.parsing import Letter

_LINK = re.compile(r"/m/([A-Z2-7]{32})\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w#])#(\d{1,4})\b")
_HEADING = re.compile(r"[\s>|*_]*(\d{1,4})\.\s+([^\n]{1,200}?)[\s*_]*")


@dataclass(frozen=True, slots=True)
class Meant:
    """That a mail answers digests of ours, and the message that it means; None if it does not tell."""

    digests: frozenset[str]
    post: Post | None


def meant(community: Community, letter: Letter, *, subject: str = "", beneath: Post | None = None) -> Meant | None:
    """What a mail to a community means, if it answers a digest of that community (P8); None if it answers none.

    `subject`: the facilitator's, which comes before the author's. `beneath`: the message that a person named.
    """
    answered = _answered(community, letter)
    if answered is None:
        return None
    digests, nearest = answered
    if beneath:
        return Meant(digests, beneath)
    shown = _shown(nearest)
    numbered = [(number, shown[pk]) for number, pk in enumerate(nearest.posts, 1) if pk in shown]
    named = _named(numbered, community, letter, subject or letter.subject)
    if named is None and len({post.conversation_id for post in shown.values()}) == 1 and len(shown) == len(nearest.posts):
        named = numbered[-1][1]  # a digest of one conversation needs no more
    return Meant(digests, named)


def candidates(community: Community, letter: Letter) -> list[Post]:
    """The conversations that an answer to a digest could mean, in the order of the digest: of each its latest message there."""
    answered = _answered(community, letter)
    if answered is None:
        return []
    shown = _shown(answered[1])
    latest: dict[int, Post] = {}
    for pk in answered[1].posts:
        if pk in shown:
            latest[shown[pk].conversation_id] = shown[pk]
    return list(latest.values())


def _answered(community: Community, letter: Letter) -> tuple[frozenset[str], Digest] | None:
    """The Message-IDs of the digests that a mail answers, and the nearest of them."""
    answers = threading.answered(letter.in_reply_to, letter.references)
    if not answers:
        return None
    found = {digest.message_id: digest for digest in Digest.objects.filter(community=community, message_id__in=answers)}
    if not found:
        return None
    nearest = next(rank for rank, answer in enumerate(answers) if answer in found)
    if Post.objects.filter(community=community, message_id__in=answers[:nearest]).exists():
        return None  # an answer to somebody's answer to a digest stands below that
    return frozenset(found), found[answers[nearest]]


def _shown(digest: Digest) -> dict[int, Post]:
    return Post.objects.filter(pk__in=digest.posts, withdrawn_at=None).select_related("conversation", "author").in_bulk()


def _named(numbered: Sequence[tuple[int, Post]], community: Community, letter: Letter, subject: str) -> Post | None:
    """The post that the first clue names which names posts of one conversation alone; the latest, if several of it."""
    by_key = {post.key: post for _, post in numbered}
    by_number = dict(numbered)
    key = rules.subject_key(subject, community.subject_prefix)
    above = f"{subject}\n" + "\n".join([line for line in letter.fresh_text.split("\n") if line.strip()][:3])
    clues: tuple[Iterable[Post | None], ...] = (
        (post for _, post in numbered if key and post.conversation.key == key),
        _linked(letter.fresh_text, by_key),
        (by_number.get(int(number)) for number in _NUMBER.findall(above)),
        _linked(letter.quoted_text, by_key),
        _headed(f"{letter.fresh_text}\n{letter.quoted_text}", by_number),
        _under(f"{letter.fresh_text}\n{letter.quoted_text}", numbered, community.subject_prefix),
    )
    for clue in clues:
        posts = {post.pk: post for post in clue if post}
        if len({post.conversation_id for post in posts.values()}) == 1:
            return posts[max(posts)]
    return None


def _linked(text: str, by_key: dict[str, Post]) -> list[Post | None]:
    # A quoting client may have broken the link within.
    unbroken = re.sub(r"=?\n[> ]*(?=[A-Z2-7]{1,31}\b)", "", text)
    return [by_key.get(key.upper()) for whole in (text, unbroken) for key in _LINK.findall(whole)]


def _headed(text: str, by_number: dict[int, Post]) -> list[Post | None]:
    """The posts whose number and author stand together as a line, as they do above each in a digest."""
    found: list[Post | None] = []
    for line in text.split("\n"):
        heading = _HEADING.fullmatch(line[:240])
        post = by_number.get(int(heading[1])) if heading else None
        if heading and post and " ".join(heading[2].split()) in ((post.author and post.author.name), post.author_name):
            found.append(post)
    return found


def _under(text: str, numbered: Sequence[tuple[int, Post]], prefix: str) -> list[Post | None]:
    """The posts whose conversation's subject stands as a line."""
    lines = {rules.subject_key(line.strip("> \t*_")[:400], prefix) for line in text.split("\n") if line.strip("> \t=-*_")}
    return [post for _, post in numbered if post.conversation.key and post.conversation.key in lines]
