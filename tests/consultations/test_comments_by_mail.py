"""Comments by mail are taken apart as their authors meant them; what cannot be tied to a passage stays whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.comment_mails import DRAFT, MAILS
from talanoa.consultations.comments import understand
from talanoa.language.words import words
from talanoa.mail.reading.parsing import read

PASSAGES = [(label, kind, text) for label, kind, text in (line.split(" ", 2) for line in DRAFT.splitlines())]


def understood(body, subject="Re: [rwn] Consultation 3"):
    raw = f"From: a@example.org\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode()
    letter = read(raw)
    return understand(letter.pieces, PASSAGES, subject=letter.subject)


def told(body):
    subject, body = body if isinstance(body, tuple) else ("Re: [rwn] Consultation 3", body)
    return {" ".join(one.labels): one.text for one in understood(body, subject).comments}


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in MAILS], ids=[row[0] for row in MAILS])
def test_a_mail_is_understood_as_its_author_meant_it(body, expected):
    assert told(body) == expected


def test_parts_that_an_author_names_are_told_apart():
    (said,) = understood("12: Too high.\nProposed wording: Households pay\none dollar.\nRationale: poverty\nSource: Survey 2024").comments
    assert (said.text, said.proposed, said.rationale, said.source) == ("Too high.", "Households pay\none dollar.", "poverty", "Survey 2024")


def test_in_whose_name():
    assert understood("On behalf of the Ministry of Health:\n\n20: add nitrate").in_the_name_of == "the Ministry of Health"


def test_forty_passages_in_one_mail():
    passages = [(str(number), "paragraph", f"The office number {number} answers every letter within a week.") for number in range(1, 61)]
    body = "\n".join(f"{number}: Say within {number} days, and who signs.\n\nAlso name a deputy for office {number}." for number in range(2, 42))
    pieces = read(f"From: a@example.org\n\nDear all,\n\n{body}\n\nRegards\nAna\n".encode()).pieces
    found = understand(pieces, passages).comments
    assert [one.labels for one in found] == [(str(number),) for number in range(2, 42)]
    assert all(one.text == f"Say within {n} days, and who signs.\n\nAlso name a deputy for office {n}." for n, one in enumerate(found, 2))


LINES = st.lists(
    st.one_of(
        st.sampled_from(["12: ", "para 16-18 – ", "", "> [6] Each district keeps", "General: ", "2019: ", "99: ", "1. ", "2. ", "§7 "]).flatmap(
            lambda head: st.text("abc xyz.", min_size=3, max_size=30).map(lambda tail: head + tail)
        ),
        st.just(""),
    ),
    max_size=14,
)


@settings(max_examples=80, deadline=None)
@given(LINES)
def test_no_word_is_lost(lines):
    """Every fresh word stands in some comment, or in a pointer, a greeting or a closing."""
    fresh = [line.replace("abc", "quail").replace("xyz", "zebra") for line in lines]
    pieces = [("quoted" if line.startswith(">") else "fresh", line) for line in fresh]
    said = " ".join(f"{one.text} {one.proposed} {one.rationale} {one.source}" for one in understand(pieces, PASSAGES).comments)
    for kind, line in pieces:
        if kind == "fresh":
            for rare in ("quail", "zebra"):
                assert said.count(rare) >= min(1, line.count(rare))


def test_comments_of_a_whole_draft_are_read_in_no_time():
    """S6: a mail of ten thousand lines, a draft of three thousand passages."""
    import time

    passages = [(str(number), "paragraph", f"Passage {number} tells about the well of village {number * 7} and its keeper.") for number in range(1, 3001)]
    text = "\n".join(f"{number}: keep this for village {number} " + "word " * 12 for number in range(1, 2001)) + "\nlonger " * 4000
    begun = time.process_time()
    assert len(understand([("fresh", text), ("quoted", "> " + "x" * 50_000)], passages).comments) == 2000
    assert time.process_time() - begun < 4
    assert words(text)
