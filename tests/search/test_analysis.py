"""How texts become terms, in many scripts; and that no question raises."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.commandline import main
from talanoa.search import analysis, engine, finding, passages, ranking, wording


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "registers", "Registering"), ("fr", "économie", "ECONOMIES"), ("fr", "développement", "developpement"),
        ("es", "educación", "educacion"), ("pt", "educação", "educacao"), ("de", "Straße", "strassen"), ("de", "Hebammen", "hebamme"),
        ("it", "scuole", "scuola"), ("nl", "huizen", "huis"), ("ru", "деревни", "деревня"), ("ro", "școlile", "scolile"),
        ("tr", "okullar", "okul"), ("el", "σχολεία", "σχολεια"), ("ar", "المدرسة", "مدرسة"), ("hi", "किताबें", "किताब"), ("id", "pendidikan", "didik"),
        ("sv", "hundarna", "hundar"),
    ],
)  # fmt: skip
def test_forms_of_a_word_meet_in_a_term(language, one, other):
    assert set(analysis.forms(analysis.words(one)[0], (language,))) & set(analysis.forms(analysis.words(other)[0], (language,)))


@pytest.mark.parametrize("text", ["村里的护士记录出生", "村の看護師が出生を記録する", "마을의간호사가", "พยาบาลในหมู่บ้าน", "គិលានុបដ្ឋាកភូមិ", "ພະຍາບານບ້ານ", "ရွာသူနာပြု"])
def test_scripts_without_spaces_are_cut_into_pairs(text):
    terms, _ = analysis.analysed(text)
    assert len(terms.split()) > 3
    inside = analysis.words(text)[0][2:6]
    assert set(analysis.forms(inside, ("en",))[0].split()) <= set(terms.split())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do you count the births in the village", "en"), ("Comment compter les naissances dans les villages", "fr"),
        ("Cum se numără nașterile din sat și cine le scrie", "ro"), ("これは村の出生の記録です", "ja"), ("村里的护士", "zh"), ("Как считают рождения в деревне", "ru"),
        ("", "en"), ("12 34", "en"),
    ],
)  # fmt: skip
def test_a_text_tells_its_language(text, language):
    assert analysis.analysed(text)[1] == language


def entry(number, text, title="", group=0):
    return engine.Entry(number, (0,), group or number, "post", datetime(2026, 1, 1, tzinfo=UTC), title, text)


@pytest.fixture(scope="module")
def index():
    made = engine.Index()
    writer = made.writer()
    writer.add(1, [entry(1, "The nurse counts births in the village register.", "Rain"), entry(2, "村里的护士记录出生", "出生"), entry(3, "The nurse counts rain in the village register.", "Births")])
    writer.commit()
    return made


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(['"', "-", "from:", "year:", "2009..", "births", "kind:query", "country:", "村里", "\0", "\ud800", "İ"])).map(" ".join))
def test_no_question_raises(index, words):
    look = index.look()
    wished = finding.wish(look, wording.understood(words), [0])
    found = finding.answers(look, wished, most=10)
    assert len(found.hits) <= 3
    assert look.counts(found.query, {}).total >= len(found.hits)
    said = passages.passage(words, wished.words, wished.languages, look.rarity)
    assert len("".join(piece.words for piece in said)) <= passages.LONGEST + 60


def test_a_title_counts_for_more_and_nearness_too(index):
    look = index.look()
    numbers = [hit.number for hit in finding.answers(look, finding.wish(look, wording.understood("births"), None), most=5).hits]
    assert numbers == [3, 1]
    assert [hit.number for hit in finding.answers(look, finding.wish(look, wording.understood("护士"), None), most=5).hits] == [2]


LATIN, GREEK_TO_ARMENIAN = st.characters(categories=["Ll"], max_codepoint=0x17F), st.characters(categories=["Ll"], min_codepoint=0x3AC, max_codepoint=0x58F)
WORDS_OF_MANY_SCRIPTS = st.text(LATIN | GREEK_TO_ARMENIAN | st.characters(min_codepoint=0x905, max_codepoint=0x939), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(WORDS_OF_MANY_SCRIPTS, st.sampled_from(["", "s", "ing", "heit", "aciones", "ements", "ului", "ами", "ων", "ों", "ություն", "arna"]))
def test_where_a_passage_counts_on_it_a_stem_begins_as_its_word(word, ending):
    [word] = analysis.words(word + ending)
    for language in analysis.LANGUAGES:
        near = analysis.initials(analysis.forms(word, (language,)), (language,))
        assert near is None or near == {analysis.fold(word)[:1]}


@pytest.mark.parametrize(
    ("language", "asked", "text"),
    [
        ("nl", "lopen", "Zij heeft gelopen naar de kliniek"), ("id", "didik", "Rencana pendidikan desa"), ("en", "dies", "Nobody was dying there"),
        ("en", "nurses", "The nurse said “never”"), ("fr", "ecoles", "L’École est fermée"), ("el", "σχολεία", "Το σχολείο έκλεισε"), ("zh", "护士", "村里的护士记录出生"),
    ],
)  # fmt: skip
def test_a_passage_marks_a_word_in_any_of_its_forms(language, asked, text):
    wanted = [(form,) for word in analysis.words(asked) for form in analysis.forms(word, (language,))]
    pieces = passages.passage(text, wanted, (language,), lambda _form: 1.0)
    assert "".join(piece.words for piece in pieces) == text
    assert [piece.words for piece in pieces if piece.marked]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Births", "birth", "births-births", "rain", "in", "the", "_births_", "12", ".", "\n"])).map(" ".join))
def test_plain_places_are_those_of_any_script(text):
    telling = {"births", "12"}
    theirs = [place for place in analysis.places(text) if place[2] in telling]
    assert analysis.plain_places(text, telling.__contains__) == theirs
    assert analysis.plain_places(text, telling.__contains__, frozenset("b")) == [place for place in theirs if place[2] == "births"]


@pytest.fixture(scope="module")
def shared():
    """Two hundred entries for one audience, another, both, or a third that hardly anybody has."""
    made = engine.Index()
    writer = made.writer()
    audiences = {number: ((4,), (8,), (4, 8), (12,))[number % 11 % 4] for number in range(1, 201)}
    writer.add(1, [entry(number, "births " * (1 + number % 9) + "rain " * (number % 5), group=number)._replace(audiences=those) for number, those in audiences.items()])
    writer.commit()
    return made.look(), audiences


@pytest.mark.parametrize("mine", [(4,), (8,), (12,), (4, 8), (4, 12), (4, 8, 12), (16,)])
@pytest.mark.parametrize("most", [3, 40, 300])
def test_sifted_or_narrowed_nobody_finds_what_is_not_theirs_and_everybody_all_that_is(shared, monkeypatch, mine, most):
    look, audiences = shared
    asked = finding.query(look, finding.wish(look, wording.understood("births"), mine), every=True)
    found = {}
    for way in (0.001, 2.0):
        monkeypatch.setattr(engine, "MOSTLY", way)
        hits = look.hits(asked, most, audiences=mine)
        found[way] = [engine.Hit(name, score, 0).number for name, (score, _) in zip(look.values("key", hits), hits, strict=True)]
    assert found[0.001] == found[2.0]
    assert len(found[0.001]) == min(most, sum(not {*mine}.isdisjoint(those) for those in audiences.values()))
    assert all(not {*mine}.isdisjoint(audiences[number]) for number in found[0.001])


COMPOUNDS = {
    "Haushalt": [1], "Privathaushalte": [1], "Wasserzähler": [1, 2], "Zähler": [2], "Zählerwasser": [1, 2], "Arbeitsmarkt": [3],
    "Huhn": [], "Dorfschule": [], "Haushaltsdorf": [],
}  # fmt: skip


@pytest.mark.parametrize("word", COMPOUNDS)
def test_a_word_that_was_joined_is_found_by_its_parts_and_the_reverse(word):
    """In German, Dutch and the Nordic languages; where nobody wrote the word itself."""
    texts = ["Die Privathaushalte brauchen das Wasser, das sie aus dem Brunnen holen.", "Die Zähler werden von den Kindern abgelesen und geprüft.", "Der Markt für Arbeit ist klein und die Leute sind unterwegs."]
    made = engine.Index()
    writer = made.writer()
    writer.add(1, [entry(number, text) for number, text in enumerate(texts, 1)])
    writer.commit()
    look = made.look()
    found = finding.answers(look, finding.wish(look, wording.understood(word), None), most=5)
    assert sorted(hit.number for hit in found.hits) == COMPOUNDS[word]
    assert look.counts(found.query, {}).total == len(found.hits)


def test_plain_documents_are_ranked_by_the_command(tmp_path):
    documents = {"a": "Wells were dug in the village.", "b": "A school was built.", "c": "The well in the village is deep and the village is dry."}
    (tmp_path / "d.jsonl").write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in documents.items()))
    (tmp_path / "q.tsv").write_text("q1\tvillage well\nq2\tschools\nq3\t!!!\n")
    words = ["--documents", str(tmp_path / "d.jsonl"), "--queries", str(tmp_path / "q.tsv"), "--lang", "en", "--run", str(tmp_path / "run")]
    assert main(["evaluate", "search", *words]) == 0
    lines = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert [(line[0], line[2], line[3]) for line in lines] == [("q1", "c", "1"), ("q1", "a", "2"), ("q2", "b", "1")]
    (tmp_path / "q.tsv").write_text("no tab\n")
    assert main(["evaluate", "search", *words]) == 1


def test_answers_speak_for_each_other_where_the_first_has_what_was_asked():
    """One that has little of it, and is far ahead, stays as it is; after one that has it all, what is like it comes before what is not."""
    texts = ["well pump spare part", "rain tank roof", "pump spare part valve", "part rain snow ice", "valve handle"]
    scores = [9.0, 2.0, 1.9, 1.5, 1.0]
    whole = ranking.Answers(texts, scores, size=1_000, frequency=lambda _term: 10)
    own = np.array(scores)
    missed = whole.together(own, [("well",), ("borehole",), ("village",), ("island",)], frozenset())
    assert missed.tolist() == (own / 9).tolist()
    had = whole.together(own, [("well",), ("pump",), ("spare",), ("part",)], frozenset())
    assert had.argmax() == 0
    assert had[2] > had[1]
