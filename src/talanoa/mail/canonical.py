"""Headers and bodies in the relaxed form that signatures are made over."""

from __future__ import annotations

import re


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """One header in relaxed form, with CRLF (RFC 6376, 3.4.2)."""
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376, 3.4.4)."""
    lines = re.sub(rb"[ \t]+", b" ", body).replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""
