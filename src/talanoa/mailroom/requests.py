"""Mail that asks something of the list: join, leave, delivery, help, search; and answers to our letters.

Joining, leaving and deciding always need a ticket; a choice of delivery is also taken from a mail
that proves its sender (A1). Whatever is asked, the fate says what became of it.
"""

from collections.abc import Sequence
from datetime import datetime

from talanoa.communities import actions as communities
from talanoa.communities import letters as membership_letters
from talanoa.communities.lookups import facilitators, standing
from talanoa.communities.models import Community, Membership
from talanoa.communities.rules import local_day
from talanoa.mail import lookups as mail_lookups
from talanoa.mail.models import Received
from talanoa.mail.parsing import Letter
from talanoa.mailroom import commands, letters
from talanoa.mailroom.commands import Command
from talanoa.mailroom.destinations import Destination
from talanoa.people import actions as people
from talanoa.people import lookups as people_lookups
from talanoa.people.lookups import Recognised
from talanoa.people.models import Ticket

Fate = tuple[str, str]

_CONFIRMED = (Ticket.Purpose.JOIN, Ticket.Purpose.LEAVE, Ticket.Purpose.DELIVERY)


def forward(received: Received, letter: Letter, destination: Destination, *, at: datetime) -> Fate | None:
    """To the facilitators, whole; None if there are none."""
    those = facilitators(destination.community)
    raw = mail_lookups.raw(received)
    reached = letters.forward(raw, letter, destination.community, those, purpose=destination.purpose, at=at)
    return ("forwarded", "To the facilitators.") if reached else None


def confirmed(author: Recognised, community: Community, token: str, *, at: datetime) -> Fate | None:
    """An answer to a letter of ours that carried a ticket for membership; None if the token is for something else."""
    ticket = next(filter(None, (people_lookups.ticket(token, purpose, at) for purpose in _CONFIRMED)), None)
    if ticket is None or ticket.about != community.pk:
        return None
    if author.address is None or not people_lookups.holds(author.person, author.address, ticket):
        # Forwarded, or quoted into a mail of somebody else: the address alone never suffices (A1).
        return "refused", "The letter that it answers was sent to another address."
    people.redeem(token, ticket.purpose, at=at)
    return communities.confirm(ticket, community, at=at), f"Confirmed by an answer to our letter ({ticket.purpose})."


def asked(letter: Letter, author: Recognised, destination: Destination, *, at: datetime) -> Fate:
    """A mail with commands, in its address or its lines."""
    community = destination.community
    if author.address is None or author.disproven or letter.sender_defects:
        return "refused", "It is not clear who wrote it, so nothing was done."
    here = standing(author.person, community)
    if not here.sees:
        return "refused", "A stranger learns nothing of a hidden community."
    today = local_day(at, author.person.timezone if author.person else community.timezone)
    if destination.purpose in ("join", "leave"):
        reading = commands.Reading((Command(destination.purpose),), ())
    elif destination.purpose == "search":
        reading = commands.Reading((Command("search", words=commands.wanted(letter.subject, letter.fresh_text)),), ())
    elif destination.token:
        word = commands.one(destination.token, today)
        reading = commands.Reading((word,) if word else (), () if word else (destination.token,))
    else:
        reading = commands.read(letter.subject, "" if letter.doubtful else letter.fresh_text, today)
    return _carry_out(reading, letter, author, here.membership, community, at=at)


def _carry_out(
    reading: commands.Reading, letter: Letter, author: Recognised, member: Membership | None, community: Community, *, at: datetime
) -> Fate:
    assert author.address is not None
    choices: dict[str, object] = {}
    done: list[str] = []
    notes: list[str] = []
    for command in reading.commands:
        match command.verb:
            case "join" if member is None:
                words = "" if letter.doubtful else letter.fresh_text
                notes.append(communities.ask_to_join(community, author.address, name=author.name, words=words, at=at))
                done.append("join")
            case "leave" if member is not None:
                notes.append(communities.ask_to_leave(community, author.address, at=at))
                done.append("leave")
            case "search":
                notes.append(letters.found(community, author, command.words, at=at))
                done.append("search")
            case "join" | "leave" | "help" | "settings":
                pass
            case verb:
                choices |= command.choices
                done.append(verb)
    if choices and member:
        if author.proven:
            communities.choose_delivery(member, at=at, **choices)
        else:
            notes.append(communities.ask_to_choose(community, author.address, choices, at=at))
    told = _answer(reading, author, member, community, done, chosen=bool(choices) and author.proven, at=at)
    note = ", ".join([*(command.verb for command in reading.commands), *filter(None, notes), *filter(None, [told])])
    return "served" if reading.commands else "not understood", note or "It holds no command."


def _answer(
    reading: commands.Reading,
    author: Recognised,
    member: Membership | None,
    community: Community,
    done: Sequence[str],
    *,
    chosen: bool,
    at: datetime,
) -> str:
    """One letter for one mail, where the commands themselves did not bring one about."""
    assert author.address is not None
    if done and not chosen:
        return ""  # a ticket, or what was found, is the answer
    if not people.may_be_answered(author.address, at=at):
        return "no further answer within an hour"
    if member:
        membership_letters.settings(member, done=done, unknown=reading.unknown, at=at)
    elif author.person or author.proven or reading.commands:
        membership_letters.help_(community, author.address, unknown=reading.unknown, at=at)
    else:
        return "no answer to a stranger who asks nothing"
    return ""
