"""A complaint that a provider forwards ends the membership, as the link in the copy does."""

import pytest
from returned import back

from path import NOW
from talanoa.mail import tokens

pytestmark = pytest.mark.django_db

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
