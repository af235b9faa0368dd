"""M5: the chain is continued, with an honest word about it, and stands up to somebody else's verifier."""

import re
from dataclasses import replace
from types import SimpleNamespace

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from test_signing import RSA, pem, record

from name_server import NameServer
from path import NOW, letter
from talanoa.mail.dns import Dns
from talanoa.mail.reading import chain, parsing
from talanoa.mail.reading.letter import Authenticity
from talanoa.mail.sending import arc
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.writing import Composed
from talanoa.mailroom.worker import Sorter

OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EDGE = "Authentication-Results: mx.lists.example.org; spf=pass smtp.mailfrom=people.example; dkim=pass header.d=people.example"
ZONE = {
    "s1._domainkey.lists.example.org": record(RSA),
    "sel._domainkey.forwarder.example": record(OTHER),
}


def asked(name, timeout=5):
    return ZONE.get(name.decode().rstrip("."))


def texts(name):
    return [ZONE[name].decode()] if name in ZONE else []


def forwarded(raw):
    """The mail as somebody before us sealed it."""
    said = b"Authentication-Results: mx.forwarder.example; spf=pass smtp.mailfrom=people.example\r\n"
    key = OTHER.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return b"".join(dkimpy.arc_sign(said + raw, b"sel", b"forwarder.example", key, b"mx.forwarder.example")) + raw


@pytest.fixture
def circulated(walk, cast, office, settings, tmp_path):
    """`circulated(raw)`: the bytes that leave by SMTP for one member, of a mail that came like this."""
    (tmp_path / "dkim.pem").write_bytes(pem(RSA))
    settings.TALANOA = replace(settings.TALANOA, dkim_key=str(tmp_path / "dkim.pem"), dkim_selector="s1", authserv_id="mx.lists.example.org")
    plain = walk.read

    def circulate(raw):
        walk.read = lambda raw: chain.judged(plain(raw), raw, texts)
        assert walk(raw).fate == "posted"
        postman = Postman()
        postman.step(NOW)
        postman.close()
        return office.deliveries[-1].content

    return circulate


@pytest.fixture
def plain(cast):
    return f"{EDGE}\r\n".encode() + letter("Ben <ben@people.example>")


def instances(raw):
    return [int(number) for number in re.findall(rb"(?m)^ARC-Seal: i=(\d+);", raw)]


def test_a_copy_is_sealed_and_somebody_else_finds_the_seal_good(circulated, plain):
    copy = circulated(plain)
    status, results, reason = dkimpy.arc_verify(copy, dnsfunc=asked)
    assert (status, [one["cv"] for one in results]) == (b"pass", [b"none"]), reason
    assert b"spf=pass" in results[0]["aar-value"] and b"mx.lists.example.org" in results[0]["aar-value"]
    assert dkimpy.verify(copy, dnsfunc=asked)
    assert chain.validate(copy, texts) == "pass"


def test_a_chain_that_holds_is_continued(circulated, plain):
    copy = circulated(forwarded(plain))
    status, results, reason = dkimpy.arc_verify(copy, dnsfunc=asked)
    assert (status, [one["cv"] for one in results]) == (b"pass", [b"pass", b"none"]), reason
    assert instances(copy) == [2, 1]
    assert b"arc=pass" in results[0]["aar-value"]


BREAKS = {
    "the text was changed": lambda raw: raw.replace(b"births", b"deaths"),
    "a seal was changed": lambda raw: raw.replace(b"ARC-Seal: i=1; cv=none", b"ARC-Seal: i=1; cv=pass"),
    "results were changed": lambda raw: raw.replace(b"ARC-Authentication-Results: i=1; mx.forwarder", b"ARC-Authentication-Results: i=1; mx.other"),
    "a field is missing": lambda raw: re.sub(rb"ARC-Authentication-Results:.*\r\n([ \t].*\r\n)*", b"", raw, count=1),
    "there are two": lambda raw: re.sub(rb"(ARC-Authentication-Results:.*\r\n(?:[ \t].*\r\n)*)", rb"\1\1", raw, count=1),
    "it begins with 2": lambda raw: raw.replace(b"i=1;", b"i=2;"),
    "the key is gone": lambda raw: raw.replace(b"s=sel", b"s=gone"),
}


