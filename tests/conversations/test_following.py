"""One conversation is followed apart from the usual delivery: closely, together, or not at all; nobody gets a message twice."""

import itertools
import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from path import NOW, letter, sent_bytes
from talanoa.communities import actions as communities
from talanoa.conversations import actions, lookups
from talanoa.conversations.models import Conversation, Following
from talanoa.mail.models import Delivery

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEN = "Ben Okafor <ben@people.example>"


@pytest.fixture
def pumps(cast, walk):
    """A labelled conversation that was begun before anybody chose anything."""
    actions.say(cast.mdg, "Pumps", "What breaks first?", person=cast.ana, label="D1", at=NOW)
    return Conversation.objects.get()


def mails(name, words=""):
    found = Delivery.objects.filter(address=f"{name}@people.example").exclude(state="withdrawn").select_related("outgoing").order_by("pk")
    return [raw for one in found if words in (raw := sent_bytes(one.outgoing).decode("utf-8", "replace"))]


def times(name, words):
    """How often somebody got these words."""
    return len(mails(name, words))


def told(walk, words, *, at, subject="Re: [mdg] D1 #1: Pumps"):
    return walk(letter(BEN, subject=subject, text=words), at=at).post


def test_the_label_and_the_number_stand_in_the_subject_and_an_answer_finds_its_place(cast, walk, pumps):
    post = told(walk, "The seals.", at=NOW)
    assert (post.conversation, post.number) == (pumps, 2)
    assert "Subject: [mdg] Re: D1 #2: Pumps\r\n" in mails("chandra")[-1]
    actions.relabel(pumps, "D1.2")
    assert told(walk, "The handles.", at=NOW, subject="AW: [mdg] Re: D1 #2: Pumps").conversation == pumps
    assert "Subject: [mdg] Re: D1.2 #3: Pumps\r\n" in mails("chandra")[-1]
    assert walk(letter(BEN, subject="Vitamin D3: doses")).post.conversation.subject == "Vitamin D3: doses"


@pytest.mark.parametrize("usual", ["each", "daily", "none"])
@pytest.mark.parametrize("how", ["each", "stage", "none"])
def test_what_is_chosen_for_one_conversation_leaves_the_others_as_they_are(cast, walk, pumps, usual, how):
    member = cast.membership(cast.chandra, cast.mdg)
    communities.choose_delivery(member, at=NOW, delivery=usual)
    actions.follow(pumps, member, how, at=NOW)
    told(walk, "Seals leak.", at=NOW)
    told(walk, "Nurses count.", at=NOW, subject="Nurses")
    assert times("chandra", "Seals leak.") == (how == "each")
    actions.tend(at=NOW + timedelta(days=1))
    assert times("chandra", "Nurses count.") == (usual != "none")
    assert times("chandra", "Seals leak.") == (how == "each")
    actions.gather(pumps, ["stage"], title="Pumps, phase 1", comment="Thank you all.", at=NOW + timedelta(days=2))
    actions.tend(at=NOW + timedelta(days=2))
    actions.tend(at=NOW + timedelta(days=2))
    assert times("chandra", "Seals leak.") == (how != "none")
    if how == "stage":
        digest = mails("chandra", "Seals leak.")[0]
        assert "Pumps, phase 1: 1 message" in digest
        assert "Thank you all." in digest
        # An answer to it finds the conversation.
        message_id = re.search(r"Message-ID: (<[^>]+>)", digest)[1]
        raw = letter("Chandra Gurung <chandra@people.example>", subject="Re: Pumps, phase 1", text="Here too.", In_Reply_To=message_id)
        assert walk(raw, at=NOW + timedelta(days=2)).post.conversation == pumps


def test_what_had_gathered_comes_at_once_when_somebody_chooses_otherwise(cast, walk, pumps):
    member = cast.membership(cast.chandra, cast.mdg)
    actions.follow(pumps, member, "stage", at=NOW)
    told(walk, "Seals leak.", at=NOW)
    actions.follow(pumps, member, "each", at=NOW + HOUR)
    actions.tend(at=NOW + HOUR)
    told(walk, "Handles break.", at=NOW + HOUR)
    assert [times("chandra", words) for words in ("Seals leak.", "Handles break.")] == [1, 1]
    assert lookups.following(member.pk, pumps.pk) == "each"
    actions.follow(pumps, member, "", at=NOW + HOUR)
    told(walk, "Rods rust.", at=NOW + HOUR)
    assert times("chandra", "Rods rust.") == 1


