"""The search of this house over plain documents, so that others can measure it: the same analysis, index and ranking."""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from talanoa.search import finding, wording
from talanoa.search.engine import Entry, Index

NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)  # plain documents have no date; none is fresher than another


def ranked(
    documents: Iterable[tuple[str, str]], questions: Iterable[tuple[str, str]], *, language: str = "", most: int = 1_000
) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """For each question (id, words) the ids of the documents (id, text) that answer it, with scores, the best first.

    `language`: of documents and questions, as ISO 639-1 has it; "": told by each text.
    """
    language = language.replace("_", "-").partition("-")[0].lower()
    with tempfile.TemporaryDirectory(prefix="talanoa-search-") as place:
        index = Index(Path(place))
        writer = index.writer()
        ids: list[str] = []

        def entries() -> Iterator[Entry]:
            for number, (name, text) in enumerate(documents, 1):
                ids.append(name)
                yield Entry(number, (0,), number, "post", NO_MOMENT, "", text, language)

        writer.add(0, entries())
        writer.commit()
        writer.settle()
        look = index.look()
        for name, words in questions:
            asked = wording.plainly(words)
            wished = finding.wish(look, asked, None, [language] if language else [])
            hits = finding.answers(look, wished, most=most, grouped=False).hits if asked.words else []
            yield name, [(ids[hit.number - 1], hit.score) for hit in hits]
