"""What was said, as the pages show it."""

import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from world import lengthen


def test_a_conversation_reads_like_letters_with_who_wrote_beside_them(world, browse):
    page = browse(world.cast.ana).get(f"/c/mdg/conversations/{world.conversation.pk}").content.decode()
    assert page.count("<article") == 4
    assert "Statistician, Bureau of Statistics, Papua New Guinea" in page
    assert '<details class="quoted"><summary>Quoted text' in page
    assert 'lang="ar" dir="rtl"' in page


def test_dates_follow_the_readers_clock(world, browse):
    path = f"/c/mdg/conversations/{world.conversation.pk}"
    assert "2 Mar, 09:30" in browse(world.cast.ana).get(path).content.decode()
    assert "2 Mar, 19:30" in browse(world.cast.ben).get(path).content.decode()  # Port Moresby


def test_the_permanent_link_shows_the_message_and_what_it_answers(world, browse):
    browser = browse(world.cast.ben)
    answer = browser.get(f"/c/mdg/m/{world.answer.key}").content.decode()
    assert "We faced the same in 2008" in answer
    assert "What it answers: Ben Okafor" in answer
    assert "3 answers" in browser.get(f"/c/mdg/m/{world.first.key}").content.decode()
    moved = browser.get(f"/c/mdg/m/{world.answer.key.lower()}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/c/mdg/m/{world.answer.key}")


def test_long_conversations_page_by_number_so_that_links_stay(cast, browse):
    conversation = lengthen(cast, 53)
    browser = browse(cast.ben)
    first = browser.get(f"/c/mdg/conversations/{conversation.pk}").content.decode()
    second = browser.get(f"/c/mdg/conversations/{conversation.pk}?page=2").content.decode()
    assert (first.count("<article"), second.count("<article")) == (50, 3)
    assert 'id="m50"' in first
    assert 'id="m51"' in second
    from talanoa.conversations.actions import withdraw

    withdraw(conversation.posts.get(number=10), at=conversation.latest_at)
    assert 'id="m51"' in browser.get(f"/c/mdg/conversations/{conversation.pk}?page=2").content.decode()
    assert browser.get(f"/c/mdg/conversations/{conversation.pk}?page=3").status_code == 404


def test_a_page_of_fifty_letters_asks_at_most_ten_questions_and_weighs_at_most_30_kb(cast, browse):
    conversation = lengthen(cast, 50)
    browser = browse(cast.ben)
    path = f"/c/mdg/conversations/{conversation.pk}"
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(path, HTTP_ACCEPT_ENCODING="gzip")
    assert len(asked) <= 10, [query["sql"] for query in asked]
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.content) <= 30_000
    assert gzip.decompress(page.content).count(b"<article") == 50


def test_p5_files_are_handed_out_to_keep_and_only_pictures_are_shown(world, browse):
    browser = browse(world.cast.ben)
    post = world.conversation.posts.get(attachments__name="page")
    told = {}
    for file in post.attachments.all():
        answer = browser.get(f"/c/mdg/m/{post.key}/attachments/{file.pk}")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
        told[file.name] = (answer.headers["Content-Type"], answer.headers["Content-Disposition"].partition(";")[0])
        b"".join(answer.streaming_content)
    assert told == {
        "births-by-island.pdf": ("application/octet-stream", "attachment"),
        "page": ("application/octet-stream", "attachment"),
        "map of clinics.png": ("image/png", "inline"),
    }


def test_an_attachment_is_found_only_under_its_own_message(world, browse):
    file = world.conversation.posts.get(attachments__name="page").attachments.first()
    browser = browse(world.cast.ben)
    assert browser.get(f"/c/mdg/m/{world.first.key}/attachments/{file.pk}").status_code == 404
    assert browser.get(f"/c/health/m/{world.first.key}/attachments/{file.pk}").status_code == 404


def test_strangers_read_a_public_community_without_addresses(world, browse):
    page = browse().get(f"/c/health/conversations/{world.public.pk}")
    assert page.status_code == 200
    assert b"ben@people.example" not in page.content
    assert "…@people.example".encode() in page.content
    key = world.public.posts.get().key
    assert b"ben@people.example" not in browse().get(f"/c/health/m/{key}").content
    assert b"ben@people.example" in browse(world.cast.ana).get(f"/c/health/m/{key}").content


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", ""])
def test_any_page_number_is_answered(world, browse, page):
    assert browse(world.cast.ben).get(f"/c/mdg/conversations?page={page}").status_code in (200, 404)
