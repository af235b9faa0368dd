"""Mail that comes back: what counts, what stops, and the way back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from cast import address
from path import NOW, copies, letter, sent_bytes
from post_office import PostOffice, refuse
from talanoa.mail import tokens
from talanoa.mail.actions import note_tried
from talanoa.mail.models import Delivery, Received
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.outcomes import Outcome, Tried
from talanoa.mailroom import reports, worker
from talanoa.people import actions as people
from talanoa.people.models import Address, Bounce

pytestmark = pytest.mark.django_db
ANA, BEN = "Ana <ana@people.example>", "Ben Okafor <ben@people.example>"
PROVEN = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
DAY = timedelta(days=1)
GONE = "550 5.1.1 <ben@people.example>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 Mailbox full"
SPAM = "554 5.7.1 Message rejected as spam"


def dsn(words=GONE, *, action="failed", who="ben@people.example") -> bytes:
    status = words.split()[1]
    return f"""From: MAILER-DAEMON@mx.people.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: whoever@lists.example.org
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

<{who}>: host mx.people.example said: {words}

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.example

Final-Recipient: rfc822; {who}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--x--
""".replace("\n", "\r\n").encode()


def back(copy) -> str:
    """The address that reports about a copy come to."""
    return f"mdg-bounces+{tokens.seal('bounce', copy.pk)}@lists.example.org"


def leave_the_house(at):
    """The post office takes everything that waits."""
    note_tried([Tried(one.pk, Outcome.SENT, "250 ok") for one in copies()], claim="", at=at)


@pytest.fixture
def ben(cast):
    return lambda: Address.objects.get(canonical="ben@people.example")


@pytest.fixture
def circulate(cast, walk):
    """`circulate(at)`: a message goes out; Ben's copy, or None."""

    def out(at=NOW):
        received = walk(letter(ANA), at=at)
        assert received.fate == "posted"
        leave_the_house(at)
        return Delivery.objects.filter(address="ben@people.example", outgoing__message_id=received.message_id).first()

    return out


@pytest.fixture
def returns(circulate, walk):
    """`returns(at, words)`: a message goes out and Ben's copy comes back."""

    def come(at=NOW, words=GONE):
        return walk(dsn(words), to=back(circulate(at)), sender="", at=at)

    return come


@pytest.fixture
def doubted(returns, ben):
    """Three messages have come back over three days; the probe is in the outbox."""
    for day in (0, 1, 3):
        last = returns(NOW + day * DAY)
    assert "a letter tries it" in last.note
    return Delivery.objects.select_related("outgoing").get(pk=ben().probe)


@pytest.fixture
def unreachable(doubted, walk, ben):
    """The probe came back too."""
    leave_the_house(NOW + 3 * DAY)
    assert walk(dsn(), to=back(doubted), sender="", at=NOW + 3 * DAY).fate == "bounce noted"
    assert ben().unreachable_since == NOW + 3 * DAY
    return doubted


@pytest.mark.parametrize(
    ("words", "permanent", "reason"), [(GONE, True, "user-unknown"), (FULL, False, "mailbox-full"), (SPAM, False, "spam")]
)
def test_l5_a_report_counts_by_its_token_with_its_reason(returns, words, permanent, reason):
    assert returns(words=words).fate == "bounce noted"
    noted = Bounce.objects.get()
    assert (noted.address.canonical, noted.permanent, noted.reason) == ("ben@people.example", permanent, reason)
    assert noted.words in Delivery.objects.get(pk=noted.delivery).answer
    assert words[4:30] in noted.words


def test_l5_a_forged_replayed_or_late_report_changes_no_score(circulate, walk):
    """E22"""
    copy, other = circulate(), circulate()
    token = tokens.seal("bounce", copy.pk)
    forged = [("b" if token[0] == "a" else "a") + token[1:], tokens.seal("leave", copy.pk), tokens.seal("bounce", copy.pk + 10**6), ""]
    for one in forged:
        assert walk(dsn(), to=f"mdg-bounces+{one}@lists.example.org", sender="", at=NOW).fate == "discarded"
    # The words of a report attribute nothing, wherever it comes to.
    assert walk(dsn(), to="mdg-owner@lists.example.org", sender="", at=NOW).fate == "discarded"
    assert walk(dsn("550 5.1.1 No such user"), sender="", at=NOW).fate in ("discarded", "repeated")
    assert walk(dsn(), to=back(other), sender="", at=NOW + 14 * DAY).fate == "discarded"
    assert not Bounce.objects.exists()
    for _ in range(5):
        walk(dsn(), to=back(copy), sender="", at=NOW)
    assert Bounce.objects.count() == 1


