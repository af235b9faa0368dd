"""How a digest is set: contents, texts, links, and what is too long."""

import re
from datetime import timedelta

import pytest
from digested import MONDAY, digests_for, html_of, opened, text_of

from talanoa.communities import actions as communities
from talanoa.conversations import actions, typesetting
from talanoa.conversations.models import Post

pytestmark = pytest.mark.django_db

def test_members_whose_digests_are_alike_share_one_letter(choose, say, cast):
    for person in (cast.ben, cast.chandra, cast.noa):
        choose(person, delivery="daily")
    choose(cast.ana, delivery="daily", html=False)
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    letters = {one.outgoing_id for name in ("ben", "chandra", "noa") for one in digests_for(name)}
    assert len(letters) == 1
    (plain,) = digests_for("ana")
    assert plain.outgoing_id not in letters
    assert opened(plain).get_content_type() == "text/plain"


def test_a_digest_says_what_mail_of_a_list_says(choose, say, cast):
    """M3, L4: unsubscribe by one click, our loop mark, bounces to the community."""
    choose(cast.chandra, delivery="daily")
    say()
    actions.tend(at=MONDAY + timedelta(hours=1))
    (delivery,) = digests_for("chandra")
    head = opened(delivery)
    assert head["From"] == "MDG Pacific <mdg@lists.example.org>"
    assert head["Subject"] == "[mdg] Digest of 2 March 2026: 1 message"
    assert head["List-Id"] == "MDG Pacific <mdg.lists.example.org>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"/leave/\0member\0>" in bytes(delivery.outgoing.head)
    assert (head["Precedence"], head["X-Talanoa-Loop"], head["Auto-Submitted"]) == ("list", "mdg@lists.example.org", "auto-generated")
    assert head["Message-ID"].endswith("@lists.example.org>")
    assert delivery.outgoing.bounces_to == "mdg@lists.example.org"
    assert delivery.member == cast.membership(cast.chandra, cast.mdg).pk


def test_contents_come_first_then_the_texts_with_author_and_permanent_link(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    first = say("Village nurses", "We ask <b>how</b> births are counted.")
    say("Clean water", "A survey of wells.")
    answer = say("Re: Village nurses", "We count them.", who="ana", In_Reply_To=first.message_id)
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    assert text.startswith("MDG Pacific\nDigest of 2 March 2026: 3 messages in 2 conversations\n")
    assert re.search(r"Village nurses\n  1\. Ben Okafor, 2 Mar 2026\n  2\. Ana Tuimavave, 2 Mar 2026\n\nClean water\n  3\. Ben Okafor", text)
    assert text.index("3. Ben Okafor") < text.index("We ask <b>how</b>")
    assert "1. Ben Okafor\nStatistician, Bureau of Statistics, Papua New Guinea\n" in text
    for page in (f"/c/mdg/m/{first.key}", f"/c/mdg/m/{answer.key}"):
        assert page in text
        assert page in html
    assert "We ask &lt;b&gt;how&lt;/b&gt;" in html
    assert max(map(typesetting.columns, (line for line in text.split("\n") if "://" not in line))) <= 72
    assert "<img" not in html


def test_subjects_only_is_a_list_with_links_and_no_texts(choose, say, cast):
    choose(cast.chandra, delivery="subjects")
    post = say("Village nurses", "Secretly long words.")
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    for form in (text, html):
        assert "Village nurses" in form
        assert f"/m/{post.key}" in form
        assert "Secretly" not in form
    assert "Subjects of 2 March 2026" in text


def test_a_long_text_is_shortened_and_says_so_with_a_link(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    paragraph = "The figure says more about the register than about the care that was given. " * 8
    post = say("Long", "\n\n".join([paragraph.strip()] * 150))
    for number in range(9):
        say(f"Short {number}", "A short word.")
    actions.tend(at=MONDAY + timedelta(hours=1))
    text, html = text_of(digests_for("chandra")[0]), html_of(digests_for("chandra")[0])
    assert re.search(rf"\[Shortened\. The whole message, \d{{5}} letters:\nhttp\S+/m/{post.key}\]", text)
    assert "Shortened. Read the whole message" in html
    assert text.count("A short word.") == 9
    assert len(html.encode()) < 30_000


def test_of_very_many_messages_the_subjects_alone_are_given(choose, say, cast):
    choose(cast.chandra, delivery="daily")
    first = say("Begins")
    author = Post.objects.get(pk=first.pk)
    more = [
        Post(community=cast.mdg, conversation=first.conversation, number=number, author=cast.ben, message_id=f"<m{number}@x>", key=f"K{number}",
             subject="Begins", written_at=MONDAY, posted_at=MONDAY, fresh_text="Words.", html="", circulated=True)
        for number in range(2, 140)
    ]  # fmt: skip
    Post.objects.bulk_create(more)
    communities.note_circulated(cast.mdg, Post.objects.latest("pk").pk)
    actions.tend(at=MONDAY + timedelta(hours=1))
    text = text_of(digests_for("chandra")[0])
    assert "too many messages for one letter" in text
    assert "139. Ben Okafor" in text
    assert author.fresh_text not in text
