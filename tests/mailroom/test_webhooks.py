"""The doors for mail providers: E27, L5, A13, D1-D5. The payloads have the shapes that the providers document."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from path import NOW, letter
from talanoa.configuration import WrongSetting, configure
from talanoa.mail import actions, tokens
from talanoa.mail.actions import Recipient, enqueue
from talanoa.mail.models import Delivery, Raw, Received, Signature
from talanoa.mail.sending import writing

KEY, PASSWORD = "key-4f2c9c1b7a6d5e3f", "talanoa:correct-horse-battery"
SVIX = "whsec_" + base64.b64encode(b"sixteen bytes or more").decode()
SENDGRID = ec.generate_private_key(ec.SECP256R1())
SENDGRID_KEY = "".join(
    SENDGRID.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode().split("\n")[1:-2]
)
ALL = (
    ("mailgun", KEY), ("postmark", PASSWORD), ("sendgrid", SENDGRID_KEY), ("sparkpost", PASSWORD), ("amazon-ses", PASSWORD),
    ("resend", SVIX), ("mandrill", KEY), ("mailersend", KEY), ("brevo", PASSWORD), ("mailjet", PASSWORD),
)  # fmt: skip
RAW = letter("Ben <ben@people.example>", subject="Births", text="Who counts\n.them?")
BYTES = RAW.replace(b"Who", b"Who \xe9\xff \xe2\x80\x8f")  # no charset has all of them


@pytest.fixture(autouse=True)
def providers(cast, settings):
    """`providers(("mailgun", KEY), …)`: those that the administrator named."""

    def name(*those):
        settings.TALANOA = replace(settings.TALANOA, providers=those, base_url="http://localhost")

    name(*ALL)
    return name


def send(provider, door, content=b"", kind="application/json", *, signed=True, password=PASSWORD, at=None, **headers):
    """One request as the provider sends it, signed its way."""
    at = int(time.time()) if at is None else at
    if not isinstance(content, (bytes, dict)):
        content = json.dumps(content).encode()
    extra = dict(headers)
    if signed and provider in ("postmark", "sparkpost", "amazon-ses", "brevo", "mailjet"):
        extra["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(password.encode()).decode()
    if signed and provider == "sendgrid":
        whole = content if isinstance(content, bytes) else multipart(content)
        kind = kind if isinstance(content, bytes) else "multipart/form-data; boundary=xYzZY"
        signature = SENDGRID.sign(str(at).encode() + whole, ec.ECDSA(hashes.SHA256()))
        extra |= {
            "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE": base64.b64encode(signature).decode(),
            "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP": str(at),
        }
        content = whole
    if signed and provider == "resend":
        mac = hmac.new(b"sixteen bytes or more", b"msg_1.%d." % at + content, hashlib.sha256).digest()
        extra |= {"HTTP_SVIX_ID": "msg_1", "HTTP_SVIX_TIMESTAMP": str(at), "HTTP_SVIX_SIGNATURE": "v1," + base64.b64encode(mac).decode()}
    if isinstance(content, dict):
        content, kind = multipart(content), "multipart/form-data; boundary=xYzZY"
    return Client(SERVER_NAME="localhost").generic("POST", f"/providers/{provider}/{door}", content, content_type=kind, **extra)


def multipart(fields):
    parts = [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--xYzZY--\r\n"


def mailgun_signature(at=None, key=KEY):
    at, token = str(int(time.time()) if at is None else at), secrets.token_hex(25)
    return {"timestamp": at, "token": token, "signature": hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()}


def sns(told, kind="Notification"):
    return {"Type": kind, "MessageId": "22b80b92", "TopicArn": "arn:aws:sns:us-west-2:123456789012:mail", "Message": json.dumps(told)}


SNS = {"HTTP_X_AMZ_SNS_MESSAGE_TYPE": "Notification", "HTTP_X_AMZ_SNS_MESSAGE_ID": "22b80b92"}


def inbound(provider, raw=RAW, to=("mdg@lists.example.org",), **more):
    """A mail handed in as each provider does."""
    text = raw.decode("utf-8", "replace")
    match provider:
        case "mailgun":
            form = {"recipient": ",".join(to), "sender": "ben@people.example", "body-mime": raw} | more.pop("signature", mailgun_signature())
            return send(provider, "inbound/mime", form, **more)
        case "postmark":
            head = [{"Name": "Return-Path", "Value": "<ben@people.example>"}, {"Name": "Received", "Value": "by p-pm-inbound"}]
            told = {"FromName": "Ben", "OriginalRecipient": to[0], "Headers": head, "TextBody": "", "RawEmail": text}
            return send(provider, "inbound", json.dumps(told).encode(), **more)
        case "sendgrid":
            envelope = json.dumps({"to": list(to), "from": "ben@people.example"})
            return send(provider, "inbound", {"email": raw, "envelope": envelope, "spam_score": "0.1"}, **more)
        case "sparkpost":
            content = {"email_rfc822": base64.b64encode(raw).decode(), "email_rfc822_is_base64": True}
            events = [{"msys": {"relay_message": {"rcpt_to": one, "msg_from": "ben@people.example", "protocol": "smtp", "content": content}}} for one in to]
            return send(provider, "inbound", events, **more)
        case "amazon-ses":
            receipt = {"recipients": list(to), "action": {"type": "SNS", "encoding": "BASE64"}}
            told = {"notificationType": "Received", "mail": {"source": "ben@people.example"}, "receipt": receipt, "content": base64.b64encode(raw).decode()}
            return send(provider, "inbound", json.dumps(sns(told)).encode(), **SNS, **more)


INBOUND = ["mailgun", "postmark", "sendgrid", "sparkpost", "amazon-ses"]


@pytest.mark.parametrize("provider", INBOUND)
def test_a_mail_that_a_provider_hands_in_walks_the_path_of_every_mail(provider, walk):
    assert inbound(provider).status_code == 200
    assert inbound(provider).status_code == 200  # the provider did not hear our answer: one effect (D5)
    received = Received.objects.get()
    assert (received.recipient, received.envelope_sender, received.door) == ("mdg@lists.example.org", "ben@people.example", provider)
    assert bytes(Raw.objects.get().content) == RAW
    assert walk.sort(datetime.now(UTC)) == ["posted"]
    assert set(Delivery.objects.values_list("address", flat=True)) >= {"ana@people.example", "chandra@people.example"}


def test_a13_a_signature_that_does_not_cover_the_mail_is_good_for_the_mail_it_came_with_first():
    """Mailgun signs a moment and a token; whoever reads one of its requests must not write others with it."""
    signed = mailgun_signature()
    assert inbound("mailgun", signature=signed).status_code == 200
    assert inbound("mailgun", BYTES, signature=signed).status_code == 403
    assert inbound("mailgun", to=("health@lists.example.org",), signature=signed).status_code == 403
    assert inbound("mailgun", signature=signed).status_code == 200  # again, as it was
    assert Received.objects.count() == 1
    actions.tend(at=datetime.now(UTC) + timedelta(days=2))
    assert not Signature.objects.exists()


@pytest.mark.parametrize("provider", ["mailgun", "sendgrid", "sparkpost", "amazon-ses"])
def test_d4_every_byte_is_kept_as_it_came(provider):
    assert inbound(provider, BYTES).status_code == 200
    assert bytes(Raw.objects.get().content) == BYTES


def test_each_address_of_ours_gets_the_mail_and_a_strange_one_brings_no_retry():
    to = ("mdg@lists.example.org", "nobody@lists.example.org", "health-owner@lists.example.org", "mdg@lists.example.org")
    assert inbound("sendgrid", to=to).status_code == 200
    assert sorted(Received.objects.values_list("recipient", flat=True)) == ["health-owner@lists.example.org", "mdg@lists.example.org"]
    assert inbound("sendgrid", BYTES, to=("nobody@lists.example.org",)).status_code == 200
    assert inbound("sendgrid", b"Received: from a by b\r\n" * 51 + RAW).status_code == 200  # L2: it goes in a circle
    assert Received.objects.count() == 2


def copy(cast, address="ben@people.example"):
    """A copy that has left; its number."""
    headers = [("From", "mdg@lists.example.org"), ("To", "mdg@lists.example.org"), ("Subject", "x"), ("Date", writing.date(NOW)), ("Message-ID", "<m1@people.example>")]
    made = enqueue(
        writing.compose(headers=headers, text="x"), message_id="<m1@people.example>", bounces_to="mdg@lists.example.org", lane=1, at=NOW,
        recipients=[Recipient(address, cast.membership(cast.ben, cast.mdg).pk)],
    )  # fmt: skip
    Delivery.objects.update(state="sent", settled_at=datetime.now(UTC))
    return made.deliveries.get()


def events(provider, copy, what):
    """An event as each provider tells it; by token where it gives the envelope sender or our own word back, else by Message-ID."""
    token, to = tokens.seal("bounce", copy.pk), copy.address
    said = "550 5.1.1 The email account that you tried to reach does not exist"
    bounce = what == "bounce"
    match provider:
        case "mailgun":
            data = {
                "event": "failed" if bounce else "complained", "severity": "permanent", "recipient": to, "timestamp": 1521233123.5,
                "envelope": {"sender": f"mdg-bounces+{token}@lists.example.org", "transport": "smtp", "targets": to},
                "delivery-status": {"code": 550, "message": said}, "message": {"headers": {"message-id": "other@x.example"}},
            }  # fmt: skip
            return json.dumps({"signature": mailgun_signature(), "event-data": data}).encode()
        case "postmark":
            return json.dumps({
                "RecordType": "Bounce" if bounce else "SpamComplaint", "Type": "HardBounce" if bounce else "SpamComplaint", "ID": 42, "Email": to,
                "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"copy": token}, "Details": said, "BouncedAt": "2026-03-02T10:00:00Z",
            }).encode()  # fmt: skip
        case "sendgrid":
            return json.dumps([{
                "event": "bounce" if bounce else "spamreport", "email": to, "smtp-id": "<m1@people.example>", "timestamp": int(time.time()),
                "reason": said, "status": "5.1.1", "type": "bounce", "sg_event_id": "6g4ZI7SA",
            }]).encode()  # fmt: skip
        case "amazon-ses":
            mail = {"source": "mdg@lists.example.org", "messageId": "0000-1", "destination": [to], "headers": [{"name": "Message-ID", "value": "<m1@people.example>"}]}
            part = (
                {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": to, "diagnosticCode": f"smtp; {said}"}]}
                if bounce else {"complainedRecipients": [{"emailAddress": to}], "complaintFeedbackType": "abuse"}
            )  # fmt: skip
            kind = "Bounce" if bounce else "Complaint"
            return json.dumps(sns({"notificationType": kind, "mail": mail, kind.lower(): part})).encode()
        case "resend":
            data = {"email_id": "56761188", "to": [to], "headers": [{"name": "Message-ID", "value": "<m1@people.example>"}], "bounce": {"message": said}}
            return json.dumps({"type": "email.bounced" if bounce else "email.complained", "created_at": "2026-03-02T10:00:00Z", "data": data}).encode()
        case "sparkpost":
            told = {"type": "bounce" if bounce else "spam_complaint", "raw_rcpt_to": to, "rcpt_meta": {"copy": token}, "raw_reason": said, "bounce_class": "10"}
            return json.dumps([{"msys": {"message_event" if bounce else "relay_event": told}}]).encode()
        case "brevo":
            told = {"event": "hard_bounce" if bounce else "complaint", "email": to, "message-id": "<m1@people.example>", "reason": said, "ts_event": 1772445600}
            return json.dumps(told).encode()


TRACKING = ["mailgun", "postmark", "sendgrid", "amazon-ses", "resend", "sparkpost", "brevo"]


@pytest.mark.parametrize("provider", TRACKING)
def test_news_of_a_copy_count_once(provider, cast):
    gone = copy(cast)
    more = SNS if provider == "amazon-ses" else {}
    body = events(provider, gone, "bounce")
    answers = [send(provider, "tracking", body, **more) for _ in range(2)]
    assert [(one.status_code, one.content) for one in answers] == [(200, b"Counted 1 of 1.\n"), (200, b"Counted 0 of 1.\n")]
    gone.refresh_from_db()
    assert gone.failure_noted_at and "5.1.1 user-unknown ben@people.example" in gone.answer
    assert send(provider, "tracking", events(provider, gone, "complaint"), **more).content == b"Counted 1 of 1.\n"
    assert cast.ben.memberships.get(community=cast.mdg).left_at


def test_a_copy_tells_the_provider_its_token_which_comes_back_with_the_news(cast, walk, settings, tmp_path):
    """L5: what a provider rewrites (envelope sender, Message-ID) is not needed."""
    from post_office import PostOffice
    from talanoa.mail.sending.delivery import Postman

    with PostOffice(log=tmp_path / "sink.log") as office:
        settings.TALANOA = replace(settings.TALANOA, smtp_url=office.url, home=tmp_path)
        assert walk(RAW).fate == "posted"
        postman = Postman()
        postman.step(NOW)
        postman.close()
        sent = {one.address: one.content for one in office.deliveries}
    gone = Delivery.objects.get(address="chandra@people.example")
    head = message_from_bytes(sent[gone.address])
    token = tokens.seal("bounce", gone.pk)
    assert head["X-PM-Metadata-copy"] == token
    assert json.loads(head["X-SMTPAPI"]) == {"unique_args": {"copy": token}}
    assert json.loads(head["X-Mailgun-Variables"]) == {"copy": token}
    told = {"event": "bounce", "email": "relayed@other.example", "timestamp": 1, "reason": "550 5.1.1 unknown", "copy": head["X-PM-Metadata-copy"]}
    Delivery.objects.update(settled_at=datetime.now(UTC))
    assert send("sendgrid", "tracking", [told]).content == b"Counted 1 of 1.\n"
    gone.refresh_from_db()
    assert gone.failure_noted_at


def test_a_delay_and_what_names_no_copy_of_ours_change_nothing(cast):
    """L5: somebody else's copy, another recipient, a made-up token."""
    gone = copy(cast)
    late = json.loads(events("mailgun", gone, "bounce"))
    late["event-data"]["severity"] = "temporary"
    made_up = json.loads(events("postmark", gone, "bounce")) | {"Metadata": {"copy": "a" * 32}}
    other = json.loads(events("sendgrid", gone, "bounce"))
    other[0]["email"] = "ana@people.example"
    for provider, told in (("mailgun", late), ("postmark", made_up), ("sendgrid", other)):
        answer = send(provider, "tracking", json.dumps(told).encode())
        assert (answer.status_code, answer.content) == (200, b"Counted 0 of 1.\n")
    gone.refresh_from_db()
    assert gone.failure_noted_at is None


