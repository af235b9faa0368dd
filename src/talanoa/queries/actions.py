"""The verbs of queries: ask, word, agree, circulate, correct, extend, close, drop; mark and enter responses."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from talanoa.communities.lookups import facilitators, one_at_a_time, standing
from talanoa.communities.models import Community
from talanoa.conversations import actions as conversations
from talanoa.conversations.models import Post
from talanoa.mail.models import Received
from talanoa.mail.reading.parsing import Letter
from talanoa.mail.sending import writing
from talanoa.people import actions as people
from talanoa.people.lookups import first_address
from talanoa.people.models import Person, Ticket
from talanoa.queries import letters, lookups, rules, sentences
from talanoa.queries.meanings import actions as meanings
from talanoa.queries.models import Approach, Change, Customs, Entered, LeftAlone, Mark, Query, Reminder

AGREEMENT_LIVES = timedelta(days=30)


class NotNow(Exception):
    """A verb that the query's stage does not allow."""

    def __init__(self, query: Query) -> None:
        super().__init__(gettext("That cannot be done any more: the query is %(stage)s.") % {"stage": sentences.stage(query.stage)})


class NotYours(Exception):
    """Only a facilitator of the community may do this."""

    def __str__(self) -> str:
        return gettext("Only a facilitator of this community can do that.")


class Wanting(ValueError):
    """Something is missing; `str()` says what."""


class AskedBefore(Exception):
    """The same mail made a query before (D5)."""

    def __str__(self) -> str:
        return gettext("This query has reached the facilitator before.")


def ask(
    letter: Letter,
    *,
    community: Community,
    asker: Person | None,
    received: Received | None,
    at: datetime,
    subject: str = "",
    text: str = "",
) -> Query:
    """A member's question: the asker gets a receipt with what was asked before, the facilitator a notice.

    `subject` and `text`, where given, are a facilitator's wording of a held mail. Runs in the caller's transaction.
    """
    one_at_a_time(community)
    if received and Query.objects.filter(received=received).exists():
        raise AskedBefore
    text = text or letter.fresh_text or letter.text
    title = rules.bare_title(subject or letter.subject) or _first_words(text)
    name = asker.name if asker else (letter.sender.name or letter.sender.address) if letter.sender else ""
    return _ask(community, asker, name, title, text, letter.message_id or "", received=received, by=asker, at=at)


def take_up(post: Post, *, by: Person, at: datetime) -> Query:
    """Make a query of a message that was circulated as an ordinary one; its author is the asker."""
    with transaction.atomic():
        one_at_a_time(post.community)
        _as_facilitator(by, post.community)
        if post.author is None:
            raise Wanting(gettext("The author of this message is no member any more; ask in your own name."))
        if Mark.objects.filter(post=post).exists():
            raise AskedBefore
        title = rules.bare_title(post.conversation.subject) or _first_words(post.fresh_text)
        return _ask(post.community, post.author, post.author.name, title, post.fresh_text, post.message_id, received=None, by=by, at=at)


def _ask(
    community: Community,
    asker: Person | None,
    name: str,
    title: str,
    text: str,
    message_id: str,
    *,
    received: Received | None,
    by: Person | None,
    at: datetime,
) -> Query:
    query = Query.objects.create(
        community=community,
        asker=asker,
        asker_name=name[:200],
        received=received,
        asked_subject=title,
        asked_text=text,
        asked_at=at,
        title=title,
        text=text,
    )
    _note(query, "asked", by=by, at=at)
    letters.receipt(query, answers=message_id, at=at)
    for person in facilitators(community):
        letters.asked(query, person, at=at)
    return query


