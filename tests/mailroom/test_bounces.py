"""Mail that comes back: what counts, and what stops nobody's mail."""

from dataclasses import replace
from datetime import timedelta

import pytest
from returned import ANA, BEN, DAY, FULL, GONE, SPAM, back, dsn

from cast import address
from path import NOW, copies, letter
from post_office import PostOffice, refuse
from talanoa.mail import tokens
from talanoa.mail.actions import note_tried
from talanoa.mail.models import Delivery
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.outcomes import Outcome, Tried
from talanoa.mailroom import reports, worker
from talanoa.people import actions as people
from talanoa.people.models import Bounce

pytestmark = pytest.mark.django_db

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
