"""Words, and the terms by which they are compared.

A term is the stem of a word that carries a meaning. Chinese, Japanese, Thai,
Lao, Khmer and Burmese put no spaces between words; there a term is a pair of
neighbouring characters, which needs no dictionary and finds nearly as much
(the usual way of search engines for these scripts).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from talanoa.language.languages import guess, small

# Characters of scripts without spaces between words, with their marks.
UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17d3\u17dc-\u17ff"
    "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that belong to a word although they are no letters: accents, vowel signs, joiners.
MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u200c\u200d"
WORD = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[{MARKS}])+(?:['’.\-](?:[^\W_{UNSPACED}]|[{MARKS}])+)*")
UNSPACED_RUN = re.compile(rf"[{UNSPACED}]")
KANA_ALONE = re.compile("[\u3040-\u309f]+")
STEMMERS = {
    "ar": "arabic", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi", "hy": "armenian",
    "id": "indonesian", "it": "italian", "ne": "nepali", "nl": "dutch", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
# What is longer is no word but a key, an address or an attack.
LONGEST = 40

# A stemmer holds the word it works on; each thread has its own.
_mine = threading.local()


def words(text: str) -> list[str]:
    """The words of a text in their order and as they were written; a run of a script without spaces is one word."""
    return WORD.findall(text)


def length(text: str) -> int:
    """How many words a reader would count; two characters make one where no spaces stand."""
    return sum(max(1, len(word) // 2) if UNSPACED_RUN.match(word) else 1 for word in WORD.findall(text))


def terms(text: str, language: str = "") -> list[str]:
    """What a text is compared by, in its order; small words are left out."""
    language = language or guess(text)
    without = small(language)
    out: list[str] = []
    for word in WORD.findall(text.lower().replace("’", "'")):
        if UNSPACED_RUN.match(word):
            out.extend(pairs(word))
        elif word not in without and (len(word) > 1 or word.isdigit()):
            out.append(stem(word, language))
    return out


def pairs(run: str) -> Iterator[str]:
    """Neighbouring characters of a script without spaces; pairs of hiragana alone are grammar."""
    if len(run) == 1:
        yield run
    for index in range(len(run) - 1):
        pair = run[index : index + 2]
        if not KANA_ALONE.fullmatch(pair):
            yield pair


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """The stem of one word in small letters; the word itself where we have no stemmer."""
    name = STEMMERS.get(language)
    if name is None or len(word) > LONGEST or len(word) < 3:
        return word
    if language == "ar":
        return _light(word)
    if language == "hi":
        word = word.translate(_PLAIN_HINDI)
    elif language == "el":
        word = _toneless(word)
        if found := _GREEK_ENDING.fullmatch(word):
            return found[1]
    stemmers = _mine.__dict__
    if name not in stemmers:
        stemmers[name] = snowballstemmer.stemmer(name)
    stemmed: str = stemmers[name].stemWord(word.removesuffix("'s"))
    return stemmed


# Arabic as people write it: marks and lengthening left out, hamza and the ends of words in one form.
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS = str.maketrans("أإآٱىیةکہ", "ااااييهكه")
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_ARABIC_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def _light(word: str) -> str:
    """The light10 stem of an Arabic word (Larkey, Ballesteros and Connell 2007), but for a lone waw, which begins many words."""
    word = _ARABIC_MARKS.sub("", word).translate(_ARABIC_LETTERS)
    article = next((one for one in _ARTICLES if word.startswith(one) and len(word) >= len(one) + 2), "")
    word = word.removeprefix(article)
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            word = word.removesuffix(ending)
    return word


# Hindi is typed with and without its nukta, and with either sign of the nose.
_PLAIN_HINDI = str.maketrans({"\u093c": None, "\u0901": "\u0902", **{chr(0x958 + at): one for at, one in enumerate("कखगजडढफय")}})
# Greek words in iota and an ending, of which the stemmer leaves now more, now less: παιδί, παιδιά; χωριό, χωριών.
_GREEK_ENDING = re.compile("(.{2,}[βγδζθκλμνξπρστφχψ])ι(?:ο|α|ου|ων|οι|[εαο][ςσ]|ου[ςσ])?")


def _toneless(word: str) -> str:
    """A Greek word without its tones and diaereses, of which the stemmer takes ϊ for an η."""
    return "".join(one for one in unicodedata.normalize("NFD", word) if one not in "\u0301\u0308")
