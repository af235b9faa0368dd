"""The letter that says that a community has moved."""

from datetime import datetime

from talanoa.communities.lookups import members_by_mail
from talanoa.communities.models import Community
from talanoa.mail.sending import house_letters
from talanoa.people.models import Person


def moved(community: Community, *, subject: str, words: str, by: Person | None, at: datetime) -> int:
    """Tells every member whom mail reaches, however they chose to get messages: nobody is to write to a list that has ended."""
    local, _, domain = community.address.partition("@")
    those = members_by_mail(community, at)
    for member, address in those:
        house_letters.send(
            "migration/letters/moved.txt",
            to=address,
            languages=(community.language,),
            at=at,
            sender_name=community.name,
            sender_address=f"{local}-owner@{domain}",
            bounces_to=community.address,
            member=member,
            community=community,
            subject=subject,
            words=words,
            by=by,
        )
    return len(those)
