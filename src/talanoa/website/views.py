"""Pages that belong to no room."""

from django.http import HttpRequest, HttpResponse


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old."""
    return HttpResponse(status=403)
