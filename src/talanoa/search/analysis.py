"""How texts and questions become the terms that are compared; pure.

A term is the stem of a word, without case and accents. Where a script has no spaces between words, and in Korean whose
words carry their particles, the terms are pairs of neighbouring characters. Every word is kept, small words too, so that
phrases can be found; questions leave them out. A text's stems are those of its own language, so a word that is looked
for has as many terms as languages are in play. What is analysed is a string of terms with spaces between: the index
cuts it there, and everybody who has it can count its terms without analysing again.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from talanoa.language.languages import SCRIPTS, WORDS, of_words, small
from talanoa.language.words import LONGEST, MARKS, STEMMERS, UNSPACED, stem

_RUNS = UNSPACED + "\u1100-\u11ff\uac00-\ud7a3"  # what is cut into pairs: with Hangul
_WORD = re.compile(rf"[{_RUNS}]+|(?:[^\W_{_RUNS}]|[{MARKS}])+")
# Most mail of most communities is plain: the quick way for it.
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_RUN = re.compile(f"[{_RUNS}]")
_MARK = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u200c\u200d]")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ς": "σ"})
# Endings that people write without their accents, and by which a stemmer knows a word.
_ENDINGS = {
    "pt": (("cao", "ção"), ("coes", "ções"), ("sao", "são"), ("soes", "sões")),
    "es": (("cion", "ción"), ("sion", "sión"), ("ia", "ía")),
    "fr": (("e", "é"), ("es", "és"), ("ee", "ée"), ("ees", "ées")),
}
# Whose stems may begin otherwise than their words: they lose what was put before them.
_FRONT = frozenset({"ar", "id", "nl", "ta", "tr"})
REMEMBERED = 200_000  # stems of a language at a time; an archive has so many words that come again

LANGUAGES = tuple(sorted({*STEMMERS, *WORDS, *(language for language, _ in SCRIPTS)}))


def words(text: str) -> list[str]:
    """The words of a text in small letters, in their order; a run of a script without spaces is one word."""
    if text.isascii():
        return text.translate(_PLAIN).split()
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return _WORD.findall(text.lower())


def fold(word: str) -> str:
    """A word without accents, in any script; vowel signs that are no accents stay."""
    if word.isascii():
        return word
    apart = _MARK.sub("", unicodedata.normalize("NFKD", word.translate(_LETTERS)))
    return unicodedata.normalize("NFC", apart)


class _Terms(dict[str, str]):
    """The terms of a language's words, as they are asked for; a run of characters gives several, with spaces between."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> str:
        if _RUN.match(word):
            return " ".join(pairs(fold(word)))
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = found = fold(stem(word, self._language))[:LONGEST] or word[:LONGEST]
        return found


_known: dict[str, _Terms] = {}


def terms(those: Iterable[str], language: str) -> str:
    """The terms of some words in a language, with spaces between."""
    known = _known.get(language)
    if known is None:
        known = _known.setdefault(language, _Terms(language))
    return " ".join(map(known.__getitem__, those))


def pairs(run: str) -> Sequence[str]:
    """Neighbouring characters; a run of one is itself."""
    return [run[index : index + 2] for index in range(len(run) - 1)] or [run]


def paired(term: str) -> bool:
    """Whether a term is a pair of characters, not a word."""
    return _RUN.match(term) is not None


def analysed(text: str, language: str = "") -> tuple[str, str]:
    """The terms of a text, and its language, which is told by its words where it is not given."""
    those = words(text)
    language = language or of_words(those)
    return terms(those, language), language


@lru_cache(maxsize=1 << 16)
def forms(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The terms by which a word is found, in each of these languages, however its accents are written; the likeliest first.

    A run of characters has one form: its pairs, with spaces between.
    """
    if _RUN.match(word):
        return (terms([word], ""),)
    found = [terms([word], language) for language in languages] or [fold(word)]
    bare = fold(word)
    for language in languages:
        found.append(terms([bare], language))
        found += [terms([bare.removesuffix(plain) + full], language) for plain, full in _ENDINGS.get(language, ()) if bare.endswith(plain)]
    return tuple(dict.fromkeys(found))


def initials(those: Iterable[str], languages: Iterable[str]) -> frozenset[str] | None:
    """With what the words begin, folded, that have one of these terms, so that others need not be stemmed; None: with anything."""
    return frozenset(term[:1] for term in those) if _FRONT.isdisjoint(languages) else None


def telling(those: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The words that carry a question; all of them where none but small words stand in it."""
    without = frozenset[str]().union(*map(small, languages))
    return [word for word in those if word not in without] or list(those)


def small_terms(language: str) -> frozenset[str]:
    """The terms of a language's small words."""
    return frozenset(terms([word], language) for word in small(language))


def plain_places(text: str, telling: Callable[[str], bool], near: frozenset[str] | None = None) -> list[tuple[int, int, str]]:
    """`places` of the words that tell something, in a text of ASCII; asked is of those that begin with one of `near` (None: of all)."""
    spaced = f" {text.translate(_PLAIN)} "
    found = []
    for word in filter(telling, [word for word in set(spaced.split()) if near is None or word[0] in near]):
        at = spaced.find(f" {word} ")
        while at >= 0:
            found.append((at, at + len(word), word))
            at = spaced.find(f" {word} ", at + 1)
    return sorted(found)


def places(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the words of a text stand, and the words in small letters; of a run of characters, each pair."""
    # A letter that becomes two when it is made small would shift what follows: such texts are left as they are.
    small_letters = lowered if len(lowered := text.lower()) == len(text) else text
    for found in _WORD.finditer(small_letters):
        word, begin = found[0], found.start()
        if _RUN.match(word):
            yield from ((begin + at, begin + at + len(pair), fold(pair)) for at, pair in enumerate(pairs(word)))
        else:
            yield begin, found.end(), word
