"""What every request passes on its way in and every answer on its way out."""

import secrets
import struct
import zlib
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from talanoa.locale import spoken
from talanoa.people.actions import see
from talanoa.people.lookups import signed_in
from talanoa.website.request import Request

Answer = Callable[[Request], HttpResponse]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Our own pages may know where a reader came from; nobody else.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}


def security_headers(get_response: Answer) -> Answer:
    """Say on every answer, files included, what browsers and caches must not do with it."""
    fixed = dict(HEADERS)
    if settings.TALANOA.base_url.startswith("https://"):
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    def answer(request: Request) -> HttpResponse:
        response = get_response(request)
        headers = response.headers
        for name, value in fixed.items():
            headers.setdefault(name, value)
        if response.cookies or getattr(request, "identified", False):
            # A shared cache once showed 149 people pages that were not theirs (P6).
            headers["Cache-Control"] = "private, no-store"
        else:
            headers.setdefault("Cache-Control", "no-cache")
        return response

    return answer


COMPRESSIBLE = ("text/", "application/json", "image/svg+xml")
FROM_BYTES = 600  # below this a packet is a packet
LEVEL = 3  # 100 kB of letters: level 1 leaves 13.3 kB after 0.45 ms, 3 leaves 10.5 after 0.45, 6 leaves 8.8 after 0.96


def gzipped(content: bytes) -> bytes:
    """A gzip stream with a file name of random length.

    The noise hides from a listener by how much a page shrank: secrets could be guessed from that (BREACH).
    """
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    noise = b"a" * secrets.randbelow(64)
    return b"".join(
        (
            b"\x1f\x8b\x08\x08\0\0\0\0\0\xff",
            noise,
            b"\0",
            packer.compress(content),
            packer.flush(),
            struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF),
        )
    )


def compressed(get_response: Answer) -> Answer:
    """Pages leave compressed where the browser takes it."""

    def answer(request: Request) -> HttpResponse:
        response = get_response(request)
        if response.streaming or response.has_header("Content-Encoding"):
            return response
        if not response.headers.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" in request.headers.get("Accept-Encoding", "") and len(response.content) >= FROM_BYTES:
            response.content = gzipped(response.content)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer


def session_cookie() -> str:
    """The cookie's name; the prefix makes browsers refuse it from other hosts, paths and plain http."""
    return "__Host-talanoa" if settings.SESSION_COOKIE_SECURE else "talanoa"


def on_behalf_of(get_response: Answer) -> Answer:
    """Know who asks and when: `request.person`, `request.visit` (the session) and `request.at`.

    The language is the first of the person's that we speak, else the browser's; the zone is the person's, else UTC.
    """
    cookie = session_cookie()

    def answer(request: Request) -> HttpResponse:
        if request.path_info != "/healthz":  # load balancers ask by number
            # A name that is not ours would let another site stand in our place (DNS rebinding).
            request.get_host()
        request.at = timezone.now()
        token = request.COOKIES.get(cookie)
        request.identified = token is not None
        request.visit = visit = signed_in(token, request.at) if token else None
        request.person = person = visit.person if visit else None
        if visit and person:
            see(visit, at=request.at)
        translation.activate(spoken(person.languages if person else "", translation.get_language_from_request(request)))
        with timezone.override(zone(person.timezone) if person else zone("UTC")):
            response = get_response(request)
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return answer


def zone(name: str) -> ZoneInfo:
    """An IANA zone; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")

