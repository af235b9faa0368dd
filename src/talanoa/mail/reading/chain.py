"""The Authenticated Received Chain that a mail brings (RFC 8617, promise M5).

Pure: the keys come from whoever asks DNS. Everything here was written by
strangers, so that it is bounded and never raises but for a key that DNS does not tell.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from talanoa.mail.canonical import relaxed_body, relaxed_field
from talanoa.mail.reading.letter import Letter

MOST = 50  # sets in a chain (RFC 8617, 4.2.1)
HEAD_LIMIT = 256 * 1024
KEY_SIZES = range(1024, 4097)

NAMES = (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*+)\r\n")
_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t]*=[ \t]*([0-9]{1,3})[ \t\r\n]*(?:;|$)")
_SIGNATURE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")

Keys = Callable[[str], list[str]]


class Broken(Exception):
    """The chain cannot hold, whatever its signatures say."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The ARC fields of a mail: `fields` in their order, `sets` by instance as (results, signature, seal)."""

    fields: tuple[tuple[bytes, bytes], ...]
    sets: tuple[tuple[bytes, bytes, bytes], ...]

    @property
    def ended(self) -> bool:
        """Whether the last who sealed it said that it had failed; nobody adds to it then."""
        return bool(self.sets) and _tags(self.sets[-1][2]).get("cv") == "fail"


def split(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The header fields as (name, value as it stands) and the body, with CRLF throughout."""
    raw = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    end = 0 if raw.startswith(b"\r\n") else raw.find(b"\r\n\r\n", 0, HEAD_LIMIT) + 2
    if end == 1:
        return [], b""
    return [(match[1], match[2]) for match in _FIELD.finditer(raw, 0, end)], raw[end + 2 :]


def there(raw: bytes) -> bool:
    """Whether a mail brings anything of a chain."""
    return re.search(rb"(?im)^arc-(?:seal|message-signature|authentication-results)[ \t]*:", raw[:HEAD_LIMIT]) is not None


def chain(fields: list[tuple[bytes, bytes]]) -> Chain:
    """The chain among header fields; `Broken` when its sets are not whole and numbered from 1."""
    found = tuple((name, value) for name, value in fields if name.lower() in NAMES)
    numbered: dict[int, dict[bytes, bytes]] = {}
    for name, value in found:
        instance = _INSTANCE.match(value)
        number = int(instance[1]) if instance else 0
        if not 1 <= number <= MOST or numbered.setdefault(number, {}).setdefault(name.lower(), value) is not value:
            raise Broken
    if sorted(numbered) != list(range(1, len(numbered) + 1)) or any(len(one) != len(NAMES) for one in numbered.values()):
        raise Broken
    results, signature, seal = NAMES
    return Chain(found, tuple((numbered[n][results], numbered[n][signature], numbered[n][seal]) for n in sorted(numbered)))


def validate(raw: bytes, keys: Keys) -> str:
    """The validation status of a mail's chain (RFC 8617, 5.2): "none", "pass" or "fail".

    `keys` gives the TXT records of a name; what it raises comes through.
    """
    fields, body = split(raw)
    try:
        brought = chain(fields)
        if not brought.sets:
            return "none"
        if brought.ended:
            return "fail"
        _check_message(brought.sets[-1][1], fields, body, keys)
        for number in range(len(brought.sets), 0, -1):
            _check_seal(brought.sets[:number], keys)
    except Broken:
        return "fail"
    return "pass"


def judged(letter: Letter, raw: bytes, keys: Keys) -> Letter:
    """The letter with what became of its chain, where our edge has not said it."""
    if letter.authenticity.arc in ("pass", "fail"):
        return letter
    return replace(letter, authenticity=replace(letter.authenticity, arc=validate(raw, keys)))


def _check_message(signature: bytes, fields: list[tuple[bytes, bytes]], body: bytes, keys: Keys) -> None:
    tags = _tags(signature)
    how, _, how_body = tags.get("c", "relaxed/relaxed").partition("/")
    if {how, how_body or "simple"} - {"simple", "relaxed"} or "l" in tags:
        raise Broken
    if base64.b64encode(hashlib.sha256(_body(body, how_body or "simple")).digest()).decode() != _packed(tags.get("bh", "")):
        raise Broken
    left: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, value in fields:
        left.setdefault(name.lower(), []).append((name, value))
    covered = b""
    names = [name.strip().lower().encode() for name in tags.get("h", "").split(":")]
    if b"from" not in names or b"arc-seal" in names or len(names) > 1_000:
        raise Broken
    for name in names:
        if left.get(name):
            covered += _field(*left[name].pop(), how)
    own = next(name for name, value in fields if value is signature)
    covered += _field(own, _SIGNATURE.sub(rb"\1", signature, count=1), how)[:-2]
    _check(tags, covered, keys)


def _check_seal(sets: tuple[tuple[bytes, bytes, bytes], ...], keys: Keys) -> None:
    tags = _tags(sets[-1][2])
    if "h" in tags or tags.get("cv") != ("none" if len(sets) == 1 else "pass"):
        raise Broken
    covered = b"".join(relaxed_field(name, value) for one in sets for name, value in zip(NAMES, one, strict=True))
    own = relaxed_field(NAMES[2], sets[-1][2])
    covered = covered.removesuffix(own) + relaxed_field(NAMES[2], _SIGNATURE.sub(rb"\1", sets[-1][2], count=1))[:-2]
    _check(tags, covered, keys)


def _check(tags: dict[str, str], covered: bytes, keys: Keys) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    name = f"{tags.get('s', '')}._domainkey.{tags.get('d', '')}"
    if tags.get("a") != "rsa-sha256" or not re.fullmatch(r"[A-Za-z0-9_.-]{5,253}", name):
        raise Broken
    for record in keys(name):
        told = _tags(record.encode())
        try:
            key = serialization.load_der_public_key(base64.b64decode(_packed(told.get("p", ""))))
            if isinstance(key, rsa.RSAPublicKey) and key.key_size in KEY_SIZES:
                key.verify(base64.b64decode(_packed(tags.get("b", ""))), covered, padding.PKCS1v15(), hashes.SHA256())
                return
        except (ValueError, InvalidSignature, UnsupportedAlgorithm):
            continue
    raise Broken


def _tags(value: bytes) -> dict[str, str]:
    """The tags of a signature or a key (RFC 6376, 3.2); of several with one name the first."""
    found: dict[str, str] = {}
    for piece in value.decode("ascii", "replace").split(";"):
        name, equals, content = piece.partition("=")
        if equals:
            found.setdefault(name.strip(), content.strip())
    return found


def _packed(value: str) -> str:
    return re.sub(r"\s+", "", value)


def _field(name: bytes, value: bytes, how: str) -> bytes:
    return relaxed_field(name, value) if how == "relaxed" else name + b":" + value + b"\r\n"


def _body(body: bytes, how: str) -> bytes:
    return relaxed_body(body) if how == "relaxed" else body.rstrip(b"\r\n") + b"\r\n"
