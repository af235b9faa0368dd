"""What an address of ours means. Address conventions are Mailman's, so that habits hold."""

import re
from dataclasses import dataclass

from talanoa.communities.lookups import by_address
from talanoa.communities.models import Community
from talanoa.mail.reading.parsing import canonical_address
from talanoa.mailroom import commands

PURPOSES = ("owner", "join", "leave", "request", "bounces", "confirm", "search", "query", "comments", "discussion")
# Dgroups put the word before the name: `dailydigest.mdg@`.
_WORDED = re.compile(r"(?P<word>[a-z]{2,20})\.(?P<local>.+)")
_SUFFIX = re.compile(rf"(?P<local>.+)-(?P<purpose>{'|'.join(PURPOSES)})")


@dataclass(frozen=True, slots=True)
class Destination:
    """A community, what the mail wants of it ("post", or one of `PURPOSES`), and the token after the plus sign."""

    community: Community
    purpose: str
    token: str = ""


def resolve(address: str) -> Destination | None:
    """The destination of a recipient address; None if it is not ours."""
    try:
        local, _, domain = canonical_address(address).rpartition("@")
    except ValueError:
        return None
    plain, _, token = local.partition("+")
    # A community may itself be called "land-request"; what exists comes before what it could mean.
    community = by_address(f"{plain}@{domain}")
    if community:
        return Destination(community, "post", token)
    found = _SUFFIX.fullmatch(plain)
    if found:
        community = by_address(f"{found['local']}@{domain}")
        if community:
            return Destination(community, found["purpose"], token)
    found = _WORDED.fullmatch(plain)
    if found:
        community = by_address(f"{found['local']}@{domain}")
        if community:
            return _worded(community, found["word"], token)
    return None


def _worded(community: Community, word: str, token: str) -> Destination | None:
    """`join.mdg@` is `mdg-join@`; any other known word is a command, as if it stood in a mail to `mdg-request@`."""
    word = {"subscribe": "join", "unsubscribe": "leave"}.get(word, word)
    if word in PURPOSES:
        return Destination(community, word, token)
    return Destination(community, "request", word) if commands.known(word) else None