def forged(provider, cast):
    """Requests that are nobody's: unsigned, signed with another key, altered, too old."""
    gone = copy(cast)
    body = events(provider, gone, "bounce")
    more = SNS if provider == "amazon-ses" else {}
    old = int(time.time()) - 13 * 3600 if provider == "mailgun" else int(time.time()) - 360
    if provider == "mailgun":
        told = json.loads(body)
        for signature in ({}, mailgun_signature(key="key-of-another"), mailgun_signature() | {"timestamp": "1"}, mailgun_signature(at=old)):
            yield send(provider, "tracking", json.dumps(told | {"signature": signature}).encode())
        yield inbound(provider, signature=mailgun_signature(at=old))
        yield inbound(provider, signature=mailgun_signature(key="key-of-another"))
        return
    yield send(provider, "tracking", body, signed=False, **more)
    yield inbound(provider, signed=False) if provider in INBOUND else send(provider, "inbound", RAW, signed=False)
    if provider in ("resend", "sendgrid"):
        yield send(provider, "tracking", body, at=old)
        yield send(provider, "tracking", body, at=int(time.time()) + 360)
        signed = send(provider, "tracking", b"[]" if provider == "sendgrid" else b"{}").wsgi_request.META
        yield send(provider, "tracking", body, signed=False, **{name: value for name, value in signed.items() if "SVIX" in name or "TWILIO" in name})
    else:
        yield send(provider, "tracking", body, password="talanoa:wrong-wrong-wrong", **more)
        yield inbound(provider, password=":") if provider in INBOUND else send(provider, "inbound", RAW, password=":")


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (Received, Raw, Delivery)]


