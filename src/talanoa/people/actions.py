"""The verbs of persons, their addresses, consent and sign-ins."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext

from talanoa.mail.models import Delivery
from talanoa.mail.reading.parsing import canonical_address
from talanoa.people import letters, rules
from talanoa.people.lookups import by_address, pointing_at_persons, returns, ticket, token_hash
from talanoa.people.models import Address, Answer, Bounce, Consent, Distinct, Merging, Person, Session, Ticket

log = structlog.get_logger()

PROFILE = ("name", "role", "organisation", "country", "languages", "interests", "biography", "timezone", "sector", "gender")


class NotAnAddress(ValueError):
    """The text is no e-mail address; `str()` says why."""


class AddressTaken(ValueError):
    """Another person has this address."""

    def __str__(self) -> str:
        return gettext("This address belongs to another person here.")


class TicketRefused(Exception):
    """A ticket cannot be used: it was used, it is too old, or it never was."""

    def __str__(self) -> str:
        return gettext("This link has been used or is too old. Ask for a new one; it takes a minute.")


def introduce(address: str, *, at: datetime, name: str = "", **profile: str) -> Person:
    """The person with this address, made if there was none. A known person's profile is left alone."""
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        raise NotAnAddress(str(fault)) from fault
    known = by_address(canonical)
    if known:
        return known
    try:
        with transaction.atomic():
            person = Person.objects.create(name=name, joined_at=at, **profile)
            Address.objects.create(person=person, written=address.strip(), canonical=canonical, first=True, added_at=at)
            return person
    except IntegrityError:
        # Somebody else introduced the same address between our look and our write.
        known = by_address(canonical)
        if known is None:
            raise
        return known


def add_address(person: Person, address: str, *, at: datetime) -> Address:
    """A further address that the person writes from."""
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        raise NotAnAddress(str(fault)) from fault
    known = Address.objects.filter(canonical=canonical).first()
    if known:
        if known.person_id != person.pk:
            raise AddressTaken
        return known
    return Address.objects.create(person=person, written=address.strip(), canonical=canonical, added_at=at)


def describe(person: Person, **profile: str) -> None:
    """Change what a person tells of themselves; names of `PROFILE` only."""
    for name, value in profile.items():
        if name not in PROFILE:
            raise TypeError(f"a profile has no {name}")
        setattr(person, name, value)
    person.save(update_fields=list(profile))


class CannotMerge(ValueError):
    """Two persons cannot be brought together; `str()` says why."""


def merge(kept: Person, other: Person, *, by: Person | None, at: datetime) -> Merging:
    """Bring together two persons who are one: whatever points at `other` points at `kept` from now on.

    Nothing is removed. What `kept` has already and may have only once stays with the row of `other`, which nobody
    meets any more; what somebody takes part in is united before, by `communities.unite`. Blank lines of the profile are filled.
    """
    if kept.pk == other.pk:
        raise CannotMerge(gettext("This is one person already."))
    if other.operates or Merging.objects.filter(absorbed__in=[kept, other]).exists():
        raise CannotMerge(gettext("%(name)s runs the site, or was brought together with somebody before.") % {"name": other})
    with transaction.atomic():
        Session.objects.filter(person=other, ended_at=None).update(ended_at=at)
        came = list(other.addresses.order_by("-first", "id").values_list("written", flat=True))
        others = other.addresses
        others.update(first=False)
        if not kept.addresses.filter(first=True).exists():
            Address.objects.filter(pk=others.order_by("id").values("pk")[:1]).update(first=True)
        blank = [name for name in PROFILE if name != "timezone" and not getattr(kept, name) and getattr(other, name)]
        describe(kept, **{name: getattr(other, name) for name in blank})
        moved: dict[str, int] = {}
        for model, field in pointing_at_persons():
            if number := _moved(model, field, kept, other):
                moved[model._meta.label_lower] = moved.get(model._meta.label_lower, 0) + number  # noqa: SLF001  Django documents it
        return Merging.objects.create(kept=kept, absorbed=other, name=other.name, addresses=came, moved=moved, by=by, at=at)