def test_a_delay_an_absence_and_a_receipt_are_no_bounces(circulate, walk):
    copy = circulate()
    delayed = dsn("451 4.4.1 connect to mx.people.example: timed out", action="delayed")
    assert walk(delayed, to=back(copy), sender="", at=NOW).note == "It tells of a delay only; the mail is still being tried."
    away = letter(BEN, to=back(copy), subject="Out of office", text="I am on leave until Monday.", Auto_Submitted="auto-replied")
    assert walk(away, to=back(copy), at=NOW).fate == "discarded"
    assert walk(dsn("250 2.1.5 ok", action="delivered"), to=back(copy), sender="", at=NOW).fate == "discarded"
    assert not Bounce.objects.exists()
    # And the copy may still come back in earnest.
    assert walk(dsn(), to=back(copy), sender="", at=NOW).fate == "bounce noted"


def test_a_report_about_a_forwarded_copy_counts_for_the_address_we_wrote_to(circulate, walk):
    walk(dsn(who="b.okafor@elsewhere.example"), to=back(circulate()), sender="", at=NOW)
    assert Bounce.objects.get().address.canonical == "ben@people.example"


def test_a_person_who_answers_to_that_address_reaches_the_facilitators(circulate, walk):
    """No mail vanishes without a word."""
    copy = circulate()
    assert walk(letter(BEN, to=back(copy), text="Thank you for this."), to=back(copy), at=NOW).fate == "forwarded"
    assert walk(letter(BEN, to=back(copy)), to="mdg-bounces+made-up@lists.example.org", at=NOW).fate == "discarded"


def test_nobody_is_tried_who_takes_part_in_nothing_any_more(unreachable, cast, ben):
    from talanoa.communities.actions import leave

    leave(cast.mdg, cast.ben, at=NOW + 4 * DAY)
    assert ben().probed_at is not None  # still a member elsewhere
    leave(cast.health, cast.ben, at=NOW + 4 * DAY)
    leave_the_house(NOW + 4 * DAY)
    worker.tend(NOW + 7 * DAY)
    assert copies() == []


def test_l6_a_storm_in_two_days_stops_nobody(circulate, returns, ben):
    """E22"""
    for hour in range(0, 48, 12):
        returns(NOW + timedelta(hours=hour))
    assert ben().probed_at is None
    assert circulate(NOW + 2 * DAY) is not None


def test_l6_messages_refused_for_their_words_never_stop_the_mail(returns, ben):
    for day in (0, 3, 9):  # a dead address would be in doubt
        returns(NOW + day * DAY, words=SPAM)
    assert (ben().probed_at, ben().unreachable_since) == (None, None)


def test_l6_a_full_mailbox_is_doubted_after_eight_days(returns, ben):
    for day in range(8):
        returns(NOW + day * DAY, words=FULL)
    assert ben().probed_at is None
    returns(NOW + 8 * DAY, words=FULL)
    assert ben().probed_at == NOW + 8 * DAY


def test_l6_a_probe_goes_first_and_meanwhile_mail_goes_on(doubted, circulate, ben):
    assert doubted.outgoing.bounces_to == "mdg@lists.example.org"
    raw = sent_bytes(doubted.outgoing)
    assert b"Auto-Submitted: auto-generated" in raw
    assert ben().unreachable_since is None
    assert circulate(NOW + 3.1 * DAY) is not None


def test_a_probe_that_does_not_come_back_ends_the_doubt(doubted, ben, returns):
    leave_the_house(NOW + 3 * DAY)
    worker.tend(NOW + 5 * DAY)
    assert ben().probe == doubted.pk
    worker.tend(NOW + 6 * DAY)
    assert (ben().probe, ben().probed_at, ben().answered_at) == (None, None, NOW + 6 * DAY)
    # What came back before is no evidence any more.
    returns(NOW + 7 * DAY)
    assert ben().probed_at is None


def test_a_probe_that_still_waits_says_nothing(doubted, ben):
    worker.tend(NOW + 7 * DAY)
    assert (ben().probe, ben().answered_at) == (doubted.pk, None)


def test_a_probe_refused_for_its_words_stops_nothing(doubted, walk, ben):
    leave_the_house(NOW + 3 * DAY)
    walk(dsn(SPAM), to=back(doubted), sender="", at=NOW + 3 * DAY)
    assert (ben().probe, ben().unreachable_since) == (None, None)
    worker.tend(NOW + 7 * DAY)
    assert ben().probed_at is None


def test_l6_an_address_is_given_up_when_its_probe_comes_back(unreachable, circulate, cast):
    assert "is not sent there any more" in Received.objects.order_by("-pk").first().note
    assert circulate(NOW + 4 * DAY) is None
    assert cast.membership(cast.ben, cast.mdg).left_at is None


