"""Archives come in whole: every message is stored, a duplicate, or set aside with its reason."""

import gzip
import os
import signal
import time
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.db import OperationalError, connections

from faults.strange_mails import strange_mails
from old_mail import TODAY, InThisProcess, account, mbox, old
from talanoa.conversations.models import Attachment, Post
from talanoa.mail import rows
from talanoa.mail.models import Delivery, Raw
from talanoa.mail.reading import mbox as mboxes
from talanoa.migration import actions, exporting, importing, reading, sources
from talanoa.migration.facts import Facts, tell
from talanoa.migration.models import Archive, Entry
from talanoa.migration.planning import Plan

pytestmark = pytest.mark.django_db


def everything():
    """Everything that an import writes."""
    return [list(model.objects.order_by("pk").values()) for model in (Archive, Entry, Post, Attachment, Raw)]


def with_file(number) -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "Mele <mele@old.example>", "Plan", f"<{number}@old.example>"
    made["Date"] = "Sun, 1 Jan 2006 08:00:00 +0000"
    made.set_content("See the plan.")
    made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    return made.as_bytes()


def test_the_account_is_whole_and_the_same_again_changes_nothing(bring):
    """E24: also when nothing is written, the account is the same."""
    archive = mbox(old(1), old(2, In_Reply_To=1), old(1), b"To: \n\nNobody wrote this.\n", with_file(3))
    before = everything()
    rehearsed = bring.rehearse(archive)
    assert everything() == before
    outcome = bring(archive)
    assert account(outcome) == account(rehearsed) == [5, 4, 1, 0, 3, 1]
    after = everything()
    assert account(bring(archive)) == [5, 0, 5, 0, 0, 0]
    assert everything() == after
    assert not Delivery.objects.exists()


def test_the_child_processes_say_what_is_said_here_and_one_mail_cannot_stop_the_others(cast, bring, monkeypatch):
    """S1: a mail that takes for ever is given up alone."""
    given = {"prefix": "", "language": "en", "latest": TODAY}
    mails = [old(1, text="> Is it sweet?\nIt is, see http://wells.example/x"), with_file(2), b"no mail", old(4, "hang")]
    here, child = InThisProcess(**given), reading.Reader(**given)
    child.seconds = 0.4
    try:
        assert child.headers([(one, b"") for one in mails]) == here.headers([(one, b"") for one in mails])
        assert child.letters([(one, "KEY") for one in mails[:3]]) == here.letters([(one, "KEY") for one in mails[:3]])
        child.close()
        original = reading.content
        monkeypatch.setattr(reading, "content", lambda raw, **more: time.sleep(9) if b"hang" in raw else original(raw, **more))
        answers = child.letters([(one, "KEY") for one in mails])
        assert answers[:3] == here.letters([(one, "KEY") for one in mails[:3]])
        assert answers[3].startswith("Reading this took longer than")
    finally:
        child.close()


def test_what_an_older_version_brought_in_is_known_by_its_bytes(bring):
    """It may have told otherwise who said what; the same again changes nothing all the same."""
    archive = mbox(old(1), old(2, "Boats"))
    bring(archive)
    Entry.objects.update(said="ab" * 16)
    assert account(bring(archive))[:3] == [2, 0, 2]
    assert account(bring(mbox(old(1, "Other words"))))[:3] == [1, 1, 0]


def test_what_a_program_noted_of_the_folder_is_no_message(bring):
    """Pine and UW-IMAP keep it as the first mail of an mbox."""
    outcome = bring(mbox(old(1, "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"), old(2)))
    assert account(outcome)[:4] == [2, 1, 0, 1]
    assert outcome.aside[0][1].startswith("It is what a program for mail")


def test_what_is_no_mail_is_set_aside_with_its_reason_and_its_bytes(bring):
    lines = b'{"message_id": "<1@x>", "from_name": "Mele", "date": "2006-01-01 08:00:00+00:00", "subject": "Wells", "body": "Sweet."}\n{"no": "mail"}\n[1\n'
    outcome = bring(lines)
    assert account(outcome) == [3, 1, 0, 2, 1, 0]
    assert [reason.partition(":")[0] for _, reason in outcome.aside] == ["It is no message in JSON"] * 2
    assert [place.rpartition("/")[2] for place, _ in outcome.aside] == ["archive-0, message 2", "archive-0, message 3"]
    assert {bytes(one.raw.content).strip() for one in Entry.objects.exclude(note="")} == {b'{"no": "mail"}', b"[1"}
    again = bring(lines)
    assert account(again) == [3, 0, 1, 2, 0, 0]
    assert Entry.objects.count() == 3


