"""A discussion on its way, by the verbs and by mail."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from path import NOW, letter, sent_bytes
from talanoa.conversations import actions as conversations
from talanoa.discussions.clocks import actions as clocks
from talanoa.discussions.models import Discussion
from talanoa.mail.models import Delivery

PROPOSAL = """Two pumps in five stand still, and nobody keeps count.

Why: the ministry writes its water plan in May.
For whom: district engineers and women's committees
Moderator: chandra gurung
Begins: 2026-03-09

Phase 1 (7 days): What fails first
- What broke, and when?
- Who noticed?

Phase 2 (5 days): Who pays
- Who pays for the spare part?
"""
BEGINS = datetime(2026, 3, 9, 8, 0, tzinfo=ZoneInfo("UTC"))
MINUTE = timedelta(minutes=1)


class Story:
    """Plays a discussion; `at` is the moment of the next step."""

    def __init__(self, cast, walk):
        self.cast, self.walk, self.at = cast, walk, NOW

    def mail(self, name, text, *, to="mdg@lists.example.org", subject="Re: your letter", **headers):
        person = getattr(self.cast, name)
        received = self.walk(letter(f"{person.name} <{name}@people.example>", to=to, subject=subject, text=text, **headers), to=to, at=self.at)
        self.at += MINUTE
        return received

    def answer(self, name, text, words=""):
        """Answer the last letter of the house to somebody (that holds some words)."""
        to = re.search(r"mdg-confirm\+[a-z0-9]+@lists\.example\.org", self.letters(name, words)[-1])[0]
        return self.mail(name, text, to=to).fate

    def letters(self, name, words=""):
        """What somebody got, in order; only mails with some words in them."""
        those = Delivery.objects.filter(address=f"{name}@people.example").exclude(state="withdrawn").select_related("outgoing")
        raws = [sent_bytes(one.outgoing).decode("utf-8", "replace") for one in those.order_by("pk")]
        return [raw for raw in raws if words in re.sub(r"\r\n[ \t]", " ", raw)]

    def tend(self, at=None):
        """Let the clock be at a moment, as the worker does."""
        self.at = at or self.at
        clocks.tend(at=self.at)
        conversations.tend(at=self.at)
        self.at += MINUTE

    @property
    def discussion(self):
        return Discussion.objects.select_related("community", "conversation", "post").latest("pk")

    def proposed(self, name="ben", text=PROPOSAL):
        assert self.mail(name, text, to="mdg-discussion@lists.example.org", subject="Pumps that last").fate == "proposed"
        return self.discussion

    def approved(self):
        self.proposed()
        assert self.answer("ana", "approve") == "decided"
        return self.discussion

    def running(self):
        self.approved()
        self.tend(BEGINS)
        return self.discussion

    def says(self, name, text):
        """A contribution, as an answer to the latest message of the discussion."""
        last = self.discussion.conversation.posts.latest("number")
        return self.mail(name, text, subject=f"Re: [mdg] D1.1 #{last.number}: Pumps that last", In_Reply_To=last.message_id)


@pytest.fixture
def story(cast, walk):
    return Story(cast, walk)
