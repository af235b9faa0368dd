"""Questions about received mail."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from talanoa.mail.models import Delivery, Outgoing, Raw, Received
from talanoa.mail.reading.letter import FailedRecipient


class Damaged(Exception):
    """The kept bytes are not those that came in (D4)."""

    def __init__(self, received: Received) -> None:
        super().__init__(f"The bytes of mail {received.pk} do not match their digest; restore them from a backup.")


def raw(received: Received) -> bytes:
    """The bytes exactly as they came in, checked against their digest at each reading."""
    content = bytes(Raw.objects.values_list("content", flat=True).get(pk=received.raw_id))
    if hashlib.sha256(content).hexdigest() != received.raw_id:
        raise Damaged(received)
    return content


def written_by(person: int, pk: int) -> Received | None:
    """A mail that this person wrote on our own pages."""
    return Received.objects.filter(pk=pk, written_by=person).first()


def refusal(delivery: Delivery) -> FailedRecipient | None:
    """What the post office's last words about a copy mean; None if they are no refusal of SMTP."""
    from talanoa.mail.reading import reports  # its tables of words are for those who need them

    return reports.refused(delivery.address, delivery.answer)


def told_failure(address: str, words: str, listed: str = "", *, soft: bool = False) -> FailedRecipient:
    """What a mail provider's words about an address mean; `listed`: a status where they tell nothing, `soft`: it may pass."""
    from talanoa.mail.reading import reports

    return reports.told(address, words, listed, soft=soft)


def copy_of(message_ids: Sequence[str], address: str) -> int | None:
    """The number of the last copy with one of these Message-IDs that went to this address."""
    letters = Outgoing.objects.filter(message_id__in=message_ids)
    copies = Delivery.objects.filter(outgoing__in=letters, address__iexact=address)
    return copies.order_by("-pk").values_list("pk", flat=True).first()


def kept(content: bytes, recipient: str) -> bool:
    """Whether these bytes have come to this address before."""
    return Received.objects.filter(raw=hashlib.sha256(content).hexdigest(), recipient=recipient).exists()


def unaccounted(at: datetime) -> int:
    """How many mails have had no fate for ten minutes although nothing keeps them; 0 when all is well (D6)."""
    return Received.objects.filter(
        state=Received.State.WAITING, received_at__lt=at - timedelta(minutes=10), due_at__lt=at - timedelta(minutes=10)
    ).count()
