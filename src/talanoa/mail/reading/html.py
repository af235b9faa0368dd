"""The HTML of a mail: made harmless, made foldable, made into plain text.

One linear tokenizer (the tag and attribute states of the WHATWG HTML syntax)
reads what was sent and writes a small, well-nested dialect; nh3 then has the
last word. The tokenizer stands before nh3 because a tree builder needs 108 s
for 100,000 nested elements, and because only what we wrote ourselves is read
alike by every browser (promises S2, S3).

Quotations of known mail clients become `FOLD` ... `FOLD_END`, a closed
`<details class="quoted">`: readers fold and unfold it without a script. A
template may replace `FOLD` by a translated summary; `unfolded` takes the
folding out again for mail clients that know no `<details>`.
"""

from __future__ import annotations

from html import escape, unescape

import nh3

from talanoa.mail.reading import attributions, charsets
from talanoa.mail.reading.clients import (
    HIDDEN_STYLE,
    attributes_quotation,
    holds_quotation,
    quotes_what_follows,
)
from talanoa.mail.reading.htmltext import SIZE_LIMIT, to_text
from talanoa.mail.reading.tags import BLOCKS, DROPPED, FORMATTING, KEPT, VOID, tokens

__all__ = ["FOLD", "FOLD_END", "sanitise", "to_text", "unfolded"]

DEPTH_LIMIT = 256
# Formatting elements are reopened by tree builders in every paragraph, so that
# a few hundred open ones make megabytes out of nothing.
FORMATTING_LIMIT = 16

# An attribution has fewer characters.
SAID_LIMIT = 400

