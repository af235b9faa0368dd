"""A consultation from the draft to its proceedings; commenters have nothing but mail."""

import io
import re
import zipfile
from datetime import timedelta
from email.message import EmailMessage

import docx
import pytest

from documents.files import comment as word_comment
from documents.files import docx as word_file
from documents.files import p, run
from path import NOW, letter
from queries.test_a_query_by_mail import letters_to
from talanoa.consultations import actions, lookups, rules
from talanoa.consultations.models import Comment, Consultation, Reminded, Submission
from talanoa.conversations.models import Post
from talanoa.documents.refusals import NotRead
from talanoa.mail.models import Outgoing

pytestmark = pytest.mark.django_db

BEN, CHANDRA, NOA = "Ben Okafor <ben@people.example>", "Chandra Gurung <chandra@people.example>", "Noa <noa@people.example>"
DRAFT = b"""# Water policy

Each district keeps a register of all water points and publishes it once a year.

Households pay a monthly fee of two dollars, which the committee collects.

- a list of spare parts kept in the district store

The fee is reviewed every three years.
"""
NEXT = DRAFT.replace(b"two dollars, which the committee collects", b"one dollar, which the committee collects and the council audits").replace(
    b"The fee is reviewed every three years.\n", b"Livestock is kept away from all water points by fences.\n"
)
DESK = "mdg-comments@lists.example.org"


def prepared(cast, **more):
    given = {"title": "Rural water policy", "text": "Please help us.", "visibility": "open", "data": DRAFT, "name": "draft.md"} | more
    return actions.prepare(cast.mdg, **given, by=cast.ana, at=NOW)


def opened(cast, **more):
    made = prepared(cast, **more)
    actions.open_(made, closes_at=NOW + timedelta(days=20), by=cast.ana, at=NOW)
    return made


def answers(of, sender, text, **more):
    return letter(sender, subject=f"Re: [mdg] Consultation {of.number}: Rural water policy", text=text, In_Reply_To=of.post.message_id, **more)


def told(of):
    return {(one.submission.name.split()[0], " ".join(one.labels)): one.text or one.proposed for one in Comment.objects.filter(consultation=of, replaced_at=None)}


def reply_to(raw):
    return re.search(r"mdg-confirm\+[a-z0-9]+@lists\.example\.org", raw)[0]


def test_from_the_draft_to_the_end_by_mail_alone(cast, walk):
    of = opened(cast)
    (announced,) = letters_to("ben")
    assert "Consultation 1: Rural water policy" in announced
    assert "[3] Households pay a monthly fee" in announced
    assert "consultation-1-draft-1.docx" in announced
    posts = Post.objects.count()

    assert walk(answers(of, BEN, "3: too high\n5: every year\n")).fate == "commented"
    assert walk(answers(of, CHANDRA, "I support this draft.\nsupport #1\n")).fate == "commented"
    assert Post.objects.count() == posts, "comments do not go to the members by mail"
    assert told(of) == {("Ben", "3"): "too high", ("Ben", "5"): "every year", ("Chandra", ""): "I support this draft."}
    receipt = letters_to("ben")[-1]
    assert "2 comments received" in receipt
    assert "#1 on 3 (Households pay a monthly fee of two dollars" in receipt
    assert Comment.objects.get(number=1).supports.get().person == cast.chandra

    # The second was meant for passage 4: an answer to the receipt sets it right.
    to = reply_to(receipt)
    assert walk(letter(BEN, to=to, subject="Re: 2 comments received", text="3: too high\n4: every year\n"), to=to).fate == "commented"
    assert told(of)["Ben", "4"] == "every year"
    assert ("Ben", "5") not in told(of)

    actions.tend(at=NOW + timedelta(days=20, minutes=1))
    of.refresh_from_db()
    assert of.stage == "answering"
    assert "Time to answer" in letters_to("ana")[-1]
    late = walk(answers(of, NOA, "2: on paper, please\n"), at=NOW + timedelta(days=21))
    assert late.fate == "commented"
    assert Comment.objects.latest("pk").late
    assert "marked as late" in letters_to("noa")[-1]

    first, *others = Comment.objects.filter(consultation=of, replaced_at=None).order_by("number")
    assert (first.number, first.supports.count()) == (1, 1), "what is the same stays, with who supports it"
    actions.answer([first], state="modified", words="One dollar.", by=cast.ana, at=NOW + timedelta(days=22))
    with pytest.raises(actions.Wanting, match="have no answer"):
        actions.conclude(of, summary="Done.", by=cast.ana, at=NOW + timedelta(days=22))
    actions.answer(others, state="declined", words="Not in this policy.", by=cast.ana, at=NOW + timedelta(days=22))
    assert actions.tell(of, by=cast.ana, at=NOW + timedelta(days=22)) == 3
    answered = letters_to("ben")[-1]
    assert "Accepted with modification. One dollar." in answered
    to = reply_to(answered)
    text = f"#{first.number} agree\n#{others[-1].number} withdraw\n"
    assert walk(letter(BEN, to=to, subject="Re: answered", text=text), to=to, at=NOW + timedelta(days=23)).fate == "commented"
    first.refresh_from_db()
    assert first.reaction == "agrees"
    assert "somebody else's comment" in letters_to("ben")[-1]

    actions.upload(of, data=NEXT, name="second.md", by=cast.ana, at=NOW + timedelta(days=24))
    version = actions.renew(of, by=cast.ana, at=NOW + timedelta(days=24))
    renewed = letters_to("ben")[-1]
    assert "[-two dollars,-] {+one dollar,+}" in renewed
    assert "is gone:" in renewed
    labels = [one.label for one in lookups.passages(version)]
    assert labels == ["1", "2", "3", "4", "4a"]
    became = {row.comment.number: row.became for row in lookups.matrix(cast.ana, of).rows}
    assert became[first.number] == "changed"

    of.refresh_from_db()
    actions.conclude(of, summary="It is done.", by=cast.ana, at=NOW + timedelta(days=40))
    assert "It is done." in letters_to("chandra")[-1]
    of.refresh_from_db()
    assert of.stage == "final"


