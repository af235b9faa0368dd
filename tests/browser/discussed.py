"""Discussions for the browser: one proposed, one between its two phases."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from cast import address
from path import NOW, letter
from talanoa.discussions import actions, outline
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion, Feedback
from talanoa.people import actions as people

PHASES = "Phase 1 (7 days): What fails first\n- What broke?\n\nPhase 2 (5 days): Who pays\n- Who pays?"
BEGINS = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
DESK = "mdg-discussion@lists.example.org"


def discuss(cast, walk) -> dict[str, str]:
    """Bring them in; returns the paths of their pages by name."""
    raw = letter(f"Ben Okafor <{address('ben')}>", to=DESK, subject="Pumps that last", text="Two pumps in five stand still.")
    walk(raw, to=DESK, at=NOW)
    led = Discussion.objects.latest("pk")
    plan = outline.Outline(led.issue, "Why not.", "engineers", "", BEGINS.date(), outline.read(PHASES).phases)
    actions.revise(led, title=led.title, plan=plan, moderator=cast.chandra, by=cast.ana, at=NOW)
    actions.approve(led, by=cast.ana, at=NOW)
    clocks.tend(at=BEGINS)
    led.refresh_from_db()
    for name, words in (("ben", "Seals fail first in our district."), ("chandra", "In Nepal the handle breaks first.")):
        last = led.conversation.posts.latest("number")
        raw = letter(f"{name.title()} <{address(name)}>", subject=last.subject, text=words, In_Reply_To=last.message_id)
        walk(raw, at=BEGINS + timedelta(hours=1))
    clocks.tend(at=BEGINS + timedelta(days=7))
    actions.comment(led.phases.get(number=2), "Money, then.", by=cast.chandra, at=BEGINS + timedelta(days=7))
    raw = letter(f"Ben Okafor <{address('ben')}>", to=DESK, subject="Wells", text="Wells dry up.")
    walk(raw, to=DESK, at=NOW)
    asked = Feedback.objects.create(discussion=led, person=cast.ben, sent_at=NOW)
    token = people.issue("feedback", address("ben"), at=timezone.now(), about=asked.pk)
    path = f"/discussions/{led.pk}"
    return {
        "proposal": f"/discussions/{Discussion.objects.latest('pk').pk}",
        "led": path,
        "invite": f"{path}/invite/{cast.noa.pk}",
        "summary": f"{path}/summaries/1",
        "issue summary": f"{path}/summaries/1/issue",
        "feedback": f"/feedback/{token}",
    }
