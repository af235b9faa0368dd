"""Our signature on what we send (RFC 6376; Ed25519 by RFC 8463).

The body is hashed once for a letter, the headers that all copies share are
canonicalised once, and each copy is signed alone, because the unsubscribe
headers differ from member to member and must be signed (RFC 8058, M3).
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from talanoa.mail.canonical import relaxed_body, relaxed_field

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

SIGNED = (
    "from to cc subject date message-id reply-to sender in-reply-to references mime-version content-type "
    "content-transfer-encoding content-language list-id list-help list-post list-owner list-archive list-subscribe "
    "list-unsubscribe list-unsubscribe-post archived-at auto-submitted x-original-from"
).split()
# Named once more than they occur, so that nobody on the way can add another.
OVERSIGNED = ("from", "to", "subject", "date", "reply-to")
_FIELD = re.compile(rb"([!-9;-~]+):((?:[^\r\n]|\r\n[ \t])*+)\r\n")

_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


class CannotSign(Exception):
    """The key of DKIM_KEY cannot be used; `str()` tells why."""


@dataclass(frozen=True, slots=True)
class Key:
    """One private key, the selector of its public half, and the name of its algorithm."""

    selector: str
    algorithm: str
    sign: Callable[[bytes], bytes]
    public: str
    """The public half, as it stands in DNS after `p=`."""


def keys() -> list[Key]:
    """The keys of the file that DKIM_KEY names; none when the setting is empty.

    The file holds an RSA key (2,048 bits or more), an Ed25519 key, or both as PEM.
    An Ed25519 key beside an RSA key is published under `SELECTOR-ed25519`.
    """
    if not settings.TALANOA.dkim_key:
        return []
    # Imported late: a worker that does not sign saves 10 MB.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    try:
        blocks = _PEM.findall(Path(settings.TALANOA.dkim_key).read_bytes())
        loaded = [serialization.load_pem_private_key(block, None) for block in blocks]
    except (OSError, ValueError, TypeError) as fault:
        raise CannotSign(f"TALANOA_DKIM_KEY names a file that cannot be read as an unencrypted private key: {fault}.") from fault
    selector, found = settings.TALANOA.dkim_selector, []
    for key in loaded:
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size < 1024:
                raise CannotSign("TALANOA_DKIM_KEY names an RSA key under 1,024 bits, which receivers ignore.")
            whole = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            public = base64.b64encode(whole).decode("ascii")
            found.append(Key(selector, "rsa-sha256", partial(_sign_rsa, key, padding.PKCS1v15(), hashes.SHA256()), public))
        elif isinstance(key, ed25519.Ed25519PrivateKey):
            name = f"{selector}-ed25519" if len(loaded) > 1 else selector
            raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            public = base64.b64encode(raw).decode("ascii")
            found.append(Key(name, "ed25519-sha256", partial(_sign_ed25519, key), public))
        else:
            raise CannotSign("TALANOA_DKIM_KEY names a key that is neither RSA nor Ed25519.")
    if not found:
        raise CannotSign("TALANOA_DKIM_KEY names a file without a private key in PEM.")
    return found


def _sign_rsa(key: rsa.RSAPrivateKey, scheme: padding.PKCS1v15, digest: hashes.SHA256, data: bytes) -> bytes:
    return key.sign(data, scheme, digest)


def _sign_ed25519(key: ed25519.Ed25519PrivateKey, data: bytes) -> bytes:
    return key.sign(hashlib.sha256(data).digest())


def cover(head: bytes, wanted: Sequence[str]) -> tuple[list[str], list[bytes]]:
    """Of the headers in `head` those that are wanted, as they are signed: their names, and each in relaxed form."""
    found: dict[str, list[bytes]] = {}
    for match in _FIELD.finditer(head):
        found.setdefault(match[1].decode("ascii").lower(), []).append(relaxed_field(match[1], match[2]))
    # Of several the last is signed first (RFC 6376, 5.4.2).
    chosen = [(name, field) for name in wanted for field in reversed(found.get(name, []))]
    return [name for name, _ in chosen], [field for _, field in chosen]


class Seal:
    """The signatures for all copies of one letter."""

    def __init__(self, signing: list[Key], head: bytes, body: bytes) -> None:
        """`head` may hold slots; they keep their places in `covered`."""
        names, covered = cover(head, SIGNED)
        names += OVERSIGNED
        self.covered = b"".join(covered)
        """The headers that are signed, in relaxed form; what is in their slots must be filled in before `over`."""
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode("ascii")
        listed = ":\r\n ".join(":".join(names[start : start + 5]) for start in range(0, len(names), 5))
        self._keys = []
        for key in signing:
            value = (
                f" v=1; a={key.algorithm}; c=relaxed/relaxed; d={settings.TALANOA.mail_domain};\r\n s={key.selector};"
                f" t={int(time.time())};\r\n h={listed};\r\n bh={digest};\r\n b="
            ).encode("ascii")
            self._keys.append((key.sign, value, relaxed_field(b"dkim-signature", value)[:-2]))

    def over(self, covered: bytes) -> bytes:
        """The DKIM-Signature headers for a copy whose signed headers are `covered`."""
        fields = []
        for sign, value, canonical in self._keys:
            signature = base64.b64encode(sign(covered + canonical))
            folded = b"\r\n ".join(signature[start : start + 74] for start in range(0, len(signature), 74))
            fields.append(b"DKIM-Signature:" + value + folded + b"\r\n")
        return b"".join(fields)
