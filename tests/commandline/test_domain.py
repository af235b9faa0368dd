"""`talanoa check` and DNS: each record is looked at with real questions to a real server, and told in a sentence."""

import base64
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from name_server import NameServer
from talanoa.commandline import domain
from talanoa.mail.dns import Dns

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def public(key):
    raw = isinstance(key, ed25519.Ed25519PrivateKey)
    kind = serialization.Encoding.Raw if raw else serialization.Encoding.DER
    form = serialization.PublicFormat.Raw if raw else serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(kind, form)).decode()


def txt(*texts):
    """TXT records, each cut into pieces of at most 200 characters, as long ones must be."""
    return {"TXT": [" ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200)) for text in texts]}


def world():
    """A domain with which all is well."""
    return {
        "lists.island.org": {"MX": ["10 mx.island.org."]} | txt("v=spf1 mx -all", "some-verification=abc"),
        "mx.island.org": {"A": ["192.0.2.25"], "AAAA": ["2001:db8::25"]},
        "s1._domainkey.lists.island.org": txt(f"v=DKIM1; k=rsa; p={public(RSA)}"),
        "s1-ed25519._domainkey.lists.island.org": txt(f"v=DKIM1; k=ed25519; p={public(ED25519)}"),
        "_dmarc.lists.island.org": txt("v=DMARC1; p=quarantine; rua=mailto:postmaster@island.org"),
        "_spf.provider.net": txt("v=spf1 ip4:198.51.100.0/24 -all"),
        "smtp.provider.net": {"A": ["203.0.113.9"]},
    }


@pytest.fixture
def look(settings, tmp_path):
    """`look({name: records}, smtp_url=…)`: what is found when the world is changed so; None takes a name away."""

    def ask(changes=(), **more):
        pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (tmp_path / "dkim.pem").write_bytes(RSA.private_bytes(*pem) + ED25519.private_bytes(*pem))
        given = {"mail_domain": "lists.island.org", "dkim_key": str(tmp_path / "dkim.pem"), "dkim_selector": "s1"}
        settings.TALANOA = replace(settings.TALANOA, **(given | more))
        zone = {name: records for name, records in (world() | dict(changes)).items() if records is not None}
        with NameServer(zone) as server:
            return list(domain.findings(settings.TALANOA, Dns(server.resolver())))

    return ask


def test_a_domain_with_which_all_is_well(look):
    found = look()
    assert [well for well, _ in found] == [True] * 5
    assert [sentence for _, sentence in found] == [
        "Mail for lists.island.org goes to mx.island.org.",
        "SPF of lists.island.org allows mx.island.org.",
        "The public key at s1._domainkey.lists.island.org fits.",
        "The public key at s1-ed25519._domainkey.lists.island.org fits.",
        "DMARC at lists.island.org asks receivers to quarantine what pretends to be yours.",
    ]


OF_DOMAIN = {"MX": ["10 mx.island.org."]}
AMISS = {
    "no MX": ({"lists.island.org": txt("v=spf1 a:mx.island.org -all")}, "has no MX record"),
    "takes no mail": ({"lists.island.org": {"MX": ["0 ."]} | txt("v=spf1 -all")}, "takes no mail"),
    "MX without address": ({"mx.island.org": None}, "mx.island.org, which has no address"),
    "no SPF": ({"lists.island.org": OF_DOMAIN}, "has no SPF record"),
    "two SPF": ({"lists.island.org": OF_DOMAIN | txt("v=spf1 mx -all", "v=spf1 a -all")}, "has 2 SPF records"),
    "SPF of others": ({"lists.island.org": OF_DOMAIN | txt("v=spf1 include:_spf.provider.net -all")}, "does not allow mx.island.org (192.0.2.25)"),
    "SPF of one address": ({"lists.island.org": OF_DOMAIN | txt("v=spf1 ip4:192.0.2.25 -all")}, "does not allow mx.island.org (2001:db8::25)"),
    "SPF for anybody": ({"lists.island.org": OF_DOMAIN | txt("v=spf1 +all")}, "lets anybody send"),
    "SPF in a circle": ({"lists.island.org": OF_DOMAIN | txt("v=spf1 include:lists.island.org -all")}, "needs more than 10 questions"),
    "no key": ({"s1._domainkey.lists.island.org": None}, f"s1._domainkey.lists.island.org must be TXT v=DKIM1; k=rsa; p={public(RSA)}"),
    "another key": ({"s1._domainkey.lists.island.org": txt(f"v=DKIM1; k=rsa; p={public(rsa.generate_private_key(65537, 2048))}")}, "is not the public half"),
    "a revoked key": ({"s1._domainkey.lists.island.org": txt("v=DKIM1; p=")}, "is revoked"),
    "two keys": ({"s1._domainkey.lists.island.org": txt(f"v=DKIM1; p={public(RSA)}", f"k=rsa; p={public(RSA)}")}, "has 2 keys"),
    "the wrong kind": ({"s1-ed25519._domainkey.lists.island.org": txt(f"v=DKIM1; p={public(ED25519)}")}, "is not the public half"),
    "no DMARC": ({"_dmarc.lists.island.org": None}, "has no DMARC record"),
    "two DMARC": ({"_dmarc.lists.island.org": txt("v=DMARC1; p=none", "v=DMARC1; p=reject")}, "has 2 DMARC records"),
    "DMARC without policy": ({"_dmarc.lists.island.org": txt("v=DMARC1; p=sure")}, "has no policy that receivers know"),
}  # fmt: skip


@pytest.mark.parametrize("what", AMISS)
def test_what_is_amiss_is_told_in_one_sentence(look, what):
    changes, words = AMISS[what]
    wrong = [sentence for well, sentence in look(changes) if not well]
    assert len(wrong) == 1, wrong
    assert words in wrong[0]


FITS = {
    "by include and redirect": ("v=spf1 redirect=_spf.island.org", {"_spf.island.org": txt("v=spf1 include:_more.island.org ~all"), "_more.island.org": txt("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")}),
    "by a network around MX": ("v=spf1 mx/28//64 -all", {}),
    "by address": ("v=spf1 a:mx.island.org -all", {}),
    "by address and length": ("v=spf1 -ip4:10.0.0.1 a:mx.island.org/24//48 -all", {}),
}  # fmt: skip


@pytest.mark.parametrize("how", FITS)
def test_spf_is_walked_as_receivers_do(look, how):
    record, more = FITS[how]
    found = look(more | {"lists.island.org": OF_DOMAIN | txt(record)})
    assert (True, "SPF of lists.island.org allows mx.island.org.") in found


def test_a_providers_servers_are_known_by_its_include(look):
    record = {"lists.island.org": OF_DOMAIN | txt("v=spf1 mx include:_spf.provider.net -all")}
    url = "smtp+starttls://user:word@smtp.provider.net:587"
    assert (True, "SPF of lists.island.org includes smtp.provider.net.") in look(record, smtp_url=url)
    wrong = [sentence for well, sentence in look(smtp_url=url) if not well]
    assert wrong == ["SPF of lists.island.org does not allow smtp.provider.net (203.0.113.9), from which mail leaves."]
    allowed = look({"lists.island.org": OF_DOMAIN | txt("v=spf1 ip4:203.0.113.9 -all")}, smtp_url=url)
    assert (True, "SPF of lists.island.org allows smtp.provider.net.") in allowed


def test_dmarc_of_the_domain_above_holds_too(look):
    found = look({"_dmarc.lists.island.org": None, "_dmarc.island.org": txt("v=DMARC1; p=reject; sp=none")})
    assert found[-1] == (True, "DMARC at island.org watches and refuses nothing (p=none); when the reports look well, ask for quarantine.")


def test_where_dns_is_silent_one_sentence_says_so_and_nobody_waits_long(settings):
    settings.TALANOA = replace(settings.TALANOA, mail_domain="lists.island.org")
    with NameServer({}, silent=True) as server:
        began = time.monotonic()
        found = list(domain.findings(settings.TALANOA, Dns(server.resolver(), patience=0.3)))
    assert time.monotonic() - began < 2
    assert [well for well, _ in found] == [True] and "DNS could not be asked" in found[0][1]


def test_a_name_of_no_dns_is_not_asked_for(settings):
    for name in ("localhost", "lists.example", "town.local"):
        with NameServer({}) as server:
            assert list(domain.findings(replace(settings.TALANOA, mail_domain=name), Dns(server.resolver()))) == []
            assert server.asked == []


@pytest.mark.parametrize(("words", "asked"), [(["check"], True), (["check", "--no-dns"], False)])
def test_check_asks_dns_unless_told_not_to(words, asked, db, monkeypatch, settings, capsys):
    from talanoa.commandline import main

    settings.TALANOA = replace(settings.TALANOA, mail_domain="lists.island.org")
    with NameServer(world()) as server:
        monkeypatch.setattr("talanoa.commandline.open_house", lambda: None)  # it is open, and its logs go where they should
        monkeypatch.setattr("talanoa.mail.dns.Dns", lambda: Dns(server.resolver()))
        main(words)
        assert bool(server.asked) == asked
    assert ("Mail for lists.island.org goes to mx.island.org." in capsys.readouterr().out) == asked
