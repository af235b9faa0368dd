"""Commands about members who move in: a list is read, they are asked and welcomed, and who is one person is told."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talanoa.commandline import Refused

if TYPE_CHECKING:
    from talanoa.moving.enrolling import Sheet


def register(members: Any) -> None:
    several = members.add_parser("import", help="make everybody in a file a member; no letter is sent")
    several.add_argument("slug", metavar="SLUG")
    several.add_argument("file", metavar="FILE", type=Path, help="CSV with any delimiter, a spreadsheet, or members of Mailman")
    several.add_argument(
        "--columns", default="", metavar="FIELDS", help="what they mean, if it is guessed wrong: address,name,-,country or HEADING=FIELD,…"
    )
    several.add_argument("--encoding", default="", help="of a CSV, if it is guessed wrong")
    several.add_argument("--agreed", default="", metavar="WORDS", help="what all of them agreed to, where their line does not tell")
    several.add_argument(
        "--agreed-on", type=_day, metavar="DAY", help="when they did (default: the day on which each joined, where their line tells)"
    )
    several.add_argument("--ask-first", action="store_true", help="nothing is sent to those without evidence of consent before they agree")
    several.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
    several.add_argument("--json", action="store_true", help="the account as one JSON object")
    several.set_defaults(carry_out=_import, needs_house=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2026-03-31") from fault


def _import(args: argparse.Namespace) -> int:
    from talanoa.commandline.memberships import the_community
    from talanoa.moving import enrolling
    from talanoa.moving.actions import Terms

    community = the_community(args.slug)
    terms = Terms(args.agreed.strip(), args.agreed_on, args.file.name, args.ask_first)
    try:
        sheet = enrolling.open_sheet(args.file, encoding=args.encoding)
        if args.columns:
            sheet = enrolling.meant_by(sheet, args.columns)
        if args.dry_run:
            outcome = enrolling.rehearse(community, sheet, terms)
        else:
            outcome = enrolling.bring_in(community, sheet, terms, by=None, at=datetime.now(UTC))
    except (enrolling.Unusable, enrolling.WrongColumns) as refusal:
        raise Refused(str(refusal)) from refusal
    for one in outcome.told:
        print(f"line {one.number}: {one.note}{' (refused)' if one.fate == 'refused' else ''}", file=sys.stderr)
    told = outcome.account
    if args.json:
        print(json.dumps(told | {"mails": 0, "columns": _columns(sheet)}))
    else:
        print(f"Columns: {', '.join(f'{head} is {field}' for head, field in _columns(sheet).items())}.")
        would = "would be " if args.dry_run else ""
        verb = "would be added" if args.dry_run else "added"
        print(f"{told['new']} {verb}, {told['known']} are members already, {told['refused']} cannot be; 0 letters {would}sent.")
        if told["without_evidence"]:
            mailed = "nothing is sent to them before they agree" if args.ask_first else "mail goes to them nevertheless"
            print(f"Nothing shows that {told['without_evidence']} of them agree; {mailed}. `talanoa members ask {args.slug}` asks them.")
    if told["refused"]:
        raise Refused(f"{told['refused']} of the lines in {args.file} could not be used.")
    return 0


def _columns(sheet: "Sheet") -> dict[str, str]:
    """What each column is taken for."""
    return {name: field or "left out" for name, field in zip(sheet.headings, sheet.meant, strict=True)}
