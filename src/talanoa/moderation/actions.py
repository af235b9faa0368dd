"""The verbs of moderation: judge, hold, approve, reject, discard, redirect."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext

from talanoa.communities.joining import actions as joining
from talanoa.communities.lookups import facilitators, guests, standing, visible
from talanoa.communities.models import Community
from talanoa.conversations.lookups import bound_for, could_mean, known, posts_by, unclear_answer
from talanoa.conversations.models import Post
from talanoa.mail import actions as mail
from talanoa.mail import tokens
from talanoa.mail.models import Received
from talanoa.mail.reading.parsing import Letter, confusable
from talanoa.moderation import letters, rules
from talanoa.moderation.lookups import Guidance, Noticed, Question, invitable, keeps_the_desk, may_decide
from talanoa.moderation.lookups import letter as letter_of
from talanoa.moderation.models import Held, Receipt
from talanoa.moderation.sentences import DONE
from talanoa.moderation.verdicts import Accept, Hold, Verdict
from talanoa.moderation.words import Decision, number_in
from talanoa.people import actions as people
from talanoa.people.lookups import Recognised, any_living, first_address, recognise
from talanoa.people.models import Person, Ticket

# What people send to a list that they want to leave: en, fr, es, de, pt, it, ru, zh.
_LEAVE_WORDS = frozenset(
    (
        "unsubscribe,remove,remove me,leave,signoff,stop,cancel,désabonner,désinscription,baja,darse de baja,"
        "abmelden,cancelar,remover,cancellami,отписаться,退订"
    ).split(",")
)


class NotYours(Exception):
    """The person may not do this with a held mail."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community can do that with its mail.")


class AlreadyDecided(Exception):
    """Somebody decided before (O8); `held` says who and what."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def __str__(self) -> str:
        return gettext("%(who)s has %(did)s this message already, at %(time)s UTC.") % {
            "who": self.held.decided_by or gettext("Somebody"),
            "did": DONE.get(self.held.decision, self.held.decision),
            "time": f"{self.held.decided_at:%H:%M}",
        }


class TooLate(Exception):
    """A notice's ticket cannot be used any more, though nobody has decided (A2)."""

    def __str__(self) -> str:
        return gettext("This letter is too old to decide with, or you do not facilitate the community any more; look at your desk.")


class NoReason(ValueError):
    """A rejection without a reason: the author would learn nothing."""

    def __str__(self) -> str:
        return gettext("Write a reason; the author will read it.")


def judge(
    letter: Letter, author: Recognised, community: Community, *, received: Received, guidance: Guidance, asks: bool = False
) -> Verdict:
    """Gather the facts and apply the policy. `asks`: the mail is a query, which a facilitator words in any case."""
    here = standing(author.person, community)
    twin = letter.message_id is not None and known(community.pk, letter.message_id)
    same_mail = mail_known_before(received, community)
    addresses = {box.address.lower() for box in (*letter.to, *letter.cc)}
    case = rules.Case(
        hidden=community.visibility == Community.Visibility.HIDDEN,
        everything_held=community.moderated,
        first_posts_held=community.first_posts_held,
        member=here.member or here.facilitates or "secretariat" in here.roles,
        banned=here.membership is not None and here.membership.banned,
        moderated=here.membership is not None and here.membership.moderated,
        facilitates=here.facilitates or (bool(here.scopes) and here.moderates(bound_for(community, letter, at=received.received_at))),
        posts=posts_by(author.person.pk, community.pk, at_most=community.first_posts_held)
        if author.person and community.first_posts_held
        else 0,
        proven=author.proven,
        disproven=author.disproven,
        unclear_sender=author.address is None or bool(letter.sender_defects),
        lookalike=bool(author.address and confusable(author.address)),
        machine="null-sender" if received.door != "web" and not received.envelope_sender else letter.machine,
        been_here=community.address in (mark.lower() for mark in letter.loop_marks)
        or community.address.replace("@", ".") in letter.list_ids,
        relays=letter.received_count,
        # Where the reader found nothing fresh it kept the whole text and said so.
        says_something=bool(letter.attachments or letter.protected or guidance.text)
        or (bool(letter.fresh_text.strip()) and not letter.doubtful),
        recipients=len(addresses),
        addressed=received.door == "web"
        or guidance.redirected
        or bool({community.address, community.address.replace("@", "-comments@")} & addresses),
        encrypted=letter.kind == "encrypted",
        wants_to_leave=letter.subject.strip().lower() in _LEAVE_WORDS or letter.fresh_text.strip().lower() in _LEAVE_WORDS,
        attachment_names=tuple(part.name for part in letter.attachments),
        same_mail_known=same_mail,
        same_id_known=twin and not same_mail,
        answers_digest_unclearly=not guidance.cleared and not guidance.beneath and unclear_answer(community, letter),
        asks=asks,
        carries_key=carries_living_key(letter),
        cleared=guidance.cleared,
    )
    verdict = rules.judge(case)
    if guidance.redirected and not guidance.cleared:
        reasons = verdict.reasons if isinstance(verdict, Hold) else ()
        if isinstance(verdict, Accept | Hold):
            return Hold(("redirected_here", *reasons))
    return verdict


