"""How Consolidated Replies are written in the story, as the HTML of their sections. Pure.

    ## summary            a section
    ### Samoa             a country, or a theme
    #### Falealupo: …     a place
    - …                   an entry of a list; anything else is a paragraph
    **…**                 strong
    [lani] [lani 2]       from whom: the first, or second, response of a person
    [found]               found by the facilitator

Sources lead where `sources` says: a link for each "lani 2", and one for "found".
"""

import re
from collections.abc import Mapping
from html import escape

_SECTION = re.compile(r"^## (\w+)\n", re.MULTILINE)
_SOURCE = re.compile(r"(?<!\[)\[([a-z]+)(?: (\d))?\](?!\])")
_ADDRESS = re.compile(r"https://[^\s<>]+[^\s<>.,;:)]")


def sections(text: str, sources: Mapping[str, str]) -> dict[str, str]:
    """The sections of a reply by key."""
    _, *rest = _SECTION.split(f"{text.strip()}\n")
    return {
        key: "".join(_block(part.strip(), sources) for part in re.split(r"\n{2,}", body.strip()))
        for key, body in zip(rest[::2], rest[1::2], strict=True)
    }


def _block(part: str, sources: Mapping[str, str]) -> str:
    for sign, tag in (("#### ", "h4"), ("### ", "h3")):
        if part.startswith(sign):
            return f"<{tag}>{_inline(part.removeprefix(sign), sources)}</{tag}>"
    if part.startswith("- "):
        entries = (_inline(line.removeprefix("- "), sources) for line in part.split("\n"))
        return f"<ul>{''.join(f'<li>{entry}</li>' for entry in entries)}</ul>"
    return f"<p>{_inline(part, sources)}</p>"


def _inline(text: str, sources: Mapping[str, str]) -> str:
    html = escape(text, quote=False)
    html = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html)
    html = _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html)
    return _SOURCE.sub(lambda found: sources[f"{found[1]} {found[2] or 1}" if found[1] != "found" else "found"], html)
