"""A community's pages: home, members, how mail reaches you, leaving, settings."""

import re
from datetime import date

import pytest
from django.utils import timezone

from path import copies, letter
from talanoa.communities.models import Community, Membership
from talanoa.mail.tokens import seal
from talanoa.people.models import Person


def assert_spoken(page, why):
    """Each refusal is tied to its field, so that a screen reader says it there; nothing refers to what is not on the page."""
    text = page.content.decode()
    named = {name for names in re.findall(r'aria-describedby="([^"]*)"', text) for name in names.split()}
    refusals = re.findall(r'<p class="wrong"(?: id="([^"]*)")?>', text)
    assert refusals, why
    assert set(refusals) <= named, why
    assert named <= set(re.findall(r' id="([^"]*)"', text)), why


def test_the_clock_of_who_asked_ends_with_the_answer(world, browse):
    """What a process does next for somebody else is told by their clock."""
    Person.objects.filter(pk=world.cast.ben.pk).update(timezone="Pacific/Fiji")
    with timezone.override("UTC"):
        assert browse(world.cast.ben).get("/c/mdg").status_code == 200
        assert timezone.get_current_timezone_name() == "UTC"


def test_home_tells_how_to_take_part_by_mail(world, browse):
    page = browse(world.cast.ben).get("/c/mdg").content.decode()
    for words in ("mdg@lists.example.org", "mdg-owner@lists.example.org", "Counting births", "Ana Tuimavave"):
        assert words in page
    stranger = browse().get("/c/mdg").content.decode()
    assert "mdg-join@lists.example.org" in stranger
    assert "Counting births" not in stranger
    assert "Ana Tuimavave" not in stranger


def test_p9_the_directory_shows_people_without_addresses(world, browse):
    page = browse(world.cast.ben).get("/c/mdg/members").content.decode()
    assert "Chandra Gurung" in page
    assert "@people.example" not in page
    assert "Xenia" not in page
    assert "Bram" not in page
    found = browse(world.cast.ben).get("/c/mdg/members?q=hill+univ").content.decode()
    assert found.count("<li>") == 1


def test_p9_a_profile_shows_the_address_to_the_facilitator_alone(world, browse):
    path = f"/c/mdg/members/{world.cast.ben.pk}"
    assert "ben@people.example" in browse(world.cast.ana).get(path).content.decode()
    page = browse(world.cast.chandra).get(path).content.decode()
    assert "Counts what counts." in page
    assert "ben@people.example" not in page


def test_ones_own_profile_is_ones_own_to_write(cast, browse):
    browser = browse(cast.ben)
    good = {"name": "Ben O.", "role": "", "organisation": "Bureau", "country": "PG", "languages": "en, tpi", "interests": "", "biography": "Hi", "timezone": "Asia/Dili"}
    assert browser.post("/me", good).status_code == 302
    cast.ben.refresh_from_db()
    assert (cast.ben.name, cast.ben.languages, cast.ben.timezone) == ("Ben O.", "en tpi", "Asia/Dili")
    for wrong in ({"country": "XX"}, {"timezone": "../../etc/passwd"}, {"name": "a\nBcc: x@y"}, {"name": "x" * 201}, {"languages": "<b>"}):
        page = browser.post("/me", good | wrong)
        assert page.status_code == 422, wrong
        assert_spoken(page, wrong)
    cast.ben.refresh_from_db()
    assert cast.ben.name == "Ben O."


def test_how_mail_comes_is_chosen_for_one_community(cast, browse):
    browser = browse(cast.ben)
    chosen = {"delivery": "weekly", "form": "text", "attachments_as_links": "yes", "suspended_from": "2026-12-20", "suspended_until": "2027-01-06"}
    assert browser.post("/c/mdg/delivery", chosen).status_code == 302
    mine = cast.membership(cast.ben, cast.mdg)
    assert (mine.delivery, mine.html, mine.attachments_as_links) == ("weekly", False, True)
    assert (mine.suspended_from, mine.suspended_until) == (date(2026, 12, 20), date(2027, 1, 6))
    assert cast.membership(cast.ben, cast.health).delivery == "each"
    for wrong in ({"delivery": "hourly"}, {"suspended_from": "soon"}, {"suspended_until": "2026-01-01"}):
        page = browser.post("/c/mdg/delivery", chosen | wrong)
        assert page.status_code == 422
        assert_spoken(page, wrong)
    page = browser.get("/c/mdg/delivery").content.decode()
    assert 'value="weekly" checked' in page
    assert 'value="2026-12-20"' in page


