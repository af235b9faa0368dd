"""Letters that the mail door sends on."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings

from talanoa.communities.lookups import standing
from talanoa.communities.models import Community
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.sending import house_letters, writing
from talanoa.people import actions as people
from talanoa.people.lookups import Recognised, first_address
from talanoa.people.models import Person
from talanoa.search import lookups as search
from talanoa.search import sentences


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
            languages=(person.languages, community.language),
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


def found(community: Community, author: Recognised, words: str, *, at: datetime) -> str:
    """The ten best answers to some words, on behalf of the one who asks; returns why none was sent, or ""."""
    assert author.address is not None
    here = standing(author.person, community)
    if not here.reads or (not author.proven and community.visibility != Community.Visibility.PUBLIC and author.person is None):
        return "nothing here may be read by the author"
    if not people.may_be_answered(author.address, at=at):
        return "no further answer within an hour"
    local, _, domain = community.address.partition("@")
    house_letters.send(
        "mailroom/letters/found.txt",
        # To the address that is known, never to the one that was typed (A9).
        to=(author.person and first_address(author.person)) or author.address,
        languages=(author.person.languages if author.person else "", community.language),
        at=at,
        sender_name=community.name,
        sender_address=f"{local}-request@{domain}",
        replied=True,
        community=community,
        words=words,
        results=search.find(words, person=author.person, within=here),
        built=search.built(),
        kind_words=sentences.kind,
        base=settings.TALANOA.base_url.rstrip("/"),
    )
    return ""
