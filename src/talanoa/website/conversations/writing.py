"""Writing from the pages: what is written becomes a mail that walks the same path as any other."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talanoa.communities.lookups import Standing
from talanoa.conversations import actions, lookups
from talanoa.conversations.models import Post
from talanoa.mail.lookups import written_by
from talanoa.mail.models import Received
from talanoa.mail.sending.writing import Part
from talanoa.website.places import place, writer
from talanoa.website.request import Known, Request

LONGEST = 200_000  # characters; a book chapter
LONGEST_SUBJECT = 300

form = require_http_methods(["GET", "HEAD", "POST"])


def _words(request: Request, name: str) -> str:
    """What was typed, with line ends as mail and database have them."""
    return request.POST.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _wrong(subject: str | None, text: str) -> dict[str, str]:
    """What keeps these words from being sent, by field."""
    wrong = {}
    if subject is not None and not subject:
        wrong["subject"] = _("Give it a subject, so that people know what it is about.")
    elif subject is not None and len(subject) > LONGEST_SUBJECT:
        wrong["subject"] = _("Make the subject shorter; mail programs show about 70 letters of it.")
    if not text:
        wrong["text"] = _("Write something; an empty letter would reach everybody.")
    elif len(text) > LONGEST:
        wrong["text"] = _("This is longer than a letter can be. Put the long part into a file and tell what is in it.")
    return wrong


def _compose(
    request: Request,
    here: Standing,
    template: str,
    send: Callable[[str, str], HttpResponse],
    *,
    with_subject: bool,
    **facts: object,
) -> HttpResponse:
    """The sheet to write on; when it comes back filled in, `send` takes it."""
    subject, text, wrong = "", "", {}
    if request.method == "POST":
        subject = " ".join(_words(request, "subject").split())
        text = _words(request, "text")
        wrong = _wrong(subject if with_subject else None, text)
        if not wrong:
            try:
                return send(subject, text)
            except actions.CannotWrite as refused:
                wrong = {"text": str(refused)}
    facts |= {"standing": here, "community": here.community, "subject": subject, "text": text, "wrong": wrong}
    return render(request, template, facts, status=422 if wrong else 200)


def _files(request: Request) -> list[Part]:
    """What was put beside the letter. Refused before it is read into memory when it is too much for a mail."""
    files = request.FILES.getlist("files")
    # Base64 makes four bytes of three.
    if sum(file.size or 0 for file in files) * 4 // 3 > settings.TALANOA.max_mail_bytes:
        raise actions.CannotWrite(
            _("The attachments are too large together; %(most)d MB is the most a mail can carry.")
            % {"most": settings.TALANOA.max_mail_mb * 3 // 4}
        )
    return [Part(file.name or "", file.content_type or "application/octet-stream", file.read()) for file in files]


def _post(here: Standing, key: str) -> Post:
    post = lookups.post(here, key)
    if post is None:
        raise Http404
    return post


@form
def write(request: Known, slug: str) -> HttpResponse:
    """Begin a conversation."""
    here = writer(request, slug)

    def send(subject: str, text: str) -> HttpResponse:
        with transaction.atomic():
            kept = actions.write(here.community, request.person, subject=subject, text=text, attachments=_files(request), at=request.at)
        return HttpResponseRedirect(f"/c/{slug}/sent/{kept.pk}")

    return _compose(request, here, "website/conversations/write.html", send, with_subject=True, post=None)


@form
def answer(request: Known, slug: str, key: str) -> HttpResponse:
    """Answer a message to everybody."""
    here = writer(request, slug)
    post = _post(here, key)

    def send(_subject: str, text: str) -> HttpResponse:
        with transaction.atomic():
            kept = actions.write(
                here.community,
                request.person,
                subject=post.subject,
                text=text,
                answers=post,
                attachments=_files(request),
                at=request.at,
            )
        return HttpResponseRedirect(f"/c/{slug}/sent/{kept.pk}")

    return _compose(request, here, "website/conversations/write.html", send, with_subject=False, post=post)


@form
def answer_privately(request: Known, slug: str, key: str) -> HttpResponse:
    """Write to the author of a message alone; the archive keeps nothing of it."""
    here = writer(request, slug)
    post = _post(here, key)
    if post.author is None:
        raise Http404

    def send(_subject: str, text: str) -> HttpResponse:
        with transaction.atomic():
            actions.write_privately(post, request.person, text=text, at=request.at)
        messages.success(
            request, _("Your letter to %(name)s is on its way. Their answer comes to your mailbox.") % {"name": post.author}
        )
        return HttpResponseRedirect(f"/c/{slug}/m/{post.key}")

    return _compose(request, here, "website/conversations/privately.html", send, with_subject=False, post=post)


@require_safe
def sent(request: Request, slug: str, pk: int) -> HttpResponse:
    """Where a mail stands that the person wrote here."""
    here = place(request, slug)
    mine = written_by(request.person.pk, pk) if request.person else None
    if mine is None or mine.recipient != here.community.address:
        raise Http404
    post = lookups.posts(here).filter(received=mine).first()
    asked_again = "HX-Request" in request.headers
    if asked_again and mine.state == Received.State.WAITING and mine.fate != "queued":
        return HttpResponse(status=204)  # the page stays as it is, or a screen reader would say it every three seconds
    template = "website/conversations/stands.html" if asked_again else "website/conversations/sent.html"
    return render(request, template, {"standing": here, "community": here.community, "mail": mine, "post": post})
