"""A letter that the house itself writes to one person.

It comes from the null sender, unless its return is waited for, and says Auto-Submitted (RFC 3834), so that nothing automatic
answers it (L4). Its words are a template: the first line is the subject, the rest the text.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from talanoa.locale import spoken
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.models import Delivery, Outgoing
from talanoa.mail.sending import writing


def words(template: str, *, languages: Sequence[str], **facts: object) -> tuple[str, str]:
    """The subject and text of a notice in the first of some languages that we speak."""
    with translation.override(spoken(*languages)):
        subject, _, text = render_to_string(template, facts).lstrip().partition("\n")
    return " ".join(subject.split()), text.strip() + "\n"


def send(
    template: str,
    *,
    to: str,
    languages: Sequence[str],
    at: datetime,
    sender_name: str = "Talanoa",
    sender_address: str = "",
    answers: str = "",
    replied: bool = False,
    bounces_to: str = "",
    ends: str = "",
    **facts: object,
) -> Outgoing:
    """Enqueue a notice to one address, in the caller's transaction.

    `languages`: of the person, then of the community, each as tags with spaces between, best first.
    `answers`: the Message-ID it is about. `replied`: it is sent because of that mail (RFC 3834).
    `bounces_to`: the community by whose address we want to learn that it came back.
    `ends`: the address by which one click ends such letters (RFC 8058); the words have it, too.
    """
    subject, text = words(template, languages=languages, to=to, ends=ends, **facts)
    message_id = writing.message_id()
    headers = [
        ("From", writing.mailbox(sender_name, sender_address or f"noreply@{settings.TALANOA.mail_domain}")),
        ("To", writing.mailbox("", to)),
        ("Subject", subject),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-replied" if replied else "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", spoken(*languages)),
    ]
    if answers:
        headers += [("In-Reply-To", answers), ("References", answers)]
    if ends:
        headers += [("List-Unsubscribe", f"<{ends}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    return enqueue(
        writing.compose(headers=headers, text=text),
        message_id=message_id,
        bounces_to=bounces_to,
        recipients=[Recipient(to, None)],
        lane=Delivery.Lane.PERSONAL,
        at=at,
    )
