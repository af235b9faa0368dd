"""Mail that asks something of the list: join, leave, delivery, help, search; and answers to our letters.

Joining, leaving and deciding always need a ticket; a choice of delivery is also taken from a mail
that proves its sender (A1). Whatever is asked, the fate says what became of it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from talanoa.communities import actions as communities
from talanoa.communities.joining import actions as joining
from talanoa.communities.lookups import application as application_of
from talanoa.communities.lookups import day_of, facilitators, standing
from talanoa.communities.models import Community, Membership
from talanoa.consultations import actions as consultations
from talanoa.consultations import lookups as consultations_lookups
from talanoa.locale import spoken
from talanoa.mail import lookups as mail_lookups
from talanoa.mail.models import Received
from talanoa.mail.reading.parsing import Letter
from talanoa.mailroom import commands, discussing, letters
from talanoa.mailroom.commands import Command
from talanoa.mailroom.destinations import Destination
from talanoa.migration import actions as migration
from talanoa.moderation import actions as moderation
from talanoa.moderation import lookups as moderation_lookups
from talanoa.moderation import words
from talanoa.moving import actions as moving
from talanoa.moving import lookups as moving_lookups
from talanoa.people import actions as people
from talanoa.people import lookups as people_lookups
from talanoa.people.lookups import Recognised
from talanoa.people.models import Person, Ticket
from talanoa.queries import actions as queries
from talanoa.queries import lookups as queries_lookups
from talanoa.replies import actions as replies
from talanoa.replies import editions

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
    if "discussion" in ticket.words:
        return discussing.confirmed(ticket, community, at=at)
    fate = joining.confirm(ticket, community, at=at)
    if person := people_lookups.by_address(ticket.address):
        migration.claim(person)
    return fate, f"Confirmed by an answer to our letter ({ticket.purpose})."


def decided(letter: Letter, author: Recognised, community: Community, token: str, *, at: datetime) -> Fate | None:
    """A facilitator's answer to a notice of ours; None if the token is for something else (A1, O8)."""
    if question := moderation_lookups.question(token, at):
        return _on_question(question, letter, author, token, at=at)
    notice = moderation_lookups.noticed(token, at)
    ticket = notice.ticket if notice else people_lookups.ticket(token, Ticket.Purpose.WELCOME, at)
    if ticket is None:
        return None
    if author.person is None or author.disproven or not people_lookups.holds(author.person, author.address or "", ticket):
        return "refused", "The notice that it answers was sent to somebody else."
    decision = words.decision("" if letter.doubtful else letter.fresh_text)
    # What is said of it goes back to the facilitator by mail: the worker's own language would be nobody's.
    with translation.override(spoken(author.person.languages, community.language)):
        if notice is None:
            return _on_newcomer(ticket, author.person, decision, token, at=at)
        return _on_held(notice, decision, token, letter.message_id or "", at=at)


