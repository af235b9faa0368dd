"""Mails as real clients write them and as our edge hands them in: complete bytes (RFC 5322). Pure."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from zoneinfo import ZoneInfo

from babel import Locale

from talanoa.demo import clients, printing
from talanoa.demo.story import FOLDER, Letter, chance

EDGE = "edge.talanoa.example"  # the post office in front of the demo; its word on senders is believed
_PROGRAMS = {
    "gmail": "", "outlook": "Microsoft Outlook 16.0", "thunderbird": "Mozilla Thunderbird", "yahoo": "YMailNorrin",
    "apple": "Apple Mail (2.3774)", "phone": "iPhone Mail (21G93)", "plain": "Village Webmail 1.4",
}  # fmt: skip
_WITH_HTML = frozenset({"gmail", "apple", "outlook"})
_QUOTED = 2  # letters deep; people cut off what lies further back


def message_id(letter: Letter) -> str:
    """The same in each telling, so that a story told twice is posted once."""
    return letter.known_as or f"<{letter.key[:24]}@{letter.author.address.rpartition('@')[2]}>"


def compose(letter: Letter, *, group: str, address: str, prefix: str) -> bytes:
    """The mail of a letter to a community called `group`, with the marks of our edge on top."""
    client = letter.client or letter.author.client
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((letter.author.name, letter.author.address))
    mail["To"] = formataddr((group, address))
    mail["Subject"] = _subject(letter, prefix)
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = message_id(letter)
    if letter.answers:
        mail["In-Reply-To"] = message_id(letter.answers)
        mail["References"] = " ".join(message_id(one) for one in _line_of(letter))
    if letter.language:
        mail["Content-Language"] = letter.language
    if letter.automatic:
        mail["Auto-Submitted"] = "auto-replied"
    if _PROGRAMS[client]:
        mail["X-Mailer"] = _PROGRAMS[client]
    quoted = _quoted(letter, group, address, prefix) if letter.answers else None
    sign = clients.signature(letter.author.name, _card(letter), client)
    words = clients.compose(_in_words(letter), sign, quoted, client)
    mail.set_content(words + "\n", cte="quoted-printable" if client == "phone" else "8bit")
    if client in _WITH_HTML and (client != "outlook" or chance(letter.key, 2)):
        _add_html(mail, letter, sign, quoted, client)
    for name in letter.files:
        _attach(mail, name)
    return mark(bytes(mail), sender=letter.author.address, at=letter.at, proven=not letter.disproven)


def mark(raw: bytes, *, sender: str, at: datetime, proven: bool = True) -> bytes:
    """The mail as our edge hands it in: what it found out about the sender, and the way the mail came."""
    domain = sender.rpartition("@")[2]
    word = "pass" if proven else "fail"
    lines = (
        f"Authentication-Results: {EDGE};\r\n spf={word} smtp.mailfrom={sender};\r\n"
        f" dkim={word} header.d={domain};\r\n dmarc={word} header.from={domain}\r\n"
        f"Received: from mail.{domain} (mail.{domain} [192.0.2.25])\r\n by {EDGE} with ESMTPS;\r\n {format_datetime(at)}\r\n"
    )
    return lines.encode("ascii") + raw


def _subject(letter: Letter, prefix: str) -> str:
    """People answer the copy that reached them: with the community's prefix, and the number of what they answer."""
    if letter.answers is None or letter.subject.startswith("Re:"):
        return letter.subject
    number = f" ({letter.answers.number})" if letter.answers.number > 1 else ""
    return f"Re: {prefix} {letter.subject}{number}"


def _line_of(letter: Letter) -> Sequence[Letter]:
    line = []
    above = letter.answers
    while above is not None:
        line.append(above)
        above = above.answers
    return line[::-1]


def _card(letter: Letter) -> list[str]:
    """The signature of those who have one: most in offices, few elsewhere."""
    author = letter.author
    if not author.role or chance(author.key, 10) >= (8 if author.client in ("outlook", "thunderbird") else 3):
        return []
    return [author.role, f"{author.organisation}, {Locale('en').territories[author.country]}"]


def _in_words(letter: Letter) -> str:
    """What of a letter with a picture reaches those who read text: the place where it stood."""
    return letter.text.replace("[picture: ", "[image: ")


def _quoted(letter: Letter, group: str, address: str, prefix: str) -> clients.Quoted:
    above = letter.answers
    assert above is not None
    text = _in_words(above)
    if above.answers and chance(letter.key, 3) == 0:
        # Some never cut anything off.
        further = _quoted(above, group, address, prefix)
        text += f"\n\n{clients.attribution(further, 'gmail')}\n{clients.as_quotation(further.text, 'gmail')}"
    return clients.Quoted(
        sender=f"{above.author.name} via {group}",
        address=address,
        to=group,
        subject=_subject(above, prefix),
        at=above.at.astimezone(ZoneInfo(letter.author.timezone)),
        text=text,
    )


def _add_html(mail: EmailMessage, letter: Letter, sign: str, quoted: clients.Quoted | None, client: str) -> None:
    shown = ""
    place = f"picture.{letter.key[:12]}@{letter.author.address.rpartition('@')[2]}"
    if letter.picture:
        shown = f'<img src="cid:{place}" alt="{letter.picture}" width="560" height="420">'
    mail.add_alternative(clients.html(letter.text, sign, quoted, client, shown), subtype="html", cte="quoted-printable")
    if shown:
        page = mail.get_payload()[-1]  # type: ignore[index]  # the alternative just added
        assert isinstance(page, MIMEPart)
        page.add_related(
            (FOLDER / "attachments" / "door.png").read_bytes(), "image", "png", cid=f"<{place}>", filename="door.png", disposition="inline"
        )


def _attach(mail: EmailMessage, name: str) -> None:
    path = FOLDER / "attachments" / name
    if path.suffix == ".pdf":
        content = printing.pdf(path.with_suffix(".txt").read_text(encoding="utf-8"))
        mail.add_attachment(content, "application", "pdf", filename=name)
    else:
        mail.add_attachment(path.read_text(encoding="utf-8"), subtype="csv", filename=name, cte="8bit")
