"""Decisions about Consolidated Replies; pure.

The grammar of a section: it is safe HTML of p, h3, h4, ul, ol, li, strong, em, a, br and blockquote. An ITEM is, in
the summary, each paragraph; in the experiences, each paragraph beneath an h3 (country) and h4 (place: title); in the
resources, each li. A SOURCE is a link to the permanent page of a response (`/c/SLUG/m/KEY`, absolute or not), whose
text is usually the member's name; what the facilitator found carries a link to `#found` in its place. Text in double
square brackets, `[[ask Sina for the year]]`, is an unresolved MARK: a reply with one cannot be issued.
"""

from datetime import timedelta

# The sections of a Consolidated Reply that are edited, in their order (method.md). Masthead, query, contributors and
# responses are made from what is known. The first is prose with points; the others are made of items.
SECTIONS = (
    "summary",
    "experiences",
    "documentation",
    "contacts",
    "organisations",
    "portals",
    "tools",
    "training",
    "events",
    "related",
)
RESOURCES = SECTIONS[2:]

STAGES = frozenset({"open", "closed", "consolidated"})  # of a query, in which its reply is worked on

ASKED_FOR = timedelta(days=60)  # so long an answer to a follow-up is awaited

# An asker's answer to the follow-up letters.
_SHARES = frozenset(
    "share,publish,partager,publier,compartir,publicar,teilen,partilhar,delen,condividi,поделиться,"
    "分享,共有,공유,แบ่งปัน,chia sẻ,bagikan,साझा,شارك".split(",")
)


def told(text: str) -> tuple[bool, str]:
    """An asker's story: whether others may read it, which a first line of one word says, and the story."""
    first, _, rest = text.strip().partition("\n")
    return (True, rest.strip()) if first.strip(" .!\t*>_\"'“”").casefold() in _SHARES else (False, text.strip())
