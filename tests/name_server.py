"""A name server for tests: real questions over UDP, answered from a dictionary.

    with NameServer({"lists.example.org": {"MX": ["10 mx.lists.example.org."], "TXT": ['"v=spf1 mx -all"']}}) as server:
        Dns(server.resolver())
"""

import contextlib
import socket
import threading
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


class NameServer:
    """Answers what `zone` holds; everything else is not there. `silent`: it hears and says nothing."""

    def __init__(self, zone, *, silent=False):
        self.zone, self.silent = zone, silent
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def resolver(self) -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self._socket.getsockname()[1]
        return made

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                data, whence = self._socket.recvfrom(65_535)
                if not data:
                    return
                if not self.silent:
                    self._socket.sendto(self._answer(data), whence)

    def _answer(self, data: bytes) -> bytes:
        asked = dns.message.from_wire(data)
        question = asked.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.AA
        if name not in self.zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := self.zone[name].get(kind):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        return answer.to_wire(max_size=65_535)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()
