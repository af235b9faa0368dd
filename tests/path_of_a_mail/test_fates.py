"""Where a mail ends that is not simply posted: nothing vanishes without a word."""

from datetime import timedelta

import pytest

from cast import FOUNDED, address
from path import NOW, copies, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.communities.models import Membership
from talanoa.conversations.actions import withdraw
from talanoa.conversations.models import Post
from talanoa.mail import actions as mail
from talanoa.mail import tokens
from talanoa.mail.models import Delivery, Received

pytestmark = pytest.mark.django_db
BEN = address("ben")


def test_beyond_the_daily_cap_approved_mail_waits_and_goes_out_in_order(cast, walk):
    cast.mdg.daily_cap = 2
    cast.mdg.timezone = "Pacific/Apia"
    cast.mdg.save()
    fates = [walk(letter(BEN, subject=f"Letter {number}")).fate for number in range(5)]
    assert fates == ["posted", "posted", "queued", "queued", "queued"]
    tomorrow = NOW + timedelta(days=1)
    walk.sort(tomorrow)
    walk.sort(tomorrow + timedelta(days=1))
    assert list(Post.objects.order_by("posted_at", "id").values_list("subject", flat=True)) == [f"Letter {n}" for n in range(5)]
    days = [post.posted_at.date() for post in Post.objects.order_by("id")]
    assert days == sorted(days)
    assert len(set(days)) == 3


def test_who_is_suspended_left_or_wants_no_mail_gets_no_copy(cast, walk):
    communities.suspend(cast.membership(cast.chandra, cast.mdg), since=NOW.date(), until=None, at=FOUNDED)
    communities.choose_delivery(cast.membership(cast.noa, cast.mdg), delivery=Membership.Delivery.NONE, at=FOUNDED)
    walk(letter(BEN))
    assert sorted(copy.address for copy in copies()) == sorted([address("ana"), BEN])


@pytest.mark.parametrize("how", ["leaves", "is banned", "stops the mail"])
def test_copies_on_their_way_are_withdrawn_when_a_member_leaves(cast, walk, how):
    """O7"""
    walk(letter(BEN))
    member = cast.membership(cast.chandra, cast.mdg)
    match how:
        case "leaves":
            communities.leave(cast.mdg, cast.chandra, at=NOW)
        case "is banned":
            communities.ban(member, at=NOW)
        case "stops the mail":
            communities.choose_delivery(member, delivery=Membership.Delivery.NONE, at=NOW)
    assert address("chandra") not in {copy.address for copy in copies()}
    assert Delivery.objects.get(address=address("chandra")).state == Delivery.State.WITHDRAWN


def test_a_withdrawn_post_stops_its_copies(cast, walk):
    """O7"""
    walk(letter(BEN))
    withdraw(Post.objects.get(), at=NOW)
    assert copies() == []


def test_mail_to_the_owner_reaches_the_facilitators_whole(cast, walk):
    kept = walk(letter("stranger@elsewhere.example", text="May I join?"), to="mdg-owner@lists.example.org")
    assert kept.fate == "forwarded"
    (copy,) = copies()
    assert copy.address == address("ana")
    whole = sent_bytes(copy.outgoing)
    assert b"Reply-To: stranger@elsewhere.example" in whole
    assert b'filename="mail.eml"' in whole
    assert b"\r\nMay I join?\r\n" in whole


def test_a_machine_that_writes_to_the_owner_is_not_forwarded(cast, walk):
    """L3"""
    assert walk(letter("mailer-daemon@x.example"), to="mdg-owner@lists.example.org", sender="").fate == "discarded"


def test_the_address_in_the_header_of_a_copy_leaves(cast, walk):
    member = cast.membership(cast.chandra, cast.mdg)
    kept = walk(letter(address("chandra")), to=f"mdg-leave+{tokens.seal('leave', member.pk)}@lists.example.org")
    assert kept.fate == "left"
    member.refresh_from_db()
    assert member.left_at == NOW


def changed(token):
    """The token with another last letter."""
    return token[:-1] + ("b" if token[-1] == "a" else "a")


def test_a_forged_or_foreign_token_leaves_nobody(cast, walk):
    """L5"""
    member = cast.membership(cast.chandra, cast.mdg)
    for token in (tokens.seal("bounce", member.pk), changed(tokens.seal("leave", member.pk)), "", "7"):
        walk(letter(address("chandra"), Message_ID=None, text=token), to=f"mdg-leave+{token}@lists.example.org")
    assert walk(letter(BEN), to=f"other-leave+{tokens.seal('leave', member.pk)}@lists.example.org").fate != "left"
    member.refresh_from_db()
    assert member.left_at is None


def test_a_post_of_nothing_but_quotation_is_held_never_published_empty(cast, walk):
    kept = walk(letter(BEN, subject="Re: births", text="On Monday Ana wrote:\n> Who counts?\n> And how?\n"))
    assert kept.holds.get().reasons == ["nothing_said"]


