"""The letter that tells what is new for a saved search."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from talanoa.mail import tokens
from talanoa.mail.sending import house_letters
from talanoa.people.lookups import first_address
from talanoa.search import sentences
from talanoa.search.models import Saved

ENDING = "saved search"  # the purpose of the token that ends one


def new(of: Saved, results: Sequence[Any], *, at: datetime) -> str:
    """Sent to the first address of who saved it; returns why none was sent, or ""."""
    address = first_address(of.person)
    if address is None:
        return "there is no address"
    base = settings.TALANOA.base_url.rstrip("/")
    ends = f"{base}/searches/end/{tokens.seal(ENDING, of.pk)}"
    house_letters.send(
        "search/letters/new.txt",
        to=address,
        languages=(of.person.languages, of.community.language if of.community else ""),
        at=at,
        saved=of,
        results=results,
        kind_words=sentences.kind,
        base=base,
        ends=ends,
    )
    return ""
