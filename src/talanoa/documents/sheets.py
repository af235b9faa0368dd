"""XLSX and its kin: each sheet a heading, each row a row."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import python_calamine

from talanoa.documents.blocks import HEADING, MOST_BLOCKS, ROW, Block, Document, row
from talanoa.documents.refusals import Broken, Locked

MOST_COLUMNS = 200


def read(data: bytes) -> Document:
    """A workbook as blocks, at most 200 columns of it."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except python_calamine.PasswordError as fault:
        raise Locked from fault
    except python_calamine.CalamineError as fault:
        raise Broken from fault
    blocks: list[Block] = []
    whole = True
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
        except python_calamine.CalamineError:
            whole = False
            continue
        blocks.append(Block(HEADING, name, level=1))
        for line in sheet.iter_rows():
            text, cells = row([_shown(cell) for cell in line[:MOST_COLUMNS]])
            if text:
                blocks.append(Block(ROW, text, cells=cells))
            if len(blocks) >= MOST_BLOCKS:
                return Document("xlsx", tuple(blocks), whole=False)
    return Document("xlsx", tuple(blocks), whole=whole)


def _shown(cell: Any) -> str:
    """A cell as people see it: 3.0 is 3, midnight is a day."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M") if (cell.hour or cell.minute) else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
