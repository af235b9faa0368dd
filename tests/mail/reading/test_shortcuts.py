"""What lets most lines go at once loses none of those that count: reading is quicker and says the very same."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.mail.reading import attributions, circulation, feet, plain, refusals, words

CORPUS = sorted((Path(__file__).resolve().parents[2] / "corpus").glob("*.eml"))
PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": pattern
    for module in (feet, refusals)
    for name, pattern in vars(module).items()
    if isinstance(pattern, words.AnyCase)
}
TABLES = (*words.WROTE.values(), words.INTRO, *words.FIELDS.values(), *words.EMBEDDED.values(), words.SENT_FROM, words.FOOT, words.SCANNED)
PHRASES = sorted({phrase.replace("\\s", " ").replace("\\", "") for table in TABLES for phrase in table.split()})
LINES = st.one_of(
    st.sampled_from(PHRASES),
    st.sampled_from(["> ", "- ", "*", " ", ": ", "<a@x.example>", "2006-01-02 10:00", "wrote:", "To", "Subject: x", "(", "On", "at a", "a ", "so many words from here", "gesendet", "ı", "ſ", "K"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=6),
)
LINE = st.lists(LINES, max_size=5).map("".join)
LINE = LINE | LINE.map(str.upper) | LINE.map(str.title)


def asked_everywhere(heads, quoted):
    return [attributions.at(heads, quoted, index) for index in range(len(heads))]


def asked_whole(head):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feet, "_is_prose", lambda line: False)
        return feet.telephone_line(head)


def check(heads):
    quoted = [attributions.QUOTE.match(head) is not None for head in heads]
    nothing_but_words = plain.lines("\n".join(heads), heads, quoted)
    for head in (head for head, plain_one in zip(heads, nothing_but_words, strict=True) if plain_one):
        assert not (asked_whole(head) or feet.RULE.match(head) or feet.DASHES.match(head))
    worth = attributions.worth_a_look(heads, quoted, nothing_but_words)
    asked = zip(asked_everywhere(heads, quoted), worth, quoted, strict=True)
    assert [found for found, look, quote in asked if found and not (look or quote)] == []
    for head in heads:
        assert (">" in head or "&gt;" in head) or attributions.QUOTE.match(head) is None
        assert not head.strip() or feet._says_sent_from(head.strip()) == (re.match(rf"[\W_]{{0,4}}(?:{words.phrases(words.SENT_FROM)})", head.strip(), re.IGNORECASE) is not None)
        assert head.lstrip().startswith(feet._RULE_BEGINS) or not (feet.DASHES.match(head) or feet.RULE.match(head))
        assert not feet._is_prose(head.strip()) or not asked_whole(head)


@settings(max_examples=120)
@given(st.lists(LINE, min_size=1, max_size=8))
def test_no_line_that_says_something_is_let_go(heads):
    check(heads)


def test_nor_in_the_mails_of_the_world(data):
    for path in sorted((data / "reply_trim").rglob("*.txt"))[::4]:
        check([line[:500] for line in path.read_text("utf-8", "replace").split("\n")[:200]])


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=25)
@given(line=LINE)
def test_a_pattern_in_small_letters_finds_what_one_finds_that_ignores_case(name, line):
    pattern = PATTERNS[name]
    assert re.search(r"(?<!\\)[A-Z]", pattern._small.pattern) is None
    for way in ("search", "match"):
        found, expected = getattr(pattern, way)(line), getattr(pattern._any, way)(line)
        assert (found and found.span()) == (expected and expected.span())


KEYS = st.sampled_from(["confirm", "CONFİRM", "ſign-in", "leave", "/leave/", "/decide/", "bounces", "x+", "%2B", "&#43;", "+", "/", "abcdefghijklmnopqrstuvwx", "Approved: x", "\n", "> ", "/c/x/delivery", "--\n", "é"])


@settings(max_examples=150)
@given(st.lists(KEYS, max_size=8).map("".join))
def test_no_key_is_let_go(text):
    whole = circulation._KEY.sub(circulation._taken_out, circulation._FOOT.sub("", circulation._APPROVED.sub("", text)))
    assert circulation._plain(text) == whole
    if circulation._KEY.search(text):
        assert circulation._may_hold_key(circulation._folded(text))


def test_the_corpus_is_read_the_same_when_nothing_is_let_go(monkeypatch):
    from talanoa.mail.reading.parsing import read

    quick = [read(path.read_bytes()) for path in CORPUS]
    monkeypatch.setattr(plain, "lines", lambda text, heads, quoted: [False] * len(heads))
    monkeypatch.setattr(attributions, "worth_a_look", lambda heads, quoted, plain: [True] * len(heads))
    monkeypatch.setattr(feet, "_is_prose", lambda line: False)
    monkeypatch.setattr(feet, "_says_sent_from", feet.SENT_FROM.match)
    monkeypatch.setattr(circulation, "_may_hold_key", lambda folded: True)
    monkeypatch.setattr(words.AnyCase, "search", lambda self, text: self._any.search(text))
    assert [read(path.read_bytes()) for path in CORPUS] == quick
