"""Attachments that Pipermail took out of the messages and left a link for; found again where they lie beside the archive."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from talanoa.conversations.archives import Said
from talanoa.mail.reading.mbox import MAIL_LIMIT
from talanoa.mail.reading.parsing import Attachment

# The last parts of a link say where the file lies; nothing in them leads out of the folder.
_LINK = re.compile(r"^\s*URL:\s*<?https?://\S{1,300}/attachments/((\d{8})/([0-9a-f]{4,64})/(\w[^\s<>/\\]{0,200}?))>?\s*$", re.MULTILINE)
_NAME = re.compile(r"^Name: (\S[^\n]{0,150})$", re.MULTILINE)
_TYPE = re.compile(r"^(?:Type|MIME-Type): ([\w.+-]{1,60}/[\w.+-]{1,60})$", re.MULTILINE)
_TOLD = 600  # characters before a link in which Scrubber tells of it
_TYPES = {".html": "text/html", ".pdf": "application/pdf", ".txt": "text/plain", ".png": "image/png", ".jpg": "image/jpeg"}


def folders(paths: Sequence[Path]) -> list[Path]:
    """The folders of attachments that lie in what is brought in, or beside it."""
    near = dict.fromkeys(one for path in paths for one in ((path if path.is_dir() else path.parent), path.parent))
    return [folder for one in near if (folder := one / "attachments").is_dir()]


def in_folder(path: Path) -> bool:
    """Whether a file of an archive is such an attachment, and so no message."""
    parts = path.parts
    return "attachments" in parts and any(re.fullmatch(r"\d{8}", one) for one in parts[parts.index("attachments") + 1 :])


def attached(said: Said, folders: Sequence[Path]) -> Said:
    """A message with the files that it lost and that are there; its words, with the links, stay as they are."""
    if not folders or not any("/attachments/" in text for text in (said.fresh_text, said.quoted_text)):
        return said
    found = tuple(one for text in (said.fresh_text, said.quoted_text) for one in _found(text, folders))
    return said._replace(attachments=(*said.attachments, *found)) if found else said


def _found(text: str, folders: Sequence[Path]) -> Iterator[Attachment]:
    for link in _LINK.finditer(text):
        file = next((path for folder in folders if (path := folder / link[1]).is_file() and not path.is_symlink()), None)
        if file is None or file.stat().st_size > MAIL_LIMIT:
            continue
        above = text[max(0, link.start() - _TOLD) : link.start()].rpartition("next part")[2]
        name, kind = _NAME.search(above), _TYPE.search(above)
        yield Attachment(
            name[1].strip().replace("/", "_").replace("\\", "_") if name and name[1] != "not available" else link[4],
            kind[1].lower() if kind else _TYPES.get(file.suffix.lower(), "application/octet-stream"),
            file.read_bytes(),
        )
