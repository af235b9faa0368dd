"""The verbs of search. They write what is derived, the index and the texts of files, and what members want to be told of."""

import secrets
import threading
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from talanoa.communities.lookups import next_digest, standing
from talanoa.communities.models import Community
from talanoa.documents.reading import Reader
from talanoa.mail import tokens
from talanoa.people.models import Person
from talanoa.search import feeding, files, letters, lookups
from talanoa.search.letters import ENDING
from talanoa.search.models import FileText, Saved

_lock = threading.Lock()
_mine: list[feeding.Feeder] = []

rebuild = feeding.rebuild
level = feeding.level


def tend(*, at: datetime) -> bool:
    """Take in some of what changed; whether there may be more to take in at once.

    The process that begins writes the index of its machine until it ends; the other workers there leave it to that one, and
    go on when it is gone.
    """
    with _lock:
        if _mine and _mine[0].folder != feeding.generation():
            rest()  # it was made anew
        if not _mine:
            try:
                _mine.append(feeding.Feeder(feeding.generation()))
            except feeding.Busy:
                return False
        try:
            return _mine[0].step(at)
        except BaseException:
            rest()  # what was not committed is taken in again, by the notes of the last commit
            raise


def rest() -> None:
    """Write the index no more, so that another process can."""
    _mine.clear()


def read_file(digest: str, reader: Reader, *, at: datetime) -> bool:
    """Read the text of a file, once for all messages on which it hangs; whether it was ours to read.

    Whatever the file does to its reader costs its own text and nothing else. Its beginning is written down first, so that a file
    that takes the worker with it is not read for ever.
    """
    FileText.objects.bulk_create([FileText(digest=digest)], ignore_conflicts=True)
    mine = FileText.objects.filter(files.free(at), digest=digest).update(begun_at=at, tries=F("tries") + 1)
    if mine:
        text = files.text_of(reader, digest)
        FileText.objects.filter(digest=digest).update(text=text, characters=len(text), read_at=at)
    return bool(mine)


def forget_texts(*, at: datetime) -> int:
    """Forget what was read of files that hang on nothing any more, or on what was taken down (P3); returns how many texts.

    A share at a time, told by the minute, so that each text is looked at every four hours.
    """
    share = int(at.timestamp() // 60) % 256
    return files.forgotten().filter(digest__gte=f"{share:02x}", digest__lt=f"{share:02x}g").delete()[0]


HOUR = 7  # of the owner's clock, for who is no member there
SETTLED = timedelta(minutes=5)  # what is younger may not be in every index yet; it is told the next time
MOST_SAVED = 50


class TooMany(Exception):
    """Somebody wants to be told of more than is looked after."""

    def __str__(self) -> str:
        return gettext("You are told of %(n)d searches already. End one of them first.") % {"n": MOST_SAVED}


def save_search(words: str, *, community: Community | None, how: str, by: Person, at: datetime) -> Saved:
    """Tell a member of what is new for a search from now on; the same again changes how.

    By mail at the hour of their digests, or by a feed of their own alone.
    """
    told = Saved.How(how)
    found = Saved.objects.filter(person=by, community=community, words=words[:500]).first()
    if found is None:
        if Saved.objects.filter(person=by).count() >= MOST_SAVED:
            raise TooMany
        found = Saved(person=by, community=community, words=words[:500], since=at)
    found.how, found.due_at = told, _due(by, community, told, at)
    if told == Saved.How.NO_MAIL and found.feed is None:
        found.feed = secrets.randbits(62)
    found.save()
    return found


def end_search(pk: int, *, by: Person) -> bool:
    """Tell somebody no more; whether there was such a search of theirs."""
    return bool(Saved.objects.filter(pk=pk, person=by).delete()[0])


def end_search_by_link(token: str) -> bool:
    """The same for whoever holds the link of a letter (RFC 8058); whether it was not ended before."""
    pk = tokens.unseal(ENDING, token)
    return pk is not None and bool(Saved.objects.filter(pk=pk).delete()[0])


def give_feed(pk: int, *, by: Person) -> bool:
    """Give a saved search of somebody's a secret link for feed readers; a link that it had leads nowhere any more."""
    return bool(Saved.objects.filter(pk=pk, person=by).update(feed=secrets.randbits(62)))


def take_feed(pk: int, *, by: Person) -> bool:
    """Take the secret link back; where nothing else tells of the search, it ends."""
    mine = Saved.objects.filter(pk=pk, person=by)
    return bool(mine.filter(how=Saved.How.NO_MAIL).delete()[0] or mine.update(feed=None))


def _due(person: Person, community: Community | None, how: str, at: datetime) -> datetime | None:
    if how == Saved.How.NO_MAIL:
        return None
    member = standing(person, community).membership if community else None
    return next_digest(how, at, zone=person.timezone, hour=member.digest_hour if member else HOUR)


def tell(*, at: datetime) -> None:
    """Mail what is new for the searches that are due: nothing where nothing is new, and nothing twice.

    While the index is behind, it waits: what is not in it yet would be passed over.
    """
    due = list(Saved.objects.filter(due_at__lte=at).select_related("person", "community").order_by("person", "pk")[:500])
    if not due or lookups.behind():
        return
    for one in due:
        until = max(one.since, at - SETTLED)
        with transaction.atomic():
            # Conditional, so that of two workers one tells.
            mine = Saved.objects.filter(pk=one.pk, due_at=one.due_at)
            if mine.update(due_at=_due(one.person, one.community, one.how, at), since=until) and (new := lookups.new_for(one, until)):
                letters.new(one, new, at=at)
