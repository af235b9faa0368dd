"""How people point to passages in the lines of a mail: "12:", "12-14:", "para 12 –", "§12", "第12段：", "الفقرة ١٢"; pure."""

# ruff: noqa: E501 - a table of words reads best with a line for each family of languages
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WORDS = (
    "paragraphs?|paras?|pars?|passages?|clauses?|items?|points?|rows?|lines? no|numbers?|nos?|comments? no",
    "paragraphes?|alinéas?|als?|point|puces?|párrafos?|parrafos?|párrs?|apartados?|puntos?|pasajes?|incisos?|parágrafos?|paragrafos?|trechos?|pontos?|itens",
    "absätze|absatz|abs|ziffern?|ziff|punkte?|textstellen?|stellen?|nrn?|randnummern?|rn|paragrafo|paragrafi|comm[ai]|punt[oi]|capoverso|alinea'?s?|paragraaf|paragrafen|lid|punt|akapity?|punkty?|ustęp|ust|alineat(?:ul)?",
    "paragraf|butir|ayat|pasal|poin|đoạn|mục|khoản|điểm|điều|aya ya|aya|kifungu cha|kifungu|ibara ya|madde|fıkra|talata|bilang",
    "пункты?|пп?|абзацы?|абз|параграфы?|الفقرات|الفقرة|فقرة|البند|بند|المقطع|المادة|پاراگراف|अनुच्छेद|पैराग्राफ|पैरा|बिंदु|खंड|अंश|অনুচ্ছেদ|பத்தி|段落|段|条|款|项|項|항|조|번|문단|단락|ย่อหน้าที่|ย่อหน้า|ข้อที่|ข้อ|วรรค|កថាខណ្ឌ|ចំណុច|ວັກ|အပိုဒ်",
)
# Words for what has a heading with a number of its own.
SECTIONS = "sections?|secs?|chapters?|ch|articles?|arts?|parts?|chapitres?|capítulos?|secci(?:ón|ones)|secção|seção|artículos?|artigos?|abschnitte?|kapitel|artikel|articol[oi]|sezione|capitolo|hoofdstuk|раздел|глава|статья|القسم|الفصل|章|节|節"
PREPOSITIONS = (
    "re|on|in|for|ad|about|regarding|concerning|with (?:regard|reference|respect) to|as (?:to|for)|(?:my |our )?(?:comments?|remarks?|feedback|observations?) (?:on|to|for|regarding|about)|under|at|to"
    "|sur|concernant|pour|au sujet d[eu]|à|dans|sobre|respecto (?:a|al)|en|em|quanto a[o]?|no|su|zu[mr]?|betr(?:ifft)?\\.?|bezüglich|bij|over|о|по|к|в|关于|對於|对于|關於"
)
ARTICLES = "the|le|la|les|l['’]|el|los|las|o|os|a|as|il|lo|der|die|das|dem|den|de|het|al|del|du"
RANGE = r"-|–|—|―|‐|‑|~|～|to|through|thru|until|bis|à|a|al|ao|até|hasta|t/m|tot|do|до|по|至|到|から|إلى|الى|से|تا|ถึง|đến|sampai|s/d|hingga|hadi|ile"
LIST = r",|;|&|\+|/|,? ?and|,? ?et|y|e|und|en|oder|or|и|та|و|和|及|、|，|与|और|และ|và|dan|na|ve|at"

