"""Which parts of a mail are its text, its HTML and its attachments.

Follows the walk of RFC 8621 section 4.1.4 (JMAP), with one difference: an
image that stands among the text is an attachment, as text cannot hold it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from talanoa.mail.reading import charsets, headers, mime, winmail
from talanoa.mail.reading.letter import Attachment
from talanoa.mail.reading.mime import Part

ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/ms-tnef": ".dat",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
}
FORBIDDEN = re.compile(r'[\x00-\x1f"*:<>?|]')
CONTENT_ID = re.compile(r"<([^<>\s]{1,500}+)>")


@dataclass(slots=True)
class Bodies:
    """What a walk over the parts collected, in the order of the mail."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)
    calendar_method: str = ""


def collect(raw: bytes, root: Part) -> Bodies:
    """Walk the tree of parts and sort each leaf into its place."""
    found = Bodies()
    _walk(raw, root, found)
    return found


def _walk(raw: bytes, part: Part, found: Bodies, *, related: bool = False) -> None:
    # The depth of the tree is capped at 50, so recursion is safe.
    found.media_types.add(part.media_type)
    if part.media_type == "multipart/alternative":
        _alternative(raw, part, found, related=related)
    elif part.media_type == "multipart/related":
        _related(raw, part, found)
    elif part.media_type == "multipart/signed":
        for child in part.children[:1]:
            _walk(raw, child, found)
        for child in part.children[1:]:
            found.media_types.add(child.media_type)
            found.attachments.append(_attachment(raw, child, inline=False))
    elif part.media_type.startswith("multipart/"):
        for child in part.children:
            _walk(raw, child, found)
    elif _is_body(part, begun=bool(found.texts or found.htmls)):
        _body(raw, part, found)
    else:
        found.attachments.append(_attachment(raw, part, inline=related))
        if part.media_type == "text/calendar":
            found.calendar_method = part.parameters.get("method", "") or found.calendar_method
        if part.media_type in winmail.TYPES or part.file_name().lower() == "winmail.dat":
            found.attachments.extend(winmail.unpack(found.attachments[-1].content))


def _related(raw: bytes, part: Part, found: Bodies) -> None:
    root = _root_of_related(part)
    for child in part.children:
        if child is root:
            _walk(raw, child, found, related=True)
        else:
            _walk_beside(raw, child, found)


def _walk_beside(raw: bytes, part: Part, found: Bodies) -> None:
    """A part of a multipart/related that is not its root."""
    if part.media_type.startswith("multipart/"):
        _walk(raw, part, found)
    else:
        found.media_types.add(part.media_type)
        shown = bool(part.fields.first("content-id") or part.fields.first("content-location"))
        found.attachments.append(_attachment(raw, part, inline=shown))


def _root_of_related(part: Part) -> Part | None:
    """RFC 2387: the part that `start` names, else the first."""
    wanted = part.parameters.get("start", "").strip("<> ")
    for child in part.children:
        if wanted and (child.fields.first("content-id") or "").strip("<> ") == wanted:
            return child
    return part.children[0] if part.children else None


def _alternative(raw: bytes, part: Part, found: Bodies, *, related: bool) -> None:
    """Of several forms take the plain text and the HTML (RFC 2046 5.1.4)."""
    begun_texts, begun_htmls = len(found.texts), len(found.htmls)
    for child in part.children:
        sub = Bodies()
        _walk(raw, child, sub, related=related)
        found.media_types |= sub.media_types
        found.calendar_method = sub.calendar_method or found.calendar_method
        found.attachments.extend(sub.attachments)
        if len(found.texts) == begun_texts or not "".join(found.texts[begun_texts:]).strip():
            found.texts[begun_texts:] = sub.texts
        if len(found.htmls) == begun_htmls or not "".join(found.htmls[begun_htmls:]).strip():
            found.htmls[begun_htmls:] = sub.htmls


def _is_body(part: Part, *, begun: bool) -> bool:
    if part.media_type not in (
        "text/plain",
        "text/html",
        "text/enriched",
        "text/richtext",
    ):
        return part.media_type.startswith("text/") and not begun and _is_unnamed(part)
    kind, _ = part.disposition()
    return kind != "attachment" and (not begun or not part.file_name())


def _is_unnamed(part: Part) -> bool:
    kind, _ = part.disposition()
    return kind != "attachment" and not part.file_name() and part.media_type not in ("text/calendar", "text/rfc822-headers", "text/x-vcard")


def _body(raw: bytes, part: Part, found: Bodies) -> None:
    words = mime.text(raw, part)
    if part.media_type == "text/html":
        found.htmls.append(words)
        return
    if part.media_type in ("text/enriched", "text/richtext"):
        words = _enriched(words)
    if "begin" in words:
        words, files = mime.uuencoded(words)
        for name, content in files:
            found.attachments.append(Attachment(safe_name(name, "application/octet-stream"), _type_of(name), content))
    found.texts.append(words)


COMMAND = re.compile(r"<(/?)([A-Za-z-]{1,60}+)>")


def _enriched(words: str) -> str:
    """text/enriched (RFC 1896) as plain text: commands out, single breaks joined."""
    words = re.sub(r"<param>[^<]*+</param>", "", words, flags=re.IGNORECASE)
    words = COMMAND.sub("", words.replace("<<", "\ue000"))
    words = re.sub(r"(?<!\n)\n(?!\n)", " ", words)
    return re.sub(r"\n(\n+)", r"\1", words).replace("\ue000", "<")


def _type_of(name: str) -> str:
    ending = "." + name.rpartition(".")[2].lower()
    for media_type, extension in EXTENSIONS.items():
        if extension == ending:
            return media_type
    return "application/octet-stream"


def _attachment(raw: bytes, part: Part, *, inline: bool) -> Attachment:
    cid = CONTENT_ID.search(part.fields.first("content-id") or "")
    name = part.file_name()
    if not name and part.media_type == "message/rfc822":
        notes: list[str] = []
        inner, _ = headers.split(raw, part.start, part.end, notes)
        name = headers.decode_words(inner.first("subject") or "")[:100]
        name = name.replace("/", "-").replace("\\", "-") + ".eml" if name else ""
    elif not name:
        # A description is what some programs give instead of a name.
        described = headers.decode_words(part.fields.first("content-description") or "")
        name = described if "." in described[-6:] and " " not in described else ""
    return Attachment(
        safe_name(name, part.media_type),
        part.media_type,
        mime.content(raw, part),
        cid[1] if cid else None,
        inline,
    )


def safe_name(name: str, media_type: str) -> str:
    """A file name that is safe to show and never empty (promise S4)."""
    name = charsets.visible(headers.decode_words(name))
    name = FORBIDDEN.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    if not name:
        return "attachment" + EXTENSIONS.get(media_type, ".bin")
    if len(name) > 150:
        stem, dot, ending = name.rpartition(".")
        short = dot and len(ending) <= 12
        name = f"{stem[: 140 - len(ending)]}.{ending}" if short else name[:150]
    return name
