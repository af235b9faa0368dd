"""A mail with comments taken apart: its words, its quotations, and the files that came with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext

from talanoa.consultations import comments, offline, rules
from talanoa.consultations.comments import Said
from talanoa.documents.blocks import Document
from talanoa.documents.reading import Reader
from talanoa.documents.refusals import NotRead
from talanoa.mail.reading.parsing import Letter

# What people send comments in. Pictures and calendars beside them are kept with the mail and not looked at.
READ = (".docx", ".docm", ".odt", ".xlsx", ".xls", ".ods", ".txt", ".md", ".html", ".htm", ".rtf", ".doc", ".pdf")
MOST_FILES = 10


class Taken(NamedTuple):
    """What a mail holds for a consultation."""

    said: list[Said]
    in_the_name_of: str
    files: list[str]  # a sentence for each file


def take(
    letter: Letter, passages: Sequence[tuple[str, str, str]], earlier: Sequence[tuple[str, str]] = ()
) -> tuple[list[rules.Reaction], Taken]:
    """The reactions and comments of a mail; `passages` are label, kind and text of the draft that it is about, `earlier` label and
    text of what has changed since older ones."""
    found: list[rules.Reaction] = []
    pieces: list[tuple[str, str]] = []
    for kind, words in letter.pieces or (("fresh", letter.fresh_text),):
        reactions, rest = rules.reactions(words) if kind == "fresh" else ([], words)
        found += reactions
        pieces.append((kind, rest))
    said, files = _files(letter, passages)
    understood = comments.understand(pieces, passages, earlier=earlier, subject=letter.subject, beside=bool(said or found))
    return found, Taken([*understood.comments, *said], understood.in_the_name_of, files)


def _files(letter: Letter, passages: Sequence[tuple[str, str, str]]) -> tuple[list[Said], list[str]]:
    sent = [part for part in letter.attachments if part.name.lower().endswith(READ)][:MOST_FILES]
    if not sent:
        return [], []
    said: list[Said] = []
    told: list[str] = []
    reader = Reader()
    try:
        for part in sent:
            try:
                here = in_document(reader.read(part.content, name=part.name, media_type=part.media_type), passages)
            except NotRead as refusal:
                told.append(gettext("%(name)s: %(why)s") % {"name": part.name, "why": refusal})
                continue
            said += here
            told.append(gettext("%(name)s: %(count)d comments were found in it.") % {"name": part.name, "count": len(here)})
    finally:
        reader.close()
    return said, told


def in_document(document: Document, passages: Sequence[tuple[str, str, str]]) -> list[Said]:
    """The comments in a file: a matrix, a draft with remarks and changes, or a letter of its own."""
    found = offline.returned(document, passages)
    if found or offline.is_matrix(document) or _is_the_draft(document, passages):
        return found
    return list(comments.understand((("fresh", "\n".join(block.text for block in document.blocks)),), passages).comments)


def _is_the_draft(document: Document, passages: Sequence[tuple[str, str, str]]) -> bool:
    """Whether a file is little more than the draft itself, sent back without a word."""
    texts = {text for _, _, text in passages}
    kept = sum(offline.bare(block.text) in texts for block in document.blocks)
    return kept * 2 > len(document.blocks)
