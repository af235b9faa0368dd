"""The words of the house: every one can be put into another language, and those that were put are sound. `make words` gathers them."""

import ast
import gettext
import re
import sys
from datetime import date
from pathlib import Path

import jinja2
import pytest

import talanoa
from talanoa.consultations.rules import reactions
from talanoa.mailroom import commands
from talanoa.moderation.words import decision
from talanoa.queries.rules import agrees, is_marked
from talanoa.replies.rules import told

sys.path.append(str(Path(__file__).parents[2] / "tools"))

import words

SOURCE = Path(talanoa.__file__).parent
TODAY = date(2026, 3, 2)
LANGUAGES = words.languages()
# How much of all words a language has at least, and how much of those that members read in letters. What is new may lag a little.
SHARES = {"ar": (0.4, 0.9), "es": (0.4, 0.9), "fr": (0.7, 0.9), "ru": (0.4, 0.9), "zh_Hans": (0.4, 0.9)}
# Letters that facilitators alone get.
FACILITATORS = re.compile(
    r"desk/|mailroom/letters/forward|moderation/letters/(notice|answered)|communities/letters/(newcomer|decided)|"
    r"queries/letters/(asked|answered|closed|reminder|approach_words)|replies/letters/followed_up|consultations/letters/(closed|reminder)|"
    r"discussions/letters/(proposed|reminder|moved|moderator_gone|to_be_summarised|guest|invitation_words|done)"
)


@pytest.fixture(scope="module")
def sources():
    return words.extracted()


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request):
    return words.translated(request.param)


def entries(catalog):
    return [one for one in catalog if one.id]


def texts(one):
    """What was written and what it became, for each pair that must agree."""
    if isinstance(one.id, str):
        return [(one.id, one.string)]
    return [(one.id[-1], form) for form in one.string]


def test_every_word_of_the_sources_stands_in_the_template(sources):
    assert words.TEMPLATE.read_bytes() == words.written(sources), "run `make words` and land what it writes"


def test_every_language_has_the_words_of_the_template(catalog, sources):
    assert [(one.id, one.context) for one in entries(catalog)] == [(one.id, one.context) for one in entries(sources)], "run `make words`"
    assert (words.LOCALE / str(catalog.locale) / "LC_MESSAGES" / "django.po").read_bytes() == words.written(catalog)


def test_what_is_compiled_is_what_is_translated(catalog):
    with (words.LOCALE / str(catalog.locale) / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for one in entries(catalog):
        key = one.id if isinstance(one.id, str) else one.id[0]
        key = f"{one.context}\4{key}" if one.context else key
        forms = {(key, n): form for n, form in enumerate(one.string)} if not isinstance(one.string, str) else {key: one.string}
        if any(forms.values()):
            assert forms.items() <= compiled._catalog.items(), key


def test_translations_keep_what_is_filled_in_and_are_whole(catalog):
    for one in entries(catalog):
        for said, became in texts(one):
            if not became:
                assert not any(form for _, form in texts(one)), f"{one.id}: some plural forms are missing"
                continue
            held = set(re.findall(r"%\(\w+\)[sd]", said)), re.findall(r"</?\w+", said)
            got = set(re.findall(r"%\(\w+\)[sd]", became)), re.findall(r"</?\w+", became)
            # "One message" and "two messages" are words in some languages; their number may be left out.
            numbers = set() if isinstance(one.id, str) else {"%(num)d", "%(n)d", "%(count)d"}
            assert got[0] <= held[0], became
            assert held[0] - got[0] <= numbers | ({"%(month)s"} if numbers else set()), became
            assert got[1] == held[1], became
            assert "%" not in re.sub(r"%\(\w+\)[sd]", "", became), became
        assert not one.fuzzy, one.id
        if not isinstance(one.id, str) and one.string[-1]:
            filled = set(re.findall(r"%\(\w+\)[sd]", one.id[-1]))
            assert filled == set(re.findall(r"%\(\w+\)[sd]", one.string[-1])), one.string


def test_languages_are_translated_as_far_as_is_promised(catalog):
    whole, letters = SHARES[str(catalog.locale)]
    all_of_them = entries(catalog)
    of_members = [
        one for one in all_of_them if any("/letters/" in file and not FACILITATORS.search(file) for file, _line in one.locations)
    ]
    for share, those in ((whole, all_of_them), (letters, of_members)):
        done = [one for one in those if all(form for _, form in texts(one))]
        assert len(done) >= share * len(those), f"{catalog.locale}: {len(done)} of {len(those)}"
    assert len(of_members) > 150


def test_no_page_or_letter_speaks_of_errors_or_codes(sources):
    said = [word for one in entries(sources) for word in (one.id if isinstance(one.id, tuple) else (one.id,))]
    assert [word for word in said if re.search(r"\b(error|invalid|failed|illegal|denied|forbidden|oops)\b", word, re.IGNORECASE)] == []


def offered(catalog, context):
    """What is to be written by people: in English and in the language of a catalogue."""
    for one in entries(catalog):
        if one.context == context and one.string:
            english, own = ((words % {"number": 7}).split(", ") for words in (one.id, one.string))
            assert len(english) == len(own), one.string
            yield from zip(english, own, strict=True)


def test_words_that_a_letter_offers_are_understood_when_they_come_back(catalog):
    for english, own in offered(catalog, "command"):
        assert commands.one(own, TODAY), own
        assert (commands.one(own, TODAY).verb, commands.one(own, TODAY).choices) == (
            commands.one(english, TODAY).verb, commands.one(english, TODAY).choices
        )  # fmt: skip
    for english, own in offered(catalog, "decision"):
        assert (decision(own).verb, decision(own).invites) == (decision(english).verb, decision(english).invites), own
    answers = dict(offered(catalog, "answer"))
    assert agrees(answers["agree"])
    assert told(f"{answers['share']}\nIt helped.") == (True, "It helped.")
    for one in entries(catalog):
        if one.string and isinstance(one.id, str) and "“#%(number)d agree”" in one.id:
            said = re.findall(r"[“«]\s*(#.+?)\s*[”»]", one.string % {"number": 7})
            assert [found.act for line in said for found in reactions(line)[0]] == ["agrees", "disagrees", "withdrew"], one.string
        if one.string and isinstance(one.id, str) and "“support #%(number)d”" in one.id:
            (said,) = re.findall(r"[“«]\s*([^“«]+#.+?)\s*[”»]", one.string % {"number": 7})
            assert [found.act for found in reactions(said)[0]] == ["supports"], one.string
    (marked,) = [one.string for one in entries(catalog) if one.id == "Nobody has asked yet. Ask here, or by a mail whose subject begins with “Query:”."]
    assert is_marked(re.search(r"[“«]\s*(.+?)\s*[”»]", marked)[1] + " pumps")


# Visible words that no translator needs to reach.
BARE = {
    "website/jinja2/website/page.html": {"· Talanoa", "Talanoa"},  # its name
    "website/jinja2/website/editing/bench.html": {"Ctrl+K", "Ctrl+Z", "Ctrl+Y"},  # keys as they are printed
    # For who leads a discussion; both are understood in other languages, too.
    "discussions/jinja2/discussions/letters/to_be_summarised.txt": {"issue", "edit"},
    "discussions/jinja2/discussions/letters/invitation.txt": {"Re:"},
    "queries/jinja2/queries/letters/approach.txt": {"Re:"},  # mail programs of all languages know it
}
SEEN = r'\s(?:title|alt|aria-label|placeholder|label)="([^"\0]*[^\W\d_]{2}[^"\0]*)"'
ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True)


