"""Files that belong to messages and lie beside them, in a folder or in the zip that holds both.

Pipermail took them out and left a link; programs that saved Yahoo's groups kept them apart, by the number of the message;
our own export has there what the bytes of a message do not hold, by its key.
"""

import mimetypes
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from talanoa.conversations.archives import Said
from talanoa.mail.reading.mbox import MAIL_LIMIT
from talanoa.mail.reading.parsing import Attachment

# The last parts of a link say where the file lies; nothing in them leads out of the folder.
_LINK = re.compile(r"^\s*URL:\s*<?https?://\S{1,300}/attachments/(\d{8}/[0-9a-f]{4,64}/\w[^\s<>/\\]{0,200}?)>?\s*$", re.MULTILINE)
_NAME = re.compile(r"^Name: (\S[^\n]{0,150})$", re.MULTILINE)
_TYPE = re.compile(r"^(?:Type|MIME-Type): ([\w.+-]{1,60}/[\w.+-]{1,60})$", re.MULTILINE)
_TOLD = 600  # characters before a link in which Scrubber tells of it
_TAKEN_OUT = re.compile(r"(?:^|/)attachments/(\d{8}/.+)")
_OURS = re.compile(r"(?:^|/)attachments/([A-Z2-7]{32})/[^/]+")
_YAHOO = re.compile(r"(?:^|/)(\d+)_attachments/[^/]+\Z")
_NOT_HERE = b"[ Attachment content not displayed ]"  # what Yahoo left in a mail
_TYPES = mimetypes.MimeTypes()  # Python's own table: those of machines differ


class Place(NamedTuple):
    """A file on disk, or in a zip."""

    path: Path
    member: str = ""


class Beside:
    """The files beside some archives; a context, because it may keep zips open."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._places: dict[str, list[Place]] = {}
        self._zips: dict[Path, zipfile.ZipFile] = {}
        for path in paths:
            for name, place in _places(path):
                for key in keys(name):
                    self._places.setdefault(key, []).append(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._zips.values():
            one.close()

    def attached(self, said: Said, those: Sequence[str]) -> Said:
        """A message with the files that it lost and that are there; its words, with the links, stay as they are."""
        if not self._places:
            return said
        linked = [one for text in (said.fresh_text, said.quoted_text) if "/attachments/" in text for one in self._linked(text)]
        found = [*linked, *(one for key in those for place in self._places.get(key, ()) for one in self._file(place))]
        if not found:
            return said
        here = tuple(one for one in said.attachments if one.content.strip() != _NOT_HERE)
        known = {one.content for one in here}
        return said._replace(attachments=(*here, *(one for one in found if one.content not in known)))

    def _linked(self, text: str) -> Iterator[Attachment]:
        for link in _LINK.finditer(text):
            above = text[max(0, link.start() - _TOLD) : link.start()].rpartition("next part")[2]
            name, kind = _NAME.search(above), _TYPE.search(above)
            for place in self._places.get(link[1], ())[:1]:
                for one in self._file(place):
                    called = name[1].strip() if name and name[1] != "not available" else one.name
                    yield Attachment(_shown(called), kind[1].lower() if kind else one.media_type, one.content)

    def _file(self, place: Place) -> Iterator[Attachment]:
        content = self._content(place)
        if content is not None:
            name = _shown(re.sub(r"^\d+-", "", (place.member or str(place.path)).rpartition("/")[2]))
            yield Attachment(name, _TYPES.guess_type(name)[0] or "application/octet-stream", content)

    def _content(self, place: Place) -> bytes | None:
        """The bytes of a file; None where it is too large."""
        if not place.member:
            return place.path.read_bytes() if place.path.stat().st_size <= MAIL_LIMIT else None
        if place.path not in self._zips:
            self._zips[place.path] = zipfile.ZipFile(place.path)
        with self._zips[place.path].open(place.member) as file:
            content = file.read(MAIL_LIMIT + 1)
        return content if len(content) <= MAIL_LIMIT else None


def keys(name: str) -> list[str]:
    """Under which keys a file is looked for; none for one that belongs to no message, and so may be one."""
    if found := _YAHOO.search(name):
        return [of_yahoo(Path(name).parent, found[1])]
    ours, taken = _OURS.search(name), _TAKEN_OUT.search(name)
    return [ours[1]] if ours else [taken[1]] if taken else []


def of_yahoo(place: Path, number: str) -> str:
    """The key of the files of a message that had a number at Yahoo; `place`: what was saved of it, or the folder of its files."""
    folder = place.parent.parent if place.parent.name in ("email", "topics") else place.parent
    return f"{folder}#{number}"


def _places(path: Path) -> Iterator[tuple[str, Place]]:
    """The files in what is brought in, or in a folder of attachments beside it, by their names."""
    for file in [path] if path.is_file() else path.rglob("*.zip"):
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                yield from ((f"{file}/{one.filename}", Place(file, one.filename)) for one in packed.infolist() if not one.is_dir())
    for root in (path, path.parent / "attachments"):
        inside = (one for one in root.rglob("*") if keys(str(one)) and one.is_file()) if root.is_dir() else ()
        yield from ((str(one), Place(one)) for one in inside if one.resolve().is_relative_to(root.resolve()))


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() and char not in "/\\" else "_" for char in name) or "file"
