"""Everybody walks everywhere, once; what they were told is looked at by one promise after the other."""

import gzip
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from canaries import CANARIES, CLASSES, LEADS, STANDING, Worlds, may_see
from django.apps import apps
from rows import NOT_FOR_OPERATORS, OF_THE_SITE, SHOWN_TO, paths

# Who walks everywhere; the others are like one of these in nearly all that the code asks, and look in at every
# eighth door, one at the first, the next at the second. TALANOA_TEST_WHOLE=1 lets everybody walk everywhere.
WALKERS = {"anonymous", "farid", "ben", "ana"}
SELDOM = 1 if os.environ.get("TALANOA_TEST_WHOLE") else 8


@dataclass(frozen=True)
class Told:
    """What an answer told: its status, the canaries in it, and a digest of all but what differs at each asking."""

    status: int
    canaries: frozenset[str]
    digest: str


@dataclass(frozen=True)
class Walk:
    told: dict[tuple[str, str], Told]  # by principal and path
    unchanged: bool  # no row of any table was


_walked: list[Walk] = []


def walk(worlds: Worlds) -> Walk:
    """Every path asked by everybody; once for each process, because the worlds are put back for each test as they stood."""
    if not _walked:
        visitors = {principal: worlds.browser(principal) for principal in STANDING}
        before = contents()
        told = {
            (principal, path): look(browser, path)
            for principal, browser in visitors.items()
            for path in dict.fromkeys(visited(worlds, principal) + [path for path, _slug, _kinds in due(worlds, principal)])
        }
        _walked.append(Walk(told, unchanged=contents() == before))
    return _walked[0]


def visited(worlds: Worlds, principal: str) -> list[str]:
    begin = [*STANDING].index(principal) % SELDOM
    return [path for _name, path, _slug, _shown in paths(worlds)][slice(None) if principal in WALKERS else slice(begin, None, SELDOM)]


def due(worlds: Worlds, principal: str) -> list[tuple[str, str, set[str]]]:
    """Paths on which somebody must see canaries: of which community, and which."""
    made, standing = [], STANDING[principal]
    for name, path, slug, shown in paths(worlds):
        operator = standing.get(slug) == "operator"
        if not shown or (operator and name in NOT_FOR_OPERATORS):
            continue
        if operator and name not in {"original", "raw"}:
            seen = {kind for kind in shown if CLASSES[kind][slug] is None}
        else:
            seen = {kind for kind in shown if may_see(principal, slug, kind)}
        if seen == shown:
            made.append((path, slug, shown))
    return made + [(OF_THE_SITE[name][0], slug, {kind}) for name, those in SHOWN_TO.items() for slug, kind in those.get(principal, [])]


def look(browser, path: str) -> Told:
    answer = browser.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    same = repr((answer.status_code, re.sub(rb"[A-Za-z0-9]{64}", b"", body), sorted(answer.headers.items())))  # without the token of forms
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:4] == b"PK\x03\x04":
        package = zipfile.ZipFile(io.BytesIO(body))
        body = b"\n".join(package.read(name) for name in package.namelist())
    told = body.decode("utf-8", "replace") + "\n" + "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    words = {word for way in (str, unescape, unquote) for word in re.findall("Zq[a-z]+?Xy", way(told))}
    return Told(answer.status_code, frozenset(words), hashlib.sha256(same.encode()).hexdigest())


def contents() -> str:
    """All rows of all tables, as one digest."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label):
        for row in model.objects.order_by("pk").values_list():
            digest.update(repr(row).encode())
    return digest.hexdigest()


def leaks(told: dict[tuple[str, str], Told]) -> Iterator[tuple[str, str, str]]:
    """Who saw what on which path without being allowed to."""
    for (principal, path), one in told.items():
        for word in one.canaries & CANARIES.keys():
            slug, kind = CANARIES[word]
            if not may_see(principal, slug, kind) and not releases(principal, path, slug, kind):
                yield principal, path, word


def releases(principal: str, path: str, slug: str, kind: str) -> bool:
    """What is unreleased stands on one page alone: that of the facilitator who releases it."""
    return kind == "unreleased" and path.startswith(f"/c/{slug}/move/messages") and STANDING[principal].get(slug) in LEADS
