"""A Consolidated Reply on its way: issued, circulated, kept, answered, followed up."""

import email
import io
import re
from datetime import timedelta
from email import policy

import docx
import pypdf
import pytest

from path import NOW, letter, sent_bytes
from talanoa.communities.lookups import standing
from talanoa.conversations.actions import withdraw
from talanoa.conversations.models import Post
from talanoa.mail.models import Delivery, Outgoing
from talanoa.queries import actions as queries
from talanoa.queries import lookups as of_queries
from talanoa.queries.models import Mark, Query
from talanoa.replies import actions as replies
from talanoa.replies import editions
from talanoa.replies.models import Edition, FollowUp

pytestmark = pytest.mark.django_db
BEN = "Ben Okafor <ben@people.example>"
DESK = "mdg-query@lists.example.org"
LATER = NOW + timedelta(days=12)


def source(post, words=""):
    return f'<a href="/c/mdg/m/{post.key}">{words or post.author.name}</a>'


def written(reply, by, posts, at=NOW):
    """Every section with something in it, each item with its source."""
    first, *more = posts
    texts = {
        "summary": f"<p>Most train village nurses ({source(first)}); {source(more[0])} asks the midwives, and disagrees.</p>",
        "experiences": f"<h3>Nepal</h3><h4>Gorkha: Midwives</h4><p>They count with registers. {source(more[0])}</p>",
        "documentation": f'<ul><li><a href="https://stats.example.org/report">Report</a> {source(more[0])}</li><li>Toolkit <a href="#found">found</a></li></ul>',
    }
    for key, html in texts.items():
        section = reply.sections.get(key=key)
        replies.save(section, html, based_on=section.html, by=by, at=at)
    return reply


@pytest.fixture
def on_paper():
    """For tests that read the files: they are really made."""


@pytest.fixture(autouse=True)
def _quick(request, monkeypatch):
    if "on_paper" not in request.fixturenames:
        monkeypatch.setattr("talanoa.publishing.paper.pdf", lambda _: b"%PDF-1.7 for another test")
        monkeypatch.setattr("talanoa.publishing.word.file", lambda _: b"PK for another test")


@pytest.fixture
def ready(cast, reply, responses):
    return written(reply, cast.ana, list(responses.values()))


def issue(cast, reply, version=1, at=LATER):
    return replies.issue(reply, expects=version, by=cast.ana, at=at)


def letters_to(name, after=0):
    found = Delivery.objects.filter(address=f"{name}@people.example", outgoing__gt=after).select_related("outgoing").order_by("id")
    return [email.message_from_bytes(sent_bytes(one.outgoing).replace(b"\0", b"0"), policy=policy.default) for one in found]


