"""The clocks of discussions: what was missed while nothing ran is done once, and nobody's time is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.communities import actions as communities
from talanoa.communities.lookups import standing
from talanoa.discussions import lookups, rules
from talanoa.discussions.clocks import actions as clocks
from talanoa.people.models import Person

DAY = timedelta(days=1)
BEGINS = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_guest_who_leaves_loses_the_rights_and_the_facilitator_is_told_once(cast, story):
    of = story.running()
    assert standing(cast.chandra, cast.mdg).moderates(of.conversation_id)
    communities.leave(cast.mdg, cast.chandra, at=BEGINS + DAY)
    story.tend(BEGINS + DAY)
    story.tend(BEGINS + DAY * 2)
    assert len(story.letters("ana", "Subject: Without a moderator: Pumps that last")) == 1
    assert story.discussion.moderator is None
    assert lookups.workplace(cast.chandra, of.pk) is None
    # Who comes back is a member again, and no more.
    communities.join(cast.mdg, cast.chandra, at=BEGINS + DAY * 3)
    assert not standing(cast.chandra, cast.mdg).moderates(of.conversation_id)
    story.tend(BEGINS + 7 * DAY)
    assert len(story.letters("ana", "Subject: To be summarised: phase 1")) == 1
    assert story.letters("chandra", "Subject: To be summarised") == []


@pytest.mark.django_db
def test_an_end_in_a_power_cut_is_the_end_when_the_power_is_back_and_what_waited_counts(cast, story):
    of = story.running()
    story.tend(BEGINS + 7 * DAY)
    # The power goes on the eve of the end, and is back two days after it; the edge had kept a mail meanwhile.
    story.at = BEGINS + 14 * DAY
    assert story.says("ben", "Written before the end.").fate == "posted"
    story.tend(BEGINS + 14 * DAY)
    story.tend(BEGINS + 14 * DAY)
    of = story.discussion
    assert (of.stage, of.ended_at) == ("ended", BEGINS + 14 * DAY)
    assert "Written before the end." in [post.fresh_text.strip() for post in lookups.contributions(of)]
    assert story.letters("ben", "After the end") == []
    assert len(story.letters("ana", "Subject: To be summarised: Pumps that last")) == 1
    assert not standing(cast.chandra, cast.mdg).moderates(of.conversation_id)


@pytest.mark.django_db
def test_a_phase_that_passed_in_the_dark_is_moved_and_everybody_who_leads_is_told(cast, story):
    story.running()
    back = BEGINS + 20 * DAY
    story.tend(back)
    of = story.discussion
    first, second = lookups.phases(of)
    assert (first.closed_at, second.opened_at, second.ends_at) == (back, back, back + 5 * DAY)
    assert len(story.letters("ana", "Subject: Phases were moved")) == 1
    assert len(story.letters("chandra", "Subject: Phases were moved")) == 1
    assert of.stage == "running"


@pytest.mark.django_db
def test_two_workers_at_once_open_close_and_tell_once(cast, story):
    story.approved()
    for moment in (BEGINS, BEGINS + 7 * DAY, BEGINS + 12 * DAY, BEGINS + 26 * DAY):
        for _ in range(2):
            clocks.tend(at=moment)
    of = story.discussion
    assert of.conversation.posts.count() == 3  # the announcement and two openings
    for words, name in (("You moderate", "chandra"), ("To be summarised: phase 1", "chandra"), ("To be summarised: Pumps", "ana"), ("overdue", "ana")):
        assert len(story.letters(name, f"Subject: {words}" if words != "overdue" else "Subject: The final summary is overdue")) == 1
    assert Person.objects.filter(roles__scope__startswith="conversation", roles__ended_at=None).count() == 0


@pytest.mark.django_db
def test_a_daily_digest_has_the_moderators_word_and_what_came_since_yesterday(cast, story):
    of = story.running()
    from talanoa.discussions import actions

    actions.follow(of, cast.membership(cast.noa, cast.mdg), "daily", at=story.at)
    story.says("ben", "Seals fail first.")
    actions.comment(of.phases.get(number=1), "Seals, then. What else?", by=cast.chandra, at=story.at)
    story.tend(BEGINS + DAY)
    story.tend(BEGINS + DAY + timedelta(hours=3))
    digests = story.letters("noa", "Subject: [mdg] D1.1 Pumps that last: What fails first")
    assert len(digests) == 1
    assert "Seals, then. What else?" in digests[0]
    assert "Seals fail first." in digests[0]
    story.tend(BEGINS + 2 * DAY)  # nothing new, no letter
    assert len(story.letters("noa", "Subject: [mdg] D1.1 Pumps that last: What fails first")) == 1
    story.says("ben", "And rods.")
    story.tend(BEGINS + 3 * DAY)
    later = story.letters("noa", "Subject: [mdg] D1.1 Pumps that last: What fails first")[1]
    assert "Seals, then." not in later
    assert "Seals fail first." not in later


@pytest.mark.django_db
def test_declined_never_silently(cast, story):
    story.proposed()
    assert story.answer("ana", "decline") == "not understood"
    assert "Write a reason" in story.letters("ana")[-1]
    assert story.answer("ana", "decline We had this in May.", "A discussion is proposed") == "decided"
    assert "We had this in May." in story.letters("ben", "Not held: Pumps that last")[0]
    assert story.discussion.stage == "declined"


@pytest.mark.django_db
def test_a_facilitator_changes_the_plan_in_the_answer_that_approves(cast, story):
    story.proposed()
    text = "approve\n\nThank you, Ben!\n\nModerator: Nobody Here\n"
    assert story.answer("ana", text, "A discussion is proposed") == "not understood"
    assert story.discussion.stage == "proposed"
    text = "approve\n\nThank you, Ben!\n\nModerator: Noa Faleolo\nBegins: 16 March 2026\n\nPhase 1 (3 days): All at once\n- Why?\n"
    assert story.answer("ana", text, "A discussion is proposed") == "decided"
    of = story.discussion
    (phase,) = lookups.phases(of)
    assert (of.moderator, phase.theme, phase.begins_at, phase.ends_at) == (cast.noa, "All at once", BEGINS + 7 * DAY, BEGINS + 10 * DAY)
    assert of.issue.startswith("Two pumps in five")


@pytest.mark.django_db
def test_d5_the_same_mail_proposes_once_and_a_strangers_waits(cast, walk):
    from path import letter

    to = "mdg-discussion@lists.example.org"
    raw = letter("Ben Okafor <ben@people.example>", to=to, subject="Pumps")
    assert [walk(raw, to=to).fate, walk(raw, to=to).fate] == ["proposed", "repeated"]
    assert walk(letter("Olga <olga@people.example>", to=to), to=to).fate == "held"
    assert walk(letter("Ben Okafor <ben@people.example>", subject="Discussion: wells")).fate == "proposed"
    assert walk(letter("Ben Okafor <ben@people.example>", subject="Re: Discussion: wells")).fate == "posted"


SPANS = st.lists(st.integers(1, 20), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(SPANS, st.integers(0, 5), st.integers(-3, 90))
def test_nobodys_phase_is_lost_whenever_the_clock_is_looked_at(days, opened, late):
    """Of the phases that are to come none is over already, each is as long as it was planned unless it is only late, and they stay in order."""
    begin, spans = BEGINS, []
    for number, long in enumerate(days, 1):
        spans.append(rules.Span(number, begin, begin + long * DAY, opened=number <= opened))
        begin += long * DAY
    at = BEGINS + late * DAY
    moved = rules.caught_up(spans, at)
    for before, after in zip(spans, moved, strict=True):
        if before.opened:
            assert after == before
        else:
            assert after.ends_at > at
            assert after.begins_at >= before.begins_at
            assert after.ends_at - after.begins_at == before.ends_at - before.begins_at
    assert [one.begins_at for one in moved] == sorted(one.begins_at for one in moved)
    assert rules.caught_up(moved, at) == moved


@pytest.mark.django_db
def test_o11_a_discussion_that_cannot_go_on_keeps_no_other_from_opening(cast, story, monkeypatch):
    from talanoa.discussions import letters

    story.approved()
    story.approved()
    made = letters.opening

    def opening(of, phase):
        if of.number == 1:
            raise RuntimeError("broken")
        return made(of, phase)

    with monkeypatch.context() as patch:
        patch.setattr(letters, "opening", opening)
        with pytest.raises(ExceptionGroup):
            clocks.tend(at=BEGINS)
    assert story.discussion.stage == "running"
    clocks.tend(at=BEGINS)
    assert [one.stage for one in type(story.discussion).objects.order_by("number")] == ["running", "running"]