def test_bytes_authors_dates_and_files_are_kept(bring, cast):
    """D4"""
    mails = [
        old(1, sender="Ben <BEN@people.example>"),
        old(2, sender="ben at people.example (Ben O.)"),
        old(3, sender="m@r|e @end|ng |rom gm@||@com (Marie)"),
        old(4, sender="Olga <olga@people.example>"),
        old(5, Date="Thu, 01 Jan 1970 00:00:00 +0000", Received="from x by y; Mon, 2 Jan 2006 10:00:00 +0000"),
        old(6, Date="Fri, 1 Jan 2038 00:00:00 +0000"),
        old(7, Message_ID=None),
        with_file(8),
    ]
    assert account(bring(mbox(*mails)))[:2] == [8, 8]
    posts = list(Post.objects.order_by("entry__pk").select_related("entry__raw", "author"))
    assert [bytes(post.entry.raw.content) for post in posts] == mails
    assert [(post.author, post.author_name) for post in posts[:4]] == [(cast.ben, "Ben"), (cast.ben, "Ben O."), (None, "Marie"), (None, "Olga")]
    assert posts[3].entry.sender == "olga@people.example"
    assert posts[0].posted_at == datetime(2006, 1, 1, 8, 1, tzinfo=UTC)
    assert posts[4].posted_at == datetime(2006, 1, 2, 10, 0, tzinfo=UTC)
    assert posts[5].posted_at == datetime(2006, 1, 1, 8, 0, tzinfo=UTC)  # by the envelope line
    assert posts[6].message_id.endswith("@archive.invalid>")
    assert [(one.name, one.size) for one in posts[7].attachments.all()] == [("plan.pdf", 8)]


AUTHORS = {
    "mele at old.example (Mele T)": ("Mele T", "mele@old.example"),
    "mele bei old.example (=?iso-8859-1?q?M=E9l=E9?=)": ("Mélé", "mele@old.example"),
    "mele.t в old.example (Mele T)": ("Mele T", "mele.t@old.example"),
    "mele(a)old.example (Mele T)": ("Mele T", "mele@old.example"),
    "Mele T <mele [at] old.example>": ("Mele T", "mele@old.example"),
    "=?utf-8?q?mele_=E5=9C=A8_old=2Eexample?=": ("mele", "mele@old.example"),
    '"Mele T" <mele@...>': ("Mele T", ""),
    "mele.t@...": ("mele.t", ""),
    "Mele T <me...@old.example>": ("Mele T", ""),
    "Jan de Boer": ("", ""),
}


@pytest.mark.parametrize("written", AUTHORS)
def test_an_author_is_known_behind_the_disguises_of_archives(written):
    """In the languages of Mailman; what Yahoo and Google left of an address is none."""
    told = tell(old(1, sender=written), b"", prefix="", latest=TODAY)
    assert (told.name, told.address) == AUTHORS[written]


VIA = {
    "Reply-To": ("Mele via Wells <wells@old.example>", {"Reply_To": "Mele <mele@x.example>"}, "mele@x.example"),
    "Google": ("'Mele' via Wells <wells@googlegroups.com>", {"X_Original_Sender": "mele@x.example", "Reply_To": "wells@googlegroups.com"}, "mele@x.example"),
    "Groups.io": ("Mele via groups.io <mele=x.example@groups.io>", {"Reply_To": "wells@groups.io"}, "mele@x.example"),
    "nothing tells it": ("wells at old.example (Mele via Wells)", {}, ""),
}  # fmt: skip


@pytest.mark.parametrize("written, headers, address", VIA.values(), ids=VIA)
def test_an_author_is_known_behind_a_list_that_stands_in_from(written, headers, address):
    """As lists do for authors whose domain allows no other sender (DMARC)."""
    told = tell(old(1, sender=written, **headers), b"", prefix="", latest=TODAY)
    assert (told.name, told.address) == ("Mele", address)


DATES = {
    "Sun, 01 Jan 06 08:00:00 +0000": 8,
    "Sun, 1 Jan 106 08:00:00 +0000": 8,  # a program that counted on from 1900
    "2006-01-01 09:00:00": 9,
    "2006-01-01T08:00:00+01:00": 7,
    "Sun, 1 Jan 2006 10:00:00 +9900": 10,  # no clock is four days from ours
    "Sun, 1 Jan 2006 25:61:00 +0000": 12,
    "nonsense": 12,
}


