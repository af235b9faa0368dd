"""How the mail programs of our people write: wrapping, signatures, and the many ways to quote. Pure."""

import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from html import escape

MARGIN = 72
_RULE = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"
_FLOWING = frozenset({"phone"})  # these leave the breaking of lines to the reader


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a letter answers, as its author's mail program saw it."""

    sender: str
    address: str  # the community's: a copy comes from there
    to: str
    subject: str
    at: datetime  # in the zone of the one who answers
    text: str


def wrapped(text: str, client: str) -> str:
    """The text with the line ends that the client puts in; lists and quotations keep theirs."""
    if client in _FLOWING:
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if len(line) <= MARGIN:
        return line
    hang = re.match(r"(> ?|[-*•] |\(?\d{1,2}[.)] )?", line)[0]  # type: ignore[index]  # it matches the empty text
    later = hang if hang.startswith(">") else ""
    # A line in a script without spaces is left whole: a break inside a word is worse than a long line.
    return textwrap.fill(line, MARGIN, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)


def signature(name: str, lines: list[str], client: str) -> str:
    """What the client puts beneath a letter."""
    if client == "phone":
        return "Sent from my phone"
    return "\n".join(["-- ", name, *lines]) if lines else ""


def attribution(quoted: Quoted, client: str) -> str:
    """The line, or the block, that says whose words follow."""
    day = f"{quoted.at:%a}, {quoted.at.day} {quoted.at:%b %Y}"
    whose = f"{quoted.sender} <{quoted.address}>"
    match client:
        case "outlook":
            return (
                f"-----Original Message-----\nFrom: {whose}\nSent: {quoted.at:%A}, {quoted.at.day} {quoted.at:%B %Y %H:%M}\n"
                f"To: {quoted.to}\nSubject: {quoted.subject}\n"
            )
        case "yahoo":
            rule = "_" * 32
            return f"{rule}\nFrom: {whose}\nTo: {quoted.to}\nSent: {day}, {quoted.at:%H:%M}\nSubject: {quoted.subject}\n"
        case "thunderbird":
            return f"On {quoted.at:%d/%m/%Y %H:%M}, {quoted.sender} wrote:"
        case "apple" | "phone":
            return f"On {quoted.at.day} {quoted.at:%b %Y, at %H:%M}, {whose} wrote:"
        case _:
            return f"On {day} at {quoted.at:%H:%M}, {whose}\nwrote:"


def as_quotation(text: str, client: str) -> str:
    """The text as the client quotes it: with marks, or as it stands."""
    if client in ("outlook", "yahoo"):
        return wrapped(text, client)
    lines = wrapped(text, "plain").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def compose(text: str, sign: str, quoted: Quoted | None, client: str) -> str:
    """The whole plain text of a mail: words, signature, quotation, each where the client puts it."""
    own = wrapped(text, client)
    if quoted is None or client == "plain":
        return "\n\n".join(part for part in (own, sign) if part)
    if _answers_between(text):
        words = f"{attribution(quoted, 'thunderbird' if client == 'outlook' else client)}\n{own}"
        return "\n\n".join(part for part in (words, sign) if part)
    quotation = f"{attribution(quoted, client)}\n{as_quotation(quoted.text, client)}"
    if client == "thunderbird":
        return "\n\n".join(part for part in (quotation, own, sign) if part)
    return "\n\n".join(part for part in (own, sign, quotation) if part)


def _answers_between(text: str) -> bool:
    return text.startswith("> ") or "\n> " in text


def html(text: str, sign: str, quoted: Quoted | None, client: str, picture: str = "") -> str:
    """The same letter as the client's HTML; `picture` replaces a line that stands for one."""
    body = "".join(_paragraph(part, picture) for part in re.split(r"\n{2,}", text))
    between = _answers_between(text)
    if quoted is not None and between:
        body = f'<div dir="ltr" class="gmail_attr">{escape(attribution(quoted, "gmail"))}<br></div>{body}'
    signed = f"<br><div>{_broken(sign)}</div>" if sign else ""
    if client == "gmail" and sign:
        signed = f'<br clear="all"><div dir="ltr" class="gmail_signature">{_broken(sign)}</div>'
    quotation = "" if quoted is None or between else _quotation(quoted, client)
    head = '<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    return f'<html>{head}<body><div dir="auto">{body}{signed}</div>{quotation}</body></html>'


def _paragraph(part: str, picture: str) -> str:
    if picture and part.startswith("[picture: "):
        return f"<div>{picture}</div><div><br></div>"
    lines = part.split("\n")
    if lines[0].startswith("> "):
        said = "<br>".join(escape(line.removeprefix("> ")) for line in lines if line.startswith(">"))
        after = "<br>".join(escape(line) for line in lines if not line.startswith(">"))
        quote = f'<blockquote class="gmail_quote" style="{_RULE}">{said}</blockquote>'
        return quote + (f"<div>{after}</div><div><br></div>" if after else "")
    return f"<div>{_broken(part)}</div><div><br></div>"


def _broken(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _quotation(quoted: Quoted, client: str) -> str:
    words = _broken(quoted.text)
    said = escape(attribution(quoted, client))
    match client:
        case "gmail":
            return (
                f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{said}<br></div>'
                f'<blockquote class="gmail_quote" style="{_RULE}">{words}</blockquote></div>'
            )
        case "apple":
            return f'<div><br><blockquote type="cite"><div>{said}</div><br><div>{words}</div></blockquote></div>'
        case _:
            head = "<br>".join(
                f"<b>{name}:</b> {escape(value)}"
                for name, value in (
                    ("From", f"{quoted.sender} <{quoted.address}>"), ("Sent", f"{quoted.at:%A, %d %B %Y %H:%M}"),
                    ("To", quoted.to), ("Subject", quoted.subject),
                )
            )  # fmt: skip
            rule = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
            return f'<div><div style="{rule}"><p class="MsoNormal">{head}</p></div></div><p class="MsoNormal">{words}</p>'
