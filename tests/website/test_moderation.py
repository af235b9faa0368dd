"""The desk: reading held mail and deciding on it."""

from path import Path
from talanoa.communities import actions as communities
from talanoa.moderation.models import Held


def test_the_queue_shows_what_waits_for_this_facilitator(world, browse):
    page = browse(world.cast.ana).get("/moderation").content.decode()
    assert "Training of village nurses in Tonga" in page
    assert "The author is new here." in page
    assert "Hello" not in page
    assert browse(world.cast.ben).get("/moderation").status_code == 404


def test_a_held_mail_is_shown_whole_with_reasons_and_history(world, browse):
    page = browse(world.cast.ana).get(f"/moderation/{world.held.pk}").content.decode()
    assert "may I tell how we train them?" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    for fact in ("The author is new here.", "Letters circulated", "noa@people.example", "Member since"):
        assert fact in page


def test_approved_it_walks_its_path(world, browse):
    browser = browse(world.cast.ana)
    answer = browser.post(f"/moderation/{world.held.pk}", {"decision": "approve"})
    assert answer.headers["Location"] == "/moderation"
    assert "Approved" in browser.get("/moderation").content.decode()
    world.held.refresh_from_db()
    assert Path().sort(world.held.decided_at) == ["posted"]


def test_edited_words_go_out_and_the_original_stays(world, browse):
    browser = browse(world.cast.ana)
    browser.post(f"/moderation/{world.held.pk}", {"decision": "edit", "subject": "Training nurses in Tonga", "text": "May I tell how?"})
    world.held.refresh_from_db()
    Path().sort(world.held.decided_at)
    post = world.held.received.post
    assert (post.subject, post.fresh_text, post.edited) == ("Training nurses in Tonga", "May I tell how?", True)
    assert "shortened or corrected by the facilitator" in browser.get(f"/c/mdg/m/{post.key}").content.decode()
    assert b"may I tell how we train them?" in browser.get(f"/log/{world.held.received_id}/raw").content


def test_a_rejection_needs_a_reason(world, browse):
    browser = browse(world.cast.ana)
    page = browser.post(f"/moderation/{world.held.pk}", {"decision": "reject", "reason": " "})
    assert page.status_code == 422
    assert "Write a reason" in page.content.decode()
    browser.post(f"/moderation/{world.held.pk}", {"decision": "reject", "reason": "We spoke of this in May."})
    world.held.refresh_from_db()
    assert (world.held.decision, world.held.words) == ("rejected", "We spoke of this in May.")


def test_discarded_it_stays_in_the_log(world, browse):
    browser = browse(world.cast.ana)
    browser.post(f"/moderation/{world.held.pk}", {"decision": "discard"})
    assert "Training of village nurses" in browser.get("/log?fate=discarded").content.decode()


def test_passed_on_to_another_community(world, browse):
    browser = browse(world.cast.ana)
    assert browser.post(f"/moderation/{world.held.pk}", {"decision": "redirect", "to": "nowhere"}).status_code == 422
    browser.post(f"/moderation/{world.held.pk}", {"decision": "redirect", "to": "health"})
    world.held.refresh_from_db()
    assert world.held.to_community == world.cast.health


def test_a_button_that_says_nothing_changes_nothing(world, browse):
    assert browse(world.cast.ana).post(f"/moderation/{world.held.pk}", {}).status_code == 422
    assert Held.objects.get(pk=world.held.pk).decision == ""


def test_o8_of_two_who_decide_one_wins_and_the_other_learns_who_and_what(world, browse):
    communities.join(world.cast.mdg, world.cast.sefa, at=world.held.held_at)
    communities.appoint(world.cast.mdg, world.cast.sefa, "facilitator", at=world.held.held_at)
    browse(world.cast.sefa).post(f"/moderation/{world.held.pk}", {"decision": "discard"})
    late = browse(world.cast.ana).post(f"/moderation/{world.held.pk}", {"decision": "approve"})
    assert late.status_code == 409
    assert "Your decision came too late" in late.content.decode()
    assert "Sefa Lin discarded this message" in late.content.decode()
    assert Path().sort(world.held.held_at) == []


def test_a_moderator_sees_that_another_is_reading(world, browse):
    communities.join(world.cast.mdg, world.cast.sefa, at=world.held.held_at)
    communities.appoint(world.cast.mdg, world.cast.sefa, "facilitator", at=world.held.held_at)
    sefa, ana = browse(world.cast.sefa), browse(world.cast.ana)
    ana.get(f"/moderation/{world.held.pk}")
    assert "opened this" not in sefa.get("/moderation").content.decode()  # A3: looking changes nothing
    assert ana.post(f"/moderation/{world.held.pk}/open").headers["Location"] == f"/moderation/{world.held.pk}"
    assert "Ana Tuimavave opened this" in sefa.get("/moderation").content.decode()
    assert "Ana Tuimavave opened this" in sefa.get(f"/moderation/{world.held.pk}").content.decode()
    assert "opened this" not in ana.get(f"/moderation/{world.held.pk}").content.decode()


def test_only_a_facilitator_of_its_community_reads_or_decides(world, browse):
    for person in (None, world.cast.ben, world.cast.chandra, world.cast.sefa, world.cast.farid, world.cast.opal):
        browser = browse(person)
        assert browser.get(f"/moderation/{world.held.pk}").status_code == 404
        assert browser.post(f"/moderation/{world.held.pk}", {"decision": "discard"}).status_code == 404
        assert browser.post(f"/moderation/{world.held.pk}/open").status_code == 404
    assert Held.objects.get(pk=world.held.pk).decision == ""
