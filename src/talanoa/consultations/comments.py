"""What a mail says of which passages; pure. What cannot be tied to a passage stays whole as a general comment, and nothing is lost.

Three ways of pointing are understood, also together: lines that begin with a number ("12: …", "para 12-14 …"), words typed beneath the
quoted passage that they are about, and a number in the subject. `pointing` knows the words of many languages.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each family of languages
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from talanoa.consultations import pointing
from talanoa.drafting import courtesies
from talanoa.language.sentences import sentences
from talanoa.language.words import length, terms, words

QUOTE = re.compile(r"[ \t]{0,3}(?:(?:[A-Za-z]{0,3}>|&gt;)[ \t]?)+")
NUMBERED = re.compile(r"\s*[\[【]\s*(\d{1,5}[a-z]{0,3})\s*[\]】]\s*")
MARGIN = 64  # characters, from which on mail programs break lines
POINTED = 12  # of these that what a comment points to may have taken
OWN_LINE = re.compile(r"\s*(?:[-*•–>#]|\(?(?:\d{1,3}|[a-z])[.):])")  # what begins a line of its own: entries of lists, quotations
FIRST_WITHOUT_SPACES = 0x2E80  # scripts from here on have no spaces between words
VERBATIM = 5  # words in a row; fewer stand anywhere
NAME = r"[^\W\d_][\w.'’-]*"
LEAD_IN = re.compile(
    r"\b(?:comments?|remarks?|feedback|observations?|suggestions?|input|commentaires?|remarques?|comentarios?|observaciones|comentários?|"
    r"observações|anmerkungen|kommentare?|commenti|opmerkingen|komentar|masukan|замечания|комментарии|ملاحظات|تعليقات|टिप्पणियाँ|टिप्पणी)\b|"
    r"意见|评论|コメント|의견|ความเห็น|nhận xét|góp ý",
    re.IGNORECASE,
)
GENERAL = re.compile(
    r"\s*(?:general(?:ly)?(?: (?:comments?|remarks?|observations?|feedback))?|overall(?: comments?)?|whole (?:text|document|draft)|"
    r"(?:commentaires?|remarques?|observations?) général(?:e|es|aux)?|général|comentarios? general(?:es)?|observaci(?:ón|ones) general(?:es)?|"
    r"comentários? gera(?:l|is)|allgemein(?:es|e anmerkungen?)?|in generale|algemeen|общие (?:замечания|комментарии)|总体意见|全体|"
    r"ملاحظات عامة|komentar umum|सामान्य टिप्पणी)\s*[:：–—-]\s*",
    re.IGNORECASE,
)
BEGINS_GENERAL = re.compile(
    r"\s*(?:overall|in general|generally|on the whole|as a whole|more generally|finally|lastly|en général|de manière générale|dans l'ensemble|"
    r"globalement|en general|en conjunto|por último|no geral|em geral|insgesamt|im allgemeinen|alles in allem|in generale|nel complesso|"
    r"в целом|بشكل عام|总的来说|总体而言|全体として|secara umum|secara keseluruhan|nhìn chung)(?!\w)",
    re.IGNORECASE,
)
PARTS = {
    "proposed": r"propos(?:ed|al)(?: (?:text|wording|change|amendment))?|new (?:text|wording)|suggest(?:ed|ion)(?: (?:text|wording|change))?|proposition|texte proposé|"
    r"propuesta|texto propuesto|redacción propuesta|proposta|texto proposto|vorschlag|neuer text|предложение|предлагаемый текст|المقترح|النص المقترح|प्रस्ताव|建议|建議|提案|usulan|đề xuất",
    "rationale": r"rationale|reason(?:ing)?|justification|why|motif|raison|justificación|motivo|razón|justificativa|begründung|grund|motivazione|toelichting|обоснование|السبب|المبرر|औचित्य|कारण|理由|alasan|lý do",
    "source": r"sources?|references?|evidence|référence|fuente|referencia|fonte|referência|quelle|beleg|bron|источник|المصدر|स्रोत|来源|來源|出典|sumber|nguồn",
}
PART = re.compile("|".join(rf"(?P<{name}>(?:{those})\s*[:：]\s*)" for name, those in PARTS.items()), re.IGNORECASE)
IN_THE_NAME = re.compile(
    r"\s*(?:(?:submitted |sent |comments? )?(?:on behalf of|in the name of)|au nom d(?:e la|e l['’]|es|e|u)|en nombre de(?:l| la)?|em nome d[aeo]s?|"
    r"im namen (?:von|der|des)|a nome d(?:i|el|ella)|namens|от имени|باسم|نيابة عن|代表|की ओर से|atas nama|thay mặt)[:\s]\s*(?P<who>[^\n]{2,120}?)\s*[:,.]?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One comment: on passages by their labels, or on the whole where there are none."""

    labels: tuple[str, ...]
    text: str
    proposed: str = ""
    rationale: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a mail says: comments on passages in the order they were written, then at most one general comment."""

    comments: tuple[Said, ...] = ()
    in_the_name_of: str = ""


@dataclass(slots=True)
class _Open:
    """A comment that is being read."""

    labels: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    named: bool = True  # by its author; not by what was quoted above it


def understand(
    pieces: Sequence[tuple[str, str]],
    passages: Sequence[tuple[str, str, str]],
    *,
    earlier: Sequence[tuple[str, str]] = (),
    subject: str = "",
    beside: bool = False,
) -> Understood:
    """The comments of a mail; `pieces` are those of a Letter, `passages` the label, kind and text of each.

    `earlier`: label and text of passages as older drafts had them; who answers an old letter quotes those, and says nothing by it.
    `beside`: there are comments in a file, too, so that "my comments are attached" is none.
    """
    return _Reader(passages, earlier).read(pieces, subject, beside=beside)


class _Reader:
    def __init__(self, passages: Sequence[tuple[str, str, str]], earlier: Sequence[tuple[str, str]]) -> None:
        self.labels = pointing.Labels(passages)
        self._text = {label: _plain(text) for label, _, text in passages}
        self._order = list(self._text)
        before = [(label, _plain(text)) for label, text in earlier]
        self._ever = {label: [text] for label, text in self._text.items()}
        for label, text in before:
            self._ever.setdefault(label, []).append(text)
        self._wholes = {text for texts in self._ever.values() for text in texts}
        # All texts behind one another, the newest first, and where each begins.
        self._spans = [*self._text.items(), *before]
        self._whole, self._begins = "", []
        self._start: dict[str, int] = {}
        for label, text in self._spans:
            self._start.setdefault(label, len(self._whole))
            self._begins.append(len(self._whole))
            self._whole += f" {text} \n"
        self._open: list[_Open] = []
        self._who = ""

    def read(self, pieces: Sequence[tuple[str, str]], subject: str, *, beside: bool) -> Understood:
        quoted: str | None = None
        pieces = [piece for piece in pieces if piece[0] != "signature"]
        for place, (kind, words_) in enumerate(pieces):
            if kind == "fresh":
                last = place + 1 == len(pieces)
                self._fresh(_without_closing(words_.split("\n")) if last or pieces[place + 1][0] == "quoted" else words_.split("\n"), quoted)
                continue
            quoted = self._quoted(words_.split("\n"), last=quoted)
            below = any(said == "fresh" and text.strip() for said, text in pieces[place + 1 :])
            if place + 2 >= len(pieces) and self._is_everything(words_, quoted) and below:
                quoted = None  # the whole draft quoted, and words beneath it: they are about the whole
        return self._gathered(subject, beside=beside)

    # What is quoted

    def _quoted(self, lines: Sequence[str], *, last: str | None) -> str | None:
        """The passage that the last of some quoted lines belongs to; what was typed between passages without a mark is a comment."""
        here = last
        typed: list[str] = []
        seen = False
        for line in lines:
            marked = QUOTE.match(line)
            bare = line[marked.end() :] if marked else line
            if not bare.strip():
                continue
            found = self._passage_of(bare, here)
            if found:
                if typed and here and seen:
                    self._open.append(_Open((here,), typed, named=False))
                typed, here, seen = [], found, True
            elif marked is None and seen and here:
                typed.append(bare)
            elif len(words(bare)) >= 3:
                here = None
        return here

    def _is_everything(self, quoted: str, here: str | None) -> bool:
        """Whether a quotation runs to the last passage, or one that is gone, and holds several."""
        return here is not None and (here == self._order[-1] or here not in self._text) and sum(NUMBERED.match(QUOTE.sub("", line)) is not None for line in quoted.split("\n")) > 3

    def _passage_of(self, line: str, near: str | None) -> str | None:
        """The passage that a line is taken from, word for word or by its number in brackets."""
        if (numbered := NUMBERED.match(pointing.ascii_digits(line))) and (label := numbered[1].lower()) in self._ever:
            rest = _plain(line[numbered.end() :])
            return label if rest and any(self._begins_alike(rest, text) for text in self._ever[label]) else None
        said = _plain(line)
        if not said:
            return None
        if near and any(f" {said} " in f" {text} " for text in self._ever[near]):
            return near
        if len(said.split()) < VERBATIM and said not in self._wholes:
            return None
        start = self._start[near] if near else 0
        at = self._whole.find(f" {said} ", start)
        at = at if at >= 0 else self._whole.find(f" {said} ")
        if at < 0:
            return None
        low = 0
        high = len(self._begins)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._begins[middle] <= at else (low, middle)
        return self._spans[low][0]

    @staticmethod
    def _begins_alike(said: str, text: str) -> bool:
        """Whether what stands behind a number is the passage itself, and no comment on it."""
        some = said.split()
        return text.startswith(said) or (len(some) >= VERBATIM and text.startswith(" ".join(some[:VERBATIM])))

    # What is fresh

    def _fresh(self, lines: list[str], quoted: str | None) -> None:
        pointers = [pointing.at(line, self.labels) if line.strip() else None for line in lines]
        self._own_lists(lines, pointers)
        here = _Open((quoted,), named=False) if quoted else _Open(())
        self._open.append(here)
        for place, (line, pointer) in enumerate(zip(lines, pointers, strict=True)):
            after_gap = place == 0 or not lines[place - 1].strip()
            if not self._who and (who := IN_THE_NAME.match(line)) and after_gap:
                self._who = who["who"].strip()
                continue
            bare = QUOTE.sub("", line, count=1)
            copied = self._passage_of(bare, here.labels[-1] if here.labels and not here.lines else None) if bare.strip() else None
            if copied:
                here = self._begin((copied,), named=False)
            elif pointer and pointer.labels:
                here = self._begin(pointer.labels)
                here.lines.append(pointer.rest)
            elif (pointer and pointer.unknown and not pointer.bare and pointer.rest != line.strip() and _number_first(line)) or (
                after_gap and BEGINS_GENERAL.match(line)
            ):
                here = self._begin(())
                here.lines.append(line)
            elif general := GENERAL.match(line):
                here = self._begin(())
                here.lines.append(line[general.end() :])
            else:
                here.lines.append(line)

    def _begin(self, labels: tuple[str, ...], *, named: bool = True) -> _Open:
        self._open.append(_Open(labels, named=named))
        return self._open[-1]

    def _own_lists(self, lines: list[str], pointers: list[pointing.Pointer | None]) -> None:
        """A list 1. 2. 3. of one's own points to nothing, unless what it says has to do with passages 1, 2, 3."""
        run: list[int] = []
        for place in [*range(len(lines)), -1]:
            pointer = pointers[place] if place >= 0 else None
            if pointer is None and place >= 0:
                continue
            wanted = str(len(run) + 1)
            if pointer and pointer.bare and (pointer.labels == (wanted,) or (pointer.unknown and lines[place].strip().startswith(wanted))):
                run.append(place)
                continue
            if len(run) > 1 and not self._about_their_passages(run, pointers):
                for one in run:
                    pointers[one] = None
            run = [place] if pointer and pointer.bare and pointer.labels == ("1",) else []

    def _about_their_passages(self, run: list[int], pointers: list[pointing.Pointer | None]) -> bool:
        near = 0
        for place in run:
            pointer = pointers[place]
            if pointer and pointer.labels:
                near += bool({*terms(pointer.rest)} & {*terms(self._text[pointer.labels[0]])})
        return near * 2 > len(run)

    # All of it

    def _gathered(self, subject: str, *, beside: bool) -> Understood:
        on_passages: dict[tuple[str, ...], list[str]] = {}
        general: list[str] = []
        for one in self._open:
            text = _trimmed(one.lines)
            if not text:
                continue
            if one.labels and not (not one.named and _all_courtesies(text)):
                on_passages.setdefault(one.labels, []).append(text)
            elif not one.labels:
                general.append(text)
        whole = "\n\n".join(kept for text in general if (kept := _without_courtesies(text, comments=beside or bool(on_passages))))
        if whole and not on_passages and (here := next(pointing.mentions(subject, self.labels), None)):
            on_passages, whole = {here: [whole]}, ""
        if whole:
            unnamed: list[str] = []
            for paragraph in re.split(r"\n\s*\n", whole):
                named = set(pointing.mentions(paragraph, self.labels)) if length(paragraph) <= 80 else set()
                if len(named) == 1:
                    on_passages.setdefault(named.pop(), []).append(paragraph)
                else:
                    unnamed.append(paragraph)
            whole = "\n\n".join(unnamed)
        found = [_unbroken(_parted(Said(labels, "\n\n".join(texts)))) for labels, texts in on_passages.items()]
        return Understood((*found, *([_unbroken(_parted(Said((), whole)))] if whole else ())), self._who)


