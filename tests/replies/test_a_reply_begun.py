"""A Consolidated Reply is begun once, edited by several, and nothing of it is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from path import NOW
from talanoa.communities import actions as communities
from talanoa.publishing.markup import blocks
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies import lookups
from talanoa.replies.models import Section
from talanoa.replies.rules import SECTIONS

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
ONE, TWO = "<p>Members agree.</p>", "<p>Members agree.</p><p>They differ on stipends.</p>"


def versions(section):
    return [(one.revision.html, one.revision.by.name.split()[0]) for one in reversed(lookups.versions(section))]


@pytest.fixture
def farid(cast):
    """A second facilitator."""
    communities.appoint(cast.mdg, cast.farid, "facilitator", at=NOW)
    return cast.farid


def test_begun_twice_it_is_one_reply_with_each_section_once(cast, query):
    assert replies.begin(query, by=cast.ana, at=NOW) == replies.begin(query, by=cast.ana, at=NOW)
    assert list(Section.objects.values_list("key", flat=True).order_by("pk")) == list(SECTIONS)


def test_what_is_not_circulated_has_no_reply_yet(cast):
    asked = Query.objects.create(community=cast.mdg, asked_subject="x", asked_text="x", asked_at=NOW, title="x", text="x")
    with pytest.raises(replies.NotNow):
        replies.begin(asked, by=cast.ana, at=NOW)


@pytest.mark.parametrize("name", ["ben", "farid", "sefa", "opal"])
def test_p2_nobody_but_a_facilitator_of_the_community_writes_in_it(cast, query, reply, responses, section, name):
    other = getattr(cast, name)
    replies.save(section("summary"), ONE, based_on="", by=cast.ana, at=NOW)
    revision = section("summary").revisions.get()
    for verb in (
        lambda: replies.begin(query, by=other, at=NOW),
        lambda: replies.save(section("summary"), TWO, based_on=ONE, by=other, at=NOW),
        lambda: replies.take(section("summary"), responses["ben"], by=other, at=NOW),
        lambda: replies.restore(section("summary"), revision, by=other, at=NOW),
    ):
        with pytest.raises(replies.NotYours):
            verb()
    assert lookups.workplace(other, query.pk) is None
    assert lookups.workplace(cast.ana, query.pk) == (query, reply)
    assert section("summary").html == ONE


def test_what_one_person_saves_in_one_sitting_is_one_version(cast, reply, section, farid):
    saved = [("<p>Mem</p>", "", cast.ana, 0), (ONE, "<p>Mem</p>", cast.ana, 1), (TWO, ONE, cast.ana, 4)]
    for html, base, by, minutes in saved:
        replies.save(section("summary"), html, based_on=base, by=by, at=NOW + timedelta(minutes=minutes))
    assert versions(section("summary")) == [(TWO, "Ana")]
    replies.save(section("summary"), TWO + ONE, based_on=TWO, by=cast.ana, at=NOW + timedelta(minutes=6))
    replies.save(section("summary"), ONE, based_on=TWO + ONE, by=farid, at=NOW + timedelta(minutes=6))
    assert versions(section("summary")) == [(TWO, "Ana"), (TWO + ONE, "Ana"), (ONE, "Farid")]


def test_a_page_emptied_by_mistake_is_found_again(cast, reply, section):
    replies.save(section("summary"), TWO, based_on="", by=cast.ana, at=NOW)
    replies.save(section("summary"), "", based_on=TWO, by=cast.ana, at=LATER)
    before = section("summary").revisions.order_by("number").first()
    replies.restore(section("summary"), before, by=cast.ana, at=LATER)
    assert section("summary").html == TWO
    assert [html for html, _ in versions(section("summary"))] == [TWO, "", TWO]


def test_a_version_of_another_section_is_not_restored(cast, reply, section):
    replies.save(section("tools"), TWO, based_on="", by=cast.ana, at=NOW)
    with pytest.raises(replies.Wanting):
        replies.restore(section("summary"), section("tools").revisions.get(), by=cast.ana, at=NOW)


def test_two_who_change_different_paragraphs_both_have_their_way(cast, reply, section, farid):
    replies.save(section("summary"), TWO, based_on="", by=cast.ana, at=NOW)
    replies.save(section("summary"), TWO.replace("Members", "Most members"), based_on=TWO, by=cast.ana, at=LATER)
    told = replies.save(section("summary"), TWO + "<p>More.</p>", based_on=TWO, by=farid, at=LATER).told
    assert section("summary").html == "<p>Most members agree.</p><p>They differ on stipends.</p><p>More.</p>"
    assert told == "Ana Tuimavave changed this section, too. Both changes are in it."


def test_two_who_change_the_same_paragraph_both_stand_and_it_cannot_be_issued_so(cast, reply, section, farid):
    replies.save(section("summary"), ONE, based_on="", by=cast.ana, at=NOW)
    replies.save(section("summary"), "<p>Most members agree.</p>", based_on=ONE, by=cast.ana, at=LATER)
    told = replies.save(section("summary"), "<p>All members agree.</p>", based_on=ONE, by=farid, at=LATER).told
    html = section("summary").html
    assert html.startswith("<p>Most members agree.</p><p>All members agree. [[Ana Tuimavave changed the part above")
    assert "yours is marked" in told
    assert any("unresolved" in one.sentence for one in lookups.missing(reply))


@pytest.mark.django_db(transaction=True)
def test_eight_savings_at_the_same_moment_are_all_kept(cast, query):
    summary = replies.begin(query, by=cast.ana, at=NOW).sections.get(key="summary")

    def write(number):
        try:
            replies.save(summary, f"<p>Paragraph {number} of eight.</p>", based_on="", by=cast.ana, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    summary.refresh_from_db()
    assert sorted(block.text for block in blocks(summary.html)) == [f"Paragraph {number} of eight." for number in range(8)]
    assert summary.revision == 8


def test_a_saving_that_is_repeated_because_no_answer_came_changes_nothing_twice(cast, reply, section):
    replies.save(section("summary"), ONE, based_on="", by=cast.ana, at=NOW)
    assert replies.save(section("summary"), ONE, based_on="", by=cast.ana, at=NOW).told == ""
    replies.save(section("summary"), TWO, based_on="", by=cast.ana, at=LATER)
    assert section("summary").html == TWO


def test_who_only_looked_gets_what_the_other_wrote(cast, reply, section, farid):
    replies.save(section("summary"), ONE, based_on="", by=cast.ana, at=NOW)
    assert replies.save(section("summary"), "", based_on="", by=farid, at=NOW).section.html == ONE


def test_a_section_of_a_book_is_refused_with_a_sentence(cast, reply, section):
    with pytest.raises(replies.Wanting, match="too long"):
        replies.save(section("summary"), "<p>word</p>" * 40_000, based_on="", by=cast.ana, at=NOW)


def test_a_selection_keeps_its_source(cast, reply, responses, section):
    replies.take(section("summary"), responses["ben"], "They count\n140 births", by=cast.ana, at=NOW)
    key = responses["ben"].key
    assert section("summary").html == f'<p>They count 140 births <a href="/c/mdg/m/{key}">Ben Okafor</a></p>'
    assert {post.author.name: there for post, there in lookups.coverage(reply)} == {"Ben Okafor": True, "Chandra Gurung": False, "Noa Faleolo": False}
    assert lookups.missing(reply) == []


def test_a_whole_response_goes_in_paragraph_by_paragraph(cast, reply, responses, section):
    replies.take(section("experiences"), responses["chandra"], by=cast.ana, at=NOW)
    replies.take(section("experiences"), responses["ben"], by=cast.ana, at=NOW)
    replies.take(section("experiences"), responses["chandra"], "we ask the midwives", by=cast.ana, at=NOW)
    html = section("experiences").html
    source = '<a href="/c/mdg/m/{}">{}</a>'
    chandra, ben = (source.format(responses[name].key, getattr(cast, name).name) for name in ("chandra", "ben"))
    link = '<a href="https://stats.example.org/report">https://stats.example.org/report</a>'
    assert html == (
        f"<h3>Nepal</h3><p>In Nepal we ask the midwives. See {link}. {chandra}</p><p>we ask the midwives {chandra}</p>"
        f"<h3>Papua New Guinea</h3><p>We train village nurses for six months. {ben}</p><p>They count 140 births a year. {ben}</p>"
    )


def test_resources_are_entries_of_a_list(cast, reply, responses, section):
    for words in ("https://stats.example.org/report", "we ask the midwives"):
        replies.take(section("documentation"), responses["chandra"], words, by=cast.ana, at=NOW)
    assert section("documentation").html.count("<li>") == 2
    assert section("documentation").html.count("<ul>") == 1


def test_what_nobody_said_is_not_taken_and_no_message_but_a_response(cast, reply, query, responses, section):
    with pytest.raises(replies.Wanting, match="do not stand"):
        replies.take(section("summary"), responses["ben"], "Nurses are paid twice", by=cast.ana, at=NOW)
    queries.mark(query, responses["noa"], kind="aside", by=cast.ana, at=NOW)
    for post in (query.post, responses["noa"]):
        with pytest.raises(replies.Wanting, match="no response"):
            replies.take(section("summary"), post, by=cast.ana, at=NOW)
    assert section("summary").html == ""
