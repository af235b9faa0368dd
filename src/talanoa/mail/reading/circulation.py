"""What a letter may not carry into circulation: keys that act in somebody's name, and the foot of our own copies (A5).

People answer and forward letters with links that leave, confirm or decide for whoever got them. Mailman
took out the password line of moderators from the plain text, and it went to all members from a part in
base64; so everything is looked at decoded, and what cannot be taken out is found, too.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from talanoa.mail.reading.letter import Letter

TAKEN_OUT = "[…]"
NESTED = 5  # mails within mails
SEARCHED = 4 * 2**20  # bytes of each attachment

# Addresses and links that hold a token; what stands around the token stays, so that people see what was there.
_KEY = re.compile(
    r"((?:confirm|leave|bounces)[\w.-]{0,64}(?:\+|%2B|&#43;)|/(?:leave|sign-in|decide)/)([a-z2-7]{20,48})(?![a-z2-7])", re.IGNORECASE
)
# The line by which Mailman's moderators approve: the first of a text, or of a quotation.
_APPROVED = re.compile(
    r"\A\s*Approved?:[ \t]*\S{1,200}[ \t]*(?:\n|\Z)|^(?:[ \t]*>)+[ \t]*Approved?:[ \t]*\S{1,200}[ \t]*$\n?", re.IGNORECASE | re.MULTILINE
)
_APPROVED_HTML = re.compile(
    r"(\A|<blockquote[^<>]{0,300}>)((?:\s|<[^<>]{0,300}>){0,40})Approved?:(?:\s|&nbsp;){0,9}[^\s<]{1,200}", re.IGNORECASE
)
# The foot of a copy in a quotation: from the dashes, or the rule that HTML has, to the line after the link to the choice of delivery.
_FOOT = re.compile(
    r"^(?P<mark>(?:[ \t]*>)+)[ \t]*(?:--|_{8,80})[ \t]*\n(?:(?P=mark)[^\n]{0,400}\n){1,14}?"
    r"(?P=mark)[^\n]{0,300}/c/[\w-]{1,60}/delivery>?[ \t]*(?:\n(?P=mark)[^\n]{0,200}-request@[^\n]{0,200})?$\n?",
    re.MULTILINE,
)
_FOOT_HTML = re.compile(
    r"<hr[^<>]{0,200}>\s*<div[^<>]{0,200}>(?:(?!</?div|<hr).){0,6000}/c/[\w-]{1,60}/delivery(?:(?!</?div|<hr).){0,300}</div>", re.DOTALL
)
# Without one of these words no key is there; most texts and attachments are looked at for them alone.
_IN_LINKS = ("leave", "sign-in", "decide")
_WORDS = (*_IN_LINKS, "confirm", "bounces")
_WORDS_IN_BYTES = tuple(word.encode() for word in _WORDS)


def fit(letter: Letter) -> Letter:
    """The letter without keys and without our own foot in what it quotes; what must go out byte for byte stays as it is."""
    if letter.protected:
        return letter
    return replace(
        letter,
        subject=_KEY.sub(_taken_out, letter.subject),
        text=_plain(letter.text),
        fresh_text=_plain(letter.fresh_text).strip("\n"),
        quoted_text=_plain(letter.quoted_text),
        signature=_plain(letter.signature),
        html=_marked_up(letter.html) if letter.html else letter.html,
        pieces=tuple((kind, _plain(words)) for kind, words in letter.pieces),
    )


def _taken_out(found: re.Match[str]) -> str:
    return found[1] + TAKEN_OUT


def _plain(text: str) -> str:
    folded = _folded(text)
    if "approve" in folded or "/delivery" in folded or _may_hold_key(folded):
        return _KEY.sub(_taken_out, _FOOT.sub("", _APPROVED.sub("", text)))
    return text


def _folded(text: str) -> str:
    """As a pattern reads that ignores case: to it ı, İ and ſ are letters of ASCII."""
    return text.lower() if text.isascii() else text.casefold().replace("i̇", "i").replace("ı", "i")


def _may_hold_key(folded: str) -> bool:
    """False for most texts, in a hundredth of the time that the pattern takes: without + or / there is no key."""
    words = _WORDS if "+" in folded or "%" in folded or "&" in folded else _IN_LINKS if "/" in folded else ()
    return any(word in folded for word in words)


def _marked_up(source: str) -> str:
    return _KEY.sub(_taken_out, _FOOT_HTML.sub("", _APPROVED_HTML.sub(r"\1\2", source)))


def hidden_keys(letter: Letter, depth: int = 0) -> tuple[str, ...]:
    """The tokens that `fit` cannot take out, wherever they hide: broken by lines or tags, in attachments, in mails within."""
    subject, text, source = letter.subject, letter.text, letter.html or ""
    if not letter.protected:
        subject, text, source = _KEY.sub(_taken_out, subject), _plain(text), _marked_up(source)
    return tuple(sorted({*_found(_said(subject, text, source)), *_found(_attached(letter, depth))}))


def _found(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield from (key[2].lower() for key in _KEY.finditer(piece))


def _said(subject: str, text: str, source: str) -> Iterator[str]:
    """Subject, text and HTML, and once more without what can stand within a token."""
    for words in (subject, text):
        if _may_hold_key(_folded(words)):
            yield words
            yield re.sub(r"=?\r?\n[> \t]*", "", words)
    if _may_hold_key(_folded(source)):
        yield unquote(html.unescape(source))
        yield unquote(html.unescape(re.sub(r"<[^<>]*>|\s", "", source)))


def _attached(letter: Letter, depth: int) -> Iterator[str]:
    for attachment in letter.attachments:
        content = attachment.content[:SEARCHED]
        if depth < NESTED and (attachment.media_type == "message/rfc822" or attachment.name.lower().endswith(".eml")):
            yield from _nested(content, depth + 1)
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        folded = b"" if wide else content.lower()
        if wide or any(word in folded for word in _WORDS_IN_BYTES):
            text = content.decode("utf-16" if wide else "latin-1", "replace")
            yield text
            yield unquote(html.unescape(re.sub(r"=?\r?\n[> \t]*|<[^<>]{0,300}>", "", text)))


def _nested(content: bytes, depth: int) -> Iterator[str]:
    """A mail within: all of it, its header too, and what hides in it."""
    from talanoa.mail.reading.parsing import read

    letter = read(content, depth=depth)
    yield from (value for _, value in letter.headers)
    yield from _said(letter.subject, letter.text, letter.html or "")
    yield from (f"/leave/{key}" for key in letter.hidden_keys)
