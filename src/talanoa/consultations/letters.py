"""The letters of consultations. What goes to one person is sent here; what goes to everybody is returned, and posted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from talanoa.communities.lookups import clock as clock_of
from talanoa.consultations import lookups, telling
from talanoa.consultations.models import Comment, Consultation, Passage, Submission, Version
from talanoa.consultations.phasing import lookups as phasing
from talanoa.locale import spoken, whole_day
from talanoa.mail import tokens
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address
from talanoa.people.models import Person

MOST_IN_A_MAIL = 60_000  # characters of the draft in the announcement; a longer one is attached


def page(of: Consultation) -> str:
    """The permanent address of a consultation that was opened."""
    return f"{_base()}/c/{of.community.slug}/consultations/{of.number}"


def workplace(of: Consultation) -> str:
    """Where facilitators and the draft's authors work on it."""
    return f"{_base()}/consultations/{of.pk}"


def receipt(submission: Submission, comments: Sequence[Comment], texts: Mapping[str, str], *, at: datetime, again: bool = False) -> None:
    """Shows a commenter how their words were understood, passage by passage, and how to set it right."""
    if submission.person:
        _send(
            "receipt",
            submission,
            at=at,
            comments=[(one, _first_words(one, texts)) for one in comments],
            again=again,
            answers=submission.message_id,
        )


def reacted(submission: Submission, done: Sequence[str], *, answers: str, at: datetime) -> None:
    """Tells a commenter what was written down of their agreeing, disagreeing, withdrawing, supporting."""
    _send("reacted", submission, at=at, done=done, answers=answers)


def answered(submission: Submission, comments: Sequence[Comment], *, at: datetime) -> None:
    """Mails a commenter the answers to their comments; an answer to it agrees, disagrees or withdraws."""
    _send("answered", submission, at=at, comments=comments)


def closed(of: Consultation, person: Person, *, comments: int, owed: int, at: datetime) -> None:
    """Tells who works on it that the time for comments is over."""
    _to_worker("closed", of, person, at=at, comments=comments, owed=owed)


def reminder(of: Consultation, person: Person, *, kind: str, owed: int, at: datetime) -> None:
    """Reminds who works on it of a clock."""
    _to_worker("reminder", of, person, at=at, kind=kind, owed=owed)


def opening(of: Consultation, version: Version, passages: Sequence[Passage]) -> tuple[str, str]:
    """Subject and text of the announcement, with the draft in numbered passages where it is not too long."""
    short = sum(len(one.text) for one in passages) <= MOST_IN_A_MAIL
    return _for_everybody("opening", of, version=version, passages=passages if short else [], count=len(passages))


def so_far(of: Consultation, comments: Sequence[Comment], *, count: int) -> tuple[str, str]:
    """Subject and text of what was said until now; without the comments where others may not read them."""
    return _for_everybody("so_far", of, comments=comments, count=count)


def renewed(of: Consultation, version: Version, changes: Sequence[tuple[Passage, str]], gone: Sequence[Passage]) -> tuple[str, str]:
    """Subject and text for a new draft: what changed, in words."""
    return _for_everybody("renewed", of, version=version, changes=changes, gone=gone)


def extended(of: Consultation, why: str) -> tuple[str, str]:
    """Subject and text when there is more time."""
    return _for_everybody("extended", of, why=why)


def phase(of: Consultation, version: Version) -> tuple[str, str]:
    """Subject and text when a phase begins in which members have their say."""
    return _for_everybody("phase", of, version=version)


def arranged(of: Consultation, why: str) -> tuple[str, str]:
    """Subject and text when the phases to come are arranged otherwise."""
    return _for_everybody("arranged", of, why=why)


def concluded(of: Consultation, *, told: Mapping[str, int]) -> tuple[str, str]:
    """Subject and text of the end, with the summary."""
    return _for_everybody("concluded", of, told=told)


def day(of: Consultation, moment: datetime | None, language: str = "") -> str:
    """A day as a reader of a language says it, on the community's clock."""
    if moment is None:
        return ""
    return whole_day(moment.astimezone(clock_of(of.community)).date(), language or of.community.language)


def _first_words(comment: Comment, texts: Mapping[str, str]) -> str:
    """How the passage of a comment begins, so that its author sees at a glance whether it is the right one."""
    text = texts.get(comment.labels[0], "") if comment.labels else ""
    return text if len(text) <= 70 else f"{text[:70].rsplit(' ', 1)[0]} …"


def _for_everybody(template: str, of: Consultation, **facts: Any) -> tuple[str, str]:
    language = of.community.language
    with translation.override(language):
        subject, _, text = (
            render_to_string(f"consultations/letters/{template}.txt", {**_facts(of, language), **facts}).lstrip().partition("\n")
        )
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def _facts(of: Consultation, language: str) -> dict[str, Any]:
    local, _, domain = of.community.address.partition("@")
    return {
        "consultation": of,
        "community": of.community,
        "page": page(of) if of.number else "",
        "workplace": workplace(of),
        "closes": day(of, of.closes_at, language),
        "due": day(of, of.answers_due_at, language),
        "review_ends": day(of, of.review_ends_at, language),
        "phases": [(one, telling.RULES[one.rule], day(of, one.ends_at, language)) for one in phasing.phases(of)],
        "comments_address": f"{local}-comments@{domain}",
    }


def _send(template: str, submission: Submission, *, at: datetime, answers: str = "", **facts: Any) -> None:
    """A letter to a commenter. Its answers come back with the token of what they sent in."""
    person, of = submission.person, submission.consultation
    address = first_address(person) if person else None
    if person is None or not address:
        return
    local, _, domain = of.community.address.partition("@")
    language = spoken(person.languages, of.community.language)
    house_letters.send(
        f"consultations/letters/{template}.txt",
        to=address,
        languages=(language,),
        at=at,
        sender_name=of.community.name,
        sender_address=f"{local}-confirm+{tokens.seal(lookups.TOKEN, submission.pk)}@{domain}",
        answers=answers,
        replied=bool(answers),
        submission=submission,
        person=person,
        **{**_facts(of, language), **facts},
    )


def _to_worker(template: str, of: Consultation, person: Person, *, at: datetime, **facts: Any) -> None:
    address = first_address(person)
    if not address:
        return
    local, _, domain = of.community.address.partition("@")
    language = spoken(person.languages, of.community.language)
    house_letters.send(
        f"consultations/letters/{template}.txt",
        to=address,
        languages=(language,),
        at=at,
        sender_name=of.community.name,
        sender_address=f"{local}-owner@{domain}",
        person=person,
        **{**_facts(of, language), **facts},
    )


def _base() -> str:
    return settings.TALANOA.base_url.rstrip("/")
