"""The persons of a table, each with what its columns tell, or with the reason why nobody can be made of the line; pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from babel import Locale
from django.utils.translation import gettext

from talanoa.locale import zones
from talanoa.mail.reading.parsing import canonical_address
from talanoa.moving import columns

PROFILE = ("role", "organisation", "country", "languages", "interests", "biography", "timezone")
_LONGEST = {"name": 200, "role": 200, "organisation": 200, "interests": 500, "languages": 100}


class Evidence(NamedTuple):
    """What somebody agreed to, when, and how we know."""

    wording: str
    given_at: datetime
    source: str


class Candidate(NamedTuple):
    """One line of a list."""

    number: int
    said: str  # the line, for a person
    address: str = ""
    canonical: str = ""
    name: str = ""
    profile: Mapping[str, str] = MappingProxyType({})
    delivery: str = ""
    html: bool = True
    role: str = "member"  # in the community
    moderated: bool = False
    joined_at: datetime | None = None
    evidence: Evidence | None = None
    refusal: str = ""  # why nobody can be made of it
    left_out: str = ""  # what of the line was not understood


class WrongColumns(ValueError):
    """The columns cannot be meant so; `str()` says why."""


def check(meant: Sequence[str]) -> None:
    """Whether columns may mean this. Raises WrongColumns."""
    for field in meant:
        if field and field not in columns.FIELDS:
            known = {"field": field, "fields": ", ".join(columns.FIELDS)}
            raise WrongColumns(gettext("A column cannot mean “%(field)s”; there are %(fields)s.") % known)
        if field and meant.count(field) > 1:
            raise WrongColumns(gettext("Two columns cannot both be “%(field)s”.") % {"field": field})
    if "address" not in meant:
        raise WrongColumns(gettext("No column holds e-mail addresses; say which one does."))


def read(rows: Sequence[Sequence[str]], meant: Sequence[str], *, name: str) -> Iterator[Candidate]:
    """A candidate for each row below the heading; `name` is the file's, told as the source of what it says."""
    check(meant)
    first = 1 if columns.has_heading(rows) else 0
    day_first = {
        field: columns.day_first([row[place] for row in rows[first:] if place < len(row)])
        for place, field in enumerate(meant)
        if field in ("joined_at", "consent_given_at")
    }
    for number, row in enumerate(rows[first:], first + 1):
        cells = {field: row[place] for place, field in enumerate(meant) if field and place < len(row) and row[place]}
        yield _candidate(number, " | ".join(cell for cell in row if cell)[:1000], cells, day_first, name)


def _candidate(number: int, said: str, cells: dict[str, str], day_first: dict[str, bool], file: str) -> Candidate:
    written_name, address, others = columns.mailbox(cells.get("address", ""))
    refusal = _refusal(cells)
    if refusal:
        return Candidate(number, said, refusal=refusal)
    try:
        canonical = canonical_address(address)
    except ValueError as fault:
        return Candidate(number, said, refusal=str(fault) if address else gettext("There is no address in it."))
    left_out = [gettext("“%(words)s” was left out: a line is one person with one address.") % {"words": one} for one in others]
    full = " ".join(filter(None, [cells.get("first_name"), cells.get("last_name")]))
    joined = _moment(cells, "joined_at", day_first, left_out)
    how = columns.delivery(cells["delivery"]) if "delivery" in cells else None
    # Mailman 3 tells beside the kind of delivery that it was stopped.
    stopped = columns.delivery(cells.get("status", "")) == ("none", True)
    if "delivery" in cells and how is None:
        left_out.append(gettext("“%(words)s” is no delivery that is known; every message is sent.") % {"words": cells["delivery"]})
    role = columns.community_role(cells["community_role"]) if "community_role" in cells else "member"
    if role is None and columns.state(cells["community_role"]) is None:
        left_out.append(gettext("“%(words)s” is no role in a community.") % {"words": cells["community_role"]})
    return Candidate(
        number,
        said,
        address=address.strip(),
        canonical=canonical,
        name=" ".join((cells.get("name") or full or written_name).split())[:200],
        profile=_profile(cells, left_out),
        delivery="none" if stopped else how[0] if how else "each",
        html=how[1] if how else True,
        role=role or "member",
        moderated=columns.moderated(cells.get("moderated", "")),
        joined_at=joined,
        evidence=_evidence(cells, _moment(cells, "consent_given_at", day_first, left_out), joined, file, left_out),
        left_out=" ".join(left_out),
    )


def _refusal(cells: dict[str, str]) -> str:
    if columns.said(cells.get("consent", "")) is False:
        return gettext("The list says that this person does not agree.")
    match columns.state(cells.get("status", "")) or columns.state(cells.get("community_role", "")):
        case "left":
            return gettext("This person had left the old group. Invite them if they may want to come back.")
        case "banned":
            return gettext("This person was banned from the old group.")
        case "pending":
            return gettext("This person was never confirmed in the old group. Invite them.")
    return ""


def _moment(cells: dict[str, str], field: str, day_first: dict[str, bool], left_out: list[str]) -> datetime | None:
    if field not in cells:
        return None
    found = columns.moment(cells[field], day_first=day_first.get(field, True))
    if found is None:
        left_out.append(gettext("“%(words)s” is no date; write it as 2026-03-31.") % {"words": cells[field]})
    return found


def _profile(cells: dict[str, str], left_out: list[str]) -> dict[str, str]:
    profile = {field: " ".join(cells[field].split()) if field != "biography" else cells[field] for field in PROFILE if field in cells}
    profile = {field: words[: _LONGEST.get(field, 5000)] for field, words in profile.items()}
    if "country" in profile:
        profile["country"] = columns.country(cells["country"])
        if not profile["country"]:
            left_out.append(gettext("“%(words)s” is no country that is known.") % {"words": cells["country"]})
    if "languages" in profile:
        profile["languages"] = _languages(cells["languages"])
    if "timezone" in profile and profile["timezone"] not in zones():
        left_out.append(gettext("“%(words)s” is no time zone; write it as Pacific/Apia.") % {"words": profile.pop("timezone")})
    return {field: words for field, words in profile.items() if words}


def _languages(cell: str) -> str:
    """BCP 47 tags of languages, by tag or by name in English, French or Spanish."""
    names = _names_of_languages()
    words = [word.strip().casefold() for word in cell.replace(";", ",").replace("/", ",").split(",")]
    if len(words) == 1:
        words = words[0].split() if words[0] not in names else words
    tags = (names.get(word) or (word if word.isascii() and word.isalpha() and len(word) in (2, 3) else "") for word in words)
    return " ".join(filter(None, tags))[:100]


@cache
def _names_of_languages() -> dict[str, str]:
    spoken = [Locale(one).languages for one in ("es", "fr", "en")]
    return {str(name).casefold(): tag.replace("_", "-") for those in spoken for tag, name in those.items()}


def _evidence(
    cells: dict[str, str], given_at: datetime | None, joined: datetime | None, file: str, left_out: list[str]
) -> Evidence | None:
    """What the line tells of consent: what was agreed to, and when. A bare "yes" proves nothing (G3)."""
    words = cells.get("consent_wording", "")
    if not words and columns.said(cells.get("consent", "")) is None:
        words = cells.get("consent", "")
    agreed = words or columns.said(cells.get("consent", "")) or given_at is not None
    when = given_at or (joined if words else None)
    if agreed and when is None:
        left_out.append(gettext("It says that this person agreed, but not when, so it counts as no evidence."))
    if not agreed or when is None:
        return None
    return Evidence(words or gettext("Agreed to be a member; the words are not known."), when, cells.get("consent_source", "") or file)
