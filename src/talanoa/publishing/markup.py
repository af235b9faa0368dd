"""The HTML of a section as the blocks it is made of; pure.

Whatever comes, from an editor, from Word by way of the clipboard, or typed by hand, becomes a small grammar: p, h3, h4, ul, ol,
li, strong, em, a, br and blockquote. Words are never lost: what is no tag of ours stands as text. nh3 has the last word on what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape

import nh3

LISTS = ("ul", "ol")
CONTAINERS = ("ul", "ol", "blockquote")
DEEPEST = 3  # lists within lists; what is deeper stands at this depth
FOUND = "#found"

_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_INLINE = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "a": "a"}
_BREAKS = frozenset("p div section article header footer table tr pre dl dt dd hr address figure center".split())
_UNREAD = frozenset(["script", "style", "title", "template"])
# A tag has no angle bracket within: "5 < 6 and <b" is text, and each search ends at the next bracket.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})(\s[^<>]{0,8000})?/?>")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:|/|#)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_MARK = re.compile(r"\[\[(.*?)(?:\]\]|$)", re.DOTALL)
_MESSAGE = re.compile(r"/c/([-\w]+)/m/([A-Z2-7]+)/?(?:[?#].*)?")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading or an entry of a list: the piece by which two people's changes are told apart."""

    within: tuple[str, ...]  # "ul", "ol", "blockquote", the outermost first
    tag: str  # "p", "h3" or "h4"; of an entry of a list "p"
    html: str  # text, strong, em, a and br

    @property
    def is_item(self) -> bool:
        """Whether it says something that must have a source: all but headings."""
        return self.tag == "p"

    @property
    def text(self) -> str:
        """The words alone."""
        return unescape(_MARKUP.sub("", self.html.replace("<br>", "\n")))

    @property
    def typed(self) -> str:
        """All that somebody typed: the words, and where the links lead."""
        return unescape(_MARKUP.sub("", _LINK.sub(r"\2 \1 ", self.html.replace("<br>", " "))))

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [unescape(href) for href, _ in _LINK.findall(self.html)]

    @property
    def marks(self) -> list[str]:
        """What is unresolved in it."""
        return [found.strip() for found in _MARK.findall(self.text)]


def clean(html: str) -> str:
    """Any HTML as a section keeps it: safe, in one form, the same when it is cleaned again."""
    return write(blocks(html))


def write(those: Iterable[Block]) -> str:
    """Blocks as HTML; entries that follow one another stand in one list."""
    out: list[str] = []
    open_: list[str] = []

    def shut(down_to: int) -> None:
        while len(open_) > down_to:
            container = open_.pop()
            out.append(f"</li></{container}>" if container in LISTS else f"</{container}>")

    for block in those:
        shared = 0
        while shared < min(len(open_), len(block.within)) and open_[shared] == block.within[shared]:
            shared += 1
        shut(shared)
        if open_ and len(open_) == len(block.within) and open_[-1] in LISTS:
            out.append("</li><li>")
        for container in block.within[len(open_) :]:
            open_.append(container)
            out.append(f"<{container}><li>" if container in LISTS else f"<{container}>")
        out.append(block.html if open_ and open_[-1] in LISTS else f"<{block.tag}>{block.html}</{block.tag}>")
    shut(0)
    return nh3.clean(
        "".join(out),
        tags={"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


def blocks(html: str) -> list[Block]:
    """The blocks of any HTML, in order; empty ones are left out."""
    reader = _Reader()
    for kind, name, attributes in _tokens(html):
        if kind == "text":
            reader.say(name)
        elif kind == "open":
            reader.begin(name, attributes)
        else:
            reader.end(name)
    reader.flush()
    return reader.out


def message_in(link: str, base_url: str) -> tuple[str, str] | None:
    """Community and key, where a link leads to the permanent page of a message here."""
    found = _MESSAGE.fullmatch(link.removeprefix(base_url.rstrip("/")))
    return (found[1], found[2]) if found else None


def linked(text: str, href: str) -> str:
    """A link in the one form that blocks have."""
    return f'<a href="{escape(_address(href), quote=True)}">{escape(text, quote=False)}</a>'


def paragraph(text: str) -> str:
    """Plain words as the inside of a block; web addresses in them become links."""
    pieces = re.split(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}»”’])", " ".join(text.split()))
    return "".join(linked(piece, piece) if number % 2 else escape(piece, quote=False) for number, piece in enumerate(pieces))


