"""A message goes out to Ben, and comes back."""

import pytest
from returned import ANA, DAY, GONE, back, dsn, leave_the_house

from path import NOW, letter
from talanoa.mail.models import Delivery
from talanoa.people.models import Address


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
