"""The tokens of HTML: tags, attributes and text, in one linear pass.

Follows the tag and attribute states of the WHATWG syntax. Every search that
fails either ends the text or is not made again, so no input is slow
(promise S6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FORMATTING = frozenset(["b", "big", "code", "em", "i", "s", "small", "strike", "strong", "tt", "u", "a"])
VOID = frozenset("area base basefont bgsound br col embed hr img input link meta param source track wbr".split())
# Elements whose content is no text of the author.
DROPPED = frozenset(
    [
        "script",
        "style",
        "title",
        "template",
        "svg",
        "math",
        "object",
        "applet",
        "select",
        "textarea",
        "audio",
        "video",
        "canvas",
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "xmp",
        "plaintext",
        "frameset",
        "datalist",
    ]
)
RAW = frozenset(["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext"])  # fmt: skip
RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in RAW}
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
KEPT = frozenset(
    [
        "a",
        "abbr",
        "address",
        "b",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "code",
        "col",
        "colgroup",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
    ]
)
OPENING = re.compile(r"<(?:(/?)([A-Za-z][^\s/>\x00]{0,40}+)[^\s/>]*+|(!--)|[!?/])")
ATTRIBUTE = re.compile(r"""[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)|([^\s>]*+)))?)""")

Token = tuple[str, str, dict[str, str]]


def tokens(html: str) -> Iterator[Token]:
    """The tokens of an HTML text: ("text"|"open"|"close", name or text, attributes).

    Linear: every search that fails ends the text or is never made again.
    """
    position = 0
    size = len(html)
    while position < size:
        begin = html.find("<", position)
        if begin < 0:
            yield "text", html[position:], {}
            return
        if begin > position:
            yield "text", html[position:begin], {}
        match = OPENING.match(html, begin)
        if match is None:
            yield "text", "<", {}
            position = begin + 1
            continue
        if match[2] is None:
            position = _past_declaration(html, match)
            continue
        name = match[2].lower()
        given, position = _attributes(html, match.end())
        if position < 0:
            return  # A tag that is never closed swallows the rest.
        if match[1]:
            yield "close", name, {}
            continue
        yield "open", name, given
        if name in RAW:
            end = RAW_END[name].search(html, position)
            if end is None:
                return
            position = end.start()


def _past_declaration(html: str, match: re.Match[str]) -> int:
    if match[3]:
        rest = match.end()
        if html.startswith(("->", ">"), rest):
            return html.find(">", rest) + 1
        end = html.find("-->", rest)
        if end >= 0:
            return end + 3
        return len(html)
    end = html.find(">", match.end())
    return end + 1 if end >= 0 else len(html)


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    given: dict[str, str] = {}
    while match := ATTRIBUTE.match(html, position):
        position = match.end()
        if match[1]:
            return given, position
        value = match[3] if match[3] is not None else match[4]
        if value is None:
            value = match[5] or ""
        if len(given) < 50:
            given.setdefault(match[2].lower(), value)
    return given, -1
