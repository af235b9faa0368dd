"""Commands about archives: what was said elsewhere comes in, everything goes out."""

import argparse
import io
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from talanoa.commandline import Refused
from talanoa.commandline.memberships import the_community

FORMATS = ("mbox", "maildir", "eml", "zip", "pipermail", "jsonl", "yahoo")
WIDTH = 30
INDEXED_TOGETHER = 1_000  # messages; about as many as the readers have ready meanwhile


def register(commands: Any) -> None:
    group = commands.add_parser("archive", help="bring in the archive of a mailing list, show it, give everything back")
    archive = group.add_subparsers(required=True, metavar="COMMAND")
    bring = archive.add_parser("import", help="bring in files and folders of mail; nobody sees them before they are released")
    bring.add_argument("slug", metavar="SLUG")
    bring.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="mbox, .gz, .zip, .eml, JSON; or a folder of such, or a Maildir")
    bring.add_argument("--format", choices=FORMATS, default="", help="instead of what the files look like")
    bring.add_argument("--dry-run", action="store_true", help="read everything, give the account, write nothing")
    bring.add_argument("--json", action="store_true", help="the account as one JSON object")
    bring.set_defaults(carry_out=_import, needs_house=True)
    listing = archive.add_parser("list", help="every message of a community, a line each")
    listing.add_argument("slug", metavar="SLUG")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(carry_out=_list, needs_house=True)
    release = archive.add_parser("release", help="show what came from archives to everybody who may read the community")
    release.add_argument("slug", metavar="SLUG")
    release.set_defaults(carry_out=_release, needs_house=True)
    beside = archive.add_parser("beside", help="keep what comes through the old list, circulating nothing, until the day of the move")
    beside.add_argument("slug", metavar="SLUG")
    beside.add_argument("address", metavar="ADDRESS", help="of the old list, which has the community's address among its members")
    beside.add_argument("--list-id", default="", metavar="ID", help="what its mail says in List-Id (default: the address with a dot)")
    beside.set_defaults(carry_out=_beside, needs_house=True)
    over = archive.add_parser("cut-over", help="the day of the move: release, let posting go live, write to every member")
    over.add_argument("slug", metavar="SLUG")
    over.add_argument("--subject", required=True, help="of the letter to every member")
    over.add_argument("--words", required=True, type=Path, metavar="FILE", help="its text; - is standard input")
    over.set_defaults(carry_out=_cut_over, needs_house=True)
    export = archive.add_parser("export", help="give everything back: mails as they came, members, conversations")
    export.add_argument("slug", metavar="SLUG")
    export.add_argument("--format", choices=["mbox", "zip"], default="mbox")
    export.add_argument("--to", type=Path, metavar="PATH", help="a file that is not there yet (default: standard output)")
    export.set_defaults(carry_out=_export, needs_house=True)


