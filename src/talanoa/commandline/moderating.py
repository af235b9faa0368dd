"""Commands about held mail; the administrator decides in nobody's name."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from talanoa.commandline import Refused


def register(commands: Any) -> None:
    group = commands.add_parser("moderate", help="list held mail and decide on it, in nobody's name")
    moderate = group.add_subparsers(required=True, metavar="COMMAND")
    listing = moderate.add_parser("list", help="what waits for a decision")
    listing.add_argument("--json", action="store_true", help="JSON lines")
    listing.set_defaults(carry_out=_list, needs_house=True)
    verbs = {
        "approve": "circulate it to the members",
        "reject": "do not circulate it, and tell the author why",
        "discard": "do not circulate it, and tell nobody; it stays in the log",
    }
    for name, what in verbs.items():
        parser = moderate.add_parser(name, help=what)
        parser.add_argument("id", metavar="ID", type=int, help="its number in `talanoa moderate list`")
        if name == "reject":
            parser.add_argument("--reason", required=True, metavar="TEXT", help="what the author reads")
        parser.set_defaults(carry_out=_decide, verb=name, needs_house=True)


def _list(args: argparse.Namespace) -> int:
    from talanoa.moderation.lookups import all_waiting, explained

    for held in all_waiting():
        if args.json:
            print(
                json.dumps(
                    {
                        "id": held.pk,
                        "mail": held.received_id,
                        "community": held.community.slug,
                        "from": held.received.sender,
                        "subject": held.received.subject,
                        "message_id": held.received.message_id or None,
                        "held_at": held.held_at.isoformat(),
                        "reasons": held.reasons,
                        "sentences": [str(sentence) for sentence in explained(held)],  # translated only when they are read
                    }
                )
            )
        else:
            print(f"{held.pk:>5}  {held.held_at:%Y-%m-%d %H:%M}  {held.community.slug}  {held.received.sender}  {held.received.subject}")
            for sentence in explained(held):
                print(f"       {sentence}")
    return 0


def _decide(args: argparse.Namespace) -> int:
    from talanoa.moderation import actions
    from talanoa.moderation.models import Held

    held = Held.objects.select_related("received", "community").filter(pk=args.id).first()
    if held is None:
        raise Refused(f"There is no held mail {args.id}; `talanoa moderate list` lists them.")
    at = datetime.now(UTC)
    try:
        if args.verb == "approve":
            actions.approve(held, by=None, at=at)
            print(f"{args.id} is approved and goes out to the members.")
        elif args.verb == "reject":
            unsent = actions.reject(held, by=None, reason=args.reason, at=at)
            print(f"{args.id} is rejected; " + (f"no letter went to the author: {unsent}." if unsent else "the author is told why."))
        else:
            actions.discard(held, by=None, at=at)
            print(f"{args.id} is discarded.")
    except (actions.AlreadyDecided, actions.NoReason) as refusal:
        raise Refused(str(refusal)) from refusal
    return 0
