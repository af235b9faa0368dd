"""What past queries mean is worked out once, kept, and has its say in what an asker is shown."""

import pytest

from path import NOW, letter
from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.language import meaning
from talanoa.queries import actions as queries
from talanoa.queries import lookups
from talanoa.queries.models import Meaning, Opening, Query

pytestmark = pytest.mark.django_db

TITLES = (
    "What keeps mosquitoes away at night?",
    "Comment financer un centre de santé de village ?",
    "Cooking stoves that burn rice husks",
)


@pytest.fixture
def past(cast):
    """Three circulated queries, whose meanings nobody has worked out."""
    community = Community.objects.get(slug="mdg")
    made = [
        Query(community=community, number=number, stage=Query.Stage.CONSOLIDATED, title=title, text="", asked_at=NOW, asked_text="", asked_subject="")
        for number, title in enumerate(TITLES, 1)
    ]
    return Query.objects.bulk_create(made)


@pytest.fixture
def worked_out(monkeypatch):
    """The texts whose meanings were worked out, in order."""
    texts = []
    encode = meaning.Encoder.meanings

    def noted(self, some, those):
        texts.extend(some[place] for place in those)
        return encode(self, some, those)

    monkeypatch.setattr(meaning.Encoder, "meanings", noted)
    return texts


def test_the_worker_works_out_what_is_missing_once(past, worked_out):
    queries.tend(at=NOW)
    kept = dict(Meaning.objects.values_list("pk", "vector"))
    assert sorted(worked_out) == sorted(one.words for one in (past[0], past[2]))
    assert {pk: len(bytes(vector)) for pk, vector in kept.items()} == {past[0].pk: 768, past[1].pk: 0, past[2].pk: 768}
    queries.tend(at=NOW)
    assert len(worked_out) == 2
    past[0].delete()
    assert set(Meaning.objects.values_list("pk", flat=True)) == {past[1].pk, past[2].pk}


def test_a_question_in_other_words_finds_it_and_nothing_is_worked_out_anew(cast, past, worked_out):
    asked = "Protecting sleepers from malaria"
    assert past[0] not in lookups.nearest(cast.ben, past[0].community, asked)
    queries.tend(at=NOW)
    assert lookups.nearest(cast.ben, past[0].community, asked) == [past[0]]
    assert lookups.nearest(cast.farid, past[0].community, asked) == []
    assert worked_out.count(asked) == 1
    assert len(worked_out) == 3


def test_who_answered_a_question_in_other_words_comes_first_and_what_is_taken_back_is_forgotten(cast, walk, worked_out):
    """Both share one word with the question; one of them answered the same."""
    ana, ben, chandra = ("Ana <ana@people.example>", "Ben Okafor <ben@people.example>", "Chandra Gurung <chandra@people.example>")
    for asker, answerer, matter, answer in (
        (ana, ben, "Which nets catch the most tuna?", "Long lines do better."),
        (ana, chandra, "What keeps mosquitoes away at night?", "Fine nets, hung well."),
    ):
        assert walk(letter(asker, subject=f"[mdg] {matter}", text=f"{matter}\n")).fate == "posted"
        opened = Post.objects.latest("pk")
        walk(letter(answerer, subject=f"Re: {matter}", text=f"{answer}\n", In_Reply_To=opened.message_id))
    suggest = lambda: [one.person for one in lookups.may_know(cast.mdg, "Malaria", "Which nets protect sleepers from malaria?")]  # noqa: E731
    assert suggest() == [cast.ben, cast.chandra]
    queries.tend(at=NOW)
    assert Opening.objects.count() == 2
    assert suggest() == [cast.chandra, cast.ben]
    queries.tend(at=NOW)
    assert len(worked_out) == 3
    Post.objects.filter(pk=opened.pk).update(withdrawn_at=NOW)
    queries.tend(at=NOW)
    assert list(Opening.objects.values_list("post__subject", flat=True)) == ["[mdg] Which nets catch the most tuna?"]


def test_without_the_encoder_queries_are_compared_by_words_and_nothing_is_kept(cast, past, monkeypatch, tmp_path):
    monkeypatch.setattr(meaning, "ENCODER", tmp_path)
    queries.tend(at=NOW)
    assert not Meaning.objects.exists()
    assert lookups.nearest(cast.ben, past[0].community, "Mosquitoes at night")[0] == past[0]
    assert lookups.nearest(cast.ben, past[0].community, "Un centre de santé")[0] == past[1]
