"""A query from the asker's mail to the end of its window, by mail alone."""

import re
from datetime import timedelta

import pytest

from path import NOW, copies, letter, sent_bytes
from talanoa.mail.models import Delivery, Outgoing
from talanoa.queries import actions as queries
from talanoa.queries import lookups
from talanoa.queries.models import Change, Customs, Query

pytestmark = pytest.mark.django_db

BEN, CHANDRA, ANA = "Ben Okafor <ben@people.example>", "Chandra Gurung <chandra@people.example>", "Ana <ana@people.example>"
DESK = "mdg-query@lists.example.org"


def letters_to(name, after=0):
    found = Delivery.objects.filter(address=f"{name}@people.example", outgoing__gt=after).select_related("outgoing").order_by("id")
    return [sent_bytes(one.outgoing).decode("utf-8", "replace") for one in found]


def reply_address(raw):
    return re.search(r"mdg-confirm\+[a-z0-9]+@lists\.example\.org", raw)[0]


def asked(walk, **more):
    assert walk(letter(BEN, to=DESK, subject="Counting births at home", text="How do you count births at home?\n", **more), to=DESK).fate == "asked"
    return Query.objects.latest("pk")


def agreed(walk, cast, query):
    queries.word(query, title="Counting births at home", text="How do health workers count births at home?", types=["experiences"], by=cast.ana, at=NOW)
    to = reply_address(letters_to("ben")[-1])
    assert walk(letter(BEN, to=to, subject="Re: Do you agree?", text="Agree!\n"), to=to).fate == "decided"
    query.refresh_from_db()
    return query


def circulated(walk, cast):
    query = agreed(walk, cast, asked(walk))
    queries.circulate(query, by=cast.ana, at=NOW)
    return query


def test_asked_worded_agreed_circulated_answered_closed(cast, walk):
    query = asked(walk)
    assert (query.stage, query.title, query.asker) == ("asked", "Counting births at home", cast.ben)
    assert "Your query has reached us" in letters_to("ben")[0]
    assert "How do you count births at home?" in letters_to("ana")[0]
    agreed(walk, cast, query)
    assert query.stage == "agreed"
    assert "agrees to your wording" in letters_to("ana")[-1]
    latest = Outgoing.objects.latest("pk").pk
    queries.circulate(query, by=cast.ana, at=NOW)
    sent = {name: letters_to(name, latest) for name in ("ana", "ben", "chandra", "noa")}
    assert all("Subject: [mdg] Query 1: Counting births at home" in those[0] for those in sent.values())
    assert "Please answer by 12 March 2026" in sent["chandra"][0]
    assert walk(letter(CHANDRA, subject="Re: Query 1: Counting births at home", text="We use registers.\n", In_Reply_To=query.post.message_id)).fate == "posted"
    assert [post.fresh_text.strip() for post in lookups.responses(query)] == ["We use registers."]
    queries.tend(at=NOW + timedelta(days=10, minutes=1))
    query.refresh_from_db()
    assert query.stage == "closed"
    assert "Time to consolidate" in letters_to("ana")[-2] + letters_to("ana")[-1]
    assert list(Change.objects.values_list("what", flat=True).order_by("pk")) == ["asked", "worded", "agreed", "circulated", "closed"]


@pytest.mark.parametrize("subject", ["Query: births at home", "[mdg] QUERY : births at home", "Consulta: births at home", "Запрос: births at home"])
def test_a_subject_that_says_so_is_a_query(cast, walk, subject):
    assert walk(letter(BEN, subject=subject)).fate == "asked"
    assert Query.objects.get().title == "births at home"


@pytest.mark.parametrize("subject", ["Re: Query: births", "A query: births", "Query", "Queryable: births"])
def test_anything_else_is_an_ordinary_message(cast, walk, subject):
    assert walk(letter(BEN, subject=subject)).fate == "posted"


def test_an_answer_to_a_query_is_no_query(cast, walk):
    assert walk(letter(BEN, subject="Query: births", In_Reply_To="<one@two.example>")).fate == "posted"


def test_a_strangers_query_waits_for_the_facilitator(cast, walk):
    assert walk(letter("Olga <olga@people.example>", to=DESK), to=DESK).fate == "held"
    assert not Query.objects.exists()


def test_a_newcomers_query_needs_no_second_look(cast, walk):
    cast.mdg.first_posts_held = 3
    cast.mdg.moderated = True
    cast.mdg.save()
    assert walk(letter("Noa <noa@people.example>", to=DESK), to=DESK).fate == "asked"


