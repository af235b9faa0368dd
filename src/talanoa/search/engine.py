"""The index: entries go in, those that answer a question come out. It knows no rooms; entries are numbers to it.

One folder holds one index, made by tantivy. One process at a time writes it (`Writer`), any number read (`Index`), each
its own copy on its own machine. What a commit holds is there after a power cut, together with the notes of how far
its sources were followed.
"""

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import tantivy
from tantivy import FieldType, Occur, Query

from talanoa.search import analysis

# The form of the index: an index of another form is made anew.
FORM = 4
MEMORY = 60_000_000  # bytes that wait to be written
SOURCE = 48  # an entry's key is its source and, in so many bits, its number there
YEARS_TO_DOUBLE = 40  # what was said so much later counts twice: freshness is gentle
# What a word weighs where it stands.
FIELDS = {"title": 1.5, "text": 1.0, "people": 1.0, "files": 0.5}
FEW_AUDIENCES = 16
MOSTLY = 0.25  # from this share of all entries on, it is quicker to sift what was found than to narrow the search
MOST_DEEP = 10_000  # entries that are ranked for one question


class Entry(NamedTuple):
    """What can be found, as its source tells it."""

    number: int  # in its source, from 1
    audiences: tuple[int, ...]
    group: int  # what stands together: a conversation
    kind: str  # of wording.KINDS
    at: datetime
    title: str
    text: str
    language: str = ""  # as it was told; else it is guessed
    people: str = ""
    person: int = 0
    countries: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # names of attachments, and what they say
    standing: float = 1.0  # a Consolidated Reply counts for more than a thank-you
    version: int = 0  # changes with the entry, for comparing index and database


class Hit(NamedTuple):
    """An entry that answers, and how well."""

    key: int
    score: float
    group: int
    more: int = 0  # others of its group that answer, as far as they were ranked

    @property
    def source(self) -> int:
        return self.key >> SOURCE

    @property
    def number(self) -> int:
        return self.key & ((1 << SOURCE) - 1)


class Counts(NamedTuple):
    """What can be told of all that answers."""

    total: int
    values: dict[str, list[tuple[Any, int]]]  # by field: a value, and how many entries have it; the most usual first


def key(source: int, number: int) -> int:
    """The name of an entry in the index."""
    return source << SOURCE | number


def _schema() -> tantivy.Schema:
    made = tantivy.SchemaBuilder()
    for name in ("key", "group", "person", "year"):
        made.add_unsigned_field(name, indexed=True, fast=True)
    made.add_unsigned_field("audience", indexed=True)
    made.add_unsigned_field("sole", fast=True)  # the audience of an entry that has but one
    for name in ("at", "version"):
        made.add_unsigned_field(name, fast=True)
    made.add_float_field("weight", fast=True)
    for name in FIELDS:
        made.add_text_field(name, tokenizer_name="spaced")
    made.add_bytes_field("said", stored=True)  # the terms of title and text, compressed: tantivy itself leaves them half as large again
    for name in ("kind", "country", "theme"):
        made.add_text_field(name, tokenizer_name="raw", fast=True, index_option="basic")
    for name in ("language", "has"):
        made.add_text_field(name, tokenizer_name="raw", index_option="basic")
    made.add_text_field("note", tokenizer_name="raw", index_option="basic", stored=True)
    return made.build()


def _opened(folder: Path | None) -> tantivy.Index:
    index = tantivy.Index(_schema(), str(folder) if folder else None)
    index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


class Busy(Exception):
    """Another process writes this index now."""

    def __str__(self) -> str:
        return "Another process is writing the search index on this machine now."


