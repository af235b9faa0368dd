"""A list of members from beginning to end: its table is read, each line becomes a member, is known, or is refused with a reason."""

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from talanoa.communities.lookups import members
from talanoa.communities.models import Community, Role
from talanoa.mail.reading.charsets import plain
from talanoa.moving import actions, candidates, columns, lookups, tables
from talanoa.moving.actions import Terms
from talanoa.moving.candidates import WrongColumns
from talanoa.moving.tables import Unusable
from talanoa.people.lookups import first_address
from talanoa.people.models import Person

__all__ = ["FIELDS", "Outcome", "Sheet", "Told", "Unusable", "WrongColumns", "bring_in", "meant_by", "open_sheet", "rehearse", "write"]

FIELDS = columns.FIELDS  # what a column may mean
# Of a file of members that we write.
COLUMNS = (
    "address", "name", "community_role", "role", "organisation", "country", "languages", "interests", "biography", "timezone",
    "delivery", "joined_at", "moderated", "consent_wording", "consent_given_at", "consent_source",
)  # fmt: skip
Progress = Callable[[int, int], None]  # so many lines of so many


class Told(NamedTuple):
    """What became of a line that was refused, or of which something was left out."""

    number: int
    fate: str
    note: str
    said: str


class Outcome(NamedTuple):
    """What became of a list: rows = new + known + refused, and the lines of which something is to be told."""

    account: dict[str, int]
    told: list[Told]


class Sheet(NamedTuple):
    """A table and what its columns mean."""

    name: str
    rows: tables.Table
    meant: list[str]

    @property
    def headings(self) -> list[str]:
        """What stands above each column, or its number."""
        head = self.rows[0] if columns.has_heading(self.rows) else []
        return [head[place] if place < len(head) and head[place] else f"column {place + 1}" for place in range(len(self.meant))]

    @property
    def body(self) -> tables.Table:
        """The rows of people."""
        return self.rows[columns.has_heading(self.rows) :]


def open_sheet(path: Path, *, name: str = "", encoding: str = "") -> Sheet:
    """The table of a file, with a guess of what its columns mean. Raises Unusable."""
    rows = tables.read(path, encoding=encoding)
    return Sheet(plain(name or path.name), rows, columns.guess(rows))


def bring_in(
    community: Community, sheet: Sheet, terms: Terms, *, by: Person | None, at: datetime, tell: Progress | None = None
) -> Outcome:
    """Make members of a list's people. Broken off, the same list goes on where it stopped; the same again changes nothing (E24).

    No letter is sent to anybody. Raises WrongColumns.
    """
    candidates.check(sheet.meant)
    begun = actions.begin_list(community, sheet.name, _digest(sheet), by=by, at=at)
    done = set(begun.lines.values_list("number", flat=True))
    seen: set[str] = set()
    for count, one in enumerate(candidates.read(sheet.rows, sheet.meant, name=sheet.name), 1):
        if one.number not in done:
            actions.enrol(begun, one, terms, again=one.canonical in seen, by=by, at=at)
        seen.add(one.canonical)
        if tell:
            tell(count, len(sheet.body))
    outcome = Outcome(lookups.account(begun), [Told(*row) for row in lookups.told(begun)])
    actions.finish_list(begun, at=at)
    return outcome


def rehearse(community: Community, sheet: Sheet, terms: Terms) -> Outcome:
    """The account of an import that is not made; nothing is written."""
    account = dict.fromkeys(("rows", "new", "known", "refused", "without_evidence"), 0)
    told: list[Told] = []
    seen: set[str] = set()
    for one in candidates.read(sheet.rows, sheet.meant, name=sheet.name):
        fate, note = lookups.fate(community, one, again=one.canonical in seen)
        seen.add(one.canonical)
        account["rows"] += 1
        account[fate] += 1
        account["without_evidence"] += fate == "new" and terms.evidence(one) is None
        if note or (fate == "new" and one.left_out):
            told.append(Told(one.number, fate, note or one.left_out, one.said))
    return Outcome(account, told)


def meant_by(sheet: Sheet, words: str) -> Sheet:
    """A sheet with columns as somebody says: "address,name,,country" in their order, or "Mail=address,Land=country" by heading.

    Raises WrongColumns.
    """
    parts = [part.strip() for part in words.split(",")]
    meant = list(sheet.meant)
    if any("=" in part for part in parts):
        for part in parts:
            name, _, field = part.rpartition("=")
            places = [place for place, cell in enumerate(sheet.rows[0]) if columns.normal(cell) == columns.normal(name)]
            if not places:
                raise WrongColumns(f"There is no column called {name!r}; there are {', '.join(sheet.rows[0])}.")
            meant = ["" if one == field else one for one in meant]
            meant[places[0]] = field.strip()
    else:
        meant = [part if part != "-" else "" for part in parts]
    candidates.check(meant)
    return sheet._replace(meant=meant)


def write(community: Community, to: TextIO) -> None:
    """Write the members of a community as CSV, in columns that `bring_in` reads."""
    roles = dict(Role.objects.filter(community=community, scope="", ended_at=None).values_list("person", "name"))
    writer = csv.DictWriter(to, COLUMNS)
    writer.writeheader()
    for member in members(community).select_related("person", "consent"):
        person, consent = member.person, member.consent
        told = {name: getattr(person, name) for name in COLUMNS if hasattr(person, name)} | {
            "address": first_address(person) or "",
            "community_role": roles.get(person.pk, "member"),
            "delivery": member.delivery if member.html or member.delivery != "daily" else "plain digest",
            "joined_at": member.joined_at.isoformat(),
            "moderated": "yes" if member.moderated else "no",
            "consent_wording": consent.wording if consent else "",
            "consent_given_at": consent.given_at.isoformat() if consent else "",
            "consent_source": consent.source if consent else "",
        }
        writer.writerow({name: tables.safe(told[name]) for name in COLUMNS})


def _digest(sheet: Sheet) -> str:
    """What tells the same list again."""
    told: Sequence[Any] = [sheet.rows, sheet.meant]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()