def test_leaving_from_the_page(cast, browse):
    assert browse(cast.ben).post("/c/mdg/leave").status_code == 302
    assert not Membership.objects.filter(person=cast.ben, community=cast.mdg, left_at=None).exists()


def test_a4_one_click_leaves_exactly_one_membership_without_cookies(cast, browse, walk):
    walk(letter("Chandra <chandra@people.example>"))
    mine = cast.membership(cast.ben, cast.mdg)
    path = f"/leave/{seal('leave', mine.pk)}"
    mailbox = browse(enforce_csrf_checks=True)
    for _ in range(2):
        looked = mailbox.get(path)
        assert (looked.status_code, "MDG Pacific?" in looked.content.decode()) == (200, True)
        mailbox.head(path)
    assert cast.membership(cast.ben, cast.mdg)
    assert "ben@people.example" in [copy.address for copy in copies()]
    for _ in range(2):  # idempotent
        done = mailbox.post(path, {"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "You have left" in done.content.decode()) == (200, True)
        assert not done.cookies
    left = Membership.objects.get(pk=mine.pk).left_at
    assert left is not None
    assert cast.membership(cast.ben, cast.health)
    assert "ben@people.example" not in [copy.address for copy in copies()]  # O7
    assert "Ben" not in looked.content.decode()


@pytest.mark.parametrize("token", ["x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "%00", "é"])
def test_a4_a_made_up_token_leaves_nothing(cast, browse, token):
    browser = browse()
    assert browser.get(f"/leave/{token}").status_code == 404
    assert browser.post(f"/leave/{token}").status_code == 404
    assert browser.get(f"/leave/{seal('bounce', cast.membership(cast.ben, cast.mdg).pk)}").status_code == 404


SETTINGS = {
    "name": "MDG Pacific", "description": "For those who count.", "visibility": "members", "language": "en", "timezone": "Pacific/Fiji",
    "subject_prefix": "[mdg]", "numbered": "yes", "replies_go_to": "author", "first_posts_held": "2", "daily_cap": "4",
}  # fmt: skip


def test_the_facilitator_arranges_the_community(cast, browse):
    browser = browse(cast.ana)
    assert browser.post("/c/mdg/settings", SETTINGS).status_code == 302
    mdg = Community.objects.get(slug="mdg")
    assert (mdg.replies_go_to, mdg.first_posts_held, mdg.daily_cap, mdg.moderated) == ("author", 2, 4, False)
    for wrong in ({"name": ""}, {"daily_cap": "-1"}, {"daily_cap": "many"}, {"timezone": "Mars"}, {"visibility": "all"}, {"subject_prefix": "a\r\nBcc: b@c"}):
        page = browser.post("/c/mdg/settings", SETTINGS | wrong)
        assert page.status_code == 422, wrong
        assert_spoken(page, wrong)
    for person in (None, cast.ben, cast.chandra, cast.sefa, cast.farid):
        assert browse(person).post("/c/mdg/settings", SETTINGS).status_code == 404


def test_p7_opening_to_everybody_takes_the_name_typed_and_says_what_opens(world, browse):
    browser = browse(world.cast.ana)
    page = browser.get("/c/mdg/settings").content.decode()
    assert "4 letters in 1 conversations" in page
    for typed in ("", "mdg", "mdg pacific"):
        assert browser.post("/c/mdg/settings", SETTINGS | {"visibility": "public", "confirm": typed}).status_code == 422
    assert Community.objects.get(slug="mdg").visibility == "members"
    assert browser.post("/c/mdg/settings", SETTINGS | {"visibility": "public", "confirm": "MDG Pacific"}).status_code == 302
    assert browse().get(f"/c/mdg/m/{world.first.key}").status_code == 200
    browser.post("/c/mdg/settings", SETTINGS)
    assert browse().get(f"/c/mdg/m/{world.first.key}").status_code == 404  # P3: at once