def carries_living_key(letter: Letter) -> bool:
    """Whether a letter holds a token of ours that still acts, where it cannot be taken out (A5)."""
    sealed = any(tokens.unseal(purpose, one) is not None for one in letter.hidden_keys for purpose in ("leave", "bounce"))
    return sealed or any_living(letter.hidden_keys)


def mail_known_before(received: Received, community: Community) -> bool:
    """Whether the same bytes came to the same community before and were posted, held or decided (D5)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM mail_received WHERE raw_id = %s AND community = %s AND id <> %s AND fate NOT IN ('', 'repeated') LIMIT 1",
            [received.raw_id, community.pk, received.pk],
        )
        return cursor.fetchone() is not None


def hold(
    received: Received, letter: Letter, author: Recognised, community: Community, *, reasons: tuple[str, ...], at: datetime
) -> Held:
    """Keep a mail for a person's decision; the author gets a receipt if one is owed."""
    held = Held.objects.create(
        received=received,
        community=community,
        conversation_id=bound_for(community, letter, at=at),
        person=author.person,
        reasons=list(reasons),
        held_at=at,
    )
    if reasons == ("which_conversation",) and _ask_which(held, letter, author, at=at):
        return held
    if not letters.receipt(letter, author, community, at=at):
        assert author.address is not None
        Receipt.objects.create(community=community, address=letters.canonical_address(author.address), sent_at=at)
    tell_next(held, letter, at=at)
    return held


def _ask_which(held: Held, letter: Letter, author: Recognised, *, at: datetime) -> bool:
    """Ask the author of an answer to a digest which conversation it belongs to; the facilitators hear of it a working day later.

    False if the author cannot be asked.
    """
    posts = could_mean(standing(author.person, held.community), letter)
    if not posts or author.address is None or letters.silence_owed(letter, author) or not people.may_be_answered(author.address, at=at):
        return False
    words = {"what": "which", "posts": " ".join(str(post.pk) for post in posts)}
    token = people.issue(Ticket.Purpose.DECIDE, author.address, at=at, about=held.pk, words=words)
    letters.which(held, letter, author.person, author.address, token, posts=posts, again=False, at=at)
    Held.objects.filter(pk=held.pk).update(tell_at=rules.working_day_after(at))
    return True


def place(question: Question, person: Person, text: str, *, token: str, at: datetime) -> str:
    """Let a held answer to a digest walk again, with the conversation that its author names by number.

    Returns the sentence that tells what was done, "" if the text names none: then the question is asked again.
    Raises AlreadyDecided or TooLate; then it waits on the desk, or went its way.
    """
    if question.held.decision:
        raise AlreadyDecided(question.held)
    if not question.living:
        raise TooLate
    number = number_in(text, len(question.posts))
    if number is None:
        if people.may_be_answered(question.ticket.address, at=at):
            asked = letter_of(question.held)
            letters.which(question.held, asked, person, question.ticket.address, token, posts=question.posts, again=True, at=at)
        return ""
    with transaction.atomic():
        post = question.posts[number - 1]
        _write_decision(question.held, Held.Decision.PLACED, by=person, at=at, beneath=post)
        mail.walk_again(question.held.received, at=at)
    return gettext("Placed in “%(subject)s”.") % {"subject": post.conversation.subject}


