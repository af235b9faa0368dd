"""Our own corpus, and the third-party sets with the bars they must reach."""

import json
import re
import sys
from pathlib import Path

import pytest

from talanoa.mail.reading import parsing

CORPUS = sorted((Path(__file__).resolve().parents[2] / "corpus").glob("*.eml"))
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench"))

import mail_reading as bench  # noqa: E402 - the benchmark measures, the tests compare with the bars


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_mail_of_the_corpus_says_what_is_expected(path):
    said = parsing.describe(parsing.read(path.read_bytes()), path.name)
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert {key: said[key] for key in expected} == expected


def test_no_third_party_mail_makes_reading_fail(data):
    for folder in ("mime", "threading", "bounces"):
        for path in (data / folder).rglob("*"):
            if path.is_file():
                said = parsing.describe(parsing.read(path.read_bytes()), path.name)
                assert not re.search("[\x00\r\n]", said["subject"]), path.name


@pytest.mark.parametrize(
    ("name", "bar"),
    [("discourse", 0.90), ("crisp", 0.80), ("talon", 0.80), ("enron without embedded mail", 0.93)],
)
def test_trimming_reaches_its_bar(data, name, bar):
    assert bench.TRIMMING[name](data).share >= bar


def test_bounces_reach_their_bars(data):
    found, false, hard = bench.sisimai(data)
    assert found.share >= 0.97
    assert false.share <= 0.01
    assert hard.share >= 0.95


def test_bounces_of_mailman_are_found(data):
    assert bench.flufl(data).share >= 0.90


def test_parts_are_read_as_the_standard_library_reads_them(data):
    for what, measured in bench.mime(data).items():
        assert measured.share >= 0.95, what
