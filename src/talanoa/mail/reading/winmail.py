"""winmail.dat: the files that Outlook hides in a TNEF stream.

Enough of MS-OXTNEF to list the attachments; never raises. What cannot be read
stays what it was, the attachment winmail.dat.
"""

from __future__ import annotations

import struct

from talanoa.mail.reading.charsets import decoded, visible
from talanoa.mail.reading.letter import Attachment

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SIGNATURE = 0x223E9F78
ATTACHMENT_LEVEL = 2
TITLE, DATA, RENDERING, MAPI = 0x8010, 0x800F, 0x9002, 0x9005
LONG_NAME = 0x3707


def unpack(content: bytes) -> list[Attachment]:
    """The files in a TNEF stream, at most 100."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        return []
    files: list[dict[str, bytes]] = []
    position = 6
    while position + 9 <= len(content) and len(files) < 100:
        level, attribute, _, size = struct.unpack_from("<BHHI", content, position)
        data = content[position + 9 : position + 9 + size]
        position += 9 + size + 2
        if level != ATTACHMENT_LEVEL:
            continue
        if attribute == RENDERING:
            files.append({})
        elif files and attribute == TITLE:
            files[-1].setdefault("name", data)
        elif files and attribute == DATA:
            files[-1]["data"] = data
        elif files and attribute == MAPI:
            long_name = _long_name(data)
            if long_name:
                files[-1]["name"] = long_name
    found = []
    for number, file in enumerate(files, 1):
        if "data" in file:
            written = visible(decoded(file.get("name", b"").rstrip(b"\0"), None))
            name = written.replace("\\", "/").rpartition("/")[2] or f"attachment-{number}.bin"
            found.append(Attachment(name[:150], "application/octet-stream", file["data"]))
    return found


def _long_name(properties: bytes) -> bytes:
    """PR_ATTACH_LONG_FILENAME, where the list of properties begins as usual."""
    for kind, width in ((0x001E, 1), (0x001F, 2)):
        mark = struct.pack("<HH", kind, LONG_NAME)
        at = properties.find(mark)
        if at < 0 or at + 12 > len(properties):
            continue
        _, size = struct.unpack_from("<II", properties, at + 4)
        value = properties[at + 12 : at + 12 + min(size, 600)]
        if width == 2:
            return value.decode("utf-16-le", "replace").rstrip("\0").encode()
        return value.rstrip(b"\0")
    return b""
