"""The letters of discussions. What goes to one person is sent here; what goes to everybody is returned, and posted."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from talanoa.communities.lookups import clock
from talanoa.discussions import lookups, outline, rules
from talanoa.discussions.models import Discussion, Feedback, Phase, Summary
from talanoa.locale import spoken, whole_day
from talanoa.mail.sending import house_letters
from talanoa.people import actions as people
from talanoa.people.lookups import first_address
from talanoa.people.models import Person, Ticket
from talanoa.publishing.plain import wrapped


def base() -> str:
    """Where our pages begin."""
    return settings.TALANOA.base_url.rstrip("/")


def page(of: Discussion) -> str:
    """The permanent address of an announced discussion."""
    return f"{base()}/c/{of.community.slug}/discussions/{of.number}"


def workplace(of: Discussion) -> str:
    """Where a discussion is led."""
    return f"{base()}/discussions/{of.pk}"


def receipt(of: Discussion, *, answers: str, at: datetime) -> None:
    """Tells the proposer that the facilitator has the proposal, as it was understood."""
    if of.proposer:
        _send("receipt", of, of.proposer, at=at, answers=answers, replied=True, plan=outline.write(lookups.planned(of)))


def proposed(of: Discussion, facilitator: Person, *, at: datetime) -> None:
    """Shows a facilitator a proposal; an answer approves, changes or declines it."""
    plan = outline.write(lookups.planned(of))
    _send("proposed", of, facilitator, at=at, ticket={"what": "proposal"}, plan=plan, likely=lookups.likely(of))


def approved(of: Discussion, *, at: datetime) -> None:
    """Tells the proposer that the discussion is announced."""
    if of.proposer:
        _send("approved", of, of.proposer, at=at)


def guest(of: Discussion, *, at: datetime) -> None:
    """Tells a guest moderator what the role brings with it."""
    if of.moderator:
        _send("guest", of, of.moderator, at=at)


def declined(of: Discussion, *, why: str, at: datetime) -> None:
    """Tells the proposer why a discussion is not held."""
    if of.proposer:
        _send("declined", of, of.proposer, at=at, why=why)


def invitation(of: Discussion, person: Person, words: str, *, by: Person, at: datetime) -> None:
    """A personal letter that asks somebody to take part; an answer to it reaches the facilitators."""
    _send("invitation", of, person, at=at, words=words, by=by)


def invitation_words(of: Discussion, person: Person, by: Person) -> str:
    """A draft of such a letter, for its sender to better."""
    facts = {"discussion": of, "person": person, "by": by, "phase": lookups.current(of) or lookups.phases(of)[0]}
    with translation.override(of.community.language):
        return render_to_string("discussions/letters/invitation_words.txt", facts).strip() + "\n"


def reminder(of: Discussion, person: Person, *, kind: str, phase: Phase | None, at: datetime) -> None:
    """Tells who leads a discussion of one of its clocks. An answer to that of an opening letter gives its words."""
    ticket = {"what": "opening", "phase": str(phase.pk)} if kind == "opening" and phase else None
    draft = opening(of, phase)[1] if kind == "opening" and phase else ""
    due = day(of, lookups.due(of), spoken(person.languages, of.community.language))
    _send("reminder", of, person, at=at, kind=kind, phase=phase, draft=draft, ticket=ticket, due=due)


def moved(of: Discussion, person: Person, phases: Sequence[Phase], *, at: datetime) -> None:
    """Tells that phases were moved, because nothing ran when their time came."""
    language = spoken(person.languages, of.community.language)
    _send("moved", of, person, at=at, phases=[(one, day(of, one.begins_at, language), day(of, one.ends_at, language)) for one in phases])


def moderator_gone(of: Discussion, facilitator: Person, *, name: str, at: datetime) -> None:
    """Tells a facilitator that the guest moderator has left the community."""
    _send("moderator_gone", of, facilitator, at=at, name=name)


def to_be_summarised(of: Discussion, summary: Summary, person: Person, *, text: str, at: datetime) -> None:
    """Shows who leads the draft of a summary; an answer issues it, or gives it other words."""
    due = day(of, lookups.due(of), spoken(person.languages, of.community.language))
    ticket = {"what": "summary", "summary": str(summary.pk)}
    _send("to_be_summarised", of, person, at=at, ticket=ticket, summary=summary, text=text, due=due)


def late(of: Discussion, person: Person, *, answers: str, at: datetime) -> None:
    """Tells an author that the discussion had ended, and what becomes of the contribution."""
    _send("late", of, person, at=at, answers=answers, replied=True)


def feedback(one: Feedback, token: str, *, at: datetime) -> None:
    """Asks a contributor whether the discussion was worth the time; the answer carries the token by itself."""
    local, _, domain = one.discussion.community.address.partition("@")
    link = f"{base()}/feedback/{token}"
    _send("feedback", one.discussion, one.person, at=at, sender_address=f"{local}-confirm+{token}@{domain}", link=link)


def done(of: Discussion, person: Person, sentence: str, *, answers: str, at: datetime) -> None:
    """Answers somebody's answer to a letter of ours."""
    _send("done", of, person, at=at, answers=answers, replied=True, sentence=sentence)


