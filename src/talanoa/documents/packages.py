"""The zipped packages of offices (OOXML, OpenDocument), opened with distrust.

Only parts that are asked for by name are unfolded, and only within limits. XML is read without entities, document
types or network, so that neither XXE nor a "billion laughs" has anything to work with.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import Any

from lxml import etree

from talanoa.documents.refusals import Broken, Locked, Swells, TooLarge

# What lxml makes of a tag; it brings no types.
Element = Any

MOST_ENTRIES = 20_000
MOST_OF_A_PART = 48 << 20
MOST_TOGETHER = 256 << 20
MOST_RATIO = 200
SMALL = 4 << 20  # what unfolds to less harms nobody, whatever its ratio


class Package:
    """A zipped document; its parts by name."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, RuntimeError) as fault:
            raise Broken from fault
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise Swells
        # The words of a document are XML; its pictures are never unfolded.
        words = [entry for entry in entries if entry.filename.endswith((".xml", ".rels", ".bin"))]
        if sum(entry.file_size for entry in words) > MOST_TOGETHER:
            raise Swells
        if any(entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1) for entry in words):
            raise Swells
        self.names = frozenset(entry.filename for entry in entries)
        self.whole = True

    def part(self, name: str) -> bytes | None:
        """The bytes of a part; None where there is none, or its bytes are damaged beyond the first of them."""
        if name not in self.names:
            return None
        entry = self._zip.getinfo(name)
        if entry.flag_bits & 1:
            raise Locked
        if entry.file_size > MOST_OF_A_PART:
            raise TooLarge
        kept = bytearray()
        try:
            with self._zip.open(entry) as opened:
                while chunk := opened.read(1 << 16):
                    kept += chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            self.whole = False
        return bytes(kept) or None

    def xml(self, name: str) -> Element | None:
        """The root of a part; of broken XML what could be read. A document type is refused: no office writes one."""
        data = self.part(name)
        return None if data is None else self._parsed(data)

    def _parsed(self, data: bytes) -> Element | None:
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
            raise Broken
        try:
            return etree.fromstring(data, _parser(recover=False))
        except etree.XMLSyntaxError:
            self.whole = False
            return etree.fromstring(data, _parser(recover=True))

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part names, by their ids: the last word of the kind, and the name. What lies outside is left out."""
        folder = dirname(part)
        root = self.xml(join(folder, "_rels", part.rpartition("/")[2] + ".rels"))
        found = {}
        for one in root if root is not None else ():
            if isinstance(one.tag, str) and one.get("TargetMode") != "External":
                target = one.get("Target", "")
                name = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
                found[one.get("Id", "")] = (one.get("Type", "").rpartition("/")[2], name)
        return found


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )


def local(element: Element) -> str:
    """The name of an element without its namespace: strict and transitional OOXML differ in nothing else."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def value(element: Element, name: str) -> str:
    """An attribute by its name without namespace."""
    for key, found in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(found)
    return ""


def child(element: Element | None, name: str) -> Element | None:
    """The first child of a name."""
    return next((one for one in element if local(one) == name), None) if element is not None else None


def children(element: Element, name: str) -> Iterator[Element]:
    """All children of a name."""
    return (one for one in element if local(one) == name)