def test_a_broken_chain_is_called_broken_and_nothing_is_refused(circulated, cast):
    for number, (how, change) in enumerate(BREAKS.items()):
        whole = forwarded(f"{EDGE}\r\n".encode() + letter("Ben <ben@people.example>", subject=f"Births {number}"))
        assert change(whole) != whole
        copy = circulated(change(whole))
        seals = re.findall(rb"(?m)^ARC-Seal: i=(\d+); cv=(\w+);", copy)
        assert seals[0][1] == b"fail", how
        assert dkimpy.arc_verify(copy, dnsfunc=asked)[0] != b"pass", how
        assert dkimpy.verify(copy, dnsfunc=asked), how


def test_our_seal_of_a_broken_chain_is_itself_good(circulated, plain):
    """RFC 8617, 5.1.2: it stands alone, as if it were the only set."""
    copy = circulated(BREAKS["the text was changed"](forwarded(plain)))
    status, results, reason = dkimpy.arc_verify(copy, dnsfunc=asked)
    assert status is None and "chain is terminated" in reason  # dkimpy's word for a chain whose last seal says so
    assert results[0]["ams-valid"] and results[0]["cv"] == b"fail"
    alone = re.sub(rb"(?m)^ARC-[\w-]+: +i=1;.*\r\n(?:[ \t].*\r\n)*", b"", copy)
    seal = dkimpy.ARC(alone)
    count, fields = seal.sorted_arc_headers()
    assert count == 2 and seal.verify_instance(fields, 2, dnsfunc=asked)["as-valid"]
    assert instances(circulated_again(copy)) == [2, 1]


def circulated_again(copy):
    """A chain that was called broken is carried, and nobody adds to it."""
    made = arc.sealed(Composed(b"From: a@lists.example.org\r\n", b"x\r\n"), copy, Authenticity(arc="fail"), at=NOW)
    return made.head + b"\r\n" + made.body


def test_the_worker_asks_dns_for_the_keys_and_goes_on_when_it_is_silent(plain, settings, monkeypatch):
    """Where nobody can tell whether the chain holds, the mail is read all the same, and nothing is said of the chain."""
    settings.TALANOA = replace(settings.TALANOA, dkim_key="/somewhere.pem")
    sorter = Sorter(SimpleNamespace(read=parsing.read))
    key = record(OTHER).decode()
    zone = {"sel._domainkey.forwarder.example": {"TXT": [f'"{key[:200]}" "{key[200:]}"']}}
    for silent, said in ((False, "pass"), (True, None)):
        with NameServer(zone, silent=silent) as server:
            monkeypatch.setattr("talanoa.mailroom.worker.Dns", lambda server=server: Dns(server.resolver(), patience=0.5))
            assert sorter._read(forwarded(plain)).authenticity.arc == said
            asked = len(server.asked)
            assert sorter._read(plain).authenticity.arc is None and len(server.asked) == asked


def test_what_our_edge_says_of_the_chain_counts(circulated, plain):
    said = forwarded(plain)
    at_top = b"Authentication-Results: mx.lists.example.org; arc=fail\r\n" + said
    assert re.search(rb"(?m)^ARC-Seal: i=2; cv=fail", circulated(at_top))


def test_a_forged_word_about_the_chain_is_not_believed(circulated, plain):
    hops = b"".join(b"Received: from %d.example by b.example; Mon, 02 Mar 2026 09:2%d:00 +0000\r\n" % (n, n) for n in (1, 2))
    edge, _, rest = plain.partition(b"\r\n")
    broken = BREAKS["the text was changed"](forwarded(rest))
    copy = circulated(edge + b"\r\n" + hops + b"Authentication-Results: mx.lists.example.org; arc=pass\r\n" + broken)
    assert re.search(rb"(?m)^ARC-Seal: i=2; cv=fail", copy)


def test_without_a_key_and_without_an_answer_of_dns_nothing_is_claimed(circulated, plain, walk, settings):
    """A chain that nobody could check is neither continued nor called broken."""
    made = Composed(b"From: a@lists.example.org\r\n", b"x\r\n")
    assert arc.sealed(made, forwarded(plain), Authenticity(), at=NOW) == made
    settings.TALANOA = replace(settings.TALANOA, dkim_key="")
    assert arc.sealed(made, plain, Authenticity(), at=NOW) == made
    settings.TALANOA = replace(settings.TALANOA, dkim_key="/nowhere")
    assert arc.sealed(made, plain, Authenticity(), at=NOW) == made
