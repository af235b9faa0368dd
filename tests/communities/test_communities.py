"""Communities, memberships, roles, and who may know of what."""

from datetime import timedelta

import pytest

from cast import FOUNDED
from path import NOW
from talanoa.communities import actions, lookups, rules
from talanoa.communities.models import Community, Membership

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ["MDG", "a b", "-mdg", "mdg-", "", "m" * 61, "ünï"])
def test_a_short_name_is_plain(slug):
    with pytest.raises(actions.CannotFound):
        actions.found(slug, name="X", address="x@lists.example.org", at=NOW)


@pytest.mark.parametrize("local", ["postmaster", "mdg-owner", "mdg-bounces", "noreply", "mdg+tag"])
def test_addresses_with_another_meaning_are_refused(local):
    with pytest.raises(actions.CannotFound):
        actions.found("mdg", name="X", address=f"{local}@lists.example.org", at=NOW)


def test_two_communities_share_neither_name_nor_address(cast):
    with pytest.raises(actions.CannotFound, match="already"):
        actions.found("mdg", name="X", address="new@lists.example.org", at=NOW)
    with pytest.raises(actions.CannotFound, match="already"):
        actions.found("new", name="X", address="MDG@lists.example.org", at=NOW)


def test_who_joins_below_joins_above_and_who_leaves_above_leaves_below(cast):
    actions.join(cast.core, cast.olga, at=NOW)
    assert lookups.membership(cast.olga, cast.mdg)
    assert actions.leave(cast.mdg, cast.olga, at=NOW)
    assert lookups.membership(cast.olga, cast.core) is None
    assert Membership.objects.filter(person=cast.olga).count() == 2  # history stays


def test_joining_twice_makes_one_membership(cast):
    assert actions.join(cast.mdg, cast.ben, at=NOW) == cast.membership(cast.ben, cast.mdg)


def test_a_ban_outlasts_leaving(cast):
    actions.leave(cast.mdg, cast.bram, at=NOW)
    with pytest.raises(actions.CannotJoin):
        actions.join(cast.mdg, cast.bram, at=NOW + timedelta(days=1))


def test_roles_reach_down_and_end_with_the_membership(cast):
    assert lookups.standing(cast.sefa, cast.core).reads  # the secretariat reads everything below
    assert not lookups.standing(cast.sefa, cast.core).facilitates
    assert not lookups.standing(cast.farid, cast.mdg).meets
    actions.leave(cast.mdg, cast.ana, at=NOW)
    assert not lookups.standing(cast.ana, cast.core).facilitates


def test_a_scoped_role_is_no_role_in_the_community(cast):
    actions.appoint(cast.mdg, cast.ben, "facilitator", scope="discussion:12", at=NOW)
    assert not lookups.standing(cast.ben, cast.mdg).facilitates
    assert cast.mdg not in lookups.facilitated(cast.ben)


@pytest.mark.parametrize(
    ("who", "knows"),
    [
        (None, {"mdg", "health", "other"}),
        ("olga", {"mdg", "health", "other"}),
        ("ben", {"mdg", "health", "other"}),
        ("bram", {"mdg", "health", "other"}),
        ("farid", {"mdg", "health", "other"}),
        ("chandra", {"mdg", "health", "other", "core"}),
        ("sefa", {"mdg", "health", "other", "core"}),
        ("ana", {"mdg", "health", "other", "core"}),
    ],
)
def test_a_hidden_community_is_known_to_its_own_alone(cast, who, knows):
    """P1"""
    person = getattr(cast, who) if who else None
    assert set(lookups.visible(person).values_list("slug", flat=True)) == knows
    for community in Community.objects.all():
        assert lookups.standing(person, community).sees == (community.slug in knows)
    assert lookups.standings(person) == {place.pk: lookups.standing(person, place) for place in lookups.visible(person)}


def test_decisions_fall_to_the_facilitators_above_where_a_subgroup_has_none(cast):
    below = actions.found("below", name="Below", address="below@lists.example.org", at=NOW, parent=cast.mdg)
    assert list(lookups.facilitators(below)) == [cast.ana]


def test_a_pause_counts_in_the_members_own_days(cast):
    cast.ben.timezone = "Pacific/Auckland"
    cast.ben.save()
    member = cast.membership(cast.ben, cast.mdg)
    day = rules.local_day(NOW, "Pacific/Auckland")
    actions.suspend(member, since=day, until=day, at=NOW)
    addresses = {reader.address for reader in lookups.readers(cast.mdg, NOW)}
    assert "ben@people.example" not in addresses
    assert "ben@people.example" in {reader.address for reader in lookups.readers(cast.mdg, NOW + timedelta(days=1))}


def test_a_member_with_two_addresses_gets_one_copy(cast):
    from talanoa.people.actions import add_address

    add_address(cast.ben, "ben@work.example", at=FOUNDED)
    addresses = [reader.address for reader in lookups.readers(cast.mdg, NOW)]
    assert len(addresses) == len(set(addresses)) == 4
