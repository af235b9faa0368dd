"""Conversations to read: the list, one of them, one message, an attachment."""

import io
from typing import IO

from django.http import FileResponse, Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from talanoa.communities.lookups import Standing, standing
from talanoa.conversations import lookups
from talanoa.conversations.lookups import Shown
from talanoa.website.conversations.letters import RASTER, files, masked, sheets
from talanoa.website.places import page_number, place, reader
from talanoa.website.request import Request

ON_A_PAGE = 50
ROWS = 30

def _for(request: Request, letters: list[Shown]) -> list[Shown]:
    if request.person is not None:
        return letters
    return [
        letter._replace(html=masked(letter.html), author_name=masked(letter.author_name), name=masked(letter.name or ""))
        for letter in letters
    ]


def _page(request: Request, here: Standing, template: str, facts: dict[str, object]) -> HttpResponse:
    return render(request, template, {"standing": here, "community": here.community, "masked": _mask(request), **facts})


def _mask(request: Request) -> object:
    return masked if request.person is None else str


@require_safe
def listing(request: Request, slug: str) -> HttpResponse:
    """All conversations, the latest first."""
    here = reader(request, slug)
    number = page_number(request)
    begin = (number - 1) * ROWS
    # One more than is shown tells whether there is a next page, without counting them all.
    rows = lookups.conversations(here, most=ROWS + 1, after=begin)
    if not rows and number > 1:
        raise Http404
    return _page(
        request,
        here,
        "website/conversations/listing.html",
        {"rows": rows[:ROWS], "number": number, "more": len(rows) > ROWS},
    )


@require_safe
def conversation(request: Request, slug: str, pk: int) -> HttpResponse:
    """One conversation as an exchange of letters; longer ones in pages by the letters' numbers, so that links stay."""
    here = reader(request, slug)
    found = lookups.conversation(here, pk)
    if found is None:
        raise Http404
    pages = -(-found.last // ON_A_PAGE)  # type: ignore[attr-defined]  # the query gives it
    number = page_number(request)
    if number > pages:
        raise Http404
    letters = lookups.shown(here, pk, (number - 1) * ON_A_PAGE + 1, number * ON_A_PAGE)
    return _page(
        request,
        here,
        "website/conversations/conversation.html",
        {
            "conversation": found,
            "letters": sheets(
                letters,
                lookups.attachments(here, [letter.pk for letter in letters]),
                slug=slug,
                reader=request.person.pk if request.person else None,
                meets=here.meets,
            ),
            "number": number,
            "pages": pages,
        },
    )


@require_safe
def message(request: Request, slug: str, key: str) -> HttpResponse:
    """The permanent page of one message, with what it answers and what answers it."""
    here = reader(request, slug)
    post = lookups.post(here, key)
    if post is None:
        raise Http404
    if key != post.key:
        return HttpResponsePermanentRedirect(f"/c/{slug}/m/{post.key}")
    around = lookups.shown(here, post.conversation_id, max(1, post.number - 1), post.number + 1)
    answers = list(lookups.posts(here).filter(parent=post).values_list("pk", flat=True)[:ON_A_PAGE])
    wanted = [post.pk, *answers, *([post.parent_id] if post.parent_id else [])]
    attached = lookups.attachments(here, [post.pk]).get(post.pk)
    letters = {letter.pk: letter for letter in _for(request, lookups.shown_alone(here, wanted))}
    return _page(
        request,
        here,
        "website/conversations/message.html",
        {
            "conversation": post.conversation,
            "post": post,
            "letter": letters[post.pk],
            "parent": letters.get(post.parent_id) if post.parent_id else None,
            "answers": [letters[pk] for pk in answers if pk in letters],
            "before": next((letter for letter in around if letter.number < post.number), None),
            "after": next((letter for letter in around if letter.number > post.number), None),
            "files": files(attached, f"/c/{slug}/m/{post.key}") if attached else "",
            "page": -(-post.number // ON_A_PAGE),
        },
    )


@require_safe
def attachment(request: Request, slug: str, key: str, pk: int) -> FileResponse:
    """The file itself, as something to keep; only pictures that browsers merely paint are shown (P5)."""
    here = place(request, slug)
    found = lookups.attachment(here, key, pk)
    if found is None:
        raise Http404
    painted = found.media_type in RASTER
    try:
        # A HEAD asks for no bytes, and Django would leave the file open.
        content: IO[bytes] = found.file.open("rb") if request.method == "GET" else io.BytesIO()
    except FileNotFoundError as missing:
        raise Http404 from missing
    answer = FileResponse(content, content_type=found.media_type if painted else "application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(not painted, found.name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Length"] = str(found.size)
    return answer



@csrf_exempt  # nothing is done here, whatever is sent
def moved(request: Request, old: str) -> HttpResponse:
    """Where a message from an archive stood before: on to its permanent link, for who may read it; else there is no such page (P2)."""
    if request.method in {"GET", "HEAD"}:
        for post in lookups.moved(f"/{old}".rstrip("/")):
            if standing(request.person, post.community).reads:
                return HttpResponsePermanentRedirect(f"/c/{post.community.slug}/m/{post.key}")
    raise Http404
