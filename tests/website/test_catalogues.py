"""The words of the house: every one can be put into another language, and none blames."""

import io
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

import talanoa

SOURCE = Path(talanoa.__file__).parent


def words() -> list[str]:
    mapping, options = parse_mapping_cfg(io.StringIO((SOURCE / "locale" / "babel.cfg").read_text()))
    found = extract_from_dir(str(SOURCE), mapping, options, keywords={"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)})
    return [word for _file, _line, message, _comments, _context in found for word in (message if isinstance(message, tuple) else (message,))]


def test_every_template_gives_its_words():
    found = words()
    assert len(found) > 300
    assert "Skip to the text" in found


def test_no_page_or_letter_speaks_of_errors_or_codes():
    assert [word for word in words() if re.search(r"\b(error|invalid|failed|illegal|denied|forbidden|oops)\b", word, re.IGNORECASE)] == []


def test_no_template_puts_words_beside_gettext():
    """What a reader sees and a translator cannot reach would stay English for ever."""
    bare = []
    for template in (SOURCE / "website" / "jinja2").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<style.*?</style>", "", template.read_text(), flags=re.DOTALL)
        bare += [(template.name, words) for words in re.findall(r">([^<>]*[A-Za-z]{3}[^<>]*)<", text) if words.strip() not in {"Talanoa", "· Talanoa"}]
    assert bare == []
