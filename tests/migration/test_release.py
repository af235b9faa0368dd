"""P7: what comes from an archive is seen by nobody before a person releases it; then by whoever may read the community."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from browsers import browser
from cast import address
from old_mail import TODAY, mbox, old
from path import NOW, letter
from talanoa.communities import actions as communities
from talanoa.communities.lookups import standing
from talanoa.conversations import lookups
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import content
from talanoa.migration import actions
from talanoa.migration.links import old_paths
from talanoa.people import actions as people
from talanoa.search.lookups import find

pytestmark = pytest.mark.django_db
PROVEN = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
LINKS = {"Archived_At": "<https://old.example/archives/list/wells@old.example/message/ABC/>", "X_Groupsio_MsgNum": "17", "List_Id": "<wells.groups.io>"}
PATHS = ["/archives/list/wells@old.example/message/ABC/", "/archives/list/wells@old.example/message/ABC", "/g/wells.groups.io/message/17", "/g/wells/message/17"]


@pytest.fixture
def hidden(bring, cast):
    bring(mbox(old(1, "Zqsecret", sender="Ben <ben@people.example>", text="Zqwords", **LINKS), old(2, "Re: Zqsecret", text="Zqmore", In_Reply_To=1)))
    return Post.objects.get(message_id="<1@old.example>")


def everything(visitor, post) -> str:
    """All that the pages of a community tell."""
    paths = ["", "/conversations", f"/conversations/{post.conversation_id}", f"/m/{post.key}", f"/m/{post.key}/answer", "/members", "/settings"]
    told = [visitor.get(f"/c/{post.community.slug}{path}") for path in paths] + [visitor.get("/"), visitor.get("/desk"), visitor.get("/log")]
    return "".join(f"{answer.headers} {answer.content.decode()}" for answer in told)


def test_p7_nobody_sees_it_on_a_page_in_a_search_in_a_count_or_in_a_digest(hidden, cast, walk, catch_up):
    catch_up()
    for person in (None, *cast.people()):
        # Whole words: the two letters alone also come about in the random tokens of forms.
        assert re.findall("Zq(?:secret|words|more)", everything(browser(person) if person else browser(), hidden)) == []
        here = standing(person, cast.mdg)
        assert list(lookups.posts(here)) == lookups.conversations(here, most=1) == []
        assert find("Zqwords", person=person).found == []
        assert lookups.extent(here) == (0, 0, 0)
        assert lookups.attachments(here, [hidden.pk]) == {}
    assert lookups.posts_by(cast.ben.pk, cast.mdg.pk, at_most=9) == 0
    assert lookups.circulated_since(cast.mdg.pk, TODAY - timedelta(days=10_000)) == 0
    assert lookups.circulated(cast.mdg.pk, [(0, hidden.pk + 9)], texts_up_to=9) == []
    assert not Delivery.objects.exists()
    # An answer of today joins the old conversation, and brings nothing else of it to light.
    walk(letter(address("ben"), subject="Re: Wells", In_Reply_To="<1@old.example>", **PROVEN), at=NOW)
    assert "Zqwords" not in everything(browser(cast.chandra), hidden)
    assert lookups.extent(standing(cast.chandra, cast.mdg)).posts == 1


def test_when_it_is_released_whoever_may_read_sees_it_and_nobody_is_mailed(hidden, cast, catch_up):
    assert actions.release(cast.mdg) == 2
    assert actions.release(cast.mdg) == 0
    for person, sees in ((cast.chandra, True), (cast.ana, True), (cast.sefa, True), (cast.olga, False), (cast.xenia, False), (cast.farid, False)):
        assert ("Zqwords" in everything(browser(person), hidden)) is sees, person
    here = standing(cast.chandra, cast.mdg)
    assert [post.number for post in lookups.posts(here).order_by("number")] == [1, 2]
    catch_up()
    assert [one.shown.path for one in find("Zqwords", person=cast.chandra).found] == [f"/c/mdg/m/{hidden.key}"]
    assert not Delivery.objects.exists()


def test_what_is_unreleased_cannot_be_shown_by_mistake(hidden):
    """The database keeps the promise."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=hidden.pk).update(withdrawn_at=None)


