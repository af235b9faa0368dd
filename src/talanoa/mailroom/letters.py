"""Letters that the mail door sends on."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from talanoa.communities.models import Community
from talanoa.mail import house_letters, writing
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.models import Delivery
from talanoa.mail.parsing import Letter
from talanoa.people.lookups import first_address
from talanoa.people.models import Person


def forward(raw: bytes, letter: Letter, community: Community, those: Iterable[Person], *, purpose: str, at: datetime) -> int:
    """Send a mail for the facilitators on to them, whole, as an attachment; returns to how many.

    Reply-To is the author, so that an answer is one click; the loop mark stops it if it comes back.
    """
    reached = 0
    local, _, domain = community.address.partition("@")
    for person in those:
        address = first_address(person)
        if address is None:
            continue
        subject, text = house_letters.words(
            "mailroom/letters/forward.txt",
            language=person.first_language,
            person=person,
            community=community,
            letter=letter,
            purpose=purpose,
        )
        message_id = writing.message_id()
        headers = [
            ("From", writing.mailbox(community.name, f"{local}-owner@{domain}")),
            ("To", writing.mailbox(person.name, address)),
            ("Reply-To", writing.mailbox(letter.sender.name, letter.sender.address) if letter.sender else ""),
            ("Subject", subject),
            ("Date", format_datetime(at)),
            ("Message-ID", message_id),
            ("Auto-Submitted", "auto-generated"),
            ("X-Talanoa-Loop", community.address),
        ]
        enqueue(
            writing.compose(
                headers=[(field, value) for field, value in headers if value],
                text=text,
                attachments=[writing.Part("mail.eml", "message/rfc822", raw, None)],
            ),
            message_id=message_id,
            bounces_to="",
            recipients=[Recipient(address, None)],
            lane=Delivery.Lane.PERSONAL,
            at=at,
        )
        reached += 1
    return reached
