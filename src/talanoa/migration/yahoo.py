"""What programs wrote that saved Yahoo's groups (yahoo-group-archiver and its like), and what of it holds messages; pure."""

import re
from collections.abc import Sequence
from pathlib import Path

# email/17_raw.json has a mail, 17.json its words again; topics/17.json the words of all that stand in a topic.
_SAVED = re.compile(r"\d+(?:_raw)?\.json")
_LISTS = re.compile(r"message_metadata_\d+\.json")


def once(those: Sequence[Path]) -> list[Path]:
    """The files that hold messages, each message in one of them; without a group's lists, links, polls and files."""
    names = set(those)
    groups: dict[Path, str] = {}  # a folder of a group -> which of its folders count
    for one in those:
        if one.parent.name in ("email", "topics") and _SAVED.fullmatch(one.name):
            whole = "email" if one.name.endswith("_raw.json") else "email topics"
            groups[one.parent.parent] = min(whole, groups.get(one.parent.parent, whole))

    def counts(one: Path) -> bool:
        group = next((above for above in one.parents if above in groups), None)
        here = one.parent.parent == group and one.parent.name in groups[group].split()
        if group is not None and not (here and _SAVED.fullmatch(one.name)):
            return False
        return one.suffix != ".json" or (one.with_name(f"{one.stem}_raw.json") not in names and not _LISTS.fullmatch(one.name))

    return [one for one in those if counts(one)]
