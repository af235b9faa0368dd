"""The old list goes on beside: what comes through it is kept and sent to nobody, until the day of the move."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from browsers import browser
from cast import address
from old_mail import mbox, old
from path import NOW, copies, letter, sent_bytes
from talanoa.commandline import main
from talanoa.communities.models import Membership
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery
from talanoa.migration import actions, lookups
from talanoa.migration.models import Entry, OldList

pytestmark = pytest.mark.django_db
OLD = "wells@old.example"
LIST = {"List_Id": "Wells <wells.old.example>", "Precedence": "list", "X_BeenThere": OLD}
BY_LIST = {"to": "mdg@lists.example.org", "sender": "wells-bounces+mdg=lists.example.org@old.example"}


@pytest.fixture
def beside(cast):
    return actions.run_beside(cast.mdg, OLD, by=cast.ana, at=NOW)


def from_list(sender, **more):
    return letter(sender, to=OLD, **{"Message_ID": "<n@people.example>", **LIST, **more})


def test_what_comes_through_the_old_list_is_kept_in_its_place_and_sent_to_nobody(cast, beside, bring, walk):
    """P7: hidden like the archive; its author, its conversation, its duplicates."""
    bring(mbox(old(1, "Zqwells")))
    first = walk(from_list("Ben <ben@people.example>", subject="Re: [Wells] Zqwells", In_Reply_To="<1@old.example>"), **BY_LIST)
    assert first.fate == "kept"
    post = Post.objects.get(message_id="<n@people.example>")
    assert (post.author, post.parent.message_id, post.unreleased, post.number) == (cast.ben, "<1@old.example>", True, 2)
    again = walk(from_list("Ben <ben@people.example>", subject="Re: [Wells] Zqwells", In_Reply_To="<1@old.example>", X_Copy="2"), **BY_LIST)
    assert again.fate == "repeated"
    assert not copies()
    assert browser(cast.ana).get(f"/c/mdg/m/{post.key}").status_code == 404
    archive = beside.archive
    archive.refresh_from_db()
    assert (archive.read, archive.stored, archive.duplicates, archive.set_aside) == (2, 1, 1, 0)
    assert bytes(Entry.objects.get(post=post).raw.content) == bytes(first.raw.content)
    # The archive of the old list, fetched on the day of the move, has it too.
    assert bring(mbox(old(1, "Zqwells"), re.sub(rb"\r\n", b"\n", bytes(first.raw.content))), name="later").account["duplicates"] == 2


@pytest.mark.parametrize(
    "sender, more, author, name",
    [
        ("Ben via Wells <wells@old.example>", {"Reply_To": "ben@people.example"}, "ben", "Ben"),
        ("'Olga' via Wells <wells@old.example>", {"X_Original_From": "Olga <olga@people.example>"}, None, "Olga"),
        ("Marie <marie@elsewhere.example>", {}, None, "Marie"),
    ],
)
def test_an_author_is_known_also_behind_the_address_of_the_list(cast, beside, walk, sender, more, author, name):
    assert walk(from_list(sender, **more), **BY_LIST).fate == "kept"
    post = Post.objects.get()
    assert (post.author, post.author_name) == (author and getattr(cast, author), name)


@pytest.mark.parametrize(
    "headers, sender",
    [
        ({"List_Id": "<other.old.example>"}, BY_LIST["sender"]),
        ({}, "somebody@evil.example"),
        ({"Authentication_Results": "mx.lists.example.org; spf=fail smtp.mailfrom=old.example"}, BY_LIST["sender"]),
    ],
)
def test_what_only_claims_to_come_through_it_is_judged_as_ever(cast, beside, walk, headers, sender):
    """A1"""
    assert walk(from_list("Olga <olga@people.example>", **headers), to="mdg@lists.example.org", sender=sender).fate == "held"
    assert not Post.objects.exists()


def test_who_writes_here_before_the_day_is_told_to_write_to_the_old_list(cast, beside, walk):
    proven = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
    assert walk(letter("ben@people.example", **proven)).fate == "turned back"
    assert not Post.objects.exists()
    (told,) = copies()
    assert told.address == "ben@people.example"
    assert b"old list" in sent_bytes(told.outgoing)


def test_on_the_day_everybody_is_told_once_and_posting_goes_live(cast, beside, walk, capsys, tmp_path):
    walk(from_list("Ben <ben@people.example>"), **BY_LIST)
    Membership.objects.filter(person=cast.chandra).update(delivery="none")
    words = tmp_path / "words.txt"
    words.write_text("Dear friends,\n\nfrom Monday on we write here.\n")
    assert main(["archive", "cut-over", "mdg", "--subject", "We move", "--words", str(words)]) == 0
    told = {one.address: sent_bytes(one.outgoing) for one in copies()}
    entitled = Membership.objects.filter(community=cast.mdg, left_at=None, banned=False)
    assert set(told) == {one.person.addresses.get(first=True).written for one in entitled}
    assert address("chandra") in told
    for raw in told.values():
        assert b"Subject: We move" in raw
        assert b"from Monday on we write here." in raw
        assert b"mdg@lists.example.org" in raw
    assert not Post.objects.get().unreleased
    assert lookups.beside(cast.mdg) is None
    assert main(["archive", "cut-over", "mdg", "--subject", "We move", "--words", str(words)]) == 1
    one = OldList.objects.get()
    with pytest.raises(actions.CannotGoBeside, match="moved already"):
        actions.cut_over(one, subject="Again", words="Again", by=cast.ana, at=NOW)
    Delivery.objects.all().delete()
    proven = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
    assert walk(letter("ben@people.example", **proven), at=NOW + timedelta(minutes=5)).fate == "posted"
    # What still comes through the old list is judged as mail of any other list.
    assert walk(from_list("Ben <ben@people.example>", Message_ID="<late@people.example>"), **BY_LIST).fate == "held"


@pytest.mark.parametrize("address_of_list", ["nonsense", "mdg@lists.example.org"])
def test_only_a_list_elsewhere_goes_on_beside_and_one_at_a_time(cast, address_of_list):
    with pytest.raises(actions.CannotGoBeside):
        actions.run_beside(cast.mdg, address_of_list, by=cast.ana, at=NOW)
    assert main(["archive", "beside", "mdg", OLD]) == 0
    with pytest.raises(actions.CannotGoBeside, match="already"), transaction.atomic():
        actions.run_beside(cast.mdg, "nets@old.example", by=cast.ana, at=NOW)


def test_the_facilitator_does_it_all_on_a_page(cast):
    """Nobody else; what is wrong is said at its field."""
    page = "/c/mdg/move/old-list"
    assert browser(cast.ben).get(page).status_code == 404
    ana = browser(cast.ana)
    refused = ana.post(page, {"address": "nonsense"})
    assert refused.status_code == 422
    assert b"nonsense is no address of a list." in refused.content
    assert ana.post(page, {"address": OLD}).status_code == 302
    assert OLD.encode() in ana.get("/c/mdg/move").content
    assert ana.post(page, {"subject": "We move", "words": ""}).status_code == 422
    assert not copies()
    assert ana.post(page, {"subject": "We move", "words": "Dear friends"}).status_code == 302
    assert lookups.beside(cast.mdg) is None
    assert b"Dear friends" in sent_bytes(copies()[0].outgoing)