@pytest.mark.parametrize(
    ("visibility", "while_open", "after"),
    [("open", "ben chandra ana", "ben chandra ana"), ("after", "ben ana", "ben chandra ana"), ("authors", "ben ana", "ben ana")],
)
def test_comments_are_seen_as_was_promised(cast, walk, visibility, while_open, after):
    """P1: on the pages and in mail nobody reads more than was chosen at the start."""
    of = opened(cast, visibility=visibility)
    walk(answers(of, BEN, "3: zqsecret words\n"))

    def readers():
        people = {"ben": cast.ben, "chandra": cast.chandra, "ana": cast.ana, "farid": cast.farid, "xenia": cast.xenia, "": None}
        return " ".join(name for name, person in people.items() if lookups.comments(person, of).exists())

    assert readers() == while_open
    before = Outgoing.objects.latest("pk").pk
    actions.tend(at=NOW + timedelta(days=11))  # "so far"
    assert any("zqsecret" in one for one in letters_to("chandra", before)) == (visibility == "open")
    actions.close(of, by=cast.ana, at=NOW + timedelta(days=12))
    of.refresh_from_db()
    assert readers() == after
    actions.add_author(of, cast.chandra, by=cast.ana)
    assert "chandra" in readers()


def test_a_word_file_sent_back_becomes_comments_on_the_right_passages(cast, walk):
    of = opened(cast)
    body = (
        p("", inside=run("[3] Households pay a monthly fee of ") + '<w:commentRangeStart w:id="0"/>' + run("two dollars") + '<w:commentRangeEnd w:id="0"/>' + run(", which the committee collects."))
        + p("", inside=run("The fee is reviewed every ") + '<w:del w:author="B"><w:r><w:delText>three years</w:delText></w:r></w:del><w:ins w:author="B">' + run("year") + "</w:ins>" + run("."))
        + p("", inside='<w:ins w:author="B">' + run("Livestock is kept away.") + "</w:ins>")
    )
    made = mail_with(of, ("draft.docx", word_file(body, comments=word_comment(0, "Ben", "Too much."))))
    assert walk_in(walk, made).fate == "commented"
    assert [(one.labels, one.text, one.proposed) for one in Comment.objects.order_by("number")] == [
        (["3"], "“two dollars”: Too much.", ""),
        (["5"], "", "The fee is reviewed every year."),
        (["5"], "Insert after this passage.", "Livestock is kept away."),
    ]
    assert "3 comments were found in it" in letters_to("ben")[-1]


def walk_in(walk, raw):
    return walk(raw, to=DESK)


