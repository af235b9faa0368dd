"""Where a Consolidated Reply is made, in a browser without a script: every act is a form."""

import pytest

from path import NOW, letter
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies.models import Reply

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def query(cast, walk):
    asked = Query.objects.create(community=cast.mdg, asker=cast.sefa, asked_subject="x", asked_text="x", asked_at=NOW, title=f"Births {EVIL}", text="How?")
    queries.circulate(asked, by=cast.ana, at=NOW, why="by phone")
    raw = letter(f'"{cast.ben.name}" <ben@people.example>', subject="Re: Births", text=f"We train nurses.\n\nThey count. {EVIL}", In_Reply_To=asked.post.message_id)
    walk(raw)
    return asked


@pytest.fixture
def page(query):
    return f"/queries/{query.pk}/reply"


@pytest.fixture
def ana(browse, cast, page):
    browser = browse(cast.ana)
    browser.post(f"{page}/begin")
    return browser


def section(key):
    return Reply.objects.get().sections.get(key=key)


def answer_to(query):
    return query.conversation.posts.get(author__name="Ben Okafor")


def text(answer):
    return answer.content.decode()


def test_begun_with_a_button_and_not_by_looking(browse, cast, page):
    browser = browse(cast.ana)
    assert "Begin" in text(browser.get(page))
    assert not Reply.objects.exists()
    assert browser.post(f"{page}/begin").headers["Location"] == page
    told = text(browser.get(page))
    assert "The summary is empty." in told
    assert "We train nurses." in told


def test_begun_with_a_first_draft_which_leaves_alone_what_was_written(browse, cast, page):
    browser = browse(cast.ana)
    assert "every sentence leads to its response" in text(browser.post(f"{page}/draft", follow=True))
    assert "We train nurses." in section("summary").html
    before = section("summary").html
    assert "There was nothing to draft" in text(browser.post(f"{page}/draft", follow=True))
    assert section("summary").html == before


def test_before_it_is_circulated_there_is_nothing_to_begin(browse, cast):
    asked = Query.objects.create(community=cast.mdg, asked_subject="x", asked_text="x", asked_at=NOW, title="x", text="x")
    browser = browse(cast.ana)
    assert "once the query is circulated" in text(browser.post(f"/queries/{asked.pk}/reply/begin", follow=True))
    assert not Reply.objects.exists()


def test_saved_taken_and_shown_without_a_script(ana, page, query):
    post = answer_to(query)
    told = text(ana.post(f"{page}/sections/summary", {"html": "<p>Nurses count.</p>", "based_on": ""}, follow=True))
    assert "Saved." in told
    assert "“Nurses count.” has no source." in told
    told = text(ana.post(f"{page}/take", {"section": "experiences", "post": post.key, "selection": "We train\r\nnurses"}, follow=True))
    assert "Taken into “Comparative experiences”, with its source." in told
    assert section("experiences").html == f'<h3>Papua New Guinea</h3><p>We train nurses <a href="/c/mdg/m/{post.key}">Ben Okafor</a></p>'
    assert "Every response is represented." in told


def test_the_script_gets_what_it_must_show(ana, page, query):
    ask = {"headers": {"Accept": "application/json"}}
    told = ana.post(f"{page}/sections/summary", {"html": "<p>Nurses</p>", "based_on": ""}, **ask).json()
    assert (told["html"], told["told"]) == (None, "")
    assert "has no source" in told["missing"]
    told = ana.post(f"{page}/sections/summary", {"html": "<p>They</p>", "based_on": ""}, **ask).json()
    assert told["html"] == "<p>Nurses</p><p>They</p>"
    told = ana.post(f"{page}/take", {"section": "tools", "post": answer_to(query).key, "selection": "They count."}, **ask).json()
    assert told["covered"] == [answer_to(query).key]
    assert ana.post(f"{page}/take", {"section": "tools", "post": answer_to(query).key, "selection": "Not said"}, **ask).status_code == 422
    assert ana.post(f"{page}/sections/summary", {"html": "x" * 400_001, "based_on": ""}, **ask).status_code == 422


def test_a_text_that_is_too_long_comes_back_with_the_reason(ana, page):
    answer = ana.post(f"{page}/sections/summary", {"html": "word " * 90_000, "based_on": ""})
    assert answer.status_code == 422
    assert "divide it" in text(answer)
    assert "word word word" in text(answer)


def test_versions_tell_who_changed_what_and_lead_back(ana, browse, cast, page):
    first, second = "<p>Nurses count births.</p>", "<p>Nurses count all births.</p>"
    replies.save(section("summary"), first, based_on="", by=cast.ana, at=NOW)  # a sitting long ago
    ana.post(f"{page}/sections/summary", {"html": second, "based_on": first})
    told = text(ana.get(f"{page}/sections/summary/versions"))
    assert "<ins>all</ins>" in told
    assert "Ana Tuimavave" in told
    number = section("summary").revisions.order_by("number").first().number
    ana.post(f"{page}/sections/summary/versions", {"number": number})
    assert section("summary").html == first
    assert ana.post(f"{page}/sections/summary/versions", {"number": "99"}).status_code == 404


def test_s3_nothing_that_anybody_typed_runs(ana, page, query, cast):
    cast.ana.name = f"Ana {EVIL}"
    cast.ana.save()
    for key in ("summary", "experiences", "tools"):
        ana.post(f"{page}/sections/{key}", {"html": f"<p onmouseover='alert(3)'>{EVIL}[[{EVIL}]]</p>&lt;script&gt;", "based_on": EVIL})
    ana.post(f"{page}/take", {"section": "contacts", "post": answer_to(query).key})
    ana.post(f"{page}/sections/tools", {"html": "<p>x</p>", "based_on": "<p>y</p>"})
    for where in (page, f"{page}/sections/summary/versions", f"{page}/sections/tools/versions"):
        told = text(ana.get(where))
        assert "<script>alert" not in told
        assert "<img src=x" not in told
        assert "<p onmouseover" not in told
    assert not any("<script" in one.html or "<img" in one.html for one in Reply.objects.get().sections.all())


@pytest.mark.parametrize("who", [None, "ben", "noa", "sefa", "farid", "olga", "opal"])
def test_p2_for_everybody_else_there_is_no_such_page(ana, browse, cast, page, query, who):
    other = browse(getattr(cast, who) if who else None)
    assert {
        other.get(page).status_code,
        other.get(f"{page}/sections/summary/versions").status_code,
        other.post(f"{page}/begin").status_code,
        other.post(f"{page}/draft").status_code,
        other.post(f"{page}/sections/summary", {"html": "<p>mine</p>", "based_on": ""}).status_code,
        other.post(f"{page}/take", {"section": "summary", "post": answer_to(query).key}).status_code,
        other.post(f"{page}/sections/summary/versions", {"number": "1"}).status_code,
    } == {404}
    assert section("summary").html == ""
