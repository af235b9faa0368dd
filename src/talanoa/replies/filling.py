"""What goes into sections by one action: quotations from responses, and the first draft; pure. Everything keeps its source."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from talanoa.drafting.drafts import Draft
from talanoa.publishing import markup
from talanoa.publishing.markup import Block
from talanoa.replies import rules
from talanoa.replies.rewriting import Cited

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


def drafted(draft: Draft, source: Callable[[str], str], country: Callable[[str], str]) -> Mapping[str, list[Block]]:
    """The sections of a first draft: every sentence followed by its source.

    `source` makes the link of a message id, `country` the name of a country's code.
    """
    found: dict[str, list[Block]] = {key: [] for key in rules.SECTIONS}
    found["summary"] = list(_summary(draft, source))
    headed = ""
    for one in draft.experiences:
        if one.country != headed:
            headed = one.country
            found["experiences"].append(Block((), "h3", markup.paragraph(country(one.country))))
        title = ": ".join(filter(None, (one.place, one.title if one.title not in one.sentences else "")))
        if title:
            found["experiences"].append(Block((), "h4", markup.paragraph(title)))
        found["experiences"].append(_sentences(one.sentences, source(one.message_id)))
    for one_found in draft.resources:
        title = markup.linked(one_found.title, one_found.link) if one_found.link else markup.paragraph(one_found.title)
        said = "" if one_found.sentence.strip() in (one_found.title, one_found.link) else f": {markup.paragraph(one_found.sentence)}"
        found[one_found.heading].append(Block(ENTRY, "p", f"<strong>{title}</strong>{said} {source(one_found.message_id)}"))
    return {key: blocks for key, blocks in found.items() if blocks}


def reworded(paragraphs: Sequence[Sequence[Cited]], links: Mapping[int, str], struck: str, *, section: str) -> list[Block]:
    """What a model wrote, paragraph by paragraph: a sentence that holds with its sources, any other as an unresolved mark."""
    within = ENTRY if section in rules.RESOURCES else ()
    return [Block(within, "p", " ".join(_cited(one, links, struck) for one in paragraph)) for paragraph in paragraphs]


def _cited(one: Cited, links: Mapping[int, str], struck: str) -> str:
    words = markup.paragraph(one.text.replace("[[", "[").replace("]]", "]"))
    return f"{words} {' '.join(links[number] for number in one.responses)}" if one.holds else f"[[{struck}: {words}]]"


def _summary(draft: Draft, source: Callable[[str], str]) -> Iterable[Block]:
    """What was chosen, theme by theme; what belongs to no theme comes last."""
    labels = list(dict.fromkeys(one.theme for one in draft.summary))
    for label in sorted(labels, key=lambda one: not one):
        if label:
            yield Block((), "h3", markup.paragraph(label))
        for one in draft.summary:
            if one.theme == label:
                yield _sentences([one.sentence], source(one.message_id))


def _sentences(sentences: Sequence[str], source: str) -> Block:
    return Block((), "p", " ".join(f"{markup.paragraph(one)} {source}" for one in sentences))
