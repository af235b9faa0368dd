"""A request as our pages see it: who asks, and when."""

from datetime import datetime

from django.http import HttpRequest

from talanoa.people.models import Person, Session


class Request(HttpRequest):
    """What `middleware.on_behalf_of` makes of a request."""

    at: datetime
    person: Person | None
    visit: Session | None  # the session of the browser
    identified: bool  # a session cookie came, living or not
    desk: bool  # whether the person keeps a desk, once it was asked


class Known(Request):
    """The same behind a check that somebody is signed in."""

    person: Person
