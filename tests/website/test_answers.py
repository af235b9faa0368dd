"""What holds for every answer: headers, caches, languages, faults in our own words."""

import gzip

import pytest
from django.db import OperationalError
from django.test import Client

from talanoa.website.assets import SOURCE, asset


def test_p6_what_a_signed_in_reader_gets_is_kept_by_no_cache(world, browse):
    browser = browse(world.cast.ana)
    for path in ("/", "/c/mdg", "/me", "/log", f"/log/{world.aside.pk}/raw", "/nowhere", "/c/health", "/sign-in"):
        assert browser.get(path).headers["Cache-Control"] == "private, no-store", path
    assert browse().get("/sign-in").headers["Cache-Control"] == "private, no-store"  # it sets a cookie
    stale = browse()
    stale.cookies["talanoa"] = "of-yesterday"
    assert stale.get("/c/health").headers["Cache-Control"] == "private, no-store"
    public = browse().get("/c/health")
    assert public.headers["Cache-Control"] == "no-cache"
    assert "Cookie" in public.headers["Vary"]
    assert not public.cookies


def test_every_answer_says_what_browsers_must_not_do(world, browse):
    for path in ("/", "/nowhere", "/healthz", asset("talanoa.css"), f"/c/mdg/m/{world.first.key}"):
        answer = browse(world.cast.ben).get(path)
        headers = answer.headers
        if answer.streaming:
            b"".join(answer.streaming_content)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
    policy = browse().get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_secrets_in_addresses_do_not_travel_in_referers(browse, db):
    assert browse().get("/sign-in/some-token").headers["Referrer-Policy"] == "strict-origin"


def test_the_style_sheet_is_small_and_kept_for_ever(browse, db):
    answer = browse().get(asset("talanoa.css"), HTTP_ACCEPT_ENCODING="gzip")
    content = b"".join(answer.streaming_content)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(content) < 12_000
    assert gzip.decompress(content) == (SOURCE / "talanoa.css").read_bytes()
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_shrink_by_a_random_noise(world, browse):
    browser = browse(world.cast.ben)
    sizes = {len(browser.get("/c/mdg/members", HTTP_ACCEPT_ENCODING="gzip").content) for _ in range(12)}
    assert len(sizes) > 3


def test_load_balancers_ask_without_a_name(browse, db):
    assert Client(SERVER_NAME="10.1.2.3").get("/healthz").status_code == 200
    assert Client(SERVER_NAME="evil.example").get("/").status_code == 400


def test_crawlers_and_old_browsers_get_what_they_ask_for(browse, db):
    assert b"Disallow: /leave/" in browse().get("/robots.txt").content
    picture = browse().get(browse().get("/favicon.ico").headers["Location"])
    assert picture.headers["Content-Type"] == "image/svg+xml"
    picture.close()


def test_a_fault_speaks_in_our_voice_and_tells_nothing(browse, db, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("a secret of the machine")

    monkeypatch.setattr("talanoa.website.views.visible", fail)
    answer = browse(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "Something of ours broke" in answer.content.decode()
    assert b"secret of the machine" not in answer.content


def test_a_busy_database_is_told_apart_and_names_a_time(browse, db, monkeypatch):
    def fail(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr("talanoa.website.views.visible", fail)
    answer = browse(raise_request_exception=False).get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "busy for a moment" in answer.content.decode()


@pytest.mark.parametrize("path", ["/nowhere", "/c/nowhere", "/c/mdg/m/x", "/moderation/99999", "/log/99999", "/c/mdg/members"])
def test_no_page_says_error(cast, browse, path):
    page = browse().get(path)
    assert page.status_code == 404
    assert b"rror" not in page.content
    assert "There is no such page, or it is not for you" in page.content.decode()