@pytest.mark.parametrize("written", DATES)
def test_a_date_is_read_as_its_program_meant_it_or_else_when_it_was_received(written):
    told = tell(old(1, Date=written), b"From x Sun Jan  1 12:00:00 2006", prefix="", latest=TODAY)
    assert told.at == datetime(2006, 1, 1, DATES[written], tzinfo=UTC)


def test_two_messages_with_one_id_are_both_kept_and_two_copies_are_one(bring):
    foot = old(1, text="Sweet water.\n_______\nThe list's own foot")
    assert account(bring(mbox(old(1), foot, old(1, "Boats", text="New boats."))))[:3] == [3, 2, 1]
    assert set(Post.objects.values_list("subject", flat=True)) == {"Wells", "Boats"}


SCRUBBED = """Sweet. See the plan.
-------------- next part --------------
A non-text attachment was scrubbed...
Name: plan of wells.pdf
Type: application/pdf
Size: 8 bytes
Desc: not available
URL: <http://old.example/pipermail/wells/attachments/20060101/0a1b2c3d/attachment.pdf>
-------------- next part --------------
An HTML attachment was scrubbed...
URL: <http://old.example/pipermail/wells/attachments/20060101/deadbeef/attachment.html>
URL: <http://old.example/pipermail/wells/attachments/20060101/../../secret>
"""


def test_what_pipermail_took_out_is_attached_again_where_it_lies_beside(bring, tmp_path):
    """The link stays in the words; a file that is not there, or elsewhere, is not taken."""
    folder = tmp_path / "wells"
    (folder / "attachments/20060101/0a1b2c3d").mkdir(parents=True)
    (folder / "attachments/20060101/0a1b2c3d/attachment.pdf").write_bytes(b"%PDF-1.4")
    (folder / "attachments/20060101/0a1b2c3d/note.txt").write_bytes(b"Subject: no message\n\nOf the archive.\n")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "2006-January.txt.gz").write_bytes(gzip.compress(mbox(old(1, sender="mele at old.example (Mele)", text=SCRUBBED), old(2))))
    assert account(bring.rehearse(folder)) == account(bring(folder)) == [2, 2, 0, 0, 2, 1]
    post = Post.objects.get(message_id="<1@old.example>")
    (plan,) = post.attachments.all()
    with plan.file.open() as file:
        assert (plan.name, plan.media_type, file.read()) == ("plan of wells.pdf", "application/pdf", b"%PDF-1.4")
    assert "attachments/20060101/0a1b2c3d/attachment.pdf" in post.html
    assert "attachments/20060101/deadbeef/attachment.html" in post.html
    assert post.entry.sender == "mele@old.example"


def test_what_was_taken_out_is_found_in_a_zip_and_goes_out_and_comes_in_elsewhere(bring, cast, tmp_path):
    """Nobody is locked in: the zip of an export holds what the bytes of a message do not."""
    lost, whole = "attachments/20060101/0a1b2c3d/attachment.pdf", "attachments/20060101/0a1b2c3d/note.txt"
    with zipfile.ZipFile(tmp_path / "wells.zip", "w") as made:
        made.writestr("wells/2006-January.txt", mbox(old(1, text=SCRUBBED)))
        made.writestr(f"wells/{lost}", b"%PDF-1.4")
        made.writestr(f"wells/{whole}", b"Subject: no message\n\nOf the archive.\n")
    assert account(bring.rehearse(tmp_path)) == account(bring(tmp_path / "wells.zip")) == [1, 1, 0, 0, 1, 1]
    bring(with_file(3), mbox(old(2)), name="more")
    with (tmp_path / "out.zip").open("wb") as file:
        exporting.pack(cast.mdg, file, members="")
    assert len([name for name in zipfile.ZipFile(tmp_path / "out.zip").namelist() if name.startswith("attachments/")]) == 1
    assert account(bring(tmp_path / "out.zip", into=cast.other)) == [3, 3, 0, 0, 3, 2]

    def told(community):
        return sorted(Attachment.objects.filter(post__community=community).values_list("post__message_id", "name", "media_type", "digest"))

    assert told(cast.mdg) == told(cast.other)


