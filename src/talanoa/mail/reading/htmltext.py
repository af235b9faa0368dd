"""HTML as plain text, as its author would have typed it.

Blocks become lines, quotations get `>` before each line (so that trimming
works on them as on any mail), lists get stars and numbers, and a link keeps
its address where the words do not show it.
"""

from __future__ import annotations

from html import unescape

from talanoa.mail.reading import charsets
from talanoa.mail.reading.clients import HIDDEN_STYLE
from talanoa.mail.reading.tags import BLOCKS, DROPPED, VOID, tokens

SIZE_LIMIT = 1024 * 1024

# Blocks that stand apart by an empty line.
APART = frozenset(["p", "blockquote", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre"])
DEEPEST_QUOTE = 20


class _Setter:
    """Sets lines of text from the tokens of an HTML text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.gap = 0  # empty lines owed before the next text
        self.quotes = 0
        self.last_quotes = 0
        self.lists: list[int] = []
        self.mark = ""
        self.pre = 0
        self.skipping = 0
        self.skipped = ""
        self.links: list[tuple[str, int]] = []

    def text(self, words: str) -> None:
        if self.skipping or not words:
            return
        words = unescape(words)
        if self.pre:
            first, *rest = words.split("\n")
            self._put(first)
            for line in rest:
                self.end_line(forced=True)
                self._put(line)
            return
        kept = " ".join(words.split()) if words.strip() else ""
        # A no-break space is white space to Python and a letter to HTML.
        if not kept:
            if self.line and words[:1].isspace():
                self.line.append(" ")
            return
        before = " " if words[0].isspace() and self.line else ""
        after = " " if words[-1].isspace() else ""
        self._put(before + kept + after)

    def _put(self, words: str) -> None:
        if not words:
            return
        if not self.line and not self.pre:
            words = words.lstrip()
        if words:
            self.line.append(words)

    def end_line(self, *, forced: bool = False, apart: bool = False) -> None:
        written = "".join(self.line).rstrip() if self.line else ""
        self.line = []
        prefix = "> " * min(self.quotes, DEEPEST_QUOTE)
        if written:
            if self.gap and self.lines:
                # An empty line between two depths belongs to the lesser.
                shared = "> " * min(self.quotes, self.last_quotes, DEEPEST_QUOTE)
                self.lines.extend([shared.rstrip()] * self.gap)
            self.last_quotes = self.quotes
            self.gap = 0
            self.lines.append(prefix + self.mark + written)
            self.mark = ""
        elif forced:
            self.gap = min(self.gap + 1, 2)
        if apart:
            self.gap = max(self.gap, 1)

    def start(self, name: str, given: dict[str, str]) -> None:
        if self.skipping:
            self.skipping += name == self.skipped
            return
        hidden = "style" in given and HIDDEN_STYLE.search(given["style"][:500])
        if (name in DROPPED or hidden) and name not in VOID:
            self.skipping, self.skipped = 1, name
        elif name == "br":
            self.end_line(forced=not self.line)
        elif name == "hr":
            self.end_line()
            self.line.append("_" * 32)
            self.end_line()
        elif name in ("td", "th"):
            if self.line:
                self.line.append("  ")
        elif name in BLOCKS:
            self._begin_block(name)
        elif name == "a":
            self.links.append((unescape(given.get("href", "")).strip(), len(self.line)))

    def _begin_block(self, name: str) -> None:
        self.end_line(apart=name in APART and not self.lists)
        if name == "blockquote":
            self.quotes += 1
        elif name in ("ul", "ol"):
            self.lists.append(0 if name == "ul" else 1)
        elif name == "li":
            indent = "  " * min(len(self.lists) - 1, 8)
            if self.lists and self.lists[-1]:
                self.mark = f"{indent}{self.lists[-1]}. "
                self.lists[-1] += 1
            else:
                self.mark = f"{indent}* "
        elif name == "pre":
            self.pre += 1

    def close(self, name: str) -> None:
        if self.skipping:
            self.skipping -= name == self.skipped
        elif name in BLOCKS and name not in ("td", "th"):
            self.end_line(apart=name in APART and len(self.lists) < 2)
            if name == "blockquote":
                self.quotes = max(0, self.quotes - 1)
            elif name in ("ul", "ol") and self.lists:
                self.lists.pop()
            elif name == "pre":
                self.pre = max(0, self.pre - 1)
        elif name == "a" and self.links:
            self._link(*self.links.pop())

    def _link(self, target: str, since: int) -> None:
        shown = "".join(self.line[since:]).strip()
        if not shown or not target.lower().startswith(("http://", "https://")):
            return
        bare = target.split("://", 1)[1].rstrip("/")
        if bare.lower() not in shown.lower() and len(target) < 500:
            self.line.append(f" <{charsets.visible(target)}>")


def to_text(html: str) -> str:
    """The words of an HTML text with LF line ends; at most 1 MiB is read."""
    setter = _Setter()
    for kind, what, given in tokens(charsets.body(html[:SIZE_LIMIT])):
        if kind == "text":
            setter.text(what)
        elif kind == "open":
            setter.start(what, given)
        else:
            setter.close(what)
    setter.end_line()
    return "\n".join(setter.lines)
