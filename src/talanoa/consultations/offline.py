"""What comes back from people who worked off line: a draft with Word comments and tracked changes, or a filled matrix; pure.

A block belongs to the passage whose number it still carries ("[12] …" or our bookmark), else to the one whose words it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext

from talanoa.consultations import matching, pointing
from talanoa.consultations.comments import NUMBERED, Said
from talanoa.documents.blocks import ROW, Block, Document

BOOKMARK = "passage_"
# The columns of a comment matrix, by words of their headings; the first that fits.
COLUMNS = {
    "labels": r"passage|para|paragraph|section|clause|párrafo|parágrafo|absatz|alinéa|пункт|الفقرة|अनुच्छेद|段|no\.? of|line",
    "proposed": r"propos|suggest|wording|redacción|proposition|vorschlag|предлаг|المقترح|प्रस्ताव|建议|amend",
    "rationale": r"rational|reason|justif|begründ|motivo|обоснов|السبب|औचित्य|理由",
    "source": r"source|reference|fuente|quelle|fonte|источник|المصدر|स्रोत|来源",
    "text": r"comment|remark|comentario|commentaire|kommentar|anmerkung|comentário|замечани|комментар|تعليق|टिप्पणी|意见|意見",
}
NOT_THEIRS = re.compile(
    r"answer|response|state|status|owner|commenter|name|organi[sz]ation|respuesta|réponse|antwort|^\W*(?:no\.?|#|nr\.?)\W*$",
    re.IGNORECASE,
)


def returned(document: Document, passages: Sequence[tuple[str, str, str]]) -> list[Said]:
    """The comments in a file that somebody sent back; passages are label, kind and text."""
    return [*_matrix(document.blocks, passages), *_marked(document.blocks, passages)]


def is_matrix(document: Document) -> bool:
    """Whether a file holds a table for comments."""
    return any(_columns(block.cells) for block in document.blocks if block.kind == ROW)


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which column holds what, if this is the head of a matrix: it has a place for the passage and one for words."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if len(cell) > 60:
            return {}
        name = next((name for name, words in COLUMNS.items() if name not in found and re.search(words, cell, re.IGNORECASE)), None)
        if name and not (NOT_THEIRS.search(cell) and not re.search(COLUMNS["labels"], cell, re.IGNORECASE)):
            found[name] = place
    return found if "labels" in found and found.keys() & {"text", "proposed"} else {}


def _matrix(blocks: Iterable[Block], passages: Sequence[tuple[str, str, str]]) -> Iterable[Said]:
    columns: dict[str, int] = {}
    labels = pointing.Labels(passages)
    for block in blocks:
        if block.kind != ROW:
            continue
        if head := _columns(block.cells):
            columns = head
            continue
        parts = {name: block.cells[place] for name, place in columns.items() if place < len(block.cells)}
        if not columns or not (parts.get("text") or parts.get("proposed")):
            continue
        told = parts.pop("labels", "")
        pointer = pointing.at(f"{told}:", labels)
        here = labels.named(told) if re.fullmatch(r"[\s\[(#]*\d.*", told) else ()
        here = here or (pointer.labels if pointer else ())
        if told and not here:
            parts["text"] = f"{told}: {parts.get('text', '')}".strip()  # it names what the draft does not have; nothing of it is lost
        yield Said(here, **parts)


def _marked(blocks: Sequence[Block], passages: Sequence[tuple[str, str, str]]) -> Iterable[Said]:
    if not any(block.remarks or block.before is not None for block in blocks):
        return
    places = _places(blocks, passages)
    last = ""
    for at, block in enumerate(blocks):
        label = places[at]
        for remark in block.remarks:
            spanned = dict.fromkeys(places[one] for one in range(at, min(at + remark.through + 1, len(places))) if places[one])
            words = f"“{remark.about}”: {remark.text}" if 0 < len(remark.about) < 200 else remark.text
            yield Said(tuple(spanned) or ((last,) if last else ()), words)
        if block.before is not None:
            yield _change(block, label or last, new=not label)
        last = label or last


def _change(block: Block, label: str, *, new: bool) -> Said:
    labels = (label,) if label else ()
    after = bare(block.text)
    if new or not bare(block.before or ""):
        return Said(labels, gettext("Insert after this passage."), proposed=after)
    return Said(labels, "" if after else gettext("Delete this passage."), proposed=after)


def bare(text: str) -> str:
    """The text of a block without the number that we put before it."""
    found = NUMBERED.match(text)
    return text[found.end() :] if found else text


def _places(blocks: Sequence[Block], passages: Sequence[tuple[str, str, str]]) -> list[str]:
    """The label of the passage that each block is; "" where it is none."""
    known = {label for label, _, _ in passages}
    found = [_by_number(block, known) for block in blocks]
    left = [at for at, label in enumerate(found) if not label]
    free = [one for one in passages if one[0] not in set(found)]
    said = [(blocks[at].kind, bare(_before(blocks[at]))) for at in left]
    for at, match in zip(left, matching.match([(kind, text) for _, kind, text in free], said), strict=True):
        if match.origins and blocks[at].before != "":
            found[at] = free[match.origins[0]][0]
    return found


def _before(block: Block) -> str:
    return block.text if block.before is None else block.before


def _by_number(block: Block, known: set[str]) -> str:
    for mark in block.marks:
        if mark.startswith(BOOKMARK) and mark.removeprefix(BOOKMARK) in known:
            return mark.removeprefix(BOOKMARK)
    numbered = NUMBERED.match(block.text) or NUMBERED.match(block.before or "")
    return numbered[1] if numbered and numbered[1] in known else ""
