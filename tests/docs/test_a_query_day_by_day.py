"""The letters in the handbook's page about queries are those that the software writes, word for word."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from test_a_day_by_mail import latest_to

from cast import address
from path import NOW, letter
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies.actions import save

PAGE = Path(__file__).parents[2] / "docs/handbook/a-query-day-by-day.md"
DESK = "mdg-query@lists.example.org"
ASKED = "Hello Ana,\n\nHow do others count births at home? Our nurses write them down and nobody reads it.\n\nBen"
TEXT = """In our outer islands one birth in three is at home. Ben Okafor would like to know:

1. Who writes a birth at home down, and where?
2. How does it reach the register, and how long does that take?"""


@pytest.mark.django_db
def test_the_letters_of_the_page_are_those_that_go_out(cast, walk):
    ben, ana = address("ben"), address("ana")
    walk(letter(f"Ben Okafor <{ben}>", to=DESK, subject="Counting births at home", text=ASKED), to=DESK)
    query = Query.objects.get()
    _, asked = latest_to(ana)
    queries.word(query, title="Births at home: who counts them?", text=TEXT, types=["experiences"], by=cast.ana, at=NOW)
    ticket, wording = latest_to(ben)
    walk(letter(f"Ben Okafor <{ben}>", to=ticket, subject="Re: Do you agree?", text="agree"), to=ticket)
    query.refresh_from_db()
    post = queries.circulate(query, by=cast.ana, at=NOW)
    circular = re.sub(r"http://[\w.:]+/", "https://lists.example.org/", f"Subject: [mdg] {post.subject}\n\n{post.fresh_text.strip()}")
    queries.tend(at=NOW + timedelta(hours=25))
    _, silence = latest_to(ana)
    personal = queries.approach_words(query, cast.chandra, cast.ana).strip()
    text = "In Ilam the volunteers carry a list of the women who expect a child, and ask for each."
    said = walk(letter(f"Chandra Gurung <{address('chandra')}>", subject="Re: Births", text=text, In_Reply_To=post.message_id)).post
    queries.tend(at=NOW + timedelta(days=10, minutes=1))
    _, closed = latest_to(ana)
    query.refresh_from_db()
    summary = replies.begin(query, by=cast.ana, at=NOW).sections.get(key="summary")
    save(summary, f'<p>A list of those who are expected leaves nobody out (<a href="/c/mdg/m/{said.key}">Chandra</a>).</p>', based_on="", by=cast.ana, at=NOW)
    replies.issue(summary.reply, expects=1, by=cast.ana, at=NOW + timedelta(days=13))
    replies.tend(at=NOW + timedelta(days=20, minutes=1))
    _, helped = latest_to(ben)
    shown = [block.strip() for block in re.findall(r"(?ms)^```text\n(.*?)^```", PAGE.read_text(encoding="utf-8"))]
    found = [asked, wording, circular, personal, silence, closed, re.sub(r"/follow-up/[a-z2-7]+", "/follow-up/k7mwq2…", helped)]
    # Tests that came before may have used the number, which is not given twice.
    assert shown == [re.sub(rf"/queries/{query.pk}\b", "/queries/1", one) for one in found]