@pytest.mark.parametrize("provider", TRACKING)
def test_e27_what_is_not_proven_is_refused_and_changes_nothing(provider, cast):
    gone = copy(cast)
    before = rows()
    gone.outgoing.delete()
    for answer in forged(provider, cast):
        assert answer.status_code in (401, 403), answer.content
        assert Received.objects.count() == 0
        assert not Delivery.objects.exclude(failure_noted_at=None).exists()
    assert len(before[2]) == Delivery.objects.count()


@pytest.mark.parametrize("provider", TRACKING)
def test_l5_without_a_secret_there_is_no_door(provider, cast, providers):
    """CVE-2026-26077: a door that is open when nothing was configured lets anybody end the members' mail."""
    body, more = events(provider, copy(cast), "bounce"), SNS if provider == "amazon-ses" else {}
    before = rows()
    for those in ((), tuple(one for one in ALL if one[0] != provider)):
        providers(*those)
        assert send(provider, "tracking", body, **more).status_code == 404
        assert send(provider, "inbound", body, **more).status_code == 404
        assert Client(SERVER_NAME="localhost").head(f"/providers/{provider}/inbound").status_code == 404
    assert rows() == before


def test_a_secret_may_be_changed_while_the_old_one_still_holds(cast, providers):
    providers(("mailgun", "another-key-of-16"), ("mailgun", KEY))
    assert inbound("mailgun").status_code == 200
    providers(("mailgun", "another-key-of-16"))
    assert inbound("mailgun", BYTES).status_code == 403