def word(
    query: Query, *, title: str, text: str, context: str = "", types: Sequence[str] = (), by: Person, at: datetime, propose: bool = True
) -> None:
    """Give a query the facilitator's wording; with `propose` the asker is asked to agree by an answer to our letter."""
    with transaction.atomic():
        _locked(query, "word", by)
        if not title.strip() or not text.strip():
            raise Wanting(gettext("A query has a title and a text."))
        before = {"title": query.title, "text": query.text, "context": query.context, "types": query.types}
        query.title, query.text, query.context = " ".join(title.split()), text.strip(), context.strip()
        query.types = lookups.kinds(types)
        query.wording += 1
        query.stage = Query.Stage.WORDED if propose else Query.Stage.ASKED
        query.save()
        _note(query, "worded", by=by, at=at, before=before)
        # An agreement is to the wording that was sent, and to no later one (A2).
        people.void(Ticket.Purpose.WORDING, query.pk, at=at)
        address = first_address(query.asker) if query.asker else None
        if propose and address:
            token = people.issue(Ticket.Purpose.WORDING, address, at=at, lives=AGREEMENT_LIVES, about=query.pk)
            letters.wording(query, address, token, by=by, at=at)


def answer_wording(query: Query, text: str, *, token: str, at: datetime) -> bool:
    """The asker's answer to our letter: agreement, or changes for the facilitator. True if they agreed."""
    with transaction.atomic():
        _locked(query, "agree")
        agreed = rules.agrees(text)
        if agreed:
            people.redeem(token, Ticket.Purpose.WORDING, at=at)
            query.stage = Query.Stage.AGREED
            query.save(update_fields=["stage"])
        _note(query, "agreed" if agreed else "changes", by=query.asker, at=at, why="" if agreed else text.strip())
        for person in facilitators(query.community):
            letters.answered(query, person, agreed=agreed, words=text.strip(), at=at)
    return agreed


def circulate(query: Query, *, by: Person, at: datetime, why: str = "") -> Post:
    """Send a query to the members, with its number, and set its clocks.

    `why` tells how the asker agreed, where they did not by answering our letter.
    """
    with transaction.atomic():
        _locked(query, "circulate", by)
        if query.stage != Query.Stage.AGREED and query.asker_id != by.pk and not why.strip():
            raise Wanting(gettext("The asker has not agreed to this wording yet. Say why it goes out now: “agreed by phone”."))
        customs = lookups.customs(query.community)
        clock = rules.set_clock(at, window_days=customs.window_days, reply_days=customs.reply_days)
        highest = Query.objects.filter(community=query.community).aggregate(last=Max("number"))["last"] or 0
        query.number, query.stage = highest + 1, Query.Stage.OPEN
        query.circulated_at, query.closes_at, query.due_at = clock.circulated_at, clock.closes_at, clock.due_at
        subject, text = letters.circular(query)
        query.post = say(query, subject, text, person=query.asker or by, at=at)
        query.conversation = query.post.conversation
        query.save()
        people.void(Ticket.Purpose.WORDING, query.pk, at=at)
        _note(query, "circulated", by=by, at=at, why=why)
        letters.circulated(query, at=at)
    return query.post


def correct(query: Query, *, words: str, by: Person, at: datetime) -> Post:
    """Send a numbered correction to everybody; the query as it was circulated stays as it was."""
    with transaction.atomic():
        _locked(query, "correct", by)
        if not words.strip():
            raise Wanting(gettext("Write the correction first."))
        number = query.changes.filter(what="corrected").count() + 1
        subject, text = letters.correction(query, number, words.strip())
        post = say(query, subject, text, person=by, at=at)
        _note(query, "corrected", by=by, at=at, why=words.strip())
    return post


def extend(query: Query, *, until: datetime, why: str, by: Person, at: datetime) -> None:
    """Let the window end later, also when it has ended; the reply is due as much later."""
    with transaction.atomic():
        _locked(query, "extend", by)
        assert query.closes_at is not None
        assert query.due_at is not None
        if not why.strip():
            raise Wanting(gettext("Say why the window is extended."))
        if until <= max(at, query.closes_at):
            raise Wanting(gettext("Choose a later day than %(day)s.") % {"day": max(at, query.closes_at).date().isoformat()})
        before = {"closes_at": query.closes_at.isoformat(), "due_at": query.due_at.isoformat()}
        query.due_at += until - query.closes_at
        query.closes_at, query.stage = until, Query.Stage.OPEN
        query.save(update_fields=["closes_at", "due_at", "stage"])
        Reminder.objects.filter(query=query, kind__in=("closing", "due", "overdue")).delete()
        _note(query, "extended", by=by, at=at, why=why.strip(), before=before)


