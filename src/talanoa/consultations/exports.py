"""The comment matrix as a spreadsheet and as a Word table, in the columns of the field."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from html import escape

import xlsxwriter
from django.utils.translation import gettext as _

from talanoa.consultations import telling
from talanoa.consultations.lookups import Row
from talanoa.consultations.models import Consultation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_000  # characters that a spreadsheet holds
A4 = 9  # as spreadsheets number it
LINE, HIGHEST = 15.0, 409.0  # points; a row cannot be higher
WIDTHS = (6, 24, 22, 10, 50, 40, 28, 18, 8, 18, 16, 50, 14, 7)
# On paper the narrow ones still have to hold their heads without breaking a word.
ON_PAPER = (9, 28, 24, 17, 42, 32, 20, 18, 17, 22, 16, 38, 22, 11)
USABLE = 15_000  # twentieths of a point between the margins of a landscape page
_UNSET = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def columns() -> list[str]:
    """The heads of the matrix."""
    return [
        _("No."), _("Commenter"), _("Organisation"), _("Passage"), _("Comment"), _("Proposed change"), _("Rationale"), _("Source"),
        _("Support"), _("State"), _("Owner"), _("Answer"), _("Reaction"), _("Late"),
    ]  # fmt: skip


def cells(row: Row) -> list[str | int]:
    """A comment as it stands in the matrix."""
    one, sent = row.comment, row.comment.submission
    return [
        one.number,
        sent.name + (f" ({sent.in_the_name_of})" if sent.in_the_name_of else ""),
        sent.organisation,
        ", ".join(one.labels) + (f" ({telling.BECAME[row.became]})" if row.became else ""),
        (f"→ #{one.beneath.number}: " if one.beneath else "") + one.text,
        one.proposed,
        one.rationale,
        one.source,
        row.supports,
        str(telling.STATES[one.state]),
        one.owner.name if one.owner else "",
        one.answer,
        f"{telling.REACTIONS[one.reaction]} {one.reaction_words}".strip(),
        _("late") if one.late else "",
    ]


def as_xlsx(of: Consultation, rows: Sequence[Row]) -> bytes:
    """The matrix as a spreadsheet; every cell is text or a number, so that nothing a commenter typed is computed."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": of.title[:250], "company": of.community.name[:250]})
    sheet = book.add_worksheet(_("Comments")[:31])
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for place, name in enumerate(columns()):
        sheet.write_string(0, place, name, head)
    for line, row in enumerate(rows, 1):
        told = cells(row)
        sheet.set_row(line, _height(told))
        for place, cell in enumerate(told):
            if isinstance(cell, int):
                sheet.write_number(line, place, cell, plain)
            else:
                sheet.write_string(line, place, _UNSET.sub("", cell)[:LONGEST_CELL], plain)
    sheet.autofilter(0, 0, max(1, len(rows)), len(WIDTHS) - 1)
    book.close()
    return kept.getvalue()


def _height(those: Sequence[str | int]) -> float:
    """Of a row, in points: not every program makes room by itself for what is wrapped in a cell."""
    lines = max(
        sum(-(-len(part) * 11 // (width * 10)) or 1 for part in str(cell).split("\n")) for cell, width in zip(those, WIDTHS, strict=True)
    )
    return min(lines * LINE, HIGHEST)


def as_docx(of: Consultation, rows: Sequence[Row]) -> bytes:
    """The matrix as a Word table, landscape, its head on every page.

    Written as XML: python-docx looks through the whole table for each cell, which takes minutes for thousands of rows.
    """
    body = [_line(columns(), head=True), *(_line([str(cell) for cell in cells(row)]) for row in rows)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in _widths())
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}"><w:body>{_paragraph(of.title, bold=True, size=28)}'
        f'<w:tbl><w:tblPr><w:tblW w:w="{USABLE}" w:type="dxa"/><w:tblBorders>{BORDERS}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(body)}</w:tbl><w:p/>"
        '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="850" w:right="900" w:bottom="850" w:left="900" '
        'w:header="450" w:footer="450" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (*FRAME.items(), ("word/document.xml", document)):
            file.writestr(name, content)
    return kept.getvalue()


def _widths() -> list[int]:
    return [width * USABLE // sum(ON_PAPER) for width in ON_PAPER]


def _line(texts: Sequence[str], *, head: bool = False) -> str:
    mark = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if head else ""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{"".join(_paragraphs(text, bold=head))}</w:tc>'
        for width, text in zip(_widths(), texts, strict=True)
    )
    return f"<w:tr>{mark}{made}</w:tr>"


def _paragraphs(text: str, *, bold: bool) -> Iterator[str]:
    for line in text.split("\n") or [""]:
        yield _paragraph(line, bold=bold, size=14)


def _paragraph(text: str, *, bold: bool, size: int) -> str:
    strong = "<w:b/>" if bold else ""
    said = escape(_UNSET.sub("", text), quote=False)
    return f'<w:p><w:r><w:rPr>{strong}<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{said}</w:t></w:r></w:p>'


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="B0B0B0"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
FRAME = {
    "[Content_Types].xml": (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
    ),
    "_rels/.rels": (
        f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}" Target="word/document.xml"/></Relationships>'
    ),
}
