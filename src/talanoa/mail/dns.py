"""Asking DNS, with an end: no question keeps anybody longer than there is patience for all of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dns.resolver import Resolver

PATIENCE = 5.0  # seconds, for all questions together
# A record that is longer is no policy and no key; reading it would only cost time.
LONGEST = 4_096


class Silent(Exception):
    """DNS gave no answer in time, or none that can be used; that a name is not there is an answer."""


class Dns:
    """A visit to the name servers of this machine, or of the `resolver` that is given."""

    def __init__(self, resolver: Resolver | None = None, *, patience: float = PATIENCE) -> None:
        self._resolver = resolver
        self._ends = time.monotonic() + patience

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each put together of its pieces; those that are no plain text are left out."""
        found = [b"".join(record.strings) for record in self._ask(name, "TXT")]
        return [text.decode("ascii") for text in found if len(text) <= LONGEST and text.isascii()]

    def mail_hosts(self, name: str) -> list[tuple[int, str]]:
        """The MX records of a name, as (preference, host), the preferred first."""
        return sorted((record.preference, str(record.exchange).rstrip(".").lower()) for record in self._ask(name, "MX"))

    def addresses(self, name: str) -> list[str]:
        """The IPv4 and IPv6 addresses of a name."""
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def _ask(self, name: str, kind: str) -> list[Any]:
        # Imported late: most processes never ask.
        import dns.exception
        import dns.resolver

        left = self._ends - time.monotonic()
        try:
            if left <= 0:
                raise Silent("DNS took too long.")
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            return list(self._resolver.resolve(name, kind, lifetime=left, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as fault:
            raise Silent(f"DNS does not answer: {fault}") from fault
