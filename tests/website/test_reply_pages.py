"""Consolidated Replies on the pages: read, narrowed, fetched, followed, issued, followed up."""

import io
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import docx
import pypdf
import pytest
from django.utils import timezone

from browsers import browser
from path import letter, sent_bytes
from talanoa.conversations.actions import withdraw
from talanoa.mail.models import Delivery
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies.models import Edition, FollowUp

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def at():
    return timezone.now() - timedelta(days=1)


@pytest.fixture
def ready(cast, walk, at):
    """A reply that can be issued, in the public community."""
    query = Query.objects.create(
        community=cast.health, asker=cast.ben, asker_name="Ben Okafor", asked_subject="Water", asked_text="?", asked_at=at,
        title="Clean water & <schools>", text="Who has clean water?", types=["advice"],
    )  # fmt: skip
    queries.circulate(query, by=cast.ana, at=at, why="agreed by phone")
    text = "We boil it. Write to ben@people.example.\n\nSee https://water.example.org/boil?a=1&b=2 <script>alert(1)</script>"
    post = walk(letter("Ben Okafor <ben@people.example>", to="health@lists.example.org", subject="Re: Water", text=text, In_Reply_To=query.post.message_id), to="health@lists.example.org", at=at).post
    reply = replies.begin(query, by=cast.ana, at=at)
    source = f'<a href="/c/health/m/{post.key}">Ben Okafor</a>'
    for key, html in {
        "summary": f"<p>Boil it, says ben@people.example. {source}</p>",
        "experiences": f"<h3>Samoa</h3><h4>Apia: The tank</h4><p>They boil. {source}</p>",
        "tools": '<ul><li>A kettle <a href="#found">found</a></li></ul>',
    }.items():
        section = reply.sections.get(key=key)
        replies.save(section, html, based_on="", by=cast.ana, at=at)
    return reply


@pytest.fixture
def edition(cast, ready, at):
    return replies.issue(ready, expects=1, by=cast.ana, at=at)


def page(path, person=None, status=200):
    answer = browser(person).get(path)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_a_reply_as_a_page(cast, edition):
    shown = page("/c/health/replies/1", cast.ben)
    for said in (
        "Clean water &amp; &lt;schools&gt;", "Consolidated Reply 1", "compiled by Ana Tuimavave; additional research by Ana Tuimavave",
        "Samoa · Apia: The tank", "from Ben Okafor, Papua New Guinea", "found by the facilitator", 'href="#r1"', 'id="r1"',
        "Responses were received, with thanks, from", 'href="https://water.example.org/boil?a=1&amp;b=2"', "&lt;script&gt;", "Who has clean water?",
        "/c/health/replies/1/v1.pdf", f"/c/health/m/{edition.post.key}/answer",
    ):  # fmt: skip
        assert said in shown, said
    assert "<script>alert" not in shown


def test_the_query_leads_to_its_reply(cast, ready, at):
    assert "/c/health/replies/1" not in page("/c/health/queries/1")
    replies.issue(ready, expects=1, by=cast.ana, at=at)
    assert 'href="/c/health/replies/1">Read the Consolidated Reply' in page("/c/health/queries/1")


def test_strangers_read_what_is_public_without_mail_addresses_in_every_form(cast, edition):
    assert "ben@people" in page("/c/health/replies/1", cast.ben)
    for path in ("/c/health/replies/1", "/c/health/replies", "/c/health/replies.atom"):
        assert "ben@" not in page(path)
        assert "…@people.example" in page(path)
    pdf = browser().get("/c/health/replies/1/v1.pdf")
    assert "ben@" not in "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)
    word = browser().get("/c/health/replies/1/v1.docx")
    assert "ben@" not in docx.Document(io.BytesIO(word.content)).element.xml


def test_p5_files_are_to_keep_and_those_that_were_sent(cast, edition):
    answer = browser(cast.ben).get("/c/health/replies/1/v1.pdf")
    with edition.pdf.open("rb") as kept:
        assert answer.content == kept.read()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="consolidated-reply-1-v1.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_private_community_has_no_feed_for_anybody(cast, edition):
    tree = ET.fromstring(page("/c/health/replies.atom"))
    (entry,) = tree.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Clean water & <schools>"
    assert entry.findtext(f"{ATOM}id").endswith("/c/health/replies/1")
    assert 'type="application/atom+xml"' in page("/c/health/replies")
    for person in (None, cast.ben, cast.ana):
        page("/c/mdg/replies.atom", person, 404)
    assert "replies.atom" not in page("/c/mdg/replies", cast.ben)


