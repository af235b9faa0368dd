"""Commands about mail: what is understood of it, what became of it, its bytes."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused


def register(commands: Any) -> None:
    group = commands.add_parser("mail", help="the mail that came in: its log, its bytes, what is understood of it")
    mail = group.add_subparsers(required=True, metavar="COMMAND")
    inspect = mail.add_parser("inspect", help="what is understood of a mail in a file; nothing is taken in")
    inspect.add_argument("files", nargs="+", metavar="FILE", help="a file with one mail, or - for standard input")
    inspect.add_argument("--json", action="store_true", help="one JSON object a line for each file")
    inspect.add_argument("--authserv-id", metavar="NAME", default="", help="believe Authentication-Results of this name")
    inspect.set_defaults(carry_out=_inspect, needs_house=False)
    log = mail.add_parser("log", help="every mail that came in, and its fate")
    log.add_argument("--json", action="store_true", help="JSON lines")
    log.add_argument("--limit", metavar="NUMBER", type=int, default=0, help="only the latest so many")
    log.set_defaults(carry_out=_log, needs_house=True)
    raw = mail.add_parser("raw", help="the bytes of a mail, exactly as they came in")
    raw.add_argument("id", metavar="ID", type=int, help="its number in the log")
    raw.set_defaults(carry_out=_raw, needs_house=True)
    back = mail.add_parser("put-back", help="let a mail that was set aside walk its path again")
    back.add_argument("id", metavar="ID", type=int, help="its number in the log")
    back.set_defaults(carry_out=_put_back, needs_house=True)


def _inspect(args: argparse.Namespace) -> int:
    from talanoa.mail.reading.parsing import Unreadable, describe, read

    refused = 0
    for name in args.files:
        try:
            content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            seen = describe(read(content, trusted_authserv=args.authserv_id), name)
        except (OSError, Unreadable) as fault:
            print(f"talanoa: {name}: {fault.strerror if isinstance(fault, OSError) else fault}", file=sys.stderr)
            refused += 1
            continue
        if args.json:
            # A lone surrogate cannot be printed as UTF-8; escaped it stays what it is.
            line = json.dumps(seen, ensure_ascii=False).encode("utf-8", "backslashreplace")
            sys.stdout.buffer.write(line + b"\n")
        else:
            _print(seen)
    sys.stdout.flush()
    return 1 if refused else 0


def _print(seen: dict[str, Any]) -> None:
    for name in ("file", "from", "date", "subject", "message_id", "kind", "machine"):
        print(f"{name + ':':<12} {seen[name] if seen[name] is not None else '-'}")
    for attachment in seen["attachments"]:
        print(f"{'attachment:':<12} {attachment['name']} ({attachment['type']}, {attachment['size']} bytes)")
    for one in (seen["bounce"] or {}).get("recipients", []):
        print(f"{'failed:':<12} {one['address']} {one['status']} {'for good' if one['permanent'] else 'for now'}: {one['reason']}")
    print(f"\n{seen['fresh_text']}\n")
    if seen["signature"]:
        print(f"[signature]\n{seen['signature']}\n")
    if seen["quoted_text"]:
        print(f"[quotation, {len(seen['quoted_text'].splitlines())} lines]\n")


def _log(args: argparse.Namespace) -> int:
    from talanoa.mail.models import Received

    rows = Received.objects.order_by("id").only(
        "id", "received_at", "recipient", "sender", "subject", "message_id", "state", "fate", "note", "size", "door", "settled_at"
    )
    if args.limit > 0:
        rows = rows.filter(pk__in=Received.objects.order_by("-id").values("pk")[: args.limit])
    for one in rows.iterator(chunk_size=500):
        fate = one.fate or one.state
        if args.json:
            print(
                json.dumps(
                    {
                        "id": one.pk,
                        "fate": fate,
                        "state": one.state,
                        "received_at": one.received_at.isoformat(),
                        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
                        "recipient": one.recipient,
                        "from": one.sender,
                        "subject": one.subject,
                        "message_id": one.message_id or None,
                        "size": one.size,
                        "door": one.door,
                        "note": one.note,
                    }
                )
            )
        else:
            print(f"{one.pk:>7}  {one.received_at:%Y-%m-%d %H:%M}  {fate:<12}  {one.recipient}  {one.sender}  {one.subject}")
    return 0


def _received(pk: int) -> Any:
    from talanoa.mail.models import Received

    found = Received.objects.filter(pk=pk).first()
    if found is None:
        raise Refused(f"There is no mail {pk}; `talanoa mail log` lists them.")
    return found


def _raw(args: argparse.Namespace) -> int:
    from talanoa.mail.lookups import Damaged, raw

    try:
        sys.stdout.buffer.write(raw(_received(args.id)))
    except Damaged as fault:
        raise Refused(str(fault)) from fault
    sys.stdout.flush()
    return 0


def _put_back(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from talanoa.mail.actions import put_back

    if not put_back(_received(args.id), at=datetime.now(UTC)):
        raise Refused(f"Mail {args.id} is not set aside.")
    print(f"Mail {args.id} walks its path again; `talanoa mail log` will say what became of it.")
    return 0
