"""Where a message stood before, as far as it tells itself; pure.

Archived-At is what RFC 5064 made for it; HyperKitty's links follow from List-Archive and the Message-ID; Groups.io
and Yahoo number their messages. Pipermail's numbers stand in no message: they are known only where Archived-At has them.
"""

import re
from urllib.parse import unquote, urlsplit

from talanoa.mail.reading.parsing import Content, Letter

LENGTH = 300
_NUMBER = re.compile(r"-m(\d{1,9})\b")


def old_paths(letter: Letter | Content, key: str) -> tuple[str, ...]:
    """The paths of a message's former places; `key` is its Message-ID-Hash."""
    found = [_path(letter.header("archived-at") or "")]
    archive = _path(letter.header("list-archive") or "")
    if re.search(r"/(?:hyperkitty|archives)/list/[^/]+$", archive):
        found.append(f"{archive}/message/{key}")
    name = next((one for one in letter.list_ids if one), "")
    if number := _digits(letter.header("x-groupsio-msgnum")):
        group = name.removesuffix(".groups.io")
        found.append(f"/g/{group}/message/{number}")
    yahoo = _NUMBER.search(letter.header("x-yahoo-newman-id") or "")
    if number := yahoo[1] if yahoo else _digits(letter.header("x-yahoo-message-num")):
        # Before it had a List-Id, Yahoo wrote "list wells@yahoogroups.com; contact …".
        before = re.match(r"list\s+([\w.-]+)@", letter.header("mailing-list") or "")
        group = name.partition(".")[0] or (before[1] if before else "")
        found += [f"/group/{group}/message/{number}", f"/neo/groups/{group}/conversations/messages/{number}"] if group else []
    return tuple(dict.fromkeys(one for one in found if 1 < len(one) <= LENGTH))


def plain(path: str) -> str:
    """A path as the table has it."""
    return unquote(path).rstrip("/")


def _path(value: str) -> str:
    inner = re.search(r"<\s*(https?://[^<>\s]+)\s*>", value) or re.search(r"(https?://\S+)", value)
    try:
        return plain(urlsplit(inner[1]).path) if inner else ""
    except ValueError:
        return ""


def _digits(value: str | None) -> str:
    return value.strip() if value and value.strip().isdecimal() and value.isascii() and len(value) < 12 else ""
