"""How a letter reads on the pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talanoa.conversations import rendering, rules
from talanoa.mail.reading.fresh import trim


def page(text):
    return rendering.exchange(trim(text).pieces(text), lambda lines: f"Quoted text, {lines} lines")


def test_lines_broken_by_a_client_flow_again_and_those_of_the_author_stay():
    wrapped = "This line was broken by a mail client at about seventy-two columns, and\nthis is the rest of it."
    assert rendering.letter(wrapped).count("<br>") == 0
    assert rendering.letter("Warm regards,\nBen\nSuva").count("<br>") == 2


def test_an_inline_answer_keeps_the_line_that_it_answers():
    shown = page("On Monday Ana wrote:\n> Who counts the births?\n\nThe village nurses do.\n\n> And who pays?\n\nNobody.\n")
    assert shown.index("Who counts") < shown.index("village nurses") < shown.index("who pays") < shown.index("Nobody")
    assert "<details" not in shown


def test_a_quotation_beneath_is_folded():
    shown = page("Yes.\n\nOn Monday Ana wrote:\n> Who counts?\n> And how?\n")
    assert shown.startswith('<p dir="auto">Yes.</p><details class="quoted"><summary>Quoted text, 3 lines</summary>')


@given(st.text(max_size=300))
def test_nothing_that_is_written_becomes_markup(text):
    """S3"""
    shown = rendering.letter(f'{text} <script>alert(1)</script> <img src=x onerror=y> http://a.example/?"><b>')
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("see http://a.example/x.", "http://a.example/x"),
        ("(https://a.example/wiki/X_(y))", "https://a.example/wiki/X_(y)"),
        ("www.a.example, and", "http://www.a.example"),
        ("javascript:alert(1)", None),
    ],
)
def test_web_addresses_are_links_without_the_stop_behind_them(text, href):
    shown = rendering.letter(text)
    assert (f'href="{href}"' in shown) if href else ("href" not in shown)


@pytest.mark.parametrize(
    ("subject", "key", "reply"),
    [
        ("Village nurses", "village nurses", False),
        ("Re: [mdg] Village nurses (16)", "village nurses", True),
        ("RE: AW: Village  Nurses", "village nurses", True),
        ("[mdg] Re: Village nurses (2)", "village nurses", True),
        ("Réf : budget", "réf : budget", False),
        ("RÉP : budget", "budget", True),
        ("回复：乡村护士", "乡村护士", True),
        ("Re[2]: nurses", "nurses", True),
        ("Fwd: nurses", "nurses", False),
        ("[mdg]", "", False),
        ("Re:", "", True),
        ("I, too: nurses", "i, too: nurses", False),
        ("[urgent] nurses", "nurses", False),
    ],
)
def test_subjects_are_compared_without_reply_words_tags_and_numbers(subject, key, reply):
    assert rules.subject_key(subject, "[mdg]") == key
    assert rules.bare_subject(subject, "[mdg]")[1] == reply


@given(st.text(max_size=120), st.integers(1, 500))
def test_a_circulated_subject_has_our_prefix_once_however_often_it_goes_round(subject, number):
    once = rules.circulated_subject(subject, prefix="[mdg]", number=number)
    twice = rules.circulated_subject(f"Re: {once}", prefix="[mdg]", number=number + 1)
    assert twice.startswith("[mdg]")
    assert rules.subject_key(twice, "[mdg]") == rules.subject_key(once, "[mdg]")


def test_the_permanent_key_is_mailmans_hash():
    assert rules.permanent_key("<87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp>") == "JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP"
