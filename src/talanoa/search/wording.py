"""What a person asks for: words, "phrases", -without, and narrowings such as `from:amina` or `year:2009..2012`; pure.

Any text is a question: what is not understood is looked for as words.
"""

import re
from dataclasses import dataclass, field

from talanoa.language.places import country_of
from talanoa.search.analysis import words

LONGEST, MOST_WORDS, MOST_NARROWINGS = 4_000, 64, 20  # characters; words that are looked for; a mail may ask by a whole page
KINDS = ("query", "response", "post", "reply", "experience", "resource", "member", "file", "comment", "summary")
_KIND_NAMES = {kind: kind for kind in KINDS} | {
    "queries": "query", "replies": "reply", "cr": "reply", "person": "member", "attachment": "file",
    "comments": "comment", "summaries": "summary",
}  # fmt: skip
_PART = re.compile(r'(-?)(?:(from|country|year|kind|theme|has):(?=\S))?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})?(\.\.\.?|-|–)?(\d{4})?")


@dataclass(frozen=True)
class Asked:
    """A question, understood. Words are in small letters; everything but the words narrows."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    authors: tuple[tuple[str, ...], ...] = ()
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2; one of them
    years: tuple[int, int] | None = None  # first and last
    kinds: tuple[str, ...] = ()  # one of them
    themes: tuple[str, ...] = ()  # one of them
    with_attachment: bool = False
    conversations: tuple[int, ...] = field(default=(), repr=False)

    @property
    def said(self) -> tuple[str, ...]:
        """All words that are looked for, those of the phrases too."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase))

    @property
    def empty(self) -> bool:
        """Nothing is asked, or nothing but what shall not be there."""
        return self == Asked(without=self.without)


def understood(text: str) -> Asked:
    """The question that a text asks; never an error."""
    found: dict[str, list] = {"words": [], "phrases": [], "without": [], "authors": [], "countries": [], "kinds": [], "themes": []}
    years: tuple[int, int] | None = None
    attachment = False
    for part in _PART.finditer(text[:LONGEST].replace("\0", " ")):
        minus, name, phrase, plain = part[1], (part[2] or "").lower(), part[3], part[4] or ""
        value = phrase if phrase is not None else plain
        said = tuple(words(value))
        if minus and said and not name:
            found["without"].append(said)
        elif name == "from" and said:
            found["authors"].append(said)
        elif name == "country" and (code := country_of(value) or _code(value)):
            found["countries"].append(code)
        elif name == "year" and (span := _span(value)):
            years = span
        elif name == "kind" and value.lower() in _KIND_NAMES:
            found["kinds"].append(_KIND_NAMES[value.lower()])
        elif name == "theme" and said:
            found["themes"].append(" ".join(said))
        elif name == "has" and value.lower().startswith(("attachment", "file")):
            attachment = True
        elif phrase is not None and len(said) > 1 and not name:
            found["phrases"].append(said)
        else:
            found["words"] += [*(words(name) if name else ()), *said]
    kept = {key: tuple(values[: MOST_WORDS if key == "words" else MOST_NARROWINGS]) for key, values in found.items()}
    return Asked(**kept, years=years, with_attachment=attachment)


def _code(value: str) -> str:
    return value.upper() if len(value) == 2 and value.isascii() and value.isalpha() else ""


def _span(value: str) -> tuple[int, int] | None:
    found = _YEARS.fullmatch(value)
    if found is None or not (found[1] or found[3]):
        return None
    first, dots, last = found.groups()
    if not dots:
        return (int(first), int(first)) if first and not last else None
    return int(first or 0), int(last or 9999)
