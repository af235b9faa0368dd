"""What the links beside the results narrow by: each a part of the address, and words of the query language to the search."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from talanoa.people.lookups import names
from talanoa.people.models import Person
from talanoa.search import sentences
from talanoa.search.lookups import Results, narrows
from talanoa.website.conversations.letters import masked
from talanoa.website.templating import country

NAMES = ("kind", "year", "country", "theme", "from")
LONGEST = 1_000  # characters of a question on the pages
SHOWN = 12  # values of each facet


class Value(NamedTuple):
    """Something by which can be narrowed: as it stands in the address, in words, and how many results have it."""

    value: str
    words: str
    entries: int


class Facet(NamedTuple):
    """All values of one kind."""

    name: str
    words: str
    values: list[Value]


def asked(given: QueryDict) -> dict[str, str]:
    """What an address asks for, cleaned; names that do not stand there are left out."""
    found = {name: " ".join(given.get(name, "").replace('"', " ").split())[:100] for name in NAMES}
    words = {"q": given.get("q", "").strip()[:LONGEST], **found, "sort": "date" if given.get("sort") == "date" else ""}
    return {name: value for name, value in words.items() if value}


def question(asked: Mapping[str, str]) -> str:
    """The same in the query language."""
    parts = [asked.get("q", ""), *(f'{name}:"{asked[name]}"' for name in NAMES if name in asked)]
    return " ".join(filter(None, parts))


def address(base: str, asked: Mapping[str, object], *, without: str = "", **more: object) -> str:
    """The address that asks for the same, but for one part that is left out, and what is added."""
    return f"{base}?{urlencode({name: value for name, value in {**asked, **more}.items() if value and name != without})}"


def words(name: str, value: str) -> str:
    """One narrowing, in people's words."""
    return sentences.kind(value) if name == "kind" else country(value) if name == "country" else value


def facets(results: Results, asked: Mapping[str, str], person: Person | None) -> Iterator[Facet]:
    """By what the results can be narrowed further; a facet with one value alone narrows nothing."""
    counted = results.facets()
    named = names([int(one) for one, _count in counted["person"]])
    hidden: Callable[[str], str] = masked if person is None else str
    people = [(hidden(named[int(number)]), count) for number, count in counted["person"] if named.get(int(number))]
    for name, title, counts in (
        ("kind", _("What"), counted["kind"]),
        ("year", _("Year"), sorted(counted["year"], reverse=True)),
        ("country", _("Country"), counted["country"]),
        ("theme", _("Theme"), counted["theme"]),
        ("from", _("Who"), people),
    ):
        if name not in asked and len(values := list(_values(name, counts))) > 1:
            yield Facet(name, title, values)


def _values(name: str, counts: Sequence[tuple[str | int, int]]) -> Iterator[Value]:
    for value, count in counts[:SHOWN]:
        # A link is offered only where the query language says the same with it.
        if narrows(name, str(value)):
            yield Value(str(value), words(name, str(value)), count)
