"""Files of others, as odd as they come: a run is well formed, or a sentence says which line is at fault (issue 5)."""

import json
from itertools import pairwise

import pytest

from talanoa.commandline import main


@pytest.fixture
def ranked(tmp_path, capsys):
    """The lines of a run, or what was said instead."""

    def make(documents: str, queries: str, *more: str):
        (tmp_path / "d.jsonl").write_text(documents, encoding="utf-8")
        (tmp_path / "q.tsv").write_text(queries, encoding="utf-8")
        files = ["--documents", str(tmp_path / "d.jsonl"), "--queries", str(tmp_path / "q.tsv"), "--run", str(tmp_path / "run")]
        status = main(["evaluate", "search", *files, *more])
        said = capsys.readouterr().err
        return [line.split(" ") for line in (tmp_path / "run").read_text(encoding="utf-8").splitlines()] if status == 0 else said

    return make


def test_six_columns_each_document_once_and_falling_scores(ranked):
    documents = [{"id": "a b", "text": "wells in the village"}, {"id": 3, "text": None}, {"id": "x", "text": ""}, {"id": "a b", "text": "wells"}, {"id": "c", "text": "wells"}]
    lines = ranked("\ufeff" + "\n\n".join(map(json.dumps, documents)), "\ufeffq 1\twells\r\n\r\nq2\t\nq3\twells\tvillage\nq 1\twater\n", "--lang", "en_GB")
    assert {len(line) for line in lines} == {6}
    assert [(line[0], line[3]) for line in lines] == [("q_1", "1"), ("q_1", "2"), ("q3", "1"), ("q3", "2")]
    assert {line[2] for line in lines} == {"a_b", "c"}
    assert all(float(one[4]) > float(other[4]) for one, other in pairwise(lines) if one[0] == other[0])


FINE = '{"id": "a", "text": "wells"}\n'


@pytest.mark.parametrize(
    ("documents", "queries", "more", "said"),
    [
        (FINE + "[1, 2]\n", "q\twells\n", (), "line 2: expected was an object with id, text."),
        (FINE + "5\n", "q\twells\n", (), "line 2: expected was an object"),
        (FINE + '{"id": "b", "te\n', "q\twells\n", (), "line 2, is not what was expected"),
        ('{"id": "a"}\n', "q\twells\n", (), "line 1: text is missing."),
        ('{"id": " ", "text": "wells"}\n', "q\twells\n", (), "an id is empty, before “wells”."),
        (FINE, "\nno tab\n", (), "line 2: a tab is missing"),
        (FINE, "q\twells\n", ("--lang", "English"), "--lang takes the code of a language"),
        (FINE, "q\twells\n", ("--run", "/nowhere/run"), "/nowhere/run cannot be written: No such file or directory."),
        (FINE, "q\twells\n", ("--documents", "/nowhere"), "/nowhere cannot be read: No such file or directory."),
        ("[" * 100_000, "q\twells\n", (), "line 1, is not what was expected"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_is_at_fault(ranked, documents, queries, more, said):
    assert said in ranked(documents, queries, *more)


def test_no_documents_are_no_fault(ranked):
    assert ranked("", "q\twells\n") == []