@pytest.mark.parametrize(
    ("provider", "content", "sentence"),
    [
        ("mailgun", {"recipient": "mdg@lists.example.org", "body-plain": "x"}, b"/mime"),
        ("postmark", b'{"OriginalRecipient": "mdg@lists.example.org", "TextBody": "x"}', b"Include raw email"),
        ("sendgrid", {"envelope": '{"to": ["mdg@lists.example.org"]}', "text": "x", "headers": "y"}, b"raw, full MIME"),
        ("brevo", b'{"items": []}', b"mail door"),
        ("sparkpost", b"{", b"missing"),
        ("sparkpost", b"[" * 50_000, b"missing"),
    ],
)
def test_without_the_mail_as_it_came_the_answer_says_what_to_set(provider, content, sentence):
    if provider == "mailgun":
        content = content | mailgun_signature()
    answer = send(provider, "inbound", content)
    assert answer.status_code == 422 and sentence in answer.content
    assert not Received.objects.exists()


def test_d3_a_fault_of_ours_asks_the_provider_to_come_again(monkeypatch):
    """2xx only after the commit."""
    from django.db import OperationalError

    def fail(*_args, **_more):
        raise OperationalError("the disk is gone")

    monkeypatch.setattr("talanoa.mailroom.webhooks.actions.keep", fail)
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    form = {"recipient": "mdg@lists.example.org", "sender": "", "body-mime": RAW} | mailgun_signature()
    answer = client.generic("POST", "/providers/mailgun/inbound", multipart(form), content_type="multipart/form-data; boundary=xYzZY")
    assert answer.status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr("talanoa.mailroom.webhooks.enough_space", lambda _most: False)
    assert inbound("mailgun").status_code == 503
    assert not Received.objects.exists()