def test_o7_what_is_withdrawn_is_taken_from_a_digest_that_has_not_left_and_the_rest_arrives_once(cast, walk, pumps):
    actions.follow(pumps, cast.membership(cast.chandra, cast.mdg), "stage", at=NOW)
    told(walk, "Seals leak.", at=NOW)
    bad = told(walk, "Names of patients.", at=NOW)
    actions.gather(pumps, ["stage"], title="Pumps", comment="The moderator's word.", at=NOW + HOUR)
    actions.tend(at=NOW + HOUR)
    actions.withdraw(bad, at=NOW + HOUR)
    assert mails("chandra", "Names of patients.") == []
    actions.tend(at=NOW + HOUR * 2)
    assert times("chandra", "Seals leak.") == 1
    assert times("chandra", "The moderator's word.") == 1


def test_o7_what_had_left_already_is_not_sent_again(cast, walk, pumps):
    actions.follow(pumps, cast.membership(cast.chandra, cast.mdg), "stage", at=NOW)
    told(walk, "Seals leak.", at=NOW)
    bad = told(walk, "Names of patients.", at=NOW)
    actions.gather(pumps, ["stage"], title="Pumps", comment="", at=NOW + HOUR)
    actions.tend(at=NOW + HOUR)
    copy = Delivery.objects.filter(address="chandra@people.example").latest("pk")
    actions.withdraw(bad, at=NOW + HOUR)
    Delivery.objects.filter(pk=copy.pk).update(state=Delivery.State.SENT)  # it was on the wire
    actions.tend(at=NOW + HOUR * 2)
    assert times("chandra", "Seals leak.") == 1


def test_who_pauses_gets_it_afterwards_and_who_left_gets_nothing(cast, walk, pumps):
    chandra, noa = cast.membership(cast.chandra, cast.mdg), cast.membership(cast.noa, cast.mdg)
    for member in (chandra, noa):
        actions.follow(pumps, member, "stage", at=NOW)
    told(walk, "Seals leak.", at=NOW)
    communities.suspend(chandra, since=NOW.date(), until=NOW.date(), at=NOW)
    communities.leave(cast.mdg, cast.noa, at=NOW)
    actions.gather(pumps, ["stage"], title="Pumps", comment="", at=NOW)
    actions.tend(at=NOW)
    assert times("chandra", "Seals leak.") == 0
    actions.tend(at=NOW + timedelta(days=2))
    assert [times("chandra", "Seals leak."), times("noa", "Seals leak.")] == [1, 0]
    assert not Following.objects.filter(due_at__isnull=False).exists()


EXAMPLES = itertools.count(1)
STEPS = st.lists(
    st.sampled_from(["post", "post", "tend", "gather", "daily", "each", "follow each", "follow stage", "follow daily", "follow "]), min_size=3, max_size=14
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_e14_whatever_somebody_chooses_in_whatever_order_each_message_comes_exactly_once(cast, walk, pumps, steps):
    member = cast.membership(cast.chandra, cast.mdg)
    at, said = NOW + timedelta(days=30 * next(EXAMPLES)), []
    for number, step in enumerate([*steps, "follow ", "tend"]):
        at += timedelta(hours=7)
        match step.split(" "):
            case ["post"]:
                said.append(f"Message {number} of {at:%Y%m%d%H%M} begins.")
                told(walk, said[-1], at=at, subject="Re: [mdg] D1 #1: Pumps")
            case ["tend"]:
                actions.tend(at=at)
            case ["gather"]:
                actions.gather(pumps, ["stage", "daily"], title="Pumps", comment="", at=at)
            case ["follow", how]:
                actions.follow(pumps, member, how, at=at)
            case [usual]:
                communities.choose_delivery(member, at=at, delivery=usual)
    communities.choose_delivery(member, at=at, delivery="each")
    actions.tend(at=at + HOUR)
    assert {words: times("chandra", words) for words in said} == dict.fromkeys(said, 1)
