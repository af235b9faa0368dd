"""Rows and cells of a file of members: CSV with any delimiter and in any encoding, a spreadsheet, or what Mailman 2 kept."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

from talanoa.mail.addresses import entries
from talanoa.migration import mailman
from talanoa.moving import columns

LIMIT = 20 << 20  # bytes of a file, and of the cells of a spreadsheet when it is unpacked ten times that
ROWS = 200_000
DELIMITERS = ",;\t|"
# What spreadsheets and old list servers write, the likeliest first among equals.
ENCODINGS = (
    "cp1252", "cp1251", "koi8-r", "cp1256", "cp1253", "cp1254", "cp1250", "cp874", "gb18030", "cp932", "cp949", "cp950", "cp850",
    "mac-roman",
)  # fmt: skip
_A_LIST = 3  # so many addresses on a sheet are people, and not whom to ask
# PDF, web pages (also those that are called .xls), JSON, visiting cards.
_NO_TABLE = re.compile(rb"(?i)(?:\xef\xbb\xbf)?\s*(?:%PDF-|<(?:!doctype|\?xml|html|head|meta|body|table)\b|\[\s*\{|\{|BEGIN:VCARD)")
_RISKY = ("=", "+", "-", "@", "\t", "\r")

Table = list[list[str]]


class Unusable(Exception):
    """A file cannot be read as a list of members; `str()` is a sentence."""


def read(path: Path, *, encoding: str = "") -> Table:
    """The rows of a file, cells without white space around them; rows without any cell are left out."""
    try:
        content = _of_export(path)
        if content is None:
            if path.stat().st_size > LIMIT:
                raise Unusable(f"{path.name} is larger than {LIMIT >> 20} MB.")
            content = path.read_bytes()
    except OSError as fault:
        raise Unusable(f"{path} cannot be read: {fault.strerror}.") from fault
    if _MAILMAN.match(content) or _PRINTED.search(content[: 1 << 16]):
        rows = _of_mailman(path)
    elif content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        rows = _spreadsheet(content, path.name)
    elif _NO_TABLE.match(content):
        raise Unusable(f"{path.name} is no table; open it in a program for spreadsheets, and save it as .xlsx or CSV.")
    else:
        rows = _of_text(_decoded(content, encoding))
    found = [[_plain(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not found:
        raise Unusable(f"{path.name} holds no rows.")
    if len(found) > ROWS:
        raise Unusable(f"{path.name} has more than {ROWS:,} rows; cut it into several files.")
    return _with_days(found[columns.above(found) :])


def _with_days(rows: Table) -> Table:
    """Google writes year, month and day of joining into columns of their own."""
    head = [columns.normal(cell) for cell in rows[0]]
    if not all(f"join {part}" in head for part in ("year", "month", "day")):
        return rows
    places = [head.index(f"join {part}") for part in ("year", "month", "day")]
    made = [[*rows[0], "joined at"]]
    for row in rows[1:]:
        cells = [*row, *[""] * (len(head) - len(row))]
        parts = [cells[place].zfill(2) for place in places if cells[place]]
        made.append([*cells, "-".join(parts) if len(parts) == 3 else ""])
    return made


def _of_export(path: Path) -> bytes | None:
    """The list of members in the zip of an export: of ours, of Takeout, of Groups.io; None for what is no such zip."""
    try:
        with zipfile.ZipFile(path) as packed:
            inside = packed.infolist()
            if any(one.filename in ("[Content_Types].xml", "mimetype") for one in inside):
                return None  # a workbook
            those = [one for one in inside if one.filename.lower().endswith((".csv", ".tsv")) and one.file_size <= LIMIT]
            # Beside the members stand settings, tables and what else a group kept.
            return max((packed.read(one) for one in those[:50]), key=lambda content: content.count(b"@"), default=None)
    except (zipfile.BadZipFile, zlib.error, RuntimeError):
        return None


def safe(value: object) -> str:
    """A cell that no spreadsheet runs as a formula (S5)."""
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def _plain(value: str) -> str:
    value = value.replace("\0", "").strip()
    return value[1:] if value.startswith("'") and value[1:].startswith(_RISKY) else value


def _spreadsheet(content: bytes, name: str) -> Table:
    """The sheet with the most addresses."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(one.file_size for one in packed.infolist()) > 10 * LIMIT:
                    raise Unusable(f"{name} is too large when it is unpacked.")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        those = [book.get_sheet_by_index(number).to_python() for number in range(len(book.sheet_names))]
        sheets = [[[_cell(value) for value in row] for row in rows] for rows in those]
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as fault:
        raise Unusable(f"{name} is no spreadsheet that can be read: {fault}.") from fault
    return _together(sheets, book.sheet_names, name)


def _together(sheets: list[Table], names: list[str], file: str) -> Table:
    """The sheet with the most addresses, and those under the same heading behind it: groups keep one for each country or year."""
    counts = [sum("@" in cell for row in rows for cell in row) for rows in sheets]
    best = max(range(len(sheets)), key=counts.__getitem__, default=None)
    if best is None:
        return []
    found = sheets[best]
    heading = [columns.normal(cell) for cell in found[columns.above(found)]] if found else []
    for number, rows in enumerate(sheets):
        if number == best or counts[number] < _A_LIST:
            continue
        start = columns.above(rows)
        if [columns.normal(cell) for cell in rows[start]] != heading:
            # Nobody is to be lost without a word.
            both = f"{names[best]} and {names[number]}"
            raise Unusable(f"The sheets {both} of {file} both hold addresses, in other columns; save each as a file.")
        found = found + rows[start + 1 :]
    return found


