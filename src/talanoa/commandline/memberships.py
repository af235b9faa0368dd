"""Commands about communities and members."""

import argparse
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from talanoa.commandline import Refused

if TYPE_CHECKING:
    from talanoa.communities.models import Community

# Columns of a members file, and what else people call them.
COLUMNS = {
    "address": ("email", "e-mail", "mail", "e-mail address", "email address"),
    "name": ("full name", "member"),
    "community_role": ("role in community", "membership"),
    "role": ("title", "position", "job", "job title"),
    "organisation": ("organization", "institution", "agency"),
    "country": (),
    "languages": ("language",),
    "interests": (),
    "biography": ("bio",),
    "timezone": ("time zone",),
    "delivery": (),
    "consent_wording": (),
    "consent_given_at": (),
}
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def register(commands: Any) -> None:
    community = commands.add_parser("community", help="found and list communities").add_subparsers(required=True, metavar="COMMAND")
    create = community.add_parser("create", help="found a community, or a subgroup of one")
    create.add_argument("slug", metavar="SLUG", help="its short name, in addresses of pages: small letters, digits, hyphens")
    create.add_argument("--name", required=True, help="its name, as people say it")
    create.add_argument("--address", required=True, help="the address members write to, under TALANOA_MAIL_DOMAIN")
    create.add_argument("--parent", metavar="SLUG", help="found a subgroup of this community")
    create.add_argument("--visibility", choices=["public", "members", "hidden"], default="members", help="who may read (default: members)")
    create.set_defaults(carry_out=_create, needs_house=True)
    listing = community.add_parser("list", help="all communities, a line each")
    listing.set_defaults(carry_out=_list, needs_house=True)

    group = commands.add_parser("members", help="add, import and export the members of a community")
    members = group.add_subparsers(required=True, metavar="COMMAND")
    add = members.add_parser("add", help="make somebody a member, or give a member a role; no letter is sent")
    add.add_argument("slug", metavar="SLUG")
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--name", default="", help="for somebody who is not known here yet")
    add.add_argument(
        "--role", default="member", choices=["member", "facilitator", "core", "secretariat"], help="beside being a member (default: none)"
    )
    add.set_defaults(carry_out=_add, needs_house=True)
    several = members.add_parser("import", help="make everybody in a CSV file a member; no letter is sent")
    several.add_argument("slug", metavar="SLUG")
    several.add_argument("file", metavar="FILE.csv", type=Path, help="its first line names the columns; `address` or `email` must be one")
    several.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
    several.set_defaults(carry_out=_import, needs_house=True)
    export = members.add_parser("export", help="write the members as CSV to standard output")
    export.add_argument("slug", metavar="SLUG")
    operator = commands.add_parser("operator", help="let somebody run the site: they see all communities' mail log, and what is set aside")
    operator.add_argument("address", metavar="ADDRESS")
    operator.set_defaults(carry_out=_operator, needs_house=True)
    export.set_defaults(carry_out=_export, needs_house=True)


def the_community(slug: str) -> "Community":
    """The community with this short name, or a refusal that lists those there are."""
    from talanoa.communities.models import Community

    found = Community.objects.filter(slug=slug).first()
    if found is None:
        there = ", ".join(Community.objects.values_list("slug", flat=True).order_by("slug")[:20]) or "none yet"
        raise Refused(f"There is no community {slug!r}; there are: {there}.")
    return found


def _create(args: argparse.Namespace) -> int:
    from talanoa.communities import actions

    parent = the_community(args.parent) if args.parent else None
    try:
        made = actions.found(
            args.slug, name=args.name, address=args.address, parent=parent, at=datetime.now(UTC), visibility=args.visibility
        )
    except actions.CannotFound as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{made.name} is founded; members write to {made.address}.")
    return 0


def _list(args: argparse.Namespace) -> int:
    from talanoa.communities.models import Community

    for one in Community.objects.select_related("parent").order_by("slug"):
        print(f"{one.slug}\t{one.address}\t{one.visibility}\t{one.name}")
    return 0


def _add(args: argparse.Namespace) -> int:
    community = the_community(args.slug)
    _join(community, {"address": args.address, "name": args.name, "community_role": args.role})
    print(f"{args.address} is a member of {community.name}" + (f" and {args.role}." if args.role != "member" else "."))
    return 0


