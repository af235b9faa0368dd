"""What texts mean, as vectors: as the published encoder has them, whatever they are asked with."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.language import meaning
from talanoa.language.wordpiece import pieces

SUN = "How do villages pump water with the sun?"
SOLAR = "Solar pumps for drinking water: who has tried them?"
BIRTHS = "How do we register births on remote islands?"
TEXTS = [SUN, SOLAR, BIRTHS, SUN + " We have tried diesel, which is dear."]


@pytest.fixture(scope="module")
def vocabulary():
    words = (meaning.ENCODER / "vocabulary.txt").read_text(encoding="utf-8").split()
    return {word: number for number, word in enumerate(words)}


@pytest.mark.parametrize(
    ("text", "numbers"),  # as the published encoder's own tokenizer cuts them
    [
        ("Naïve cafés, 東京 & C++!", [15743, 23812, 1010, 1879, 1755, 1004, 1039, 1009, 1009, 999]),
        ("Don’t STOP: ﬁne wines at £3.50\u200b…", [2123, 1521, 1056, 2644, 1024, 1984, 2638, 14746, 2012, 28182, 1012, 2753, 1529]),
        ("Ünïcödé ΟΔΟΣ İstanbul", [27260, 1169, 29722, 29730, 29733, 9960]),
        ("unaffordability xqzzvw 日本語 😀", [14477, 4246, 8551, 8010, 1060, 4160, 13213, 2615, 2860, 1864, 1876, 1950, 100]),
        ("x" * 101, [100]),
        (" \x00\t\u00a0", []),
    ],
)
def test_texts_are_cut_as_the_encoder_learnt_it(vocabulary, text, numbers):
    assert pieces(text, vocabulary, most=128) == [101, *numbers, 102]


@given(text=st.text(max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_text_is_cut_within_bounds(vocabulary, text):
    cut = pieces(text, vocabulary, most=16)
    assert (cut[0], cut[-1]) == (101, 102)
    assert len(cut) <= 16
    assert all(0 < number < len(vocabulary) for number in cut)


def test_what_says_the_same_in_other_words_is_near_as_published():
    found = meaning.meanings([SUN, SOLAR, BIRTHS])
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)
    cosines = found @ found.T
    # Of the published numbers, unrounded.
    assert (cosines[0, 1], cosines[0, 2], cosines[1, 2]) == pytest.approx((0.634, 0.177, 0.039), abs=0.01)


def test_a_text_means_the_same_alone_and_in_company():
    together = meaning.meanings([*TEXTS, *TEXTS])
    for place, text in enumerate(TEXTS):
        assert meaning.meaning(text) == pytest.approx(together[place], abs=1e-5)
        assert together[place] == pytest.approx(together[place + len(TEXTS)], abs=1e-5)


@pytest.mark.parametrize("text", ["", " \n", "?!…", "\x00\ud800", "Comment les villages financent-ils la santé ?", "หมู่บ้านของเรา", "ភូមិរបស់យើង"])
def test_what_the_encoder_never_read_has_no_say(text):
    english, other = meaning.meanings([SUN, text])
    assert not other.any()
    assert english == pytest.approx(meaning.meaning(SUN), abs=1e-5)


def test_nothing_is_asked_of_nothing():
    assert meaning.meanings([]).shape == (0, meaning.SIZE)


def test_a_vector_is_kept_in_two_bytes_a_number():
    vector = meaning.meaning(SUN)
    kept = meaning.packed(vector)
    assert len(kept) == 2 * meaning.SIZE
    assert meaning.unpacked(kept) @ vector == pytest.approx(1, abs=1e-4)
    assert meaning.packed(np.zeros(meaning.SIZE, dtype=np.float32)) == b""
    assert not meaning.unpacked(b"").any()


def test_a_house_without_the_encoder_compares_by_words(monkeypatch, tmp_path):
    monkeypatch.setattr(meaning, "ENCODER", tmp_path)
    assert not meaning.meanings([SUN]).any()