def plain(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_from_the_askers_mail_to_everybodys_mailbox(cast, walk, on_paper):
    """Door to door: asked, worded, agreed, circulated, answered, issued; each member gets it exactly once."""
    assert walk(letter(BEN, to=DESK, subject="Counting births", text="How do you count births at home?\n"), to=DESK).fate == "asked"
    query = Query.objects.get()
    queries.word(query, title="Counting births at home", text="How are births at home counted?", types=["experiences"], by=cast.ana, at=NOW)
    to = re.search(r"mdg-confirm\+\w+@lists\.example\.org", str(letters_to("ben")[-1]))[0]
    assert walk(letter(BEN, to=to, text="agree"), to=to).fate == "decided"
    query.refresh_from_db()
    queries.circulate(query, by=cast.ana, at=NOW)
    posts = []
    for name in ("chandra", "noa"):
        person = getattr(cast, name)
        raw = letter(f"{person.name} <{name}@people.example>", subject="Re: Query 1", text=f"{name} trains nurses.", In_Reply_To=query.post.message_id)
        posts.append(walk(raw).post)
    queries.close(query, by=cast.ana, at=LATER)
    query.refresh_from_db()
    reply = written(replies.begin(query, by=cast.ana, at=LATER), cast.ana, posts, LATER)
    latest = Outgoing.objects.latest("pk").pk

    edition = issue(cast, reply)

    query.refresh_from_db()
    assert query.stage == "consolidated"
    members = {"ana", "ben", "chandra", "noa"}
    copies = {name: [one for one in letters_to(name, latest) if one["Message-ID"] == edition.post.message_id] for name in members}
    assert {name: len(those) for name, those in copies.items()} == dict.fromkeys(members, 1)
    assert Delivery.objects.filter(outgoing__message_id=edition.post.message_id).count() == 4
    mail = copies["noa"][0]
    assert mail["Subject"] == "[mdg] Consolidated Reply 1: Counting births at home (4)"
    assert mail["In-Reply-To"] == query.post.message_id
    text = plain(mail)
    assert text.splitlines()[0] == "Consolidated Reply 1, version 1, 14 March 2026"
    for said in ("Chandra Gurung [1]", "- 1 comparative experience: Nepal", "- Documentation: 2", "1. Chandra Gurung, Researcher, Hill University, Nepal", "/c/mdg/replies/1\n"):
        assert said in text, said
    assert "Noa Faleolo [2] asks the midwives, and disagrees." in " ".join(text.split())
    body = text.partition("\n-- \n")[0]
    assert max(len(line) for line in body.splitlines() if "://" not in line) <= 72
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("consolidated-reply-1-v1.pdf", "application/pdf")
    read = pypdf.PdfReader(io.BytesIO(attached.get_content()))
    assert read.metadata.title == "Counting births at home"
    assert "trains nurses." in "".join(page.extract_text() for page in read.pages)
    with edition.docx.open("rb") as file:
        assert "Counting births at home" in [one.text for one in docx.Document(file).paragraphs]
    assert "Your query is answered" in letters_to("ben", latest)[-1]["Subject"]


def test_the_mail_is_ours_and_no_response(cast, ready):
    edition = issue(cast, ready)
    assert edition.post.mark.kind == Mark.Kind.OURS
    assert edition.post.conversation == ready.query.conversation
    assert of_queries.responses(ready.query).count() == 3


def test_issued_twice_by_a_double_click_once(cast, ready):
    first = issue(cast, ready)
    copies = Delivery.objects.count()
    assert issue(cast, ready, at=LATER + timedelta(seconds=1)) == first
    assert (Edition.objects.count(), Delivery.objects.count(), FollowUp.objects.count()) == (1, copies, 2)


def test_nothing_is_issued_while_something_is_missing_and_nothing_half(cast, ready, monkeypatch):
    section = ready.sections.get(key="tools")
    replies.save(section, "<ul><li>A tool that nobody named [[which?]]</li></ul>", based_on="", by=cast.ana, at=NOW)
    with pytest.raises(replies.Incomplete, match="has no source") as refused:
        issue(cast, ready)
    assert len(refused.value.missing) == 2
    section.refresh_from_db()
    replies.save(section, "", based_on=section.html, by=cast.ana, at=NOW)
    before = Post.objects.count(), Delivery.objects.count()
    monkeypatch.setattr("talanoa.replies.letters.to_the_asker", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        issue(cast, ready)
    ready.query.refresh_from_db()
    assert (Post.objects.count(), Delivery.objects.count()) == before
    assert (ready.query.stage, Edition.objects.count()) == ("open", 0)


def test_only_a_facilitator_issues_and_only_the_next_version(cast, ready):
    for person in (cast.ben, cast.farid, cast.sefa):
        with pytest.raises(replies.NotYours):
            replies.issue(ready, expects=1, by=person, at=LATER)
    with pytest.raises(replies.Outdated):
        issue(cast, ready, 2)


def test_additional_replies_make_a_numbered_new_version_and_the_old_one_stays(cast, ready, walk):
    first = issue(cast, ready)
    before = first.document
    person = cast.ben
    walk(letter(f"{person.name} <ben@people.example>", subject="Re: Births", text="One more thing.", In_Reply_To=ready.query.post.message_id), at=LATER)
    assert [post.fresh_text.strip() for post in editions.since(first)] == ["One more thing."]
    second = issue(cast, ready, 2, LATER + timedelta(days=1))
    first.refresh_from_db()
    assert first.document == before
    assert (second.number, len(second.document["responses"])) == (2, 4)
    assert second.post.subject == "Consolidated Reply 1: Births (version 2)"
    here = standing(cast.noa, cast.mdg)
    assert list(editions.editions(here)) == [second]
    assert editions.edition(here, 1, 1) == first
    assert editions.since(second) == []
    assert FollowUp.objects.count() == 2


def test_p3_what_is_withdrawn_after_the_issue_has_no_words_any_more_and_must_be_resolved(cast, ready, responses, on_paper):
    edition = issue(cast, ready)
    here = standing(cast.noa, cast.mdg)
    kept = editions.pdf(here, edition)
    assert "midwives" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(kept)).pages)
    withdraw(responses["chandra"], at=LATER)
    shown = editions.shown(here, edition)
    assert [one.get("withdrawn", False) for one in shown["responses"]] == [False, True, False]
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(editions.pdf(here, edition))).pages)
    assert "In Nepal we ask" not in text
    assert "This response was withdrawn." in text
    words = [one.text for one in docx.Document(io.BytesIO(editions.docx(here, edition))).paragraphs]
    assert "This response was withdrawn." in words
    with pytest.raises(replies.Incomplete, match="withdrawn or taken down"):
        issue(cast, ready, 2)


def test_p3_the_file_that_hangs_on_the_mail_goes_with_a_withdrawn_response(cast, ready, responses):
    edition = issue(cast, ready)
    replies.tend(at=LATER)
    assert edition.post.attachments.count() == 1
    withdraw(responses["chandra"], at=LATER + timedelta(hours=1))
    replies.tend(at=LATER + timedelta(hours=1, minutes=1))
    assert not edition.post.attachments.exists()


def test_p1_replies_are_read_by_whoever_reads_the_community(cast, ready):
    edition = issue(cast, ready)
    for person, may in ((cast.noa, True), (cast.sefa, True), (cast.farid, False), (cast.xenia, False), (cast.bram, False), (None, False)):
        here = standing(person, cast.mdg)
        assert bool(editions.edition(here, 1)) is may
        assert bool(editions.listed(here)) is may
    withdraw(edition.post, at=LATER)
    assert editions.edition(standing(cast.noa, cast.mdg), 1) is None


