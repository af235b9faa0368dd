"""Words that are written as one in German, Dutch and the Nordic languages, taken apart by the words that an index has.

Elsewhere a word may be written with a hyphen or without. It is done for words alone that the index does not have: whatever
it has is found as before. No dictionary is needed.
"""

from collections.abc import Callable

from tantivy import Query

from talanoa.language.words import LONGEST
from talanoa.search import analysis
from talanoa.search.engine import Look

JOINING = frozenset({"da", "de", "nl", "no", "sv"})
SHORTEST = 4  # letters of a part; shorter ones stand in words by chance
LINKS = ("", "s", "es", "n", "en", "er", "e")  # what stands between the parts: Arbeit-s-markt


def joining(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these languages that write words together."""
    return tuple(one for one in languages if one in JOINING)


def parts(word: str, languages: tuple[str, ...], frequency: Callable[[str], int]) -> tuple[str, ...]:
    """The terms of the two words of which one is made, those that most texts have; () where it is not made of such."""
    found: list[tuple[int, tuple[str, str]]] = []
    for language in joining(languages):
        for cut in range(SHORTEST, len(word) - SHORTEST + 1 if len(word) <= LONGEST else 0):
            last = analysis.terms([word[cut:]], language)
            if not frequency(last):
                continue
            for link in LINKS:
                begin = word[:cut].removesuffix(link)
                if len(begin) + len(link) == cut and len(begin) >= SHORTEST:
                    first = analysis.terms([begin], language)
                    found.append((min(frequency(first), frequency(last)), (first, last)))
    most, best = max(found, default=(0, ()))
    return best if most else ()


def beside(word: str, languages: tuple[str, ...], look: Look) -> tuple[str, ...]:
    """The terms of two words which somebody wrote beside each other and others write as one: e-mail, well-being, COVID-19, 1,250."""
    for cut in range(1, len(word) if len(word) <= LONGEST else 0):
        first, last = (analysis.forms(part, languages) for part in (word[:cut], word[cut:]))
        # As their language has them, and as they were written.
        for way in dict.fromkeys(((first[0], last[0]), (analysis.fold(word[:cut]), analysis.fold(word[cut:])))):
            if all(map(look.frequency, way)) and look.hits(Query.phrase_query(look.schema, "text", list(way)), 1):
                return way
    return ()