def mail_with(of, *files, text="Please find my comments attached.\n"):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = BEN, DESK, f"Comments on consultation {of.number}"
    made["Message-ID"], made["Date"] = f"<{len(files)}{files[0][0]}@people.example>", "Mon, 02 Mar 2026 09:29:00 +0000"
    made.set_content(text)
    for name, data in files:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_what_we_hand_out_comes_back_understood(cast, walk):
    """The numbered draft and the exported matrix, filled in with the tools that people have."""
    of = opened(cast)
    walk(answers(of, CHANDRA, "4: good\n"))
    from talanoa.consultations import exports, papers

    version = lookups.newest(of)
    draft = docx.Document(io.BytesIO(papers.numbered_docx(of, version, lookups.passages(version))))
    target = next(one for one in draft.paragraphs if one.text.startswith("[5]"))
    draft.add_comment(target.runs, text="Every year.", author="Ben")
    table = draft.add_table(2, 3)
    for cell, words in zip([*table.rows[0].cells, *table.rows[1].cells], ["Passage", "Comment", "Proposed change", "2-3", "unclear", "Say it."], strict=True):
        cell.text = words
    kept = io.BytesIO()
    draft.save(kept)
    matrix = exports.as_xlsx(of, lookups.matrix(cast.ana, of).rows)
    assert walk_in(walk, mail_with(of, ("back.docx", kept.getvalue()), ("matrix.xlsx", matrix))).fate == "commented"
    found = [(one.labels, one.text, one.proposed) for one in Comment.objects.filter(submission__person=cast.ben).order_by("number")]
    assert (["2", "3"], "unclear", "Say it.") in found
    assert any(labels == ["5"] and text.endswith("Every year.") for labels, text, _ in found)
    assert (["4"], "good", "") in found
    assert len(found) == 3


def zip_bomb():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b" " * (12 << 20))
    return kept.getvalue()