def _on_question(question: moderation_lookups.Question, letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate:
    """An author tells to which conversation an answer to a digest belongs."""
    if author.person is None or author.disproven or not people_lookups.holds(author.person, author.address or "", question.ticket):
        return "refused", "The letter that it answers was sent to somebody else."
    try:
        said = moderation.place(question, author.person, "" if letter.doubtful else letter.fresh_text, token=token, at=at)
    except (moderation.AlreadyDecided, moderation.TooLate) as late:
        return "refused", str(late)
    return ("decided", said) if said else ("not understood", "It names no conversation.")


def worded(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """An asker's answer to the wording of their query; None if the token is for something else."""
    ticket = people_lookups.ticket(token, Ticket.Purpose.WORDING, at)
    query = queries_lookups.numbered(ticket.about or 0) if ticket else None
    if ticket is None or query is None:
        return None
    if author.address is None or author.disproven or not people_lookups.holds(author.person, author.address, ticket):
        return "refused", "The letter that it answers was sent to somebody else."
    try:
        agreed = queries.answer_wording(query, letter.text if letter.doubtful else letter.fresh_text, token=token, at=at)
    except queries.NotNow as late:
        return "refused", str(late)
    return ("decided", "The asker agrees to the wording.") if agreed else ("forwarded", "The asker's changes, to the facilitators.")


def followed_up(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """An asker's answer to our question what a Consolidated Reply led to; None if the token is for something else."""
    ticket = people_lookups.ticket(token, Ticket.Purpose.FOLLOW_UP, at)
    follow_up = editions.followed_up(ticket.about or 0) if ticket else None
    if ticket is None or follow_up is None:
        return None
    if author.address is None or author.disproven or not people_lookups.holds(author.person, author.address, ticket):
        return "refused", "The letter that it answers was sent to somebody else."
    try:
        replies.answer_follow_up(follow_up, letter.text if letter.doubtful else letter.fresh_text, token=token, at=at)
    except replies.Wanting:
        return "not understood", "It holds neither a number nor words."
    return "served", "What the asker says of the Consolidated Reply is kept with it."


def consented(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """An answer to the letter that asks who moved in whether they agree; None if it says neither yes nor no, for a person to read."""
    ticket = people_lookups.ticket(token, Ticket.Purpose.CONSENT, at)
    member = moving_lookups.asked_about(ticket.about or 0) if ticket else None
    if ticket is None or member is None:
        return None
    if author.address is None or author.disproven or not people_lookups.holds(author.person, author.address, ticket):
        return "refused", "The letter that it answers was sent to another address."
    yes = moving_lookups.said("" if letter.doubtful else letter.fresh_text)
    if yes is None:
        return None
    moving.answer_consent(member, yes=yes, token=token, how=f"answered our letter by mail, {letter.message_id or 'without an id'}", at=at)
    return ("served", "They agree to be a member; this mail is the evidence.") if yes else ("left", "They do not want to stay a member.")


def commented(letter: Letter, author: Recognised, token: str, *, at: datetime) -> Fate | None:
    """A commenter's answer to a receipt, or to the answers to their comments; None if the token is for something else."""
    submission = consultations_lookups.submitted(token)
    if submission is None:
        return None
    if author.person is None or author.disproven or submission.person_id != author.person.pk:
        return "refused", "The letter that it answers was sent to somebody else."
    try:
        done = consultations.answer_letter(submission, letter, author=author.person, at=at)
    except consultations.NotNow as late:
        return "refused", str(late)
    if not done:
        return "not understood", "It holds neither comments nor reactions."
    return "commented", "An answer to our letter about comments."


def _on_held(notice: moderation_lookups.Noticed, decision: words.Decision | None, token: str, about: str, *, at: datetime) -> Fate:
    sentence = gettext("Your answer does not begin with a word that decides, so nothing was done.")
    fate = "not understood"
    if decision is not None or not notice.living:
        try:
            with transaction.atomic():
                sentence = moderation.answer(notice, decision or words.Decision("claim", ""), at=at)
            fate = "decided"
        except (moderation.AlreadyDecided, moderation.TooLate) as late:
            # Who comes second hears who decided what (O8).
            sentence, fate = str(late), "refused"
        except (moderation.NotYours, ValueError) as refusal:
            sentence = str(refusal)
    if people.may_be_answered(notice.ticket.address, at=at):
        moderation.tell_what_was_done(notice, token, sentence=sentence, understood=fate == "decided", about=about, at=at)
    return fate, sentence


def _on_newcomer(ticket: Ticket, by: Person, decision: words.Decision | None, token: str, *, at: datetime) -> Fate:
    application = application_of(ticket.about or 0)
    if application is None:
        return "refused", "What it is about is gone."
    sentence = gettext("Answer with approve, reject and a reason, or discard; nothing was done.")
    fate = "not understood"
    if not standing(by, application.community).facilitates:
        return "refused", "Only a facilitator welcomes newcomers."
    try:
        with transaction.atomic():
            match decision:
                case words.Decision("approve"):
                    joining.welcome(application, by=by, at=at)
                    sentence, fate = gettext("%(name)s is a member now.") % {"name": application.person}, "decided"
                case words.Decision("reject", reason) if reason:
                    joining.decline(application, by=by, reason=reason, at=at)
                    sentence, fate = gettext("%(name)s reads your reason.") % {"name": application.person}, "decided"
                case words.Decision("discard"):
                    joining.decline(application, by=by, reason="", at=at)
                    sentence, fate = gettext("%(name)s is told nothing.") % {"name": application.person}, "decided"
    except (joining.DecidedBefore, communities.CannotJoin) as refusal:
        sentence = str(refusal)
    communities.tell_what_was_done(application.community, by, ticket.address, token, sentence=sentence, at=at)
    return fate, sentence


def asked(letter: Letter, author: Recognised, destination: Destination, *, at: datetime) -> Fate:
    """A mail with commands, in its address or its lines."""
    community = destination.community
    if author.address is None or author.disproven or letter.sender_defects:
        return "refused", "It is not clear who wrote it, so nothing was done."
    here = standing(author.person, community)
    if not here.sees:
        return "refused", "A stranger learns nothing of a hidden community."
    today = day_of(author.person, community, at)
    if destination.purpose in ("join", "leave"):
        reading = commands.Reading((Command(destination.purpose),), ())
    elif destination.purpose == "search":
        reading = commands.Reading((Command("search", words=commands.wanted(letter.subject, letter.fresh_text)),), ())
    elif destination.token:
        command = commands.one(destination.token, today)
        reading = commands.Reading((command,) if command else (), () if command else (destination.token,))
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
                of_themselves = "" if letter.doubtful else letter.fresh_text
                notes.append(joining.ask_to_join(community, author.address, name=author.name, words=of_themselves, at=at))
                done.append("join")
            case "leave" if member is not None:
                notes.append(joining.ask_to_leave(community, author.address, at=at))
                done.append("leave")
            case "search":
                notes.append(letters.found(community, author, command.words, at=at))
                done.append("search")
            case "follow" if member is not None:
                notes.append(discussing.follow(command.words, letter, author, member, at=at))
                done.append("follow")
            case "join" | "leave" | "help" | "settings" | "follow":
                pass
            case verb:
                if verb == "resume" and member and author.proven:
                    people.resume_all(member.person, at=at)
                choices |= command.choices
                done.append(verb)
    if choices and member:
        if author.proven:
            communities.choose_delivery(member, at=at, **choices)
        else:
            notes.append(joining.ask_to_choose(community, author.address, choices, at=at))
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
        communities.tell_settings(member, unknown=reading.unknown, at=at)
    elif author.person or author.proven or reading.commands:
        communities.tell_what_can_be_said(community, author.address, unknown=reading.unknown, at=at)
    else:
        return "no answer to a stranger who asks nothing"
    return ""