NUMBER = r"\d{1,5}[a-z]{0,2}(?![A-Za-z\d]|[.,:]\d)"
NUMBERS = rf"{NUMBER}(?:\s*(?:{RANGE}|{LIST})\s*#?{NUMBER})*"
WORD = rf"(?:{'|'.join(WORDS)}|{SECTIONS})"
_SIGN = r"[§¶#№]{1,2}\s?"
_PREPOSED = rf"(?:(?:{PREPOSITIONS})\s*:?\s+)?(?:(?:{ARTICLES})\s*)?"
_AMOUNT = r"(?:\s*(?:n[°ºo]s?|nr|no|number|numéro|número|num)\b\.?)?"
# Groups: 1 word, 2 numbers behind it; 3 numbers before a word, 4 the word; 5 numbers in brackets or behind a sign; 6 bare numbers.
POINTER = re.compile(
    rf"\s*(?:[-*•–▪>+]\s+)?(?:\*\*|__|\*|_)?{_PREPOSED}(?:"
    rf"(?<!\w)({WORD})\.?{_AMOUNT}\s*#?({NUMBERS})"
    rf"|(?:第|제)?\s*({NUMBERS})(?:\.|st|nd|rd|th|-?[eèºª]r?)?\s*({WORD})(?![A-Za-zÀ-ÿЀ-ӿ])"
    rf"|(?:[\[(（【]\s*#?({NUMBERS})\s*[\])）】]|{_SIGN}(?P<signed>{NUMBERS}))"
    rf"|({NUMBERS})"
    r")",
    re.IGNORECASE,
)
DELIMITER = re.compile(r"(?:\*\*|__|\*|_)?\s*(?:[.。]?\s*[:：]|[.)\]）】。|]|[-–—―](?=\s|$)|\t)(?:\*\*|__|\*|_)?\s*|\s*$|\s+(?=[\"“«„「‘])")
LOOSE = re.compile(r"\s*[,，]?\s+|\s*[,，、]\s*")
OWN_NUMBER = re.compile(r"\s*(?:(?:section|chapter|article|annex|part)\s+)?(\d{1,2}(?:\.\d{1,2})*)\.?\s", re.IGNORECASE)
DECIMAL = re.compile(rf"\s*(?:[-*•]\s+)?{_PREPOSED}(?:{WORD}\.?\s*)?(\d{{1,2}}(?:\.\d{{1,2}})+)(?=[\s:.)\]–-])", re.IGNORECASE)
MENTION = re.compile(rf"(?<!\w)(?:({WORD})\.?\s*({NUMBERS})|[§¶#№]\s?(?P<signed>{NUMBERS})|第\s*(?P<cjk>{NUMBERS})\s*(?:{WORD}))", re.IGNORECASE)
SECTION = re.compile(rf"(?:{SECTIONS})", re.IGNORECASE)
_JOINED = re.compile(rf"({RANGE}|{LIST})", re.IGNORECASE)
_RANGE = re.compile(rf"(?:{RANGE})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A line that begins by pointing to passages."""

    labels: tuple[str, ...]
    rest: str  # what is said of them; the whole line where the pointer is a part of the sentence
    bare: bool  # a number with a dot or bracket alone, as lists of one's own have it
    unknown: bool = False  # it points to what the draft does not have


class Labels:
    """The labels of a draft in their order, and the numbers that its own headings have."""

    def __init__(self, passages: Sequence[tuple[str, str, str]]) -> None:
        """Passages are label, kind and text."""
        self.order = {label: place for place, (label, _, _) in enumerate(passages)}
        self._labels = list(self.order)
        self.sections: dict[str, str] = {}
        for label, kind, text in passages:
            if (own := OWN_NUMBER.match(ascii_digits(text))) and (kind == "heading" or "." in own[1]):
                self.sections.setdefault(own[1], label)

    def named(self, numbers: str, word: str = "") -> tuple[str, ...]:
        """The labels that "12-14 and 17" names, in the order of the draft; none where one of them is not there."""
        section = bool(word) and SECTION.fullmatch(word) is not None
        found: list[str] = []
        ranged = False
        for part in _parts(numbers):
            if _JOINED.fullmatch(part):
                ranged = _RANGE.fullmatch(part) is not None
                continue
            label = part.lower().lstrip("0") or part
            if section and label in self.sections:
                label = self.sections[label]
            if label not in self.order:
                return ()
            if ranged and found and self.order[found[-1]] < self.order[label]:
                found += self._labels[self.order[found[-1]] + 1 : self.order[label]]
            found.append(label)
            ranged = False
        return tuple(sorted(set(found), key=self.order.__getitem__))


def ascii_digits(text: str) -> str:
    """The text with the digits of all scripts as 0 to 9; its length stays."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in text)


def at(line: str, labels: Labels) -> Pointer | None:
    """What a line points to at its beginning, or None."""
    plain = ascii_digits(line[:300])
    if decimal := DECIMAL.match(plain):
        label = labels.sections.get(decimal[1])
        end = DELIMITER.match(plain, decimal.end())
        return Pointer((label,), line[end.end() :] if end else line.strip(), bare=False) if label else None
    found = POINTER.match(plain)
    if found is None:
        return None
    word, numbers = found[1] or found[4] or "", found[2] or found[3] or found[5] or found["signed"] or found[7]
    named = bool(word or found[5] or found["signed"])
    end = DELIMITER.match(plain, found.end())
    if end is None and not named:
        return None
    if end is not None and not named and not _delimits(plain, end, numbers, labels):
        return None
    here = labels.named(numbers, word)
    if end is not None:
        rest = line[end.end() :]
    else:
        # "Paragraph 12 should be deleted" keeps its words; "on paragraph 12, please …" and "§12 what …" do not need them.
        loose = LOOSE.match(plain, found.end())
        rest = line[loose.end() :] if loose and (not word or loose[0].strip()) else line
    bare = not named and end is not None and end[0].strip().strip("*_") in (".", ")")
    return Pointer(here, rest.strip(), bare, unknown=not here)


def _delimits(plain: str, end: re.Match[str], numbers: str, labels: Labels) -> bool:
    """Whether what stands behind bare numbers makes a pointer of them: not in 10:30, 12.5 or "2019: the year"."""
    glued = plain[end.end() : end.end() + 1].isdigit() and not end[0][-1:].isspace()
    return not glued and (numbers in labels.order or not re.fullmatch(r"(?:19|20|21|25)\d\d", numbers))


def mentions(text: str, labels: Labels) -> Iterator[tuple[str, ...]]:
    """All passages that a text names with a word for passages."""
    for found in MENTION.finditer(ascii_digits(text)):
        if here := labels.named(found[2] or found["signed"] or found["cjk"], found[1] or ""):
            yield here


def _parts(numbers: str) -> Iterator[str]:
    yield from (part for piece in re.findall(r"\d+[a-z]{0,2}(?![A-Za-z])|[^\d]+", numbers, re.IGNORECASE) if (part := piece.strip().strip("#").strip()))

