"""Short signed tokens that need no row: in addresses and links that every copy carries.

A token says "this number, for this purpose" and carries 96 bits of HMAC-SHA-256 (L5).
It is lower-case base32, so that it survives mail systems that fold the case of local parts.
"""

import base64
import functools
import hashlib
import hmac

from django.conf import settings

_TAG = 12  # bytes


@functools.lru_cache(maxsize=32)
def _key(purpose: str, secret: str) -> "hmac.HMAC":
    return hmac.new(secret.encode(), b"talanoa token " + purpose.encode(), hashlib.sha256)


def seal(purpose: str, number: int) -> str:
    """The token for `number` (0 to 2**63 - 1) and `purpose`; always the same."""
    plain = number.to_bytes(8, "big").lstrip(b"\0")
    mac = _key(purpose, settings.SECRET_KEY).copy()
    mac.update(plain)
    return base64.b32encode(mac.digest()[:_TAG] + plain).decode().rstrip("=").lower()


def unseal(purpose: str, token: str) -> int | None:
    """The number in `token`, or None if the token is not ours or was made for another purpose."""
    try:
        whole = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    number = int.from_bytes(whole[_TAG:], "big")
    if len(whole) > _TAG + 8 or number >= 2**63:
        return None
    # The token is compared, not its decoded bytes: base32 leaves bits that several texts share.
    return number if hmac.compare_digest(seal(purpose, number).encode(), token.lower().encode()) else None
