"""Everything goes out again: nobody is locked in.

The mbox is of the kind mboxrd: each mail with its original bytes, behind an envelope line, its own "From " lines
escaped so that they can be restored exactly. Posts that were taken down stay here; unreleased ones go along.
"""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html import escape
from typing import IO, Any, BinaryIO

from django.db.models import QuerySet

from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.mail import lookups as mail
from talanoa.mail.models import Raw
from talanoa.mail.sending import writing
from talanoa.queries.models import Query
from talanoa.replies.models import Edition

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_ENVELOPE = "From {sender} {at:%a %b} {at.day:2} {at:%H:%M:%S %Y}\n"


def mbox(community: Community, to: IO[bytes]) -> None:
    """Write every message of a community as mboxrd."""
    for post in _posts(community).iterator(chunk_size=200):
        raw = _bytes(post)
        entry = getattr(post, "entry", None)
        sender = (entry.sender if entry else "") or (post.received.envelope_sender if post.received else "")
        envelope = _ENVELOPE.format(sender=sender if sender and " " not in sender else "MAILER-DAEMON", at=post.posted_at)
        to.write(envelope.encode("ascii", "replace"))
        to.write(_FROM.sub(rb">\1", raw))
        to.write(b"\n" if raw.endswith(b"\n") else b"\n\n")


def pack(community: Community, to: BinaryIO, *, members: str) -> None:
    """Write a zip: the mbox, members.csv, conversations.json, and queries and replies as JSON and HTML, where there are any.

    Attachments that archives had taken out of their messages lie in it by the key of the message.
    """
    # A zip is written from front to back, so that it can go to a pipe.
    with zipfile.ZipFile(_Forward(to), "w", zipfile.ZIP_DEFLATED) as made:
        with made.open(f"{community.slug}.mbox", "w", force_zip64=True) as file:
            mbox(community, file)
        for name, content in _beside(community):
            made.writestr(name, content)
        made.writestr("members.csv", members)
        with made.open("conversations.json", "w", force_zip64=True) as file:
            _list(file, _conversations(community))
        queries = [_query(one) for one in Query.objects.filter(community=community).order_by("pk")]
        if queries:
            made.writestr("queries.json", json.dumps(queries, ensure_ascii=False, indent=1))
            made.writestr("queries.html", _page(f"{community.name}: queries", "".join(map(_query_html, queries))))
        editions = Edition.objects.filter(reply__query__community=community).order_by("reply", "number")
        replies = [_reply(one) for one in editions.select_related("reply__query")]
        if replies:
            made.writestr("replies.json", json.dumps(replies, ensure_ascii=False, indent=1))
            made.writestr("replies.html", _page(f"{community.name}: Consolidated Replies", "".join(map(_reply_html, replies))))


def _posts(community: Community) -> QuerySet[Post]:
    found = Post.objects.filter(community=community).exclude(unreleased=False, withdrawn_at__isnull=False)
    return found.select_related("received", "entry", "author", "community", "parent").defer("html").order_by("posted_at", "pk")


def _bytes(post: Post) -> bytes:
    entry = getattr(post, "entry", None)
    if entry is not None and entry.raw_id:
        return bytes(Raw.objects.values_list("content", flat=True).get(pk=entry.raw_id))
    if post.received is not None:
        return mail.raw(post.received)
    # Written by the house itself, such as a query that was entered for a caller: no mail came in.
    headers = [
        ("From", writing.mailbox(post.author.name if post.author else post.author_name, "nobody@invalid")),
        ("To", writing.mailbox(post.community.name, post.community.address)),
        ("Date", writing.date(post.posted_at)),
        ("Message-ID", post.message_id),
        ("Subject", post.subject),
    ]
    if post.parent is not None:
        headers.append(("In-Reply-To", post.parent.message_id))
    return writing.compose(headers=headers, text=post.fresh_text).whole


def _beside(community: Community) -> Iterator[tuple[str, bytes]]:
    """The attachments that the bytes of their messages do not hold, because an archive had taken them out; by the message's key."""
    for post in _posts(community).filter(entry__isnull=False, attachments__isnull=False).distinct().iterator(chunk_size=200):
        raw = _bytes(post)
        for number, one in enumerate(post.attachments.order_by("pk"), 1):
            with one.file.open() as file:
                content = file.read()
            if not _holds(raw, content):
                name = one.name.replace("/", "_").replace("\\", "_")
                yield f"attachments/{post.key}/{number}-{name}", content


