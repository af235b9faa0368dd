"""Words that are written as one in German, Dutch and the Nordic languages, taken apart by the words that an index has.

It is done for words alone that the index does not have: whatever it has is found as before. No dictionary is needed.
"""

from collections.abc import Callable

from talanoa.search import analysis

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
        for cut in range(SHORTEST, len(word) - SHORTEST + 1):
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
