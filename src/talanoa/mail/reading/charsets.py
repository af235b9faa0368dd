"""Bytes to text: declared, wrong and unknown charsets.

Never raises. The declared charset is tried first; when it cannot be right the
bytes speak for themselves.
"""

from __future__ import annotations

import codecs
import re

# Names seen in real mail, and supersets used by the programs that misname them.
ALIASES = {
    "ascii": "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "646": "us-ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "ansi": "cp1252",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "big5": "cp950",
    "x-big5": "cp950",
    "big5-eten": "cp950",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "unicode": "utf-16",
    "windows-1258": "cp1258",
    "viscii": "cp1258",
}
# Codecs of Python that are no charsets of mail: some are quadratic, some raise
# what nobody expects.
REFUSED = frozenset(
    [
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "unicode-escape",
        "raw-unicode-escape",
        "undefined",
        "mbcs",
        "oem",
        "palmos",
        "string_escape",
        "utf_8_sig",
    ]
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Marks that turn the reading direction, and other invisible characters that
# make a name look like another (promise S4).
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def codec_for(charset: str | None) -> str | None:
    """Python's name of a declared charset, or None when it is unknown."""
    if not charset:
        return None
    name = charset.strip().strip("'\"").lower()[:60]
    if not name.isascii() or not name:
        return None
    name = ALIASES.get(name, ALIASES.get(name.replace("_", "-"), name))
    if name in REFUSED:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        if name.startswith(("cp-", "x-")):
            return codec_for(name.replace("cp-", "cp", 1).removeprefix("x-"))
        return None
    # rot13, base64, zip and such turn text into text or bytes into bytes.
    if not getattr(info, "_is_text_encoding", True) or info.name in REFUSED:
        return None
    return info.name


def decoded(data: bytes, charset: str | None) -> str:
    """The text of `data`, by its declared charset or by what the bytes tell."""
    codec = codec_for(charset)
    if codec is not None and codec not in ("ascii", "cp1252", "utf-8"):
        try:
            return data.decode(codec)
        except (UnicodeError, ValueError):
            pass
    if codec in (None, "ascii") and (b"\x1b$" in data or b"\x1b(" in data):
        # ISO-2022 is all ASCII to whoever does not know its escapes.
        try:
            return data.decode("iso2022_jp_ext")
        except UnicodeError:
            pass
    # Programs that say Latin-1 or nothing often send UTF-8; text that is valid
    # UTF-8 by chance hardly exists.
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if codec in (None, "ascii", "utf-8"):
        # A few bad bytes among good UTF-8 are damage; else it is another charset.
        text = data.decode("utf-8", "replace")
        high = sum(1 for byte in data if byte > 0x7F) if len(data) < 1 << 20 else 1 << 20
        return text if text.count("\ufffd") * 4 < high else western(data)
    return western(data) if codec == "cp1252" else data.decode(codec, "replace")


def western(data: bytes) -> str:
    """Windows-1252, with the five holes of that table as in Latin-1."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def plain(text: str) -> str:
    """The text without C0 and C1 control characters (they become spaces)."""
    if text.isascii() and text.isprintable():
        return text  # most are
    return UNPRINTABLE.sub(" ", text)


def body(text: str) -> str:
    """A body fit to be stored: LF line ends, no NUL, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub("", text).removeprefix("\ufeff")


def visible(text: str) -> str:
    """The text without control, bidi and invisible characters, on one line."""
    return " ".join(INVISIBLE.sub("", plain(text)).split())