def test_d5_the_same_bytes_make_one_query(cast, walk):
    raw = letter(BEN, to=DESK)
    assert [walk(raw, to=DESK).fate, walk(raw, to=DESK).fate] == ["asked", "repeated"]
    assert Query.objects.count() == 1


@pytest.mark.parametrize("words", ["agree", "Agree.", "  OK!", "D’accord", "de acuerdo", "同意。", "Согласна", "agree\n\nThank you, Ana!"])
def test_agreement_in_the_askers_words(cast, walk, words):
    query = asked(walk)
    queries.word(query, title="T", text="Words", by=cast.ana, at=NOW)
    to = reply_address(letters_to("ben")[-1])
    assert walk(letter(BEN, to=to, text=words), to=to).fate == "decided"


def test_changes_go_to_the_facilitator_and_nothing_goes_out(cast, walk):
    query = asked(walk)
    queries.word(query, title="T", text="Words", by=cast.ana, at=NOW)
    to = reply_address(letters_to("ben")[-1])
    assert walk(letter(BEN, to=to, text="Please say villages, not homes.\n"), to=to).fate == "forwarded"
    query.refresh_from_db()
    assert query.stage == "worded"
    assert "villages, not homes" in letters_to("ana")[-1]


def test_a2_agreement_is_to_the_latest_wording_once_and_by_the_asker(cast, walk):
    query = asked(walk)
    queries.word(query, title="T", text="First", by=cast.ana, at=NOW)
    first = reply_address(letters_to("ben")[-1])
    queries.word(query, title="T", text="Second", by=cast.ana, at=NOW)
    second = reply_address(letters_to("ben")[-1])
    assert walk(letter(BEN, to=first, text="agree"), to=first).fate == "forwarded"
    assert walk(letter(CHANDRA, to=second, text="agree"), to=second).fate == "refused"
    query.refresh_from_db()
    assert query.stage == "worded"
    assert walk(letter(BEN, to=second, text="agree"), to=second).fate == "decided"
    assert walk(letter(BEN, to=second, text="agree"), to=second).fate != "decided"


def test_without_agreement_a_reason_is_asked_for_and_kept(cast, walk):
    query = asked(walk)
    with pytest.raises(queries.Wanting):
        queries.circulate(query, by=cast.ana, at=NOW)
    queries.circulate(query, by=cast.ana, at=NOW, why="agreed by phone")
    assert query.changes.get(what="circulated").why == "agreed by phone"
    with pytest.raises(queries.NotNow):
        queries.circulate(query, by=cast.ana, at=NOW, why="again")
    assert Query.objects.get().number == 1


def test_only_facilitators_do_this(cast, walk):
    query = circulated(walk, cast)
    for verb in (
        lambda: queries.close(query, by=cast.ben, at=NOW),
        lambda: queries.extend(query, until=NOW + timedelta(days=20), why="more", by=cast.farid, at=NOW),
        lambda: queries.correct(query, words="x", by=cast.sefa, at=NOW),
    ):
        with pytest.raises(queries.NotYours):
            verb()


def test_each_clock_reminds_once_also_after_days_of_silence(cast, walk):
    query = circulated(walk, cast)
    kinds = lambda: list(query.reminders.values_list("kind", flat=True).order_by("pk"))  # noqa: E731
    for hours in (1, 23, 25, 26, 24 * 5 + 1, 24 * 9 + 1, 24 * 9 + 2):
        queries.tend(at=NOW + timedelta(hours=hours))
    assert kinds() == ["silence", "half", "closing"]
    # The machine was down for a week: one letter, about what matters now.
    before = len(letters_to("ana"))
    queries.tend(at=NOW + timedelta(days=17))
    queries.tend(at=NOW + timedelta(days=17, hours=1))
    query.refresh_from_db()
    assert (query.stage, kinds()[3:]) == ("closed", ["due", "overdue"])
    assert len(letters_to("ana")) == before + 2  # closed, overdue


def test_extended_with_a_reason_even_after_the_close(cast, walk):
    query = circulated(walk, cast)
    queries.tend(at=NOW + timedelta(days=11))
    with pytest.raises(queries.Wanting):
        queries.extend(query, until=NOW + timedelta(days=14), why=" ", by=cast.ana, at=NOW + timedelta(days=11))
    queries.extend(query, until=NOW + timedelta(days=14), why="Vanuatu had no power", by=cast.ana, at=NOW + timedelta(days=11))
    query.refresh_from_db()
    assert (query.stage, query.closes_at, query.due_at) == ("open", NOW + timedelta(days=14), NOW + timedelta(days=19))


