"""What the world reports of our copies: they came back, or somebody complained. One door for all such news.

Delivery reports that come as mail, the webhooks of mail providers and our own postman's refusals
end here. A copy is known by its token alone (L5): callers have unsealed it, or have the copy itself.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction

from talanoa.communities import actions as communities
from talanoa.communities.lookups import membership_numbered
from talanoa.mail import actions as mail
from talanoa.mail import lookups, tokens
from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import Letter
from talanoa.people import actions as people

log = structlog.get_logger()

REFUSED_AT_ONCE = 200  # refusals that are noted in one transaction
_RETURN_PATH = re.compile(r"-bounces\+([a-z2-7]+)@", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"(?:-leave\+|/leave/)([a-z2-7]+)[@>]", re.IGNORECASE)


class Failure(Protocol):
    """What is known of one address that could not be reached; `reason` is a word of the reading room's `REASONS`."""

    @property
    def address(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def permanent(self) -> bool: ...
    @property
    def reason(self) -> str: ...


def bounced(delivery: int, recipients: Sequence[Failure], *, at: datetime, words: str = "") -> bool:
    """A copy came back. `delivery`: its number, from its token; `words`: what the other post office said.

    Returns whether it counts: False for a copy that is unknown, that left more than 14 days ago,
    or whose return was noted before.
    """
    return bool(led_to(delivery, recipients, at=at, words=words))


def led_to(delivery: int, recipients: Sequence[Failure], *, at: datetime, words: str = "") -> str:
    """As `bounced`, and tells what came of it: "noted", "probed" or "unreachable"; "" if it does not count."""
    if not recipients:
        return ""
    with transaction.atomic():
        said = "; ".join(f"{one.status} {one.reason} {one.address}" for one in recipients)
        copy = mail.note_bounce(delivery, words=f"{said}. {words}" if words else said, at=at)
        return _pass_on(copy, recipients, words or said, at) if copy else ""


def _pass_on(copy: Delivery, recipients: Sequence[Failure], words: str, at: datetime) -> str:
    if not copy.outgoing.bounces_to:
        return "noted"  # a letter of the house, which anybody can bring about, speaks against nobody
    # Mail may have been forwarded: then the report names another address, and yet the copy is this one.
    one = next((one for one in recipients if one.address.lower() == copy.address.lower()), recipients[0])
    outcome = people.note_bounced(
        copy.address,
        delivery=copy.pk,
        list_address=copy.outgoing.bounces_to,
        permanent=one.permanent,
        reason=one.reason,
        words=" ".join(words.split())[:500],
        at=at,
    )
    return outcome or "noted"


def complained(delivery: int, *, at: datetime) -> bool:
    """Somebody called a copy spam: its member leaves, as by the link in its header; False if it is nobody's copy."""
    member = Delivery.objects.filter(pk=delivery).values_list("member", flat=True).first()
    return member is not None and _leave(member, at)


def _leave(member: int, at: datetime) -> bool:
    membership = membership_numbered(member)
    if membership is None:
        return False
    if membership.left_at is None:
        with transaction.atomic():
            communities.leave(membership.community, membership.person, at=at)
        log.info("left after a complaint", community=membership.community.slug, member=member)
    return True


def complaint(letter: Letter, token: str, *, at: datetime) -> bool:
    """A feedback report (RFC 5965) that came as mail; False if nothing in it, or its address, names a copy of ours.

    `token`: from the address that it came to. Of the report only what stood in the returned mail's header counts.
    """
    traces = " ".join(letter.complained_through)
    for found in [token, *_RETURN_PATH.findall(traces)]:
        delivery = tokens.unseal("bounce", found)
        if delivery is not None and complained(delivery, at=at):
            return True
    members = (tokens.unseal("leave", found) for found in _UNSUBSCRIBE.findall(traces))
    return any(member is not None and _leave(member, at) for member in members)


def tend(*, at: datetime) -> None:
    """Learn from what our own postman was refused for good: 5xx, and 4xx for five days (O5)."""
    while True:
        with transaction.atomic():
            refused = mail.take_refused(limit=REFUSED_AT_ONCE, at=at)
            for copy in refused:
                failure = lookups.refusal(copy)
                if failure is not None:
                    _pass_on(copy, [failure], copy.answer, at)
        if len(refused) < REFUSED_AT_ONCE:
            return