def tell_next(held: Held, letter: Letter, *, at: datetime) -> None:
    """Send the notice of a held mail to the next in turn, with a ticket to decide by an answer: a guest moderator is first.

    Everybody who was told before may still decide; whoever is first, decides (O8).
    """
    guest = list(guests(held.community, held.conversation_id))
    those = [*guest, *(one for one in facilitators(held.community).order_by("roles__given_at", "pk") if one not in guest)]
    if those:
        person = those[held.told % len(those)]
        address = first_address(person)
        if address:
            token = people.issue(Ticket.Purpose.DECIDE, address, at=at, about=held.pk, words={"what": "held"})
            letters.notice(held, letter, person, address, token, again=held.told >= len(those), at=at)
    held.told += 1
    held.tell_at = rules.working_day_after(at)
    held.save(update_fields=["told", "tell_at"])


def answer(notice: Noticed, decision: Decision, *, at: datetime) -> str:
    """Carry out what the holder of a notice's ticket decided; returns the sentence that tells them.

    A decision ends the tickets of all (A2). Raises AlreadyDecided, TooLate, NotYours, NoReason, or ValueError
    with a sentence; then nothing has changed.
    """
    held, by = notice.held, notice.person
    if held.decision:
        raise AlreadyDecided(held)
    if not notice.living or by is None:
        raise TooLate
    match decision.verb:
        case "approve" if decision.invites:
            with transaction.atomic():
                approve(held, by=by, at=at)
                address = invite_author(held, by=by, words=decision.words, at=at)
            return gettext("It is approved and goes out to the members; an invitation is on its way to %(address)s.") % {"address": address}
        case "approve":
            approve(held, by=by, at=at)
            return gettext("It is approved and goes out to the members.")
        case "invite":
            address = invite_author(held, by=by, words=decision.words, at=at)
            return gettext("An invitation is on its way to %(address)s; the message waits on.") % {"address": address}
        case "edit":
            if not decision.words:
                raise ValueError(gettext("Write the new text below the word edit; it replaces the message."))
            approve(held, by=by, at=at, text=decision.words)
            return gettext("It goes out to the members in your wording; the original is kept.")
        case "reject":
            unsent = reject(held, by=by, reason=decision.words, at=at)
            return gettext("It is rejected, and the author reads your reason.") if not unsent else gettext("It is rejected.")
        case "query":
            take_as_query(held, by=by, at=at)
            return gettext("It is a query now; word it on your desk and agree it with the asker.")
        case "discard":
            discard(held, by=by, at=at)
            return gettext("It is discarded; nobody is told.")
        case "redirect":
            to = _named(by, decision.words)
            redirect(held, to=to, by=by, at=at)
            return gettext("It goes on to %(community)s.") % {"community": to.name}
        case _:
            open_for(held, by, at=at)
            return gettext("It is marked as yours; answer the notice again to decide.")


def _named(by: Person, slug: str) -> Community:
    found = visible(by).filter(slug=slug).first()
    if found is None:
        raise ValueError(gettext("There is no community with the short name %(name)s.") % {"name": slug or "…"})
    return found


def tell_what_was_done(notice: Noticed, token: str, *, sentence: str, understood: bool, about: str, at: datetime) -> None:
    """Answer a facilitator's answer."""
    letters.answered(notice, token, sentence=sentence, understood=understood, about=about, at=at)


def tend(*, at: datetime) -> None:
    """Tell the next facilitator of what has waited for a working day: held mail never expires silently."""
    due = Held.objects.filter(decision=Held.Decision.NONE, tell_at__lte=at).values_list("pk", flat=True)[:50]
    for pk in list(due):
        with transaction.atomic():
            later = rules.working_day_after(at)
            # Conditional, so that of two workers one tells.
            if not Held.objects.filter(pk=pk, decision=Held.Decision.NONE, tell_at__lte=at).update(tell_at=later):
                continue
            held = Held.objects.select_related("received", "community").get(pk=pk)
            tell_next(held, letter_of(held), at=at)


def turn_back(letter: Letter, author: Recognised, community: Community, *, reason: str, at: datetime) -> str:
    """Tell the author why; returns why nothing was sent, or ""."""
    return letters.turned_back(letter, author, community, reason=reason, at=at)


