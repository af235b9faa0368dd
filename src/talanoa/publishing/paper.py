"""A publication as PDF, by typst: page numbers, contents, links, title and language told, tagged for screen readers (PDF/UA)."""

import functools
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst
from django.utils import translation
from django.utils.translation import gettext as _

from talanoa.publishing.publication import Publication

HERE = Path(__file__).parent
LARGEST_ATTACHED = 5_000_000  # bytes that a letter to everybody carries; what is larger is linked only
RIGHT_TO_LEFT = ("ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi")


@functools.cache
def _fonts() -> typst.Fonts:
    """The bundled fonts, those of typst, and for other scripts (Chinese, Japanese, Korean …) what the system has."""
    return typst.Fonts(font_paths=[HERE / "fonts"])


def pdf(of: Publication) -> bytes:
    """A publication as PDF. What is in no font of this machine is shown as boxes; the page and the mail have it."""
    language = of.language.split("-")[0].lower()
    with translation.override(of.language):
        facts = {
            "title": of.title,
            "authors": [of.author],
            "date": [of.issued_at.year, of.issued_at.month, of.issued_at.day],
            "language": language if re.fullmatch(r"[a-z]{2,3}", language) else "en",
            "rtl": language in RIGHT_TO_LEFT,
            "community": of.community,
            "kind": of.kind,
            "contents": _("Contents"),
            "pieces": [_told(piece) for piece in of.pieces],
        }
    inputs = {"document": json.dumps(_clean(facts))}
    # PDF/UA refuses letters that no font here has; then a plain PDF is better than none.
    try:
        return _compiled(inputs, of.issued_at, ["ua-1"])
    except typst.TypstError:
        return _compiled(inputs, of.issued_at, [])


def _compiled(inputs: dict[str, str], issued: datetime, standards: list[Literal["ua-1"]]) -> bytes:
    made = typst.compile(
        HERE / "paper.typ", root=HERE, font_paths=_fonts(), sys_inputs=inputs, pdf_standards=[*standards], timestamp=int(issued.timestamp())
    )
    assert isinstance(made, bytes)
    return made


_UNSET = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _clean(value: Any) -> Any:
    """The same without characters that cannot be set."""
    if isinstance(value, str):
        return _UNSET.sub("", value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return {key: _clean(one) for key, one in value.items()} if isinstance(value, dict) else value


def _told(piece: Mapping[str, Any]) -> dict[str, Any]:
    """A piece as typst takes it: of a language only its first tag."""
    language = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", piece.get("language", ""))
    return {**piece, "lang": language[0].lower() if language else ""}
