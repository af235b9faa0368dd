"""What comes through an old list, and who wrote it; pure."""

import re
from collections.abc import Iterable

from talanoa.mail.addresses import canonical_address, entries
from talanoa.mail.reading.parsing import Letter

# What an old list puts around the name of an author whose address it replaces by its own.
_VIA = re.compile(r"\s+(?:via|vía|through|\(via|über|tramite|a través de)\s.*$", re.IGNORECASE | re.DOTALL)


def came_through(letter: Letter, envelope_sender: str, *, address: str, list_id: str) -> bool:
    """Whether a mail came from a list: it says so, was sent by its machine, and our edge does not say that this is false."""
    if list_id.lower() not in letter.list_ids or (letter.authenticity.spf or "") in ("fail", "softfail"):
        return False
    theirs, sent_by = (one.lower().rpartition("@")[2] for one in (address, envelope_sender))
    return bool(sent_by) and (f".{theirs}".endswith(f".{sent_by}") or f".{sent_by}".endswith(f".{theirs}"))


def author(letter: Letter, *, address: str) -> tuple[str, str]:
    """The name and canonical address of who wrote it; address "" where the list hides it.

    Lists put their own address into From for authors whose domain allows no other sender (DMARC), and the author's
    elsewhere.
    """
    if letter.sender is None:
        return "", ""
    theirs = _canonical(letter.sender.address)
    if theirs != address:
        return letter.sender.name, theirs
    told = [letter.header(field) or "" for field in ORIGINALLY]
    return before_via(letter.sender.name), original((*told, *(one.address for one in letter.reply_to)), address)


# Where a list tells the author whose place it took in From.
ORIGINALLY = ("x-original-from", "x-original-sender")


def before_via(name: str) -> str:
    """The author's name of "Mele via Wells"."""
    return _VIA.sub("", name).strip(" '\"")


def original(told: Iterable[str], address: str) -> str:
    """The first address among some headers that is not the list's; Groups.io writes it into its own. "" where there is none."""
    local, _, host = address.partition("@")
    inside = "@".join(local.rsplit("=", 1)) if host == "groups.io" and "=" in local else ""
    places = (one.mailbox.address for value in (inside, *told) for one in entries(value, 3))
    return next((found for one in places if (found := _canonical(one)) and found != address), "")


def _canonical(address: str) -> str:
    try:
        return canonical_address(address)
    except ValueError:
        return ""
