"""Two persons who are one are proposed; somebody confirms; everything of both is kept, and it can be told."""

from datetime import timedelta

import pytest
from django.apps import apps

from browsers import browser
from cast import address
from path import NOW, Path, letter
from talanoa.commandline import main
from talanoa.communities import actions as communities
from talanoa.communities.lookups import membership, standing
from talanoa.communities.models import Application, Membership, Role
from talanoa.conversations.models import Post
from talanoa.moving import actions, lookups
from talanoa.people import actions as people
from talanoa.people.actions import CannotMerge
from talanoa.people.lookups import by_address, numbered, own_addresses, pointing_at_persons
from talanoa.people.models import Merging
from talanoa.people.rules import Known, alike
from world import build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (("Mele Tupou", "m@a.example"), ("Tupou, Mele", "x@b.example"), "name"),
        (("Dr José Ñandú", "m@a.example"), ("jose nandu", "x@b.example"), "name"),
        (("王小明", "m@a.example"), ("王小明", "x@b.example"), "name"),
        (("Mele Tupou", "mele.tupou@a.example"), ("Mele Tupou", "tupou_mele@b.example"), "name and mailbox"),
        (("", "mele.tupou@a.example"), ("Mele Tupou", "x@b.example"), "mailbox"),
        (("Mele", "meletupou@a.example"), ("Mele T.", "meletupou+list@b.example"), "mailbox"),
        (("Mele Tupou", "mele.tupou@a.example"), ("Sione Lee", "mele.tupou@b.example"), None),
        (("Mele", "m@a.example"), ("Mele", "x@b.example"), None),
        (("", "info@a.example"), ("", "info@b.example"), None),
        (("", "press.office@a.example"), ("", "press.office@b.example"), None),
        (("Mele Tupou", "m@a.example"), ("Mele Taufa", "x@b.example"), None),
        (("", "mele@a.example"), ("", "mele@b.example"), None),
    ],
)
def test_who_may_be_one(one, other, reason):
    found = alike([Known(1, one[0], (one[1],)), Known(2, other[0], (other[1],))])
    assert [(likeness.one, likeness.other, likeness.reason) for likeness in found] == ([(1, 2, reason)] if reason else [])


def test_a_name_that_many_have_proposes_nobody():
    assert alike(Known(number, "Mohammed Ali", (f"{number}@a.example",)) for number in range(40)) == []


def twin(cast, *, of="Ben Okafor", at=NOW):
    """Ben once more, by another address."""
    made = people.introduce("ben.okafor@home.example", at=at, name=of, biography="Counts at home.")
    communities.join(cast.mdg, made, at=at)
    return made


def rows():
    return {model._meta.label: model.objects.count() for model in apps.get_models() if model is not Merging}


def test_addresses_posts_and_memberships_go_over_and_no_row_is_lost(cast):
    other = twin(cast)
    Path()(letter("ben.okafor@home.example", subject="From home", Message_ID="<home@people.example>"))
    build(cast)
    communities.join(cast.other, other, at=NOW)
    session = browser(other)
    before = rows()
    posts = Post.objects.filter(author__in=[cast.ben, other]).count()
    done = actions.merge(cast.ben, other, by=None, at=NOW)
    assert rows() == before
    assert own_addresses(cast.ben) == [address("ben"), "ben.okafor@home.example"]
    assert Post.objects.filter(author=cast.ben).count() == posts
    assert Post.objects.get(message_id="<home@people.example>").author == cast.ben
    assert by_address("ben.okafor@home.example") == cast.ben == numbered(other.pk)
    assert membership(cast.ben, cast.other)
    assert not Membership.objects.filter(person=other).exists()
    assert Membership.objects.filter(person=cast.ben, community=cast.mdg).count() == 2  # one has ended, as history
    cast.ben.refresh_from_db()
    assert (cast.ben.name, cast.ben.biography) == ("Ben Okafor", "Counts what counts.\n\nLikes registers.")
    assert (done.name, done.addresses, done.moved["conversations.post"]) == ("Ben Okafor", ["ben.okafor@home.example"], 1)
    assert session.get("/me").status_code == 302  # whoever was signed in there signs in again
    left = [(model, field) for model, field in pointing_at_persons() if model.objects.filter(**{field: other}).exists()]
    assert left == []


