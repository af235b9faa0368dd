"""The letters to members who moved in: do they agree, and welcome."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities.lookups import clock
from talanoa.communities.models import Community
from talanoa.locale import spoken, whole_day
from talanoa.mail.sending import house_letters
from talanoa.moving.models import Mailing
from talanoa.people.models import Person


def question(community: Community, language: str) -> str:
    """What a member agrees to, in a language; kept as the evidence of a yes."""
    with translation.override(language):
        return gettext("Do you agree that %(community)s keeps your name and address, and sends you its messages by e-mail?") % {
            "community": community.name
        }


def language_of(person: Person, community: Community) -> str:
    """In which language a member is asked."""
    return spoken(person.languages, community.language)


def preview(mailing: Mailing, person: Person) -> tuple[str, str]:
    """Subject and text of a letter as a person would get it, but for the link, which is theirs alone."""
    languages = (person.languages, mailing.community.language)
    return house_letters.words(_template(mailing), languages=languages, to="", **_facts(mailing, person, "…"))


def send(mailing: Mailing, person: Person, address: str, token: str, *, at: datetime) -> None:
    """Sends a letter of a mailing to one member; the answer to one that asks carries the token by itself."""
    local, _, domain = mailing.community.address.partition("@")
    house_letters.send(
        _template(mailing),
        to=address,
        languages=(person.languages, mailing.community.language),
        at=at,
        sender_name=mailing.community.name,
        sender_address=f"{local}-confirm+{token}@{domain}" if token else f"{local}-owner@{domain}",
        bounces_to=mailing.community.address,
        **_facts(mailing, person, f"{_base()}/agree/{token}"),
    )


def _template(mailing: Mailing) -> str:
    return f"moving/letters/{mailing.kind}.txt"


def _facts(mailing: Mailing, person: Person, link: str) -> dict[str, Any]:
    community = mailing.community
    local, _, domain = community.address.partition("@")
    language = language_of(person, community)
    return {
        "community": community,
        "person": person,
        "words": mailing.words,
        "by": mailing.by,
        "question": question(community, language),
        "link": link,
        "mailed": mailing.mailed,
        "day": whole_day(mailing.until.astimezone(clock(community)).date(), language) if mailing.until else "",
        "page": f"{_base()}/c/{community.slug}",
        "request_address": f"{local}-request@{domain}",
    }


def _base() -> str:
    return settings.TALANOA.base_url.rstrip("/")
