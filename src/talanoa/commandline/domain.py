"""What DNS says of our domain, in sentences: MX, SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from talanoa.configuration import Configuration
from talanoa.mail.dns import Dns, Silent

Finding = tuple[bool, str]
MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
# Names that can stand in nobody's DNS (RFC 6761, RFC 6762).
NOWHERE = re.compile(r"(?:.*\.)?(?:localhost|local|test|example|invalid)|[^.]+")


def findings(configuration: Configuration, dns: Dns) -> Iterator[Finding]:
    """Each fact as (is it well, sentence); where DNS is silent one sentence, which counts as well."""
    domain = configuration.mail_domain
    if NOWHERE.fullmatch(domain):
        return
    try:
        hosts = [host for _, host in dns.mail_hosts(domain)]
        yield _mx(domain, hosts, dns)
        yield _spf(domain, hosts, urlsplit(configuration.smtp_url).hostname or "", dns)
        if configuration.dkim_key:
            yield from _dkim(domain, dns)
        yield _dmarc(domain, dns)
    except Silent:
        yield True, "DNS could not be asked about the domain; look at MX, SPF, DKIM and DMARC yourself, or run this again."


def _mx(domain: str, hosts: list[str], dns: Dns) -> Finding:
    if not hosts:
        return False, f"{domain} has no MX record: the world does not know where its mail goes."
    if hosts == [""]:
        return False, f"The MX record of {domain} says that it takes no mail."
    if lost := [host for host in hosts if not dns.addresses(host)]:
        return False, f"The MX record of {domain} names {lost[0]}, which has no address."
    return True, f"Mail for {domain} goes to {', '.join(hosts)}."


def _dkim(domain: str, dns: Dns) -> Iterator[Finding]:
    from talanoa.mail.sending.dkim import CannotSign, keys

    try:
        signing = keys()
    except CannotSign:
        return  # which is told by the check of the key itself
    for key in signing:
        name = f"{key.selector}._domainkey.{domain}"
        kind = key.algorithm.partition("-")[0]
        found = [_tags(text) for text in dns.texts(name) if "p" in _tags(text)]
        wanted = f"v=DKIM1; k={kind}; p={key.public}"
        if not found:
            yield False, f"The public key is missing in DNS: {name} must be TXT {wanted}"
        elif len(found) > 1:
            yield False, f"{name} has {len(found)} keys; receivers may take the wrong one."
        elif not found[0]["p"]:
            yield False, f"The key at {name} is revoked: its p= is empty."
        elif re.sub(r"\s", "", found[0]["p"]) != key.public or found[0].get("k", "rsa") != kind:
            yield False, f"The key at {name} is not the public half of TALANOA_DKIM_KEY, so that no signature holds. It must be {wanted}"
        else:
            yield True, f"The public key at {name} fits."


def _dmarc(domain: str, dns: Dns) -> Finding:
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        above = ".".join(labels[start:])
        found = [text for text in dns.texts(f"_dmarc.{above}") if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)]
        if len(found) > 1:
            return False, f"_dmarc.{above} has {len(found)} DMARC records; receivers ignore all of them."
        if found:
            return _policy(above, _tags(found[0]), below=start > 0)
    return False, f"{domain} has no DMARC record; large receivers want one: TXT v=DMARC1; p=none; rua=mailto:… at _dmarc.{domain}."


def _policy(owner: str, tags: dict[str, str], *, below: bool) -> Finding:
    policy = (tags.get("sp") if below else None) or tags.get("p", "")
    match policy.lower():
        case "none":
            return True, f"DMARC at {owner} watches and refuses nothing (p=none); when the reports look well, ask for quarantine."
        case "quarantine" | "reject":
            return True, f"DMARC at {owner} asks receivers to {policy.lower()} what pretends to be yours."
    return False, f"The DMARC record at {owner} has no policy that receivers know (p=none, quarantine or reject)."


def _spf(domain: str, hosts: list[str], post_office: str, dns: Dns) -> Finding:
    records = _policies(domain, dns)
    if not records:
        return False, f"{domain} has no SPF record; it must say who may send for it, such as TXT v=spf1 mx -all."
    if len(records) > 1:
        return False, f"{domain} has {len(records)} SPF records; receivers take that for an error. Make one of them."
    if any(term.lower() in ("all", "+all") for term in records[0].split()):
        return False, f"The SPF record of {domain} lets anybody send in its name (+all)."
    near = _is_near(post_office)
    # Our own post office sends from where it receives; a provider's servers are named by its include.
    senders = [host for host in hosts if host] if near else [post_office]
    visit = _Visit(dns)
    try:
        if not near and any(_related(post_office, name) for name in visit.includes(domain)):
            return True, f"SPF of {domain} includes {post_office}."
        for host in senders:
            for address in dns.addresses(host):
                if visit.result(ipaddress.ip_address(address), domain) != "pass":
                    return False, f"SPF of {domain} does not allow {host} ({address}), from which mail leaves."
    except _TooMany:
        return False, f"The SPF record of {domain} needs more than {MOST_LOOKUPS} questions to DNS: receivers give up."
    except _Macros:
        return True, f"{domain} has an SPF record that is too clever to be checked here."
    return True, f"SPF of {domain} allows {', '.join(senders) or 'nobody that could be asked about'}."


def _is_near(host: str) -> bool:
    """Whether the post office is on this machine or in its network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return NOWHERE.fullmatch(host) is not None


