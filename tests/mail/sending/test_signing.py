"""Our signature stands up to somebody else's verifier."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import dkim as dkimpy
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from talanoa.mail.sending import dkim
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.stencil import Stencil

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def record(key):
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public)


def verified(raw, zone):
    """Which of the signatures hold, by dkimpy, with these DNS records."""
    verifier = dkimpy.DKIM(raw)
    count = len([name for name, _ in verifier.headers if name.lower() == b"dkim-signature"])

    def one(index):
        try:
            return verifier.verify(idx=index, dnsfunc=lambda name, timeout=5: zone.get(name.decode().rstrip(".")))
        except dkimpy.ValidationError:
            return False

    return [one(index) for index in range(count)]


class Nacl:
    """What dkimpy asks of PyNaCl to check Ed25519; everything else it does itself."""

    class BadSignatureError(Exception):
        pass

    class VerifyKey:
        def __init__(self, key, encoder):
            self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

        def verify(self, digest, signature):
            try:
                self._key.verify(signature, digest)
            except InvalidSignature:
                raise Nacl.BadSignatureError from None
            return digest


@pytest.fixture(autouse=True)
def _ed25519(monkeypatch):
    room = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=Nacl.VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(BadSignatureError=Nacl.BadSignatureError, ValueError=ValueError),
    )
    monkeypatch.setattr(dkimpy, "nacl", room, raising=False)


@pytest.fixture
def keyed(settings, tmp_path):
    """`keyed(key, …)` writes these keys to the file that DKIM_KEY names; returns the DNS zone."""

    def write(*keys):
        path = tmp_path / "dkim.pem"
        path.write_bytes(b"".join(map(pem, keys)))
        settings.TALANOA = replace(settings.TALANOA, dkim_key=str(path), dkim_selector="s1", mail_domain="lists.example.org")
        names = ["s1", "s1-ed25519"] if len(keys) > 1 else ["s1"]
        return {f"{name}._domainkey.lists.example.org": record(key) for name, key in zip(names, keys, strict=True)}

    return write


@pytest.mark.django_db
@pytest.mark.parametrize("keys", [(RSA,), (ED25519,), (RSA, ED25519)], ids=["rsa", "ed25519", "both"])
def test_every_copy_is_signed_with_its_own_unsubscribe_link(keys, keyed, office, post):
    """M3, RFC 8058: both unsubscribe headers are under the signature, and each copy's are its own."""
    zone = keyed(*keys)
    post("ana@a.example", "ben@b.example", members=[1, 2], text="\n.dots\ntrailing  \t\n\n\n")
    postman = Postman()
    postman.step(NOW)
    postman.close()
    copies = [one.content for one in office.deliveries]
    assert len({re.search(rb"leave/(\w+)", copy)[1] for copy in copies}) == 2
    for copy in copies:
        assert verified(copy, zone) == [True] * len(keys)
        signed = b"".join(re.findall(rb"h=([^;]*)", copy)[0].split()).split(b":")
        assert {b"list-unsubscribe", b"list-unsubscribe-post", b"subject", b"date", b"message-id", b"to"} <= set(signed)
        assert signed.count(b"from") == 2
        for changed in (
            copy.replace(b"Malo", b"Ciao").replace(b"dots", b"dot."),
            copy.replace(b"leave/", b"leave/x", 1),
            copy.replace(b"Subject: ", b"Subject: Re: ", 1),
            b"From: evil@evil.example\r\n" + copy,
            b"Subject: evil\r\n" + copy,
        ):
            assert verified(changed, zone) == [False] * len(keys)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"\xe9", b"  \r\n", b"\r\n\r\n", b"x" * 60]), max_size=40),
    st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n ", b":", b"\r\n\t "]), max_size=12),
)
def test_any_body_and_any_folding_verifies(keyed, pieces, value):
    """RFC 6376, 3.4: relaxed canonicalisation, against an independent verifier."""
    zone = keyed(ED25519)
    body = b"".join(pieces)
    head = b"From: a@b.example\r\nSubject:" + b"x".join(value) + b"y\r\nTo: c@d.example\r\nDate: now\r\n"
    made = Stencil(head=head, body=body + b"\r\n", bounces_to="", signing=dkim.keys())
    raw = re.sub(rb"(?m)^\.", b"", made.copy(1, None).removesuffix(b".\r\n"))
    assert verified(raw, zone) == [True]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_cannot_be_used_is_refused_with_a_sentence(content, settings, tmp_path):
    path = tmp_path / "dkim.pem"
    path.write_bytes(content)
    settings.TALANOA = replace(settings.TALANOA, dkim_key=str(path))
    with pytest.raises(dkim.CannotSign, match="TALANOA_DKIM_KEY"):
        dkim.keys()
