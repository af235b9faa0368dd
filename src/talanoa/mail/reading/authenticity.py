"""What our own edge says about the sender (RFC 8601, promise A1).

Only the Authentication-Results that our edge put on top are believed: the
topmost run of them, because everything below was there when the mail arrived
and may be forged. An edge must also remove forged ones that bear its name
(RFC 8601 section 5); `docs` say how.
"""

from __future__ import annotations

import re
from typing import Any

from talanoa.mail.reading.headers import Field
from talanoa.mail.reading.letter import Authenticity, Mailbox

# Second-level names under which strangers register: they align nobody.
REGISTRIES = frozenset({"co", "com", "org", "net", "edu", "gov", "ac", "or", "go", "ne", "gob", "gouv"})
RESULTS = frozenset("pass fail none neutral softfail temperror permerror policy hardfail bestguesspass".split())


def aligned(author_domain: str, domain: str) -> bool:
    """Whether a checked domain speaks for the author's domain.

    Equal, or a parent of it; compared by labels, never as strings (promise
    A10).
    """
    author = author_domain.lower().rstrip(".").split(".")
    checked = domain.lower().rstrip(".").split(".")
    if len(checked) < 2 or (len(checked) == 2 and checked[0] in REGISTRIES and author != checked):
        return False
    return author[-len(checked) :] == checked


def authenticity(fields: list[Field], sender: Mailbox | None, trusted: str) -> Authenticity:
    """The results that `trusted`, the name of our edge, put on this mail."""
    wanted = trusted.strip().lower()
    if not wanted:
        return Authenticity()
    results: list[object] = []
    hops = 0
    for field in fields:
        name = field.name.lower()
        if name == "received":
            hops += 1
            if results or hops > 1:
                break
        elif name == "authentication-results":
            found = _parsed(field.value)
            if found is None:
                continue
            if str(found.authserv_id or "").lower() == wanted:
                results.extend(found.results)
            elif results:
                break
    return _judged(results, sender)


def _parsed(value: str) -> Any:
    # Imported when there is an edge to be believed.
    import authres

    try:
        return authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value[:8000]}")
    except Exception:  # noqa: BLE001 - a library that reads what strangers wrote
        return None


def _judged(results: list[object], sender: Mailbox | None) -> Authenticity:
    author = sender.address.rpartition("@")[2] if sender else ""
    said: dict[str, str] = {}
    proven = False
    for result in results:
        method = str(getattr(result, "method", "")).lower()
        word = str(getattr(result, "result", "")).lower()
        if method not in ("spf", "dkim", "dmarc", "arc") or word not in RESULTS:
            continue
        domain = _domain(method, result)
        if word == "pass" and author and domain and aligned(author, domain):
            proven = True
            said[method] = word
        elif said.get(method) != "pass":
            # Any passing signature counts; of the others the first is told.
            said[method] = word if word == "pass" else said.get(method, word)
    proven = proven and said.get("dmarc") not in ("fail", "permerror")
    return Authenticity(
        said.get("spf"),
        said.get("dkim"),
        said.get("dmarc"),
        author if proven else None,
        proven,
        said.get("arc"),
        _told(results),
    )


def _told(results: list[object]) -> str:
    """The results as a header can repeat them: ASCII, folded, and not longer than is useful."""
    words = [re.sub(r"[^ -~]|;", "", str(one))[:900].strip() for one in results[:20]]
    return ";\r\n ".join(word for word in words if word)


def _domain(method: str, result: object) -> str:
    """The domain that a result is about: (type, property) pairs of RFC 8601, section 2.7."""
    wanted: tuple[tuple[str, str], ...] = {
        "spf": (("smtp", "mailfrom"),),
        "dkim": (("header", "d"), ("header", "i")),
        "dmarc": (("header", "from"),),
    }.get(method, ())
    told = {(one.type, one.name): one.value for one in getattr(result, "properties", ())}
    for pair in wanted:
        if value := told.get(pair):
            return str(value).rpartition("@")[2]
    return ""
