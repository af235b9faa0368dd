"""Concepts: words that ask for the same thing, in one language or across several.

"Kids" and "children" share no letters, and a community's few hundred queries
are too little to learn it from. The thesaurus is a text file that anybody can
read and mend; words in one line of it stand for one concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from talanoa.language.languages import guess
from talanoa.language.words import stem, words

LANGUAGES = ("en", "fr", "es")


def concepts(text: str, language: str = "") -> Iterator[str]:
    """The concepts that a text's words stand for, in their order; a word may stand for several."""
    language = language or guess(text)
    known = _thesaurus().get(language, {})
    for word in words(text.lower().replace("’", "'")):
        yield from known.get(stem(word, language), ())


@cache
def _thesaurus() -> dict[str, dict[str, tuple[str, ...]]]:
    """By language and stem, the concepts; each is named by the first word of its line."""
    found: dict[str, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    lines = files("talanoa.language").joinpath("thesaurus.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name = line.split(maxsplit=1)[0]
        for language, column in zip(LANGUAGES, line.split("|"), strict=True):
            for key in dict.fromkeys(stem(word, language) for word in column.split()):
                found[language][key] = (*found[language].get(key, ()), name)
    return found
