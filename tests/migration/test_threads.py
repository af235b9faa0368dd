"""Who answers whom in a whole archive: by headers, by lost messages, by subject and time."""

import itertools
import random
from datetime import timedelta

import pytest

from old_mail import mbox, old
from talanoa.conversations.models import Conversation, Post
from talanoa.migration.threads import Threads

pytestmark = pytest.mark.django_db


def places():
    """What answers what, and who stands together: {id: (parent, [ids of the conversation in their order])}"""
    name = lambda post: post.message_id.partition("@")[0].strip("<") if post else None  # noqa: E731
    posts = Post.objects.select_related("parent").order_by("number")
    return {name(one): (name(one.parent), [name(other) for other in posts if other.conversation_id == one.conversation_id]) for one in posts}


ARCHIVES = {
    "a chain": ([old(1), old(2, In_Reply_To=1), old(3, References="<1@old.example> <2@old.example>")], {"1": None, "2": "1", "3": "2"}, 1),
    "the answer came first": ([old(2, In_Reply_To=1, day=2), old(1)], {"1": None, "2": "1"}, 1),
    "a lost message between": ([old(1), old(3, References="<1@old.example> <2@old.example>")], {"1": None, "3": "1"}, 1),
    "answers to one lost message": ([old(2, In_Reply_To=1), old(3, In_Reply_To=1)], {"2": None, "3": None}, 1),
    "a lost message known from another": ([old(1), old(3, In_Reply_To=2), old(4, References="<1@old.example> <2@old.example>")], {"1": None, "3": "1", "4": "1"}, 1),
    "a ring": ([old(1, In_Reply_To=2), old(2, In_Reply_To=1)], {"1": "2", "2": None}, 1),
    "itself": ([old(1, In_Reply_To=1)], {"1": None}, 1),
    "another subject, but it says whom it answers": ([old(1), old(2, "Boats", In_Reply_To=1)], {"1": None, "2": "1"}, 1),
    "by subject": ([old(1, "[list] Wells"), old(2, "Re: [list] Wells", day=9)], {"1": None, "2": "1"}, 1),
    "by subject with two tags": ([old(1, "[list] Wells"), old(2, "[list] Antwort: Wells", day=9)], {"1": None, "2": "1"}, 1),
    "the same question, asked again": ([old(1), old(2)], {"1": None, "2": None}, 2),
    "too long ago": ([old(1), old(2, "Re: Wells", Date="Sun, 1 Oct 2006 08:00:00 +0000")], {"1": None, "2": None}, 2),
    "behind two tags": ([old(1), old(2, "[EXTERNAL] [list] Re: Wells", day=2)], {"1": None, "2": "1"}, 1),
    "behind a filter's mark": ([old(1), old(2, "Re: **SPAM** Wells", day=2)], {"1": None, "2": "1"}, 1),
    "as another program writes it": ([old(1, "Tonga's wells - north"), old(2, "Re: Tonga’s wells – north", day=2)], {"1": None, "2": "1"}, 1),
    "in other bytes": ([old(1, "Wélls"), old(2, "Re: We\u0301lls", day=2)], {"1": None, "2": "1"}, 1),
    "in other languages": ([old(1), old(2, "Respuesta: Wells", day=2), old(3, "TL: Wells", day=3), old(4, "ตอบ: Re: Wells", day=4)], {"1": None, "2": "1", "3": "1", "4": "1"}, 1),
    "a new subject that tells the old": ([old(1), old(2, "Nets (was: Wells)", day=2), old(3, "Re: Nets", day=3)], {"1": None, "2": "1", "3": "1"}, 1),
    "a new subject, and an old answer": ([old(1), old(2, "Re: Nets [was Re: Wells]", day=2)], {"1": None, "2": "1"}, 1),
    "a clock of another day": ([old(1, day=3), old(2, "Re: Wells", Date="Mon, 2 Jan 2006 20:00:00 +0000")], {"1": None, "2": "1"}, 1),
    "no clock is so wrong": ([old(1, day=9), old(2, "Re: Wells", day=2)], {"1": None, "2": None}, 2),
    "by subject, with answers of its own": ([old(1), old(3, "Re: Wells", day=4, In_Reply_To=2), old(2, "Re: Wells", day=3)], {"1": None, "2": "1", "3": "2"}, 1),
}  # fmt: skip


