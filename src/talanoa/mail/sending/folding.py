"""The lines of an outgoing header: words encoded, lines folded, nothing smuggled.

Our own writer and not the standard library's: that one damages subjects whose
characters fall on a fold, and has turned decoded line breaks into new headers
(CPython issue 121650) and display names into second addresses (PR 122754).
RFC 5322, RFC 2047, RFC 6532 for UTF-8 in addresses.
"""

from __future__ import annotations

import binascii
import re

LINE = 78  # where we fold
LONGEST = 998  # RFC 5322, 2.1.1
WORD = 75  # RFC 2047, section 2
# What stands in the place of a slot is at most this long; folding leaves the room.
SLOT = re.compile(r"\x00[a-z]{1,20}\x00")
SLOT_WIDTH = "x" * 32

FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_ATEXT = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
ATOMS = re.compile(rf"[{_ATEXT}]++(?:[ ][{_ATEXT}]++)*+")
_LOCAL = rf"[{_ATEXT}\u0080-\U0010ffff]++(?:\.[{_ATEXT}\u0080-\U0010ffff]++)*+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+"'
_DOMAIN = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*+[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_LITERAL = r"\[[A-Za-z0-9.:]{2,60}\]"
ADDRESS = re.compile(rf"(?P<local>{_LOCAL}|{_QUOTED})@(?P<domain>{_DOMAIN}|{_LITERAL})")
_SPEC = rf"(?:{_LOCAL}|{_QUOTED})@(?:{_DOMAIN}|{_LITERAL})"
_PHRASE = rf"(?:(?:[{_ATEXT}.]++|{_QUOTED})[ ]*+)++"
MAILBOX = re.compile(rf"(?:(?:{_PHRASE})?<(?P<angled>{_SPEC})>|(?P<bare>{_SPEC}))")
SEPARATOR = re.compile(r"[ ]*+(?:,[ ]*+|\Z)")

ADDRESSED = frozenset(
    ["from", "to", "cc", "reply-to", "sender", "resent-from", "resent-to", "x-original-from", "x-original-to"]
)
# Values with a grammar of their own, in which an encoded word would be wrong.
STRUCTURED = frozenset(
    "date message-id in-reply-to references mime-version content-type content-transfer-encoding content-language "
    "content-disposition content-id list-id list-post list-help list-owner list-archive list-subscribe list-unsubscribe "
    "list-unsubscribe-post archived-at precedence auto-submitted dkim-signature return-path feedback-id "
    "x-auto-response-suppress".split()
)
THREADING = frozenset(["in-reply-to", "references"])
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")


class CannotWrite(Exception):
    """The letter cannot be written without breaking a promise of format; `str()` tells why."""


def address_spec(address: str) -> str:
    """`local@domain`, the domain in ASCII (IDNA); raises `CannotWrite` for anything else.

    A local part beyond ASCII stays as it is (RFC 6532): a letter that names such
    an address in its header can only be handed to a post office with SMTPUTF8.
    """
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    spec = f"{local}@{domain}"
    if len(spec) > 320 or not ADDRESS.fullmatch(spec) or FORBIDDEN.search(spec):
        raise CannotWrite(f"{address!r} is not an address that mail can be sent to.")
    return spec


def mailbox(name: str, address: str) -> str:
    """A name and an address, ready to stand in a header such as From: ASCII but for the case in `address_spec`."""
    spec, words = address_spec(address), phrase(name)
    return f"{words} <{spec}>" if words else spec


def phrase(text: str) -> str:
    """A display name as RFC 5322 `phrase`: atoms, or quoted, or encoded words; "" for no name."""
    text = " ".join(_clean("a name", text).split())
    if not text:
        return ""
    # Some programs decode words inside quotation marks, so what looks like one is encoded; and so is what cannot fold.
    if text.isascii() and "=?" not in text and max(map(len, text.split(" "))) <= 60:
        if ATOMS.fullmatch(text):
            return text
        escaped = re.sub(r'(["\\])', r"\\\1", text)
        return f'"{escaped}"'
    return " ".join(_words(text, WORD - 20))


def mailboxes(value: str) -> list[str]:
    """The addresses of a header value as we write it; raises `CannotWrite` if it is anything else."""
    found: list[str] = []
    position = 0
    while position < len(value):
        match = MAILBOX.match(value, position)
        then = match and SEPARATOR.match(value, match.end())
        if match is None or not then:
            raise CannotWrite(f"{value[:200]!r} is not a list of names and addresses.")
        found.append(match["angled"] or match["bare"])
        position = then.end()
    return found


def field(name: str, value: str) -> bytes:
    """One header as complete lines with CRLF, folded at 78; b"" when nothing of it can be said.

    Slots (NUL, letters, NUL) pass through. Raises `CannotWrite` for control
    characters, for addresses that are none, and for what cannot be folded below 998.
    """
    if not NAME.fullmatch(name):
        raise CannotWrite(f"{name!r} is not the name of a header.")
    lower = name.lower()
    value = _clean(name, value).strip()
    if lower in THREADING:
        # Hints for threading that somebody else wrote: one that cannot be repeated exactly is left out.
        value = " ".join(word for word in value.split() if MESSAGE_ID.fullmatch(word))
        if not value:
            return b""
    elif lower == "message-id" and not MESSAGE_ID.fullmatch(value):
        raise CannotWrite(f"{value[:200]!r} is not a Message-ID.")
    if lower in ADDRESSED:
        mailboxes(value)
    elif lower in STRUCTURED:
        if not value.isascii():
            raise CannotWrite(f"{name} may hold ASCII only, not {value[:200]!r}.")
    elif not value.isascii() or "=?" in value or max(map(len, value.split(" "))) > LINE * 4:
        value = " ".join(_words(value, max(WORD - len(name) - 2, 36)))
    return _folded(name, value)


def _folded(name: str, value: str) -> bytes:
    line = f"{name}:"
    lines: list[str] = []
    for chunk in re.findall(r"[ ]*[^ ]+", f" {value}") or [" "]:
        width = len(SLOT.sub(SLOT_WIDTH, line + chunk))
        # The first word stays beside the name: some programs take an empty first line for an empty value.
        if width > LINE and len(line) > len(name) + 1:
            lines.append(line)
            line = chunk
        else:
            line += chunk
    lines.append(line)
    written = [text.encode("utf-8") for text in lines]
    if any(len(SLOT.sub(SLOT_WIDTH, text)) > LONGEST - 4 or len(raw) > LONGEST for text, raw in zip(lines, written, strict=True)):
        raise CannotWrite(f"{name} has a word too long for a line of mail.")
    return b"\r\n".join(written) + b"\r\n"


def _clean(name: str, value: str) -> str:
    if FORBIDDEN.search(SLOT.sub("", value)):
        raise CannotWrite(f"{name} holds a line break or control character: {value[:200]!r}.")
    return value


_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = {byte: chr(byte) if byte in _PLAIN else "_" if byte == 32 else f"={byte:02X}" for byte in range(256)}


def _words(text: str, first: int) -> list[str]:
    """`text` as encoded words (RFC 2047), each of whole characters; the first at most `first` long."""
    data = text.encode("utf-8")
    # A word in Q can still be read by people, so it may be a little longer.
    quoted = sum(len(_Q[byte]) for byte in data) * 3 <= (len(data) + 2) // 3 * 4 * 4
    words: list[str] = []
    pending = bytearray()
    used = 0

    def close() -> None:
        if quoted:
            words.append(f"=?utf-8?q?{''.join(_Q[byte] for byte in pending)}?=")
        else:
            words.append(f"=?utf-8?b?{binascii.b2a_base64(bytes(pending), newline=False).decode()}?=")

    for character in text:
        raw = character.encode("utf-8")
        room = (WORD if words else min(first, WORD)) - 12
        cost = sum(len(_Q[byte]) for byte in raw)
        fits = used + cost <= room if quoted else (len(pending) + len(raw) + 2) // 3 * 4 <= room
        if pending and not fits:
            close()
            pending.clear()
            used = 0
        pending += raw
        used += cost
    if pending:
        close()
    return words