SIXTY = b"""Subject: The map\nFrom: Mele <mele@old.example>\nDate: Sun, 1 Jan 2006 08:00:00 +0000\nMessage-ID: <1@old.example>
Content-Type: multipart/mixed; boundary="=="\n\n--==\n\nSweet.\n--==\nContent-Type: image/tiff; name="map.tiff"\nContent-Transfer-Encoding: base64

%s\n--==--\n"""


def test_a_mail_of_sixty_megabytes_comes_in_whole(bring, monkeypatch):
    """E9: larger than our mail door takes. What is larger than 100 MB is set aside with its reason; how much memory it takes: test_large_archives."""
    archive = mbox(old(2), SIXTY.replace(b"%s", (b"AAAA" * 19 + b"\n") * 790_000), old(3))
    assert account(bring(archive)) == [3, 3, 0, 0, 3, 1]
    assert (Attachment.objects.get().name, Attachment.objects.get().size) == ("map.tiff", 57 * 790_000)
    kept = Post.objects.get(subject="The map").entry.raw
    assert bytes(kept.content) in archive
    assert len(kept.content) > 60_000_000
    monkeypatch.setattr(mboxes, "MAIL_LIMIT", 50_000_000)
    monkeypatch.setattr(sources, "MAIL_LIMIT", 50_000_000)
    outcome = bring(archive.replace(b"The map", b"A map").replace(b"<1@", b"<4@"))
    assert account(outcome) == [3, 0, 2, 1, 0, 0]
    assert [reason for _, reason in outcome.aside] == ["It is larger than 47 MB (58 MB)."]


HARD = {
    "a header of 1 MB": (b"Subject: " + b"=?utf-8?q?x?= " * 75_000 + b"\n" + old(1, Subject=None), ""),
    "1970 and 2038": (mbox(old(1, Date="Thu, 01 Jan 1970 00:00:00 +0000"), old(2, Date="Tue, 19 Jan 2038 03:14:08 +0000")), ""),
    "a ring": (mbox(old(1, In_Reply_To=2, References="<2@old.example> <1@old.example>"), old(2, In_Reply_To=1, References="<1@old.example> <2@old.example>")), ""),
    "no Message-ID": (mbox(old(1, Message_ID=None), old(2, Message_ID="nonsense")), ""),
}  # fmt: skip


@pytest.mark.parametrize("content, reason", HARD.values(), ids=HARD)
def test_the_hardest_mail_comes_in_or_is_set_aside_with_its_reason(bring, content, reason):
    outcome = bring(content)
    account(outcome)
    assert outcome.account["set_aside"] == bool(reason)
    assert all(reason in told for _, told in outcome.aside)
    above = dict(Post.objects.values_list("pk", "parent"))
    assert all(post.posted_at.year == 2006 for post in Post.objects.all())
    for one in list(above):
        seen = [one]
        while (parent := above[seen[-1]]) is not None:
            assert parent not in seen
            seen.append(parent)


def test_a_conversation_of_ten_thousand_replies_is_one(cast):
    """In the plan; each answers the one before, in the order that is worst."""
    plan = Plan(cast.mdg, at=TODAY)
    for number in reversed(range(10_000)):
        plan.add(Facts(f"<{number}@x>", (f"<{number - 1}@x>",) if number else (), (), "", "", True, TODAY, "0" * 32, "", ""), b"")
    plan.settle()
    assert {plan.threads.top(fate) for fate in plan.fates} == {plan.threads.top(plan.fates[-1])}
    assert plan.threads.parent(plan.fates[0]) == plan.fates[1]


def test_strange_mails_come_in_and_stop_nothing(bring):
    """0 crashes: each is stored or set aside, and whatever stands beside it comes in."""
    strange = [content for _, content in strange_mails() if content.strip() and len(content) < 200_000]
    first, last = old(901, "First"), old(902, "Last")
    outcome = bring(first, *strange, last)
    assert account(outcome)[0] == len(strange) + 2
    assert Post.objects.filter(subject__in=["First", "Last"]).count() == 2
    assert outcome.account["stored"] > 0.9 * len(strange)


def test_a_mail_that_cannot_be_read_or_stored_is_set_aside_alone(bring, monkeypatch):
    """O11"""
    original = actions.conversations.record

    def record(those, **more):
        if any("poison" in one.said.subject for one in those):
            raise ValueError("poison")
        return original(those, **more)

    monkeypatch.setattr(actions.conversations, "record", record)
    outcome = bring(mbox(old(1), old(2, "poison"), old(3)))
    assert account(outcome)[:4] == [3, 2, 0, 1]
    assert outcome.aside[0][1] == "Storing it failed with ValueError."
    assert set(Post.objects.values_list("subject", flat=True)) == {"Wells"}