def test_four_more_probes_every_three_days_and_then_silence(unreachable, walk, ben):
    seen = {unreachable.pk}
    for number in (1, 2, 3, 5, 6, 9, 12, 15, 18):
        at = NOW + (3 + number) * DAY
        worker.tend(at)
        probe = ben().probe
        if probe is not None:
            assert number in (3, 6, 9, 12)
            assert probe not in seen
            seen.add(probe)
            leave_the_house(at)
            walk(dsn(), to=back(Delivery.objects.get(pk=probe)), sender="", at=at)
    assert len(seen) == 5
    assert ben().unreachable_since == NOW + 3 * DAY


def test_an_address_that_takes_a_later_probe_comes_back_by_itself(unreachable, circulate, ben):
    worker.tend(NOW + 6 * DAY)
    leave_the_house(NOW + 6 * DAY)
    assert circulate(NOW + 7 * DAY) is None
    worker.tend(NOW + 9 * DAY)
    assert ben().unreachable_since is None
    assert circulate(NOW + 9 * DAY) is not None


def test_mail_that_proves_its_sender_brings_the_address_back(unreachable, walk, circulate, ben):
    walk(letter(BEN, subject="Am I here?"), at=NOW + 4 * DAY)
    assert ben().unreachable_since is not None  # anybody may write "ben" into From
    away = letter(BEN, subject="Out of office", text="On leave.", Auto_Submitted="auto-replied", **PROVEN)
    walk(away, at=NOW + 4 * DAY)
    assert ben().unreachable_since is not None
    walk(letter(BEN, subject="I am here", text="Again.", **PROVEN), at=NOW + 4 * DAY)
    assert ben().unreachable_since is None
    assert circulate(NOW + 4 * DAY) is not None


def test_the_word_resume_from_another_address_brings_it_back(unreachable, cast, walk, ben):
    people.add_address(cast.ben, "ben@home.example", at=NOW)
    ask = {"to": "mdg-request@lists.example.org", "at": NOW + 4 * DAY}
    raw = letter("ben@home.example", subject="resume", text="")
    walk(raw, **ask)
    assert ben().unreachable_since is not None
    proof = "mx.lists.example.org; dkim=pass header.d=home.example"
    walk(letter("ben@home.example", subject="resume", text="", Authentication_Results=proof), **ask)
    assert ben().unreachable_since is None


