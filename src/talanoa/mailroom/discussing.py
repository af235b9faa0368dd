"""Mail about discussions: answers to our letters, and how a member wants to follow one."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities.joining import actions as joining
from talanoa.communities.lookups import membership, standing
from talanoa.communities.models import Community, Membership
from talanoa.discussions import actions as discussions
from talanoa.discussions import lookups
from talanoa.discussions.models import Discussion
from talanoa.discussions.outline import over, read
from talanoa.discussions.summaries import actions as summaries
from talanoa.discussions.summaries import lookups as of_summaries
from talanoa.locale import spoken
from talanoa.mail.reading.parsing import Letter
from talanoa.moderation import words
from talanoa.people import lookups as people
from talanoa.people.lookups import Recognised
from talanoa.people.models import Person, Ticket

Fate = tuple[str, str]
_ISSUE = frozenset("issue publish pin publier publicar ausgeben veröffentlichen uitgeven pubblica опубликовать 发布".split())


def answered(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """An answer to a letter about a proposal, an opening or a summary; None if the token is for something else (A1)."""
    ticket = people.ticket(token, Ticket.Purpose.DISCUSSION, at)
    of = lookups.numbered(ticket.about or 0) if ticket else None
    if ticket is None or of is None:
        return None
    if author.person is None or author.disproven or not people.holds(author.person, author.address or "", ticket):
        return "refused", "The letter that it answers was sent to somebody else."
    text = "" if letter.doubtful else letter.fresh_text
    act = {"proposal": _on_proposal, "opening": _on_opening, "summary": _on_summary}[ticket.words["what"]]
    with translation.override(spoken(author.person.languages, of.community.language)):
        try:
            with transaction.atomic():
                fate, sentence = act(of, ticket, text, author.person, at=at)
        except (discussions.NotYours, discussions.NotNow, summaries.Outdated) as refusal:
            fate, sentence = "refused", str(refusal)
        except (discussions.Wanting, summaries.Incomplete, summaries.editing.Wanting) as wanting:
            fate, sentence = "not understood", str(wanting)
    discussions.tell_what_was_done(of, author.person, sentence, answers=letter.message_id or "", at=at)
    return fate, sentence


def _below(text: str) -> str:
    return text.strip().partition("\n")[2].strip()


def _on_proposal(of: Discussion, ticket: Ticket, text: str, by: Person, *, at: datetime) -> Fate:
    del ticket
    match words.decision(text):
        case words.Decision("approve"):
            plan = read(_below(text))
            # What stands beneath no label is a greeting or thanks; the issue is changed on the page.
            if plan.why or plan.audience or plan.moderator or plan.begins or plan.phases:
                whole = over(lookups.planned(of), replace(plan, issue=""))
                guest = lookups.member_called(of.community, whole.moderator)
                if plan.moderator and guest is None:
                    raise discussions.Wanting(gettext("No member is called %(name)s, so nothing was done.") % {"name": plan.moderator})
                discussions.revise(of, title=of.title, plan=whole, moderator=guest, by=by, at=at)
            discussions.approve(of, by=by, at=at)
            return "decided", gettext("Discussion %(number)d is announced.") % {"number": of.number}
        case words.Decision("reject", why):
            discussions.decline(of, why=why, by=by, at=at)
            return "decided", gettext("It is declined, and the proposer reads your reason.")
    return "not understood", gettext("Answer with approve, or with decline and a reason; nothing was done.")


def _on_opening(of: Discussion, ticket: Ticket, text: str, by: Person, *, at: datetime) -> Fate:
    phase = of.phases.filter(pk=int(ticket.words["phase"])).first()
    if phase is None or not text.strip():
        return "not understood", gettext("Write the whole opening letter; nothing was changed.")
    phase.discussion = of
    discussions.write_opening(phase, text, by=by, at=at)
    return "decided", gettext("Phase %(number)d opens with your words.") % {"number": phase.number}


def _on_summary(of: Discussion, ticket: Ticket, text: str, by: Person, *, at: datetime) -> Fate:
    del of
    summary = of_summaries.numbered(int(ticket.words["summary"]))
    first = text.strip().partition("\n")[0].strip(" .:!*_").casefold()
    decision = words.decision(text)
    issues = first in _ISSUE or decision == words.Decision("approve", "")
    if summary is None or not (issues or (decision and decision.verb == "edit")):
        return "not understood", gettext("Answer with issue, or with edit and the text below it; nothing was done.")
    if below := _below(text):
        summaries.retype(summary, below, by=by, at=at)
    if not issues:
        return "decided", gettext("The summary is as you wrote it. It waits; answer “issue” to send it.")
    summaries.issue(summary, expects=of_summaries.next_version(summary), by=by, at=at)
    return "decided", gettext("The summary is on its way to the members.")


def given_feedback(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """A contributor's answer to our question whether it was worth the time; None if the token is for something else."""
    ticket = people.ticket(token, Ticket.Purpose.FEEDBACK, at)
    asked = of_summaries.asked(ticket.about or 0) if ticket else None
    if ticket is None or asked is None:
        return None
    if author.address is None or author.disproven or not people.holds(author.person, author.address, ticket):
        return "refused", "The letter that it answers was sent to somebody else."
    try:
        summaries.answer_feedback(asked, letter.text if letter.doubtful else letter.fresh_text, token=token, at=at)
    except summaries.Wanting:
        return "not understood", "It holds neither a number nor words."
    return "served", "What the contributor says of the discussion is kept with it."


def follow(wanted: str, letter: Letter, author: Recognised, member: Membership, *, at: datetime) -> str:
    """Let a member follow a discussion as they ask, or mail a ticket first where nothing proves that they ask."""
    number, _, how = wanted.partition(" ")
    of = lookups.discussion(standing(member.person, member.community), int(number))
    if of is None:
        return f"there is no discussion {number}"
    if author.proven:
        return discussions.follow(of, member, how, at=at, answers=letter.message_id or "")
    assert author.address is not None
    return joining.ask_to_choose(member.community, author.address, {"discussion": of.number, "how": how}, at=at)


def confirmed(ticket: Ticket, community: Community, *, at: datetime) -> Fate:
    """The answer to such a ticket, which the caller has redeemed."""
    person = people.by_address(ticket.address)
    member = membership(person, community)
    of = lookups.discussion(standing(person, community), int(ticket.words["discussion"]))
    if member is None or of is None:
        return "nothing to do", "There is no such discussion, or they are no member any more."
    return "settings changed", discussions.follow(of, member, ticket.words["how"], at=at, answers="")