def test_licence_and_disclaimer_are_customs(cast, ready):
    queries.keep_customs(cast.mdg, by=cast.ana, at=NOW, licence="CC BY 4.0", disclaimer="Each speaks for themselves.")
    assert "Licence: CC BY 4.0" in issue(cast, ready).post.fresh_text


def test_a_list_is_narrowed_by_theme_type_country_and_year(cast, ready):
    Query.objects.update(types=["experiences"])
    issue(cast, ready)
    (one,) = those = editions.listed(standing(cast.noa, cast.mdg))
    assert (one.number, one.year, one.countries, one.contributors) == (1, 2026, ("NP", "PG", "TO"), 3)
    for narrowed in ({"theme": "BIRTHS nurses"}, {"kind": "experiences"}, {"where": "TO"}, {"year": "2026"}):
        assert editions.chosen(those, **narrowed) == those
    for narrowed in ({"theme": "births roads"}, {"kind": "advice"}, {"where": "FR"}, {"year": "2025"}):
        assert editions.chosen(those, **narrowed) == []
    assert editions.choices(those)["countries"] == [("NP", 1), ("PG", 1), ("TO", 1)]


def asked_whether_it_helped(cast, ready, days=7):
    issue(cast, ready)
    latest = Outgoing.objects.latest("pk").pk
    replies.tend(at=LATER + timedelta(days=days))
    replies.tend(at=LATER + timedelta(days=days, minutes=1))
    return letters_to("sefa", latest)


def address_of(mail):
    return re.search(r"mdg-confirm\+\w+@lists\.example\.org", mail["From"])[0]


def test_on_day_7_the_asker_answers_with_a_number(cast, ready, walk):
    assert asked_whether_it_helped(cast, ready, days=6) == []
    latest = Outgoing.objects.latest("pk").pk
    replies.tend(at=LATER + timedelta(days=7))
    (asked,) = letters_to("sefa", latest)
    assert "Did the reply help you?" in asked["Subject"]
    assert len(re.findall(r"/follow-up/\w+/[1-5]", plain(asked))) == 5
    to, at = address_of(asked), LATER + timedelta(days=8)
    stranger = walk(letter(BEN, to=to, text="1"), to=to, at=at)
    assert stranger.fate == "refused"
    assert walk(letter("Sefa <sefa@people.example>", to=to, text="4/5, thank you!\n"), to=to, at=at).fate == "served"
    found = FollowUp.objects.get(kind="helped")
    assert (found.score, found.answered_at) == (4, at)
    assert "4 of 5" in letters_to("ana")[-1]["Subject"]
    # A2: the ticket is used up; what comes later reaches the facilitators as a letter.
    assert walk(letter("Sefa <sefa@people.example>", to=to, text="1"), to=to, at=at).fate == "forwarded"
    found.refresh_from_db()
    assert found.score == 4


def test_on_day_90_the_askers_story_is_shown_if_they_say_so(cast, ready, walk):
    both = asked_whether_it_helped(cast, ready, days=90)
    assert [re.sub("[:?].*", "", one["Subject"]) for one in both] == ["Did the reply help you", "What did you do with it"]
    to, at = address_of(both[1]), LATER + timedelta(days=91)
    words = "Share.\n\nWe changed the register of births in two provinces.\n"
    assert walk(letter("Sefa <sefa@people.example>", to=to, text=words), to=to, at=at).fate == "served"
    (story,) = editions.stories(Edition.objects.get())
    assert story.words == "We changed the register of births in two provinces."
    assert "two provinces" in plain(letters_to("ana")[-1])


def test_a_story_without_that_word_is_the_facilitators(cast, ready, walk):
    asked = asked_whether_it_helped(cast, ready, days=90)[1]
    to = address_of(asked)
    assert walk(letter("Sefa <sefa@people.example>", to=to, text="Share it? No.\n\nWe sharecropped."), to=to, at=LATER + timedelta(days=91)).fate == "served"
    assert editions.stories(Edition.objects.get()) == []
    assert "We sharecropped." in plain(letters_to("ana")[-1])


@pytest.mark.parametrize(
    ("words", "score"),
    [("5", 5), ("  3.", 3), ("4/5", 4), ("2 out of 5", 2), ("٤", 4), ("10", None), ("4.5", None), ("It helped: 4", None), ("", None), ("1-5", None), ("2nd time", None)],
)
def test_a_score_is_what_an_answer_begins_with(words, score):
    from talanoa.language import scores

    assert scores.score(words) == score


def test_an_asker_who_is_gone_is_asked_nothing(cast, ready):
    issue(cast, ready)
    latest = Outgoing.objects.latest("pk").pk
    cast.sefa.delete()
    replies.tend(at=LATER + timedelta(days=100))
    assert not Outgoing.objects.filter(pk__gt=latest).exists()
    assert not FollowUp.objects.filter(sent_at=None).exists()