FOLD = '<details class="quoted"><summary>…</summary>'
FOLD_END = "</details>"

ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start", "type"},
    "col": {"span"},
    "details": {"class"},
    "*": {"dir", "lang"},
}
SCHEMES = {"http", "https", "mailto", "tel", "cid"}
# An element of one of these ends an open one of the same row.
ENDS = {
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "tr": {"tr", "td", "th"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tbody": {"tbody", "thead", "tfoot", "tr", "td", "th"},
    "tfoot": {"tbody", "thead", "tfoot", "tr", "td", "th"},
    "thead": {"tbody", "thead", "tfoot", "tr", "td", "th"},
    "a": {"a"},
    "p": {"p"},
}
# What an implied end never reaches across.
WALLS = frozenset(["table", "ul", "ol", "dl", "menu", "dir", "td", "th", "blockquote", "div", "details"])


class _Writer:
    """Writes the small dialect: well nested, at most 256 deep, quotations folded."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[tuple[str, str]] = []  # name, what closes it
        self.counts: dict[str, int] = {}
        self.formatting = 0
        self.folds = 0
        self.waiting = 0  # height of a fold that waits for the quotation of its attribution
        self.skipping = 0  # depth within an element that is left out with its content
        self.skipped = ""
        self.summary_due = False  # the next tag may be the <summary> of our own fold
        self.after_pre = False
        self.fresh = False  # something visible stands outside the folds
        self.said = ""  # the last words outside the folds, for what introduces a quotation

    def text(self, words: str) -> None:
        if self.skipping:
            return
        in_rows = bool(self.open) and self.open[-1][0] in TABLE_ROWS
        if words.strip():
            self._settle()
            self.fresh = self.fresh or not self.folds
            if not self.folds:
                self.said = (self.said + words)[-SAID_LIMIT:]
            if in_rows:
                self._push("td", "<td>", "</td>")
        elif in_rows:
            return
        if self.after_pre:
            # Parsers eat one line break after <pre>, each time anew.
            words = words.lstrip("\r\n")
        self.summary_due = self.after_pre = False
        self.out.append(words.replace("<", "&lt;").replace(">", "&gt;"))

    def close(self, name: str) -> None:
        if self.skipping:
            self.skipping -= name == self.skipped
        elif name == "br":
            self.start("br", {})
        elif self.counts.get(name):
            self._settle()
            while self._pop() != name:
                pass

    def _settle(self) -> None:
        """Close a fold whose attribution no quotation followed."""
        if self.waiting and len(self.open) == self.waiting:
            self._pop()

    def _pop(self) -> str:
        name, closing = self.open.pop()
        self.counts[name] -= 1
        self.formatting -= name in FORMATTING
        self.out.append(closing)
        if name == "fold":
            self.folds -= 1
            self.waiting = 0
        elif closing.endswith(FOLD_END):
            self.folds -= 1
        elif self.waiting and self.waiting == len(self.open) and name == "blockquote":
            self._pop()
        return name

    def start(self, name: str, given: dict[str, str]) -> None:
        if self.skipping:
            self.skipping += name == self.skipped
            return
        summary_due, self.summary_due, self.after_pre = self.summary_due, False, False
        hidden = "style" in given and HIDDEN_STYLE.search(given["style"][:500])
        if name in DROPPED or hidden or (name == "summary" and summary_due):
            if name not in VOID:
                self.skipping, self.skipped = 1, name
            return
        if name not in ("br", "blockquote"):
            self._settle()
        if not self.folds and (name in BLOCKS or name == "br") and not self.said.endswith("\n"):
            self.said += "\n"
        if not self.folds and quotes_what_follows(name, given):
            while self.open:
                self._pop()
            # Never closed before the end: all that follows is the quotation.
            self._push("fold", FOLD, FOLD_END)
        if name in VOID:
            self._void(name, given)
        elif len(self.open) < DEPTH_LIMIT - 8:
            self._element(name, given)

    def _element(self, name: str, given: dict[str, str]) -> None:
        self._end_implied(name)
        if not self.folds and (holds_quotation(name, given) or (name == "blockquote" and self._introduced())):
            if name == "blockquote":
                self._push(name, FOLD + "<blockquote>", "</blockquote>" + FOLD_END)
            else:
                self._push(name, FOLD, FOLD_END)
                self.summary_due = name == "details"
        elif attributes_quotation(name, given) and not self.folds:
            self._push("fold", FOLD, FOLD_END)
            self.waiting = len(self.open)
            self._push(name, "<div>", "</div>")
        elif name in FORMATTING and self.formatting >= FORMATTING_LIMIT:
            return
        elif name in ROWS:
            self._row(name, given)
        elif name in KEPT:
            self._push(name, f"<{name}{_written(name, given)}>", f"</{name}>")
            self.after_pre = name == "pre"
        elif name in BLOCKS:
            self._push(name, "<div>", "</div>")

    def _introduced(self) -> bool:
        """Whether "A wrote:" stands above, so that this is what A wrote."""
        said, self.said = self.said, ""
        return bool(said.strip()) and attributions.introduces(unescape(said.rstrip()))

    def _void(self, name: str, given: dict[str, str]) -> None:
        if name == "img":
            source = given.get("src", "").strip()
            if source[:4].lower() != "cid:":
                # A remote image tells its owner who reads, where and when.
                return
        if name in KEPT:
            if name == "hr":
                self._end_implied(name)
            if self.open and self.open[-1][0] in TABLE_ROWS and name != "col":
                self._push("td", "<td>", "</td>")
            if name != "col":
                self.out.append(f"<{name}{_written(name, given)}>")

    def _row(self, name: str, given: dict[str, str]) -> None:
        """A part of a table, with the parts that are implied around it."""
        if not self.counts.get("table"):
            return
        top = self.open[-1][0]
        if name in ("td", "th"):
            if top in ("table", "tbody", "thead", "tfoot"):
                self._row("tr", {})
                top = self.open[-1][0]
            if top != "tr":
                return
        elif name == "tr":
            if top == "table":
                self._push("tbody", "<tbody>", "</tbody>")
                top = "tbody"
            if top not in ("tbody", "thead", "tfoot"):
                return
        elif top != "table":
            return
        self._push(name, f"<{name}{_written(name, given)}>", f"</{name}>")

    def _end_implied(self, name: str) -> None:
        if name in BLOCKS and self.counts.get("p"):
            self._close_within("p", P_WALLS)
        if name == "a" and self.counts.get("a"):
            self._close_within("a", A_WALLS)
        for ended in ENDS.get(name, ()):
            if self.counts.get(ended):
                self._close_within(ended, WALLS - {ended})
        if self.open and self.open[-1][0] in TABLE_ROWS and name not in ROWS:
            self._row("td", {})
        if name in HEADINGS and self.open and self.open[-1][0] in HEADINGS:
            self._pop()

    def _close_within(self, name: str, walls: frozenset[str]) -> None:
        for height in range(len(self.open) - 1, -1, -1):
            found = self.open[height][0]
            if found == name:
                while len(self.open) > height:
                    self._pop()
                return
            if found in walls:
                return

    def _push(self, name: str, opening: str, closing: str) -> None:
        self.out.append(opening)
        self.open.append((name, closing))
        self.counts[name] = self.counts.get(name, 0) + 1
        self.formatting += name in FORMATTING
        self.folds += closing.endswith(FOLD_END)

    def finish(self) -> str:
        while self.open:
            self._pop()
        return "".join(self.out)


ROWS = frozenset(["tbody", "thead", "tfoot", "tr", "td", "th", "caption"])
TABLE_ROWS = frozenset(["table", "tbody", "thead", "tfoot", "tr"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
P_WALLS = frozenset(["table", "td", "th", "caption", "details", "fold"])
A_WALLS = frozenset(["table", "td", "th", "caption"])


def _written(name: str, given: dict[str, str]) -> str:
    """The attributes that are kept, in one spelling."""
    out = []
    for key, value in given.items():
        if key in ATTRIBUTES.get(name, ()) or key in ATTRIBUTES["*"]:
            text = escape(charsets.plain(unescape(value)).strip(), quote=True)
            out.append(f' {key}="{text}"')
    return "".join(out)


def sanitise(html: str) -> str:
    """Harmless HTML with the quotations folded.

    No scripts, styles, forms, remote images or event handlers; images only by
    "cid:"; links only to http, https, mailto and tel. At most 1 MiB is read.
    `sanitise(sanitise(x)) == sanitise(x)` (promise S3). When everything is a
    quotation (a forwarded mail), nothing is folded.
    """
    writer = _write(html[:SIZE_LIMIT])
    clean = _clean(writer.finish())
    if not writer.fresh:
        clean = unfolded(clean)
    if len(clean) > 2 * SIZE_LIMIT:
        return "<pre>" + escape(to_text(html)[:SIZE_LIMIT]) + "</pre>"
    return clean


def _write(html: str) -> _Writer:
    writer = _Writer()
    for kind, what, given in tokens(charsets.body(html)):
        if kind == "text":
            writer.text(what)
        elif kind == "open":
            writer.start(what, given)
        else:
            writer.close(what)
    return writer


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(KEPT),
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=SCHEMES,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        generic_attribute_prefixes=set(),
    )


def unfolded(html: str) -> str:
    """Sanitised HTML with its quotations in plain `<div class="quoted">`."""
    return html.replace(FOLD, '<div class="quoted">').replace(FOLD_END, "</div>")
