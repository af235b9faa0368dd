"""The verbs of search. They write what is derived and nothing else: the index, and the texts of files."""

import threading
from datetime import datetime

from django.db.models import F

from talanoa.documents.reading import Reader
from talanoa.search import feeding, files
from talanoa.search.models import FileText

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