@pytest.mark.parametrize("mails, parents, conversations", ARCHIVES.values(), ids=ARCHIVES)
def test_each_message_stands_where_a_person_would_put_it(bring, mails, parents, conversations):
    outcome = bring(mbox(*mails))
    assert {name: parent for name, (parent, _) in places().items()} == parents
    assert Conversation.objects.count() == outcome.account["conversations"] == conversations


@pytest.mark.parametrize("archive", ["a chain", "the answer came first", "by subject, with answers of its own", "a ring"])
def test_the_order_in_which_messages_come_changes_no_place(bring, archive):
    mails, parents, conversations = ARCHIVES[archive]
    bring(mbox(*reversed(mails)))
    if archive != "a ring":
        assert {name: parent for name, (parent, _) in places().items()} == parents
    assert Conversation.objects.count() == conversations


def test_letters_are_numbered_by_time_though_they_came_in_disorder(bring):
    bring(mbox(old(4, In_Reply_To=1, day=4), old(1), old(3, In_Reply_To=2, day=3), old(2, In_Reply_To=1, day=2)))
    assert places()["1"][1] == ["1", "2", "3", "4"]
    assert sorted(Post.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_an_archive_joins_what_was_brought_in_before_and_what_is_said_today(bring, cast, walk):
    """A second month answers the first; a member's answer of today waited for its old parent."""
    from path import NOW, letter

    proven = {"Authentication_Results": "mx.lists.example.org; dkim=pass header.d=people.example"}
    today = walk(letter("ben@people.example", subject="Re: Nets", In_Reply_To="<7@old.example>", **proven), at=NOW).post
    bring(mbox(old(1)), name="january")
    bring(mbox(old(2, In_Reply_To=1), old(3, "Re: Wells", day=20), old(7, "Nets")), name="february")
    assert {name: parent for name, (parent, _) in places().items() if len(name) == 1} == {"1": None, "2": "1", "3": "1", "7": None}
    today.refresh_from_db()
    assert today.parent.message_id == "<7@old.example>"
    assert today.number == 1  # a letter that members have seen keeps its number


def test_ten_thousand_answers_in_a_chain_and_as_many_rings_are_soon_told():
    """S2"""
    threads = Threads(window=timedelta(days=45).total_seconds())
    for number in range(10_000):
        threads.add(b"%d" % number, answers=[b"%d" % (number - 1)], references=[], subject=1, reply=True, at=number)
    ring = [b"r%d" % number for number in range(1_000)]
    for one, other in zip(ring, ring[1:] + ring[:1], strict=True):
        threads.add(one, answers=[other], references=[], subject=0, reply=False, at=0)
    threads.settle()
    assert len({threads.top(number) for number in range(10_000)}) == 1
    assert sum(threads.parent(threads.number(one)) is None for one in ring) == 1


def test_places_depend_on_no_order_and_close_no_ring():
    """Random forests with random losses: from whatever order, the same conversations; no way up is endless."""
    for seed in range(30):
        chance = random.Random(seed)
        parents = {number: chance.randrange(number) for number in range(1, 30)}
        lost = set(chance.sample(range(30), 6))
        kept = [number for number in range(30) if number not in lost]

        def chain(number, parents=parents):
            way = []
            while number in parents:
                number = parents[number]
                way.append(number)
            return way

        told = []
        for _ in range(3):
            chance.shuffle(kept)
            threads = Threads(window=0)
            for number in kept:
                named = [b"%d" % one for one in chain(number)]
                threads.add(b"%d" % number, answers=named, references=named[::-1], subject=0, reply=False, at=number)
            threads.settle()
            together = {frozenset(group) for group in _groups(threads, kept)}
            told.append((together, {number: threads.parent(threads.number(b"%d" % number)) is None for number in kept}))
        assert told[0] == told[1] == told[2]


def _groups(threads, kept):
    top = lambda number: threads.top(threads.number(b"%d" % number))  # noqa: E731
    return [list(group) for _, group in itertools.groupby(sorted(kept, key=top), key=top)]