class _Bar:
    """How far an import has come, on a terminal: rate and time left."""

    def __init__(self) -> None:
        self._begun: tuple[float, int] | None = None
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if self._begun is None:
            self._begun = now, done
        if not self._shown:
            return
        began, first = self._begun
        rate = (done - first) / (now - began) if now > began else 0.0
        left = f", {int((of - done) / rate) // 60}:{int((of - done) / rate) % 60:02} left" if rate else ""
        bar = "█" * (WIDTH * done // of) if of else ""
        words = f"\r{bar:░<{WIDTH}} {done:,} of {of:,} messages, {rate:,.0f}/s{left}\033[K"
        print(words, end="" if done < of else "\n", file=sys.stderr, flush=True)


class _Findable:
    """Takes what an import stores into the index of search while the next is being read; a worker that does so already is left to it.

    The index is derived: where it cannot be written, the messages come in all the same.
    """

    def __init__(self, bar: _Bar) -> None:
        self._bar = bar
        self._indexed: int | None = None
        self._broken = False

    def __call__(self, done: int, of: int) -> None:
        self._bar(done, of)
        if self._indexed is None or done - self._indexed >= INDEXED_TOGETHER:
            self._step()
            self._indexed = done

    def finish(self) -> None:
        """Take in the rest."""
        from talanoa.search import actions

        while self._step():
            pass
        actions.rest()

    def _step(self) -> bool:
        from talanoa.search import actions

        try:
            return not self._broken and actions.tend(at=datetime.now(UTC))
        except Exception as fault:  # noqa: BLE001  the door: whatever it is, it is said, and costs no message
            self._broken = True
            print(f"\nThe index of search cannot be written: {fault}. When that is mended: talanoa search rebuild", file=sys.stderr)
            return False


def _import(args: argparse.Namespace) -> int:
    from django.db import DatabaseError

    from talanoa.migration.importing import bring_in, rehearse
    from talanoa.migration.sources import Unusable

    community = the_community(args.slug)
    at = datetime.now(UTC)
    try:
        if args.dry_run:
            outcome = rehearse(community, args.paths, chosen=args.format, at=at, tell=_Bar())
        else:
            index = _Findable(_Bar())
            try:
                outcome = bring_in(community, args.paths, chosen=args.format, at=at, tell=index)
            finally:
                index.finish()
    except Unusable as refusal:
        raise Refused(str(refusal)) from refusal
    except DatabaseError as fault:
        told = f"{fault}".strip().partition("\n")[0]
        raise Refused(f"The database cannot go on: {told}. What was stored stays; the same command goes on from there.") from fault
    for place, reason in outcome.aside:
        print(f"set aside: {place}: {reason}", file=sys.stderr)
    if not outcome.account["read"]:
        print("No message was found in what was named.", file=sys.stderr)
    if args.json:
        print(json.dumps(outcome.account))
        return 0
    for name, number in outcome.account.items():
        print(f"{name.replace('_', ' '):<14} {number:>9,}")
    if not args.dry_run and outcome.account["stored"]:
        print(f"Nobody sees them yet; `talanoa archive release {args.slug}` shows them to everybody who may read the community.")
    return 0


def _list(args: argparse.Namespace) -> int:
    from talanoa.migration.lookups import messages

    for one in messages(the_community(args.slug)):
        if args.json:
            print(json.dumps(one))
        else:
            hidden = "" if one["released"] else "  (not released)"
            print(f"{one['conversation']:>7}  {one['date'][:16]}  {one['from']}  {one['subject']}{hidden}")
    return 0


def _release(args: argparse.Namespace) -> int:
    from talanoa.migration.actions import release

    released = release(the_community(args.slug))
    told = f"{released:,} messages are visible now to everybody who may read the community."
    print(told if released else "Nothing waited to be released.")
    return 0


def _beside(args: argparse.Namespace) -> int:
    from talanoa.migration.actions import CannotGoBeside, run_beside

    community = the_community(args.slug)
    try:
        old = run_beside(community, args.address, list_id=args.list_id, by=None, at=datetime.now(UTC))
    except CannotGoBeside as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"What comes from {old.address} (List-Id {old.list_id}) is kept from now on, and circulated to nobody.")
    print(f"Make {community.address} a member of it. Whoever writes here directly is told to write there.")
    return 0


def _cut_over(args: argparse.Namespace) -> int:
    from talanoa.migration import lookups
    from talanoa.migration.actions import CannotGoBeside, cut_over

    community = the_community(args.slug)
    old = lookups.beside(community)
    if old is None:
        raise Refused(f"No old list goes on beside {community.name}.")
    try:
        words = sys.stdin.read() if str(args.words) == "-" else args.words.read_text(encoding="utf-8")
        written = cut_over(old, subject=args.subject, words=words, by=None, at=datetime.now(UTC))
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(f"{args.words} cannot be read: {fault}.") from fault
    except CannotGoBeside as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{community.name} writes here from now on; {written:,} members are told.")
    return 0


def _export(args: argparse.Namespace) -> int:
    from talanoa.migration import exporting
    from talanoa.moving import enrolling

    community = the_community(args.slug)

    def write(to: BinaryIO) -> None:
        if args.format == "mbox":
            exporting.mbox(community, to)
            return
        members = io.StringIO(newline="")
        enrolling.write(community, members)
        exporting.pack(community, to, members=members.getvalue())

    if args.to is None:
        write(sys.stdout.buffer)
        sys.stdout.flush()
        return 0
    try:
        with args.to.open("xb") as file:
            write(file)
    except FileExistsError as fault:
        raise Refused(f"{args.to} is there already; name a file that is not.") from fault
    except OSError as fault:
        raise Refused(f"{args.to} cannot be written: {fault.strerror}.") from fault
    print(f"{args.to} holds everything that {community.name} has said.", file=sys.stderr)
    return 0
