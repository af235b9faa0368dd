"""A discussion from the proposal to the feedback, by mail alone; each letter arrives exactly once."""

from datetime import UTC, datetime, timedelta

import pytest

from talanoa.discussions import lookups
from talanoa.discussions.models import Feedback

DAY = timedelta(days=1)
BEGINS = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
SAID = {
    "ben": "In Papua New Guinea the seals fail first. We counted 40 pumps with broken seals in one district.",
    "chandra": "In Nepal the handle breaks before the seals. I disagree that seals are the main problem.",
    "noa": "I agree with Ben that the seals fail first. In Tonga salt water eats the seals of pumps in a year.",
}


def test_proposed_approved_announced_opened_answered_digested_summarised_closed_and_asked_about(cast, story):
    of = story.proposed()
    assert (of.stage, of.title, of.proposer, of.moderator) == ("proposed", "Pumps that last", cast.ben, cast.chandra)
    assert "Phase 2 (5 days): Who pays" in story.letters("ben", "Your proposal has reached us")[0]
    assert story.answer("ana", "approve") == "decided"
    of = story.discussion
    assert (of.stage, of.number) == ("approved", 1)
    everybody = ("ana", "ben", "chandra", "noa")
    for name in everybody:
        assert len(story.letters(name, "Subject: [mdg] D1 #1: Pumps that last")) == 1
    assert len(story.letters("ben", "Your discussion is announced")) == 1
    assert len(story.letters("chandra", "You moderate: Pumps that last")) == 1

    # Noa wants a digest of each phase; the others get it as their other mail.
    assert story.mail("noa", "discussion 1 phase", to="mdg-request@lists.example.org", subject="").fate == "served"
    assert story.answer("noa", "yes", "mdg-confirm+") == "settings changed"
    assert lookups.followed(cast.membership(cast.noa, cast.mdg), of) == "stage"

    # Two days before, the guest moderator is asked for the opening letter, and answers.
    story.tend(BEGINS - 2 * DAY)
    assert "What broke, and when?" in story.letters("chandra", "Phase 1 opens soon")[0]
    assert story.answer("chandra", "Friends, what broke first at your place?", "Phase 1 opens soon") == "decided"
    story.tend(BEGINS)
    story.tend(BEGINS + timedelta(minutes=5))
    for name in ("ana", "ben", "chandra"):
        assert len(story.letters(name, "Subject: [mdg] D1.1 #2: Pumps that last: What fails first")) == 1
    assert "Friends, what broke first" in story.letters("ben", "D1.1 #2")[0]
    assert story.letters("noa", "D1.1 #2") == []

    for number, (name, text) in enumerate(SAID.items(), 3):
        assert story.says(name, text).fate == "posted"
        assert len(story.letters("ana", f"D1.1 #{number}: Pumps that last")) == 1
    assert [post.number for post in lookups.contributions(of)] == [3, 4, 5]
    assert lookups.reach(lookups.contributions(of)) == (3, 3, 2, 3)

    # The phase ends: its digest, the next opening, the draft for the moderator.
    story.tend(BEGINS + 7 * DAY)
    story.tend(BEGINS + 7 * DAY + timedelta(minutes=5))
    digest = story.letters("noa", "Subject: [mdg] D1.1 Pumps that last: What fails first")
    assert len(digest) == 1
    assert "We counted 40 pumps" in digest[0]
    assert "Who pays for the spare part?" in digest[0]
    assert len(story.letters("ben", "D1.2 #6: Pumps that last: Who pays")) == 1
    draft = story.letters("chandra", "To be summarised: phase 1")
    assert len(draft) == 1
    assert "[3]" in draft[0]
    assert story.answer("chandra", "edit\n\nPoints made\n\nMost say that seals fail first [3, 5].\n\nWhere they differ\n\nIn Nepal it is the handle [4].", "To be summarised: phase 1") == "decided"
    assert story.answer("chandra", "issue", "To be summarised: phase 1") == "decided"
    assert len(story.letters("ben", "Summary of phase 1: What fails first")) == 1
    assert "In Nepal it is the handle [4]." in story.letters("ben", "Summary of phase 1")[0]

    story.says("ben", "The committees pay. We collect five coins at each pump.")
    story.tend(BEGINS + 12 * DAY)
    of = story.discussion
    assert of.stage == "ended"
    assert story.answer("chandra", "issue", "To be summarised: phase 2") == "refused"  # the guest's rights ended with it
    final = story.letters("ana", "To be summarised: Pumps that last")
    assert len(final) == 1
    assert "# What fails first" in final[0]
    assert "Most say that seals fail first [3] [5]." in final[0]

    # Who writes after the end is told so, once; the message goes out as an ordinary one.
    assert story.says("noa", "Sorry, I was at sea.").fate == "posted"
    story.says("noa", "And now again.")
    assert len(story.letters("noa", "After the end: Pumps that last")) == 1
    assert len(story.letters("ben", "Subject: [mdg] Re: D1 #9: Pumps that last")) == 1
    assert lookups.reach(lookups.contributions(of)).contributions == 4

    story.tend(BEGINS + 25 * DAY)
    assert len(story.letters("ana", "Subject: The final summary is due")) == 1
    assert story.answer("ana", "issue", "To be summarised: Pumps that last") == "decided"
    of = story.discussion
    assert of.stage == "summarised"
    for name in everybody:
        assert len(story.letters(name, "Subject: [mdg] D1 #")) >= 2
        assert len(story.letters(name, "Summary of the discussion: Pumps that last")) == 1
    assert "no consensus" in " ".join(story.letters("noa", "Summary of the discussion")[0].split())

    assert {one.person for one in Feedback.objects.all()} == {cast.ben, cast.chandra, cast.noa}
    assert len(story.letters("ben", "Was it worth your time?")) == 1
    assert story.answer("ben", "4\n\nShorter, please.", "Was it worth your time?") == "served"
    assert story.answer("ben", "5", "Was it worth your time?") == "forwarded"  # the ticket is used up
    told = lookups.feedback(of)
    assert (told["asked"], told["answered"], told["scores"], told["words"]) == (3, 1, [(4, 1)], ["4\n\nShorter, please."])
