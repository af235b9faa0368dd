"""The pages of the demo's post office: everybody's mailbox, to read and to answer from.

Whoever can open them can be anybody. They exist in the demo alone, on invented mail.
"""

import base64
import functools
import itertools
import secrets
from collections.abc import Iterable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities.models import Community
from talanoa.demo import answering, life, post_office, story
from talanoa.demo.mailboxes import Kept, Mailboxes
from talanoa.mail.reading.parsing import Letter, read
from talanoa.people.lookups import by_address
from talanoa.people.models import Address, Person

form = require_http_methods(["GET", "HEAD", "POST"])


@functools.cache
def _boxes() -> Mailboxes:
    return post_office.boxes_in(settings.TALANOA.home)


@require_safe
def mailboxes(request: HttpRequest) -> HttpResponse:
    """Everybody's mailbox; first those with whom one begins."""
    counts = _boxes().counts()
    sought = request.GET.get("who", "").strip().casefold()
    rows = [
        (person, address, *counts.pop(address, (0, 0)))
        for address, person in _addresses()
        if sought in f"{person.name} {person.organisation} {address}".casefold()
    ]
    first = [story.people()[key].address for key in (life.FACILITATOR, life.MEMBER)]
    strangers = [(None, address, *counts[address]) for address in sorted(counts) if not sought or sought in address]
    return render(
        request,
        "demo/mailboxes.html",
        {
            "sought": request.GET.get("who", ""),
            "begin": [row for row in rows if row[1] in first] if not sought else [],
            "others": [row for row in rows if row[1] not in first or sought],
            "strangers": strangers,
        },
    )


def _addresses() -> Iterable[tuple[str, Person]]:
    for found in Address.objects.filter(first=True).select_related("person").order_by("person__name"):
        yield found.canonical, found.person


@require_safe
def mailbox(request: HttpRequest, address: str) -> HttpResponse:
    """What came to an address, the latest first."""
    letters = _boxes().letters(address)
    owner = _owner(address, letters)
    return render(request, "demo/mailbox.html", {"owner": owner, "address": address, "letters": letters})


def _owner(address: str, letters: object = None) -> Person | None:
    person = by_address(address)
    if person is None and not letters:
        raise Http404
    return person


def _opened(address: str, pk: int) -> tuple[Kept, Letter]:
    kept = _boxes().letter(address, pk)
    if kept is None:
        raise Http404
    return kept, read(kept.content)


@form
def letter(request: HttpRequest, address: str, pk: int) -> HttpResponse:
    """A letter as its reader has it, and the sheet for an answer."""
    kept, said = _opened(address, pk)
    owner = _owner(address, kept)
    whom = {} if kept.sent else answering.recipients(said)
    wrong, text = "", ""
    if request.method == "POST" and whom:
        text = _typed(request, "text")
        to = request.POST.get("to", "")
        if not text:
            wrong = _("Write something first.")
        elif to in whom:
            raw = answering.answer(
                said,
                name=owner.name if owner else "",
                address=address,
                to=(whom[to], to),
                text=text,
                quote="quote" in request.POST,
                message_id=_message_id(address),
                at=timezone.localtime(),
            )
            wrong = _carry(request, raw, address, to)
            if not wrong:
                return HttpResponseRedirect(f"/post-office/{address}/")
    _boxes().mark_read(pk)
    head = kept.content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")
    return render(
        request,
        "demo/letter.html",
        {
            "owner": owner,
            "address": address,
            "kept": kept,
            "letter": said,
            "words": _shown(said.text.strip()),
            "head": head,
            "whom": whom,
            "wrong": wrong,
            "text": text,
        },
    )


def _shown(text: str) -> SafeString:
    """A plain text with its links, and with quotations and what stands below the last rule set back."""
    own, rule, foot = text.rpartition("\n-- \n")
    made = []
    for quoted, lines in itertools.groupby((own or foot).split("\n"), lambda line: line.startswith(">")):
        words = urlize("\n".join(lines), autoescape=True)
        made.append(f'<span class="said">{words}\n</span>' if quoted else f"{words}\n")
    if rule:
        made.append(f'<span class="said">{urlize(rule.lstrip() + foot, autoescape=True)}</span>')
    return mark_safe("".join(made))  # noqa: S308  # urlize has escaped every word


