"""A mail's path without processes: kept and sorted by the same verbs as behind the doors."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr

from talanoa.mail import claims
from talanoa.mail.actions import claim_received, keep
from talanoa.mail.models import Delivery, Outgoing, Received
from talanoa.mail.reading import parsing
from talanoa.mailroom.sorting import sort

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def letter(sender, to="mdg@lists.example.org", subject="Village nurses", text="Who counts the births?", **headers) -> bytes:
    """The bytes of a plain mail; `Message_ID=`, `In_Reply_To=` … give further headers, None leaves one away."""
    made = EmailMessage()
    given = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Mon, 02 Mar 2026 09:29:00 +0000",
        "Message-ID": make_msgid(domain="people.example"),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in given.items():
        if value is not None:
            made[name] = value
    made.set_content(text)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class Path:
    """Walks mails; `authserv` is the edge whose Authentication-Results count."""

    def __init__(self, authserv="mx.lists.example.org"):
        self.authserv = authserv
        self.claim = claims.new_claim()

    def close(self):
        pass

    def read(self, raw):
        return parsing.read(raw, trusted_authserv=self.authserv)

    def keep(self, raw, *, to="mdg@lists.example.org", at=NOW, sender=None, **more) -> Received:
        sender = parseaddr(self.read(raw).header("from") or "")[1] if sender is None else sender
        return keep(raw, recipient=to, envelope_sender=sender, door=more.pop("door", "lmtp"), at=at, **more)

    def sort(self, at=NOW) -> list[str]:
        """Sort everything that waits; returns the fates in order."""
        fates = []
        while claimed := claim_received(limit=20, claim=self.claim, at=at):
            fates += [sort(pk, claim=self.claim, read=self.read, at=at) for pk in claimed]
        return fates

    def __call__(self, raw, *, to="mdg@lists.example.org", at=NOW, sender=None, **more) -> Received:
        """Take one mail in and sort it; returns it with its fate."""
        kept = self.keep(raw, to=to, at=at, sender=sender, **more)
        self.sort(at)
        kept.refresh_from_db()
        return kept


def copies() -> list[Delivery]:
    """All copies that wait to be delivered."""
    return list(Delivery.objects.filter(state="waiting").select_related("outgoing").order_by("id"))


def sent_bytes(outgoing: Outgoing) -> bytes:
    """A letter as it is sent, with its slots still open."""
    return bytes(outgoing.head) + b"\r\n" + bytes(outgoing.body)
