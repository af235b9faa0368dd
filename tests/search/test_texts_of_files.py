"""What is written in attachments is found by whoever may read their message; a harmful file costs its own text alone (S1, P1, P3)."""

import io
import time
from datetime import timedelta
from email.message import EmailMessage

import docx
import pytest

from cast import address
from path import NOW
from talanoa.conversations import actions as conversations
from talanoa.documents import reading
from talanoa.documents.reading import Reader
from talanoa.search import actions, feeding, lookups
from talanoa.search.models import FileText

pytestmark = pytest.mark.django_db
WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document"


def report(words):
    made, file = docx.Document(), io.BytesIO()
    made.add_paragraph(words)
    made.save(file)
    return file.getvalue()


def mail(*files, to="mdg@lists.example.org", subject="Our report"):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Ben Okafor <{address('ben')}>", to, subject
    made["Date"], made["Message-ID"] = "Mon, 02 Mar 2026 09:29:00 +0000", f"<{subject.replace(' ', '-')}@people.example>"
    made.set_content("It is attached.")
    for name, data, kind in files:
        made.add_attachment(data, maintype="application", subtype=kind, filename=name)
    return made.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def read_all(catch_up):
    """`read_all()`: read what waits, as the worker does, and let the index see it; tells how many files were read."""
    reader = Reader(seconds=1.5)

    def step(at=NOW):
        count = sum(actions.read_file(digest, reader, at=at) for digest in lookups.unread_files(at))
        catch_up(at + timedelta(minutes=1))
        return count

    yield step
    reader.close()


def found(words, person):
    return [(one.shown.kind, one.shown.title) for one in lookups.find(words, person=person).found]


def test_what_a_file_says_is_found_with_its_passage_and_obeys_its_message(cast, walk, read_all):
    post = walk(mail(("report_2026.docx", report("The tide gauge of Apia was repaired by fishermen."), WORD))).post
    assert read_all() == 1
    [one] = lookups.find("repairing tide gauges", person=cast.chandra).found
    assert (one.shown.kind, one.shown.title, one.shown.path) == ("file", "report_2026.docx", f"/c/mdg/m/{post.key}")
    assert {piece.words for piece in one.passage if piece.marked} >= {"tide", "gauge", "repaired"}
    assert found("gauge kind:file has:attachment from:ben", cast.chandra) == [("file", "report_2026.docx")]
    for person in (cast.farid, cast.xenia, cast.bram, None):
        assert found("gauge", person) == []
    assert all(one.level for one in feeding.verify())
    conversations.withdraw(post, at=NOW, by=cast.ana)
    assert found("gauge", cast.chandra) == []
    read_all(NOW + timedelta(minutes=3))
    assert all(one.level for one in feeding.verify())


def test_the_text_of_a_file_is_forgotten_when_its_last_message_is_taken_down(cast, walk, read_all):
    """P3: and never before; after it no question brings it back."""
    same = report("Fishermen repaired the gauge.")
    first = walk(mail(("a.docx", same, WORD))).post
    second = walk(mail(("b.docx", same, WORD), subject="Again")).post
    assert read_all() == 1

    def forgotten():
        return sum(actions.forget_texts(at=NOW + timedelta(minutes=minute)) for minute in range(256))

    conversations.withdraw(first, at=NOW, by=cast.ana)
    assert found("gauge", cast.chandra) == [("file", "b.docx")]
    assert forgotten() == 0
    conversations.withdraw(second, at=NOW, by=cast.ana)
    assert forgotten() == 1
    assert read_all(NOW + timedelta(minutes=5)) == 0
    for person in (cast.ana, cast.ben, cast.chandra, None):
        results = lookups.find("gauge", person=person)
        assert (results.found, results.total(), results.instead) == ([], 0, "")
    assert all(one.level for one in feeding.verify())


def test_the_same_file_is_read_once_however_often_it_is_sent(cast, walk, read_all):
    same = report("Fishermen repaired the gauge.")
    walk(mail(("a.docx", same, WORD)))
    assert read_all() == 1
    walk(mail(("b.docx", same, WORD), to="health@lists.example.org", subject="Again"), to="health@lists.example.org")
    assert read_all(NOW + timedelta(minutes=5)) == 0
    assert found("gauge", None) == [("file", "b.docx")]


def test_a_file_that_hangs_or_is_broken_costs_its_own_text_alone(cast, walk, read_all, monkeypatch):
    honest = reading.read_here

    def stubborn(data, **more):
        if b"HANG" in data:
            time.sleep(60)
        return honest(data, **more)

    monkeypatch.setattr(reading, "read_here", stubborn)
    walk(mail(("bad.pdf", b"%PDF-1.7 \x00 broken", "pdf"), ("slow.txt", b"HANG", "octet-stream"), ("good.docx", report("The gauge works."), WORD)))
    assert read_all() == 3
    assert found("gauge works", cast.ben) == [("file", "good.docx")]
    assert found("slow has:attachment", cast.ben) == [("post", "Our report")]
    assert read_all(NOW + timedelta(days=1)) == 0


def test_a_reading_that_died_with_its_worker_is_taken_up_and_not_for_ever(cast, walk, catch_up):
    walk(mail(("good.docx", report("The gauge works."), WORD)))
    [digest] = lookups.unread_files(NOW)
    at = NOW
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            actions.read_file(digest, Dying(), at=at)
        assert lookups.unread_files(at) == []
        assert not actions.read_file(digest, Dying(), at=at)
        at += timedelta(minutes=11)
    assert lookups.unread_files(at) == []
    assert FileText.objects.get().read_at is None


class Dying:
    def text(self, data, **told):
        raise KeyboardInterrupt
