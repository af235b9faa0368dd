"""The door to a language model: any service that speaks the chat interface of OpenAI (POST …/chat/completions)."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 90
MOST_BYTES = 1_000_000


class NoAnswer(Exception):
    """The service gave nothing that can be used; `str()` says what happened."""


def offered() -> bool:
    """Whether an administrator has named a service; without one there is none, and nothing is ever sent."""
    return bool(settings.TALANOA.model_url)


def ask(messages: Sequence[dict[str, str]]) -> str:
    """The service's answer, as text. Raises NoAnswer."""
    request = urllib.request.Request(  # noqa: S310  the settings take http and https alone
        f"{settings.TALANOA.model_url.rstrip('/')}/chat/completions",
        data=json.dumps({"model": settings.TALANOA.model_name, "messages": list(messages), "temperature": 0}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {settings.TALANOA.model_key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  see above
            told = json.loads(answer.read(MOST_BYTES))
        words = told["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as refusal:
        raise NoAnswer(_("The service refused with the number %(code)d. Ask your administrator.") % {"code": refusal.code}) from refusal
    except (OSError, ValueError, LookupError, TypeError) as fault:
        raise NoAnswer(_("The service did not answer in a form that can be used. Nothing was changed; try again.")) from fault
    if not isinstance(words, str) or not words.strip():
        raise NoAnswer(_("The service answered with nothing."))
    return words
