"""Coming in and going out."""

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from path import copies, sent_bytes
from talanoa.people import actions
from talanoa.people.models import Session


def link(person, **more):
    token = actions.make_sign_in_link(person.addresses.first(), source="test", at=timezone.now(), **more)
    return f"/sign-in/{token}"


def plain(page):
    """A page without the form's token, which differs each time."""
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", page.content)


def test_a7_known_and_unknown_addresses_get_the_same_answer(cast, browse):
    known = browse().post("/sign-in", {"address": "ben@people.example"})
    unknown = browse().post("/sign-in", {"address": "nobody@people.example"})
    assert (known.status_code, plain(known)) == (unknown.status_code, plain(unknown))
    assert dict(known.headers) == dict(unknown.headers)
    assert [copy.address for copy in copies()] == ["ben@people.example"]


def test_a3_looking_at_the_link_uses_nothing_and_the_button_uses_it_once(cast):
    path = link(cast.ben)
    scanner = Client(SERVER_NAME="localhost")
    for _ in range(3):
        assert scanner.get(path).status_code == 200
        assert scanner.head(path).status_code == 200
        assert scanner.options(path).status_code == 405
    assert not Session.objects.exists()
    browser = Client(SERVER_NAME="localhost")
    assert browser.post(path).status_code == 302
    assert "Ben Okafor" in browser.get("/me").content.decode()
    again = Client(SERVER_NAME="localhost").post(path)
    assert again.status_code == 410
    assert "works no more" in again.content.decode()


def test_a2_an_old_link_signs_nobody_in(cast):
    path = link(cast.ben, lives=timedelta(minutes=-1))
    assert Client(SERVER_NAME="localhost").post(path).status_code == 410


def test_the_mailed_link_is_the_one_that_works(cast, browse):
    browse().post("/sign-in", {"address": "BEN@people.example"})
    [copy] = copies()
    path = re.search(rb"/sign-in/[\w-]+", sent_bytes(copy.outgoing))[0].decode()
    assert browse().post(path).status_code == 302


def test_a12_a_form_of_before_the_sign_in_does_not_work_afterwards(cast):
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    page = browser.get("/sign-in").content.decode()
    old = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    assert browser.post(link(cast.ben), {"csrfmiddlewaretoken": old}).status_code == 302
    stale = browser.post("/sign-out", {"csrfmiddlewaretoken": old})
    assert stale.status_code == 403
    assert "This form has waited too long" in stale.content.decode()


def test_a12_the_token_of_one_person_fails_for_another(cast):
    tokens = {}
    for person in (cast.ana, cast.ben):
        browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
        page = browser.get("/sign-in").content.decode()
        browser.post(link(person), {"csrfmiddlewaretoken": re.search(r'value="([^"]{64})"', page)[1]})
        tokens[person.pk] = re.search(r'value="([^"]{64})"', browser.get("/me").content.decode())[1]
    assert browser.post("/sign-out", {"csrfmiddlewaretoken": tokens[cast.ana.pk]}).status_code == 403
    assert browser.post("/sign-out", {"csrfmiddlewaretoken": tokens[cast.ben.pk]}).status_code == 302


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(cast, there):
    browser = Client(SERVER_NAME="localhost")
    browser.post("/sign-in", {"address": "ben@people.example", "next": there})
    assert browser.post(link(cast.ben)).headers["Location"] == "/"


def test_after_signing_in_one_is_where_one_wanted_to_be(world):
    browser = Client(SERVER_NAME="localhost")
    wanted = f"/c/mdg/conversations/{world.conversation.pk}"
    assert browser.get(wanted).status_code == 404
    form = browser.get("/sign-in", HTTP_REFERER=f"http://localhost{wanted}").content.decode()
    assert f'name="next" value="{wanted}"' in form
    browser.post("/sign-in", {"address": "ben@people.example", "next": wanted})
    assert browser.post(link(world.cast.ben)).headers["Location"] == wanted


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(cast):
    browser = Client(SERVER_NAME="localhost")
    browser.post(link(cast.ben))
    cookie = browser.cookies["talanoa"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def test_under_https_the_cookie_is_bound_to_this_host(cast):
    from talanoa.website import middleware

    with override_settings(SESSION_COOKIE_SECURE=True):
        assert middleware.session_cookie() == "__Host-talanoa"


def test_sessions_are_listed_and_ended_by_their_person_alone(cast, browse):
    mine, other = browse(cast.ben), browse(cast.ben)
    assert mine.get("/me/sessions").content.decode().count("<li>") == 2
    there = Session.objects.filter(person=cast.ben).latest("pk")
    assert browse(cast.chandra).post(f"/me/sessions/{there.pk}").status_code == 404
    assert other.get("/me").status_code == 200
    assert mine.post(f"/me/sessions/{there.pk}").status_code == 302
    assert other.get("/me").status_code == 302


def test_signing_out_ends_the_session_with_us_too(cast, browse):
    browser = browse(cast.ben)
    cookie = browser.cookies["talanoa"].value
    browser.post("/sign-out")
    thief = Client(SERVER_NAME="localhost")
    thief.cookies["talanoa"] = cookie
    assert thief.get("/me").status_code == 302


def test_a8_at_most_three_links_an_hour_reach_one_mailbox(cast, browse):
    for _ in range(5):
        browse().post("/sign-in", {"address": "ben@people.example"})
    assert len(copies()) == 3
