"""The values of a JSON file of any size, one at a time: those of a list, or that stand one after the other; pure."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

CHUNK = 1 << 20
_NEXT = re.compile(r"[ \t\r\n,\[\]]*")


class Damage(NamedTuple):
    """What could not be read, and why in a few words."""

    content: bytes
    why: str


def values(stream: BinaryIO, *, most: int) -> Iterator[Any]:
    """Every value, and `Damage` where there is none; no more than about `most` characters are held."""
    told = io.TextIOWrapper(stream, "utf-8-sig", errors="replace")
    try:
        yield from _values(told, most)
    finally:
        told.detach()


def _values(told: io.TextIOWrapper, most: int) -> Iterator[Any]:
    text, at, decoder = "", 0, json.JSONDecoder()
    while True:
        at = _NEXT.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if at == len(text):
            text, at = told.read(CHUNK), 0
            if not text:
                return
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as fault:
            cut_short = _may_go_on(fault, len(text))
            text, at = text[at:], 0
            if cut_short and len(text) <= most and (more := told.read(max(CHUNK, len(text)))):
                text += more
                continue
            here, text = _go_on(text, told)
            yield Damage(here.encode()[:most], str(fault))
        else:
            yield value


def _go_on(text: str, told: io.TextIOWrapper) -> tuple[str, str]:
    """What is given up, and what stands behind it: in a file of lines the next is whole again, in a list nobody knows."""
    given_up, found, rest = text.partition("\n{")
    last = text[-1:]
    while not found and (more := told.read(CHUNK)):
        _, found, rest = (last + more).partition("\n{")
        last = more[-1:]
    return given_up, found[1:] + rest if found else ""


def _may_go_on(fault: Exception, length: int) -> bool:
    """Whether a value is perhaps only not read to its end."""
    return isinstance(fault, json.JSONDecodeError) and (fault.msg.startswith("Unterminated") or fault.pos > length - 16)
