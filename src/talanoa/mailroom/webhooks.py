"""The doors for mail providers that speak HTTP: mail in, and news of copies (L5, A13).

`/providers/NAME/inbound` takes mail in as the mail door does: 200 only after the commit, and any
fault of ours is a 5xx, so that the provider comes again (D3). `/providers/NAME/tracking` hears
of copies that came back or were complained of. Without a secret for a provider its doors are not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from talanoa.mail import actions, tokens
from talanoa.mail.lookups import copy_of, kept, told_failure
from talanoa.mailroom import destinations, providers, reports
from talanoa.mailroom.envelopes import ADDRESS_LIMIT
from talanoa.mailroom.keeping import MOST_HOPS, enough_space, hops
from talanoa.mailroom.providers import Brought, NotProven, Unusable

log = structlog.get_logger(__name__)

TOKEN = re.compile(r"-bounces\+([a-z2-7]+)@|\A([a-z2-7]{20,40})\Z", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<?([^\s<>@]{1,500}@[^\s<>@]{1,255})>?")
# What a provider gave up by its own list, where the world said nothing: is it the address?
LISTED = {"bounced": "5.1.1", "invalid": "5.1.3"}
SOFT = re.compile(r"\A(?:soft|transient|temporary)", re.IGNORECASE)


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", content_type="text/plain; charset=utf-8", status=status)


def _heard(request: HttpRequest, provider: str) -> HttpResponse | Any:
    """The anymail view that knows the request for its provider's, or the answer that ends it."""
    if provider not in providers.PROVIDERS or not providers.secrets(provider):
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()  # some look whether the door is there before they use it
    if providers.asks_for_password(provider) and "Authorization" not in request.headers:
        asked = _answer(401, "Say who you are.")  # Amazon sends the password only when it is asked
        asked.headers["WWW-Authenticate"] = 'Basic realm="providers"'
        return asked
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _answer(413, "That is larger than is taken in here.")
    try:
        view = providers.proven(provider, request)
    except NotProven:
        view = None
    signed = providers.signed_alone(provider, request) if view else None
    if view is None or (signed and not actions.first_with(*signed, at=datetime.now(UTC))):
        log.warning("a provider's request was not proven", provider=provider)
        return _answer(403, "The signature or the password is not right, is too old, or was used for something else.")
    return view


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def inbound(request: HttpRequest, provider: str) -> HttpResponse:
    """Take in the mail that a provider hands over."""
    view = _heard(request, provider)
    if isinstance(view, HttpResponse):
        return view
    if not enough_space(settings.TALANOA.max_mail_bytes):
        log.error("the disk is nearly full; mail is put off", provider=provider)
        return _answer(503, "The disk is nearly full. Come again.")
    try:
        brought = _announced(request) or providers.mails(provider, request)
    except Unusable as sentence:
        log.warning("a provider's request cannot be used", provider=provider, reason=str(sentence))
        return _answer(422, str(sentence))
    if isinstance(brought, HttpResponse):
        return brought
    numbers = _keep(brought, provider, at=datetime.now(UTC))
    return _answer(200, f"Kept {len(numbers)}.")


def _keep(brought: Iterable[Brought], provider: str, *, at: datetime) -> list[int]:
    """Keep mails for all addresses of ours that they came to, in one commit; what came before is not kept again (D5)."""
    numbers = []
    with transaction.atomic():
        for mail in brought:
            ours = [one for one in dict.fromkeys(mail.recipients) if destinations.resolve(one)]
            # No later attempt could make these welcome: an answer that asks for one would only bring them again.
            if not ours or hops(mail.raw) > MOST_HOPS or len(mail.raw) > settings.TALANOA.max_mail_bytes:
                log.info("mail refused", provider=provider, size=len(mail.raw), hops=hops(mail.raw), ours=len(ours))
                continue
            sender = _sender(mail)
            numbers += [
                actions.keep(mail.raw, recipient=one, envelope_sender=sender, door=provider, at=at).pk
                for one in ours
                if len(one.encode()) <= ADDRESS_LIMIT and not kept(mail.raw, one)
            ]
    log.info("kept", mails=numbers, provider=provider)
    return numbers


def _sender(mail: Brought) -> str:
    """The envelope sender; where the provider keeps silent, the author: none would mean that a machine wrote it."""
    if mail.envelope_sender is not None:
        return mail.envelope_sender.strip("<> ")[:ADDRESS_LIMIT]
    return parseaddr(str(BytesHeaderParser().parsebytes(mail.raw[:65_536]).get("From", "")))[1][:ADDRESS_LIMIT]


def _announced(request: HttpRequest) -> HttpResponse | None:
    """Amazon asks once whether we want to hear of a topic; the administrator says yes, with the link in the log."""
    if request.headers.get("x-amz-sns-message-type") != "SubscriptionConfirmation":
        return None
    link = next((one for one in providers.words(_json(request)) if one.startswith("https://sns.")), "")
    log.warning("Amazon asks for a confirmation; open this link", link=link)
    return _answer(200, "The administrator will confirm.")


def _json(request: HttpRequest) -> object:
    import json

    try:
        return json.loads(request.body)
    except ValueError:
        return None


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def tracking(request: HttpRequest, provider: str) -> HttpResponse:
    """Hear of copies that came back, were refused, or were called spam."""
    view = _heard(request, provider)
    if isinstance(view, HttpResponse):
        return view
    if asked := _announced(request):
        return asked
    from anymail.exceptions import AnymailError

    try:
        events = view.parse_events(request)
    except (AnymailError, LookupError, TypeError, ValueError, AttributeError, AssertionError, RecursionError) as fault:
        log.warning("a provider's request cannot be used", provider=provider, fault=type(fault).__name__)
        return _answer(422, "These are no events. Is it the address for mail?")
    at = datetime.now(UTC)
    counted = sum(_note(event, at) for event in events)
    log.info("heard of copies", provider=provider, events=len(events), counted=counted)
    return _answer(200, f"Counted {counted} of {len(events)}.")


def _note(event: Any, at: datetime) -> bool:
    """Pass one event on; False if it changes nothing. A delay is no failure: the provider tries on."""
    if event.event_type not in ("bounced", "rejected", "failed", "complained"):
        return False
    delivery = _copy(event)
    if delivery is None:
        return False
    if event.event_type == "complained" or event.reject_reason == "spam":
        return reports.complained(delivery, at=at)
    said = str(event.mta_response or event.description or "")[:1_000]
    listed = LISTED.get(str(event.reject_reason), "") if event.event_type != "failed" else ""
    soft = any(SOFT.match(one) for one in providers.words(event.esp_event) if len(one) < 40)
    failure = told_failure(str(event.recipient or ""), said, listed, soft=soft)
    return reports.bounced(delivery, [failure], at=at, words=said)


def _copy(event: Any) -> int | None:
    """The copy that an event is about: by our token wherever it stands, else by Message-ID and recipient together."""
    ids = []
    for word in providers.words([event.esp_event, event.metadata, event.message_id]):
        for found in TOKEN.finditer(word[:2_000]):
            number = tokens.unseal("bounce", found[1] or found[2])
            if number is not None:
                return number
        if named := MESSAGE_ID.fullmatch(word.strip()):
            ids.append(f"<{named[1]}>")
    return copy_of(ids, str(event.recipient or ""))


urlpatterns = [
    path("<slug:provider>/inbound", inbound, name="provider-inbound"),
    path("<slug:provider>/inbound/mime", inbound, name="provider-inbound-mime"),  # by this end Mailgun knows what to send
    path("<slug:provider>/tracking", tracking, name="provider-tracking"),
]
