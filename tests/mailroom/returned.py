"""Delivery reports as post offices write them, and where they come to."""

from datetime import timedelta

from path import copies
from talanoa.mail import tokens
from talanoa.mail.actions import note_tried
from talanoa.mail.sending.outcomes import Outcome, Tried

ANA, BEN = "Ana <ana@people.example>", "Ben Okafor <ben@people.example>"
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
