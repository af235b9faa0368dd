"""Texts cut into the pieces that a sentence encoder knows: WordPiece, as BERT without capitals has it (Devlin and others 2019).

A word that is not in the vocabulary is made of the longest pieces that are;
one that cannot be made of any is unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
# No word has more letters; it would cost the square of its length to look for its pieces.
LONGEST = 100
# Ideographs are words of their own.
IDEOGRAPH = re.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f])"
)
# ASCII signs that Unicode counts as symbols stand alone too.
SIGNS = frozenset("$+<=>^`|~")


def pieces(text: str, vocabulary: Mapping[str, int], *, most: int) -> list[int]:
    """The numbers of a text's pieces between those of its begin and end, `most` in all; what comes after is left out."""
    found: list[int] = []
    for word in _words(text):
        if len(found) >= most - 2:
            break
        found.extend(_pieces(word, vocabulary))
    return [vocabulary[BEGIN], *found[: most - 2], vocabulary[END]]


def _words(text: str) -> Iterator[str]:
    """Words in small letters without accents, marks of punctuation apart."""
    clean = "".join(" " if char.isspace() or _category(char) == "Zs" else char for char in text if _is_text(char))
    # As the encoder learnt: accents go before capitals do, and letter by letter, so that no sigma knows where a word ends.
    bare = "".join(char.lower() for char in unicodedata.normalize("NFD", IDEOGRAPH.sub(r" \1 ", clean)) if _category(char) != "Mn")
    for word in bare.split():
        begin = 0
        for place, char in enumerate(word):
            if char in SIGNS or _category(char)[0] == "P":
                if begin < place:
                    yield word[begin:place]
                yield char
                begin = place + 1
        if begin < len(word):
            yield word[begin:]


def _is_text(char: str) -> bool:
    return char in "\t\n\r" or (char != "\ufffd" and _category(char) not in {"Cc", "Cf", "Co", "Cs"})


def _pieces(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    if len(word) > LONGEST:
        return [vocabulary[UNKNOWN]]
    found: list[int] = []
    begin = 0
    while begin < len(word):
        mark = "##" if begin else ""
        end = next((end for end in range(len(word), begin, -1) if mark + word[begin:end] in vocabulary), 0)
        if not end:
            return [vocabulary[UNKNOWN]]
        found.append(vocabulary[mark + word[begin:end]])
        begin = end
    return found


_category = unicodedata.category
