"""The letters about posts."""

from datetime import datetime

from talanoa.conversations.models import Post
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address


def withdrawn(post: Post, *, at: datetime) -> str:
    """Tells an author why a post was taken from the pages; returns why nothing was sent, or ""."""
    if not post.withdrawn_because:
        return "no reason was given"
    address = first_address(post.author) if post.author else None
    if address is None or post.author is None:
        return "the author has no address here"
    if post.author == post.withdrawn_by:
        return "the author withdrew it"
    local, _, domain = post.community.address.partition("@")
    house_letters.send(
        "conversations/letters/withdrawn.txt",
        to=address,
        languages=(post.author.languages, post.community.language),
        at=at,
        sender_name=post.community.name,
        sender_address=f"{local}-owner@{domain}",
        answers=post.message_id,
        post=post,
    )
    return ""