def test_a_message_that_was_withdrawn_is_not_brought_to_light_by_a_release(hidden, cast, bring):
    from talanoa.conversations.actions import withdraw

    actions.release(cast.mdg)
    hidden.refresh_from_db()
    withdraw(hidden, at=NOW, by=cast.ana)
    bring(mbox(old(3)), name="more")
    assert actions.release(cast.mdg) == 1
    assert "Zqwords" not in everything(browser(cast.ana), hidden)


def test_who_joins_before_the_release_is_the_author_of_what_they_wrote(bring, cast):
    bring(mbox(old(1), old(2, sender="Olga <olga@people.example>")))
    mele = people.introduce("Mele@old.example", at=TODAY, name="Mele Faka")
    communities.join(cast.mdg, mele, at=TODAY)
    actions.release(cast.mdg)
    assert list(Post.objects.order_by("entry__pk").values_list("author", "author_name")) == [(mele.pk, "Mele"), (None, "Olga")]


def test_who_joins_later_and_proves_the_address_is_the_author_from_then_on(bring, cast):
    """A1: by a ticket to the very address; not in a community where they are not."""
    mails = mbox(old(1), old(2, sender="Olga <olga@people.example>"))
    bring(mails)
    bring(mails, into=cast.other, name="elsewhere")
    actions.release(cast.mdg)
    mele = people.introduce("Mele@old.example", at=TODAY, name="Mele Faka")
    communities.join(cast.mdg, mele, at=TODAY)
    assert not Post.objects.filter(author=mele).exists()
    browser(mele)
    assert [post.community for post in Post.objects.filter(author=mele)] == [cast.mdg]
    assert actions.claim(mele) == 0


@pytest.mark.parametrize("path", PATHS[:3])
def test_old_links_lead_whoever_may_read_to_the_message_and_nobody_else(path, hidden, cast):
    """P2: for others there is no such page, to the byte."""
    if path == PATHS[2]:
        path = PATHS[3]
    nothing = browser(cast.chandra).get("/c/mdg/m/nothing")
    assert browser(cast.chandra).get(path).status_code == 404
    actions.release(cast.mdg)
    answer = browser(cast.chandra).get(path)
    assert (answer.status_code, answer["Location"]) == (301, f"/c/mdg/m/{hidden.key}")
    for person in (None, cast.olga, cast.xenia, cast.farid):
        visitor = browser(person) if person else browser()
        told = visitor.get(path)
        assert (told.status_code, told.content) == (404, visitor.get("/c/mdg/m/nothing").content)
    assert nothing.status_code == 404
    assert browser(cast.chandra).post(path).status_code == 404


def test_a_link_that_two_communities_have_leads_to_the_one_that_is_read(bring, cast):
    for community in (cast.mdg, cast.other):
        bring(mbox(old(1, **LINKS)), into=community, name=community.slug)
        actions.release(community)
    assert browser(cast.farid).get(PATHS[0])["Location"].startswith("/c/other/m/")
    assert browser(cast.ben).get(PATHS[0])["Location"].startswith("/c/mdg/m/")


FORMER = {
    "HyperKitty": ({"List-Archive": "<https://old.example/hyperkitty/list/wells@old.example/>"}, ["/hyperkitty/list/wells@old.example/message/KEY"]),
    "Pipermail": ({"Archived-At": "http://old.example/pipermail/wells/2006-January/000123.html"}, ["/pipermail/wells/2006-January/000123.html"]),
    "Yahoo": ({"List-Id": "<wells.yahoogroups.com>", "X-Yahoo-Newman-Id": "123-m7"}, ["/group/wells/message/7", "/neo/groups/wells/conversations/messages/7"]),
    "Yahoo, before 2006": ({"Mailing-List": "list wells@yahoogroups.com; contact wells-owner@yahoogroups.com", "X-Yahoo-Message-Num": "7"}, ["/group/wells/message/7", "/neo/groups/wells/conversations/messages/7"]),
    "a number of no list": ({"X-Yahoo-Message-Num": "7"}, []),
}  # fmt: skip


@pytest.mark.parametrize("headers, paths", FORMER.values(), ids=FORMER)
def test_a_message_tells_where_it_stood_before(headers, paths):
    letter = content(old(1, **{name.replace("-", "_"): value for name, value in headers.items()}))
    assert list(old_paths(letter, "KEY")) == paths
