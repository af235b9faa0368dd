"""One Outgoing, made ready so that a copy of it costs as little as possible.

Everything that copies share is done once: the body is dot-stuffed and hashed, the
head is cut at its slots. A copy fills the slots and, with a key, signs.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings

from talanoa.mail import tokens
from talanoa.mail.models import Outgoing
from talanoa.mail.sending import dkim
from talanoa.mail.sending.writing import DELIVERY_SLOT, UNSUBSCRIBE_SLOT

CACHE = 64 * 1024 * 1024  # bytes of letters kept ready
_SLOTS = re.compile(b"(" + re.escape(UNSUBSCRIBE_SLOT) + b"|" + re.escape(DELIVERY_SLOT) + b")")
_UTF8_ADDRESS = re.compile(rb"(?im)^(?:from|to|cc|reply-to|sender|x-original-from):(?:[^\r\n]|\r\n[ \t])*[\x80-\xff]")

_FILLINGS: tuple[tuple[bytes, Callable[[int, int | None], str]], ...] = (
    (UNSUBSCRIBE_SLOT, lambda _delivery, member: tokens.seal("leave", member or 0)),
    (DELIVERY_SLOT, lambda delivery, _member: tokens.seal("bounce", delivery)),
)


class Stencil:
    """How the copies of one letter are made; `size` is about what it takes in memory, in bytes."""

    def __init__(self, *, head: bytes, body: bytes, bounces_to: str, signing: list[dkim.Key]) -> None:
        self.size = len(head) + 2 * len(body) + 4_000
        self.eight_bit = not body.isascii()
        # A UTF-8 address in a header asks for SMTPUTF8 (RFC 6531); other stray bytes travel as they came (M6).
        self.utf8 = not head.isascii() and _UTF8_ADDRESS.search(head) is not None
        # Behind the empty line every line that begins with a dot gets another (RFC 5321, 4.5.2).
        self._tail = (b"\r\n" + body).replace(b"\r\n.", b"\r\n..") + b".\r\n"
        self._head = _SLOTS.split(head)
        self._fillings = [(slot, make) for slot, make in _FILLINGS if slot in head]
        self._bounces_to, _, domain = bounces_to.partition("@")
        self._domain = domain or settings.TALANOA.mail_domain
        self._seal = dkim.Seal(signing, head, body) if signing else None
        self._covered = _SLOTS.split(self._seal.covered) if self._seal else []
        self._same = self._whole(self._head, self._covered) if len(self._head) == 1 else None

    def sender(self, delivery: int) -> str:
        """The envelope sender of one delivery, by which a bounce is known (VERP); "" is the null sender."""
        if not self._bounces_to:
            return ""
        return f"{self._bounces_to}-bounces+{tokens.seal('bounce', delivery)}@{self._domain}"

    def copy(self, delivery: int, member: int | None) -> bytes:
        """What follows 354: the whole letter for one delivery, dots stuffed, with the final dot."""
        if self._same is not None:
            return self._same
        fill = {slot: make(delivery, member).encode("ascii") for slot, make in self._fillings}
        head = [fill.get(piece, piece) for piece in self._head]
        return self._whole(head, [fill.get(piece, piece) for piece in self._covered])

    def _whole(self, head: list[bytes], covered: list[bytes]) -> bytes:
        signature = self._seal.over(b"".join(covered)) if self._seal else b""
        return b"".join([signature, *head, self._tail])


class Stencils:
    """The letters of the outbox, made ready; the last used stay so, up to `CACHE` bytes."""

    def __init__(self, signing: list[dkim.Key]) -> None:
        self._signing = signing
        self._ready: OrderedDict[int, Stencil] = OrderedDict()
        self._size = 0

    def of(self, outgoing: int) -> Stencil:
        """The stencil of this Outgoing; asks the database where it is not ready."""
        if (known := self._ready.get(outgoing)) is not None:
            self._ready.move_to_end(outgoing)
            return known
        head, body, bounces_to = Outgoing.objects.values_list("head", "body", "bounces_to").get(pk=outgoing)
        made = Stencil(head=bytes(head), body=bytes(body), bounces_to=bounces_to, signing=self._signing)
        self._ready[outgoing] = made
        self._size += made.size
        while self._size > CACHE and len(self._ready) > 1:
            self._size -= self._ready.popitem(last=False)[1].size
        return made