# A pickle of Python 2 or 3; what `config_list` and `list_members` with headings print.
_MAILMAN = re.compile(rb"\}q|\x80|\(d")
_PRINTED = re.compile(rb"(?im)^(?:[a-z_]+ = [\[(\"'\d]|\W*(?:(?:non-?)?digest|regular)\b[^@\r\n,;]*members\W*$)")


def _of_mailman(path: Path) -> Table:
    try:
        those = mailman.members(path)
    except mailman.NotMailman as fault:
        raise Unusable(str(fault)) from fault
    head = ["address", "name", "delivery", "community role", "languages", "moderated"]
    return [head] + [
        [
            one.address,
            one.name,
            ("none" if not one.member else one.delivery) if one.html else "plain digest",
            one.role or "member",
            one.language,
            "yes" if one.moderated else "no",
        ]
        for one in those
    ]


def _cell(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# A mailbox on a line, as people and list servers write it: with the name before, behind in brackets, or behind.
_A_MAILBOX = re.compile(
    r"""\s*(?:
    (?:"[^"\n]*"|[^"@,;|\t<>\n]*(?:,[ ][^"@,;|\t<>\n]*)?)<[^\s<>@]+@[^\s<>@]+>
    |[^\s<>@,;|"]+@[^\s<>@,;|"]+(?:[ ]+[^@,;|\t<>\n]*)?
    )\s*""",
    re.VERBOSE,
)


def _of_text(text: str) -> Table:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("*", "#"))]
    if lines and all(map(_A_MAILBOX.fullmatch, lines)):
        return [[line] for line in lines]
    # What was copied out of "To:" stands in one line, or in lines of any length.
    together = " ".join(lines).replace(";", ",")
    if together.count("@") > len(lines):
        found = entries(together, ROWS)
        if all("@" in one.mailbox.address and not one.defects for one in found):
            return [[f"{one.mailbox.name} <{one.mailbox.address}>"] for one in found]
    return _separated(text)


def _separated(text: str) -> Table:
    if told := re.match(r"sep=(.)\r?\n", text):
        # Excel's own way to say it.
        return list(csv.reader(io.StringIO(text[told.end() :], newline=""), delimiter=told[1]))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        # A quotation mark that nobody closed: each line stands for itself.
        return [line.split(_delimiter(text)) for line in text.splitlines()]


def _delimiter(text: str) -> str:
    """The sign that cuts the first lines into equally many cells, the more the better."""
    lines = [line for line in text.splitlines() if line.strip()][:60]

    def evenness(sign: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=sign)]
        except csv.Error:
            return 0.0, 0
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual

    return max(DELIMITERS, key=evenness)


def _decoded(content: bytes, encoding: str) -> str:
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    chosen = encoding or next((name for mark, name in marks.items() if content.startswith(mark)), "")
    if chosen:
        try:
            return content.decode(chosen)
        except (LookupError, UnicodeDecodeError) as fault:
            raise Unusable(f"It cannot be read as {chosen}: {fault}.") from fault
    first, second = content[:400:2].count(0), content[1:400:2].count(0)
    if first + second > len(content[:400]) / 10:
        # UTF-16 without its mark; signs such as the comma have a zero beside them in every script.
        return content.decode("utf-16-le" if second > first else "utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return max(filter(None, (_tried(content, name) for name in ENCODINGS)), key=_likelihood)


def _tried(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        return content.decode(name, "replace") if name == "cp1252" else ""


_BEYOND = re.compile(r"[^\s,;|\t]*[^\x00-\x7f][^\s,;|\t]*")


def _likelihood(text: str) -> int:
    """How much a text looks as if somebody had written it so: known headings and countries speak for it, broken words against."""
    words = _BEYOND.findall(text)[:2000]
    head, _, rest = text.partition("\n")
    known = sum(10 for cell in re.split(r"[,;|\t]", head) if columns.heading(cell))
    known += sum(3 for cell in set(re.split(r"[,;|\t\n]", rest[:20_000])) if not cell.isascii() and columns.country(cell.strip('" \r')))
    return known - sum(map(_oddity, words))


def _oddity(word: str) -> int:
    """What no writer does: signs between letters, three accents in a row, scripts within a word."""
    odd = 0
    scripts = {_script(char) for char in word if unicodedata.category(char)[0] == "L"}
    odd += 2 * (len(scripts) - 1) if len(scripts) > 1 else 0
    odd += "þ" in word  # a Turkish ş in the wrong table, far more often than Icelandic
    if re.search(r"[^\W\d_]{3}", re.sub(r"[\x00-\x7f]", " ", word)) and scripts == {"LATIN"}:
        odd += 2
    for place, char in enumerate(word):
        kind = unicodedata.category(char)
        if char > "\x7f" and kind[0] not in "LM" and char not in "’‘“”–—…«»":
            odd += 2
        if kind == "Lu" and place and unicodedata.category(word[place - 1]) == "Ll":
            odd += 1
    return odd


def _script(char: str) -> str:
    name = unicodedata.name(char, "UNKNOWN").split(" ")[0]
    return "JAPANESE" if name in ("HIRAGANA", "KATAKANA", "CJK", "HANGUL") else name