def test_a_fault_of_the_database_sets_no_message_aside(bring, monkeypatch):
    """E24: nothing is wrong with mails that found no room on the disk; they are stored when there is room again."""
    original = actions.conversations.record

    def record(those, **more):
        if those:
            raise OperationalError("database or disk is full")
        return original(those, **more)

    archive = mbox(old(1), old(2))
    with monkeypatch.context() as full:
        full.setattr(actions.conversations, "record", record)
        with pytest.raises(OperationalError):
            bring(archive)
    assert account(bring(archive))[:4] == [2, 2, 0, 0]


MANY = [old(number, f"Matter {number % 7}", In_Reply_To=number - 7 if number >= 7 else None, day=1 + number % 9) for number in range(40)]


def standing_of(community):
    """Where every post stands, without the numbers of our tables."""
    found = Post.objects.filter(community=community).select_related("parent", "conversation")
    first = dict(found.filter(number=1).values_list("conversation", "message_id"))
    return {(one.message_id, one.parent and one.parent.message_id, one.number, first[one.conversation_id]) for one in found}


def killed(bring, source, nth, where):
    """Bring in a file in a process of its own, which dies by SIGKILL at the nth time that it comes somewhere; says whether it did."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        module, name = where
        original = getattr(module, name)
        calls = []

        def counted(*given, **more):
            calls.append(1)
            if len(calls) == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*given, **more)

        setattr(module, name, counted)
        try:
            bring(source)
            os._exit(0)
        finally:
            os._exit(1)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


@pytest.fixture
def unbroken(cast, bring, monkeypatch, tmp_path):
    """What an import comes to that nothing stops, and the file for others: (account, standing, file)."""
    monkeypatch.setattr(importing, "TOGETHER", 6)
    outcome = bring(mbox(*MANY[::-1], MANY[3], b"To: x\n\n"), into=cast.other, name="a")
    return outcome.account, standing_of(cast.other), (tmp_path / "a-0").rename(tmp_path / "b-0")


@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_killed_goes_on_as_if_it_had_not_been(cast, bring, unbroken):
    """E24: SIGKILL while the plan is made, inside a commit, between two, at the end; each time the same command goes on."""
    account, standing, file = unbroken
    for nth, where in ((3, (Plan, "add")), (4 * 4, (rows, "insert")), (2, (actions.Archive.objects, "filter")), (2, (Plan, "note")), (1, (actions.conversations, "put_in_order"))):
        assert killed(bring, file, nth, where)
        half = Archive.objects.filter(community=cast.mdg).first()
        assert half is None or (half.finished_at is None and half.read == half.stored + half.duplicates + half.set_aside)
    assert half.read == account["read"]  # the last time it died at the very end
    assert bring(file).account == account
    assert standing_of(cast.mdg) == standing
    assert Archive.objects.filter(community=cast.mdg).count() == 1


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_wherever_it_is_killed_it_comes_to_the_same(cast, bring, unbroken):
    """E24: at every row that is written, one after the other, until nothing is left to be written."""
    account, standing, file = unbroken
    nth = 0
    while killed(bring, file, nth := nth % 9 + 1, (rows, "insert")):
        pass
    assert bring(file).account["stored"] == 0
    assert Archive.objects.get(community=cast.mdg).stored == account["stored"]
    assert standing_of(cast.mdg) == standing


ARCHIVES = Path(os.environ.get("TALANOA_TEST_DATA") or Path(__file__).parents[3] / "shared/data") / "archives"


@pytest.mark.skipif(not ARCHIVES.is_dir(), reason="The archives of real lists are not on this machine.")
def test_the_headers_of_a_real_archive_make_the_plan_and_the_count_is_true(cast):
    """641 messages, one of them twice."""
    plan = Plan(cast.mdg, at=TODAY)
    for found in sources.messages([ARCHIVES / "r_sig_geo"]):
        if found.file.endswith(".mbox"):
            plan.add(tell(found.raw, found.envelope, prefix="", latest=TODAY.replace(year=2027)), found.raw)
    plan.settle()
    assert len(plan.fates) == 641
    assert list(plan.fates).count(importing.DUPLICATE) == 1