def test_a_correction_is_numbered_and_is_no_response(cast, walk):
    query = circulated(walk, cast)
    queries.correct(query, words="Read ten, not two.", by=cast.ana, at=NOW)
    post = queries.correct(query, words="Read twelve.", by=cast.ana, at=NOW)
    assert post.subject == "Query 1: Counting births at home, correction 2"
    assert post.conversation == query.conversation
    assert not lookups.responses(query).exists()


def test_a_response_by_telephone_is_the_members_and_says_who_entered_it(cast, walk):
    query = circulated(walk, cast)
    post = queries.enter(query, cast.noa, text="We ask the midwives.", channel="phone", by=cast.ana, at=NOW)
    assert (post.author, post.entered.by) == (cast.noa, cast.ana)
    assert " ".join(post.fresh_text.split()) == "We ask the midwives. (Noa Faleolo said this by telephone; entered by Ana Tuimavave.)"
    assert list(lookups.responses(query)) == [post]
    assert len([one for one in copies() if one.outgoing.message_id == post.message_id]) == 4


def test_an_aside_is_no_response_until_the_mark_is_taken_back(cast, walk):
    query = circulated(walk, cast)
    walk(letter(CHANDRA, subject="Re: x", text="Thank you for asking!", In_Reply_To=query.post.message_id))
    post = lookups.responses(query).get()
    queries.mark(query, post, kind="aside", by=cast.ana, at=NOW)
    assert not lookups.responses(query).exists()
    queries.mark(query, post, kind="", by=cast.ana, at=NOW)
    assert lookups.responses(query).get() == post
    with pytest.raises(queries.Wanting):
        queries.mark(query, query.post, kind="aside", by=cast.ana, at=NOW)


def test_who_has_answered_is_not_suggested_any_more(cast, walk):
    cast.chandra.interests = "births at home"
    cast.chandra.save()
    query = circulated(walk, cast)
    assert cast.chandra in [one.person for one in lookups.suggested(query)]
    walk(letter(CHANDRA, subject="Re: x", text="We use registers.", In_Reply_To=query.post.message_id))
    assert cast.chandra not in [one.person for one in lookups.suggested(query)]


def test_dropped_the_asker_reads_why(cast, walk):
    query = asked(walk)
    queries.drop(query, why="It was answered in May.", by=cast.ana, at=NOW)
    assert "answered in May" in letters_to("ben")[-1]
    with pytest.raises(queries.NotNow):
        queries.word(query, title="T", text="x", by=cast.ana, at=NOW)


def test_an_asker_who_leaves_and_is_erased_takes_no_query_with_them(cast, walk):
    query = circulated(walk, cast)
    cast.ben.delete()
    query.refresh_from_db()
    assert (query.asker, query.asker_name) == (None, "Ben Okafor")
    queries.tend(at=NOW + timedelta(days=11))
    query.refresh_from_db()
    assert query.stage == "closed"


def test_customs_set_the_clocks(cast, walk):
    queries.keep_customs(cast.mdg, by=cast.ana, at=NOW, window_days=3, reply_days=5)
    assert Customs.objects.get().window_days == 3
    query = circulated(walk, cast)
    assert (query.closes_at, query.due_at) == (NOW + timedelta(days=3), NOW + timedelta(days=5))


def test_an_ordinary_message_is_taken_up_as_a_query(cast, walk):
    walk(letter(CHANDRA, subject="Does anybody know?", text="Who has a register of births?"))
    post = cast.chandra.posts.get()
    query = queries.take_up(post, by=cast.ana, at=NOW)
    assert (query.asker, query.title) == (cast.chandra, "Does anybody know?")


def test_p1_what_is_not_circulated_is_seen_by_nobody_else(cast, walk):
    from talanoa.communities.lookups import standing

    query = asked(walk)
    assert not lookups.queries(standing(cast.chandra, cast.mdg)).exists()
    assert lookups.workplace(cast.chandra, query.pk) is None
    assert lookups.workplace(cast.farid, query.pk) is None
    assert lookups.workplace(cast.ana, query.pk) == query
    assert lookups.own(cast.ben, query.pk) == query
    agreed(walk, cast, query)
    queries.circulate(query, by=cast.ana, at=NOW)
    assert list(lookups.queries(standing(cast.chandra, cast.mdg))) == [query]
    assert not lookups.queries(standing(cast.farid, cast.mdg)).exists()