def _join(community: "Community", row: dict[str, str]) -> None:
    """One person of a row becomes a member; Refused with the sentence if that cannot be."""
    from django.db import transaction

    from talanoa.communities import actions as communities
    from talanoa.communities.models import Membership, Role
    from talanoa.people import actions as people

    at = datetime.now(UTC)
    delivery = row.get("delivery") or Membership.Delivery.EACH
    role = (row.get("community_role") or "member").lower()
    if delivery not in Membership.Delivery.values:
        raise Refused(f"{delivery!r} is no delivery; there are {', '.join(Membership.Delivery.values)}.")
    if role != "member" and role not in Role.Name.values:
        raise Refused(f"{role!r} is no role; there are member, {', '.join(Role.Name.values)}.")
    profile = {name: row[name] for name in people.PROFILE if name != "name" and row.get(name)}
    profile["country"] = _country(profile.get("country", ""))
    try:
        with transaction.atomic():
            person = people.introduce(row["address"], at=at, name=row.get("name", ""), **profile)
            communities.join(community, person, at=at, delivery=delivery)
            if role != "member":
                communities.appoint(community, person, role, at=at)
            if row.get("consent_wording"):
                given = _moment(row["consent_given_at"]) if row.get("consent_given_at") else at
                people.consent(
                    person,
                    wording=row["consent_wording"],
                    source=row.get("source", "administrator"),
                    at=given,
                )
    except (people.NotAnAddress, communities.CannotJoin, ValueError) as refusal:
        raise Refused(str(refusal)) from refusal


def _operator(args: argparse.Namespace) -> int:
    from talanoa.people import actions

    try:
        actions.make_operator(actions.introduce(args.address, at=datetime.now(UTC)))
    except actions.NotAnAddress as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{args.address} runs the site.")
    return 0


def _moment(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Refused(f"{text!r} is no date; write it as 2026-03-31.") from fault
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _country(text: str) -> str:
    """An ISO 3166 code from a code or an English name."""
    from babel import Locale

    names = Locale("en").territories
    code = text.strip().upper()
    if not code or (len(code) == 2 and code in names):
        return code
    found = {name.casefold(): key for key, name in names.items() if len(key) == 2}.get(text.strip().casefold())
    if found is None:
        raise Refused(f"{text!r} is no country; use its ISO 3166 code of two letters.")
    return found


def _import(args: argparse.Namespace) -> int:
    from django.db import transaction

    from talanoa.communities.lookups import membership
    from talanoa.mail.reading.parsing import canonical_address
    from talanoa.people.lookups import by_address

    community = the_community(args.slug)
    added, known, wrong = 0, 0, []
    seen: set[str] = set()
    for number, row in _rows(args.file):
        try:
            canonical = canonical_address(row.get("address", ""))
        except ValueError as fault:
            wrong.append(f"line {number}: {fault}")
            continue
        if canonical in seen or membership(by_address(canonical), community):
            known += 1
            continue
        seen.add(canonical)
        try:
            with transaction.atomic():
                _join(community, {**row, "source": args.file.name})
                transaction.set_rollback(args.dry_run)
            added += 1
        except Refused as refusal:
            wrong.append(f"line {number}: {refusal}")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    verb = "would be added" if args.dry_run else "added"
    print(f"{added} {verb}, {known} are members already, {len(wrong)} cannot be; 0 letters {'would be ' if args.dry_run else ''}sent.")
    if wrong:
        raise Refused(f"{len(wrong)} of the lines in {args.file} could not be used.")
    return 0


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines of a members file with our column names, whatever the spreadsheet called them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="cp1252")
    except OSError as fault:
        raise Refused(f"{path} cannot be read: {fault.strerror}.") from fault
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.reader(text.splitlines(), dialect)
    head = [name.strip().lower() for name in next(reader, [])]
    ours = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
    names = [ours.get(name, "") for name in head]
    if "address" not in names:
        raise Refused(f"{path} has no column called address or email in its first line.")
    return [
        (reader.line_num, {name: _plain(value) for name, value in zip(names, row, strict=False) if name})
        for row in reader
        if any(value.strip() for value in row)
    ]


def _plain(value: str) -> str:
    value = value.strip()
    return value[1:] if value.startswith("'") and value[1:].startswith(_RISKY) else value


def _export(args: argparse.Namespace) -> int:
    write_members(the_community(args.slug), sys.stdout)
    return 0


def write_members(community: "Community", to: TextIO) -> None:
    """Write the members as CSV, in the columns that `members import` reads."""
    from talanoa.communities.lookups import members
    from talanoa.communities.models import Role
    from talanoa.people.lookups import first_address

    columns = [name for name in COLUMNS if not name.startswith("consent")] + ["joined_at"]
    writer = csv.DictWriter(to, columns)
    writer.writeheader()
    for member in members(community):
        person = member.person
        role = Role.objects.filter(community=community, person=person, scope="", ended_at=None).first()
        writer.writerow(
            {
                **{name: _safe(getattr(person, name)) for name in columns if hasattr(person, name)},
                "address": _safe(first_address(person) or ""),
                "community_role": role.name if role else "member",
                "delivery": member.delivery,
                "joined_at": member.joined_at.isoformat(),
            }
        )


def _safe(value: object) -> str:
    """A cell that no spreadsheet runs as a formula (S5)."""
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text