def close(query: Query, *, by: Person | None, at: datetime) -> None:
    """End the window; without `by`, its time had come. Responses that come later are responses still."""
    with transaction.atomic():
        _locked(query, "close", by)
        query.stage = Query.Stage.CLOSED
        query.save(update_fields=["stage"])
        _note(query, "closed", by=by, at=at)
        for person in facilitators(query.community):
            letters.closed(query, person, responses=lookups.responses(query).count(), at=at)


def note_consolidated(query: Query, *, version: int, by: Person, at: datetime) -> None:
    """Its Consolidated Reply is issued, in its first or a later version. Responses that come later make another."""
    _locked(query, "consolidate", by)
    query.stage = Query.Stage.CONSOLIDATED
    query.save(update_fields=["stage"])
    _note(query, "issued", by=by, at=at, before={"version": version})


def note_consent(query: Query, *, to: str, by: Person, at: datetime) -> None:
    """A facilitator lets the words of a query and its responses be sent to a language model."""
    _as_facilitator(by, query.community)
    _note(query, "sent", by=by, at=at, why=to)


def drop(query: Query, *, why: str, by: Person, at: datetime) -> None:
    """Do not circulate a query. Its asker reads why, or has taken it back."""
    with transaction.atomic():
        _locked(query, "drop", None if by.pk == query.asker_id else by)
        if not why.strip() and by.pk != query.asker_id:
            raise Wanting(gettext("Write a reason; the asker will read it."))
        query.stage = Query.Stage.DROPPED
        query.save(update_fields=["stage"])
        people.void(Ticket.Purpose.WORDING, query.pk, at=at)
        _note(query, "dropped", by=by, at=at, why=why.strip())
        if by.pk != query.asker_id:
            letters.dropped(query, why=why.strip(), at=at)


def mark(query: Query, post: Post, *, kind: str, by: Person, at: datetime) -> None:
    """Say what a post is: an aside, or unclear; an empty kind makes it a plain response again."""
    with transaction.atomic():
        _as_facilitator(by, query.community)
        marked = Mark.objects.filter(post=post).first()
        if post.conversation_id != query.conversation_id or (marked and marked.kind == Mark.Kind.OURS):
            raise Wanting(gettext("This message is no response to the query."))
        Mark.objects.filter(post=post).delete()
        if kind:
            Mark.objects.create(post=post, kind=Mark.Kind(kind), by=by, at=at)
        _note(query, "marked", by=by, at=at, why=kind, before={"post": post.pk, "kind": marked.kind if marked else ""})


def enter(query: Query, person: Person, *, text: str, channel: str, by: Person, at: datetime) -> Post:
    """Enter a response for a member who phoned, texted or faxed; everybody reads it as theirs, and by whom it was entered."""
    with transaction.atomic():
        _locked(query, "approach", by)
        if not standing(person, query.community).member:
            raise Wanting(gettext("Only what members say can be entered for them."))
        if not text.strip():
            raise Wanting(gettext("Write what they said."))
        assert query.post is not None
        subject = f"Re: {query.post.subject}"
        post = say(query, subject, letters.entered(query, person, text.strip(), channel, by), person=person, at=at, ours=False)
        Entered.objects.create(post=post, by=by, channel=Entered.Channel(channel))
        _note(query, "entered", by=by, at=at, why=channel, before={"post": post.pk})
    return post


def approach(query: Query, person: Person, *, channel: str, words: str = "", by: Person, at: datetime) -> Approach:
    """Ask somebody who may know: by a personal letter with `words`, or noted after a call or a meeting."""
    with transaction.atomic():
        _locked(query, "approach", by)
        if not standing(person, query.community).member:
            raise Wanting(gettext("Only members can be asked; invite others to join first."))
        if LeftAlone.objects.filter(person=person).exists():
            raise Wanting(gettext("%(name)s asked not to be approached.") % {"name": person})
        if channel == Approach.Channel.MAIL:
            if not words.strip():
                raise Wanting(gettext("Write the letter first."))
            letters.approach(query, person, words.strip(), by=by, at=at)
        made, new = Approach.objects.get_or_create(
            query=query, person=person, defaults={"channel": Approach.Channel(channel), "by": by, "at": at, "changed_at": at}
        )
        if not new:
            made.channel, made.changed_at = channel, at
            made.save(update_fields=["channel", "changed_at"])
        _note(query, "approached", by=by, at=at, why=str(person), before={"person": person.pk, "channel": channel})
    return made


