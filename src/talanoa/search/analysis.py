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

from talanoa.language.languages import LATIN, SCRIPTS, WORDS, of_words, sharing_script, small
from talanoa.language.words import LONGEST, MARKS, STEMMERS, UNSPACED, stem

_RUNS = UNSPACED + "\u1100-\u11ff\uac00-\ud7a3"  # what is cut into pairs: with Hangul
# A joiner of no width stands between the words of a Persian one, and inside of those of Indian scripts.
_WORD = re.compile(rf"[{_RUNS}]+|(?:[^\W_{_RUNS}]|(?!(?<=[\u0600-\u06ff])\u200c)[{MARKS}])+")
# Most mail of most communities is plain: the quick way for it.
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_RUN = re.compile(f"[{_RUNS}]")
_MARK = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u093c\u200c\u200d]")
# Letters in other shapes: full and half width, those of Arabic by their places, and Latin ones that printers join.
_SHAPES = re.compile("[\ufb00-\ufdff\ufe70-\uffef]+")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ς": "σ", "ϲ": "σ",
    "ى": "ي", "ی": "ي", "ة": "ه", "ہ": "ه", "ک": "ك", "\u0901": "\u0902",
})  # fmt: skip
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
STEMMED = tuple(language for language in STEMMERS if language in LATIN)  # of those in Latin letters
AND = "و"  # Arabic writes it before the next word


def words(text: str) -> list[str]:
    """The words of a text in small letters, in their order; a run of a script without spaces is one word."""
    if text.isascii():
        return text.translate(_PLAIN).split()
    return _WORD.findall(even(text).lower())


def even(text: str) -> str:
    """A text with each letter in its usual shape."""
    if text.isascii():
        return text
    text = _SHAPES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


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
        self[word] = found = (fold(stem(word, self._language)) or fold(word) or word)[:LONGEST]
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

    Where the script tells the language, it is that one. The word as it stands is the last, as it may stand in a text that
    was taken for another language. A run of characters has one form: its pairs, with spaces between.
    """
    word = even(word)
    if _RUN.match(word):
        return (terms([word], ""),)
    languages = sharing_script(word) or languages
    bare = fold(word)
    found = [terms([word], language) for language in languages]
    for language in languages:
        found.append(terms([bare], language))
        found += [terms([bare.removesuffix(plain) + full], language) for plain, full in _ENDINGS.get(language, ()) if bare.endswith(plain)]
    found.append(bare)
    if "ar" in languages:
        found += [one.removeprefix(AND) for one in found if one.startswith(AND) and len(one) > 3] + [AND + one for one in found]
    return tuple(dict.fromkeys(found))


def initials(those: Iterable[str], languages: Iterable[str]) -> frozenset[str] | None:
    """With what the words begin, folded, that have one of these terms, so that others need not be stemmed; None: with anything."""
    return frozenset(term[:1] for term in those) if _FRONT.isdisjoint(languages) else None


def telling(those: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The words that carry a question; all of them where none but small words stand in it.

    Small are those of the language that the question is in: of the one with the most small words in it, where it has two of
    them, or is the most usual, which is the first. "Die" and "men" say a lot in a language that is not German or Swedish.
    """
    counts = {language: sum(word in small(language) for word in those) for language in languages}
    spoken = max(counts, key=lambda language: counts[language], default="")
    without = small(spoken) if spoken and (spoken == languages[0] or counts[spoken] > 1) else frozenset[str]()
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
