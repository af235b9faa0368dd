"""A discussion by the pages alone: proposed, approved, moderated, followed, summarised, issued, asked about."""

import html
import io
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import docx
import pypdf
import pytest

from browsers import browser
from path import NOW, Path, letter, sent_bytes
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion, Edition, Feedback, Invitation
from talanoa.mail.models import Delivery, Received

pytestmark = pytest.mark.django_db
BEGINS = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = {
    "title": "Pumps that last",
    "issue": "Two pumps in five stand still.",
    "why": "The plan is written in May.",
    "audience": "engineers",
    "begins": "2026-03-09",
    "phases": "Phase 1 (7 days): What fails first\n- What broke, and when?\n\nPhase 2 (5 days): Who pays\n- Who pays for the part?",
}


def text(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def say(discussion, cast, name, words, at):
    last = discussion.conversation.posts.latest("number")
    person = getattr(cast, name)
    raw = letter(f"{person.name} <{name}@people.example>", subject="Re: Pumps", text=words, In_Reply_To=last.message_id)
    return Path()(raw, at=at).post


@pytest.fixture
def running(cast):
    """A discussion in its first phase, moderated by Chandra, with three contributions."""
    from talanoa.discussions import actions, outline

    walk = Path()
    walk(letter("Ben Okafor <ben@people.example>", to="mdg-discussion@lists.example.org", subject="Pumps that last", text=PLAN["issue"]), to="mdg-discussion@lists.example.org")
    made = Discussion.objects.get()
    plan = outline.Outline(PLAN["issue"], "", "", "", BEGINS.date(), outline.read(PLAN["phases"]).phases)
    actions.revise(made, title="Pumps that last", plan=plan, moderator=cast.chandra, by=cast.ana, at=NOW)
    actions.approve(made, by=cast.ana, at=NOW)
    clocks.tend(at=BEGINS)
    for minutes, (name, words) in enumerate({"ben": "Seals fail first in our district.", "noa": "Salt eats the seals of pumps.", "chandra": "The handle breaks first in Nepal."}.items(), 1):
        say(made, cast, name, words, BEGINS + timedelta(minutes=minutes))
    made.refresh_from_db()
    return made


def test_proposed_on_the_page_approved_on_the_desk_and_read_by_all(cast):
    ben, ana = browser(cast.ben), browser(cast.ana)
    assert "Say in a line" in text(ben.post("/c/mdg/discussions/propose", {"subject": "", "issue": ""}))
    answer = ben.post("/c/mdg/discussions/propose", {"subject": "Pumps that last", "moderator": "Chandra Gurung", **PLAN})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/c/mdg/discussions")
    kept = Received.objects.latest("pk")
    walk = Path()
    walk.sort(kept.received_at)
    of = Discussion.objects.get()
    assert (of.title, of.moderator, [one.theme for one in of.phases.order_by("number")]) == ("Pumps that last", cast.chandra, ["What fails first", "Who pays"])
    assert "Pumps that last" in text(ben.get("/c/mdg/discussions"))  # his own, on its way
    assert "Pumps that last" not in text(browser(cast.noa).get("/c/mdg/discussions"))
    assert "A discussion is proposed" in text(ana.get("/desk"))
    assert "Two pumps in five" in text(ana.get(f"/discussions/{of.pk}"))
    refused = ana.post(f"/discussions/{of.pk}", {"act": "decline", "why": " "})
    assert refused.status_code == 422
    assert ana.post(f"/discussions/{of.pk}", {"act": "plan", **PLAN, "title": "Pumps that outlast us", "moderator": cast.chandra.pk}).status_code == 302
    assert ana.post(f"/discussions/{of.pk}", {"act": "approve"}).status_code == 302
    assert ana.post(f"/discussions/{of.pk}", {"act": "approve"}).status_code == 422  # a double click announces once
    of.refresh_from_db()
    assert of.conversation.posts.count() == 1
    page = text(browser(cast.noa).get("/c/mdg/discussions/1"))
    for words in ("Pumps that outlast us", "Phase 1: What fails first", "What broke, and when?", "The plan is written in May.", "Led by Chandra Gurung"):
        assert words in page


def test_the_guest_leads_on_the_page_until_the_end_and_has_no_button_of_the_desk(cast, running):
    chandra, ana = browser(cast.chandra), browser(cast.ana)
    path = f"/discussions/{running.pk}"
    shown = text(chandra.get(path))
    assert "Your word for the next digest" in shown
    assert "End the discussion now" not in shown
    for act in ({"act": "end"}, {"act": "plan", **PLAN}, {"act": "extend", "until": "2026-04-01", "why": "x"}):
        assert chandra.post(path, act).status_code == 404
    assert chandra.post(path, {"act": "opening", "phase": 2, "words": "Money, then."}).status_code == 302
    assert chandra.post(path, {"act": "comment", "phase": 1, "words": "Two say seals."}).status_code == 302
    assert running.phases.get(number=2).opening == "Money, then."
    assert ana.post(path, {"act": "extend", "until": "2031-03-20", "why": "Storm"}).status_code == 302
    assert [one.ends_at.date().isoformat() for one in running.phases.order_by("number")] == ["2031-03-20", "2031-03-25"]
    assert ana.post(path, {"act": "end"}).status_code == 302
    running.refresh_from_db()
    assert running.stage == "ended"
    assert chandra.get(path).status_code == 404
    assert chandra.get(f"{path}/summaries/1").status_code == 404
    assert browser(cast.ben).get(path).status_code == 404
    assert browser(cast.farid).get(path).status_code == 404


def test_the_quiet_are_shown_with_reasons_and_invited_once(cast, running):
    from talanoa.people import actions as people

    people.describe(cast.ana, gender="woman", sector="government")
    people.describe(cast.ben, gender="man")
    people.describe(cast.noa, gender="man")
    chandra = browser(cast.chandra)
    shown = text(chandra.get(f"/discussions/{running.pk}"))
    assert "nobody from Samoa has been heard" in shown
    assert "nobody of this sector has been heard: government" in shown
    assert "few who are women have been heard" in shown
    form = chandra.get(f"/discussions/{running.pk}/invite/{cast.ana.pk}")
    assert "What broke, and when?" in text(form)
    for status in (302, 422):
        assert chandra.post(f"/discussions/{running.pk}/invite/{cast.ana.pk}", {"words": "Do write."}).status_code == status
    assert Invitation.objects.get().reason.startswith("nobody from Samoa")
    # The reasons are for who leads; nobody else reads them.
    assert "women" not in text(browser(cast.ben).get("/c/mdg/discussions/1"))


def test_a_summary_is_edited_merged_issued_once_and_pinned(cast, running):
    clocks.tend(at=BEGINS + 7 * DAY)
    chandra, ana = browser(cast.chandra), browser(cast.ana)
    path = f"/discussions/{running.pk}/summaries/1"
    page = chandra.get(path)
    assert "Salt eats the seals of pumps." in text(page)
    points = running.summaries.get(phase__number=1).sections.get(key="points")
    base, key = points.html, running.conversation.posts.get(number=3).key
    link = f'<a href="/c/mdg/m/{key}">Ben #3</a>'
    mine = f"<p>Seals fail first {link}.</p>"
    assert chandra.post(f"{path}/sections/points", {"html": mine, "based_on": base}).status_code == 302
    theirs = ana.post(f"{path}/sections/points", {"html": f"{base}<p>And handles.</p>", "based_on": base}, headers={"Accept": "application/json"}).json()
    assert "Chandra Gurung changed" in theirs["told"]
    assert "And handles." in theirs["html"]
    assert "has no source" in text(ana.post(f"{path}/issue", {"expects": "1"}))
    points.refresh_from_db()
    assert chandra.post(f"{path}/sections/points", {"html": mine, "based_on": points.html}).status_code == 302
    taken = {"section": "dissent", "post": running.conversation.posts.get(number=5).key}
    assert chandra.post(f"{path}/take", taken).status_code == 302
    assert len(re.findall("Make it so again", chandra.get(f"{path}/sections/points/versions").content.decode())) >= 2
    for _ in range(2):  # a double click
        assert chandra.post(f"{path}/issue", {"expects": "1"}).status_code == 302
    assert Edition.objects.count() == 1
    assert running.conversation.posts.filter(subject__startswith="Summary of phase 1").count() == 1
    shown = browser(cast.ben).get("/c/mdg/discussions/1").content.decode()
    assert f'<a class="source" href="/c/mdg/m/{key}">Ben #3</a>' in shown
    assert "Where they differ" in shown


def test_the_final_summary_as_page_pdf_and_word_and_what_was_withdrawn_is_in_none_of_them(cast, running):
    from talanoa.conversations.actions import withdraw

    ana = browser(cast.ana)
    clocks.tend(at=BEGINS + 7 * DAY)
    clocks.tend(at=BEGINS + 12 * DAY)
    path = f"/discussions/{running.pk}/summaries/final"
    assert ana.post(f"{path}/issue", {"expects": "1"}).status_code == 302
    pdf = "/c/mdg/discussions/1/summary/v1.pdf"
    words = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(ana.get(pdf).content)).pages)
    for said in ("It is no decision and no consensus", "Seals fail first in our district.", "3 contributions, 3 contributors"):
        assert said in " ".join(words.split())
    document = docx.Document(io.BytesIO(ana.get(pdf.replace(".pdf", ".docx")).content))
    assert "Pumps that last" in [one.text for one in document.paragraphs]
    assert browser(cast.farid).get(pdf).status_code == 404
    assert browser().get(pdf).status_code == 404
    # The letter to everybody carries both.
    to_noa = Delivery.objects.filter(address="noa@people.example").order_by("-pk")
    letters = (message_from_bytes(sent_bytes(one.outgoing), policy=policy.default) for one in to_noa)
    letter = next(one for one in letters if "Summary of the discussion: Pumps that last" in one["Subject"])
    files = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    assert {name: content[:4] for name, content in files.items()} == {"discussion-1-summary-v1.pdf": b"%PDF", "discussion-1-summary-v1.docx": b"PK\x03\x04"}
    post = Edition.objects.get().post
    assert post.attachments.count() == 2
    withdraw(running.conversation.posts.get(number=3), at=Edition.objects.get().issued_at + timedelta(hours=1))
    clocks.tend(at=BEGINS + 13 * DAY)
    assert post.attachments.count() == 0, "what was withdrawn stands in them"
    assert "withdrawn since" in text(ana.get("/c/mdg/discussions/1"))
    words = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(ana.get(pdf).content)).pages)
    assert "This contribution was withdrawn." in words

    # Everybody who took part is asked once; a link shows, and only the button answers.
    asked = {one.person.name: one for one in Feedback.objects.select_related("person")}
    assert set(asked) == {"Ben Okafor", "Noa Faleolo", "Chandra Gurung"}
    raw = sent_bytes(Delivery.objects.filter(address="ben@people.example").latest("pk").outgoing).decode()
    link = re.search(r"/feedback/[a-z0-9]+/4", raw)[0]
    stranger = browser()
    assert stranger.get(link).status_code == 200
    assert Feedback.objects.filter(answered_at__isnull=False).count() == 0
    assert stranger.post(link, {"words": "x"}).status_code == 422
    assert stranger.post(link, {"score": "4", "words": "More time."}).status_code == 200
    assert stranger.get(link).status_code == 404
    assert "More time." in text(ana.get(f"/discussions/{running.pk}"))


@pytest.mark.parametrize("how", ["each", "daily", "stage", "none", ""])
def test_a_member_chooses_how_it_comes(cast, running, how):
    noa = browser(cast.noa)
    assert noa.post("/c/mdg/discussions/1/follow", {"how": how}).status_code == 302
    assert f'value="{how}" checked' in noa.get("/c/mdg/discussions/1").content.decode()
    assert noa.post("/c/mdg/discussions/1/follow", {"how": "loudly"}).status_code == 404
    assert browser(cast.farid).post("/c/mdg/discussions/1/follow", {"how": "each"}).status_code == 404
