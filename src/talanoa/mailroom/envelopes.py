"""The arguments of MAIL FROM and RCPT TO (RFC 5321 4.1.1.2, 4.1.1.3); pure."""

from __future__ import annotations

import re

from talanoa.mailroom import replies

ADDRESS_LIMIT = 320  # octets of the longest address there can be: 64 + "@" + 255

# A source route ("@a,@b:") is to be ignored (RFC 5321 appendix C). The brackets may be
# missing: some old programs leave them out, and nothing else can be meant.
_PATH = re.compile(
    r"""\ *(?:<(?:@[^:<>\s]*:)?(?P<path>(?:"(?:[^"\\]|\\.)*+"@)?[^<>"\s]*)>|(?P<bare>[^<>"\s]+))(?P<rest>(?:\ .*)?)"""
)
_PARAMETER = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[^\s=]+))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Refused(Exception):
    """The command cannot be followed; `str()` is the reply."""


def sender(argument: str, *, most: int) -> str:
    """The envelope sender of `FROM:<…> SIZE=… BODY=… SMTPUTF8`; "" is the null sender."""
    address, parameters = _read(argument, "FROM:", replies.BAD_SENDER)
    for name, value in parameters.items():
        if name == "SIZE":
            if value is None or not value.isascii() or not value.isdigit() or len(value) > 20:
                raise Refused(replies.BAD_PARAMETER)
            if int(value) > most:
                raise Refused(replies.too_large(most))
        elif name == "BODY":
            if value is None or value.upper() not in ("7BIT", "8BITMIME"):
                raise Refused(replies.BAD_PARAMETER)
        elif name == "SMTPUTF8":
            if value is not None:
                raise Refused(replies.BAD_PARAMETER)
        else:
            raise Refused(replies.UNKNOWN_PARAMETER)
    return address


def recipient(argument: str) -> str:
    """The recipient of `TO:<…>`."""
    address, parameters = _read(argument, "TO:", replies.BAD_RECIPIENT)
    if not address:
        raise Refused(replies.BAD_RECIPIENT)
    if parameters:
        raise Refused(replies.UNKNOWN_PARAMETER)
    return address


def _read(argument: str, keyword: str, refusal: str) -> tuple[str, dict[str, str | None]]:
    if argument[: len(keyword)].upper() != keyword or _CONTROL.search(argument):
        raise Refused(refusal)
    found = _PATH.fullmatch(argument, len(keyword))
    if not found:
        raise Refused(refusal)
    address = found["path"] if found["path"] is not None else found["bare"]
    if len(address.encode()) > ADDRESS_LIMIT:
        raise Refused(refusal)
    parameters: dict[str, str | None] = {}
    for word in found["rest"].split():
        parameter = _PARAMETER.fullmatch(word)
        if not parameter:
            raise Refused(replies.BAD_PARAMETER)
        parameters[parameter["name"].upper()] = parameter["value"]
    return address, parameters
