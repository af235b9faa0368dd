"""An e-discussion from its proposal to its final summary; nobody opens a mail."""

import io
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from test_discussion_pages import PLAN, text

from browsers import browser
from path import Path
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion
from talanoa.mail.models import Received

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


class Hours:
    """The clock on the wall, and the worker, which does what is due."""

    def __init__(self, monkeypatch):
        self.now = MONDAY - 4 * DAY
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)
        self.walk = Path()

    def until(self, moment):
        self.now = moment
        self.walk.sort(moment)
        clocks.tend(at=moment)


def test_from_the_proposal_to_the_final_summary_by_the_web_alone(cast, monkeypatch):
    hours = Hours(monkeypatch)
    ana, ben, noa, chandra = (browser(person) for person in (cast.ana, cast.ben, cast.noa, cast.chandra))
    assert ben.post("/c/mdg/discussions/propose", {"subject": "Pumps that last", "moderator": "Chandra Gurung", **PLAN}).status_code == 302
    hours.until(hours.now + timedelta(minutes=1))
    of = Discussion.objects.get()
    lead = f"/discussions/{of.pk}"
    assert "A discussion is proposed" in text(ana.get("/desk"))
    assert ana.post(lead, {"act": "approve"}).status_code == 302
    assert chandra.post(lead, {"act": "opening", "phase": 1, "words": "Tell us what broke."}).status_code == 302

    hours.until(MONDAY)
    page = text(noa.get("/c/mdg/discussions/1"))
    assert "Phase 1: What fails first" in page
    assert noa.post("/c/mdg/discussions/1/follow", {"how": "daily"}).status_code == 302
    of.refresh_from_db()
    for minutes, (who, words) in enumerate([(ben, "Seals fail first in our district."), (noa, "Salt eats the handles of our pumps.")], 1):
        hours.now = MONDAY + timedelta(hours=minutes)
        opening = of.phases.get(number=1).post
        assert "Tell us what broke." in text(who.get(f"/c/mdg/m/{opening.key}"))
        assert who.post(f"/c/mdg/m/{opening.key}/answer", {"text": words}).status_code == 302
        hours.until(hours.now + timedelta(minutes=1))
    assert chandra.post(lead, {"act": "comment", "phase": 1, "words": "One says seals, one handles."}).status_code == 302

    hours.until(MONDAY + 7 * DAY)
    summary = f"{lead}/summaries/1"
    assert "Salt eats the handles of our pumps." in text(chandra.get(summary))
    assert chandra.post(f"{summary}/issue", {"expects": "1"}).status_code == 302
    assert "Summary" in text(noa.get("/c/mdg/discussions/1"))
    assert "Phase 2: Who pays" in text(noa.get("/c/mdg/discussions/1"))

    hours.until(MONDAY + 12 * DAY)
    assert chandra.get(lead).status_code == 404  # the guest's rights ended with it
    assert "A final summary is due" in text(ana.get("/desk"))
    final = f"{lead}/summaries/final"
    assert ana.post(f"{final}/issue", {"expects": "1"}).status_code == 302
    of.refresh_from_db()
    assert of.stage == "summarised"
    assert "Seals fail first in our district." in text(ben.get("/c/mdg/discussions/1"))
    pdf = pypdf.PdfReader(io.BytesIO(ben.get("/c/mdg/discussions/1/summary/v1.pdf").content))
    words = " ".join("\n".join(one.extract_text() for one in pdf.pages).split())
    assert "no consensus" in words
    assert "2 contributions, 2 contributors" in words
    assert set(Received.objects.values_list("door", flat=True)) == {"web"}
