"""What was recommended: documents, links, people, organisations, tools, courses, events; pure.

Each is classed under a heading of Related Resources by the words around it and
by its address; it keeps the sentence it was found in, and so its recommender.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each heading
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talanoa.drafting.contributions import LONGEST_SENTENCE, Contribution, body
from talanoa.language.names import organisations, persons
from talanoa.language.sentences import normal, of_paragraph

DOCUMENTATION, CONTACTS, ORGANISATIONS = "documentation", "contacts", "organisations"
PORTALS, TOOLS, TRAINING, EVENTS = "portals", "tools", "training", "events"
HEADINGS = (DOCUMENTATION, CONTACTS, ORGANISATIONS, PORTALS, TOOLS, TRAINING, EVENTS)

# The first heading whose words stand near decides.
CUES = {
    EVENTS: r"conference|symposium|summit|congress|annual meeting|consultation meeting|convention|exhibition|seminar|webinar|conférence|colloque|conferencia|conferência|congreso|simposio|Konferenz|konferensi|hội nghị|конференци|مؤتمر|सम्मेलन|会议|會議|研讨会|会議|シンポジウム|회의|การประชุม|សន្និសីទ",
    TRAINING: r"training|course|workshop|curriculum|e-learning|MOOC|diploma|fellowship|formation|atelier|cours\b|curso|taller|capacitación|capacitação|oficina|Schulung|Kurs\b|pelatihan|kursus|lokakarya|tập huấn|khóa học|обучени|курс\w*|тренинг|تدريب|دورة|प्रशिक्षण|培训|培訓|课程|研修|講座|훈련|연수|อบรม|หลักสูตร|វគ្គបណ្តុះ|ການຝຶກອົບຮົມ",
    TOOLS: r"tool|toolkit|tool kit|software|application|app\b|template|calculator|spreadsheet|checklist|technology|kit\b|outil|logiciel|herramienta|ferramenta|plantilla|Werkzeug|alat\b|perangkat|công cụ|инструмент|программ\w+ обеспечени|أداة|أدوات|उपकरण|工具|软件|軟體|ツール|도구|เครื่องมือ|ឧបករណ៍",
    PORTALS: r"portal|data ?base|web ?site|home ?page|clearing ?house|information base|e-library|digital library|repository|statistics online|site web|portail|base de données|sitio web|base de datos|portal|banco de dados|Datenbank|situs|pangkalan data|cổng thông tin|портал|база данных|сайт|بوابة|قاعدة بيانات|موقع|पोर्टल|वेबसाइट|门户|网站|網站|数据库|ポータル|サイト|포털|เว็บไซต์|គេហទំព័រ",
    DOCUMENTATION: r"report|paper|study|studies|article|book|booklet|guide|guidelines?|manual|handbook|publication|brief|evaluation|case stud|document|thesis|journal|survey|act\b|policy paper|leaflet|rapport|étude|livre|manuel|informe|estudio|libro|artículo|guía|relatório|estudo|livro|artigo|Bericht|Studie|Handbuch|laporan|buku|panduan|báo cáo|tài liệu|sách|отчет|отчёт|доклад|исследовани|книга|تقرير|دراسة|كتاب|دليل|रिपोर्ट|अध्ययन|पुस्तक|报告|報告|论文|手册|研究|書籍|보고서|รายงาน|เอกสาร|คู่มือ|របាយការណ៍|ឯកសារ",
}
_cues = {heading: re.compile(rf"(?<![^\W\d_])(?:{words})", re.IGNORECASE) for heading, words in CUES.items()}
FILES = re.compile(r"\.(?:pdf|docx?|odt|rtf|epub|pptx?|ps)\b", re.IGNORECASE)
SHEETS = re.compile(r"\.(?:xlsx?|ods|csv|zip|exe|apk)\b", re.IGNORECASE)
URL = re.compile(r"(?:https?://|ftp://|www\.)[^\s<>\"“”「」（）。，、]+", re.IGNORECASE)
MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+\w{2,24}")
PHONE = re.compile(r"(?:\+\d[\d ().-]{6,18}\d|\b(?:tel|phone|mobile|téléphone|whatsapp)\b\W{0,3}\+?[\d ().-]{6,20}\d)", re.IGNORECASE)
ASK = re.compile(
    r"\b(?:contact|get in touch with|speak (?:to|with)|talk (?:to|with)|ask|approach|reach out to|write to|contacter|contactez|contactar|contacte|hubungi|liên hệ|обратитесь к|kontaktieren)\b|اتصل|संपर्क|联系|聯繫|連絡|연락|ติดต่อ|ទាក់ទង",
    re.IGNORECASE,
)
# A title stands in quotation marks, or is what a line says before the address.
QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{6,160})[\"”»“]|[《『「]([^《》『』「」]{2,80})[》』」]")
# Joints of the sentence that are no part of what a thing is called.
BEFORE = re.compile(r"^(?:and|or|also|see|the|a|an|et|y|e|dan)\s+(?:(?:the|a|an)\s+)?", re.IGNORECASE)
AFTER = re.compile(r"\s+(?:is\s+)?(?:available\s+)?(?:at|on|here|from|in|sur|en|di|à)\s*$", re.IGNORECASE)
LONGEST_TITLE = 120
TRAILING = ".,;:!?)]}'\"’”>*_"


@dataclass(frozen=True, slots=True)
class Find:
    """One thing that was recommended, in message number `message`; `link` is "" where there is none."""

    heading: str
    title: str
    link: str
    sentence: str
    message: int


def resources(contributions: Sequence[Contribution]) -> list[Find]:
    """Everything that was recommended, by heading in the order of a Consolidated Reply; the first who named a thing is its recommender."""
    seen: set[tuple[str, str]] = set()
    out: list[Find] = []
    for number, one in enumerate(contributions):
        for find in _of(number, one):
            mark = (find.heading if not find.link else "", (find.link or find.title).casefold().rstrip("/"))
            if mark not in seen:
                seen.add(mark)
                out.append(find)
    return sorted(out, key=lambda find: (HEADINGS.index(find.heading), find.message))


def _of(number: int, one: Contribution) -> Iterator[Find]:
    before = ""
    for piece in body(one):
        for sentence in of_paragraph(piece):
            if len(sentence) > LONGEST_SENTENCE:
                continue
            yield from _linked(number, sentence, before)
            yield from _contacts(number, sentence, one.author)
            yield from _titled(number, sentence)
            for name in organisations(URL.sub(" ", MAIL.sub(" ", sentence))):
                yield Find(ORGANISATIONS, name, "", sentence, number)
            before = sentence
    for name in one.attachments:
        if FILES.search(name) or SHEETS.search(name):
            yield Find(TOOLS if SHEETS.search(name) else DOCUMENTATION, name, "", "", number)


def _linked(number: int, sentence: str, before: str) -> Iterator[Find]:
    for match in URL.finditer(sentence):
        link = match[0].rstrip(TRAILING)
        # A line that holds the address alone is about the line above it.
        words = normal(URL.split(sentence[: match.start()])[-1]).strip(" -–—:;,.(<[")
        said = words if any(char.isalpha() for char in words) else before
        yield Find(_heading(f"{said} {sentence[match.end() :]}", link), _title(said) or link, link, sentence, number)


def _heading(words: str, link: str) -> str:
    if FILES.search(link):
        return DOCUMENTATION
    if SHEETS.search(link):
        return TOOLS
    for heading in (EVENTS, TRAINING, TOOLS, DOCUMENTATION, PORTALS):
        if _cues[heading].search(words):
            return heading
    return ORGANISATIONS if organisations(words) else PORTALS


def _title(words: str) -> str:
    """What a thing is called, taken from the words before its address."""
    if quoted := QUOTED.search(words):
        return next(group for group in quoted.groups() if group)
    if names := organisations(words):
        return names[-1]
    shown = normal(words)
    if len(shown) > LONGEST_TITLE:
        shown = shown[-LONGEST_TITLE:].partition(" ")[2] or shown[-LONGEST_TITLE:]
    title = BEFORE.sub("", AFTER.sub("", shown)).strip(" -–—:;,.(<[")
    return title if any(char.isalpha() for char in title) else ""


def _contacts(number: int, sentence: str, author: str) -> Iterator[Find]:
    asked = ASK.search(sentence)
    address = MAIL.search(sentence)
    if not (asked or address or PHONE.search(sentence)):
        return
    after = sentence[asked.end() :] if asked else sentence
    people = [name for name in persons(MAIL.sub(" ", after)) if name.casefold() != author.casefold()]
    if people or address:
        title = people[0] if people else address[0] if address else ""
        yield Find(CONTACTS, title, f"mailto:{address[0]}" if address else "", sentence, number)


def _titled(number: int, sentence: str) -> Iterator[Find]:
    """Things without an address: a title in quotation marks beside a word for what it is."""
    if URL.search(sentence):
        return
    for match in QUOTED.finditer(sentence):
        title = next(group for group in match.groups() if group)
        around = sentence[: match.start()][-80:] + " " + sentence[match.end() :][:40]
        heading = next((heading for heading in (TRAINING, EVENTS, TOOLS, PORTALS, DOCUMENTATION) if _cues[heading].search(around)), "")
        if heading or match[0][0] == "《":
            yield Find(heading or DOCUMENTATION, title, "", sentence, number)
