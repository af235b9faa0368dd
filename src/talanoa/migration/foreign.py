"""Messages that archives keep as JSON, written as mail: the same message always gives the same bytes; pure."""

import html
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

_TAGS = re.compile(r"<[^<>]{1,2000}>")
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/li|/tr|/h\d)\b[^<>]{0,200}>")


def apart(told: object) -> list[Any]:
    """The messages of a list, or of an object that holds a list of them, as Yahoo's topics do; else the object itself."""
    inner = told.get("ygData", told) if isinstance(told, dict) else told
    those = inner.get("messages", inner) if isinstance(inner, dict) else inner
    return those if isinstance(those, list) else [told]


def number(told: object) -> str:
    """The number that a message had in its group at Yahoo, or ""."""
    inner = told.get("ygData", told) if isinstance(told, dict) else {}
    given = inner.get("msgId") if isinstance(inner, dict) else None
    return str(given) if isinstance(given, int) or (isinstance(given, str) and given.isdecimal()) else ""


def from_line(told: object) -> bytes:
    """The mail that an object tells of; ValueError with a few words where it tells of none."""
    if not isinstance(told, dict):
        raise ValueError("it is no object")  # noqa: TRY004  what a stranger's file says is a value
    inner = told.get("ygData")
    told = inner if isinstance(inner, dict) else told
    if isinstance(raw := told.get("rawEmail"), str) and raw.strip():
        # Yahoo wrote the whole mail, with <, > and & as HTML has them.
        return html.unescape(raw).encode("utf-8", "surrogatepass")
    body = next((told[name] for name in ("body", "messageBody", "text", "content") if isinstance(told.get(name), str)), None)
    if body is None:
        raise ValueError("it has neither rawEmail nor a body")
    return _written(told, body)


def _written(told: dict[str, Any], body: str) -> bytes:
    if "messageBody" in told or body.lstrip()[:1] == "<":
        body = html.unescape(_TAGS.sub("", _BREAKS.sub("\n", body)))
    number = told.get("msgId")
    fields = {
        "From": _author(told),
        "Date": _date(told),
        "Subject": _one_line(html.unescape(_text(told, "subject"))),
        "Message-ID": _id(_text(told, "message_id", "messageId", "message-id")) or (f"<{number}@groups.yahoo.invalid>" if number else ""),
        "In-Reply-To": _id(_text(told, "in_reply_to", "inReplyTo", "in-reply-to"))
        or (f"<{told['prevInTopic']}@groups.yahoo.invalid>" if told.get("prevInTopic") else ""),
        "References": " ".join(_ids(told.get("references"))),
        "X-Yahoo-Message-Num": str(number) if number else "",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    return f"{head}\n{body.rstrip()}\n".replace("\r\n", "\n").encode("utf-8", "backslashreplace")


def _text(told: dict[str, Any], *names: str) -> str:
    return next((str(told[name]) for name in names if isinstance(told.get(name), str | int) and told[name]), "")


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _author(told: dict[str, Any]) -> str:
    if isinstance(inner := told.get("from") or told.get("author"), dict):
        told = inner | {"from_name": inner.get("name"), "from_email": inner.get("email") or inner.get("address")}
    name = _one_line(html.unescape(_text(told, "from_name", "authorName", "author", "name")))
    address = _one_line(html.unescape(_text(told, "from_email", "from", "email", "profile")))
    if found := re.search(r"<([^<>]*)>", address):
        name, address = name or address[: found.start()].strip(' "'), found[1]
    if "@" not in address:
        name, address = name or address, ""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address or "nobody@invalid"}>' if name else address


def _date(told: dict[str, Any]) -> str:
    given = _text(told, "date", "postDate", "created", "timestamp")
    try:
        moment = datetime.fromtimestamp(int(given), UTC) if given.isdigit() else datetime.fromisoformat(given)
    except (ValueError, OverflowError, OSError):
        return _one_line(given)
    return format_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _id(text: str) -> str:
    text = _one_line(text).strip("<> ").replace(" ", "")
    return f"<{text}>" if text else ""


def _ids(given: object) -> list[str]:
    several = given if isinstance(given, list) else str(given or "").split()
    return [made for one in several if (made := _id(str(one)))]
