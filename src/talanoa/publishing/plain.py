"""A document in plain words, as mail has them."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 72


def as_text(block: Mapping[str, Any]) -> str:
    """A block in plain words; a source is the number of its response in brackets."""
    said = ""
    for place, run in enumerate(block["runs"], 1):
        if "from" in run:
            # The list of contributors tells the names of numbers that stand at the end.
            alone = place == len(block["runs"]) or run["t"].strip(" ()[]") == str(run["from"])
            said += f"[{run['from']}]" if alone else f"{run['t']} [{run['from']}]"
        else:
            said += f"{run['t']} <{run['href']}>" if run.get("href") and run["href"] != run["t"] else run["t"]
    sign = f"{block['number']}. " if "number" in block else "- " if block["kind"] == "item" else ""
    return sign + said


def wrapped(text: str) -> str:
    """A text in lines of at most 72 characters, but for what cannot be broken; points hang beneath their first word."""
    made = []
    for line in text.strip().split("\n"):
        hanging = re.match(r"\s*(?:- |\d+\. )?", line)
        made += textwrap.wrap(
            line, WIDTH, subsequent_indent=" " * len(hanging[0] if hanging else ""), break_long_words=False, break_on_hyphens=False
        ) or [""]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(made)) + "\n"
