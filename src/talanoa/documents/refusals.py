"""Why a file was not read. Each is a sentence that its sender can act on."""

from __future__ import annotations

from django.utils.translation import gettext


class NotRead(Exception):
    """A file was not read; `str()` says why and what can be done."""

    def __str__(self) -> str:
        return gettext("This file could not be read. Save it as DOCX, ODT or PDF and send it again.")


class TooLarge(NotRead):
    """The file, or what unfolds from it, is larger than what is read."""

    def __str__(self) -> str:
        return gettext("This file is too large to be read: at most 50 MB. Pictures made smaller usually help.")


class Swells(NotRead):
    """A small file that unfolds to an enormous one, as a zip bomb does."""

    def __str__(self) -> str:
        return gettext("This file unfolds to far more than it should, as harmful files do. It was not read.")


class Locked(NotRead):
    """Its content is encrypted."""

    def __str__(self) -> str:
        return gettext("This file is protected by a password. Take the password away and send it again.")


class Broken(NotRead):
    """Its bytes are not what its kind demands, and nothing could be made of them."""

    def __str__(self) -> str:
        return gettext("This file is damaged and could not be read. Open it, save it anew and send it again.")


class UnknownKind(NotRead):
    """No kind of document that is read here."""

    def __str__(self) -> str:
        return gettext("Files of this kind are not read. Save it as DOCX, ODT, PDF, HTML, Markdown or plain text.")


class NoText(NotRead):
    """A document without a word: a scan, or empty."""

    def __str__(self) -> str:
        return gettext("No text was found in this file. If it was scanned, have the text recognised first, or send the original.")


class TooMuchWork(NotRead):
    """Reading took more time or memory than is allowed."""

    def __str__(self) -> str:
        return gettext("Reading this file took longer than is allowed. Send it in parts, or save it anew as plain text.")


ALL: dict[str, type[NotRead]] = {
    one.__name__: one for one in (NotRead, TooLarge, Swells, Locked, Broken, UnknownKind, NoText, TooMuchWork)
}