def _moved(model: type[Model], field: str, kept: Person, other: Person) -> int:
    """Let the rows of a table that point at one person point at another; those that the other may not have twice stay."""
    rows = model._default_manager.filter(**{field: other})  # noqa: SLF001  Django documents it
    try:
        with transaction.atomic():
            return rows.update(**{field: kept})
    except IntegrityError:
        return sum(_moved_alone(rows.filter(pk=pk), field, kept) for pk in list(rows.values_list("pk", flat=True)))


def _moved_alone(row: QuerySet, field: str, kept: Person) -> int:
    try:
        with transaction.atomic():
            return row.update(**{field: kept})
    except IntegrityError:
        return 0


def tell_apart(one: Person, other: Person, *, by: Person | None, at: datetime) -> None:
    """Write down that two persons who look alike are two, so that they are not proposed again."""
    first, second = sorted((one, other), key=lambda person: person.pk)
    Distinct.objects.get_or_create(one=first, other=second, defaults={"by": by, "at": at})


def consent(person: Person, *, wording: str, source: str, at: datetime, noted_by: Person | None = None) -> Consent:
    """Record what a person agreed to, and how we know; `at` is when they did."""
    return Consent.objects.create(person=person, wording=wording, source=source[:200], given_at=at, noted_by=noted_by)


def make_operator(person: Person) -> None:
    """Let a person run the site."""
    person.operates = True
    person.save(update_fields=["operates"])


def issue(
    purpose: str,
    address: str,
    *,
    at: datetime,
    lives: timedelta = rules.TICKET_LIVES,
    about: int | None = None,
    words: dict[str, str] | None = None,
    source: str = "",
) -> str:
    """A ticket for an address: the token, 160 random bits in letters that survive mail systems which fold case."""
    token = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    Ticket.objects.create(
        purpose=purpose,
        address=canonical_address(address),
        about=about,
        words=words or {},
        token_hash=token_hash(token),
        source=source,
        made_at=at,
        expires_at=at + lives,
    )
    return token


def redeem(token: str, purpose: str, *, at: datetime) -> Ticket:
    """Use a ticket up, in the caller's transaction; of two at once one wins. Raises TicketRefused."""
    known = ticket(token, purpose, at)
    if known is None or not Ticket.objects.filter(pk=known.pk, used_at=None).update(used_at=at):
        raise TicketRefused
    hear_from(known.address, at=at)  # what is used arrived there
    return known


def void(purpose: str, about: int, *, at: datetime) -> None:
    """Let all tickets for one thing end: it was decided by somebody else, or is gone (A2)."""
    Ticket.objects.filter(purpose=purpose, about=about, used_at=None).update(used_at=at)


def may_be_written_to(address: str, *, source: str, at: datetime) -> bool:
    """Whether a letter that somebody's request brings about may go to this address now (A8)."""
    recent = Ticket.objects.filter(made_at__gt=at - rules.LETTER_WINDOW).exclude(
        purpose__in=(Ticket.Purpose.DECIDE, Ticket.Purpose.RESUME, Ticket.Purpose.CONSENT)
    )
    return (
        recent.filter(address=canonical_address(address)).count() < rules.LETTERS_PER_ADDRESS
        and (not source or recent.filter(source=source).count() < rules.LETTERS_PER_SOURCE)
        and recent.count() < rules.LETTERS_IN_ALL
    )


def may_be_answered(address: str, *, at: datetime) -> bool:
    """Whether one more automatic answer may go to an address now; what it is answered counts (L1, A8)."""
    canonical = canonical_address(address)
    if Answer.objects.filter(address=canonical, sent_at__gt=at - rules.LETTER_WINDOW).count() >= rules.ANSWERS_PER_ADDRESS:
        return False
    Answer.objects.create(address=canonical, sent_at=at)
    return True


def make_sign_in_link(address: Address, *, source: str, at: datetime, lives: timedelta = rules.LINK_LIVES) -> str:
    """The token of a link that signs the person of an address in."""
    return issue(Ticket.Purpose.SIGN_IN, address.canonical, at=at, lives=lives, source=source)


