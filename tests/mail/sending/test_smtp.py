"""The client speaks to every post office there is: with and without its extensions."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from post_office import PostOffice, refuse
from talanoa.mail.models import Delivery
from talanoa.mail.sending.delivery import Postman
from talanoa.mail.sending.dialling import NoLine, Route, dial

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A server context whose certificate our client trusts, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        .not_valid_after(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "sink.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def deliver(settings, tmp_path, post):
    """`deliver(office, url, *addresses)`: one letter to these through that post office."""

    def go(office, *addresses, url=None, **more):
        settings.TALANOA = replace(settings.TALANOA, smtp_url=url or office.url, home=tmp_path, mail_domain="lists.example.org")
        post(*addresses, **more)
        postman = Postman()
        try:
            return postman.step(NOW)
        finally:
            postman.close()

    return go


@pytest.mark.django_db
@pytest.mark.parametrize("pipelining", [True, False])
def test_connections_are_reused_and_every_verb_is_in_its_place(pipelining, deliver):
    with PostOffice(pipelining=pipelining) as office:
        office.says = {"m3@a.example": [refuse(550)]}
        assert deliver(office, *[f"m{n}@a.example" for n in range(12)]) == 12
        assert office.connections <= 4
        assert len(office.addresses()) == len(set(office.addresses())) == 11
        assert not any(command.startswith("HELO") for command in office.commands)
        assert sum(command.startswith("RCPT") for command in office.commands) == 12  # one recipient each


@pytest.mark.django_db
@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_letters_go_encrypted_with_name_and_password(scheme, implicit, certificate, deliver):
    with PostOffice(tls=certificate, implicit_tls=implicit, users={"us er": "p@ss:word"}) as office:
        url = f"{scheme}://us%20er:p%40ss%3Aword@127.0.0.1:{office.port}"
        assert deliver(office, *[f"m{n}@a.example" for n in range(30)], url=url, text="é" * 50_000) == 30
        assert len(set(office.addresses())) == 30
        assert all(one.content.count(b"w6nDqcOp") > 5_000 for one in office.deliveries)


@pytest.mark.django_db
@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "LOGIN PLAIN"])
def test_both_ways_to_say_a_password(auth, deliver):
    with PostOffice(users={"mdg": "secret"}, auth=auth) as office:
        assert deliver(office, "a@a.example", url=office.url.replace("://", "://mdg:secret@")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("user", ["", "mdg:wrong@"])
def test_a_post_office_that_does_not_let_us_in_costs_nobody_an_attempt(user, deliver):
    """A fault of our settings says nothing about a recipient."""
    with PostOffice(users={"mdg": "secret"}) as office:
        deliver(office, "a@a.example", url=office.url.replace("://", f"://{user}"))
        row = Delivery.objects.get()
        assert (row.state, row.attempts, row.answer) == ("waiting", 0, "")


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with PostOffice(tls=certificate, implicit_tls=True) as office, pytest.raises(NoLine, match="CERTIFICATE_VERIFY_FAILED"):
        dial(Route.of(office.url), "lists.example.org")


def test_encryption_that_is_asked_for_and_not_offered_is_not_forgone():
    with PostOffice() as office, pytest.raises(NoLine, match="STARTTLS"):
        dial(Route.of(f"smtp+starttls://127.0.0.1:{office.port}"), "lists.example.org")


@pytest.mark.parametrize("banner", ["554 go away", "421 too busy", "hello"])
def test_a_greeting_that_is_none_is_told(banner):
    with PostOffice(banner=banner) as office, pytest.raises(NoLine, match="greeting"):
        dial(Route.of(office.url), "lists.example.org")


@pytest.mark.django_db
@pytest.mark.parametrize("offered", [True, False])
def test_extensions_are_used_only_where_they_are_offered(offered, deliver):
    """RFC 6531: an address beyond ASCII goes where it can be said; its domain always can."""
    with PostOffice(extensions=["8BITMIME", "SMTPUTF8"] if offered else []) as office:
        deliver(office, "plain@a.example", "björn@münchen.example", "plain@münchen.example")
        if offered:
            assert sorted(office.addresses()) == ["björn@münchen.example", "plain@a.example", "plain@münchen.example"]
            assert {one.options for one in office.deliveries if one.address == "plain@a.example"} == {""}
            assert {one.options for one in office.deliveries if one.address == "björn@münchen.example"} == {"SMTPUTF8"}
        else:
            assert sorted(office.addresses()) == ["plain@a.example", "plain@xn--mnchen-3ya.example"]
            row = Delivery.objects.get(address="björn@münchen.example")
            assert (row.state, "SMTPUTF8" in row.answer) == ("gave up", True)


@pytest.mark.django_db
def test_a_letter_of_megabytes_goes_through_whole(deliver):
    text = "".join(f"line {number}\n" for number in range(300_000))
    with PostOffice() as office:
        deliver(office, "a@a.example", "b@a.example", text=text)
        assert all(one.content.partition(b"\r\n\r\n")[2] == text.replace("\n", "\r\n").encode() for one in office.wait_for(2))


def test_the_password_is_in_no_representation():
    """S7"""
    assert "secret" not in repr(Route.of("smtps://user:secret@mail.example.org"))
