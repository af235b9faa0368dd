"""The letters of Consolidated Replies. What goes to everybody is returned, and posted; what goes to one person is sent here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address
from talanoa.people.models import Person
from talanoa.publishing.plain import as_text, wrapped
from talanoa.publishing.publication import day, person
from talanoa.queries.models import Query
from talanoa.replies import publication, rules, sentences
from talanoa.replies.models import Edition, FollowUp


def base() -> str:
    """Where our pages begin."""
    return settings.TALANOA.base_url.rstrip("/")


def page(query: Query) -> str:
    """The permanent address of a Consolidated Reply in its latest version."""
    return f"{base()}/c/{query.community.slug}/replies/{query.number}"


def issued(document: Mapping[str, Any], *, attached: bool) -> tuple[str, str]:
    """Subject and text of a reply as everybody gets it: the summary and what else there is; the whole is attached, or linked."""
    with translation.override(document["language"]):
        sections = {one["key"]: one["blocks"] for one in document["sections"]}
        items = {key: sum(one["kind"] not in {"h3", "h4"} for one in blocks) for key, blocks in sections.items()}
        places = ["".join(run["t"] for run in one["runs"]) for one in sections.get("experiences", ()) if one["kind"] == "h3"]
        subject, _, text = (
            render_to_string(
                "replies/letters/issued.txt",
                {
                    "document": document,
                    "attached": attached,
                    "kind": publication.kind(document),
                    "byline": publication.byline(document),
                    "day": day(document["issued_at"], document["language"]),
                    "summary": [as_text(one) for one in sections.get("summary", ())],
                    "places": places,
                    "experiences": items.get("experiences", 0),
                    "resources": [(sentences.section(key), items[key]) for key in rules.RESOURCES if key in items],
                    "thanked": [(one["responses"][0], person(one)) for one in document["contributors"]],
                    "how_to_add": publication.how_to_add(document),
                },
            )
            .lstrip()
            .partition("\n")
        )
    return " ".join(subject.split()), wrapped(text)


def to_the_asker(query: Query, edition: Edition, *, at: datetime) -> None:
    """Tells the asker that the reply is there, and what will be asked of them."""
    if query.asker:
        _send("asker", query, query.asker, at=at, edition=edition)


def follow_up(one: FollowUp, token: str, *, at: datetime) -> None:
    """Asks the asker whether the reply helped, or what was done with it; the answer carries the token by itself."""
    query = one.query
    assert query.asker is not None
    local, _, domain = query.community.address.partition("@")
    link = f"{base()}/follow-up/{token}"
    _send(one.kind, query, query.asker, at=at, sender_address=f"{local}-confirm+{token}@{domain}", link=link)


def followed_up(one: FollowUp, facilitator: Person, *, at: datetime) -> None:
    """Tells a facilitator what the asker answered."""
    _send("followed_up", one.query, facilitator, at=at, follow_up=one)


def _send(template: str, query: Query, person: Person, *, at: datetime, sender_address: str = "", **facts: Any) -> None:
    address = first_address(person)
    if not address:
        return
    local, _, domain = query.community.address.partition("@")
    house_letters.send(
        f"replies/letters/{template}.txt",
        to=address,
        languages=(person.languages, query.community.language),
        at=at,
        sender_name=query.community.name,
        sender_address=sender_address or f"{local}-owner@{domain}",
        query=query,
        person=person,
        page=page(query),
        **facts,
    )
