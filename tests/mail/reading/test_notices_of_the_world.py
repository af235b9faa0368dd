"""Notices of failed delivery, as the mail systems of the world write them (`tests/corpus/notices.json`).

Promises: who failed is named, and nobody else; the dead are told from the
full, the blocked and the late; what is no bounce is none (L5).
"""

import json

import pytest

from talanoa.mail.reading import parsing

WHO = "tala@example.org"
RETURNED = (
    "\n\nReceived: from lists.example.net by mx.example.com; Thu, 6 Jun 2024 10:10:10 +0000\nFrom: ana@example.net\nTo: mdg@lists.example.net\n"
    "Subject: Water\nMessage-ID: <one@lists.example.net>\n\nWrite to lena@example.com about it.\n"
)


@pytest.fixture(scope="module")
def written(corpus):
    return json.loads((corpus / "notices.json").read_text(encoding="utf-8"))


def report(row):
    diagnosis = f"Diagnostic-Code: {row['diagnosis']}\n" if row["diagnosis"] else ""
    raw = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nTo: mdg-bounces@lists.example.net\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt did not work.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        f"Final-Recipient: rfc822; {WHO}\nAction: {row['action']}\nStatus: {row['status']}\n{diagnosis}\n--b\nContent-Type: message/rfc822\n{RETURNED}\n--b--\n"
    )
    return raw.replace("{who}", WHO)


def notice(row):
    raw = f"From: {row['from']}\nTo: mdg-bounces@lists.example.net\nSubject: {row['subject']}\n{row['more']}\n{row['words']}"
    return raw.replace("{who}", WHO).replace("{returned}", RETURNED)


def told(raw):
    """What a mail says failed: addresses and whether for good."""
    bounce = parsing.read(raw.encode()).bounce
    return [(failed.address, failed.permanent) for failed in bounce.recipients] if bounce else []


def test_a_report_tells_who_failed_and_whether_for_good(written):
    got = {name: told(report(row)) for name, row in written["reports"].items()}
    assert got == {name: [(WHO, not row["passes"])] for name, row in written["reports"].items()}


def test_a_notice_in_prose_tells_the_same(written):
    got = {name: told(notice(row)) for name, row in written["notices"].items()}
    assert got == {name: [(WHO, not row["passes"])] for name, row in written["notices"].items()}


def test_what_is_no_bounce_is_none(written):
    assert {name: got for name, row in written["others"].items() if (got := told(notice(row)))} == {}


def test_of_two_who_failed_both_are_named():
    words = "The following address(es) failed:\n\n  {who}\n    Unknown user\n  other@example.org\n    mailbox is full\n\n------ This is a copy of the message. ------{returned}"
    subject = "Mail delivery failed: returning message to sender"
    raw = notice({"from": "Mailer-Daemon@mx.example.com", "subject": subject, "words": words, "more": ""})
    assert told(raw) == [(WHO, True), ("other@example.org", False)]