def _holds(raw: bytes, content: bytes) -> bool:
    # A line of base64 has at least so many bytes; what is held otherwise goes along twice, and comes in once.
    return content in raw or base64.b64encode(content[:42]).rstrip(b"=") in raw


def _conversations(community: Community) -> Iterator[dict[str, Any]]:
    """Conversations with their posts, one after the other."""
    shown = Post.objects.filter(community=community).exclude(unreleased=False, withdrawn_at__isnull=False)
    shown = shown.select_related("conversation", "parent", "author").order_by("conversation", "number").prefetch_related("attachments")
    told: dict[str, Any] = {}
    for post in shown.iterator(chunk_size=200):
        if told.get("id") != post.conversation_id:
            if told:
                yield told
            told = {"id": post.conversation_id, "subject": post.conversation.subject, "posts": []}
        told["posts"].append(
            {
                "number": post.number,
                "message_id": post.message_id,
                "parent": post.parent.message_id if post.parent else None,
                "date": post.posted_at.isoformat(),
                "author": post.author.name if post.author else post.author_name,
                "subject": post.subject,
                "text": post.fresh_text,
                "html": post.html,
                "edited": post.edited,
                "released": not post.unreleased,
                "attachments": [
                    {"name": one.name, "type": one.media_type, "size": one.size, "sha256": one.digest} for one in post.attachments.all()
                ],
            }
        )
    if told:
        yield told


def _query(query: Query) -> dict[str, Any]:
    return {
        "number": query.number,
        "stage": query.stage,
        "asker": query.asker.name if query.asker else query.asker_name,
        "asked_at": query.asked_at.isoformat(),
        "asked_subject": query.asked_subject,
        "asked_text": query.asked_text,
        "title": query.title,
        "text": query.text,
        "context": query.context,
        "conversation": query.conversation_id,
        "circulated_at": query.circulated_at.isoformat() if query.circulated_at else None,
    }


def _query_html(told: dict[str, Any]) -> str:
    words = "".join(f"<p>{escape(piece)}</p>" for name in ("context", "text") for piece in told[name].split("\n\n") if piece.strip())
    return f"<article><h2>{escape(told['title'])}</h2><p>{escape(told['asker'])}, {told['asked_at'][:10]}</p>{words}</article>"


def _reply(edition: Edition) -> dict[str, Any]:
    return {
        "query": edition.reply.query.number,
        "version": edition.number,
        "issued_at": edition.issued_at.isoformat(),
        "document": edition.document,
    }


def _reply_html(told: dict[str, Any]) -> str:
    document = told["document"]
    sections = "".join(
        f"<section><h2>{escape(one['key'])}</h2>{''.join(map(_block, one['blocks']))}</section>" for one in document["sections"]
    )
    said = "".join(
        f"<section><h3>{one['number']}. {escape(str(one['name']))}</h3>{''.join(map(_block, one['blocks']))}</section>"
        for one in document["responses"]
    )
    return f"<article><h1>{escape(document['title'])}</h1>{sections}<h2>Responses</h2>{said}</article>"


def _block(block: dict[str, Any]) -> str:
    tag = {"h3": "h3", "h4": "h4", "quote": "blockquote"}.get(block["kind"], "p")
    return f"<{tag}>{escape(''.join(run['t'] for run in block['runs']))}</{tag}>"


def _page(title: str, body: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><h1>{escape(title)}</h1>{body}'


def _list(file: Any, those: Iterator[dict[str, Any]]) -> None:
    """A JSON array, an element a line, however many."""
    text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", write_through=True)
    text.write("[")
    for number, one in enumerate(those):
        text.write(",\n" if number else "\n")
        text.write(json.dumps(one, ensure_ascii=False))
    text.write("\n]\n")
    text.detach()


class _Forward(io.RawIOBase):
    """A stream that only goes forward, whatever it is written to."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._to.write(data)
        return len(data)
