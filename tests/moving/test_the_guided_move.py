"""The guided move on the facilitator's pages: files are handed in and carried out by the worker, a person decides at each step."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from browsers import browser
from old_mail import InThisProcess
from path import copies
from talanoa.communities.models import Membership
from talanoa.conversations.models import Post
from talanoa.desk import lookups as desk
from talanoa.migration import importing
from talanoa.moving import actions, carrying, lookups
from talanoa.moving.models import Handed, Mailing
from talanoa.people.models import Merging, Person

pytestmark = pytest.mark.django_db
MBOX = b"".join(
    b"From x Sun Jan  1 08:00:00 2006\nFrom: Mele Tupou <mele@old.example>\nDate: Sun, 1 Jan 2006 08:00:00 +0000\n"
    b"Subject: Wells %d\nMessage-ID: <%d@old.example>\n\nSweet water.\n\n" % (number, number)
    for number in range(3)
)
MEMBERS = (
    "E-mail;Nom et prénom;Pays;Inscrit le\nmele@old.example;Mele Tupou;Tonga;3/4/2006\nbenokafor@old.example;Okafor Ben;;\n"
    "nonsense;;;\n"
).encode("cp1252")


@pytest.fixture
def ana(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "Reader", InThisProcess)
    monkeypatch.setattr(lookups, "handed_in", lambda: tmp_path / "handed")
    return browser(cast.ana)


def hand_in(client, kind, name, content):
    answer = client.post(f"/c/mdg/move/hand-in/{kind}", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return answer["Location"]


def work(stopped=lambda: False) -> bool:
    return carrying.step(now=timezone.now, stopped=stopped)


def seen(client, path) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_archive_is_handed_in_looked_at_and_released(ana, tmp_path):
    there = hand_in(ana, "archive", "../../old wells.mbox", MBOX)
    assert "The worker begins with it" in seen(ana, there)
    assert work()
    page = seen(ana, there)
    assert "It is done." in page
    assert "<dt>Stored</dt><dd>3</dd>" in page
    assert list((tmp_path / "handed").iterdir()) == []  # every message's bytes are kept elsewhere
    hand_in(ana, "archive", "more.json", b'{"no": "mail"}\n')
    assert work()
    page = seen(ana, "/c/mdg/move")
    assert "4 read: 3 stored, 0 here already, 1 set aside." in page
    assert "3 messages are hidden." in page
    assert "more.json, message 1" in seen(ana, "/c/mdg/move/aside")
    page = seen(ana, "/c/mdg/move/messages")
    assert page.count(">hidden<") == 3
    assert "Mele Tupou &lt;mele@old.example&gt;" in page
    assert Post.objects.filter(unreleased=True).count() == 3
    assert ana.post("/c/mdg/move/messages").status_code == 302
    assert "3 messages are visible now." in seen(ana, "/c/mdg/move")
    assert not Post.objects.filter(unreleased=True).exists()
    assert not copies()


def test_a_list_of_members_waits_until_its_columns_are_confirmed(ana, cast):
    there = hand_in(ana, "members", "liste.csv", MEMBERS)
    assert not work()
    wants = [(one.kind, one.path) for one in desk.wants(cast.ana, timezone.now())]
    assert wants == [("columns", there)]
    page = seen(ana, there)
    assert "3 lines, 2 new, 0 members already, 1 refused. No letter is sent." in page
    assert "Okafor Ben" in page
    columns = {"column-0": "address", "column-1": "name", "column-2": "country", "column-3": "joined_at"}
    assert ana.post(there, columns | {"column-2": "address", "what": "confirm"}).status_code == 422
    assert ana.post(there, columns | {"what": "look"}).status_code == 200
    assert ana.post(there, columns | {"consent": "agreed", "wording": "To get its mail.", "what": "confirm"}).status_code == 302
    assert work()
    assert "<dt>New</dt><dd>2</dd>" in seen(ana, there)
    mele = Membership.objects.get(person__name="Mele Tupou")
    assert (mele.consent.wording, mele.consent.source, mele.consent.noted_by) == ("To get its mail.", "liste.csv", cast.ana)
    page = seen(ana, "/c/mdg/move")
    assert "Nothing shows that 1 member agrees." in page  # nobody said when the other joined
    assert "is no e-mail address" in seen(ana, "/c/mdg/move/lines") or "nonsense" in seen(ana, "/c/mdg/move/lines")
    assert not copies()


def test_pairs_are_decided_on_by_a_person(ana, cast):
    there = hand_in(ana, "members", "liste.csv", MEMBERS)
    ana.post(there, {"column-0": "address", "column-1": "name", "what": "confirm"})
    work()
    other = Person.objects.get(name="Okafor Ben")
    assert "Decide on 1 pair that looks alike" in seen(ana, "/c/mdg/move")
    assert ("alike", "/c/mdg/move/alike") in [(one.kind, one.path) for one in desk.wants(cast.ana, timezone.now())]
    pair = {"pair": f"{cast.ben.pk}-{other.pk}"}
    ana.post("/c/mdg/move/alike", {"pair": f"{cast.ben.pk}-{cast.farid.pk}", "what": "one"})
    assert not Merging.objects.exists()  # only what is proposed
    page = ana.post("/c/mdg/move/alike", pair | {"what": "one"}, follow=True).content.decode()
    assert "They are one person now: Ben Okafor." in page
    assert "benokafor@old.example" in seen(ana, f"/c/mdg/members/{cast.ben.pk}")
    assert "Brought together with" in seen(ana, f"/c/mdg/members/{cast.ben.pk}")
    assert "Brought together with" not in seen(browser(cast.chandra), f"/c/mdg/members/{cast.ben.pk}")
    assert "No two members look alike." in seen(ana, "/c/mdg/move")


def test_letters_are_shown_before_they_are_sent_and_the_silent_are_let_go_after_their_day(ana, cast):
    there = hand_in(ana, "members", "liste.csv", MEMBERS)
    ana.post(there, {"column-0": "address", "what": "confirm"})
    work()
    day = (timezone.now() + timedelta(days=9)).date().isoformat()
    assert ana.post("/c/mdg/move/ask", {"words": "Hello", "until": "2019-01-01", "what": "send"}).status_code == 422
    shown = ana.post("/c/mdg/move/ask", {"words": "We moved.", "until": day, "what": "look"}).content.decode()
    assert "We moved." in shown
    assert "Send 2 letters" in shown
    assert not Mailing.objects.exists()
    assert ana.post("/c/mdg/move/ask", {"words": "We moved.", "until": day, "what": "send"}).status_code == 302
    actions.tend(at=timezone.now())
    assert len(copies()) == 2
    assert "2 were asked: 0 said yes, 0 no, 2 are silent." in seen(ana, "/c/mdg/move")
    one, other = lookups.silent(cast.mdg)
    assert ana.post("/c/mdg/move/silent", {"what": "go"}).status_code == 422
    assert ana.post("/c/mdg/move/silent", {"what": "agreed", "member": one.pk, "how": ""}).status_code == 422
    assert ana.post("/c/mdg/move/silent", {"what": "agreed", "member": one.pk, "how": "on the telephone"}).status_code == 302
    Mailing.objects.update(until=timezone.now() - timedelta(days=1))
    assert [one.kind for one in desk.wants(cast.ana, timezone.now())] == ["silent members"]
    assert ana.post("/c/mdg/move/silent", {"what": "go"}).status_code == 302
    other.refresh_from_db()
    assert other.left_at
    assert "Send 1 letter<" in ana.post("/c/mdg/move/welcome", {"words": "Glad.", "what": "look"}).content.decode()
    ana.post("/c/mdg/move/welcome", {"words": "Glad.", "what": "send"})
    actions.tend(at=timezone.now())
    assert "1 letter of welcome went out." in seen(ana, "/c/mdg/move")
    assert desk.wants(cast.ana, timezone.now()) == []


def test_what_is_broken_off_goes_on_and_what_cannot_be_read_says_why(ana):
    """E24, O12"""
    there = hand_in(ana, "archive", "wells.mbox", MBOX)
    one = Handed.objects.get()
    assert not work(stopped=lambda: True)
    one.refresh_from_db()
    assert (one.state, one.claim, one.attempts) == ("waiting", "", 0)
    Handed.objects.update(claim="of a worker that died", due_at=timezone.now() + timedelta(minutes=9))
    assert not work()  # it may be alive
    Handed.objects.update(due_at=timezone.now())
    assert work()
    assert "<dt>Stored</dt><dd>3</dd>" in seen(ana, there)
    there = hand_in(ana, "archive", "wells.zip", b"PK\x03\x04 no zip")
    assert work()
    page = seen(ana, there)
    assert "cannot be read" in page
    assert "/handed/" not in re.search(r'role="alert">([^<]*)', page)[1]
    assert ana.post(there, {"what": "away"}).status_code == 302
    assert ana.get(there).status_code == 404
    there = hand_in(ana, "members", "members.xlsx", b"PK\x03\x04 no spreadsheet")
    assert ana.get(there).status_code == 422
    assert ana.post("/c/mdg/move/hand-in/members", {}).status_code == 302
    assert Handed.objects.count() == 2


def test_a_file_in_which_there_was_nothing_does_not_look_done(ana):
    there = hand_in(ana, "archive", "wells.zip", b"PK\x05\x06" + bytes(18))
    assert work()
    page = seen(ana, there)
    assert "Nothing was found in it." in page
    assert "It is done." not in page


def test_only_who_facilitates_hands_in_and_decides(ana, cast):
    there = hand_in(ana, "members", "liste.csv", MEMBERS)
    for person in (None, cast.ben, cast.farid, cast.opal, cast.sefa):
        client = browser(person)
        for path in ("/c/mdg/move", there, "/c/mdg/move/alike", "/c/mdg/move/ask", "/c/mdg/move/messages", "/c/mdg/move/silent"):
            assert client.get(path).status_code == 404
            assert client.post(path, {"what": "confirm"}).status_code in (404, 405)
        assert client.post("/c/mdg/move/hand-in/members", {"file": SimpleUploadedFile("x.csv", MEMBERS)}).status_code == 404
    elsewhere = there.replace("/c/mdg/", "/c/health/")
    assert ana.get(elsewhere).status_code == 404
    assert Handed.objects.count() == 1
