"""What comes through an old list, and who wrote it; pure."""

import re

from talanoa.mail.addresses import canonical_address, entries
from talanoa.mail.reading.parsing import Letter

# What an old list puts around the name of an author whose address it replaces by its own.
_VIA = re.compile(r"\s+(?:via|through|\(via)\s.*$", re.IGNORECASE | re.DOTALL)


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
    name = _VIA.sub("", letter.sender.name).strip(" '\"")
    told = [one for field in ("x-original-from", "x-original-sender") for one in entries(letter.header(field) or "", 1)]
    places = [*(one.mailbox.address for one in told), *(one.address for one in letter.reply_to)]
    return name, next((found for one in places if (found := _canonical(one)) and found != address), "")


def _canonical(address: str) -> str:
    try:
        return canonical_address(address)
    except ValueError:
        return ""
