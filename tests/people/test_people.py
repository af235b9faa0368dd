"""Persons, their addresses, and signing in."""

from datetime import timedelta

import pytest

from cast import address
from path import NOW, copies, sent_bytes
from talanoa.mail.reading.parsing import Authenticity
from talanoa.people import actions, lookups
from talanoa.people.models import Address, Person, Session, Ticket

pytestmark = pytest.mark.django_db


def test_an_address_belongs_to_one_person_however_it_is_written(cast):
    """A9"""
    assert actions.introduce("BEN@People.Example", at=NOW) == cast.ben
    assert lookups.by_address("Ben@people.example") == cast.ben
    with pytest.raises(actions.AddressTaken):
        actions.add_address(cast.ana, "ben@PEOPLE.example", at=NOW)


def test_what_is_no_address_is_refused_with_a_sentence(db):
    with pytest.raises(actions.NotAnAddress) as refusal:
        actions.introduce("nobody at all", at=NOW)
    assert "nobody at all" in str(refusal.value)
    assert Person.objects.count() == 0


def test_a_link_goes_to_the_stored_address_and_signs_in_once(cast):
    """A2, A9"""
    actions.mail_sign_in_link("BEN@people.example", source="192.0.2.1", at=NOW)
    (letter,) = copies()
    assert letter.address == address("ben")
    token = sent_bytes(letter.outgoing).decode().split("/sign-in/")[1].split()[0]
    person, cookie = actions.sign_in(token, agent="Browser", at=NOW)
    assert person == cast.ben
    assert lookups.signed_in(cookie, NOW).person == cast.ben
    with pytest.raises(actions.TicketRefused):
        actions.sign_in(token, agent="Browser", at=NOW)


def test_tokens_are_kept_as_hashes_alone(cast):
    """A2"""
    link = actions.make_sign_in_link(Address.objects.get(canonical=address("ben")), source="", at=NOW)
    _, cookie = actions.sign_in(link, agent="", at=NOW)
    assert len(link) >= 32  # 160 bits
    assert link not in str(Ticket.objects.values_list())
    assert cookie not in str(Session.objects.values_list())


def test_an_old_link_signs_nobody_in(cast):
    """A2"""
    link = actions.make_sign_in_link(Address.objects.get(canonical=address("ben")), source="", at=NOW)
    with pytest.raises(actions.TicketRefused):
        actions.sign_in(link, agent="", at=NOW + timedelta(minutes=16))


def test_nobody_can_be_flooded_with_links(cast):
    """A8"""
    for minute in range(10):
        actions.mail_sign_in_link(address("ben"), source=f"192.0.2.{minute}", at=NOW + timedelta(minutes=minute))
    assert len(copies()) == 3
    for name in ("ana", "chandra", "noa", "sefa", "xenia", "farid", "olga", "opal"):
        for _ in range(3):
            actions.mail_sign_in_link(address(name), source="198.51.100.7", at=NOW)
    assert len(copies()) == 3 + 20


def test_unknown_addresses_get_nothing_and_are_told_nothing(cast):
    """A7"""
    assert actions.mail_sign_in_link("stranger@elsewhere.example", source="", at=NOW) is None
    assert actions.mail_sign_in_link("no address", source="", at=NOW) is None
    assert copies() == []


def test_sessions_end_when_their_person_says_so(cast):
    """A6"""
    ben = Address.objects.get(canonical=address("ben"))
    cookies = [actions.sign_in(actions.make_sign_in_link(ben, source="", at=NOW), agent="", at=NOW)[1] for _ in range(3)]
    first = lookups.signed_in(cookies[0], NOW)
    assert not actions.sign_out(cast.ana, first.pk, at=NOW)  # not hers
    assert actions.sign_out(cast.ben, first.pk, at=NOW)
    assert lookups.signed_in(cookies[0], NOW) is None
    assert actions.sign_out_everywhere(cast.ben, at=NOW) == 2


def test_a_session_that_nobody_uses_ends(cast):
    ben = Address.objects.get(canonical=address("ben"))
    _, cookie = actions.sign_in(actions.make_sign_in_link(ben, source="", at=NOW), agent="", at=NOW)
    assert lookups.signed_in(cookie, NOW + timedelta(days=59))
    assert lookups.signed_in(cookie, NOW + timedelta(days=61)) is None
    actions.tend(at=NOW + timedelta(days=200))
    assert not Session.objects.exists()
    assert not Ticket.objects.exists()


def test_from_is_a_claim_and_our_edge_the_evidence(cast, walk):
    """A1"""
    from path import letter

    plain = walk.read(letter(address("ben")))
    assert plain.authenticity == Authenticity()
    claimed = lookups.recognise(plain, written_by=None)
    assert (claimed.person, claimed.proven, claimed.disproven) == (cast.ben, False, False)
    for results, proven, disproven in [
        ("mx.lists.example.org; dkim=pass header.d=people.example", True, False),
        ("mx.lists.example.org; dmarc=pass header.from=people.example", True, False),
        ("mx.lists.example.org; dmarc=fail header.from=people.example", False, True),
        ("mx.forger.example; dkim=pass header.d=people.example", False, False),
        ("mx.lists.example.org; dkim=pass header.d=elsewhere.example", False, False),
    ]:
        who = lookups.recognise(walk.read(letter(address("ben"), Authentication_Results=results)), written_by=None)
        assert (who.proven, who.disproven) == (proven, disproven), results


def test_consent_is_kept_with_its_date_and_wording(cast):
    given = actions.consent(cast.ben, wording="I want the mail of MDG Pacific.", source="joined on the web", at=NOW)
    assert (given.given_at, given.withdrawn_at) == (NOW, None)