class Writer:
    """The one that writes an index; `Busy` where another does. Closing it waits for nothing: a commit is whole at once."""

    def __init__(self, index: tantivy.Index) -> None:
        try:
            self._writer = index.writer(MEMORY, 1)
        except ValueError as fault:
            if "LockBusy" in str(fault):
                raise Busy from fault
            raise
        self._schema = index.schema

    def add(self, source: int, those: Iterable[Entry]) -> None:
        """Put entries in; those of the same numbers are to be removed first."""
        for one in those:
            self._writer.add_document(self._document(source, one))

    def remove_all(self, source: int) -> None:
        """Take out everything of a source, and its notes."""
        within = Query.range_query(self._schema, "key", FieldType.Unsigned, key(source, 0), key(source + 1, 0), include_upper=False)
        self._writer.delete_documents_by_query(within)

    def remove(self, source: int, numbers: Iterable[int]) -> None:
        """Take entries out; those that are not there are not missed."""
        names = [key(source, number) for number in numbers]
        if names:
            self._writer.delete_documents_by_query(Query.term_set_query(self._schema, "key", names))

    def note(self, source: int, said: Any) -> None:
        """Write down how far a source was followed; it commits with the entries."""
        self.remove(source, (0,))
        self._writer.add_document(tantivy.Document.from_dict({"key": key(source, 0), "note": json.dumps(said)}, self._schema))

    def commit(self) -> None:
        """Keep what was put in, for readers and for ever."""
        self._writer.commit()

    def settle(self) -> None:
        """Wait until pieces are merged, and end; for one who builds an index and leaves."""
        self._writer.wait_merging_threads()

    def _document(self, source: int, one: Entry) -> tantivy.Document:
        text, language = analysis.analysed(one.text, one.language)
        title, _ = analysis.analysed(one.title, language)
        year = one.at.year
        values: dict[str, Any] = {
            "key": key(source, one.number),
            "audience": list(one.audiences),
            "group": one.group,
            "kind": one.kind,
            "year": year,
            "at": max(0, int(one.at.timestamp())),
            "weight": one.standing * 2.0 ** ((year - 2000) / YEARS_TO_DOUBLE),
            "version": one.version,
            "person": one.person,
            "title": title,
            "text": text,
            "said": zlib.compress(f"{title} {text}".encode(), 1),
            "language": language,
            "country": list(one.countries),
            "theme": list(one.themes),
        }
        if len(one.audiences) == 1:
            values["sole"] = one.audiences[0]
        if one.people:
            values["people"] = " ".join(map(analysis.fold, analysis.words(one.people)))
        if one.files:
            values |= {"files": analysis.analysed("\n".join(one.files), language)[0], "has": "attachment"}
        return tantivy.Document.from_dict(values, self._schema)


