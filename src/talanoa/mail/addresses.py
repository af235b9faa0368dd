"""Addresses: reading lists of them, comparing two, and spotting look-alikes.

The structure of an address header is taken apart *before* its encoded words
are decoded, so that a decoded name can never become an address, and in one
linear scan, so that 10,000 addresses or 500 nested comments cost nothing
(promise S2). RFC 5322 section 3.4, RFC 6531, RFC 5890.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from talanoa.mail.reading.charsets import INVISIBLE, UNPRINTABLE, visible
from talanoa.mail.reading.headers import decode_words
from talanoa.mail.reading.letter import Mailbox

ADDRESS_LIMIT = 1_000
COMMENT_DEPTH = 20

TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*+)(?:"|\Z)|(?P<special>[()<>,;:])|(?P<space>\s++)|(?P<word>[^\s"()<>,;:]++)',
    re.DOTALL,
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
LOCAL = re.compile(r"""[^\s"(),:;<>@\[\\\]]{1,64}+|"(?:[^"\\\r\n]|\\.){0,62}+\"""")
LABELS = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?\.?")
LITERAL = re.compile(r"\[[0-9A-Fa-f.:]{2,45}\]|\[IPv6:[0-9A-Fa-f:.]{2,45}\]", re.IGNORECASE)
LOOKS_LIKE_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,80}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of an address list and what is wrong with it."""

    mailbox: Mailbox
    defects: tuple[str, ...]


def addr_spec(text: str) -> str | None:
    """The address as written with its domain in lower case, or None."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 320 or UNPRINTABLE.search(text):
        return None
    if not LOCAL.fullmatch(local):
        return None
    if len(domain) > 253 or not (LABELS.fullmatch(domain) or LITERAL.fullmatch(domain)):
        return None
    return f"{local}@{domain.rstrip('.').lower()}"


def entries(value: str, limit: int = ADDRESS_LIMIT) -> list[Entry]:
    """The mailboxes of an address header, at most `limit`; groups are opened."""
    reading = _Reading()
    depth = 0
    for match in TOKEN.finditer(value):
        if len(reading.found) >= limit:
            break
        kind = match.lastgroup
        special = match[0] if kind == "special" else ""
        if depth or special == "(":
            # A comment. What lies deeper than the cap is not worth keeping.
            if special == "(":
                depth += 1
            elif special == ")":
                depth -= 1
            elif depth <= COMMENT_DEPTH:
                reading.comment.append(match[0])
            continue
        reading.take(kind or "", match, special)
    reading.flush()
    return reading.found[:limit]


class _Reading:
    """The state of one scan over an address list."""

    def __init__(self) -> None:
        self.found: list[Entry] = []
        self.comment: list[str] = []
        self.phrase: list[str] = []
        self.bare: list[str] = []
        self.angle: list[str] | None = None
        self.closed = False
        self.defects: list[str] = []

    def take(self, kind: str, match: re.Match[str], special: str) -> None:
        if self.angle is not None and not self.closed:
            self._take_inside(self.angle, kind, match, special)
        elif special == "<":
            if self.angle is None:
                self.angle = []
            else:
                self.defects.append("confusing_address")
        elif special in (",", ";"):
            self.flush()
        elif special == ":":
            # The name of a group.
            if self.angle is None and "@" not in "".join(self.bare):
                self.phrase, self.bare = [], []
            else:
                self.defects.append("confusing_address")
        elif not special:
            if self.closed and kind != "space":
                self.defects.append("confusing_address")
            self.phrase.append(ESCAPED.sub(r"\1", match["quoted"]) if kind == "quoted" else match[0])
            self.bare.append(match[0])

    def _take_inside(self, angle: list[str], kind: str, match: re.Match[str], special: str) -> None:
        """A token between the angle brackets."""
        if special == ">":
            self.closed = True
        elif special == "<":
            self.defects.append("confusing_address")
            self.angle = []
        elif special == "," and angle and "@" in "".join(angle) and not angle[0].startswith("@"):
            # The bracket was never closed.
            self.defects.append("confusing_address")
            self.flush()
        elif kind != "space":
            angle.append(match[0])

    def flush(self) -> None:
        bare = "".join(self.bare).strip()
        name = visible(decode_words("".join(self.phrase)))
        comment = visible(decode_words(" ".join(self.comment)))
        defects = list(dict.fromkeys(self.defects))
        if self.angle is not None:
            written = "".join(self.angle).strip()
            if written.startswith("@") and ":" in written:
                written = written.rpartition(":")[2]
            address = addr_spec(written)
            unquoted = LOOKS_LIKE_ADDRESS.search(bare) if '"' not in bare else None
            if unquoted and (address is None or unquoted[0].lower() != address.lower()):
                # "alice@trusted.org <evil@evil.com>": two readers see two authors.
                defects.append("confusing_address")
            named = LOOKS_LIKE_ADDRESS.search(name)
            if named and address and named[0].lower() != address.lower():
                defects.append("address_in_name")
            self._add(name or comment, address, written, defects)
        elif bare or self.comment:
            address = addr_spec(bare)
            if address is None and " at " in bare and "@" not in bare:
                # The disguise of Mailman's and Pipermail's archives.
                address = addr_spec(bare.replace(" at ", "@").replace(" ", ""))
            if address is None and bare.count("@") > 1:
                defects.append("confusing_address")
            self._add(comment, address, bare, defects)
        self.comment, self.phrase, self.bare, self.defects = [], [], [], []
        self.angle, self.closed = None, False

    def _add(self, name: str, address: str | None, written: str, defects: list[str]) -> None:
        if address is None:
            if not written and not name:
                return
            defects.append("no_address")
        name = name.strip("'\" ") if name[:1] in "'\"" else name
        defects = list(dict.fromkeys(defects))
        self.found.append(Entry(Mailbox(name[:300], address or ""), tuple(defects)))


def mailboxes(values: list[str]) -> tuple[Mailbox, ...]:
    """Every usable mailbox of some headers of one name, in order."""
    found: list[Mailbox] = []
    for value in values:
        room = ADDRESS_LIMIT - len(found)
        if room <= 0:
            break
        found.extend(entry.mailbox for entry in entries(value, room) if entry.mailbox.address)
    return tuple(found)


def author(values: list[str]) -> tuple[Mailbox | None, tuple[str, ...]]:
    """The one author of a mail, or None with the reasons why there is none.

    From is a claim that other programs may read otherwise than we do; so
    there is an author only when nobody can read it otherwise: one From header,
    one mailbox, no defect of its form (promise A1, finding 0.4).
    """
    if not values:
        return None, ("no_from",)
    if len(values) > 1:
        return None, ("several_from_headers",)
    found = entries(values[0], 20)
    if not found:
        return None, ("no_address",)
    if len(found) > 1:
        usable = [entry for entry in found if entry.mailbox.address]
        if len(usable) != 1:
            return None, ("several_authors",) if usable else ("no_address",)
        # "Doe, Jane <jane@example.org>": an unquoted comma in the name. Two
        # readers might see two authors, so it is a defect all the same.
        return None, ("confusing_address",)
    (only,) = found
    if not only.mailbox.address:
        return None, only.defects
    if "confusing_address" in only.defects:
        return None, only.defects
    defects = only.defects
    if confusable(only.mailbox.address):
        defects += ("confusable_address",)
    return only.mailbox, defects


def canonical_address(text: str) -> str:
    """The form in which two addresses are compared (promise A9).

    NFC; the domain as A-labels (IDNA) in lower case; the local part case
    folded. Mail goes to the address as it is stored, never to this form.

    Raises ValueError, with a sentence, when `text` is no address.
    """
    composed = unicodedata.normalize("NFC", text.strip())
    address = addr_spec(composed)
    if address is None:
        raise ValueError(f"“{visible(text)[:80]}” is not an e-mail address.")
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            raise ValueError(f"“{visible(text)[:80]}” has a domain that cannot be on the Internet.") from None
    local = unicodedata.normalize("NFC", local.casefold())
    if local.startswith('"') and LOCAL.fullmatch(local[1:-1]) and "\\" not in local:
        local = local[1:-1]  # RFC 5321 4.1.2: needless quotes say nothing.
    return f"{local}@{domain}"


# Letters of other scripts that are drawn like Latin ones.
DRAWN_LIKE_LATIN = frozenset(
    "аеорсухіјѕԁԛԝһӏңвкмнтгпьЅІЈАВЕКМНОРСТУХαορνικτυχγερωΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսցհյո"  # Armenian
)
# Scripts that are written together by custom.
TOGETHER = (
    {"LATIN"},
    {"CJK", "HIRAGANA", "KATAKANA", "LATIN", "FULLWIDTH"},
    {"CJK", "HANGUL", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
)


def confusable(address: str) -> str | None:
    """A sentence that warns when an address may pass for another, else None."""
    if address.isascii() and "xn--" not in address:
        return None
    local, _, domain = address.rpartition("@")
    if INVISIBLE.search(address) or UNPRINTABLE.search(address):
        return "The address has invisible characters in it."
    labels = [_unicode_label(label) for label in domain.split(".")]
    for label in [local, *labels]:
        scripts = {_script(char) for char in label if char.isalpha()}
        if len(scripts) > 1 and not any(scripts <= custom for custom in TOGETHER):
            names = " and ".join(sorted(script.title() for script in scripts))
            return f"The address mixes {names} letters in one word."
        letters = [char for char in label if char.isalpha()]
        if letters and not label.isascii() and all(char in DRAWN_LIKE_LATIN for char in letters):
            return "The address is written in letters that look Latin but are not."
    if unicodedata.normalize("NFKC", address) != unicodedata.normalize("NFC", address):
        return "The address has characters that stand for others."
    return None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:64].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _script(char: str) -> str:
    """The script of a letter, by the first word of its Unicode name."""
    if char.isascii():
        return "LATIN"
    return unicodedata.name(char, "UNKNOWN").split(" ")[0].split("-")[0]
