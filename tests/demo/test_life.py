"""The demo comes to life through the verbs, along the path of a mail."""

import dataclasses
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from talanoa.communities.lookups import standing
from talanoa.communities.models import Community
from talanoa.consultations import lookups as consultations
from talanoa.consultations.models import Comment, Consultation
from talanoa.conversations.lookups import conversations
from talanoa.conversations.models import OldLink, Post
from talanoa.demo import consulting, discussing, life, old_list, questions, story, writing
from talanoa.discussions import lookups as discussions
from talanoa.discussions.models import Discussion, Feedback
from talanoa.discussions.models import Edition as Summarised
from talanoa.mail.models import Delivery, Received
from talanoa.moderation.models import Held
from talanoa.people.lookups import by_address
from talanoa.queries import lookups as queries
from talanoa.queries.models import Change, Query
from talanoa.replies import lookups as replies
from talanoa.replies.models import Edition, FollowUp, Reply

NOW = datetime(2027, 3, 9, 14, 20, tzinfo=UTC)


@pytest.mark.django_db
def test_the_story_comes_to_life(settings):
    settings.TALANOA = dataclasses.replace(settings.TALANOA, authserv_id=writing.EDGE)
    assert not life.is_alive()
    said = []
    life.begin(NOW, tell=said.append)
    assert life.is_alive()
    assert said

    # Every letter stands where its author put it, and under the letter that it answers.
    ordinary = Post.objects.filter(conversation__query=None, conversation__discussion=None, conversation__consultation=None)
    circulated = {post.message_id: post for post in ordinary.select_related("parent", "author", "conversation")}
    desk = {path.stem for path in (story.FOLDER / "desk").iterdir()}
    letters = [letter for letter in story.letters(NOW) if letter.conversation not in desk]
    assert circulated.keys() == {writing.message_id(letter) for letter in letters}
    for letter in letters:
        post = circulated[writing.message_id(letter)]
        assert post.author.name == letter.author.name
        assert (post.parent.message_id if post.parent else None) == (writing.message_id(letter.answers) if letter.answers else None)
        assert timedelta() <= post.posted_at - letter.at < timedelta(hours=1)
    assert ordinary.values("conversation").distinct().count() == len({letter.conversation for letter in letters})

    # The oldest came in from the archive of the old list, and its links lead on.
    old = old_list.before_the_move(letters, NOW)
    assert len(old) > 30
    assert set(Post.objects.filter(entry__isnull=False).values_list("message_id", flat=True)) == {writing.message_id(one) for one in old}
    assert OldLink.objects.filter(post__entry__isnull=False).count() == len(old)

    # What is not circulated.
    assert Counter(Received.objects.exclude(fate="posted").values_list("fate", flat=True)) == {
        "held": 5, "rejected": 1, "discarded": 1, "set aside": 1, "asked": 9, "decided": 7, "served": 5, "proposed": 2, "commented": 16,
    }  # fmt: skip
    waiting = {held.received.subject[:8]: held.reasons for held in Held.objects.filter(decision="").select_related("received")}
    assert waiting == {
        "Training": ["first_post"],
        "Invitati": ["from_a_stranger"],
        "Re: [mdg": ["nothing_said"],
        "URGENT m": ["first_post", "disproven_sender"],
        "Vitamin ": ["first_post"],
    }

    # Mailboxes begin with the last days; what is older is not sent out now.
    sending = Delivery.objects.filter(state="waiting")
    assert 0 < sending.count() < 2500
    assert not sending.filter(outgoing__made_at__lt=NOW - life.RECENT).exists()

    queries_have_come_as_far_as_the_story_says()
    discussions_have_come_as_far_as_the_story_says()
    the_consultation_has_come_as_far_as_the_story_says()

    # Who may read what.
    facilitator, member = (by_address(story.people()[key].address) for key in ("anjali", "mereoni"))
    newcomer = by_address(story.people()["sina"].address)
    core = Community.objects.get(slug="mdg-core")
    assert [len(conversations(standing(who, core), most=9)) for who in (facilitator, member, newcomer, None)] == [3, 3, 0, 0]
    counting = Community.objects.get(slug="counting")
    assert len(conversations(standing(None, counting), most=9)) == 4


def discussions_have_come_as_far_as_the_story_says():
    for talk, of in zip(discussing.talks(NOW), Discussion.objects.order_by("proposed_at"), strict=True):
        assert (of.title, of.stage) == (talk.subject, talk.stage)
        said = [step.author.name for step in talk.steps if step.what == "says"]
        assert [post.author.name for post in discussions.contributions(of)] == said
        assert {one.summary.phase_id is None for one in Summarised.objects.filter(summary__discussion=of)} == ({True, False} if of.ended_at else {False})
    assert sorted(Feedback.objects.exclude(answered_at=None).values_list("score", flat=True)) == [4, 5]


def queries_have_come_as_far_as_the_story_says():
    told = sorted(questions.questions(NOW), key=lambda one: one.steps[0].at)
    asked = list(Query.objects.order_by("asked_at"))
    assert [(one.stage, one.types) for one in asked] == [(one.stage, list(one.types)) for one in told]
    for one, query in zip(told, asked, strict=True):
        said = [step for step in one.steps if step.what in {"answers", "telephones"}]
        assert [post.author.name for post in (queries.responses(query) if query.post else [])] == [step.author.name for step in said]
    agreed = [one for one in told if any(step.what == "agrees" for step in one.steps)]
    assert Change.objects.filter(what="agreed").count() == len(agreed)
    assert not Change.objects.filter(what="circulated").exclude(why="").exists()

    # Every response is represented in what was issued of it; one reply has a second version.
    issued = Edition.objects.order_by("issued_at")
    assert [(edition.reply.query.number, edition.number) for edition in issued] == [(1, 1), (2, 1), (2, 2), (3, 1)]
    assert all(covered for edition in issued for _, covered in replies.coverage(edition.reply))
    begun = Reply.objects.get(query__stage="closed")
    assert [one.sentence for one in replies.missing(begun)] == [
        "“[[ask Aibek for the letter, and whether it may be shared]]” is unresolved."
    ]
    stories = FollowUp.objects.exclude(answered_at=None).order_by("answered_at")
    assert [(one.query.number, one.kind, one.score, one.shown) for one in stories] == [
        (1, "helped", 5, False), (1, "story", None, True), (3, "helped", 4, False),
    ]  # fmt: skip


def the_consultation_has_come_as_far_as_the_story_says():
    (draft,) = consulting.drafts(NOW)
    of = Consultation.objects.get()
    assert (of.title, of.stage, consultations.newest(of).number) == (draft.title, "open", 2)
    said = {step.author.name for step in draft.steps if step.what == "comments"}
    rows = consultations.matrix(None, of).rows or consultations.matrix(of.prepared_by, of).rows
    assert {row.comment.submission.name for row in rows} == said
    states = Counter(row.comment.state for row in rows)
    assert states["accepted"] + states["modified"] + states["declined"] == 8
    assert (states["assigned"], states["new"]) == (1, len(rows) - 9)
    assert len([row for row in rows if row.comment.proposed]) == 1
    assert sorted(row.comment.reaction for row in rows if row.comment.reaction) == ["agrees", "disagrees"]
    # The first draft's comments were carried over to the second, and those on what changed are marked.
    assert {row.comment.submission.version.number for row in rows} == {1, 2}
    assert {row.became for row in rows} == {"", "changed"}
    assert [row.comment.submission.name for row in rows if not row.comment.labels] == [story.people()["kamala"].name]
    assert not Comment.objects.exclude(replaced_at=None).exists()