def approach_words(query: Query, person: Person, by: Person) -> str:
    """The draft of a personal letter to somebody who may know, for the facilitator to better."""
    return letters.approach_words(query, person, by)


def note_approach(query: Query, person: Person, *, state: str, note: str = "", by: Person, at: datetime) -> None:
    """Write down what somebody said: promised, or declined. That they answered is seen by itself."""
    with transaction.atomic():
        _as_facilitator(by, query.community)
        Approach.objects.filter(query=query, person=person).update(state=Approach.State(state), note=note.strip(), by=by, changed_at=at)


def leave_alone(person: Person, *, yes: bool, at: datetime) -> None:
    """Never suggest or approach this person for a query, or do so again; their own wish."""
    if yes:
        LeftAlone.objects.get_or_create(person=person, defaults={"since": at})
    else:
        LeftAlone.objects.filter(person=person).delete()


def keep_customs(community: Community, *, by: Person, at: datetime, **values: object) -> Customs:
    """Change how queries are run in a community; the clocks of what is circulated stay."""
    del at
    _as_facilitator(by, community)
    found, _ = Customs.objects.update_or_create(community=community, defaults=values)
    return found


def tend(*, at: datetime) -> None:
    """Close what is over, and remind the facilitators; what was missed while nothing ran is done now, once."""
    for pk in list(Query.objects.filter(stage=Query.Stage.OPEN, closes_at__lte=at).values_list("pk", flat=True)[:100]):
        query = lookups.numbered(pk)
        if query is not None:
            try:
                close(query, by=None, at=at)
            except NotNow:
                continue  # another worker was first
    for query in Query.objects.filter(stage__in=[Query.Stage.OPEN, Query.Stage.CLOSED]).select_related("community", "asker"):
        _remind(query, at)
    meanings.keep()


def _remind(query: Query, at: datetime) -> None:
    customs = lookups.customs(query.community)
    count = lookups.responses(query).count()
    owed = rules.reminders_due(lookups.clock(query), stage=query.stage, responses=count, silence_hours=customs.silence_hours, at=at)
    if not owed or set(owed) <= set(query.reminders.values_list("kind", flat=True)):
        return
    with transaction.atomic():
        one_at_a_time(query.community)
        sent = set(query.reminders.values_list("kind", flat=True))
        fresh = [kind for kind in owed if kind not in sent]
        Reminder.objects.bulk_create(Reminder(query=query, kind=kind, at=at) for kind in fresh)
        if fresh:
            for person in facilitators(query.community):
                letters.reminder(query, person, kind=fresh[-1], responses=count, at=at)


def say(
    query: Query,
    subject: str,
    text: str,
    *,
    person: Person,
    at: datetime,
    ours: bool = True,
    attachments: Sequence[writing.Part] = (),
) -> Post:
    """Circulate words in a query's conversation as a post like any other, in the name of a person.

    With `ours` they are no response. Runs in the caller's transaction, who holds the community and has asked who may.
    """
    post = conversations.say(query.community, subject, text, person=person, answers=query.post, attachments=attachments, at=at)
    if ours:
        Mark.objects.create(post=post, kind=Mark.Kind.OURS, at=at)
    return post


def _locked(query: Query, verb: str, by: Person | None = None) -> None:
    """Hold the community, look at the query as it is now, and refuse what its stage or the person does not allow."""
    one_at_a_time(query.community)
    if by is not None:
        _as_facilitator(by, query.community)
    query.refresh_from_db()
    if query.stage not in rules.MAY[verb]:
        raise NotNow(query)


def _as_facilitator(by: Person, community: Community) -> None:
    if not standing(by, community).facilitates:
        raise NotYours


def _note(query: Query, what: str, *, by: Person | None, at: datetime, why: str = "", before: Mapping[str, object] | None = None) -> None:
    Change.objects.create(query=query, what=what, by=by, at=at, why=why, before=dict(before or {}))


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return f"{words[:80].rsplit(' ', 1)[0]} …" if len(words) > 80 else words or gettext("A query")