def test_an_automatic_reply_is_discarded_by_name(cast, walk):
    kept = walk(letter(BEN, Auto_Submitted="auto-replied"))
    assert (kept.fate, kept.note) == ("discarded", "A machine sent it, such as an automatic reply or a delivery report.")


def test_a_mail_without_message_id_gets_ours_and_the_same_bytes_make_one_post(cast, walk):
    """D5, P8"""
    raw = letter(BEN, Message_ID=None)
    assert [walk(raw).fate, walk(raw).fate] == ["posted", "repeated"]
    assert Post.objects.get().message_id.endswith("@lists.example.org>")


def test_one_mail_to_two_communities_stands_in_both(cast, walk):
    raw = letter(BEN, to="mdg@lists.example.org, health@lists.example.org", Message_ID="<both@people.example>")
    assert [walk(raw).fate, walk(raw, to="health@lists.example.org").fate] == ["posted", "posted"]
    assert Post.objects.filter(message_id="<both@people.example>").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_brings_its_worker_down_three_times_is_set_aside_and_can_be_put_back(cast, walk, monkeypatch):
    """O11, D7"""
    from talanoa.mailroom import worker

    class Broken:
        def read(self, raw):
            if b"poison" in raw:
                raise RuntimeError("a bug of ours")
            return walk.read(raw)

    poison = walk.keep(letter(BEN, subject="poison"))
    well = walk.keep(letter(BEN, subject="well"))
    at = NOW
    monkeypatch.setattr(worker, "now", lambda: at)
    sorter = worker.Sorter(Broken())
    for _ in range(5):
        sorter.step(at)
        at += timedelta(minutes=2)
    poison.refresh_from_db()
    well.refresh_from_db()
    assert (poison.state, well.fate) == (Received.State.SET_ASIDE, "posted")
    assert "RuntimeError" in poison.note
    assert mail.put_back(poison, at=at)
    assert walk.sort(at) == ["posted"]


def test_a_banned_author_circulates_nothing(cast, walk):
    assert walk(letter(address("bram"))).fate == "discarded"


def test_a_forged_sender_of_two_authors_is_held(cast, walk):
    """A1"""
    kept = walk(letter(f"{BEN}, evil@elsewhere.example"), sender=BEN)
    assert "unclear_sender" in kept.holds.get().reasons


def test_an_html_mail_goes_out_as_both_forms_and_text_readers_get_text(cast, walk):
    from email.message import EmailMessage

    communities.choose_delivery(cast.membership(cast.chandra, cast.mdg), html=False, at=FOUNDED)
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = BEN, "mdg@lists.example.org", "Rich", "<r@people.example>"
    made.set_content("Plain words")
    made.add_alternative("<p>Rich <b>words</b><script>alert(1)</script><img src='http://t.example/x.gif'></p>", subtype="html")
    made.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="births.csv")
    walk(made.as_bytes())
    forms = {copy.address: sent_bytes(copy.outgoing) for copy in copies()}
    assert b"Rich <b>words</b>" in forms[address("ana")]
    assert b"alert(1)" not in forms[address("ana")]
    assert b"t.example" not in forms[address("ana")]
    assert b"text/html" not in forms[address("chandra")]
    assert all(b"births.csv" in form for form in forms.values())


def test_attachments_go_as_links_to_those_who_chose_so(cast, walk):
    from email.message import EmailMessage

    communities.choose_delivery(cast.membership(cast.chandra, cast.mdg), attachments_as_links=True, at=FOUNDED)
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = BEN, "mdg@lists.example.org", "Table"
    made.set_content("See the table.")
    made.add_attachment(b"x" * 50_000, maintype="application", subtype="pdf", filename="births.pdf")
    walk(made.as_bytes())
    forms = {copy.address: sent_bytes(copy.outgoing) for copy in copies()}
    assert len(forms[address("chandra")]) < 5_000
    assert b"births.pdf (50 kB)" in forms[address("chandra")]
    assert len(forms[address("ana")]) > 60_000


def test_a_signed_mail_goes_out_byte_for_byte(cast, walk):
    """M6"""
    body = (
        b"--sig\r\nContent-Type: text/plain\r\n\r\nSigned words.\r\n\r\n--sig\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n=abcd\r\n-----END PGP SIGNATURE-----\r\n--sig--\r\n"
    )
    raw = (
        f"From: {BEN}\r\nTo: mdg@lists.example.org\r\nSubject: Signed\r\nMessage-ID: <s@people.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary=sig\r\n\r\n'
    ).encode() + body
    walk(raw)
    assert bytes(copies()[0].outgoing.body) == body


def test_the_outbox_forgets_what_was_settled_long_ago_and_nothing_that_waits(cast, walk):
    walk(letter(BEN, subject="Old"))
    Delivery.objects.update(state=Delivery.State.SENT)
    walk(letter(BEN, subject="Waiting"))
    assert mail.tend(at=NOW + timedelta(days=89)) == 0
    assert mail.tend(at=NOW + timedelta(days=91)) == 1
    assert len(copies()) == 4
    assert Delivery.objects.count() == 4
    assert Post.objects.count() == 2
