"""The letters of the query service. What goes to one person is sent here; what goes to everybody is returned, and posted."""

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from talanoa.communities.lookups import clock
from talanoa.locale import spoken, whole_day
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address
from talanoa.people.models import Person
from talanoa.queries import lookups, sentences
from talanoa.queries.models import Query


def page(query: Query) -> str:
    """The permanent address of a circulated query."""
    return f"{_base()}/c/{query.community.slug}/queries/{query.number}"


def workplace(query: Query) -> str:
    """Where the facilitators work on a query."""
    return f"{_base()}/queries/{query.pk}"


def receipt(query: Query, *, answers: str, at: datetime) -> None:
    """Tells the asker that the facilitator has the query, and what was asked before that comes near it."""
    if query.asker:
        near = lookups.nearest(query.asker, query.community, query.words, but=query.pk)
        _send("receipt", query, query.asker, at=at, answers=answers, replied=True, near=[(one, page(one)) for one in near])


def asked(query: Query, facilitator: Person, *, at: datetime) -> None:
    """Tells a facilitator of a new query, whole, with what was asked before that comes near it."""
    near = lookups.nearest(facilitator, query.community, query.words, but=query.pk)
    _send("asked", query, facilitator, at=at, near=[(one, page(one)) for one in near])


def wording(query: Query, address: str, token: str, *, by: Person, at: datetime) -> None:
    """Asks the asker to agree to a wording; the answer carries the token by itself."""
    assert query.asker is not None
    local, _, domain = query.community.address.partition("@")
    _send("wording", query, query.asker, at=at, to=address, sender_address=f"{local}-confirm+{token}@{domain}", by=by)


def answered(query: Query, facilitator: Person, *, agreed: bool, words: str, at: datetime) -> None:
    """Tells a facilitator what the asker said to the wording."""
    _send("answered", query, facilitator, at=at, agreed=agreed, words=words)


def circulated(query: Query, *, at: datetime) -> None:
    """Tells the asker that the query went out, and until when responses are awaited."""
    if query.asker:
        _send("circulated", query, query.asker, at=at)


def closed(query: Query, facilitator: Person, *, responses: int, at: datetime) -> None:
    """Tells a facilitator that a window is over and the Consolidated Reply can be drafted."""
    _send("closed", query, facilitator, at=at, responses=responses)


def dropped(query: Query, *, why: str, at: datetime) -> None:
    """Tells the asker why a query does not go out, with the text for use elsewhere."""
    if query.asker:
        _send("dropped", query, query.asker, at=at, why=why)


def reminder(query: Query, facilitator: Person, *, kind: str, responses: int, at: datetime) -> None:
    """Reminds a facilitator of a clock of a query, with what can be done now."""
    _send("reminder", query, facilitator, at=at, kind=kind, responses=responses, approaches=lookups.approaches(query))


def approach(query: Query, person: Person, words: str, *, by: Person, at: datetime) -> None:
    """A facilitator's personal letter to somebody who may know; an answer to it reaches the facilitators."""
    _send("approach", query, person, at=at, words=words, by=by)


def approach_words(query: Query, person: Person, by: Person) -> str:
    """A draft of such a letter, for the facilitator to better."""
    facts = {"query": query, "person": person, "by": by, "closes": day(query, query.closes_at, query.community.language)}
    with translation.override(query.community.language):
        return render_to_string("queries/letters/approach_words.txt", facts).strip() + "\n"


def circular(query: Query) -> tuple[str, str]:
    """Subject and text of a query as everybody gets it."""
    return _for_everybody("circular", query)


def correction(query: Query, number: int, words: str) -> tuple[str, str]:
    """Subject and text of a numbered correction."""
    return _for_everybody("correction", query, correction=number, words=words)


def entered(query: Query, person: Person, text: str, channel: str, by: Person) -> str:
    """The text of a response that a facilitator entered for a member."""
    return _for_everybody("entered", query, person=person, words=text, channel=channel, by=by)[1]


def day(query: Query, moment: datetime | None, language: str) -> str:
    """A day as a reader of a language says it, on the community's clock."""
    if moment is None:
        return ""
    return whole_day(moment.astimezone(clock(query.community)).date(), language)


def _for_everybody(template: str, query: Query, **facts: Any) -> tuple[str, str]:
    language = query.community.language
    with translation.override(language):
        facts |= {
            "query": query,
            "page": page(query),
            "closes": day(query, query.closes_at, language),
            "types": sentences.types(query.types),
        }
        subject, _, text = render_to_string(f"queries/letters/{template}.txt", facts).lstrip().partition("\n")
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def _send(
    template: str,
    query: Query,
    person: Person,
    *,
    at: datetime,
    to: str = "",
    answers: str = "",
    replied: bool = False,
    sender_address: str = "",
    **facts: Any,
) -> None:
    address = to or first_address(person)
    if not address:
        return
    local, _, domain = query.community.address.partition("@")
    language = spoken(person.languages, query.community.language)
    with translation.override(language):
        types = sentences.types(query.types)
    house_letters.send(
        f"queries/letters/{template}.txt",
        to=address,
        languages=(language,),
        at=at,
        sender_name=query.community.name,
        sender_address=sender_address or f"{local}-owner@{domain}",
        answers=answers,
        replied=replied,
        query=query,
        community=query.community,
        person=person,
        page=page(query) if query.number else "",
        workplace=workplace(query),
        closes=day(query, query.closes_at, language),
        due=day(query, query.due_at, language),
        types=types,
        **facts,
    )


def _base() -> str:
    return settings.TALANOA.base_url.rstrip("/")
