"""The index kept level with the database: where it lies, who writes it, how it is made anew and compared.

In `search` in the state folder stand GENERATIONS, each a whole index; the file `current` names the one that is read. Making it
anew makes another beside it and then changes the name, so that whoever searches meanwhile notices nothing.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from talanoa.search.authors import Authors
from talanoa.search.comments import Comments
from talanoa.search.engine import FORM, Busy, Index, Look, Writer
from talanoa.search.files import Files
from talanoa.search.items import Items
from talanoa.search.members import Members
from talanoa.search.posts import Posts
from talanoa.search.sources import Source
from talanoa.search.summaries import Summaries

ENTERED: tuple[Source, ...] = (Posts(), Items(), Members(), Files(), Comments(), Summaries())  # those with entries
SOURCES: tuple[Source, ...] = (Authors(), *ENTERED)  # what is told of authors is noted before it is put in
LOOK_THROUGH = timedelta(seconds=30)  # how often sources that are not watched are looked through (P3: at most 60 s)
GENERATIONS_MISSED = 3  # between two looks; more are no accident
AT_A_TIME = 8  # pieces to a commit, at most


def home() -> Path:
    """Where the index of this machine lies."""
    return Path(settings.TALANOA.home) / "search"


def generation() -> Path:
    """The folder of the index that is read; of a form that this version of Talanoa reads."""
    name = _named(home())
    return home() / (name if name.startswith(f"{FORM}-") else f"{FORM}-1")


def _named(folder: Path) -> str:
    try:
        return (folder / "current").read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _name(folder: Path, name: str) -> None:
    written = folder / "next"
    written.write_text(name, encoding="ascii")
    written.replace(folder / "current")


_lock = threading.Lock()
_reading: dict[Path, Index] = {}


def reading() -> Index:
    """The index for searching, as it is now."""
    folder = generation()
    with _lock:
        if folder not in _reading:
            _reading.clear()
            _reading[folder] = Index(folder)
        return _reading[folder]


def look() -> Look:
    """The index as it is now. Where it was made anew between asking which one is read and reading it, the new one is looked at."""
    for _ in range(GENERATIONS_MISSED):
        try:
            return reading().look()
        except (OSError, ValueError):  # its folder is gone; a ValueError is tantivy's
            with _lock:
                _reading.clear()
    return reading().look()


class Feeder:
    """Follows every source into one index; raises `Busy` where another process does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = Index(folder)
        self._writer: Writer = self._index.writer()
        self._notes = {source.number: self._index.notes(source.number) for source in SOURCES}
        self._looked_through: datetime | None = None

    def step(self, at: datetime | None) -> bool:
        """Take in some of what changed, and commit it with the notes of how far; whether there may be more.

        `at`: sources that are not watched are looked through when their time has come; None: now.
        """
        due = at is None or self._looked_through is None or at - self._looked_through >= LOOK_THROUGH
        worked = False
        for source in SOURCES:
            if source.watched or due:
                worked |= self._follow(source)
        if due and not worked:
            self._looked_through = at
        return worked

    def _follow(self, source: Source) -> bool:
        pieces = 0
        more = True
        while more and pieces < AT_A_TIME:
            changes = source.changed(self._notes[source.number], lambda: self._index.holds(source.number))
            if changes is None:
                break
            pieces += 1
            if changes.lost:
                self._writer.remove_all(source.number)
            self._writer.remove(source.number, changes.gone)
            self._writer.add(source.number, changes.entries)
            for number, entries in changes.again.items():
                # Only what is there: what its own source has not put in yet would stand in the index twice.
                there = self._index.among(number, [one.number for one in entries])
                self._writer.remove(number, there)
                self._writer.add(number, [one for one in entries if one.number in there])
            if changes.notes is not None:
                self._notes[source.number] = changes.notes
                self._writer.note(source.number, changes.notes)
            # What is compared with the index must be in it before the next look.
            more = changes.more and source.watched
        if pieces:
            self._writer.commit()
        return pieces > 0

    def close(self, *, settled: bool = False) -> None:
        """End; `settled`: with all pieces merged."""
        if settled:
            self._writer.settle()


def level(tell: Callable[[], None] = lambda: None) -> bool:
    """Take in everything that changed; False where another process on this machine does that already."""
    try:
        feeder = Feeder(generation())
    except Busy:
        return False
    while feeder.step(None):
        tell()
    feeder.close(settled=True)
    return True


def behind() -> bool:
    """Whether the index has not seen everything that is watched."""
    index = reading()
    return any(source.watched and source.changed(index.notes(source.number), lambda: iter(())) is not None for source in SOURCES)


def rebuild(tell: Callable[[], None] = lambda: None) -> int:
    """Make the index anew beside the one that is read, then let it be read; returns how many entries it has."""
    place = home()
    place.mkdir(parents=True, exist_ok=True)
    taken = [int(one.name.partition("-")[2]) for one in place.glob(f"{FORM}-*") if one.name.partition("-")[2].isdigit()]
    name = f"{FORM}-{max(taken, default=1) + 1}"
    feeder = Feeder(place / name)
    while feeder.step(None):
        tell()
    feeder.close(settled=True)
    _name(place, name)
    size = reading().look().size
    for old in place.glob("*-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)
    return size


class Difference(NamedTuple):
    """How the index differs from the database, of one source."""

    name: str  # of the source
    entries: int  # that the database has
    missing: int
    stale: int  # of another version
    left_over: int

    @property
    def level(self) -> bool:
        return not (self.missing or self.stale or self.left_over)


def verify() -> Iterator[Difference]:
    """Compare what the index has with the database, source by source, in step, so that the memory does not grow with them."""
    index = reading()
    for source in ENTERED:
        entries = missing = stale = left_over = 0
        ours, theirs = index.holds(source.number), source.versions()
        held, there = next(ours, None), next(theirs, None)
        while held or there:
            if there and (held is None or there[0] < held[0]):
                entries, missing, there = entries + 1, missing + 1, next(theirs, None)
            elif held and (there is None or held[0] < there[0]):
                left_over, held = left_over + 1, next(ours, None)
            elif held and there:
                entries, stale = entries + 1, stale + (held[1] != there[1])
                held, there = next(ours, None), next(theirs, None)
        yield Difference(type(source).__name__.lower(), entries, missing, stale, left_over)
