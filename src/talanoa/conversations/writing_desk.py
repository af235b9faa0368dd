"""Mail that members write on our pages.

A message written on the web is a mail like any other: it is kept as bytes and walks the same path,
so that there is one moderation, one archive and one record, whatever door it came by.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings

from talanoa.communities.models import Community
from talanoa.conversations import rules
from talanoa.conversations.models import Post
from talanoa.mail.sending import writing
from talanoa.people.models import Person


def answering(post: Post) -> str:
    """The subject of an answer to a post."""
    return f"Re: {rules.bare_subject(post.subject, post.community.subject_prefix)[0]}"


def to_the_community(
    community: Community,
    person: Person,
    address: str,
    *,
    subject: str,
    text: str,
    answers: Post | None,
    attachments: Sequence[writing.Part],
    at: datetime,
) -> bytes:
    """The bytes of a message to everybody, as the person's own mail client would have written them."""
    headers = [
        ("From", writing.mailbox(person.name, address)),
        ("To", writing.mailbox(community.name, community.address)),
        ("Subject", subject),
        ("Date", format_datetime(at)),
        ("Message-ID", writing.message_id()),
    ]
    if answers:
        headers += [("In-Reply-To", answers.message_id), ("References", answers.message_id)]
    return writing.compose(headers=headers, text=text, attachments=attachments).whole


def to_the_author(
    post: Post, person: Person, address: str, author_address: str, *, text: str, at: datetime
) -> tuple[writing.Composed, str]:
    """A letter to the author of a post alone, and its Message-ID. It comes from us; an answer goes to the person."""
    message_id = writing.message_id()
    headers = [
        ("From", writing.mailbox(f"{person.name or address} via {post.community.name}", f"noreply@{settings.TALANOA.mail_domain}")),
        ("Reply-To", writing.mailbox(person.name, address)),
        ("To", writing.mailbox(post.author.name if post.author else post.author_name, author_address)),
        ("Subject", answering(post)),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id),
        ("In-Reply-To", post.message_id),
        ("References", post.message_id),
    ]
    return writing.compose(headers=headers, text=text), message_id
