"""A consultation by the web alone: prepared, commented beside the passage, answered in the matrix, concluded, taken along."""

import io
import zipfile
from datetime import timedelta

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from browsers import browser
from consultations.test_by_mail_alone import DRAFT, NEXT
from path import NOW
from talanoa.consultations import actions, lookups
from talanoa.consultations.models import Comment, Consultation
from talanoa.documents.reading import read_here

pytestmark = pytest.mark.django_db
HERE = "/c/mdg/consultations"


def upload(data=DRAFT, name="draft.md"):
    return SimpleUploadedFile(name, data)


def test_from_the_draft_to_the_proceedings_by_the_web_alone(cast):
    ana, ben, chandra = browser(cast.ana), browser(cast.ben), browser(cast.chandra)
    made = ana.post(f"{HERE}/prepare", {"title": "Water policy", "text": "Help us.", "visibility": "open", "file": upload()})
    of = Consultation.objects.get()
    work = f"/consultations/{of.pk}"
    assert (made.status_code, made["Location"]) == (302, work)
    assert "[3] Households pay" in ana.get(work).content.decode()
    closes = (NOW + timedelta(days=400)).date().isoformat()
    assert ana.post(work, {"act": "open", "closes": closes}).status_code == 302

    page = ben.get(f"{HERE}/1?on=3").content.decode()
    assert 'id="p3"' in page
    assert "Your comment on passage 3" in page
    assert ben.post(f"{HERE}/1", {"labels": "3", "text": "", "proposed": ""}).status_code == 422
    sent = ben.post(f"{HERE}/1", {"labels": "3", "text": "too high", "proposed": "one dollar", "in_the_name_of": "Users' union"})
    assert sent["Location"].endswith("#p3")
    (one,) = Comment.objects.all()
    assert (one.labels, one.proposed, one.submission.in_the_name_of) == (["3"], "one dollar", "Users' union")
    assert chandra.post(f"{HERE}/1/comments/1", {"act": "support"}).status_code == 302
    assert chandra.post(f"{HERE}/1/comments/1", {"act": "answer", "text": "I see it otherwise"}).status_code == 302
    shown = chandra.get(f"{HERE}/1/comments/1").content.decode()
    assert "Supported by Chandra" in shown
    assert "I see it otherwise" in shown

    ana.post(work, {"act": "close"})
    assert ben.post(f"{HERE}/1/matrix", {"comment": "1", "act": "answer", "state": "accepted"}).status_code == 404
    refused = ana.post(f"{HERE}/1/matrix", {"comment": "1", "act": "answer", "state": "declined", "answer": ""})
    assert "Say why" in refused.content.decode()
    ana.post(f"{HERE}/1/matrix", {"comment": "1", "act": "answer", "state": "accepted", "answer": "One dollar."})
    assert ana.post(work, {"act": "tell"}).status_code == 302
    assert ben.post(f"{HERE}/1/comments/1", {"act": "react", "reaction": "agrees"}).status_code == 302

    ana.post(work, {"act": "upload", "file": upload(NEXT), "note": "fees"})
    assert ana.post(work, {"act": "renew"}).status_code == 302
    life = ben.get(f"{HERE}/1/life").content.decode()
    assert "<del>two dollars,</del> <ins>one dollar,</ins>" in life
    assert "its passage has changed" in ben.get(f"{HERE}/1/matrix").content.decode()
    assert "agreed with 1" in ana.get(work).content.decode()
    assert ana.post(work, {"act": "conclude", "summary": "Done."}).status_code == 302
    proceedings = read_here(ben.get(f"{HERE}/1/proceedings.docx").content).text
    assert "too high" in proceedings
    assert "One dollar." in proceedings


@pytest.fixture
def of(cast):
    made = actions.prepare(cast.mdg, title="Water policy", text="Help us.", visibility="authors", data=DRAFT, name="draft.md", by=cast.ana, at=NOW)
    actions.open_(made, closes_at=NOW + timedelta(days=400), by=cast.ana, at=NOW)
    return made


