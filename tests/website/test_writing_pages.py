"""Writing from the pages: the same path as any mail."""

from django.core.files.uploadedfile import SimpleUploadedFile

from path import Path, copies
from talanoa.mail.models import Received


def test_a_letter_written_here_is_a_mail_that_walks_the_same_path(world, browse):
    browser = browse(world.cast.ben)
    kept = browser.post("/c/mdg/write", {"subject": "A new question", "text": "Who has tried this?\r\n\r\nBen"})
    mail = Received.objects.latest("pk")
    assert (kept.status_code, kept.headers["Location"]) == (302, f"/c/mdg/sent/{mail.pk}")
    assert (mail.door, mail.written_by) == ("web", world.cast.ben.pk)
    assert "on its way" in browser.get(f"/c/mdg/sent/{mail.pk}").content.decode()
    assert browser.get(f"/c/mdg/sent/{mail.pk}", headers={"HX-Request": "true"}).status_code == 204  # no change, nothing said aloud
    assert Path().sort(mail.due_at) == ["posted"]
    assert "has gone out" in browser.get(f"/c/mdg/sent/{mail.pk}", headers={"HX-Request": "true"}).content.decode()
    page = browser.get(f"/c/mdg/sent/{mail.pk}").content.decode()
    assert "Your letter has gone out" in page
    mail.refresh_from_db()
    assert "Who has tried this?" in browser.get(f"/c/mdg/m/{mail.post.key}").content.decode()


def test_a_newcomer_learns_that_the_letter_waits(world, browse):
    browser = browse(world.cast.noa)
    where = browser.post("/c/mdg/write", {"subject": "Again", "text": "A second one."}).headers["Location"]
    Path().sort(Received.objects.latest("pk").due_at)
    assert "Your letter waits for the facilitator" in browser.get(where).content.decode()


def test_only_the_writer_sees_where_a_letter_stands(world, browse):
    where = browse(world.cast.ben).post("/c/mdg/write", {"subject": "Mine", "text": "Words."}).headers["Location"]
    assert browse(world.cast.chandra).get(where).status_code == 404
    assert browse().get(where).status_code == 404


def test_an_answer_lands_beneath_what_it_answers_with_its_files(world, browse):
    browser = browse(world.cast.chandra)
    file = SimpleUploadedFile("table.csv", b"island,births\nSavaii,4\n", content_type="text/csv")
    browser.post(f"/c/mdg/m/{world.first.key}/answer", {"text": "The table.", "files": file})
    mail = Received.objects.latest("pk")
    assert Path().sort(mail.due_at) == ["posted"]
    mail.refresh_from_db()
    assert mail.post.parent == world.first
    assert [(one.name, one.size) for one in mail.post.attachments.all()] == [("table.csv", 23)]


def test_an_empty_letter_is_not_sent_and_nothing_typed_is_lost(world, browse):
    browser = browse(world.cast.ben)
    before = Received.objects.count()
    page = browser.post("/c/mdg/write", {"subject": "", "text": "Much that I wrote."})
    assert page.status_code == 422
    assert "Much that I wrote." in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert Received.objects.count() == before


def test_a_private_answer_reaches_the_author_alone_and_no_archive(world, browse):
    before = {copy.pk for copy in copies()}
    posts = world.conversation.posts.count()
    answer = browse(world.cast.chandra).post(f"/c/mdg/m/{world.first.key}/answer-privately", {"text": "Between us."})
    assert answer.status_code == 302
    assert [copy.address for copy in copies() if copy.pk not in before] == ["ben@people.example"]
    assert world.conversation.posts.count() == posts


def test_who_is_no_member_cannot_write(world, browse):
    for person in (None, world.cast.olga, world.cast.xenia, world.cast.bram, world.cast.farid):
        browser = browse(person)
        assert browser.post("/c/mdg/write", {"subject": "x", "text": "y"}).status_code == 404
        assert browser.post(f"/c/mdg/m/{world.first.key}/answer", {"text": "y"}).status_code == 404
    assert not Received.objects.filter(door="web").exists()
