"""The story is long, invented, and reads like letters."""

import csv
import io
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from talanoa.demo import notation, printing, questions, story, writing
from talanoa.mail.reading.parsing import read

NOW = datetime(2027, 3, 9, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def told():
    return story.letters(NOW)


def mail_of(letter):
    name = story.communities().get(letter.community, {}).get("name", letter.community)
    return writing.compose(letter, group=name, address=f"{letter.community}@lists.example.org", prefix=f"[{letter.community}]")


def test_the_community_is_as_large_and_wide_as_promised(told):
    assert 115 <= len(story.people()) <= 130
    assert len({person.country for person in story.people().values()}) >= 30
    sizes = Counter(letter.conversation for letter in told)
    assert len(sizes) >= 35
    assert len(told) >= 250
    assert max(sizes.values()) == 50
    assert len({letter.author.key for letter in told}) >= 60


def test_nobody_can_be_reached(told):
    addresses = {person.address for person in story.people().values()} | {letter.author.address for letter in told}
    assert all(address.endswith(".example") for address in addresses)
    assert len({person.address for person in story.people().values()}) == len(story.people())
    assert all(person.country in story.ZONES for person in story.people().values())


def test_no_paragraph_is_told_twice(told):
    said = [letter.text for letter in told] + [
        step.text for one in questions.questions(NOW) for step in one.steps if step.what != "drafts"
    ]
    paragraphs = Counter(part for text in said for part in text.split("\n\n") if len(part) > 60 and not part.startswith(">"))
    assert [part for part, many in paragraphs.items() if many > 1] == []


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_no_letter_is_written_in_the_future_or_before_what_it_answers(hour):
    now = NOW + timedelta(hours=hour)
    told = story.letters(now)
    assert max(letter.at for letter in told) < now
    assert now - max(letter.at for letter in told) < timedelta(days=1)
    assert all(letter.answers.at < letter.at for letter in told if letter.answers)
    assert told == sorted(told, key=lambda letter: letter.at)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_each_query_comes_as_far_as_its_stage_and_no_further(hour):
    now = NOW + timedelta(hours=hour)
    ends = {"asked": "asks", "worded": "words", "agreed": "agrees", "closed": "drafts"}
    for one in questions.questions(now):
        steps = [step.at for step in one.steps]
        assert steps == sorted(steps), one.name
        assert steps[-1] < now, one.name
        assert one.steps[-1].what == ends.get(one.stage, one.steps[-1].what)
        circulated = next((step.at for step in one.steps if step.what == "circulates"), now)
        assert (one.stage in {"closed", "consolidated"}) == (now - circulated > questions.WINDOW), one.name
    assert {one.stage for one in questions.questions(now)} == {"asked", "worded", "agreed", "open", "closed", "consolidated"}
    silent = next(one for one in questions.questions(now) if one.name == "06-who-looks-in")
    assert timedelta(hours=25) < now - silent.steps[-1].at < timedelta(hours=28)


def test_responses_are_as_long_as_letters_are():
    for one in questions.questions(NOW):
        lengths = [len(step.text.split()) for step in one.steps if step.what in {"answers", "telephones"}]
        assert all(40 <= length <= 190 for length in lengths), (one.name, lengths)


def test_the_notation_of_replies_becomes_sections():
    sources = {"lani 1": "<a>Lani</a>", "lani 2": "<a>Lani, again</a>", "found": "<a>found</a>"}
    text = "## summary\n\n### Who pays?\n\nIt **pays** & lasts ([lani]). [[when?]]\n\n## tools\n\n- A form, https://a.example/form. [lani 2]\n- B [found]\n"
    assert notation.sections(text, sources) == {
        "summary": "<h3>Who pays?</h3><p>It <strong>pays</strong> &amp; lasts (<a>Lani</a>). [[when?]]</p>",
        "tools": '<ul><li>A form, <a href="https://a.example/form">https://a.example/form</a>. <a>Lani, again</a></li><li>B <a>found</a></li></ul>',
    }


def test_a_query_that_cannot_be_understood_says_where():
    text = "Subject: A\nTo: mdg\nBegan: 3 hours ago\nTypes: advice\nStage: asked\n\n--- mereoni sings\nHello\n"
    with pytest.raises(story.Unclear, match=r"a-file: what is 'mereoni sings'"):
        questions._question("a-file", text, NOW)


def test_the_same_story_has_the_same_message_ids(told):
    again = story.letters(NOW + timedelta(days=1))
    assert {writing.message_id(letter) for letter in told} == {writing.message_id(letter) for letter in again}
    assert len({writing.message_id(letter) for letter in told}) == len(told)


def test_what_people_wrote_is_found_again_in_what_their_mail_programs_made_of_it(told):
    """Whatever the client quotes and signs, the fresh text is the author's own words."""
    lost = []
    for letter in told:
        if letter.picture or not letter.text:
            continue
        own = [line for line in letter.text.split("\n") if not line.startswith("> ")]
        fresh = [line for line in read(mail_of(letter)).fresh_text.split("\n") if not line.startswith(">")]
        if " ".join(" ".join(own).split()) != " ".join(" ".join(fresh).split()):
            lost.append(f"{letter.conversation} {letter.number}")
    assert lost == []


def test_our_edge_vouches_for_everybody_but_the_impostor(told):
    disproven = [letter for letter in told if read(mail_of(letter), trusted_authserv=writing.EDGE).authenticity.dmarc == "fail"]
    assert [letter.conversation for letter in disproven] == ["13-member-list"]


def test_attachments_are_real(told, need, tmp_path):
    names = set()
    for letter in told:
        if not letter.files:
            continue
        for part in read(mail_of(letter)).attachments:
            names.add(part.name)
            if part.name.endswith(".csv"):
                rows = list(csv.reader(io.StringIO(part.content.decode())))
                assert len({len(row) for row in rows}) == 1
                assert len(rows) > 3
            else:
                (tmp_path / part.name).write_bytes(part.content)
                text = subprocess.run([need("pdftotext"), "-layout", tmp_path / part.name, "-"], capture_output=True, check=True).stdout
                assert len(text.split()) > 60
    assert len(names) == 7


def test_a_document_is_the_same_each_time_and_shows_what_was_written():
    text = "\n".join(f"Line {n} (with \\ and brackets)" for n in range(70))
    made = printing.pdf(text)
    assert made == printing.pdf(text)
    assert made.startswith(b"%PDF-1.4")
    assert made.count(b"/Type /Page ") == 2


def test_a_story_that_cannot_be_understood_says_where():
    text = "Subject: A\nTo: mdg\nBegan: 3 days ago at 10:00\n\n--- mereoni, yesterday\nHello\n"
    with pytest.raises(story.Unclear, match=r"a-file, letter 1: what is 'yesterday'"):
        story._conversation("a-file", text, NOW, {})