def test_the_list_is_narrowed_without_a_script(cast, edition):
    for query in ("", "?theme=water", "?kind=advice", "?where=WS&year=" + str(edition.issued_at.year), "?theme=boil&where=PG"):
        assert 'href="/c/health/replies/1"' in page(f"/c/health/replies{query}"), query
    for query in ("?theme=roads", "?kind=examples", "?where=FR", "?year=1999", "?where=%00<"):
        shown = page(f"/c/health/replies{query}")
        assert 'href="/c/health/replies/1"' not in shown
        assert "No reply fits all of this." in shown
    assert '<option value="WS" selected>Samoa (1)</option>' in page("/c/health/replies?where=WS")
    assert "There is no Consolidated Reply yet" in page("/c/mdg/replies", cast.ben)


def test_versions_and_what_came_since(cast, edition, walk, at):
    query = edition.reply.query
    walk(letter("Ana Tuimavave <ana@people.example>", to="health@lists.example.org", subject="Re: Water", text="And filter it.", In_Reply_To=query.post.message_id), to="health@lists.example.org", at=at)
    assert "1 reply since" in page("/c/health/replies/1", cast.ben)
    replies.issue(edition.reply, expects=2, by=cast.ana, at=at + timedelta(hours=1))
    latest = page("/c/health/replies/1", cast.ben)
    assert "And filter it." in latest
    assert "reply since" not in latest
    older = page("/c/health/replies/1/v1", cast.ben)
    assert "This is version 1." in older
    assert "And filter it." not in older
    for path in ("/c/health/replies/1/v3", "/c/health/replies/2", "/c/health/replies/1/v9.pdf", "/c/other/replies/1", "/c/mdg/replies/1"):
        page(path, cast.ben, 404)


def test_a_response_withdrawn_after_the_issue_says_so_in_its_place(cast, edition, at):
    withdraw(edition.reply.query.conversation.posts.get(author=cast.ben, number=2), at=at)
    shown = page("/c/health/replies/1", cast.ben)
    assert "This response was withdrawn." in shown
    assert "We boil it." not in shown
    assert "withdrawn since" in shown


def test_a_facilitator_sees_the_mail_and_issues_with_one_click_and_not_with_two(cast, ready):
    ana = browser(cast.ana)
    path = f"/queries/{ready.query_id}/reply/issue"
    shown = ana.get(path).content.decode()
    assert "Consolidated Reply 1: Clean water &amp; &lt;schools&gt;" in shown
    for _ in range(2):
        assert ana.post(path, {"expects": "1"}).headers["Location"] == "/c/health/replies/1"
    assert Edition.objects.count() == 1
    assert "is on its way to the members" in ana.get("/c/health/replies/1").content.decode()
    for person in (cast.ben, cast.farid, None):
        assert browser(person).get(path).status_code == 404
        assert browser(person).post(path, {"expects": "2"}).status_code == 404
    assert Edition.objects.count() == 1


def test_what_is_missing_is_told_instead(cast, ready):
    section = ready.sections.get(key="tools")
    replies.save(section, "<ul><li>A kettle</li></ul>", based_on=section.html, by=cast.ana, at=timezone.now())
    ana = browser(cast.ana)
    answer = ana.post(f"/queries/{ready.query_id}/reply/issue", {"expects": "1"})
    assert answer.status_code == 422
    assert "has no source" in answer.content.decode()
    assert not Edition.objects.exists()


def link_in_the_letter(kind):
    replies.tend(at=timezone.now() + timedelta(days=7 if kind == "helped" else 90))
    sent = Delivery.objects.filter(address="ben@people.example").select_related("outgoing").order_by("-id")
    return next(found[0] for one in sent if (found := re.search(r"/follow-up/\w+", sent_bytes(one.outgoing).decode().replace("=\r\n", ""))))


def test_a3_a_scanner_that_follows_the_links_answers_nothing_and_a_second_click_does(cast, edition):
    link = link_in_the_letter("helped")
    for score in range(1, 6):
        assert f'value="{score}" checked' in page(f"{link}/{score}")
    assert not FollowUp.objects.exclude(answered_at=None).exists()
    stranger = browser()
    assert stranger.post(link, {}).status_code == 422
    answer = stranger.post(f"{link}/5", {"score": "4", "words": "Very much."})
    assert "Thank you" in answer.content.decode()
    found = FollowUp.objects.get(kind="helped")
    assert (found.score, found.words) == (4, "Very much.")
    assert stranger.post(link, {"score": "1"}).status_code == 404
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    page("/follow-up/made-up/3", status=404)
    page(f"{link}/6", status=404)


def test_a_story_is_shown_when_the_asker_ticks_the_box(cast, edition):
    link = link_in_the_letter("story")
    assert browser().post(link, {"words": " "}).status_code == 422
    browser().post(link, {"words": "We built ten tanks.", "shown": "yes"})
    shown = page("/c/health/replies/1")
    assert "What was done with it" in shown
    assert "We built ten tanks." in shown