def test_what_one_may_have_once_stays_behind_and_the_stricter_counts(cast):
    other = twin(cast)
    communities.appoint(cast.mdg, cast.ben, "core", at=NOW)
    for role in ("core", "secretariat"):
        communities.appoint(cast.mdg, other, role, at=NOW)
    for one in (cast.ben, other):
        Application.objects.create(community=cast.other, person=one, asked_at=NOW)
    communities.moderate_member(membership(other, cast.mdg), always=True)
    actions.merge(cast.ben, other, by=cast.ana, at=NOW)
    assert standing(cast.ben, cast.mdg).roles == {"core", "secretariat"}
    assert Role.objects.filter(person=cast.ben, name="core").count() == 2
    assert cast.membership(cast.ben, cast.mdg).moderated
    assert Application.objects.filter(person=cast.ben, decision="").count() == 1
    assert Application.objects.count() == 2


def test_a_ban_outlives_a_merging(cast):
    other = twin(cast, of="Bram Vos")
    actions.merge(other, cast.bram, by=cast.ana, at=NOW)
    assert not standing(other, cast.mdg).member


def test_nobody_is_let_into_a_community_by_a_facilitator_of_another(cast):
    """A facilitator who could merge a person of their own with somebody would sign in as that somebody elsewhere."""
    mallory = people.introduce("mallory@home.example", at=NOW, name="Ana Tuimavave")
    communities.join(cast.other, mallory, at=NOW)
    communities.join(cast.other, cast.ana, at=NOW)
    for kept, other in ((cast.ana, mallory), (mallory, cast.ana)):
        with pytest.raises(CannotMerge, match="do not facilitate"):
            actions.merge(kept, other, by=cast.farid, at=NOW)
    with pytest.raises(CannotMerge, match="runs the site"):
        actions.merge(cast.olga, cast.opal, by=cast.farid, at=NOW)
    with pytest.raises(CannotMerge, match="one person already"):
        actions.merge(cast.olga, cast.olga, by=None, at=NOW)
    assert not Merging.objects.exists()


def test_three_become_one_and_a_number_of_old_finds_them(cast):
    second = twin(cast)
    third = people.introduce("okafor@third.example", at=NOW, name="Ben O.")
    actions.merge(second, third, by=None, at=NOW)
    actions.merge(cast.ben, second, by=None, at=NOW)
    assert numbered(third.pk) == numbered(second.pk) == cast.ben
    assert len(own_addresses(cast.ben)) == 3
    with pytest.raises(CannotMerge):
        actions.merge(cast.ana, second, by=None, at=NOW)


def test_who_is_told_apart_is_not_proposed_again(cast, capsys):
    other = twin(cast)
    assert [(one.one, one.other, one.reason) for one in lookups.alike(cast.mdg)] == [(cast.ben, other, "name")]
    assert main(["members", "alike", "mdg"]) == 0
    assert "Ben Okafor <ben@people.example>  =?  Ben Okafor <ben.okafor@home.example>" in capsys.readouterr().out
    assert main(["members", "apart", "ben@people.example", "ben.okafor@home.example"]) == 0
    people.tell_apart(other, cast.ben, by=cast.ana, at=NOW + timedelta(hours=1))
    assert lookups.alike(cast.mdg) == []
    assert main(["members", "merge", "ben@people.example", "ben.okafor@home.example"]) == 0
    assert "has ben.okafor@home.example now" in capsys.readouterr().out
    assert main(["members", "merge", "ben@people.example", "nobody@home.example"]) == 1
    assert "Nobody here has the address nobody@home.example" in capsys.readouterr().err
