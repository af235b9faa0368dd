"""What goes into sections by one action: quotations from responses; pure. Everything keeps its source."""

import re
from collections.abc import Sequence

from talanoa.replies import markup, rules
from talanoa.replies.markup import Block

ENTRY = ("ul",)


def quoted(text: str, source: str, *, section: str) -> list[Block]:
    """A text, paragraph by paragraph, each with its source, as a section has its items."""
    within = ENTRY if section in rules.RESOURCES else ()
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [Block(within, "p", f"{markup.paragraph(part)} {source}") for part in paragraphs]


def placed(section: Sequence[Block], added: Sequence[Block], heading: str) -> list[Block]:
    """The blocks of a section with others beneath a heading (h3), which is made at the end where there is none; without one, at the end."""
    if not heading:
        return [*section, *added]
    starts = [number for number, block in enumerate(section) if block.tag == "h3"]
    for number, start in enumerate(starts):
        if section[start].text.strip().casefold() == heading.casefold():
            end = starts[number + 1] if number + 1 < len(starts) else len(section)
            return [*section[:end], *added, *section[end:]]
    return [*section, Block((), "h3", markup.paragraph(heading)), *added]