def test_the_link_in_the_probe_brings_it_back_with_a_second_click(unreachable, client, settings, ben):
    """A2, A3"""
    link = re.search(rb"/resume/[a-z2-7]{32}", sent_bytes(unreachable.outgoing))[0].decode()
    people.Ticket.objects.filter(purpose="resume").update(expires_at="2099-01-01T00:00Z")
    assert client.get(link).status_code == 200
    assert ben().unreachable_since is not None
    assert client.post(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 410
    assert client.post(link).status_code == 200
    assert ben().unreachable_since is None
    assert client.post(link).status_code == 410


def test_the_other_address_of_the_member_is_told_once_with_a_link(doubted, cast, walk, client, ben):
    people.add_address(cast.ben, "ben@home.example", at=NOW)
    leave_the_house(NOW + 3 * DAY)
    walk(dsn(), to=back(doubted), sender="", at=NOW + 3 * DAY)
    (told,) = [one for one in copies() if one.address == "ben@home.example"]
    raw = sent_bytes(told.outgoing)
    assert b"ben@people.example" in raw
    assert told.outgoing.bounces_to == ""
    people.Ticket.objects.filter(purpose="resume").update(expires_at="2099-01-01T00:00Z")
    assert client.post(re.search(rb"/resume/[a-z2-7]{32}", raw)[0].decode()).status_code == 200
    assert ben().unreachable_since is None


def test_a_digest_keeps_what_gathers_until_the_address_answers(unreachable, cast, walk, ben):
    from talanoa.communities.actions import choose_delivery

    choose_delivery(cast.membership(cast.ben, cast.mdg), delivery="daily", at=NOW + 3 * DAY)
    walk(letter(ANA, subject="While he was away"), at=NOW + 3.5 * DAY)
    leave_the_house(NOW + 3.5 * DAY)
    worker.tend(NOW + 5 * DAY)
    assert [one for one in copies() if one.address == "ben@people.example" and one.member] == []
    people.hear_from("ben@people.example", at=NOW + 5.2 * DAY)
    worker.tend(NOW + 6.5 * DAY)
    (digest,) = [one for one in copies() if one.address == "ben@people.example" and one.member]
    assert b"While he was away" in sent_bytes(digest.outgoing)


def test_o5_what_the_post_office_refuses_for_good_counts_too(cast, walk, ben, settings, tmp_path):
    """5xx at SMTP, and 4xx for five days; each once."""
    with PostOffice(log=tmp_path / "sink.log") as office:
        settings.TALANOA = replace(settings.TALANOA, smtp_url=office.url, home=tmp_path)
        postman = Postman()
        office.says[address("ben")] = [refuse(550, text="5.1.1 User unknown")]
        office.says[address("noa")] = [refuse(452, text="4.2.2 Mailbox full")] * 200
        walk(letter(ANA), at=NOW)
        postman.step(NOW)
        worker.tend(NOW)
        worker.tend(NOW)
        noted = Bounce.objects.get()
        assert (noted.address_id, noted.permanent, noted.reason) == (ben().pk, True, "user-unknown")
        # The report that its own post office sends besides changes nothing.
        walk(dsn(), to=back(Delivery.objects.get(pk=noted.delivery)), sender="", at=NOW)
        postman.step(NOW + 5 * DAY)
        postman.close()
    worker.tend(NOW + 5 * DAY)
    assert list(Bounce.objects.order_by("pk").values_list("address__canonical", "permanent", "reason")) == [
        ("ben@people.example", True, "user-unknown"),
        ("noa@people.example", False, "mailbox-full"),
    ]


def test_a_letter_that_anybody_can_bring_about_speaks_against_nobody(cast, ben):
    people.mail_sign_in_link(address("ben"), source="somewhere", at=NOW)
    (one,) = copies()
    note_tried([Tried(one.pk, Outcome.REFUSED, GONE)], claim="", at=NOW)
    worker.tend(NOW)
    assert Delivery.objects.get(pk=one.pk).state == "gave up"
    assert not Bounce.objects.exists()


def test_news_of_a_provider_comes_in_by_the_same_door(circulate):
    """`reports.bounced` and `reports.complained` are what webhooks call."""
    from talanoa.mail.reading.parsing import FailedRecipient

    copy = circulate()
    failed = [FailedRecipient("ben@people.example", "5.1.1", True, "user-unknown")]
    assert reports.bounced(copy.pk, failed, words="no such user", at=NOW) is True
    assert reports.bounced(copy.pk, failed, words="no such user", at=NOW) is False
    assert reports.bounced(10**9, failed, at=NOW) is False
    assert reports.bounced(circulate().pk, [], at=NOW) is False
    assert Bounce.objects.get().words == "no such user"
    assert reports.complained(10**9, at=NOW) is False


def complaint(head: str, *, body: str = "The words of the message.") -> bytes:
    """A feedback report; what follows "X-Of-The-Report: " stands in its own fields."""
    of_the_report, head = ("", head) if not head.startswith("X-Of") else (head.partition(": ")[2], "From: x@lists.example.org")
    return f"""From: fbl@provider.example
Subject: complaint
To: whoever@lists.example.org
Content-Type: multipart/report; report-type=feedback-report; boundary="x"

--x
Content-Type: text/plain

This is an abuse report.

--x
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
{of_the_report or "Incidents: 1"}

--x
Content-Type: message/rfc822

{head}
Subject: [mdg] Village nurses

{body}

--x--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("to", "head"),
    [
        ("{back}", "From: x@lists.example.org"),
        ("mdg-owner@lists.example.org", "Return-Path: <{back}>"),
        ("mdg-owner@lists.example.org", "X-Of-The-Report: Original-Mail-From: <{back}>"),
        ("mdg@lists.example.org", "List-Unsubscribe: <https://lists.example.org/leave/{leave}>,\n <mailto:mdg-leave+{leave}@lists.example.org>"),
    ],
)
def test_a_complaint_ends_the_membership_as_one_click_does(circulate, cast, walk, to, head):
    copy = circulate()
    facts = {"back": back(copy), "leave": tokens.seal("leave", copy.member)}
    kept = walk(complaint(head.format(**facts)), to=to.format(**facts), sender="fbl@provider.example", at=NOW)
    assert kept.fate == "left"
    assert "complain" in kept.note or "spam" in kept.note
    membership = type(cast.membership(cast.ana, cast.mdg)).objects.get(pk=copy.member)
    assert (membership.person, membership.left_at) == (cast.ben, NOW)
    assert cast.membership(cast.ben, cast.health).left_at is None


def test_l5_a_complaint_without_a_token_in_the_right_place_does_nothing(circulate, cast, walk):
    copy = circulate()
    token = tokens.seal("leave", copy.member)
    for raw in (
        complaint("From: mdg@lists.example.org\nTo: ben@people.example"),
        complaint("From: x@y.example", body=f"List-Unsubscribe: <https://lists.example.org/leave/{token}>"),
        complaint(f"List-Unsubscribe: <https://lists.example.org/leave/{token[:-2]}aa>"),
    ):
        for to in ("mdg@lists.example.org", "mdg-owner@lists.example.org", "mdg-bounces+@lists.example.org"):
            assert walk(raw, to=to, sender="fbl@provider.example", at=NOW).fate in ("discarded", "repeated")
    assert cast.membership(cast.ben, cast.mdg).left_at is None
