"""Reaching the post office that takes our mail: connect, greet, encrypt, authenticate.

`dial` is the only part of sending that blocks, and is meant for a thread of its own.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from talanoa.mail.sending.smtp import Line

if TYPE_CHECKING:
    import ssl

DIAL_SECONDS = 30.0


class NoLine(Exception):
    """The post office cannot be reached or does not let us in; `str()` tells why."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail leaves and how, as TALANOA_SMTP_URL says it."""

    host: str
    port: int
    scheme: str = "smtp"
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Route:
        parts = urlsplit(url)
        port = parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25)
        return cls(parts.hostname or "", port, parts.scheme, unquote(parts.username or ""), unquote(parts.password or ""))


def dial(route: Route, name: str, *, seconds: float = DIAL_SECONDS) -> Line:
    """Connect, greet as `name`, encrypt, authenticate; blocks at most about `seconds` per step; raises `NoLine`."""
    try:
        sock: socket.socket = socket.create_connection((route.host, route.port), timeout=seconds)
    except OSError as fault:
        raise NoLine(f"{route.host}:{route.port} cannot be reached: {fault.strerror or fault}.") from fault
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if route.scheme == "smtps":
            sock = _encrypted(sock, route.host)
        _expect(_ask(sock, b""), 220, "greeting")
        offers = _greet(sock, name)
        if route.scheme == "smtp+starttls":
            if "STARTTLS" not in offers:
                raise NoLine(f"{route.host} does not offer STARTTLS.")  # noqa: TRY301  one way out for all that fails
            _expect(_ask(sock, b"STARTTLS\r\n"), 220, "STARTTLS")
            sock = _encrypted(sock, route.host)
            offers = _greet(sock, name)
        if route.user:
            _authenticate(sock, route, offers.get("AUTH", ""))
        sock.setblocking(False)
        return Line(sock, offers)
    except (OSError, NoLine) as fault:
        sock.close()
        raise fault if isinstance(fault, NoLine) else NoLine(f"{route.host}:{route.port} broke off: {fault}.") from fault


def _encrypted(sock: socket.socket, host: str) -> ssl.SSLSocket:
    import ssl

    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def _greet(sock: socket.socket, name: str) -> dict[str, str]:
    code, lines = _ask(sock, b"EHLO %s\r\n" % name.encode("ascii"))
    if code == 250:
        return {word.upper(): rest.upper() for word, _, rest in (line.partition(" ") for line in lines[1:])}
    _expect(_ask(sock, b"HELO %s\r\n" % name.encode("ascii")), 250, "HELO")
    return {}


def _authenticate(sock: socket.socket, route: Route, ways: str) -> None:
    from base64 import b64encode

    if "LOGIN" in ways.split() and "PLAIN" not in ways.split():
        _expect(_ask(sock, b"AUTH LOGIN\r\n"), 334, "AUTH")
        _expect(_ask(sock, b64encode(route.user.encode()) + b"\r\n"), 334, "AUTH")
        answer = _ask(sock, b64encode(route.password.encode()) + b"\r\n")
    else:
        answer = _ask(sock, b"AUTH PLAIN " + b64encode(f"\0{route.user}\0{route.password}".encode()) + b"\r\n")
    _expect(answer, 235, "AUTH")


def _ask(sock: socket.socket, command: bytes) -> tuple[int, list[str]]:
    if command:
        sock.sendall(command)
    data = b""
    while True:
        lines = data.split(b"\n")
        for line in lines[:-1]:
            if line[3:4] != b"-":
                code = int(line[:3]) if line[:3].isdigit() else 0
                return code, [one[4:].decode("utf-8", "replace").strip() for one in lines[:-1]]
        more = sock.recv(4_096)
        if not more or len(data) > 65_536:
            raise NoLine("The post office hung up during the greeting.")
        data += more


def _expect(answer: tuple[int, list[str]], code: int, step: str) -> None:
    if answer[0] != code:
        raise NoLine(f"The post office answered {answer[0]} {' '.join(answer[1])[:300]} to {step}.")
