"""Delivery reports and machines: promises L1, L5 and the words behind them."""

import pytest

from talanoa.mail.reading import parsing


def read(text):
    return parsing.read(text.encode())


def report(status, diagnosis, *, action="failed", final="tala@example.org", more=""):
    return read(
        "From: MAILER-DAEMON@mx.example.net\nReturn-Path: <>\nSubject: Undelivered Mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\nIt did not work.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {final}\n{more}Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnosis}\n\n"
        "--b\nContent-Type: message/rfc822\n\nMessage-ID: <one@lists.example.org>\nTo: tala@example.org\n\nx\n--b--\n"
    )


@pytest.mark.parametrize(
    ("status", "diagnosis", "reason", "permanent"),
    [
        ("5.1.1", "550 5.1.1 <tala@example.org>: User unknown", "user-unknown", True),
        ("5.0.0", "550 El destinatario no existe", "user-unknown", True),
        ("5.1.2", "550 Host or domain name not found", "host-unknown", True),
        ("5.1.10", "556 Domain does not accept mail (nullMX)", "no-mail-here", True),
        ("5.2.2", "552 5.2.2 Mailbox is full", "mailbox-full", False),
        ("5.0.0", "550 Mailbox quota exceeded", "mailbox-full", False),
        ("5.7.1", "554 Your message looks like spam", "spam", False),
        ("5.7.26", "550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", "authentication", False),
        ("5.7.1", "550 5.7.1 Client host blocked using Spamhaus", "blocked", False),
        ("4.4.1", "connect to mx.example.org: Connection timed out", "expired", False),
        ("5.3.4", "552 Message size exceeds the limit", "too-big", False),
        ("5.7.25", "550 The IP address has no PTR record", "reverse-dns", False),
        ("4.4.3", "Deferred: Name server: host name lookup failure", "expired", False),
        ("5.0.0", "550 User unknown (in reply to end of DATA command)", "filtered", False),
        ("5.1.8", "553 5.1.8 Domain of sender address does not exist", "sender-rejected", False),
    ],
)
def test_the_dead_are_told_from_the_full_and_the_disliked(status, diagnosis, reason, permanent):
    letter = report(status, diagnosis)
    (failed,) = letter.bounce.recipients
    assert (failed.address, failed.reason, failed.permanent) == ("tala@example.org", reason, permanent)
    assert letter.kind == "bounce"
    assert letter.bounce.original_message_id == "<one@lists.example.org>"


def test_a_delivered_or_relayed_mail_is_no_bounce():
    assert report("2.0.0", "250 ok", action="delivered").bounce is None
    assert report("2.0.0", "250 ok", action="relayed").bounce is None


def test_a_delay_is_temporary():
    (failed,) = report("4.4.1", "", action="delayed").bounce.recipients
    assert not failed.permanent


def test_the_original_recipient_is_the_one_we_wrote_to():
    (failed,) = report(
        "5.1.1", "no such user", final="alias@inner.example", more="Original-Recipient: rfc822;tala@example.org\n"
    ).bounce.recipients
    assert failed.address == "tala@example.org"


NOTICES = {
    "qmail": "Hi. This is the qmail-send program at example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<tala@example.org>:\nSorry, no mailbox here by that name.\n\n--- Below this line is a copy of the message.\n\nTo: other@example.org\n",
    "exim": "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  tala@example.org\n    550 Unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\nTo: other@example.org\n",
    "one line": "Invalid final delivery userid: tala@example.org\n\nOriginal message follows.\n\nTo: x@example.org\n",
    "exchange": "Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:tala@example.org]\n\tThe e-mail account does not exist.\n",
    "french": "Votre message n'a pas pu être remis à\ntala@example.org\nUtilisateur inconnu\n",
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES.keys())
def test_wild_notices_name_who_failed_and_not_whom_the_letter_went_to(notice):
    letter = read(
        f"From: Mail Delivery System <mailer-daemon@example.net>\nTo: mdg-bounces@lists.example.org\nSubject: Undeliverable\n\n{notice}"
    )
    assert [(r.address, r.permanent) for r in letter.bounce.recipients] == [("tala@example.org", True)]


@pytest.mark.parametrize(
    "raw",
    [
        "From: tala@example.org\nSubject: Fwd: Undelivered Mail Returned to Sender\n\nWhat does this mean?\n\n> could not be delivered to\n> <ana@example.org>: user unknown\n",
        "From: tala@example.org\nSubject: water\n\nThe tank could not be delivered to the village.\n",
        "From: tala@example.org\nSubject: Re: delivery failure of vaccines\n\nFailed recipients were few: ana@example.org knows.\n",
    ],
)
def test_a_person_who_speaks_of_failure_sends_no_bounce(raw):
    assert read(raw).bounce is None


def test_an_absence_from_a_daemon_is_no_bounce():
    letter = read(
        "From: postmaster@example.org\nSubject: Out of office: returned next week\n\nI could not be reached at tala@example.org.\n"
    )
    assert letter.bounce is None
    assert letter.kind == "auto-reply"


def test_a_feedback_report_names_who_complained():
    letter = read(
        "From: fbl@example.net\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nA complaint.\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <tala@example.org>\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--b--\n"
    )
    assert (letter.kind, letter.bounce, letter.complained_of) == ("feedback-report", None, ("tala@example.org",))


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ("From: a@example.org", None),
        ("Return-Path: <>\nFrom: a@example.org", "null-sender"),
        ("From: a@example.org\nAuto-Submitted: no", None),
        ("From: a@example.org\nAuto-Submitted: auto-replied (vacation)", "auto-submitted"),
        ("From: a@example.org\nPrecedence: bulk", "precedence"),
        ("From: a@example.org\nList-Id: <x.example.org>", "list"),
        ("From: a@example.org\nSubject: Automatic reply: water", "vacation"),
        ("From: a@example.org\nSubject: Abwesenheitsnotiz: Wasser", "vacation"),
        ("From: a@example.org\nSubject: 自动回复: 水", "vacation"),
        ("From: a@example.org\nX-Autoreply: yes", "vacation"),
        ("From: a@example.org\nX-Auto-Response-Suppress: All", "suppress"),
        ("From: mdg-owner@example.org", "role-sender"),
        ("From: noreply@example.org", "role-sender"),
    ],
)
def test_l1_machines_are_known_by_their_marks(headers, reason):
    assert read(f"{headers}\n\nx").machine == reason


def test_l2_marks_of_loops_are_read():
    letter = read(
        "Received: a\nReceived: b\nList-Id: Goals <MDG.lists.example.org>\nX-BeenThere: mdg@lists.example.org\nX-Talanoa-Loop: Abc\nFrom: a@example.org\n\nx"
    )
    assert (letter.received_count, letter.list_ids, letter.loop_marks) == (2, ("mdg.lists.example.org",), ("mdg@lists.example.org", "abc"))
