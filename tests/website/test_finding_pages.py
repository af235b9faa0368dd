"""The pages of the search: found by whoever may read, narrowed by links, and nothing of it needs a script."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from path import letter

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def told(world, catch_up, browse):
    """`told(path, person)`: the words of a page of the search, once everything is findable."""
    catch_up()

    def page(path, person=None, status=200):
        answer = browse(person).get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content.decode()

    return page


def links(page, words):
    return [unescape(target) for target, inner in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', page) if words in inner]


def test_what_was_said_is_found_with_its_passage_marked(told, world):
    page = told("/c/mdg/search?q=Registered+midwives", world.cast.ben)
    assert f'<a href="/c/mdg/m/{world.first.key}">Counting births' in page
    assert "<mark>midwives</mark>" in page
    assert "Did you mean" not in page
    assert 'name="robots" content="noindex"' in page
    assert "1 found" in told("/c/health/search?q=survey")
    assert "ben@" not in told("/c/health/search?q=survey")


def test_links_narrow_with_counts_and_chips_take_it_away(told, world):
    page = told("/search?q=births", world.cast.ben)
    assert "Who" in page
    [chandra] = links(page, "Chandra Gurung")[:1]
    narrowed = told(chandra, world.cast.ben)
    assert "<bdi>Ben Okafor</bdi> ·" not in narrowed
    assert "take this away" in narrowed
    [whole] = links(narrowed, "take this away")
    assert told(whole, world.cast.ben).count("<li><div>") == page.count("<li><div>")
    [year] = links(told("/search?q=births&kind=post", world.cast.ben), "take this away")
    assert year == "/search?q=births"


def test_a_conversation_stands_once_and_opens_by_its_link(told, world):
    page = told("/c/mdg/search?q=births&sort=date", world.cast.ben)
    [more] = links(page, "more in this conversation")
    assert f"in={world.conversation.pk}" in more
    assert told(more, world.cast.ben).count("<li><div>") > 1
    told(f"/c/mdg/search?q=births&in={world.public.pk}", world.cast.ben, status=404)


def test_p1_whoever_may_not_read_finds_no_page_or_nothing(told, world):
    told("/c/core/search?q=names", world.cast.ben, status=404)
    told("/c/mdg/search?q=births", None, status=404)
    assert told("/search?q=midwives", None).replace("midwives", "*") == told("/search?q=zebras", None).replace("zebras", "*")


def test_who_finds_nothing_is_helped(told, world):
    page = told("/c/mdg/search?q=midwivez", world.cast.ben)
    assert links(page, "midwives") == ["/c/mdg/search?q=midwives"]
    assert "Nothing was found for that; this was found for:" in page
    assert "<mark>midwives</mark>" in page
    page = told("/c/mdg/search?q=nurses+midwivez&kind=post", world.cast.ben)
    assert links(page, "nurses midwives") == ["/c/mdg/search?q=nurses+midwives&kind=post"]
    assert "Did you mean" in page
    page = told("/c/mdg/search?q=zebras", world.cast.ben)
    assert "Ask the community instead" in page
    assert "Did you mean" not in page
    assert "How to ask" in told("/search")
    assert "Members sign in" in told("/search?q=nothing+like+this")


@pytest.mark.parametrize("asked", ["q=%00%ff%22-", "q=" + "a" * 5000, "kind=x&year=y&q=%22", "q=from:&from=%22", "page=51", "q=births&in=x"])
def test_no_question_is_a_fault(told, world, asked):
    told(f"/c/mdg/search?{asked}", world.cast.ben, status=404 if "51" in asked or "in=" in asked else 200)


def test_before_there_is_an_index_the_page_says_so(world, own_index, browse):
    assert "still being made findable" in browse(world.cast.ben).get("/c/mdg/search?q=births").content.decode()


def test_messages_like_this_one(told, world, walk, catch_up):
    text = "Births attended by trained nurses on outer islands: who counts them in the register?"
    post = walk(letter("Ben Okafor <ben@people.example>", subject="Registers of births", text=text)).post
    catch_up()
    page = told(f"/c/mdg/m/{post.key}/similar", world.cast.chandra)
    assert "Counting births without a midwife" in page
    assert f"/c/mdg/m/{post.key}/similar" in told(f"/c/mdg/m/{post.key}", world.cast.chandra)
    told(f"/c/mdg/m/{post.key}/similar", world.cast.farid, status=404)


def test_a_public_community_has_a_feed_of_any_search_and_a_private_one_has_none(told, world):
    feed = ET.fromstring(told("/c/health/search.atom?q=water"))
    assert [one.findtext(f"{ATOM}title") for one in feed.findall(f"{ATOM}entry")] == ["Clean water in schools"]
    assert "ben@" not in ET.tostring(feed, encoding="unicode")
    told("/c/mdg/search.atom?q=births", world.cast.ben, status=404)
    told("/c/health/search.atom", status=404)


def test_every_page_has_a_field_to_search_from(told, world):
    assert 'action="/c/mdg/search" role="search"' in told("/c/mdg", world.cast.ben)
    assert 'action="/search" role="search"' in told("/c/mdg")
    assert 'action="/search" role="search"' in told("/")
