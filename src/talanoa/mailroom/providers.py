"""What mail providers send us over HTTP: whose it is, which mail it brings, which copy it tells of.

Signatures and the providers' own words for events are django-anymail's; its views are asked, not
served. A mail is taken as the bytes that came (D4), which is not what a parser would write again.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation

if TYPE_CHECKING:
    from django.http import HttpRequest

MINUTES = 300.0  # seconds by which a signed moment may differ from ours (A13)
# Mailgun comes again with its first signature, for eight hours: a shorter window would lose mail.
HOURS = 12 * 3600.0
NOBODY = "nobody:nobody"  # for a view that only reads events
MOST_WORDS = 2_000  # of an event


# Strangers wrote it; whatever a validator stumbles over, it was not proven.
STUMBLES = (
    SuspiciousOperation, ImproperlyConfigured, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError
)  # fmt: skip


class NotProven(SuspiciousOperation):
    """The request does not come from the provider, or nobody can tell; nothing of it may be used."""


class Unusable(Exception):
    """The request is the provider's, but holds nothing that can be used; `str()` says what to set there."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A mail as a provider hands it in."""

    raw: bytes
    recipients: tuple[str, ...]
    envelope_sender: str | None  # None: the provider does not say


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: the view of anymail that knows it, the argument of that view for the key of its signature, its mail."""

    view: str
    key: str = ""
    check: Callable[[str, HttpRequest], None] | None = None  # of its signature, where anymail would want one more library
    signed_at: Callable[[HttpRequest], object] | None = None
    window: float = MINUTES
    alone: Callable[[HttpRequest], str] | None = None  # what it signed, where that is not the body
    # Its mails come in forms, which are read as Latin-1: every byte is a character, and comes back as that byte.
    form: bool = False
    mails: Callable[[HttpRequest], Iterator[Brought]] | None = None


def secrets(name: str) -> list[str]:
    """The secrets that the administrator set for a provider; none: its doors are closed (L5)."""
    return [secret for provider, secret in settings.TALANOA.providers if provider == name]


def proven(name: str, request: HttpRequest) -> Any:
    """The anymail view that finds the request good by one of the provider's secrets; raises `NotProven`."""
    provider = PROVIDERS[name]
    if provider.form:
        request.encoding = "latin-1"
    for secret in secrets(name):
        try:
            if provider.check and ":" not in secret:
                provider.check(secret, request)
                view = _view(provider, NOBODY, request)
            else:
                view = _view(provider, secret, request)
                view.run_validators(request)
            if provider.signed_at and ":" not in secret:
                signed = float(str(provider.signed_at(request)))
                if not -MINUTES < time.time() - signed < provider.window:
                    continue
        except STUMBLES:
            continue
        return view
    raise NotProven


def signed_alone(name: str, request: HttpRequest) -> tuple[str, str] | None:
    """Digests of what a provider signed without the body, and of the body that came with it; None where the signature covers both.

    Such a signature proves any body, for as long as it is good: whoever reads one could write mail with it.
    """
    alone = PROVIDERS[name].alone
    if alone is None:
        return None
    form = request.content_type != "application/json"
    body = repr(sorted(request.POST.lists())).encode() if form else request.body  # the seams of a form change when it is sent again
    return hashlib.sha256(alone(request).encode()).hexdigest(), hashlib.sha256(body).hexdigest()


def asks_for_password(name: str) -> bool:
    """Whether the provider proves itself by USER:PASSWORD alone."""
    return all(":" in secret for secret in secrets(name))


def _view(provider: Provider, secret: str, request: HttpRequest) -> Any:
    module, _, name = provider.view.partition(".")
    from anymail.exceptions import AnymailNotSupportedWarning

    warnings.simplefilter("ignore", AnymailNotSupportedWarning)  # of SendGrid, which its author cannot try any more
    made: dict[str, object] = {"webhook_secret": [secret]} if ":" in secret else {"webhook_secret": []}
    if ":" not in secret:
        if not provider.key:
            raise NotProven  # without a password such a view lets everybody in
        made[provider.key] = secret
    if provider.view.startswith("mandrill"):
        made["webhook_url"] = settings.TALANOA.base_url.rstrip("/") + request.path  # it signs the address too
    return getattr(importlib.import_module(f"anymail.webhooks.{module}"), name)(**made)


def _check_svix(secret: str, request: HttpRequest) -> None:
    """The signature of Standard Webhooks, which Resend uses: over its number, the moment, and the body."""
    import hmac

    signed = f"{request.headers['svix-id']}.{request.headers['svix-timestamp']}.".encode() + request.body
    wanted = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    given = [base64.b64decode(one.partition(",")[2]) for one in request.headers["svix-signature"].split()]
    if sum(hmac.compare_digest(wanted, one) for one in given) == 0:  # all are compared, so that time tells nothing
        raise NotProven


def mails(name: str, request: HttpRequest) -> list[Brought]:
    """The mails in a request that was proven; raises `Unusable`."""
    bring = PROVIDERS[name].mails
    if bring is None:
        raise Unusable("This provider hands in no mail as it came; let it forward to the mail door instead.")
    try:
        return list(bring(request))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as fault:
        raise Unusable(_AS_IT_CAME.get(name, "The mail is missing in it.")) from fault