def _address(href: str) -> str:
    href = href.strip()
    return f"https://{href}" if href.lower().startswith("www.") else href


def _tokens(html: str) -> Iterator[tuple[str, str, str]]:
    position, remarks, lower = 0, True, ""
    unread = set(_UNREAD)
    while (begin := html.find("<", position)) >= 0:
        if begin > position:
            yield "text", html[position:begin], ""
        position = begin
        if remarks and html.startswith("<!--", begin):
            end = html.find("-->", begin)
            remarks = end >= 0
            if remarks:
                position = end + 3
                continue
        tag = _TAG.match(html, begin)
        if tag is None:
            yield "text", "<", ""
            position = begin + 1
            continue
        name, position = tag[2].lower(), tag.end()
        if name in unread and not tag[1]:
            lower = lower or html.lower()
            end = lower.find(f"</{name}", position)
            if end >= 0:
                position = end
            else:
                unread.discard(name)  # a search that failed is never made again
        yield "close" if tag[1] else "open", name, tag[3] or ""
    if position < len(html):
        yield "text", html[position:], ""


def _trimmed(html: str) -> str:
    """Without spaces and breaks at both ends."""
    begin, end = 0, len(html)
    while begin < end and (html[begin].isspace() or html.startswith("<br>", begin)):
        begin += 4 if html[begin] == "<" else 1
    while end > begin and (html[end - 1].isspace() or html.endswith("<br>", begin, end)):
        end -= 4 if html[end - 1] == ">" else 1
    return html[begin:end]


class _Reader:
    """Reads tokens into blocks."""

    def __init__(self) -> None:
        self.out: list[Block] = []
        self.within: list[str] = []
        self.ignored = 0  # containers too deep to be kept
        self.tag = "p"
        self.parts: list[str] = []
        self.inline: list[str] = []
        self.item_goes_on = False  # the next block belongs to the entry that the last one began

    def say(self, text: str) -> None:
        words = _SPACE.sub(" ", unescape(text).replace("\0", ""))
        if words.strip() or self.parts:
            self.parts.append(escape(words, quote=False))

    def begin(self, name: str, attributes: str) -> None:
        if name in CONTAINERS:
            self.flush()
            self.item_goes_on = False
            if len(self.within) < DEEPEST:
                self.within.append(name)
            else:
                self.ignored += 1
        elif name == "li":
            self.flush()
            self.item_goes_on = False
        elif name in _HEADINGS or name in _BREAKS:
            self.flush()
            self.tag = _HEADINGS.get(name, "p")
        elif name == "br":
            self.parts.append("<br>")
        elif name in ("td", "th"):
            self.say(" ")
        elif name in _INLINE:
            self._begin_inline(_INLINE[name], attributes)

    def _begin_inline(self, tag: str, attributes: str) -> None:
        if tag in self.inline:
            if tag != "a":
                return
            self._end_inline("a")
        if tag == "a":
            found = _HREF.search(attributes)
            href = _address(unescape(next(filter(None, found.groups()), ""))) if found else ""
            if not _SCHEME.match(href):
                return
            self.parts.append(f'<a href="{escape(href, quote=True)}">')
        else:
            self.parts.append(f"<{tag}>")
        self.inline.append(tag)

    def end(self, name: str) -> None:
        if name in CONTAINERS:
            self.flush()
            self.item_goes_on = False
            if self.ignored:
                self.ignored -= 1
            elif name in self.within:
                while self.within.pop() != name:
                    pass
        elif name == "li" or name in _HEADINGS or name in _BREAKS:
            self.flush()
        elif name in _INLINE:
            self._end_inline(_INLINE[name])

    def _end_inline(self, tag: str) -> None:
        if tag in self.inline:
            while True:
                shut = self.inline.pop()
                self.parts.append(f"</{shut}>")
                if shut == tag:
                    return

    def flush(self) -> None:
        while self.inline:
            self.parts.append(f"</{self.inline.pop()}>")
        html = re.sub(r"<(strong|em)></\1>", "", _trimmed("".join(self.parts)))
        tag, self.tag, self.parts = self.tag, "p", []
        if not _MARKUP.sub("", html).strip():
            return
        within = tuple(self.within)
        in_list = bool(within) and within[-1] in LISTS
        if in_list and self.item_goes_on:
            before = self.out.pop()
            self.out.append(Block(within, "p", f"{before.html}<br>{html}"))
        else:
            self.out.append(Block(within, "p" if in_list else tag, html))
        self.item_goes_on = in_list
