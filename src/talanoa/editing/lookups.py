"""Questions about texts that several people make; who may ask is the business of the room whose text it is."""

from typing import Any, NamedTuple

from talanoa.publishing.differences import Piece, differences

SHOWN = 100


class Changed(NamedTuple):
    """A text as it was, and the paragraphs in which it differs from the version before it."""

    revision: Any  # a row of the room's own table of versions
    differences: list[list[Piece]]


def versions(of: Any) -> list[Changed]:
    """How a text was, the latest first, and what each version changed."""
    found = list(of.revisions.select_related("by").order_by("-number")[:SHOWN])
    before = [*(one.html for one in found[1:]), ""]
    return [Changed(one, differences(was, one.html)) for one, was in zip(found, before, strict=True)]