def _number_first(line: str) -> bool:
    """Whether a line begins with a short number, as one does that points to a passage."""
    return re.match(r"\s*[\[(#§]?\s*\d{1,3}[a-z]?\s*[:：\])]", pointing.ascii_digits(line)) is not None


def _plain(text: str) -> str:
    """The words of a text, for finding it again however it was wrapped."""
    return " ".join(words(text.casefold()))


def _trimmed(lines: Sequence[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _unbroken(said: Said) -> Said:
    """A comment without the line ends that a mail program put into its paragraphs; in a matrix they stand in the middle of each line."""
    return Said(said.labels, *(_joined(part) for part in (said.text, said.proposed, said.rationale, said.source)))


def _joined(text: str) -> str:
    found: list[str] = []
    last = ""
    for place, line in enumerate(text.split("\n")):
        first = (line.split() or [""])[0]
        # The first word would have stood on the line above if that had had room for it; before the first line stood "12: " or "Proposed: ".
        room = MARGIN - POINTED * (place == 1)
        if first and len(last) >= MARGIN // 2 and len(last) + len(first) >= room and not OWN_LINE.match(line):
            found[-1] += line.strip() if ord(found[-1][-1]) > FIRST_WITHOUT_SPACES else f" {line.strip()}"
        else:
            found.append(line)
        last = line.rstrip()
    return "\n".join(found)


def _without_closing(lines: list[str]) -> list[str]:
    """The lines above "Best regards" and a name."""
    said = [place for place, line in enumerate(lines) if line.strip()]
    for place in said[max(1, len(said) - courtesies.SIGNATURE_LINES) :] if len(said) > 1 else ():
        line = lines[place].strip()
        closing = courtesies.CLOSING.match(line)
        if closing and re.fullmatch(rf"(?:\W*{NAME}){{0,4}}\W*", line[closing.end() :]) and not re.search(r"\b[a-zß-ÿ]", line[closing.end() :]):
            return lines[:place]
    return lines


def _all_courtesies(text: str) -> bool:
    return all(courtesies.is_courtesy(str(one).strip(), length(str(one))) for one in sentences(text))


def _without_courtesies(text: str, *, comments: bool) -> str:
    """The paragraphs that say something; with comments beside it, "my comments are below" does not."""
    kept = []
    for paragraph in re.split(r"\n\s*\n", text):
        if _all_courtesies(paragraph):
            continue
        if comments and length(paragraph) <= 16 and LEAD_IN.search(paragraph) and not re.search(r"\d", paragraph):
            continue
        kept.append(paragraph.strip("\n"))
    return "\n\n".join(kept)


def _parted(said: Said) -> Said:
    """A comment with its proposed wording, rationale and source each in its place, where its author named them."""
    found: dict[str, list[str]] = {}
    here = "text"
    for line in said.text.split("\n"):
        bare = line.lstrip(" -*•")
        part = PART.match(bare)
        if part and part.lastgroup:
            here = part.lastgroup
        found.setdefault(here, []).append(bare[part.end() :] if part and part.lastgroup else line)
    if len(found) < 2:
        return said
    parts = {name: _trimmed(lines) for name, lines in found.items()}
    return Said(said.labels, parts.get("text", ""), parts.get("proposed", ""), parts.get("rationale", ""), parts.get("source", ""))

