"""The parts of a document: one JSON value from which page, mail, PDF and DOCX are made, and which stays as it was issued.

What is frozen in it does not change, whatever becomes of persons, posts and templates. A section is a list of BLOCKS,
`{"kind": "p" | "h3" | "h4" | "item" | "quote", "runs": […]}`; an item of a numbered list also has its "number". A RUN is
`{"t": words}` with, where it is so, "b" or "i" (strong, emphasis), "href" (a link elsewhere) or "from" (the number of the response
it links to). "responses" holds what was said, in full, and "contributors" whom to thank.
"""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from talanoa.locale import known

Block = dict[str, Any]
Run = dict[str, Any]

SOURCE = re.compile(r"/c/[\w-]+/m/([A-Za-z0-9]{8,64})/?$")
FOUND = "#found"
_SCHEMES = ("http", "https", "mailto")
_BLOCKS = {"p": "p", "h3": "h3", "h4": "h4", "li": "item", "blockquote": "quote"}


class Voice(NamedTuple):
    """Who somebody was when they spoke; the country as ISO 3166 has it."""

    name: str
    role: str = ""
    organisation: str = ""
    country: str = ""


class Response(NamedTuple):
    """A contribution, with the HTML that was made of it once."""

    key: str
    voice: Voice
    person: int | None  # who said it, to see that two responses are of one person
    at: str
    html: str
    language: str = ""
    number: int = 0  # by which it is known; 0: its place among the others


