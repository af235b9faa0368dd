"""Commands about members who move in: a list is read, they are asked and welcomed, and who is one person is told."""

import argparse
import json
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talanoa.commandline import Refused

if TYPE_CHECKING:
    from talanoa.communities.models import Community
    from talanoa.moving.enrolling import Sheet
    from talanoa.moving.models import Mailing
    from talanoa.people.models import Person


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
    ask = members.add_parser("ask", help="ask those who moved in without evidence whether they agree to be members; once each")
    ask.add_argument("slug", metavar="SLUG")
    ask.add_argument("--until", type=_day, required=True, metavar="DAY", help="after it nothing that goes to many is sent to the silent")
    ask.add_argument("--mail-meanwhile", action="store_true", help="until then it is sent to them (default: not before they say yes)")
    welcome = members.add_parser("welcome", help="welcome those who moved in and agreed; once each")
    welcome.add_argument("slug", metavar="SLUG")
    for parser in (ask, welcome):
        parser.add_argument("--words", type=Path, metavar="FILE", help="your words in the letter, as text in UTF-8")
        parser.add_argument("--dry-run", action="store_true", help="show the letter, say how many it goes to, send none")
    alike = members.add_parser("alike", help="members who may be one person, for you to merge or to tell apart")
    alike.add_argument("slug", metavar="SLUG")
    alike.add_argument("--json", action="store_true", help="one JSON object a line")
    alike.set_defaults(carry_out=_alike, needs_house=True)
    merge = members.add_parser("merge", help="bring together two persons who are one; nothing is removed")
    merge.add_argument("kept", metavar="ADDRESS", help="of the one who stays; letters go there")
    merge.add_argument("other", metavar="ADDRESS", help="of the other")
    merge.set_defaults(carry_out=_merge, needs_house=True)
    apart = members.add_parser("apart", help="say of two persons who look alike that they are two")
    apart.add_argument("kept", metavar="ADDRESS")
    apart.add_argument("other", metavar="ADDRESS")
    apart.set_defaults(carry_out=_apart, needs_house=True)
    ask.set_defaults(carry_out=_ask, needs_house=True)
    welcome.set_defaults(carry_out=_welcome, needs_house=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2026-03-31") from fault


def _import(args: argparse.Namespace) -> int:
    from talanoa.moving import enrolling
    from talanoa.moving.actions import Terms

    community = _community(args)
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


def _ask(args: argparse.Namespace) -> int:
    from talanoa.communities.lookups import clock
    from talanoa.moving import actions, lookups

    community = _community(args)
    until = datetime.combine(args.until, time(23, 59), clock(community))
    words, at = _words(args), datetime.now(UTC)
    people = lookups.to_be_asked(community)
    if args.dry_run:
        return _shown(lookups.letter_that_asks(community, words=words, until=until, mailed=args.mail_meanwhile), people.count())
    try:
        mailing = actions.ask_for_consent(community, words=words, until=until, mailed=args.mail_meanwhile, by=None, at=at)
    except actions.NotYet as refusal:
        raise Refused(str(refusal)) from refusal
    return _sent(mailing, at)


def _welcome(args: argparse.Namespace) -> int:
    from talanoa.moving import actions, lookups

    community = _community(args)
    words, at = _words(args), datetime.now(UTC)
    if args.dry_run:
        return _shown(lookups.letter_of_welcome(community, words=words), lookups.to_be_welcomed(community).count())
    return _sent(actions.welcome_all(community, words=words, by=None, at=at), at)


def _alike(args: argparse.Namespace) -> int:
    from talanoa.moving import lookups
    from talanoa.people.lookups import own_addresses

    for one in lookups.alike(_community(args)):
        both = [{"name": person.name, "addresses": own_addresses(person)} for person in (one.one, one.other)]
        if args.json:
            print(json.dumps({"reason": one.reason, "persons": both}))
        else:
            print("  =?  ".join(f"{person['name']} <{person['addresses'][0]}>" for person in both), f"  (same {one.reason})")
    return 0


def _merge(args: argparse.Namespace) -> int:
    from talanoa.moving import actions
    from talanoa.people.actions import CannotMerge

    kept, other = _both(args)
    try:
        done = actions.merge(kept, other, by=None, at=datetime.now(UTC))
    except CannotMerge as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{kept} has {', '.join(done.addresses)} now, and {sum(done.moved.values())} rows that were {other}'s.")
    return 0


def _apart(args: argparse.Namespace) -> int:
    from talanoa.people import actions

    kept, other = _both(args)
    actions.tell_apart(kept, other, by=None, at=datetime.now(UTC))
    print(f"{kept} and {other} are two.")
    return 0


def _both(args: argparse.Namespace) -> "tuple[Person, Person]":
    from talanoa.people.lookups import by_address

    kept, other = by_address(args.kept), by_address(args.other)
    if kept is None or other is None:
        raise Refused(f"Nobody here has the address {args.kept if kept is None else args.other}.")
    return kept, other


def _community(args: argparse.Namespace) -> "Community":
    from talanoa.commandline.memberships import the_community

    return the_community(args.slug)


def _words(args: argparse.Namespace) -> str:
    try:
        return args.words.read_text(encoding="utf-8") if args.words else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(f"{args.words} cannot be read as text in UTF-8: {fault}.") from fault


def _shown(letter: tuple[str, str], count: int) -> int:
    subject, text = letter
    print(f"Subject: {subject}\n\n{text}\n{count} letters would be sent.")
    return 0


def _sent(mailing: "Mailing", at: datetime) -> int:
    from talanoa.moving import actions

    sent = 0
    while some := actions.send_due(mailing, at=at):
        sent += some
    print(f"{sent} letters are on their way.")
    return 0


def _columns(sheet: "Sheet") -> dict[str, str]:
    """What each column is taken for."""
    return {name: field or "left out" for name, field in zip(sheet.headings, sheet.meant, strict=True)}