@form
def write(request: HttpRequest, address: str) -> HttpResponse:
    """A sheet for a letter that begins something."""
    owner = _owner(address, _boxes().letters(address, most=1))
    places = list(Community.objects.order_by("-founded_at"))
    to = request.POST.get("to", places[-1].address if places else "").strip()
    subject, text = " ".join(_typed(request, "subject").split()), _typed(request, "text")
    wrong = {}
    if request.method == "POST":
        if "@" not in to or any(char.isspace() for char in to):
            wrong["to"] = _("This is no e-mail address.")
        if not text:
            wrong["text"] = _("Write something first.")
        if not wrong:
            name = owner.name if owner else ""
            raw = answering.write(
                name=name, address=address, to=("", to), subject=subject, text=text,
                message_id=_message_id(address), at=timezone.localtime(),
            )  # fmt: skip
            refused = _carry(request, raw, address, to)
            if not refused:
                return HttpResponseRedirect(f"/post-office/{address}/")
            wrong["to"] = refused
    return render(
        request,
        "demo/write.html",
        {"owner": owner, "address": address, "places": places, "values": {"to": to, "subject": subject, "text": text}, "wrong": wrong},
    )


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _message_id(address: str) -> str:
    return f"<{secrets.token_hex(12)}@{address.rpartition('@')[2]}>"


def _carry(request: HttpRequest, raw: bytes, address: str, to: str) -> str:
    """Send a mail; returns what the mail door said against it, or "" when it is on its way."""
    try:
        post_office.send(
            raw,
            sender=address,
            to=[to],
            ours=settings.TALANOA.mail_domain,
            lmtp=settings.TALANOA.lmtp,
            boxes=_boxes(),
            at=timezone.now(),
        )
    except post_office.NotTaken as refusal:
        return _("The mail door refused it: %(words)s") % {"words": refusal}
    messages.success(request, _("Your letter to %(address)s is on its way. What becomes of it stands in the mail log.") % {"address": to})
    return ""


@require_safe
def letter_html(_request: HttpRequest, address: str, pk: int) -> HttpResponse:
    """The HTML of a letter for its frame: no scripts, nothing from elsewhere, no right to anything."""
    kept, said = _opened(address, pk)
    # As it was written, not as Talanoa's pages would show it: here one sees what members get.
    whole = message_from_bytes(kept.content, policy=default)
    assert isinstance(whole, EmailMessage)
    body = whole.get_body(("html",))
    page = str(body.get_content()) if body else ""
    for part in said.attachments:
        if part.content_id and part.media_type.startswith("image/"):
            inline = f"data:{part.media_type};base64,{base64.b64encode(part.content).decode()}"
            page = page.replace(f"cid:{part.content_id}", inline)
    answer = HttpResponse(f'<!doctype html><meta charset="utf-8"><base target="_blank">{page}')
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@require_safe
def letter_bytes(_request: HttpRequest, address: str, pk: int) -> HttpResponse:
    """A letter byte for byte as it came."""
    kept, _said = _opened(address, pk)
    return HttpResponse(kept.content, content_type="text/plain; charset=utf-8")


@require_safe
def file(_request: HttpRequest, address: str, pk: int, number: int) -> HttpResponse:
    """An attachment, always to be saved and never to be shown: it may be anything."""
    _kept, said = _opened(address, pk)
    if number >= len(said.attachments):
        raise Http404
    part = said.attachments[number]
    answer = HttpResponse(part.content, content_type="application/octet-stream")
    name = part.name.encode("ascii", "replace").decode().replace('"', "'")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def style(_request: HttpRequest) -> HttpResponse:
    """The few lines that the post office adds to the style of the house."""
    return HttpResponse((Path(__file__).parent / "post_office.css").read_text(encoding="utf-8"), content_type="text/css")