def open_for(held: Held, by: Person, *, at: datetime) -> None:
    """Note who reads a held mail now, so that another moderator sees it."""
    Held.objects.filter(pk=held.pk, decision=Held.Decision.NONE).update(opened_by=by, opened_at=at)


def approve(
    held: Held, *, by: Person | None, at: datetime, subject: str = "", text: str = "", beneath: Post | None = None
) -> None:
    """Let a mail walk its path again with a clearance; with other words, or beneath a message, if they are given."""
    with transaction.atomic():
        _decide(held, Held.Decision.APPROVED, by=by, at=at, subject=subject.strip(), text=text.strip(), beneath=beneath)
        mail.walk_again(held.received, at=at)


def take_as_query(held: Held, *, by: Person | None, at: datetime) -> None:
    """Let a mail walk its path again as a query, which a facilitator words before it goes to anybody."""
    if by is not None and not keeps_the_desk(by, held):
        raise NotYours
    with transaction.atomic():
        _decide(held, Held.Decision.QUERY, by=by, at=at)
        mail.walk_again(held.received, at=at)


def invite_author(held: Held, *, by: Person | None, words: str, at: datetime) -> str:
    """Invite the author of a held mail, who is no member; decides nothing. Returns the address that the letter goes to.

    Raises ValueError with a sentence if there is nobody to invite, or the limits are reached (A8).
    """
    if by is not None and not keeps_the_desk(by, held):
        raise NotYours
    letter = letter_of(held)
    address = invitable(held, letter)
    if not address:
        raise ValueError(gettext("There is nobody to invite: the author is a member, or it is not clear who wrote it."))
    name = letter.sender.name if letter.sender else ""
    joining.invite(held.community, address, name=name, words=words, by=by, at=at)
    return address


def redirect(held: Held, *, to: Community, by: Person | None, at: datetime) -> None:
    """Send a mail along its path to another community.

    Whoever facilitates that one too has thereby approved it; else it waits there for its facilitator.
    """
    if by is not None and not keeps_the_desk(by, held):
        raise NotYours
    if to.pk == held.community_id or (by is not None and not standing(by, to).sees):
        raise ValueError(gettext("Choose another community."))
    with transaction.atomic():
        _decide(held, Held.Decision.REDIRECTED, by=by, at=at, to_community=to)
        mail.walk_again(held.received, at=at)


def reject(held: Held, *, by: Person | None, reason: str, at: datetime) -> str:
    """Do not circulate, and tell the author why. Returns why no letter was sent, or ""."""
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        _decide(held, Held.Decision.REJECTED, by=by, at=at, words=reason.strip())
        letter = letter_of(held)
        author = recognise(letter, written_by=held.received.written_by)
        unsent = letters.rejection(letter, author, held.community, words=reason.strip(), at=at)
        note = reason.strip() if not unsent else f"{reason.strip()} (No letter to the author: {unsent}.)"
        mail.settle_held(held.received, fate="rejected", note=note, at=at)
    return unsent


def discard(held: Held, *, by: Person | None, at: datetime) -> None:
    """Do not circulate, and tell nobody; the mail stays in the log."""
    with transaction.atomic():
        _decide(held, Held.Decision.DISCARDED, by=by, at=at)
        mail.settle_held(held.received, fate="discarded", note=f"Discarded by {by or 'the administrator'}.", at=at)


def _decide(held: Held, decision: str, *, by: Person | None, at: datetime, **words: object) -> None:
    """The one conditional write of a decision: of two at once one wins, the other is told (O8).

    `by` is None only for the administrator at the command line.
    """
    if by is not None and not may_decide(by, held):
        raise NotYours
    _write_decision(held, decision, by=by, at=at, **words)


def _write_decision(held: Held, decision: str, *, by: Person | None, at: datetime, **words: object) -> None:
    won = Held.objects.filter(pk=held.pk, decision=Held.Decision.NONE).update(
        decision=decision, decided_by=by, decided_at=at, **words
    )
    held.refresh_from_db()
    if not won:
        raise AlreadyDecided(held)
    people.void(Ticket.Purpose.DECIDE, held.pk, at=at)