def followed(of: Discussion, person: Person, sentence: str, *, answers: str, at: datetime) -> None:
    """Tells a member how a discussion comes to them now."""
    _send("followed", of, person, at=at, answers=answers, replied=True, sentence=sentence)


def announcement(of: Discussion) -> tuple[str, str]:
    """Subject and text of the announcement as everybody gets it."""
    phases = [(one, day(of, one.begins_at, ""), day(of, one.ends_at, "")) for one in lookups.phases(of)]
    return _for_everybody("announcement", of, phases=phases, led_by=_led_by(of))


def opening(of: Discussion, phase: Phase) -> tuple[str, str]:
    """Subject and text of the letter that opens a phase: the moderator's words, or what theme and questions say."""
    others = list(of.phases.order_by("number"))
    before = next((one for one in reversed(others) if one.number < phase.number), None)
    return _for_everybody("opening", of, phase=phase, ends=day(of, phase.ends_at, ""), last=phase.number == len(others), before=before)


def digest(of: Discussion, phase: Phase) -> tuple[str, str]:
    """The title of a digest, and its first words: the moderator's comment, and where to read on."""
    title, text = _for_everybody("digest", of, phase=phase, by=_led_by(of))
    return title, text


def issued(of: Discussion, template_facts: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a summary as everybody gets it."""
    return _for_everybody("issued", of, **template_facts)


def _led_by(of: Discussion) -> str:
    return ", ".join(one.name for one in lookups.leaders(of) if one.name)


def day(of: Discussion, moment: datetime | None, language: str) -> str:
    """A day as a reader of a language says it, on the community's clock."""
    if moment is None:
        return ""
    return whole_day(moment.astimezone(clock(of.community)).date(), language or of.community.language)


def _for_everybody(template: str, of: Discussion, **facts: Any) -> tuple[str, str]:
    with translation.override(of.community.language):
        facts |= {"discussion": of, "community": of.community, "page": page(of)}
        subject, _, text = render_to_string(f"discussions/letters/{template}.txt", facts).lstrip().partition("\n")
    return " ".join(subject.split()), wrapped(re.sub(r"\n{3,}", "\n\n", text.strip()))


def _send(
    template: str,
    of: Discussion,
    person: Person,
    *,
    at: datetime,
    answers: str = "",
    replied: bool = False,
    sender_address: str = "",
    ticket: dict[str, str] | None = None,
    **facts: Any,
) -> None:
    address = first_address(person)
    if not address:
        return
    local, _, domain = of.community.address.partition("@")
    if ticket:
        token = people.issue(Ticket.Purpose.DISCUSSION, address, at=at, lives=rules.ANSWERED_IN, about=of.pk, words=ticket)
        sender_address = f"{local}-confirm+{token}@{domain}"
    house_letters.send(
        f"discussions/letters/{template}.txt",
        to=address,
        languages=(person.languages, of.community.language),
        at=at,
        sender_name=of.community.name,
        sender_address=sender_address or f"{local}-owner@{domain}",
        answers=answers,
        replied=replied,
        discussion=of,
        community=of.community,
        person=person,
        page=page(of) if of.number else "",
        workplace=workplace(of),
        request_address=f"{local}-request@{domain}",
        **facts,
    )


