"""The letters about held mail. Each returns the reason why none is owed, or "" when it was sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.functional import Promise

from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.mail.reading.parsing import Letter, canonical_address
from talanoa.mail.sending import house_letters
from talanoa.moderation.lookups import Noticed, explained, history, invitable, keeps_the_desk
from talanoa.moderation.models import Held, Receipt
from talanoa.moderation.sentences import SENTENCES
from talanoa.people.lookups import Recognised
from talanoa.people.models import Person

A_DAY = timedelta(hours=24)


def silence_owed(letter: Letter, author: Recognised) -> str:
    """Why nothing automatic may answer this mail (L1); "" if it may.

    An author is answered whom our edge vouches for, who is signed in, or whom we know by an address
    that nothing disproves: an answer to a forged stranger would be backscatter.
    """
    if letter.machine:
        return f"a machine sent it ({letter.machine})"
    if author.address is None:
        return "it names no author"
    if author.disproven:
        return "the author's address is forged"
    if author.person is None and not author.proven:
        return "nothing proves that the author wrote it"
    return ""


def receipt(letter: Letter, author: Recognised, community: Community, *, at: datetime) -> str:
    """Tells the author that a mail waits for the facilitator; at most one a day and community."""
    if silence := silence_owed(letter, author):
        return silence
    if community.visibility == Community.Visibility.HIDDEN and author.person is None:
        return "a stranger learns nothing of a hidden community"
    assert author.address is not None
    address = canonical_address(author.address)
    if Receipt.objects.filter(community=community, address=address, sent_at__gt=at - A_DAY).exists():
        return "a receipt went to the author within a day"
    _send("moderation/letters/receipt.txt", letter, author, community, at=at)
    return ""


def rejection(letter: Letter, author: Recognised, community: Community, *, words: str | Promise, at: datetime) -> str:
    """Tells the author that a mail is not circulated, and why, with the text for use elsewhere."""
    if silence := silence_owed(letter, author):
        return silence
    _send("moderation/letters/rejection.txt", letter, author, community, at=at, words=words)
    return ""


def turned_back(letter: Letter, author: Recognised, community: Community, *, reason: str, at: datetime) -> str:
    """Tells the author why a mail cannot be circulated."""
    return rejection(letter, author, community, words=SENTENCES.get(reason, reason), at=at)


def notice(held: Held, letter: Letter, person: Person, address: str, token: str, *, again: bool, at: datetime) -> None:
    """Shows a facilitator a held mail, whole; an answer to it decides."""
    _to_facilitator(
        "moderation/letters/notice.txt",
        held,
        person,
        address,
        token,
        at=at,
        letter=letter,
        again=again,
        explained=explained(held),
        invitable=invitable(held, letter) if keeps_the_desk(person, held) else "",
        whole=keeps_the_desk(person, held),
        history=history(held, person),
    )


def answered(notice: Noticed, token: str, *, sentence: str, understood: bool, about: str, at: datetime) -> None:
    """Tells a facilitator what their answer did, or what can be said."""
    assert notice.person is not None
    _to_facilitator(
        "moderation/letters/answered.txt",
        notice.held,
        notice.person,
        notice.ticket.address,
        token,
        at=at,
        sentence=sentence,
        understood=understood,
        living=notice.living,
        about=about,
    )


def which(
    held: Held, letter: Letter, person: Person | None, address: str, token: str, *, posts: Sequence[Post], again: bool, at: datetime
) -> None:
    """Asks an author which conversation an answer to a digest belongs to; an answer with its number tells."""
    local, _, domain = held.community.address.partition("@")
    house_letters.send(
        "moderation/letters/which.txt",
        to=address,
        languages=(person.languages if person else "", held.community.language),
        at=at,
        sender_name=held.community.name,
        sender_address=f"{local}-confirm+{token}@{domain}",
        answers=letter.message_id or "",
        replied=True,
        name=person.name if person else "",
        community=held.community,
        letter=letter,
        posts=posts,
        again=again,
    )


def _to_facilitator(
    template: str, held: Held, person: Person, address: str, token: str, *, at: datetime, about: str = "", **facts: Any
) -> None:
    local, _, domain = held.community.address.partition("@")
    base = settings.TALANOA.base_url.rstrip("/")
    house_letters.send(
        template,
        to=address,
        languages=(person.languages, held.community.language),
        at=at,
        sender_name=held.community.name,
        sender_address=f"{local}-confirm+{token}@{domain}",
        answers=about,
        community=held.community,
        held=held,
        person=person,
        page=f"{base}/moderation/{held.pk}",
        link=f"{base}/decide/{token}",
        **facts,
    )


def _send(template: str, letter: Letter, author: Recognised, community: Community, *, at: datetime, **facts: Any) -> None:
    assert author.address is not None
    local, _, domain = community.address.partition("@")
    house_letters.send(
        template,
        to=author.address,
        languages=(author.person.languages if author.person else "", community.language),
        at=at,
        sender_name=community.name,
        sender_address=f"{local}-owner@{domain}",
        answers=letter.message_id or "",
        replied=True,
        name=author.name or (author.person.name if author.person else ""),
        community=community,
        letter=letter,
        received_at=at,
        **facts,
    )
