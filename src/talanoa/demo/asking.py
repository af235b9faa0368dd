"""Plays the queries of the story: members act by mail, the facilitator through the verbs."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr

from talanoa.communities.models import Community
from talanoa.conversations.models import Post
from talanoa.demo import notation
from talanoa.demo.questions import WINDOW, Question, Step
from talanoa.demo.story import Letter
from talanoa.demo.story import people as characters
from talanoa.mail.models import Delivery
from talanoa.people.models import Person
from talanoa.queries import actions as queries
from talanoa.queries.models import Query
from talanoa.replies import actions as replies
from talanoa.replies import lookups
from talanoa.replies.actions import save
from talanoa.replies.models import Reply

# Licence and disclaimer stand at the end of each Consolidated Reply. The askers are asked earlier than usual
# what became of it, so that the demo, which looks back for a few months, has stories.
CUSTOMS = {
    "window_days": WINDOW.days,
    "story_days": 40,
    "licence": "Creative Commons Attribution 4.0 International (CC BY 4.0).",
    "disclaimer": "The views are those of the members who gave them, and not of the organisations that they work for. "
    "The people, figures and documents of this demonstration are invented.",
}
_FROM = re.compile(rb"^From: (.+?)\r\n(?! )", re.MULTILINE | re.DOTALL)


class Asking:
    """The way of each query, step by step; `bring` hands a letter in at the mail door."""

    def __init__(
        self, community: Community, *, everybody: dict[str, Person], facilitator: Person, bring: Callable[[Letter], object], at: datetime
    ) -> None:
        self.everybody, self.facilitator, self.bring = everybody, facilitator, bring
        self.asked: dict[str, Query] = {}
        queries.keep_customs(community, by=facilitator, at=at, **CUSTOMS)

    def play(self, question: Question, step: Step) -> None:
        """Take one step, after the house has done what was due by then."""
        queries.tend(at=step.at)
        replies.tend(at=step.at)
        if query := self.asked.get(question.name):
            query.refresh_from_db()
        getattr(self, f"_{step.what}")(question, step)

    def _asks(self, question: Question, step: Step) -> None:
        self._mail(question, step, to=f"{question.community}-query", subject=question.subject)
        self.asked[question.name] = Query.objects.latest("pk")

    def _words(self, question: Question, step: Step) -> None:
        title, _, text = step.text.partition("\n\n")
        text, _, background = text.partition("\n\nBackground\n\n")
        queries.word(
            self.asked[question.name], title=title, text=text, context=background, types=question.types, by=self.facilitator, at=step.at
        )

    def _agrees(self, question: Question, step: Step) -> None:
        self._answer_the_house(question, step)

    def _tells(self, question: Question, step: Step) -> None:
        # Some time after our letter, which went out in this very moment.
        self._answer_the_house(question, replace(step, at=step.at + timedelta(minutes=95)))

    def _circulates(self, question: Question, step: Step) -> None:
        queries.circulate(self.asked[question.name], by=self.facilitator, at=step.at, why=step.text)

    def _answers(self, question: Question, step: Step) -> None:
        above = self._circulated(question, step.to)
        self._mail(question, step, to=question.community, subject=above.subject, answers=above)

    def _remarks(self, question: Question, step: Step) -> None:
        self._answers(question, step)
        query = self.asked[question.name]
        post = Post.objects.filter(conversation=query.conversation_id).latest("number")
        queries.mark(query, post, kind="aside", by=self.facilitator, at=step.at + timedelta(hours=1))

    def _telephones(self, question: Question, step: Step) -> None:
        person = self.everybody[step.author.key]
        queries.enter(self.asked[question.name], person, text=step.text, channel="phone", by=self.facilitator, at=step.at)

    def _promises(self, question: Question, step: Step) -> None:
        query, person = self.asked[question.name], self.everybody[step.author.key]
        queries.approach(query, person, channel="phone", by=self.facilitator, at=step.at)
        queries.note_approach(query, person, state="promised", note=step.text, by=self.facilitator, at=step.at)

    def _closes(self, question: Question, step: Step) -> None:
        """Its time has come: that is seen to before each step."""

    def _drafts(self, question: Question, step: Step) -> None:
        query = self.asked[question.name]
        by = self.everybody[step.author.key]
        reply = replies.begin(query, by=by, at=step.at)
        written = notation.sections(step.text, _sources(query))
        for section in lookups.sections(reply):
            if section.key in written:
                save(section, written[section.key], based_on=section.html, by=by, at=step.at)

    def _issues(self, question: Question, step: Step) -> None:
        reply = Reply.objects.get(query=self.asked[question.name])
        replies.issue(reply, expects=reply.editions.count() + 1, by=self.facilitator, at=step.at)

    def _circulated(self, question: Question, number: int) -> Letter:
        """A message of the query's conversation, as somebody who answers it sees it."""
        post = Post.objects.select_related("author").get(conversation=self.asked[question.name].conversation_id, number=number)
        assert post.author
        circulated = self.asked[question.name].post
        assert circulated
        return Letter(
            conversation=question.name,
            number=number,
            community=question.community,
            subject=circulated.subject,
            author=next(one for one in characters().values() if one.name == post.author.name),
            at=post.posted_at,
            text=post.fresh_text.strip(),
            known_as=post.message_id,
        )

    def _answer_the_house(self, question: Question, step: Step) -> None:
        """Answer the last letter that the house wrote to this person."""
        delivery = Delivery.objects.filter(address=step.author.address, lane=Delivery.Lane.PERSONAL).select_related("outgoing").latest("pk")
        found = _FROM.search(bytes(delivery.outgoing.head))
        assert found
        _, address = parseaddr(found[1].decode("ascii"))
        self._mail(question, step, to=address.partition("@")[0], subject="Re: your letter")

    def _mail(self, question: Question, step: Step, *, to: str, subject: str, answers: Letter | None = None) -> None:
        letter = Letter(
            conversation=f"{question.name} {step.what}",
            number=step.number,
            community=to,
            subject=subject,
            author=step.author,
            at=step.at,
            text=step.text,
            answers=answers,
            language=step.language,
            client=step.client,
        )
        self.bring(letter)


def _sources(query: Query) -> dict[str, str]:
    """What the sources of a reply in the story mean: "lani 1" is the link to Lani's first response."""
    keys = {one.name: one.key for one in characters().values()}
    found, counted = {"found": '<a href="#found">found by the facilitator</a>'}, Counter[str]()
    for post, _ in lookups.coverage(Reply.objects.get(query=query)):
        key = keys[lookups.name_of(post)]
        counted[key] += 1
        found[f"{key} {counted[key]}"] = lookups.source(query, post)
    return found
