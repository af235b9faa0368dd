"""What a member writes in the post office, as a mail program would write it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, getaddresses

from talanoa.demo import clients
from talanoa.mail.reading.parsing import Letter


def recipients(letter: Letter) -> dict[str, str]:
    """Whom one can answer, by address: first whoever Reply-To names, then the author alone."""
    found: dict[str, str] = {}
    for name in ("reply-to", "x-original-from", "from"):
        for box in _boxes(letter, name):
            found.setdefault(box[1], box[0])
    if letter.header("x-original-from"):
        # From is the community's there, which Reply-To or the author have named already.
        for _, address in _boxes(letter, "from"):
            if address in found and len(found) > 2:
                del found[address]
    return found


def _boxes(letter: Letter, name: str) -> Sequence[tuple[str, str]]:
    return [box for box in getaddresses([letter.header(name) or ""]) if "@" in box[1]]


def answer(letter: Letter, *, name: str, address: str, to: tuple[str, str], text: str, quote: bool, message_id: str, at: datetime) -> bytes:
    """An answer to a letter, with what it answers quoted beneath where that is wanted."""
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    quoted = None
    if quote:
        sender = letter.sender
        quoted = clients.Quoted(
            sender=(sender.name or sender.address) if sender else "",
            address=sender.address if sender else "",
            to=to[0] or to[1],
            subject=letter.subject,
            at=(letter.written_at or at).astimezone(at.tzinfo),
            text=letter.text.rstrip(),
        )
    mail = _mail(name, address, to, subject, clients.compose(text, "", quoted, "gmail"), message_id, at)
    if letter.message_id:
        mail["In-Reply-To"] = letter.message_id
        mail["References"] = " ".join(dict.fromkeys([*letter.references[-18:], letter.message_id]))
    return bytes(mail)


def write(*, name: str, address: str, to: tuple[str, str], subject: str, text: str, message_id: str, at: datetime) -> bytes:
    """A letter that begins something."""
    return bytes(_mail(name, address, to, subject, clients.wrapped(text, "gmail"), message_id, at))


def _mail(name: str, address: str, to: tuple[str, str], subject: str, text: str, message_id: str, at: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((name, address))
    mail["To"] = formataddr(to)
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail.set_content(text.rstrip() + "\n", cte="quoted-printable")
    return mail
