"""The copies of a post that go to the members.

Our Message-ID policy: a copy carries the Message-ID that the author's mail had, so that clients
thread it and show it once to somebody who also got it directly. A mail that came without one is
given ours, with 128 random bits and no number of any object (P8).

The rule of From: a copy comes from the community's address with the author's name, because we add
a foot and the author's domain could not vouch for that (M4). The author's own address stands in
X-Original-From and in the foot, so that anybody can answer the author alone.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities.lookups import Reader
from talanoa.communities.models import Community
from talanoa.conversations import rules
from talanoa.conversations.models import Attachment, Post
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.lookups import raw
from talanoa.mail.models import Delivery, Outgoing
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.sending import arc, writing

# What a mail provider repeats with its news of a copy, so that the copy is known by our own token (L5).
REPEATED = {
    "brevo": ("X-Mailin-custom", "{}"),
    "mailgun": ("X-Mailgun-Variables", '{{"copy":"{}"}}'),
    "mailjet": ("X-MJ-EventPayload", "{}"),
    "mandrill": ("X-MC-Metadata", '{{"copy":"{}"}}'),
    "postmark": ("X-PM-Metadata-copy", "{}"),
    "sendgrid": ("X-SMTPAPI", '{{"unique_args":{{"copy":"{}"}}}}'),
    "sparkpost": ("X-MSYS-API", '{{"metadata":{{"copy":"{}"}}}}'),
}


def page_of(post: Post) -> str:
    """The permanent link of a post."""
    return f"{base()}/c/{post.community.slug}/m/{post.key}"


def base() -> str:
    """Where our pages begin."""
    return settings.TALANOA.base_url.rstrip("/")


def of_the_list(community: Community) -> list[tuple[str, str]]:
    """What every mail of a list says of the list (M3); the slot is filled per member."""
    local, _, domain = community.address.partition("@")
    slot, copy = writing.UNSUBSCRIBE_SLOT.decode(), writing.DELIVERY_SLOT.decode()
    providers = {name for name, _secret in settings.TALANOA.providers}
    return [
        ("List-Id", f"{writing.phrase(community.name)} <{local}.{domain}>"),
        ("List-Post", f"<mailto:{community.address}>"),
        ("List-Help", f"<mailto:{local}-request@{domain}?subject=help>"),
        ("List-Owner", f"<mailto:{local}-owner@{domain}>"),
        ("List-Archive", f"<{base()}/c/{community.slug}>"),
        ("List-Subscribe", f"<mailto:{local}-join@{domain}>"),
        ("List-Unsubscribe", f"<{base()}/leave/{slot}>, <mailto:{local}-leave+{slot}@{domain}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Precedence", "list"),
        ("X-Talanoa-Loop", community.address),
        *((REPEATED[name][0], REPEATED[name][1].format(copy)) for name in sorted(providers & set(REPEATED))),
    ]


def headers(post: Post, letter: Letter) -> list[tuple[str, str]]:
    """The header of every copy of a post; the slot in it is filled per member."""
    community = post.community
    with translation.override(community.language):
        via = gettext("%(name)s via %(community)s")
    name = post.author.name if post.author and post.author.name else post.author_name
    group = writing.mailbox(community.name, community.address)
    author = writing.mailbox(name, letter.sender.address) if letter.sender else ""
    answers = " ".join(filter(rules.repeatable, letter.in_reply_to[:1]))
    references = " ".join(filter(rules.repeatable, letter.references[-20:]))
    if post.parent and post.parent.message_id not in (*letter.in_reply_to, *letter.references):
        # An answer to a digest: readers of single messages do not have that, and thread it by the message it means.
        answers = references = post.parent.message_id
    to_author = community.replies_go_to == community.Replies.AUTHOR and author
    made = [
        ("From", writing.mailbox(via % {"name": name, "community": community.name} if name else community.name, community.address)),
        ("To", group),
        ("Reply-To", author if to_author else group),
        ("Subject", rules.circulated_subject(
            post.subject,
            prefix=community.subject_prefix,
            number=post.number if post.conversation.numbered or post.conversation.label else None,
            label=post.conversation.label,
        )),
        ("Date", format_datetime(post.written_at)),
        ("Message-ID", post.message_id),
        ("In-Reply-To", answers),
        ("References", references),
        ("X-Original-From", author),
        *of_the_list(community),
        ("Archived-At", f"<{page_of(post)}>"),
        ("Content-Language", post.language),
    ]
    return [(field, value) for field, value in made if value]


def send(
    post: Post, letter: Letter, text: str, readers: Sequence[Reader], attachments: Sequence[Attachment], *, at: datetime
) -> list[Outgoing]:
    """Enqueue one copy for each reader: each form is rendered once and shared by all who want it. Returns the forms."""
    fields = headers(post, letter)
    forms: dict[tuple, tuple[writing.Composed, list[Reader]]] = {}
    if letter.protected and not post.edited and post.received:
        # A foot inside a signed part would break the signature (M6).
        forms[()] = (writing.relay(headers=fields, raw=raw(post.received)), list(readers))
    else:
        html = letter.html if not post.edited else None
        for reader in readers:
            form = (reader.html and html is not None, reader.attachments_as_links and bool(attachments))
            if form not in forms:
                forms[form] = (_form(post, letter, text, html if form[0] else None, fields, attachments if form[1] else None), [])
            forms[form][1].append(reader)
    # What was written on our own pages begins here: there is nothing on its way to vouch for.
    came = raw(post.received) if post.received and post.received.written_by is None else None
    return [
        enqueue(
            composed if came is None else arc.sealed(composed, came, letter.authenticity, at=at),
            message_id=post.message_id,
            bounces_to=post.community.address,
            recipients=[Recipient(reader.address, reader.membership) for reader in those],
            lane=Delivery.Lane.CIRCULAR,
            at=at,
        )
        for composed, those in forms.values()
    ]


def _form(
    post: Post,
    letter: Letter,
    text: str,
    html: str | None,
    fields: list[tuple[str, str]],
    linked: Sequence[Attachment] | None,
) -> writing.Composed:
    facts = {
        "post": post,
        "author": post.author,
        "author_name": (post.author and post.author.name) or post.author_name,
        "author_address": letter.sender.address if letter.sender else "",
        "page": page_of(post),
        "delivery_page": f"{base()}/c/{post.community.slug}/delivery",
        "request_address": post.community.address.replace("@", "-request@", 1),
        "linked": linked or (),
    }
    with translation.override(post.community.language):
        foot = render_to_string("conversations/letters/foot.txt", facts).strip("\n")
        whole = f"{text.rstrip()}\n\n-- \n{foot}\n"
        whole_html = render_to_string("conversations/letters/copy.html", {**facts, "body": html}) if html is not None else None
    parts = [writing.Part(a.name, a.media_type, a.content, a.content_id) for a in letter.attachments]
    inline = [part for part, a in zip(parts, letter.attachments, strict=True) if a.inline and html is not None]
    return writing.compose(
        headers=fields,
        text=whole,
        html=whole_html,
        inline=inline,
        attachments=[] if linked is not None else [part for part in parts if part not in inline],
    )