def test_s1_what_is_too_large_is_refused_before_it_is_read(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    assert inbound("mailgun", RAW + b"x" * 100_000).status_code == 413
    assert not Received.objects.exists()


def test_amazon_asks_for_the_password_and_its_question_is_left_to_the_administrator(caplog):
    asked = json.dumps({"Type": "SubscriptionConfirmation", "MessageId": "1", "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription"}).encode()
    more = {"HTTP_X_AMZ_SNS_MESSAGE_TYPE": "SubscriptionConfirmation", "HTTP_X_AMZ_SNS_MESSAGE_ID": "1"}
    refused = send("amazon-ses", "tracking", asked, signed=False, **more)
    assert refused.status_code == 401 and refused["WWW-Authenticate"].startswith("Basic")
    for door in ("tracking", "inbound"):
        assert send("amazon-ses", door, asked, **more).status_code == 200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("acme=0123456789abcdef", "must name providers as NAME=SECRET"),
        ("postmark=0123456789abcdef", "USER:PASSWORD"),
        ("mailgun=talanoa:0123456789abcdef", "the key with which it signs"),
        ("mailgun=short", "at least 16"),
        ("mailgun", "the key"),
    ],
)
def test_a_secret_that_would_open_the_door_to_anybody_is_refused_and_never_repeated(text, sentence):
    """CVE-2018-1000089: secrets stood in error reports."""
    with pytest.raises(WrongSetting, match="TALANOA_PROVIDERS") as refusal:
        configure({"TALANOA_PROVIDERS": text})
    secret = text.partition("=")[2]
    assert (sentence in str(refusal.value) or secret in ("", "short")) and (not secret or secret not in str(refusal.value))