def templates():
    return sorted(path for path in SOURCE.glob("**/jinja2/**/*.*") if "demo" not in path.relative_to(SOURCE).parts)


def bare(path):
    """The words of a template that stand outside of gettext."""
    text, inside = "", False
    for _line, kind, token in ENVIRONMENT.lex(path.read_text(encoding="utf-8")):
        if kind == "name" and token in ("trans", "endtrans"):
            inside = token == "trans"
        elif kind == "data" and not inside:
            text += token
        elif kind == "variable_begin":
            text += "\0"
    found = re.findall(SEEN, text) if path.suffix == ".html" else []
    if path.suffix in (".html", ".xml"):
        text = re.sub(r"<(style|script).*?</\1>|<[^>]*>|&\w+;", "\n", text, flags=re.DOTALL)
    # Parts of an address, as in "\0/attachments/\0", are no words.
    lines = re.sub(r"\0[/.\w]+|[/.\w]+\0", "\0", text).replace("\0", "\n").split("\n")
    return {line.strip() for line in [*found, *lines] if re.search(r"[^\W\d_]{2}", line)}


def test_no_template_puts_words_beside_gettext():
    """What a reader sees and a translator cannot reach would stay English for ever."""
    found = {path.relative_to(SOURCE).as_posix(): bare(path) for path in templates()}
    assert len(found) > 80
    assert {path: those for path, those in found.items() if those} == BARE


def refusals(path):
    """Sentences of named exceptions that stand outside of gettext: in `raise Name("…")` and in `__str__`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            if node.exc.func.id not in ("TypeError", "LookupError"):  # of a programmer, to a programmer
                yield from node.exc.args[:1]
        if isinstance(node, ast.FunctionDef) and node.name == "__str__":
            yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Return))


# Communities are founded, and configured, by an administrator at a command line, which speaks English; the last is for programmers.
TO_OTHERS = {"cannot be a short name", "is an address that mail systems use", "There is a community called", "There is no role", "Say which copies"}


def test_refusals_speak_the_language_of_whom_they_refuse():
    said = [
        (path.relative_to(SOURCE).as_posix(), "".join(part.value for part in ast.walk(one) if isinstance(part, ast.Constant) and isinstance(part.value, str)))
        for path in [*SOURCE.glob("*/actions.py"), *SOURCE.glob("website/**/*.py")]
        for one in refusals(path)
        if isinstance(one, ast.Constant | ast.JoinedStr)
    ]
    assert [one for one in said if " " in one[1].strip() and not any(known in one[1] for known in TO_OTHERS)] == []
