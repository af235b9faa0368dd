"""A publication as DOCX, as people who write in Word expect it: real headings, lists, contents, links, page numbers, properties."""

import copy
import functools
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docx
from django.utils import translation
from django.utils.translation import gettext as _
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from talanoa.publishing.publication import Publication

HERE = Path(__file__).parent
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SEA, QUIET = RGBColor(0x0B, 0x61, 0x68), RGBColor(0x58, 0x62, 0x67)
_UNSET = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def file(of: Publication) -> bytes:
    """A publication as DOCX."""
    made = docx.Document()
    with translation.override(of.language):
        _styles(made, of.language)
        _properties(made, of)
        _running_heads(made, f"{of.community} · {of.kind}")
        picture = made.add_paragraph().add_run().add_picture(str(HERE / "mark.png"), width=Cm(0.8))
        picture._inline.docPr.set("descr", of.community)  # noqa: SLF001  the words for who does not see it
        writer = _Writer(made, {piece["id"] for piece in of.pieces if piece.get("id")})
        body = False
        for piece in of.pieces:
            if not body and piece["is"] not in {"line", "title"}:
                body = True
                writer.contents(_("Contents"), [one for one in of.pieces if one["is"] == "heading" and one["level"] == 1])
            writer.write(piece)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def _styles(made: Document, language: str) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    styles = made.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = "Georgia", Pt(10.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Georgia")
    told = OxmlElement("w:lang")
    for name in ("w:val", "w:bidi", "w:eastAsia"):
        told.set(qn(name), language)
    normal.element.rPr.append(told)
    normal.paragraph_format.space_after = Pt(7)
    for name, size, colour in (("Title", 24, None), ("Heading 1", 15, None), ("Heading 2", 12, None), ("Heading 3", 11, SEA)):
        style = styles[name]
        style.font.name, style.font.size, style.font.bold = "Georgia", Pt(size), True
        style.font.color.rgb = colour or RGBColor(0x1B, 0x23, 0x27)
        # The template's own fonts of the theme would win over the name.
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(attribute), None)
        style.paragraph_format.keep_with_next = True
    if (border := styles["Title"].element.pPr.find(qn("w:pBdr"))) is not None:
        styles["Title"].element.pPr.remove(border)


def _properties(made: Document, of: Publication) -> None:
    told = made.core_properties
    told.title, told.author, told.language = _clean(of.title)[:255], _clean(of.author)[:255], of.language
    told.subject, told.last_modified_by = of.kind, _clean(of.author)[:255]
    told.keywords = ""
    told.category, told.comments = _clean(of.community)[:255], ""
    told.created = told.modified = of.issued_at.replace(tzinfo=None)
    told.revision = max(1, of.version)


def _running_heads(made: Document, words: str) -> None:
    section = made.sections[0]
    section.different_first_page_header_footer = True
    head = section.header.paragraphs[0].add_run(_clean(words))
    head.font.size, head.font.color.rgb = Pt(8.5), QUIET
    for footer in (section.footer, section.first_page_footer):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _field(paragraph, "PAGE")
        paragraph.add_run(" / ")
        _field(paragraph, "NUMPAGES")


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = "1"
    run.append(words)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001  python-docx has no fields of its own


def _clean(words: str) -> str:
    return _UNSET.sub("", words)