_AS_IT_CAME = {
    "mailgun": "The route must forward to an address that ends with /mime: then Mailgun sends the mail as it came.",
    "postmark": "Switch on “Include raw email content in JSON payload” for the inbound stream.",
    "sendgrid": "Switch on “POST the raw, full MIME message” in the settings of Inbound Parse.",
    "amazon-ses": "The receipt rule must publish to SNS by an SNS action, which holds the mail; an S3 action only tells of it.",
    "postal": "The HTTP endpoint must use the format “Raw message”.",
}


def _mailgun(request: HttpRequest) -> Iterator[Brought]:
    form = request.POST
    recipients = tuple(one.strip() for one in form["recipient"].split(",") if one.strip())
    yield Brought(form["body-mime"].encode("latin-1"), recipients, form.get("sender"))


def _sendgrid(request: HttpRequest) -> Iterator[Brought]:
    form = request.POST
    envelope = json.loads(form["envelope"])
    yield Brought(form["email"].encode("latin-1"), tuple(envelope["to"]), envelope.get("from"))


def _postmark(request: HttpRequest) -> Iterator[Brought]:
    told = json.loads(request.body)
    head = told.get("Headers") or [{"Name": "", "Value": ""}]
    # Postmark puts the envelope sender first, where it cannot be anybody else's.
    sender = head[0]["Value"].strip("<> ") if head[0]["Name"].lower() == "return-path" else None
    yield Brought(told["RawEmail"].encode(), (told["OriginalRecipient"],), sender)


def _sparkpost(request: HttpRequest) -> Iterator[Brought]:
    for event in json.loads(request.body):
        if told := event["msys"].get("relay_message"):
            content = told["content"]
            raw = content["email_rfc822"]
            mail = base64.b64decode(raw) if content.get("email_rfc822_is_base64") else raw.encode()
            yield Brought(mail, (told["rcpt_to"],), told.get("msg_from"))


def _amazon_ses(request: HttpRequest) -> Iterator[Brought]:
    told = json.loads(json.loads(request.body)["Message"])
    receipt = told["receipt"]
    raw = base64.b64decode(told["content"]) if receipt["action"].get("encoding") == "BASE64" else told["content"].encode()
    yield Brought(raw, tuple(receipt["recipients"]), told["mail"].get("source"))


def _mandrill(request: HttpRequest) -> Iterator[Brought]:
    for event in json.loads(request.POST["mandrill_events"]):
        if event.get("event") == "inbound":
            yield Brought(event["msg"]["raw_msg"].encode(), (event["msg"]["email"],), None)


def _mailersend(request: HttpRequest) -> Iterator[Brought]:
    told = json.loads(request.body)["data"]
    recipients = tuple(one["email"] for one in told["recipients"]["rcptTo"])
    yield Brought(told["raw"].encode(), recipients, told["sender"]["email"])


def _postal(request: HttpRequest) -> Iterator[Brought]:
    told = json.loads(request.body)
    raw = base64.b64decode(told["message"]) if told.get("base64") is True else told["message"].encode()
    yield Brought(raw, (told["rcpt_to"],), told.get("mail_from"))


def _mailgun_signature(request: HttpRequest) -> dict[str, str]:
    told = json.loads(request.body)["signature"] if request.content_type == "application/json" else request.POST
    return {name: str(told[name]) for name in ("timestamp", "token")}


PROVIDERS = {
    "amazon-ses": Provider("amazon_ses.AmazonSESTrackingWebhookView", mails=_amazon_ses),
    "brevo": Provider("brevo.BrevoTrackingWebhookView"),
    "mailersend": Provider("mailersend.MailerSendTrackingWebhookView", key="signing_secret", mails=_mailersend),
    "mailgun": Provider(
        "mailgun.MailgunTrackingWebhookView",
        key="webhook_signing_key",
        signed_at=lambda request: _mailgun_signature(request)["timestamp"],
        alone=lambda request: "{timestamp} {token}".format(**_mailgun_signature(request)),
        window=HOURS,
        form=True,
        mails=_mailgun,
    ),
    "mailjet": Provider("mailjet.MailjetTrackingWebhookView"),
    "mailtrap": Provider("mailtrap.MailtrapTrackingWebhookView", key="signing_secret"),
    "mandrill": Provider("mandrill.MandrillCombinedWebhookView", key="webhook_key", mails=_mandrill),
    "postal": Provider("postal.PostalTrackingWebhookView", key="webhook_key", mails=_postal),
    "postmark": Provider("postmark.PostmarkTrackingWebhookView", mails=_postmark),
    "resend": Provider(
        "resend.ResendTrackingWebhookView", check=_check_svix, signed_at=lambda request: request.headers["svix-timestamp"]
    ),
    "sendgrid": Provider(
        "sendgrid.SendGridTrackingWebhookView",
        key="tracking_webhook_verification_key",
        signed_at=lambda request: request.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
        form=True,
        mails=_sendgrid,
    ),
    "sparkpost": Provider("sparkpost.SparkPostTrackingWebhookView", mails=_sparkpost),
    "unisender-go": Provider("unisender_go.UnisenderGoTrackingWebhookView", key="api_key"),
}


def words(told: object) -> Iterator[str]:
    """Every text in what an event tells, however deep, up to a bound; JSON within a text is looked into."""
    waiting, seen = [told], 0
    while waiting and seen < MOST_WORDS:
        seen += 1
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one[:MOST_WORDS])
        elif isinstance(one, str):
            yield one
            if re.match(r"\s*[{\[]", one) and len(one) < 100_000:
                try:
                    waiting.append(json.loads(one))
                except (ValueError, RecursionError):
                    continue
