"""Sections of a summary from what members said, and to and from the plain words of a mail; pure. Everything keeps its source."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

from talanoa.discussions.rules import SECTIONS
from talanoa.drafting.drafts import Draft, Quote
from talanoa.publishing import document, markup
from talanoa.publishing.markup import Block
from talanoa.publishing.plain import as_text

_CITED = re.compile(r"\[(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]")


def drafted(draft: Draft, source: Callable[[str], str]) -> dict[str, list[Block]]:
    """The sections of a first draft: every sentence as a member wrote it, followed by its source.

    `source` makes the link of a Message-ID.
    """
    found: dict[str, list[Block]] = {key: [] for key in SECTIONS}
    for label in sorted(dict.fromkeys(one.theme for one in draft.summary), key=lambda one: not one):
        if label:
            found["points"].append(Block((), "h3", markup.paragraph(label)))
        found["points"] += [_quoted(one, source) for one in draft.summary if one.theme == label]
    for theme in draft.themes:
        for key, those in (("agreement", theme.agreement), ("dissent", theme.difference)):
            if those:
                found[key] += [Block((), "h3", markup.paragraph(theme.label)), *(_quoted(one, source) for one in those)]
    return {key: blocks for key, blocks in found.items() if blocks}


def _quoted(one: Quote, source: Callable[[str], str]) -> Block:
    return Block((), "p", f"{markup.paragraph(one.sentence)} {source(one.message_id)}")


def quoted(text: str, source: str) -> list[Block]:
    """A text, paragraph by paragraph, each with its source."""
    return [Block((), "p", f"{markup.paragraph(part)} {source}") for part in re.split(r"\n\s*\n", text) if part.strip()]


def gathered(parts: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, list[Block]]:
    """The sections of the whole, of those of its phases: each beneath the theme. `parts`: themes, and HTML by section."""
    found: dict[str, list[Block]] = {key: [] for key in SECTIONS}
    for theme, sections in parts:
        for key in SECTIONS:
            if blocks := markup.blocks(sections.get(key, "")):
                found[key] += [Block((), "h3", markup.paragraph(theme)), *(_beneath(one) for one in blocks)]
    return found


def _beneath(one: Block) -> Block:
    return Block(one.within, "h4", one.html) if one.tag == "h3" else one


def to_plain(sections: Iterable[tuple[str, str]], numbers: Mapping[str, int], base: str) -> str:
    """Sections, as pairs of heading and HTML, as a mail shows them; `numbers` are those of contributions by their keys."""
    lines = []
    for heading, html in sections:
        lines += [heading, "-" * len(heading), ""]
        for block in document.blocks(html, numbers, base=base):
            lines += [("# " if block["kind"] in {"h3", "h4"} else "") + as_text(block), ""]
    return "\n".join(lines).strip() + "\n"


def from_plain(text: str, headings: Mapping[str, str], source: Callable[[int], str | None]) -> dict[str, str]:
    """The HTML of sections as somebody typed them in a mail; what stands before the first heading is the first section.

    `source` makes the link of a contribution's number, or tells that there is none: then the number stays as it was typed.
    """
    keys = {heading.casefold(): key for key, heading in headings.items()}
    found: dict[str, list[Block]] = {}
    current, paragraph = SECTIONS[0], list[str]()

    def close() -> None:
        words = " ".join(" ".join(paragraph).split())
        paragraph.clear()
        if words:
            tag = "h3" if words.startswith("# ") else "p"
            found.setdefault(current, []).append(Block((), tag, _linked(words.removeprefix("# "), source)))

    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.strip(" #*_:\t")
        if bare.casefold() in keys:
            close()
            current = keys[bare.casefold()]
            found.setdefault(current, [])
        elif not bare.strip("-="):
            close()
        else:
            paragraph.append(line.strip())
    close()
    return {key: markup.write(blocks) for key, blocks in found.items()}


def _linked(words: str, source: Callable[[int], str | None]) -> str:
    made, end = [], 0
    for cited in _CITED.finditer(words):
        made.append(_spaced(words[end : cited.start()]))
        links = [(number, source(int(number))) for number in re.findall(r"\d+", cited[1])]
        made.append(" ".join(link or f"[{escape(number)}]" for number, link in links))
        end = cited.end()
    return "".join([*made, _spaced(words[end:])])


def _spaced(words: str) -> str:
    """Words as the inside of a block, with the spaces at their ends."""
    before, after = words[:1].isspace(), words[-1:].isspace()
    return (" " if before else "") + markup.paragraph(words) + (" " if after and words.strip() else "")