def _related(host: str, name: str) -> bool:
    """Whether two names are of one provider: the last two labels are the same."""
    return host.lower().split(".")[-2:] == name.lower().rstrip(".").split(".")[-2:]


def _policies(domain: str, dns: Dns) -> list[str]:
    return [text for text in dns.texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def _tags(text: str) -> dict[str, str]:
    return {name.strip().lower(): value.strip() for name, equals, value in (piece.partition("=") for piece in text.split(";")) if equals}


class _TooMany(Exception):
    """A receiver would not ask so often."""


class _Macros(Exception):
    """The record holds macros, exists or ptr, which need the mail itself."""


class _Visit:
    """One walk through SPF records, with its count of questions."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._asked = 0

    def includes(self, domain: str) -> list[str]:
        """The domains that a record includes, or is redirected to."""
        terms = (term for record in _policies(domain, self._dns) for term in record.split()[1:])
        return [match[1] for term in terms if (match := re.fullmatch(r"\+?(?:include:|redirect=)(\S+)", term, re.IGNORECASE))]

    def result(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, domain: str) -> str:
        """What SPF says of a sender at `address`: pass, fail, softfail or neutral."""
        self._asked = 0
        return self._walk(address, domain)

    def _walk(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, domain: str) -> str:
        records = _policies(domain, self._dns)
        if len(records) != 1:
            return "neutral"
        elsewhere = ""
        for term in records[0].split()[1:]:
            if "%" in term:
                raise _Macros
            if term.lower().startswith("redirect="):
                elsewhere = term.partition("=")[2]
                continue
            found = re.fullmatch(r"([-+?~]?)([a-z0-9]+)(?::([^/]+))?((?:/\d+)?(?://\d+)?)", term, re.IGNORECASE)
            if found and self._fits(address, domain, found[2].lower(), found[3] or "", found[4]):
                return {"-": "fail", "~": "softfail", "?": "neutral"}.get(found[1], "pass")
        if elsewhere:
            self._count()
            return self._walk(address, elsewhere)
        return "neutral"

    def _fits(
        self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, domain: str, what: str, of: str, length: str
    ) -> bool:
        match what:
            case "all":
                return True
            case "ip4" | "ip6":
                return _within(address, f"{of}{length}")
            case "include":
                self._count()
                return self._walk(address, of) == "pass"
            case "a" | "mx":
                self._count()
                name = of or domain
                names = [name] if what == "a" else [host for _, host in self._dns.mail_hosts(name) if host]
                four, _, six = length.partition("//")
                size = four.lstrip("/") if address.version == 4 else six
                return any(_within(address, f"{found}/{size}" if size else found) for one in names for found in self._dns.addresses(one))
            case "exists" | "ptr":
                raise _Macros
        return False

    def _count(self) -> None:
        self._asked += 1
        if self._asked > MOST_LOOKUPS:
            raise _TooMany


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
