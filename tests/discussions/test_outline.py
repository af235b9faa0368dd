"""The plan of a discussion in a mail: read as people write it, written so that it is read the same."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.discussions.outline import Outline, Stretch, day_in, read, write
from talanoa.mailroom.commands import one

WORDS = st.lists(st.sampled_from("pumps fail wells women pay seals we ask".split()), min_size=1, max_size=5).map(" ".join)
STRETCHES = st.builds(Stretch, WORDS, st.lists(WORDS, max_size=3).map(tuple), st.integers(1, 60))
OUTLINES = st.builds(Outline, WORDS, WORDS | st.just(""), WORDS | st.just(""), WORDS | st.just(""), st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.lists(STRETCHES, max_size=4).map(tuple))


@settings(max_examples=60, deadline=None)
@given(OUTLINES)
def test_what_is_written_is_read_the_same(outline):
    assert read(write(outline)) == outline


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_whatever_somebody_writes_nothing_of_a_plain_text_is_lost(text):
    said = read(text)
    whole = " ".join([said.issue, said.why, said.audience, said.moderator, *(one.theme for one in said.phases)])
    assert isinstance(whole, str)
    if not any(mark in text for mark in ":："):
        assert said.issue.split() == text.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Phase 1: Who pays", Stretch("Who pays")),
        ("PHASE 2 (10 days) : Who pays", Stretch("Who pays", (), 10)),
        ("Semaine 1 (5 jours) : Qui paie", Stretch("Qui paie", (), 5)),
        ("Woche 1 (5 Tage): Wer zahlt", Stretch("Wer zahlt", (), 5)),
        ("Phase 1 (900 days): Who pays", Stretch("Who pays", (), 60)),
    ],
)
def test_phases_as_people_write_them(line, expected):
    assert read(f"Wells.\n\n{line}\n").phases == (expected,)


@pytest.mark.parametrize(("text", "expected"), [("2026-03-09", date(2026, 3, 9)), ("on 9 March 2026", date(2026, 3, 9)), ("9 mars 2026", date(2026, 3, 9)), ("2026-13-40", None), ("soon", None)])
def test_days_as_people_write_them(text, expected):
    assert day_in(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("discussion 3 daily", "3 daily"),
        ("Discussion 3: closely", "3 each"),
        ("D3 phase", "3 stage"),
        ("follow discussion 3 each", "3 each"),
        ("débat 12 par phase", "12 stage"),
        ("discussion 3 not at all", "3 none"),
        ("discussion 3 as usual", "3"),
        ("discussion 3 loudly", None),
        ("discussion three daily", None),
    ],
)
def test_how_to_follow_by_mail(line, expected):
    found = one(line, date(2026, 3, 2))
    assert (found.words if found and found.verb == "follow" else None) == expected