@dataclass(frozen=True)
class Look:
    """The index as it was at one moment."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    languages: tuple[str, ...]  # of the texts in it, the most usual first
    frequencies: dict[str, int]  # of the terms of texts, as they were asked for

    @property
    def size(self) -> int:
        return self.searcher.num_docs

    def frequency(self, term: str) -> int:
        """How many texts have a term, those of everybody counted."""
        found = self.frequencies.get(term)
        if found is None:
            found = self.frequencies[term] = self.searcher.doc_freq("text", term)
        return found

    def rarity(self, term: str) -> float:
        """What a term weighs by being rare."""
        return math.log(1 + (self.size - self.frequency(term) + 0.5) / (self.frequency(term) + 0.5)) if self.size else 1.0

    def term(self, name: str, value: Any) -> Query:
        return Query.term_query(self.schema, name, value, "freq" if name in FIELDS else "basic")

    def belonging(self, audiences: Sequence[int]) -> Query:
        """The entries for these audiences. A set is gathered whole before each search, which few audiences need not wait for."""
        if len(audiences) > FEW_AUDIENCES:
            return narrowing(Query.term_set_query(self.schema, "audience", list(audiences)))
        return narrowing(any_of([self.term("audience", one) for one in audiences]))

    def hits(
        self, query: Query, most: int, *, audiences: Sequence[int] | None = None, latest_first: bool = False
    ) -> list[tuple[float, Any]]:
        """The best, or the latest, entries for these audiences (None: all) that answer, with their addresses."""
        order = "at" if latest_first else None
        if audiences is None:
            return self._hits(query, most, order)
        share = min(1.0, sum(self.searcher.doc_freq("audience", one) for one in audiences) / self.size) if self.size else 0.0
        if share >= MOSTLY:
            # A search that is narrowed to several audiences goes through all that they have; sifting goes through what was found.
            many = int(most / share * 1.2) + 20
            found = self._hits(query, many, order)
            mine = self._sifted(found, audiences)
            if len(mine) >= most or len(found) < many:
                return mine[:most]
        return self._hits(must(query, self.belonging(audiences)), most, order)

    def _hits(self, query: Query, most: int, order: str | None) -> list[tuple[float, Any]]:
        return self.searcher.search(query, most, count=False, order_by_field=order).hits if self.size else []

    def _sifted(self, hits: list[tuple[float, Any]], audiences: Sequence[int]) -> list[tuple[float, Any]]:
        """The hits that are for these audiences; who has several is asked for in the index."""
        mine, soles = frozenset(audiences), self.values("sole", hits)
        if all(sole is not None for sole in soles):
            return [hit for hit, sole in zip(hits, soles, strict=True) if sole in mine]
        names = self.values("key", hits)
        unsure = [name for name, sole in zip(names, soles, strict=True) if sole is None]
        asked = must(Query.term_set_query(self.schema, "key", unsure), self.belonging(audiences))
        among = frozenset(self.values("key", self._hits(asked, len(unsure), None)))
        return [hit for hit, name, sole in zip(hits, names, soles, strict=True) if (sole in mine if sole is not None else name in among)]

    def values(self, name: str, hits: Sequence[tuple[float, Any]]) -> list[Any]:
        return self.searcher.fast_field_values(name, [address for _, address in hits])

    def texts(self, hits: Sequence[tuple[float, Any]]) -> list[str]:
        """The analysed titles and texts of entries."""
        found = (self.searcher.doc(address).get_first("said") for _, address in hits)
        return [zlib.decompress(said).decode() if said else "" for said in found]

    def counts(self, query: Query, names: Mapping[str, int]) -> Counts:
        """How many entries answer, and for each field so many of the values that most of them have; gone through once for all of it."""
        asked = {name: {"terms": {"field": name, "size": size}} for name, size in names.items()}
        found = self.searcher.aggregate(query, {**asked, "total": {"value_count": {"field": "key"}}})
        values = {name: [(one["key"], one["doc_count"]) for one in found[name]["buckets"]] for name in names}
        return Counts(int(found["total"]["value"]), values)


class Index:
    """An index for reading, and for opening its writer. Without a folder it lives in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self._index = _opened(folder)
        self._index.config_reader("manual")
        self._seen = 0
        self._look: Look | None = None

    def writer(self) -> Writer:
        return Writer(self._index)

    def look(self) -> Look:
        """The index as it is now."""
        seen = (self.folder / "meta.json").stat().st_mtime_ns if self.folder else -1
        if self._look is None or seen != self._seen or not self.folder:
            self._index.reload()
            searcher, schema = self._index.searcher(), self._index.schema
            self._seen, self._look = seen, Look(searcher, schema, _spoken(searcher), {})
        return self._look

    def notes(self, source: int) -> Any:
        """How far a source was followed; None if never."""
        look = self.look()
        found = look.hits(look.term("key", key(source, 0)), 1)
        return json.loads(look.searcher.doc(found[0][1]).get_first("note") or "null") if found else None

    def among(self, source: int, numbers: Sequence[int]) -> set[int]:
        """Those of these entries that are in the index."""
        look = self.look()
        those = Query.term_set_query(look.schema, "key", [key(source, number) for number in numbers])
        found = look.hits(those, len(numbers)) if numbers else []
        return {Hit(name, 0.0, 0).number for name in look.values("key", found)}

    def holds(self, source: int, *, at_a_time: int = 50_000) -> Iterator[tuple[int, int]]:
        """What the index has of a source: numbers and versions, in the order of the numbers."""
        look = self.look()
        first, end = key(source, 1), key(source + 1, 0)
        while True:
            within = Query.range_query(look.schema, "key", FieldType.Unsigned, first, end, include_upper=False)
            hits = look.searcher.search(within, at_a_time, count=False, order_by_field="key", order=tantivy.Order.Asc).hits
            if not hits:
                return
            for (name, _), version in zip(hits, look.values("version", hits), strict=True):
                yield name & ((1 << SOURCE) - 1), version
            first = int(hits[-1][0]) + 1


def _spoken(searcher: tantivy.Searcher) -> tuple[str, ...]:
    """The languages in which at least one text in two hundred is written."""
    counted = {language: searcher.doc_freq("language", language) for language in analysis.LANGUAGES}
    found = sorted((language for language in counted if counted[language] * 200 >= searcher.num_docs > 0), key=lambda one: -counted[one])
    return tuple(one for one in found if counted[one])


def moment(seconds: float) -> datetime:
    """The moment of an entry, as the index keeps it."""
    return datetime.fromtimestamp(seconds, UTC)


def must(*those: Query, without: Sequence[Query] = ()) -> Query:
    """Entries that answer all of these, and none of those."""
    return Query.boolean_query([*((Occur.Must, one) for one in those), *((Occur.MustNot, one) for one in without)])


def any_of(those: Sequence[Query]) -> Query:
    """Entries that answer one of these; the more the better."""
    if not those:
        return Query.empty_query()
    return those[0] if len(those) == 1 else Query.boolean_query([(Occur.Should, one) for one in those])


def narrowing(query: Query) -> Query:
    """The same entries, none better than another."""
    return Query.const_score_query(query, 0.0)
