"""A text taken apart: fresh words, quotation, signature (first, plain form)."""

from __future__ import annotations

import re
from dataclasses import dataclass

ATTRIBUTION = re.compile(r"^(On|Le|Am|El|Op|Il|Em)\b.{5,200}:\s*$")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What `trim` made of a text."""

    fresh: str
    quoted: str
    signature: str
    doubtful: bool


def trim(text: str) -> Trimmed:
    """Take a text apart."""
    lines = text.split("\n")
    signature: list[str] = []
    for index, line in enumerate(lines):
        if line.rstrip("\r") in ("-- ", "--"):
            lines, signature = lines[:index], lines[index:]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(">")):
        end -= 1
    if end and end < len(lines) and ATTRIBUTION.match(lines[end - 1]):
        end -= 1
    fresh = "\n".join(lines[:end]).strip("\n")
    if not fresh.strip():
        return Trimmed(text.strip("\n"), "", "", bool(text.strip()))
    return Trimmed(
        fresh, "\n".join(lines[end:]).strip("\n"), "\n".join(signature), False
    )
