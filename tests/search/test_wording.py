"""What a person asks for, read as it was typed, by telephones too; no length is a burden (issue 5)."""

import time

import pytest

from talanoa.search import wording
from talanoa.search.wording import Asked

READ = {
    "-from:amina water": Asked(words=("water",), never=Asked(authors=(("amina",),))),
    "rain -kind:replies -year:2005-2008": Asked(words=("rain",), never=Asked(kinds=("reply",), years=(2005, 2008))),
    "-country:Fiji -has:attachment rain": Asked(words=("rain",), never=Asked(countries=("FJ",), with_attachment=True)),
    "-kind:nothing rain": Asked(words=("rain",), without=(("kind", "nothing"),)),
    "year:2005–2008": Asked(years=(2005, 2008)),
    "year:2005…2008": Asked(years=(2005, 2008)),
    "rain 2005..2008": Asked(words=("rain",), years=(2005, 2008)),
    "year:2008..2005": Asked(years=(2005, 2008)),
    "year:٢٠٠٥": Asked(years=(2005, 2005)),
    "2005-2008": Asked(words=("2005", "2008"), joined=(("2005", "2008"),)),
    "“village nurses” –workshop": Asked(phrases=(("village", "nurses"),), without=(("workshop",),)),
    "„Dorf Schwester“ «santé publique»": Asked(phrases=(("dorf", "schwester"), ("santé", "publique"))),
    "ｋｉｎｄ：ｒｅｐｌｙ 水": Asked(words=("水",), kinds=("reply",)),
    "what's women’s role, don't you": Asked(words=("what", "women", "role", "you")),
    "don't": Asked(words=("don", "t")),
    "e-mail": Asked(words=("e", "mail"), joined=(("e", "mail"),)),
    'rain -"never closed': Asked(words=("rain",), without=(("never", "closed"),)),
    '- "" from: \0': Asked(words=("from",)),
}


@pytest.mark.parametrize("text", READ)
def test_a_question_is_read_as_it_was_meant(text):
    assert wording.understood(text) == READ[text]


@pytest.mark.parametrize("piece", ["a", "x ", '"', "don't ", "-", "from:", "水", "e-", "-from:a ", "\ud800", "“"])
def test_a_question_of_any_length_is_read_at_once(piece):
    began = time.process_time()
    asked = wording.understood(piece * (20_000 // len(piece)))
    wording.plainly(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 0.3
    assert len(asked.said) <= wording.MOST_WORDS + wording.LONGEST


def test_what_is_to_be_left_out_alone_asks_for_nothing():
    assert wording.understood("-from:amina -rain").empty
    assert not wording.understood("-from:amina rain").empty