def test_what_can_be_taken_along(cast, of):
    ben = browser(cast.ben)
    assert ben.get(f"{HERE}/1/drafts/1.received").content == DRAFT
    numbered = read_here(ben.get(f"{HERE}/1/drafts/1.docx").content)
    assert any(block.text.startswith("[3] Households") for block in numbered.blocks)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(ben.get(f"{HERE}/1/drafts/1.pdf").content)).pages)
    assert "[3] Households" in text


def test_the_matrix_in_the_columns_of_the_field(cast, of):
    browser(cast.ben).post(f"{HERE}/1", {"labels": "3", "text": "=HYPERLINK(1)"})
    ana = browser(cast.ana)
    head, row = [block.cells for block in read_here(ana.get(f"{HERE}/1/matrix.xlsx").content).blocks if block.kind == "row"]
    assert head[:6] == ("No.", "Commenter", "Organisation", "Passage", "Comment", "Proposed change")
    assert (row[0], row[3], row[4]) == ("1", "3", "=HYPERLINK(1)")
    word = ana.get(f"{HERE}/1/matrix.docx").content
    assert zipfile.ZipFile(io.BytesIO(word)).testzip() is None
    assert [block.cells[4] for block in read_here(word).blocks if block.kind == "row"] == ["Comment", "=HYPERLINK(1)"]


def test_a_file_handed_in_on_the_pages(cast, of):
    import docx

    version = lookups.newest(of)
    from talanoa.consultations import papers

    draft = docx.Document(io.BytesIO(papers.numbered_docx(of, version, lookups.passages(version))))
    draft.add_comment(next(one for one in draft.paragraphs if one.text.startswith("[5]")).runs, text="Every year.", author="Ben")
    kept = io.BytesIO()
    draft.save(kept)
    ben = browser(cast.ben)
    assert ben.post(f"{HERE}/1", {"file": upload(kept.getvalue(), "back.docx")}).status_code == 302
    assert Comment.objects.get().labels == ["5"]
    assert ben.post(f"{HERE}/1", {"file": upload(DRAFT, "back.md")}).status_code == 422
    refused = ben.post(f"{HERE}/1", {"file": upload(b"PK\x03\x04torn", "back.docx")})
    assert "damaged" in refused.content.decode()


def test_what_only_the_authors_may_read_shows_nobody_else_even_its_number(cast, of):
    """P1."""
    browser(cast.ben).post(f"{HERE}/1", {"labels": "3", "text": "zqsecret"})
    chandra = browser(cast.chandra)
    page = chandra.get(f"{HERE}/1").content.decode()
    assert "zqsecret" not in page
    assert "1 comment" not in page
    assert chandra.get(f"{HERE}/1/comments/1").status_code == 404
    assert chandra.get(f"{HERE}/1/matrix.xlsx").status_code == 404
    assert "zqsecret" in browser(cast.ben).get(f"{HERE}/1?on=3").content.decode()


def test_comments_that_say_the_same_are_found_together(cast, of):
    for person in (cast.ben, cast.chandra):
        text = "The monthly fee of two dollars is far too high for poor families."
        browser(person).post(f"{HERE}/1", {"labels": "3", "text": text + (" Lower it." if person == cast.ben else "")})
    browser(cast.noa).post(f"{HERE}/1", {"labels": "3", "text": "Who audits the committee's books?"})
    rows = lookups.matrix(cast.ana, of).rows
    assert [row.alike for row in rows] == [1, 1, 0]
    assert [row.comment.number for row in lookups.matrix(cast.ana, of, group=1).rows] == [1, 2]
    ana = browser(cast.ana)
    ana.post(f"{HERE}/1/matrix", {"comment": ["1", "2"], "act": "answer", "state": "modified", "answer": "One dollar."})
    assert set(Comment.objects.filter(answer="One dollar.").values_list("number", flat=True)) == {1, 2}
