"""Where an answered mail begins: "On Monday, A wrote:", header blocks, rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from talanoa.mail.reading import words
from talanoa.mail.reading.feet import telephone_line

QUOTE = re.compile(r"[ \t]{0,3}(?:[A-Za-z]{0,3}>|&gt;|(?:\xa0|\u200b){1,3}>)")
ADDRESS = re.compile(
    r"[^\s<>()\[\]\"',;:|*]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}"
    # The disguise of list archives.
    r"|<[\w.+-]{1,64} at [\w-]{1,63}(?:\.[\w-]{1,63}){1,6}>"
)
DATE = re.compile(r"\b(?:19|20|25)\d\d\b|\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{1,2}[:.h]\d\d\b|\d{1,2}\s?[年月日년월일]")
# "2013/10/2 Name <address>": Gmail, before it learnt a verb.
DATE_NAME_ADDRESS = re.compile(r"\d{2,4}[/.-]\d{1,2}[/.-]\d{1,4}[ ,][^<>]{0,80}<[^<>@\s]{1,64}@[^<>\s]{1,200}>[:：]?\s*\Z")
ISO_GMAIL = re.compile(r"(?:19|20)\d\d-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d\d:?\d\d\b")
WROTE = re.compile(rf"(?<!\w)(?:{words.phrases(*words.WROTE.values())})(?!\w)|写道|寫道|写到|님이|작성|เขียน|書き", re.IGNORECASE)
HINT = re.compile(r"[\d@]")
INTRO = re.compile(rf"(?:{words.phrases(words.INTRO)})(?=[\s,:\d]|[^\x00-\x7f])", re.IGNORECASE)
WEEKDAY_OR_NUMBER = re.compile(r"[\"'(]?(?:\w{2,14}[.,]{1,2}\s)?\d|\w{2,12},? \d|\w{2,10}, \w{2,10} \d|\w{2,12}\.?, ")
ENDS = re.compile(r"[:：]\W{0,4}\Z|[:：]\s*<?\Z")
VERBS = tuple(word.replace("\\s", " ").replace("\\", "") for table in words.WROTE.values() for word in table.split())
_WORD = re.compile(r"\w+")
_VERB_BEGINS = {found[0] for verb in VERBS if verb.isascii() and (found := _WORD.match(verb))}
TIDY = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MARKS = words.phrases(words.EMBEDDED["original"], words.EMBEDDED["forwarded"])
MARK = re.compile(
    rf"[\s>*|]{{0,6}}(?:[-_=*—–~+#\u2010-\u2015]{{2,60}}|\[)(?:\s|&nbsp;)?\.{{0,6}}\s?(?:{_MARKS})\b[^\n]{{0,60}}|"
    rf"[\s>*]{{0,6}}(?:{words.phrases(words.EMBEDDED['opening'])})\s?[:：]?\s*\Z|"
    rf"[\s*]{{0,4}}(?:{_MARKS})[\s*]{{0,3}}[:：]?\s*\Z",
    re.IGNORECASE,
)
# With these two letters, or with a dash, such a mark begins; all other lines are let go at once.
_OPENERS = {phrase[:2].lower() for table in words.EMBEDDED.values() for phrase in table.split()}
# With one of these words all the same begins that this module finds, unless a line has one of the signs.
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_SIGN = re.compile(r"[\d@:|]|---")


def _first_words(*tables: str) -> set[str]:
    return {found[0].lower() for table in tables for phrase in table.split() if (found := _FIRST_WORD.match(phrase))}


EMBEDDED_BEGINS = _first_words(*words.EMBEDDED.values())
INTRO_BEGINS = _first_words(words.INTRO)
_BEFORE_WORDS = " \t>*-_=~+#["
BEGINS_MARK = frozenset("-_=—–~+#[\u2010\u2011\u2012\u2013\u2014\u2015")
# GroupWise: ">>> Name date >>>". Zoho: "---- Name wrote ----". Notes: "Name---date---the first words".
GROUPWISE = re.compile(r">>> [^\n]{3,160}>>>\s*\Z")
BETWEEN_DASHES = re.compile(
    rf"[ \t]{{0,4}}-{{3,8}} [^\n]{{2,80}} (?:{words.phrases(words.WROTE['en'])}) -{{3,8}}\s*\Z|"
    r"[^-\n]{2,60}---\d{1,2}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}[:.]\d\d[^\n]{0,12}---"
)
FIELD, MEANING = words.fields()
SAME_LINE = re.compile(
    rf"[\s*](sent|date|to|subject|{words.phrases(words.FIELDS['subject'])}|{words.phrases(words.FIELDS['sent'])})[\s*]?[:：]", re.IGNORECASE
)
SOME_FIELD = re.compile(r"[^\s:：]{1,20}+(?: [^\s:：]{1,12}+){0,2} ?[:：]")
RULE_ABOVE = re.compile(r"[\s>]{0,8}[-_=*#~+—–]{2,}")
COMPLETE = re.compile(
    r"(?=[^\n]{0,120}\b\d{1,2}[:.h]\d\d)(?=[^\n]{0,120}(?:19|20)\d\d)[^\n<]{10,200}<[^<>\s]{3,100}@[^<>\s]{3,100}>[^\n<>.!?]{0,25}:\W{0,3}\Z"
)
# Lines that an attribution may take, and characters.
LINES, CHARACTERS = 6, 420


@dataclass(frozen=True, slots=True)
class Found:
    """A mark of an answered mail.

    lines: how many lines it takes. embeds: whether all that follows is the
    answered mail (else only the quoted lines are).
    """

    lines: int
    embeds: bool


def quote_depth(head: str) -> int:
    """How many times a line is quoted."""
    return head[:40].split(" ", maxsplit=1)[0].count(">") or head[:10].count(">")


def is_mark(head: str) -> bool:
    """Whether a line alone says that an answered or forwarded mail follows."""
    bare = head.lstrip(" \t\xa0\u3000>*|")
    if (bare[:1] in BEGINS_MARK or bare[:2].lower() in _OPENERS) and MARK.match(head):
        return True
    if "---" in head:
        return BETWEEN_DASHES.match(head) is not None
    return is_groupwise(head)


def is_groupwise(head: str) -> bool:
    """Whether a line is the mark of GroupWise, which looks like a quotation."""
    return head.startswith(">>> ") and GROUPWISE.match(head) is not None


def worth_a_look(heads: list[str], quoted: list[bool], plain: list[bool]) -> list[bool]:
    """For each line whether `at` may find a mark there; of those that are `plain` that is known. This costs a tenth of asking."""
    worth = [False] * len(heads)
    for index, head in enumerate(heads):
        if plain[index]:
            continue
        if not quoted[index]:
            worth[index] = _may_begin(head)
        if _field_at(head) or ("To" in head and head.strip() == "To"):
            for above in range(max(0, index - 3), index):
                worth[above] = True  # the head of Lotus Notes begins with any words
    return worth


def _may_begin(head: str) -> bool:
    if not head.isascii() or _SIGN.search(head):
        return True
    bare = head.lstrip(_BEFORE_WORDS)
    if not bare:
        return False
    first = _FIRST_WORD.match(bare)
    return first is None or (word := first[0].lower()) in EMBEDDED_BEGINS or word in INTRO_BEGINS


def told_below(signs: list[bool], quoted: list[bool], index: int) -> bool:
    """Whether what words alone may introduce can follow: a quotation, or a line with a date or an address, which are in `signs`."""
    return True in signs[index : index + LINES + 2] or True in quoted[index : index + 2 * LINES + 2]


def at(heads: list[str], quoted: list[bool], index: int) -> Found | None:
    """The mark that begins at the line `index`, or None."""
    head = heads[index]
    if not head.strip():
        return None
    if is_mark(head):
        # What follows is looked for below the header that belongs to the mark.
        end = index + 1
        while end < min(index + 4, len(heads)) and not heads[end].strip():
            end += 1
        below = None if end >= len(heads) or quoted[end] or is_mark(heads[end]) else _unmarked(heads, quoted, end)
        end = end + below.lines if below else index + 1
        return Found(end - index, embeds=not _quote_follows(quoted, heads, end))
    return _unmarked(heads, quoted, index)


def _unmarked(heads: list[str], quoted: list[bool], index: int) -> Found | None:
    """A header block or a line "A wrote:" that begins at the line `index`."""
    fields = _header_block(heads, index) or _lotus(heads, quoted, index)
    if fields:
        return Found(fields, embeds=not _quote_follows(quoted, heads, index + fields))
    return _attribution(heads, quoted, index)


def introduces(words: str) -> bool:
    """Whether the last lines of a text say that what follows is quoted."""
    heads = [*(line[:500] for line in words.split("\n")[-4:]), "> "]
    quoted = [False] * (len(heads) - 1) + [True]
    found = (at(heads, quoted, index) for index in range(len(heads) - 1) if heads[index].strip())
    return any(mark is not None and not mark.embeds for mark in found)


def _quote_follows(quoted: list[bool], heads: list[str], index: int) -> bool:
    """Whether the next line with something on it is quoted."""
    for number in range(index, min(index + 6, len(heads))):
        if heads[number].strip():
            return quoted[number]
    return False


def _header_block(heads: list[str], index: int) -> int:
    """How many lines a repeated mail header takes here; 0 when there is none.

    It needs a From line and a second field that goes with it; a line
    "From: our database" alone is prose. Where no empty line is above, as in
    text made from HTML, it needs all that a program writes.
    """
    if not _field_at(heads[index]):
        return 0
    apart = _stands_apart(heads, index)
    if not apart and _field_at(heads[index - 1]):
        return 0  # Within a block, which was looked at where it begins.
    seen: set[str] = set()
    last = index
    odd = 0
    for number in range(index, min(index + 24, len(heads))):
        head = heads[number]
        match = _field_at(head)
        if match:
            seen.add(_field(match[1]))
            # Some programs put several fields on one line.
            seen.update(_field(inner[1]) for inner in SAME_LINE.finditer(head, match.end()))
            last = number
            odd = 0
            continue
        if not head.strip():
            odd += 1
        elif SOME_FIELD.match(head):
            # A field in a language we do not know, or damaged on its way.
            last = last if odd else number
        else:
            odd += 1 if head[:1].isspace() or ADDRESS.search(head) else 2
        if odd > 2:
            break
    if apart:
        enough = "from" in seen and (bool(seen & {"sent", "subject"}) or ("to" in seen and len(seen) > 2))
    else:
        enough = {"from", "sent", "to", "subject"} <= seen
    return last - index + 1 if enough else 0


def _field_at(head: str) -> re.Match[str] | None:
    """The header field with which a line begins; NetEase sets them in a table of bars."""
    if ":" in head or "：" in head or head.startswith("|"):
        return FIELD.match(head)
    return None


def _field(word: str) -> str:
    word = " ".join(word.lower().split()).replace("’", "'")
    return MEANING.get(word, MEANING.get(word.replace(" ", ""), "other"))


def _stands_apart(heads: list[str], index: int) -> bool:
    """Whether an empty line, a rule or a foot is above: prose runs on otherwise."""
    if index == 0:
        return True
    above = heads[index - 1]
    return not above.strip() or bool(RULE_ABOVE.match(above)) or telephone_line(above)


def _lotus(heads: list[str], quoted: list[bool], index: int) -> int:
    """The head of Lotus Notes: a name, a date, then To and Subject without From."""
    head = heads[index]
    near = heads[index + 1 : index + 4]
    table = any(line.strip() == "To" for line in near)
    if len(head) > 90 or not (table or any(":" in line for line in near)):
        return 0
    if not _stands_apart(heads, index) or _field_at(head):
        return 0
    if table:
        return _lotus_table(heads, index)
    dated = bool(DATE.search(head))
    number = index + 1
    while number < min(index + 4, len(heads)) and not quoted[number] and not _field_at(heads[number]):
        dated = dated or bool(DATE.search(heads[number]) and len(heads[number]) < 60)
        number += 1
    if not dated or number >= min(index + 4, len(heads)):
        return 0
    seen: set[str] = set()
    last = 0
    for line in range(number, min(number + 16, len(heads))):
        if match := _field_at(heads[line]):
            seen.add(_field(match[1]))
            last = line
            if "subject" in seen:
                break
    return last - index + 1 if {"to", "subject"} <= seen else 0


def _lotus_table(heads: list[str], index: int) -> int:
    """The same as text of a table: each of "To", "cc", "Subject" alone on its line."""
    end = next((number for number in range(index + 2, min(index + 24, len(heads))) if heads[number].strip() == "Subject"), 0)
    return end - index + 2 if end and end + 1 < len(heads) and any(DATE.search(line) for line in heads[index : index + 3]) else 0


def _attribution(heads: list[str], quoted: list[bool], index: int) -> Found | None:
    head = TIDY.sub("", heads[index]).strip()
    opening = head.lstrip("-*_ >").lstrip()
    intro = INTRO.match(opening)
    ends = opening[-4:].rstrip().endswith((":", "："))
    # Most lines are prose; they are let go before anything is searched.
    hint = HINT.search(opening)
    if not (intro or ends or hint):
        return None
    dated = DATE.search(opening, max(0, hint.start() - 1)) if hint else None
    if not (intro or dated or ("@" in opening and ADDRESS.search(opening)) or (ends and _last_verb(opening))):
        return None
    if (ISO_GMAIL.match(opening) and len(opening) < 200) or DATE_NAME_ADDRESS.match(opening):
        span = 2 if index + 1 < len(heads) and heads[index + 1].strip().startswith(("<", ">:")) else 1
        return Found(span, embeds=not _quote_follows(quoted, heads, index + span))
    joined = ""
    blanks = 0
    for number in range(index, min(index + LINES + 3, len(heads))):
        piece = TIDY.sub("", heads[number]).strip()
        if not piece:
            blanks += 1
            # Only inside an open "<": a program put the address on its own lines.
            if blanks > 1 or not intro or not dated:
                return None
            continue
        if quoted[number] and not _closes_address(joined, piece):
            return None
        joined = f"{joined} {piece}" if joined else piece
        if len(joined) > CHARACTERS or number - index >= LINES + 1:
            return None
        colon = bool(ENDS.search(joined[-12:]))
        if not colon and not _ends_with_verb(joined):
            continue
        if blanks and "<" not in joined:
            return None
        following = _quote_follows(quoted, heads, number + 1)
        strength = _strength(joined.lstrip("-*_ "), colon=colon)
        if strength == 2 or (strength == 1 and following):
            return Found(number - index + 1, embeds=not following)
        if colon:
            return None
    return None


def _ends_with_verb(line: str) -> bool:
    """Whether a line ends in "wrote", "wrote ----" or "wrote..."."""
    tail = line[-60:].rstrip(" -–—:.…>").lower()
    if tail.endswith(("写道", "寫道")):
        return True
    # Most lines end in no verb; only then its left edge matters ("underwrote").
    return tail.endswith(VERBS) and any(tail.endswith(verb) and not tail[: -len(verb)][-1:].isalpha() for verb in VERBS)


def _closes_address(joined: str, piece: str) -> bool:
    """A line ">:" or "> wrote:" that is the end of an address, no quotation."""
    return joined.count("<") > joined.count(">") and bool(ENDS.search(piece) or _ends_with_verb(piece))


def _last_verb(line: str) -> re.Match[str] | None:
    """The last "wrote" of a line; in plain letters looked for only at words with which one begins, not everywhere."""
    if not line.isascii():
        return next(iter(list(WROTE.finditer(line))[-1:]), None)
    verb = None
    for word in _WORD.finditer(line):
        if word[0].lower() in _VERB_BEGINS and (verb is None or word.start() >= verb.end()):
            verb = WROTE.match(line, word.start()) or verb
    return verb


def _strength(line: str, *, colon: bool) -> int:
    """How surely a line says that somebody wrote: 2 alone, 1 above a quotation."""
    verb = _last_verb(line)
    address = ADDRESS.search(line)
    dated = DATE.search(line)
    intro = INTRO.match(line)
    if verb:
        late = len(line) - verb.end() < 60 or bool(dated and dated.start() > verb.end()) or bool(address and address.start() > verb.end())
        if late and ((intro and dated) or (address and (colon or intro)) or (dated and WEEKDAY_OR_NUMBER.match(line))):
            return 2
        if late and dated and colon and len(line) < 160:
            return 2
        return 1 if len(line) < 200 else 0
    if not colon:
        return 0
    if address and dated and (WEEKDAY_OR_NUMBER.match(line) or intro):
        return 2
    # A full date, a time and an address in brackets at the end: hardly prose, in whatever language.
    if address and COMPLETE.search(line):
        return 2
    return 1 if address or dated or (intro and len(line) < 60) else 0
