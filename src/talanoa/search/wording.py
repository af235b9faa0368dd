"""What a person asks for: words, "phrases", -without, and narrowings such as `from:amina` or `year:2009..2012`; pure.

Any text is a question: what is not understood is looked for as words.
"""

import re
from dataclasses import dataclass, field, replace

from talanoa.language.places import country_of
from talanoa.search.analysis import even, words

LONGEST, MOST_WORDS, MOST_NARROWINGS = 4_000, 64, 20  # characters; words that are looked for; a mail may ask by a whole page
KINDS = ("query", "response", "post", "reply", "experience", "resource", "member", "file", "comment", "summary")
_KIND_NAMES = {kind: kind for kind in KINDS} | {f"{kind}s": kind for kind in KINDS} | {
    "queries": "query", "replies": "reply", "summaries": "summary", "cr": "reply", "crs": "reply", "message": "post", "messages": "post",
    "person": "member", "people": "member", "attachment": "file", "attachments": "file",
}  # fmt: skip
# What telephones make of a typed quotation mark or minus.
_TYPED = str.maketrans(dict.fromkeys("“”„‟«»「」『』", '"') | dict.fromkeys("−–", "-"))
# "What's", "don't", "women's": what is left of small words.
_CONTRACTED = re.compile(r"(?<!\w)\w{1,8}n['’]t(?!\w)|(?<=\w)['’](?:s|d|ll|m|re|ve)(?!\w)", re.IGNORECASE)
_HYPHENED = re.compile(r"(?<!\w)\w++(?:[-‐‑]\w++)+")
_PART = re.compile(r'(-?)(?:(from|country|year|kind|theme|has):(?=\S))?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})?(\.\.\.?|…|-)?(\d{4})?")
_BARE_YEARS = re.compile(r"\d{4}\.\.\d{4}")


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
    never: "Asked | None" = None  # narrowings of which none may hold
    joined: tuple[tuple[str, ...], ...] = ()  # words that stood with hyphens between; others write them as one

    @property
    def said(self) -> tuple[str, ...]:
        """All words that are looked for, those of the phrases too."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase))

    @property
    def empty(self) -> bool:
        """Nothing is asked, or nothing but what shall not be there."""
        return self == Asked(without=self.without, never=self.never)


def understood(text: str) -> Asked:
    """The question that a text asks; never an error."""
    wanted, unwanted = _Found(), _Found()
    plainly_said: list[str] = []
    for part in _PART.finditer(even(text[:LONGEST]).translate(_TYPED).replace("\0", " ")):
        minus, name, phrase, plain = part[1], (part[2] or "").lower(), part[3], part[4] or ""
        value = phrase if phrase is not None else plain
        said = tuple(words(value))
        if (unwanted if minus else wanted).narrows(name, value, said):
            continue
        if minus and said:
            wanted.without.append((*words(name), *said))
        elif phrase is not None and len(said) > 1 and not name:
            wanted.phrases.append(said)
        elif not name and _BARE_YEARS.fullmatch(plain):
            wanted.narrows("year", plain, said)
        else:
            plainly_said += [*words(name), *said]
            wanted.words += [*words(name), *words(_CONTRACTED.sub(" ", value))]
            wanted.joined += _hyphened(value)
    wanted.words = wanted.words or plainly_said
    never = unwanted.asked()
    return replace(wanted.asked(), never=None if never.empty else never)


def plainly(text: str) -> Asked:
    """The words of a text in which nothing narrows: somebody else's question."""
    text = text[:LONGEST]
    said = words(_CONTRACTED.sub(" ", text)) or words(text)
    return Asked(words=tuple(said[:MOST_WORDS]), joined=tuple(_hyphened(text)[:MOST_NARROWINGS]))


def _hyphened(text: str) -> list[tuple[str, ...]]:
    """The words in a text that stand with hyphens between."""
    return [tuple(words(found)) for found in _HYPHENED.findall(text)]


class _Found:
    """What was read of a question so far."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.phrases: list[tuple[str, ...]] = []
        self.without: list[tuple[str, ...]] = []
        self.joined: list[tuple[str, ...]] = []
        self._authors: list[tuple[str, ...]] = []
        self._named: dict[str, list[str]] = {"country": [], "kind": [], "theme": []}
        self._years: tuple[int, int] | None = None
        self._attachment = False

    def narrows(self, name: str, value: str, said: tuple[str, ...]) -> bool:
        """Take a narrowing in, where it is one."""
        if name == "from" and said:
            self._authors.append(said)
        elif name == "country" and (code := country_of(value) or _code(value)):
            self._named["country"].append(code)
        elif name == "year" and (span := _span(value)):
            self._years = span
        elif name == "kind" and value.lower() in _KIND_NAMES:
            self._named["kind"].append(_KIND_NAMES[value.lower()])
        elif name == "theme" and said:
            self._named["theme"].append(" ".join(said))
        elif name == "has" and value.lower().startswith(("attachment", "file")):
            self._attachment = True
        else:
            return False
        return True

    def asked(self) -> Asked:
        """The question, with no more of anything than is looked for."""
        some = slice(MOST_NARROWINGS)
        return Asked(
            words=tuple(self.words[:MOST_WORDS]),
            phrases=tuple(self.phrases[some]),
            without=tuple(self.without[some]),
            authors=tuple(self._authors[some]),
            countries=tuple(self._named["country"][some]),
            years=self._years,
            kinds=tuple(self._named["kind"][some]),
            themes=tuple(self._named["theme"][some]),
            with_attachment=self._attachment,
            joined=tuple(self.joined[some]),
        )


def _code(value: str) -> str:
    return value.upper() if len(value) == 2 and value.isascii() and value.isalpha() else ""


def _span(value: str) -> tuple[int, int] | None:
    found = _YEARS.fullmatch(value)
    if found is None or not (found[1] or found[3]):
        return None
    first, dots, last = found.groups()
    if not dots:
        return (int(first), int(first)) if first and not last else None
    earlier, later = sorted((int(first or 0), int(last or 9999)))
    return earlier, later