class _Reader(HTMLParser):
    """Reads safe HTML into blocks. What the grammar does not know is read for its words."""

    def __init__(self, numbers: Mapping[str, int], base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.numbers, self.base = numbers, base
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.kind = "p"
        self.strong = self.emphasis = 0
        self.link: Run = {}
        self.lists: list[int] = []  # the number of the item before; -1 for lists without numbers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end()
            # Paragraphs in a quotation or an item are of its kind.
            self.kind = self.kind if tag == "p" and self.kind in {"quote", "item"} else _BLOCKS[tag]
            if tag == "li" and self.lists and self.lists[-1] >= 0:
                self.lists[-1] += 1
        elif tag in {"ul", "ol"}:
            self.end()
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "strong":
            self.strong += 1
        elif tag == "em":
            self.emphasis += 1
        elif tag == "br":
            self.runs.append({"t": "\n"})
        elif tag == "a":
            self.link = self._link(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end()
            if not (tag == "p" and self.kind in {"quote", "item"}):
                self.kind = "p"
        elif tag in {"ul", "ol"}:
            self.end()
            del self.lists[-1:]
        elif tag == "strong":
            self.strong = max(0, self.strong - 1)
        elif tag == "em":
            self.emphasis = max(0, self.emphasis - 1)
        elif tag == "a":
            self.link = {}

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        if words:
            self.runs.append({"t": words} | ({"b": True} if self.strong else {}) | ({"i": True} if self.emphasis else {}) | self.link)

    def _link(self, href: str) -> Run:
        if href == FOUND:
            return {"found": True}
        if (source := SOURCE.search(urlsplit(href).path)) and (number := self.numbers.get(source[1].upper())):
            return {"from": number}
        href = self.base + href if href.startswith("/") else href
        return {"href": href} if urlsplit(href).scheme in _SCHEMES else {}

    def end(self) -> None:
        """End the block that is being read."""
        runs = _tidied(self.runs)
        if runs:
            number = self.lists[-1] if self.lists and self.kind == "item" else -1
            self.blocks.append({"kind": self.kind, "runs": runs} | ({"number": number} if number > 0 else {}))
        self.runs = []


def _tidied(runs: list[Run]) -> list[Run]:
    """Neighbours that look alike made one; no space at the ends."""
    made: list[Run] = []
    for run in runs:
        alike = made and {**made[-1], "t": ""} == {**run, "t": ""} and "from" not in run
        if alike:
            made[-1]["t"] += run["t"]
        else:
            made.append(dict(run))
    for run in made:
        run["t"] = re.sub(r" ?\n ?", "\n", re.sub(r"  +", " ", run["t"]))
    while made and not made[0]["t"].strip():
        del made[0]
    while made and not made[-1]["t"].strip():
        del made[-1]
    if made:
        made[0]["t"] = made[0]["t"].lstrip()
        made[-1]["t"] = made[-1]["t"].rstrip()
    return made


def blocks(html: str, numbers: Mapping[str, int] | None = None, *, base: str = "") -> list[Block]:
    """The blocks of safe HTML; `numbers` tells which response has which key, `base` where our own pages begin."""
    reader = _Reader(numbers or {}, base)
    reader.feed(html)
    reader.close()
    reader.end()
    return reader.blocks


def countries(voices: Sequence[Voice], headings: Sequence[str], language: str) -> list[str]:
    """The countries that a reply tells of: of those who responded, and of the headings above experiences."""
    names = [*known("en").territories.items(), *known(language).territories.items()]
    codes = {name.casefold(): code for code, name in names if len(code) == 2}
    told = {voice.country.upper() for voice in voices if voice.country}
    return sorted(told | {codes[head.strip().casefold()] for head in headings if head.strip().casefold() in codes})


def contributors(responses: Sequence[Response]) -> list[dict[str, Any]]:
    """Whom to thank, in the order of their first response, each with the numbers of all their responses."""
    found: dict[object, dict[str, Any]] = {}
    for place, one in enumerate(responses, 1):
        number = one.number or place
        entry = found.setdefault(one.person or one.voice.name or number, {**one.voice._asdict(), "responses": []})
        entry["responses"].append(number)
    return list(found.values())


def responses(those: Sequence[Response], base: str) -> list[dict[str, Any]]:
    """What was said, numbered from 1 where it has no number of its own; `base` is where our own pages begin."""
    return [
        {
            **one.voice._asdict(),
            "number": one.number or number,
            "key": one.key,
            "at": one.at,
            "language": one.language,
            "blocks": blocks(one.html, base=base),
        }
        for number, one in enumerate(those, 1)
    ]


def text(block: Block) -> str:
    """The plain words of a block."""
    return "".join(run["t"] for run in block["runs"])


def cited(document: Mapping[str, Any]) -> set[int]:
    """The numbers of the responses that the sections cite."""
    runs = [run for section in document["sections"] for block in section["blocks"] for run in block["runs"]]
    gathered = [number for section in document["sections"] for block in section["blocks"] for number in block.get("from", ())]
    return {run["from"] for run in runs if "from" in run} | set(gathered)


def without(document: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """The document in which responses that were withdrawn have no words any more; what cites them is marked."""
    gone = {one["number"] for one in document["responses"] if one["key"] in keys}
    if not gone:
        return document

    def marked(block: Block) -> Block:
        sources = {run["from"] for run in block["runs"] if "from" in run} | set(block.get("from", ()))
        return {**block, "withdrawn": True} if sources & gone else block

    return {
        **document,
        "responses": [
            {**one, "blocks": [], "withdrawn": True} if one["number"] in gone else one for one in document["responses"]
        ],
        "sections": [{**section, "blocks": [marked(block) for block in section["blocks"]]} for section in document["sections"]],
    }


_ADDRESS = re.compile(r"[\w.+%'’-]{1,64}@(?=[\w-]{1,63}\.[\w.-]{2,200})")


def masked(value: Any) -> Any:
    """The document for readers whom we do not know: mail addresses in words lose the part that could be written to."""
    if isinstance(value, str):
        return _ADDRESS.sub("…@", value) if "@" in value else value
    if isinstance(value, list):
        return [masked(one) for one in value]
    if isinstance(value, dict):
        # A mail link is its address; the community's own address is for everybody.
        return {
            key: one if key in {"community", "page"} else masked(one)
            for key, one in value.items()
            if not (key == "href" and str(one).startswith("mailto:"))
        }
    return value