def mail_sign_in_link(typed: str, *, source: str, at: datetime) -> None:
    """Mail a link to the address as it is stored, if somebody has it and the limits allow (A7, A8, A9).

    Says nothing to the caller: known and unknown addresses must look alike.
    """
    source = hmac.new(settings.SECRET_KEY.encode(), b"source " + source.encode(), hashlib.sha256).hexdigest()
    try:
        canonical = canonical_address(typed)
    except ValueError:
        return
    known = Address.objects.select_related("person").filter(canonical=canonical).first()
    if known is None or not may_be_written_to(canonical, source=source, at=at):
        return
    letters.sign_in_link(known, make_sign_in_link(known, source=source, at=at), at=at)


def sign_in(token: str, *, agent: str, at: datetime) -> tuple[Person, str]:
    """Use a link: the person, and the token of the new session for the browser's cookie."""
    with transaction.atomic():
        used = redeem(token, Ticket.Purpose.SIGN_IN, at=at)
        person = by_address(used.address)
        if person is None:
            raise TicketRefused
        session = secrets.token_urlsafe(32)
        Session.objects.create(
            person=person, token_hash=token_hash(session), agent=agent[:200], began_at=at, seen_at=at
        )
    return person, session


def see(session: Session, *, at: datetime) -> None:
    """Note that a session lives; written once an hour, not at each page."""
    if at - session.seen_at > timedelta(hours=1):
        Session.objects.filter(pk=session.pk).update(seen_at=at)


def sign_out(person: Person, session_id: int, *, at: datetime) -> bool:
    """End one of the person's own sessions; False if they have no such living session."""
    return bool(Session.objects.filter(pk=session_id, person=person, ended_at=None).update(ended_at=at))


def sign_out_everywhere(person: Person, *, at: datetime) -> int:
    """End all sessions of a person (A6)."""
    return Session.objects.filter(person=person, ended_at=None).update(ended_at=at)


def note_bounced(
    address: str, *, delivery: int, list_address: str, permanent: bool, reason: str, words: str, at: datetime
) -> str:
    """Note that a copy to an address came back, in the caller's transaction; whoever calls has the copy's token (L5).

    Returns what it led to: "probed" (so much has come back that a letter tries the address), "unreachable"
    (that letter came back: what is sent to many stops, L6), else "noted"; "" if nobody has the address.
    """
    # Two reports at once must not both send a probe.
    known = Address.objects.select_for_update().filter(canonical=canonical_address(address)).first()
    if known is None:
        return ""
    Bounce.objects.create(
        address=known, delivery=delivery, list_address=list_address, permanent=permanent, reason=reason, words=words, at=at
    )
    if delivery == known.probe:
        return _probe_came_back(known, rules.Return(at, permanent, reason))
    if known.unreachable_since is None and known.probed_at is None and rules.is_doubted(returns(known), at):
        probe(known, at=at)
        return "probed"
    return "noted"


def _probe_came_back(address: Address, returned: rules.Return) -> str:
    address.probe = None
    outcome = "noted"
    if returned.weight and address.unreachable_since is None:
        address.unreachable_since = returned.at
        outcome = "unreachable"
        _tell_elsewhere(address, at=returned.at)
        log.info("address given up", address=address.pk, reason=returned.reason)
    address.save(update_fields=["probe", "unreachable_since"])
    return outcome


def _tell_elsewhere(address: Address, *, at: datetime) -> None:
    """A note to one other address of the person that can be reached, if there is one."""
    other = address.person.addresses.filter(unreachable_since=None).exclude(pk=address.pk).order_by("-first", "id").first()
    if other is not None:
        token = issue(Ticket.Purpose.RESUME, other.canonical, at=at, lives=rules.RESUME_LIVES, about=address.pk)
        letters.unreachable(address, other, token, at=at)