BAD = {
    "a zip bomb": ("bomb.docx", zip_bomb, "unfolds to far more"),
    "broken": ("torn.docx", lambda: word_file(p("x"))[:150], "damaged"),
    "with a password": ("locked.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_told_to_their_sender_and_the_words_beside_them_are_kept(cast, walk, name):
    of = opened(cast)
    file, data, sentence = BAD[name]
    assert walk_in(walk, mail_with(of, (file, data()), text="3: too high\n")).fate == "commented"
    assert told(of) == {("Ben", "3"): "too high"}
    assert sentence in " ".join(letters_to("ben")[-1].split())


@pytest.mark.parametrize("name", BAD)
def test_a_bad_draft_is_refused_with_a_sentence_and_nothing_is_begun(cast, name):
    with pytest.raises(NotRead):
        prepared(cast, data=BAD[name][1](), name="draft.docx")
    assert not Consultation.objects.exists()


def test_a_comment_on_a_passage_that_the_newest_draft_lacks_is_kept(cast, walk):
    """"5" in an old mail names the passage that is gone, and no other; the comment stays whole and says so."""
    of = opened(cast)
    walk(answers(of, BEN, "5: every year\n"))
    actions.upload(of, data=NEXT, name="second.md", by=cast.ana, at=NOW)
    actions.renew(of, by=cast.ana, at=NOW)
    assert walk(answers(of, CHANDRA, "5: every other year\n3: one dollar is right\n")).fate == "commented"
    assert told(of)["Chandra", ""] == "5: every other year"
    assert told(of)["Chandra", "3"] == "one dollar is right"
    assert {row.comment.number: row.became for row in lookups.matrix(cast.ana, of).rows}[1] == "gone"


def test_two_answers_at_once_do_not_overwrite_each_other(cast, walk):
    of = opened(cast)
    walk(answers(of, BEN, "3: too high\n"))
    actions.add_author(of, cast.chandra, by=cast.ana)
    (one,) = Comment.objects.all()
    actions.answer([one], state="declined", words="It stays.", by=cast.chandra, at=NOW + timedelta(minutes=2))
    with pytest.raises(actions.Wanting, match="has answered #1 meanwhile"):
        actions.answer([one], state="accepted", words="", by=cast.ana, at=NOW + timedelta(minutes=3), seen=NOW)
    one.refresh_from_db()
    assert one.answer == "It stays."
    actions.answer([one], state="accepted", words="Agreed after all.", by=cast.ana, at=NOW + timedelta(minutes=4), seen=one.answered_at)


def test_an_end_that_falls_in_a_power_cut_is_caught_up_once(cast, walk):
    of = opened(cast)
    walk(answers(of, BEN, "3: too high\n"))
    for _ in range(2):
        actions.tend(at=NOW + timedelta(days=60))
    of.refresh_from_db()
    assert of.stage == "answering"
    assert sum("Time to answer" in one for one in letters_to("ana")) == 1
    assert set(Reminded.objects.values_list("kind", flat=True)) == {"due", "overdue"}
    assert sum("Answers overdue" in one for one in letters_to("ana")) == 1


def test_the_same_mail_twice_is_taken_once(cast, walk):
    """D5."""
    of = opened(cast)
    raw = answers(of, BEN, "3: too high\n", Message_ID="<same@people.example>")
    assert walk(raw).fate == "commented"
    assert walk(raw.replace(b"Subject: Re:", b"X-Trace: 2\r\nSubject: Re:")).fate in {"repeated", "discarded"}
    assert Submission.objects.count() == 1


def test_somebody_elses_receipt_is_of_no_use(cast, walk):
    """A1: the address alone never suffices."""
    of = opened(cast)
    walk(answers(of, BEN, "3: too high\n"))
    to = reply_to(letters_to("ben")[-1])
    assert walk(letter(CHANDRA, to=to, text="#1 withdraw\n"), to=to).fate == "refused"
    assert Comment.objects.get().reaction == ""


def test_questions_instead_of_a_text(cast, walk):
    of = opened(cast, data=b"", questions=["What works in your district?", "", "What does it cost?"])
    assert "[2] What does it cost?" in letters_to("ben")[-1]
    assert walk(answers(of, BEN, "1: Caretakers who are paid.\n2: Forty dollars a month.\n")).fate == "commented"
    assert told(of) == {("Ben", "1"): "Caretakers who are paid.", ("Ben", "2"): "Forty dollars a month."}


def test_mail_for_comments_that_means_no_consultation_reaches_the_facilitators(cast, walk):
    assert walk(letter(BEN, to=DESK, text="12: too high\n"), to=DESK).fate == "forwarded"


def test_reactions_in_words():
    assert [(one.act, one.number, one.words) for one in rules.reactions("#34 agree\ndisagree #35: because of costs\nsupport #1, #2\n+1 #3\n12: not this\n#12: no money for this\n#36 – pas d'accord")[0]] == [
        ("agrees", 34, ""), ("disagrees", 35, "because of costs"), ("supports", 1, ""), ("supports", 2, ""), ("supports", 3, ""), ("disagrees", 36, ""),
    ]  # fmt: skip


def test_the_reason_of_a_reaction_goes_on_where_a_mail_program_broke_the_line():
    text = "#3 disagree: not by two dollars, and\nnot by 2 either.\n\nThank you.\n#4 no: too dear\n12: one dollar\n#5 agree\nYours"
    found, rest = rules.reactions(text)
    assert [(one.number, one.words) for one in found] == [(3, "not by two dollars, and not by 2 either."), (4, "too dear"), (5, "")]
    assert rest == "Thank you.\n12: one dollar\nYours"


def test_who_answers_an_old_letter_quotes_the_older_draft_and_says_nothing_by_it(cast, walk):
    """Where mail programs put the quotation below without a sign; what has changed since is no comment."""
    of = opened(cast)
    actions.upload(of, data=NEXT, name="second.md", by=cast.ana, at=NOW)
    actions.renew(of, by=cast.ana, at=NOW)
    quoted = "\n".join(f"[{one.label}] {one.text}\n" for one in lookups.passages(of.versions.get(number=1)))
    walk(answers(of, BEN, f"4: also in the villages\n\n-----Original Message-----\nFrom: Ana <mdg@lists.example.org>\nSent: Monday\nTo: Ben\nSubject: Consultation 1\n\n{quoted}"))
    assert told(of) == {("Ben", "4"): "also in the villages"}
    walk(answers(of, CHANDRA, "> Households pay a monthly fee of two dollars, which the committee collects.\n\nToo high.\n", Message_ID="<old@x.example>"))
    assert told(of)["Chandra", "3"] == "Too high."
    walk(answers(of, NOA, "> [5] The fee is reviewed every three years.\n\nWhy is it gone?\n", Message_ID="<gone@x.example>"))
    assert told(of)["Noa", "5"] == "Why is it gone?"


def test_what_a_mail_program_broke_is_whole_again_and_what_its_author_broke_stays(cast, walk):
    of = opened(cast)
    long = "The fee is far too high for families who have no income in the dry\nseason, and who then go back to the river.\n- lower it\n- or drop it"
    walk(answers(of, BEN, f"3: {long}\nProposed: Households pay a fee of one dollar in each month, which is\ndropped in the dry season.\n"))
    one = Comment.objects.get()
    assert one.text == long.replace("dry\nseason", "dry season")
    assert one.proposed == "Households pay a fee of one dollar in each month, which is dropped in the dry season."
