"""E21, L3: two lists that are members of one another, two vacation responders and an hour of answers that die out."""

import email
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest

from cast import address
from path import NOW, copies, letter
from talanoa.communities import actions as communities
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery, Received
from talanoa.mail.sending.stencil import Stencil
from talanoa.moderation import actions as moderation
from talanoa.moderation.models import Held
from talanoa.people import actions as people

pytestmark = pytest.mark.django_db
LISTS = ("mdg@lists.example.org", "health@lists.example.org")
AWAY = {"polite@people.example": {"Auto-Submitted": "auto-replied"}, "rude@people.example": {}}


@pytest.fixture
def tangle(cast):
    """Each list is a member of the other; both responders are members of both; so are the addresses of the facilitators."""
    for place in (cast.mdg, cast.health):
        for member in (*LISTS, *AWAY, "mdg-owner@lists.example.org"):
            if member != place.address:
                communities.join(place, people.introduce(member, at=NOW, name=member.split("@")[0]), at=NOW)
    return cast


def delivered() -> list[tuple[str, str, bytes, bool]]:
    """Hand over what waits: envelope sender, recipient, bytes, and whether the house itself wrote it."""
    those = copies()
    made = []
    for one in those:
        letter_of = one.outgoing
        stencil = Stencil(head=bytes(letter_of.head), body=bytes(letter_of.body), bounces_to=letter_of.bounces_to, signing=[])
        raw = stencil.copy(one.pk, one.member).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        made.append((stencil.sender(one.pk), one.address, raw, one.lane == Delivery.Lane.PERSONAL))
    Delivery.objects.filter(pk__in=[one.pk for one in those]).update(state=Delivery.State.SENT)
    return made


def vacation(whose: str, got: bytes) -> EmailMessage:
    """What a responder answers, to whoever the mail says it is from; the rude one marks nothing and keeps no count."""
    mail = email.message_from_bytes(got, policy=policy.default)
    made = EmailMessage()
    made["From"], made["To"] = whose, mail["Reply-To"] or mail["From"]
    made["Subject"] = f"Out of office: {mail['Subject']}"
    made["Message-ID"] = f"<{hash((whose, got))}@people.example>"
    made["In-Reply-To"] = mail["Message-ID"]
    for name, value in AWAY[whose].items():
        made[name] = value
    made.set_content("I am out of office until Monday.")
    return made


def test_l3_lists_responders_and_owners_come_to_rest(tangle, walk):
    originals = 3
    for number in range(originals):
        walk(letter(address("ben"), subject=f"Original {number}", text=f"Question {number}."))
    generated, rounds, latest = 0, [], NOW
    for minute in range(0, 60, 5):  # the post offices bring everything within five minutes
        latest = NOW + timedelta(minutes=minute)
        rounds.append(delivered())
        for sender, to, raw, ours in rounds[-1]:
            generated += ours
            if to.endswith("@lists.example.org"):
                walk(raw, to=to, sender=sender or "", at=latest)
            elif to in AWAY:
                answer = vacation(to, raw)
                back = email.utils.parseaddr(str(answer["To"]))[1]
                walk(answer.as_bytes(policy=policy.SMTP), to=back, sender="" if AWAY[to] else to, at=latest)
        # The most credulous facilitator there is: whatever waits goes out.
        for held in Held.objects.filter(decision=""):
            moderation.approve(held, by=tangle.ana, at=latest)
        walk.sort(latest)
    assert {to for one in rounds for _, to, _, _ in one} >= {*LISTS, *AWAY}  # they did talk
    for community in (tangle.mdg, tangle.health):
        subjects = list(Post.objects.filter(community=community).values_list("subject", flat=True))
        assert sorted(subject[-10:] for subject in subjects) == [f"Original {number}" for number in range(originals)]
    assert generated <= 2 * originals
    assert rounds[-4:] == [[], [], [], []]
    assert Received.objects.filter(state__in=["waiting", "set aside"]).count() == 0


def test_l2_a_hundred_responders_bring_about_no_mail(cast, walk):
    """E21: with and without Auto-Submitted, after one message to all of them."""
    walk(letter(address("ben"), subject="Original", text="Question."))
    (original, *_), before = delivered(), Received.objects.count()
    for number in range(100):
        who = ("polite", "rude")[number % 2] + "@people.example"
        answer = vacation(who, original[2])
        answer.replace_header("From", f"away{number}@people.example")
        answer.replace_header("Message-ID", f"<away{number}@people.example>")
        walk(answer.as_bytes(policy=policy.SMTP), sender=f"away{number}@people.example")
    assert Received.objects.count() == before + 100
    assert delivered() == []
    assert Post.objects.count() == 1
    assert Held.objects.count() == 0