def probe(address: Address, *, at: datetime) -> None:
    """Try an address from which mail came back with a letter of its own, whose return we would learn of."""
    last = address.bounces.order_by("-at", "-id").first()
    if last is None:
        return  # nothing ever came back
    token = issue(Ticket.Purpose.RESUME, address.canonical, at=at, lives=rules.RESUME_LIVES, about=address.pk)
    outgoing = letters.probe(address, last.list_address, token, at=at)
    address.probe = outgoing.deliveries.get().pk
    address.probed_at = at
    if address.unreachable_since:
        address.probes += 1
    address.save(update_fields=["probe", "probed_at", "probes"])
    log.info("address tried", address=address.pk, delivery=address.probe, times=address.probes)


def try_again(address: Address, *, at: datetime) -> bool:
    """Try an address now, because somebody asks for it; False if a letter tries it already, or nothing ever came back."""
    known = Address.objects.select_for_update().get(pk=address.pk)
    if known.probe is not None:
        return False
    probe(known, at=at)
    return known.probe is not None


def resume(address: Address, *, at: datetime) -> None:
    """Send to an address again: it is known to work, or somebody says so. What came back before counts no more."""
    Address.objects.filter(pk=address.pk).update(**_WORKS, answered_at=at)
    log.info("address in use again", address=address.pk)


_WORKS: dict[str, Any] = {"unreachable_since": None, "probe": None, "probed_at": None, "probes": 0}


def hear_from(address: str, *, at: datetime) -> bool:
    """A person surely wrote from this address, or used what was sent there; True if that brings it back."""
    silent = Address.objects.filter(canonical=canonical_address(address), unreachable_since__isnull=False)
    return bool(silent.update(**_WORKS, answered_at=at))


def resume_all(person: Person, *, at: datetime) -> int:
    """A person asks to be written to again at all their addresses; returns how many had been given up."""
    return person.addresses.filter(unreachable_since__isnull=False).update(**_WORKS, answered_at=at)


def try_no_more(person: Person) -> None:
    """Send no probe to somebody who takes part in nothing any more."""
    person.addresses.filter(probed_at__isnull=False).update(probe=None, probed_at=None)


def resume_by_link(token: str, *, at: datetime) -> Address:
    """Use the link of a probe, or of the note to another address. Raises TicketRefused."""
    with transaction.atomic():
        used = redeem(token, Ticket.Purpose.RESUME, at=at)
        address = Address.objects.filter(pk=used.about or 0).first()
        if address is None:
            raise TicketRefused
        resume(address, at=at)
    return address


def _follow_probes(at: datetime) -> None:
    """A probe that did not come back in three days arrived; an address that is given up is tried again."""
    for pk in list(Address.objects.filter(probed_at__lte=at - rules.PROBE_EVERY).values_list("pk", flat=True)):
        with transaction.atomic():
            address = Address.objects.select_for_update().get(pk=pk)
            if address.probed_at is None or address.probed_at > at - rules.PROBE_EVERY:
                continue  # another worker was here, or it was resumed
            sent = Delivery.objects.filter(pk=address.probe).first() if address.probe is not None else None
            if sent and sent.state == Delivery.State.WAITING:
                continue  # the other post office has not yet said yes or no
            if sent and sent.state == Delivery.State.SENT:
                if sent.settled_at and sent.settled_at <= at - rules.PROBE_EVERY:
                    resume(address, at=at)
            elif sent and sent.failure_noted_at is None:
                continue  # its return is about to be noted
            elif address.unreachable_since and address.probes < rules.PROBES:
                probe(address, at=at)
            else:
                Address.objects.filter(pk=pk).update(probe=None, probed_at=None)


def tend(*, at: datetime) -> None:
    """Follow the probes; forget tickets, answers, sessions and bounces long dead."""
    _follow_probes(at)
    Bounce.objects.filter(at__lt=at - rules.BOUNCES_KEPT, address__unreachable_since=None).delete()
    Answer.objects.filter(sent_at__lt=at - timedelta(days=2)).delete()
    Ticket.objects.filter(expires_at__lt=at - timedelta(days=2)).delete()
    Session.objects.filter(seen_at__lt=at - rules.SESSION_LIVES - timedelta(days=30)).delete()
