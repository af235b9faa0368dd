"""Which lines are nothing but words: most lines of most mails, and what they are is known at one look."""

from __future__ import annotations

import re

from talanoa.mail.reading import attributions, feet

_WORD = re.compile(r"[ \t]*([A-Za-z]+)")
# Digits and signs with which fields, quotations, addresses and links are written become one sign.
_SIGN = "\0"
_SIGNS = str.maketrans(dict.fromkeys("0123456789@:|<>\0", _SIGN))
_WITHIN = ("---", *feet.WITHIN)


def lines(text: str, heads: list[str], quoted: list[bool]) -> list[bool]:
    """For each line of a text whether it is plain: not quoted, no rule, no line of a device, and no answered mail begins there.

    A line that is not plain may still be any of these or none.
    """
    within = [one for one in _WITHIN if one in text]
    signs = [_SIGN in line for line in text.translate(_SIGNS).split("\n")]
    if not text.isascii():
        signs = [sign or not head.isascii() for sign, head in zip(signs, heads, strict=False)]
    plain = [False] * len(heads)
    for index, head in enumerate(heads):
        if signs[index] or quoted[index] or (found := _WORD.match(head)) is None:
            continue
        word = found[1].lower()
        plain[index] = not (
            word in attributions.EMBEDDED_BEGINS
            or word[:2] in feet.SENT_FROM_BEGINS
            or (within and any(one in head for one in within))
            or (word in attributions.INTRO_BEGINS and attributions.told_below(signs, quoted, index))
        )
    return plain
