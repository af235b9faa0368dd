"""Every copy leaves once, or everybody can see why not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from post_office import drop, refuse, slow
from talanoa.mail import claims, tokens
from talanoa.mail.actions import withdraw
from talanoa.mail.models import Delivery
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.outcomes import next_try, pause

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(seconds=300)


def test_each_member_gets_one_copy_with_a_token_and_a_sender_of_its_own(post, postman, office, state):
    """O1, O3"""
    post("ana@a.example", "ben@b.example", members=[11, 12])
    assert postman.step(NOW) == 2
    assert sorted(office.addresses()) == ["ana@a.example", "ben@b.example"]
    copy = office.delivered_to("ben@b.example")[0]
    assert tokens.seal("leave", 12).encode() in copy.content
    assert b"\0" not in copy.content
    local, _, domain = copy.sender.partition("@")
    assert domain == "lists.example.org"
    assert tokens.unseal("bounce", local.removeprefix("mdg-bounces+")) == state("ben@b.example").pk
    row = state("ana@a.example")
    assert (row.state, row.answer, row.attempts, row.settled_at is not None) == ("sent", "250 2.0.0 ok", 1, True)
    assert postman.step(NOW + timedelta(days=1)) == 0


def test_a_notice_has_the_null_sender(post, postman, office):
    """L4"""
    post("ana@a.example", bounces_to="")
    postman.step(NOW)
    assert office.deliveries[0].sender == ""


def test_nothing_is_sent_for_a_request_that_was_rolled_back(post, postman, office):
    """O10"""
    with pytest.raises(RuntimeError), transaction.atomic():
        post("ana@a.example")
        raise RuntimeError
    assert postman.step(NOW) == 0
    assert office.tries["ana@a.example"] == 0


def test_lines_that_begin_with_dots_arrive_as_they_were_written(post, postman, office):
    text = ".\n..\n.hidden\n" * 3
    post("ana@a.example", text=text)
    postman.step(NOW)
    assert office.deliveries[0].content.partition(b"\r\n\r\n")[2] == text.replace("\n", "\r\n").encode()


SCRIPT = {
    "busy@a.example": ([refuse(450)], "waiting"),
    "gone@a.example": ([refuse(550)], "gave up"),
    "many@a.example": ([refuse(552)], "waiting"),  # "too many recipients" is for now
    "large@a.example": ([refuse(552, "dot")], "gave up"),
    "sender@a.example": ([refuse(451, "mail")], "waiting"),
    "data@a.example": ([refuse(451, "data")], "waiting"),
    "data5@a.example": ([refuse(554, "data")], "gave up"),
    "dot@a.example": ([refuse(451, "dot")], "waiting"),
    "closing@a.example": ([refuse(421)], "waiting"),
    "closing-dot@a.example": ([refuse(421, "dot")], "waiting"),
    "cut@a.example": ([drop("body")], "waiting"),
    "cut-rcpt@a.example": ([drop("rcpt")], "waiting"),
    "lost@a.example": ([drop("dot", kept=False)], "waiting"),
    "twice@a.example": ([drop("dot")], "waiting"),
    "slow@a.example": ([slow(0.3)], "sent"),
}


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refusal_changes_only_its_own_recipient(pipelining, post, postman, office, state):
    """O5, E6: 4xx and 552 to RCPT are tried again, 5xx never, and everybody else has exactly one copy."""
    office.pipelining = pipelining
    office.says = {address: answers for address, (answers, _) in SCRIPT.items()}
    others = [f"member{number}@b.example" for number in range(60)]
    mixed = [address for pair in zip(others, [*SCRIPT, *others], strict=False) for address in dict.fromkeys(pair)]
    post(*dict.fromkeys([*mixed, *SCRIPT, *others]))
    while postman.step(NOW):
        pass
    assert {address: state(address).state for address in SCRIPT} == {address: end for address, (_, end) in SCRIPT.items()}
    assert all(office.addresses().count(address) == 1 for address in others)
    for address, (_, end) in SCRIPT.items():
        if end == "waiting":
            row = state(address)
            assert row.attempts == 1, address
            assert row.answer, address
            assert FIVE_MINUTES <= row.due_at - NOW < FIVE_MINUTES + timedelta(seconds=30), address
    tried = dict(office.tries)
    assert postman.step(NOW + timedelta(seconds=290)) == 0  # nothing sooner than after 300 s
    postman.step(NOW + timedelta(seconds=400))
    for address, (_, end) in SCRIPT.items():
        assert state(address).state == ("sent" if end == "waiting" else end), address
        assert office.tries[address] == tried[address] + (end == "waiting"), address


def test_an_unknown_end_is_tried_again_with_the_same_message_id(post, postman, office, state):
    """O4: the post office hung up after the final dot, so nobody knows."""
    office.says = {"ana@a.example": [drop("dot")]}
    post("ana@a.example")
    postman.step(NOW)
    assert "may arrive twice" in state("ana@a.example").answer
    postman.step(NOW + timedelta(seconds=400))
    first, second = office.delivered_to("ana@a.example")
    assert first.message_id == second.message_id != ""


@pytest.mark.parametrize("where", ["mail", "rcpt", "data", "body", "dot"])
def test_extras_come_only_after_the_final_dot(where, post, postman, office, state):
    """O2, E5: wherever else the line breaks, the copy arrives once."""
    office.says = {f"a{n}@a.example": [drop(where)] for n in range(0, 40, 4)}
    post(*[f"a{n}@a.example" for n in range(40)])
    for minutes in (0, 6, 60):
        while postman.step(NOW + timedelta(minutes=minutes)):
            pass
    counts = [office.addresses().count(f"a{n}@a.example") for n in range(40)]
    assert min(counts) == 1
    assert sum(counts) == 40 + (10 if where == "dot" else 0)
    assert Delivery.objects.filter(state="sent").count() == 40


def test_the_pause_doubles_from_300_to_4000_seconds_and_ends_after_five_days():
    """O5"""
    assert [pause(n).total_seconds() for n in range(1, 7)] == [300, 600, 1200, 2400, 4000, 4000]
    assert next_try(3, made_at=NOW, at=NOW) == NOW + timedelta(seconds=1200)
    assert next_try(3, made_at=NOW, at=NOW + timedelta(days=5)) is None


def test_after_five_days_the_copy_is_given_up_with_the_last_answer(post, postman, office, state):
    """O1, O5: never silent."""
    office.default = refuse(450, text="4.2.2 mailbox full")
    post("ana@a.example")
    at = NOW
    for _ in range(200):
        postman.step(at)
        row = state("ana@a.example")
        if row.state != "waiting":
            break
        at = row.due_at
    assert (row.state, row.answer) == ("gave up", "450 4.2.2 mailbox full")
    assert timedelta(days=4.9) < at - NOW <= timedelta(days=5)


def test_when_the_post_office_is_down_nothing_is_an_attempt(post, postman, office, state):
    """E8"""
    post("ana@a.example")
    office.close()
    assert postman.step(NOW) == 0
    row = state("ana@a.example")
    assert (row.attempts, row.state, row.answer) == (0, "waiting", "")
    office.open()
    assert postman.step(NOW + timedelta(seconds=61)) == 1


def test_what_was_withdrawn_before_the_claim_is_not_sent(post, postman, office, state):
    """O7"""
    made = post("ana@a.example", "ben@a.example", "noa@a.example", members=[1, 2, 3])
    assert withdraw(member=2, at=NOW) == 1
    postman.step(NOW)
    assert sorted(office.addresses()) == ["ana@a.example", "noa@a.example"]
    assert state("ben@a.example").state == "withdrawn"
    assert withdraw(outgoing_ids=[made.pk], at=NOW) == 0


def test_what_is_withdrawn_after_the_claim_is_not_sent_either(post, postman, office):
    """O7: the heartbeat tells the worker; a copy that already went stays sent."""
    office.default = slow(0.15)
    postman.lease = timedelta(seconds=1)
    post(*[f"a{n}@a.example" for n in range(60)], members=list(range(60)))
    renew = postman._renew

    def and_then_they_leave():
        withdraw(member=None, outgoing_ids=[Delivery.objects.first().outgoing_id], at=NOW)
        renew()

    postman._renew = and_then_they_leave
    while postman.step(NOW):
        pass
    went = set(office.addresses())
    assert 0 < len(went) < 60
    assert went == set(Delivery.objects.filter(state="sent").values_list("address", flat=True))
    assert Delivery.objects.filter(state="withdrawn").count() == 60 - len(went)


def test_a_copy_whose_lease_is_in_doubt_is_not_sent(post, postman, office, state):
    """O3: the fence."""
    post("ana@a.example")
    postman.may_send = lambda copy: False
    postman.step(NOW)
    assert office.addresses() == []
    assert state("ana@a.example").state == "waiting"


def test_an_address_with_a_line_break_is_never_said_to_the_post_office(post, postman, office):
    """Injection of SMTP commands: the last gate."""
    post("ana@a.example", "x@a.example>\r\nRCPT TO:<evil@a.example", "no-address", "<a>@b.example", "ü@b.example")
    postman.step(NOW)
    assert sorted(office.addresses()) == ["ana@a.example", "ü@b.example"]
    assert not any("evil" in command for command in office.commands)
    assert Delivery.objects.filter(state="gave up", answer__contains="is not an address").count() == 3


def test_a_letter_that_cannot_be_made_is_set_aside_while_others_pass(post, postman, office, state, monkeypatch):
    """O11, O6"""
    from talanoa.mail.sending.stencil import Stencil

    make = Stencil.copy

    def copy(self, delivery, member):
        if member == 13:
            raise ValueError("poison")
        return make(self, delivery, member)

    monkeypatch.setattr(Stencil, "copy", copy)
    post(*[f"a{n}@a.example" for n in range(20)], members=list(range(20)))
    postman.step(NOW)
    assert len(office.addresses()) == 19
    assert state("a13@a.example").state == "gave up"
    assert "could not be made" in state("a13@a.example").answer


def test_a_personal_letter_goes_before_waiting_copies(post, postman, office):
    post(*[f"a{n}@a.example" for n in range(30)])
    post("newcomer@a.example", lane=0)
    postman.step(NOW)
    assert office.addresses().index("newcomer@a.example") == 0


def test_a_tarpit_holds_up_nobody_else(post, postman, office, monkeypatch):
    """O6, E7: one of five domains answers after a while; the others do not wait for it."""
    addresses = [f"a{n}@{'tar' if n % 5 == 0 else f'd{n % 5}'}.example" for n in range(100)]
    monkeypatch.setattr("talanoa.mail.sending.bag.SLOW", 0.2)
    office.says = {address: [slow(0.5)] for address in addresses if "@tar" in address}
    post(*addresses)
    while postman.step(NOW):
        pass
    began = min(one.at for one in office.deliveries)
    others = sorted(one.at - began for one in office.deliveries if "@tar" not in one.address)
    assert len(office.deliveries) == 100
    assert others[-1] < 1.5  # 20 slow ones take 10 s one after another


def test_twins_share_one_outbox_without_a_copy_too_many(post, postman, office):
    """O3, E14: each claims what the other does not hold."""
    post(*[f"a{n}@a.example" for n in range(120)])
    first = claims.claim(Delivery, limit=50, claim="the other", lease=timedelta(seconds=60), at=NOW)
    twin = Postman()
    assert twin.step(NOW) + postman.step(NOW) == 70
    twin.close()
    assert len(set(office.addresses())) == len(office.addresses()) == 70
    assert len(first) == 50


def test_at_the_end_what_was_not_sent_is_free_at_once(post, office, state, db):
    """O12: a worker that is asked to stop leaves nothing locked."""
    post("ana@a.example")
    postman = Postman()
    postman._clock, postman._given_clock = (NOW, 0.0), True
    postman.at = lambda: NOW
    assert postman._turn() == 1
    postman.close()
    assert state("ana@a.example").claim == ""
    assert claims.waiting(Delivery, at=NOW)
    assert list(postman.folder.glob("*.journal")) == []