class _Writer:
    """Puts pieces into a file, one after the other."""

    def __init__(self, made: Document, ids: set[str]) -> None:
        self.made, self.ids = made, ids
        self.marks = 0
        self.counted = 0  # the number of the item above; 0 where there is none
        self.numbering = 0

    def write(self, piece: Mapping[str, Any]) -> None:
        paragraph = self.made.add_paragraph()
        paragraph._p.style = self._style(self._styled(piece))  # noqa: SLF001  by name, python-docx looks through all styles each time
        if piece["is"] == "item" and "number" in piece:
            if piece["number"] != self.counted + 1 or not self.counted:
                self.numbering = self._begin_at(piece["number"])
            self.counted = piece["number"]
            paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = self.numbering  # noqa: SLF001
        elif piece["is"] != "credit":
            self.counted = 0
        if piece["is"] == "credit" and piece.get("below") == "item":
            paragraph.paragraph_format.left_indent = Cm(0.63)
        if piece["is"] == "heading" and piece["id"]:
            self._mark(paragraph, piece["id"])
        for run in piece["runs"]:
            self._run(paragraph, run, piece)
        if piece.get("rtl"):
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))  # noqa: SLF001

    @functools.cache  # noqa: B019  lives as long as the file is written
    def _style(self, name: str) -> str:
        return str(self.made.styles[name].style_id)

    @staticmethod
    def _styled(piece: Mapping[str, Any]) -> str:
        match piece["is"]:
            case "title":
                return "Title"
            case "heading":
                return f"Heading {piece['level']}"
            case "item":
                return "List Number" if "number" in piece else "List Bullet"
            case "quote":
                return "Quote"
        return "Normal"

    def contents(self, name: str, headings: list[Mapping[str, Any]]) -> None:
        """A contents field with its entries in place, so that nothing asks to be updated when the file is opened."""
        head = self.made.add_paragraph()
        head.add_run(name).bold = True
        for place, heading in enumerate(headings):
            paragraph = self.made.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            if place == 0:
                for kind, code in (("begin", ""), ("", 'TOC \\o "1-1" \\h \\z \\u'), ("separate", "")):
                    self._field_mark(paragraph, kind, code)
            self._run(paragraph, {"t": heading["runs"][0]["t"], "to": heading["id"]}, {})
            if place == len(headings) - 1:
                self._field_mark(paragraph, "end", "")

    @staticmethod
    def _field_mark(paragraph: Paragraph, kind: str, code: str) -> None:
        if kind:
            made = OxmlElement("w:fldChar")
            made.set(qn("w:fldCharType"), kind)
        else:
            made = OxmlElement("w:instrText")
            made.set(qn("xml:space"), "preserve")
            made.text = code
        paragraph.add_run()._r.append(made)  # noqa: SLF001

    def _mark(self, paragraph: Paragraph, name: str) -> None:
        self.marks += 1
        for kind in ("bookmarkStart", "bookmarkEnd"):
            mark = OxmlElement(f"w:{kind}")
            mark.set(qn("w:id"), str(self.marks))
            if kind == "bookmarkStart":
                mark.set(qn("w:name"), name)
            paragraph._p.append(mark)  # noqa: SLF001

    def _run(self, paragraph: Paragraph, run: Mapping[str, Any], piece: Mapping[str, Any]) -> None:
        made = paragraph.add_run(_clean(run["t"]))
        made.bold, made.italic = run.get("b") or None, run.get("i") or None
        if piece.get("is") in {"line", "credit"}:
            made.font.color.rgb = QUIET
            made.font.size = Pt(9) if piece["is"] == "credit" else None
        if run.get("small"):
            made.font.size = Pt(9)
        if piece.get("rtl"):
            made.font.rtl = True
        link = OxmlElement("w:hyperlink")
        if run.get("href"):
            link.set(qn("r:id"), self.made.part.relate_to(_clean(run["href"]), RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        elif run.get("to") in self.ids:
            link.set(qn("w:anchor"), run["to"])
        else:
            return
        made.font.color.rgb = SEA
        made.font.underline = bool(run.get("href")) or None
        link.append(made._r)  # noqa: SLF001
        paragraph._p.append(link)  # noqa: SLF001

    def _begin_at(self, number: int) -> int:
        """A list that begins with a number of its own."""
        numbering = self.made.part.numbering_part.element
        style = self.made.styles["List Number"].element.pPr.numPr.numId.val
        model = next(one for one in numbering.num_lst if one.numId == style)
        made = copy.deepcopy(model)
        made.numId = max(one.numId for one in numbering.num_lst) + 1
        for old in made.findall(qn("w:lvlOverride")):
            made.remove(old)
        made.add_lvlOverride(ilvl=0).add_startOverride(val=number)
        numbering.append(made)
        return int(made.numId)
