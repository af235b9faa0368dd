"""The HTML of a post, made once when it is posted; safe because every character is escaped here."""

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from django.utils.translation import ngettext, override

# Linear: each alternative begins at a fixed word and takes one run of characters.
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"“”]{2,2000}")
_TRAILING = ".,;:!?)]}'’"
_LISTED = re.compile(r"\s*(?:[-*•·–]|\d{1,3}[.)]|[a-z][.)])\s+\S")


def _linked(text: str) -> str:
    """Escaped text in which web addresses are links that tell the other site nothing of us."""
    if "http" not in text and "www." not in text:
        return escape(text)  # most lines have no address
    made = []
    end = 0
    for found in _LINK.finditer(text):
        address = found[0]
        while address and address[-1] in _TRAILING and not (address[-1] == ")" and address.count("(") >= address.count(")")):
            address = address[:-1]
        href = address if address.startswith("http") else f"http://{address}"
        made.append(escape(text[end : found.start()]))
        made.append(f'<a href="{escape(href)}" rel="nofollow noopener noreferrer ugc">{escape(address)}</a>')
        end = found.start() + len(address)
    made.append(escape(text[end:]))
    return "".join(made)


def _wrapped(lines: list[str]) -> bool:
    """Whether a paragraph was broken by a mail client at its margin, not by its author."""
    return len(lines) > 1 and all(55 <= len(line) <= 80 for line in lines[:-1])


def _paragraph(lines: list[str]) -> str:
    if _wrapped(lines) and not any(_LISTED.match(line) for line in lines):
        return f"<p>{_linked(' '.join(lines))}</p>"
    joined: list[str] = []
    for before, line in pairwise(["", *lines]):
        # A list item that the client wrapped goes on in the next line.
        if joined and len(before) >= 55 and not _LISTED.match(line) and _LISTED.match(joined[-1]):
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line.rstrip())
    return f"<p>{_lines(joined)}</p>"


def _lines(those: list[str]) -> str:
    return _linked("\n".join(those)).replace("\n", "<br>")


def letter(text: str) -> str:
    """Paragraphs and quotations of a plain text as HTML; `dir=auto` lets each script run its way."""
    made: list[str] = []
    lines: list[str] = []
    quoted: list[str] = []

    def close() -> None:
        if lines:
            made.append(_paragraph(lines).replace("<p>", '<p dir="auto">', 1))
            lines.clear()
        if quoted:
            # Deeper quotations are set like their outermost: depth helps nobody to read.
            made.append(f'<blockquote dir="auto">{_lines(quoted)}</blockquote>')
            quoted.clear()

    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith(">"):
            if lines:
                close()
            quoted.append(stripped.lstrip("> "))
        elif not stripped:
            close()
        else:
            if quoted:
                close()
            lines.append(line)
    close()
    return "".join(made)


def folded(quoted: str, summary: str) -> str:
    """The quotation beneath a letter, closed until somebody wants it."""
    return f'<details class="quoted"><summary>{escape(summary)}</summary>{letter(quoted)}</details>'


SHOWN_QUOTATION = 8  # lines of a quotation that stand open above the words that answer them


def exchange(pieces: Sequence[tuple[str, str]], summary: Callable[[int], str]) -> str:
    """A letter in its own order, from `Letter.pieces`: fresh words large, quotations where they stood.

    A quotation that is answered below stays in sight, or the answer would hang in the air; one
    that is long, or that nothing follows, is closed. `summary` names a closed one by its lines.
    """
    words = [(kind, text.strip("\n")) for kind, text in pieces if text.strip() and kind != "signature"]
    last = max((number for number, (kind, _) in enumerate(words) if kind == "fresh"), default=-1)
    made = []
    for number, (kind, text) in enumerate(words):
        lines = [line for line in text.split("\n") if line.strip()]
        if kind == "fresh":
            made.append(letter(text))
        elif number < last and len(lines) <= SHOWN_QUOTATION:
            made.append(letter("\n".join(line if line.lstrip().startswith(">") else f"> {line}" for line in lines)))
        else:
            made.append(folded(text, summary(len(lines))))
    return "".join(made)


def post(pieces: Sequence[tuple[str, str]], language: str) -> str:
    """The HTML of a post in its community's language, from `Letter.pieces`."""

    def summary(lines: int) -> str:
        return ngettext("Quoted text, %(n)d line", "Quoted text, %(n)d lines", lines) % {"n": lines}

    with override(language):
        return exchange(pieces, summary)
