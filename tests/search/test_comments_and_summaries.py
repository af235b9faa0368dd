"""Comments of consultations and summaries of discussions are found by whoever may read them, and leave no trace for others (P1, P2)."""

from datetime import timedelta

import pytest

from path import NOW
from talanoa.communities import actions as communities
from talanoa.consultations import actions
from talanoa.consultations.comments import Said
from talanoa.consultations.models import Comment
from talanoa.conversations import actions as conversations
from talanoa.discussions.models import Discussion, Edition, Summary
from talanoa.discussions.summaries import publication
from talanoa.search import feeding, lookups

pytestmark = pytest.mark.django_db
DRAFT = b"# Water\n\nHouseholds pay a monthly fee."
PEOPLE = ("ben", "chandra", "noa", "ana", "sefa", "opal", "olga", "xenia", "farid")


def consulted(cast, visibility):
    of = actions.prepare(cast.mdg, title="Water", text="Help.", visibility=visibility, data=DRAFT, name="w.md", by=cast.ana, at=NOW)
    actions.add_author(of, cast.chandra, by=cast.ana)
    actions.open_(of, closes_at=NOW + timedelta(days=20), by=cast.ana, at=NOW)
    actions.comment(of, [Said(("2",), "Marigold fees are unbearable.", "a yearly marigold")], by=cast.ben, at=NOW)
    return of


def finders(cast, words):
    """Who finds it, with nothing told to the others: no count, no facet, no other word."""
    found = set()
    for name in PEOPLE:
        results = lookups.find(words, person=getattr(cast, name))
        if results.found:
            found.add(name)
        else:
            assert (results.total(), results.instead, results.facets()["kind"]) == (0, "", []), name
    assert lookups.find(words, person=None).total() == 0
    return found


@pytest.mark.parametrize(("visibility", "while_open", "after"), [
    ("open", {"ben", "chandra", "noa", "ana", "sefa"}, {"ben", "chandra", "noa", "ana", "sefa"}),
    ("after", {"ben", "chandra", "ana"}, {"ben", "chandra", "noa", "ana", "sefa"}),
    ("authors", {"ben", "chandra", "ana"}, {"ben", "chandra", "ana"}),
])  # fmt: skip
def test_a_comment_is_found_by_whom_its_consultation_shows_it_to(cast, catch_up, visibility, while_open, after):
    of = consulted(cast, visibility)
    catch_up()
    assert finders(cast, "marigold") == while_open
    found = lookups.find("kind:comment marigold", person=cast.ana).found
    assert [(one.shown.title, one.shown.path, one.shown.author) for one in found] == [("Water", "/c/mdg/consultations/1/comments/1", "Ben Okafor")]
    actions.close(of, by=cast.ana, at=NOW)
    catch_up(NOW + timedelta(minutes=1))
    assert finders(cast, "marigold") == after
    assert all(one.level for one in feeding.verify())


def test_an_answer_is_found_and_a_stale_index_shows_nothing_more(cast, catch_up):
    of = consulted(cast, "authors")
    actions.answer(list(Comment.objects.all()), state="declined", words="Hibiscus is not in our power.", by=cast.ana, at=NOW)
    catch_up()
    assert finders(cast, "hibiscus") == {"ben", "chandra", "ana"}
    actions.remove_author(of, cast.chandra, by=cast.ana)
    communities.leave(cast.mdg, cast.ben, at=NOW)
    assert lookups.find("hibiscus", person=cast.chandra).found == []
    assert lookups.find("hibiscus", person=cast.ben).found == []
    catch_up(NOW + timedelta(minutes=1))
    assert finders(cast, "hibiscus") == {"ana"}


def test_summaries_of_discussions_are_found_without_what_was_withdrawn(cast, catch_up):
    of = Discussion.objects.create(community=cast.mdg, title="Pumps", number=1, proposed_at=NOW, stage="summarised")
    masthead = {"language": "en", "title": "Pumps", "theme": "", "number": 1, "version": 1}
    sections = [("points", "<ul><li>Chrysanthemum committees keep pumps alive.</li></ul>")]
    made = publication.make(masthead, sections=sections, contributions=[], base="")
    Edition.objects.create(summary=Summary.objects.create(discussion=of, begun_at=NOW), number=1, document=made, issued_at=NOW)
    catch_up()
    assert finders(cast, "chrysanthemum") == {"ben", "chandra", "noa", "ana", "sefa"}
    (one,) = lookups.find("kind:summary chrysanthemum", person=cast.noa).found
    assert (one.shown.kind, one.shown.path) == ("summary", "/c/mdg/discussions/1")
    post = conversations.say(cast.mdg, "Pumps", "Later.", person=cast.ana, at=NOW)
    Edition.objects.update(post=post)
    conversations.withdraw(post, by=cast.ana, because="names", at=NOW)
    assert lookups.find("kind:summary chrysanthemum", person=cast.noa).found == []
    catch_up(NOW + timedelta(minutes=1))
    assert finders(cast, "chrysanthemum") == set()
    assert all(one.level for one in feeding.verify())
