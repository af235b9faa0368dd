"""A number from 1 to 5 at the beginning of an answer, in any script's digits."""

import re
import unicodedata

_SCORE = re.compile(r"\W*([1-5])(?:\s*(?:/|of|out of|sur|de|von)\s*5)?(?![\w/-]|\.\d)", re.IGNORECASE)


def score(text: str) -> int | None:
    """The score that the first line of an answer begins with."""
    # Digits of any script count, as people write them.
    first = next((line for line in text.splitlines() if line.strip()), "")
    found = _SCORE.match("".join(str(unicodedata.digit(one, one)) for one in first))
    return int(found[1]) if found else None
