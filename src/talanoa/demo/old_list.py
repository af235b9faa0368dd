"""The community's earlier talk: its letters from before it moved here come in as the mbox of its old list, as any group's do."""

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from talanoa.communities.models import Community
from talanoa.demo import writing
from talanoa.demo.story import Letter
from talanoa.migration import actions as migration
from talanoa.migration import importing

SLUG = "mdg"
MOVED = timedelta(days=85)  # so long ago
# Where the old archive stood; its links lead on when the old host's name points to this house.
ARCHIVE = "https://lists.old-host.example/archives/list/mdg@lists.old-host.example"
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


def before_the_move(told: Sequence[Letter], now: datetime) -> list[Letter]:
    """The letters of conversations that had ended when the community moved, the oldest first."""
    moved = now - MOVED
    later = {one.conversation for one in told if one.at >= moved or one.community != SLUG or one.fate}
    return sorted((one for one in told if one.conversation not in later), key=lambda one: one.at)


def bring_in(place: Community, letters: Sequence[Letter], *, at: datetime) -> dict[str, int]:
    """Import the old list's mbox and release it; returns the account."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{SLUG}.mbox"
        path.write_bytes(b"".join(_entry(one, place) for one in letters))
        account = importing.bring_in(place, [path], at=at, tell=lambda _done, _of: None).account
    migration.release(place)
    return account


def _entry(letter: Letter, place: Community) -> bytes:
    """A mail as the old list kept it."""
    raw = writing.compose(letter, group=place.name, address=place.address, prefix=place.subject_prefix)
    mail = f"List-Archive: <{ARCHIVE}>\r\n".encode() + raw
    envelope = f"From {letter.author.address} {letter.at:%a %b %d %H:%M:%S %Y}\n".encode()
    return envelope + _FROM.sub(rb">\1", mail.replace(b"\r\n", b"\n")) + b"\n"
