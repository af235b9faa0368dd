"""Commands about communities and members."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from talanoa.commandline import Refused, moving

if TYPE_CHECKING:
    from talanoa.communities.models import Community


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
    moving.register(members)
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
    from django.db import transaction

    from talanoa.communities import actions as communities
    from talanoa.people import actions as people

    community = the_community(args.slug)
    at = datetime.now(UTC)
    try:
        with transaction.atomic():
            person = people.introduce(args.address, at=at, name=args.name)
            communities.join(community, person, at=at)
            if args.role != "member":
                communities.appoint(community, person, args.role, at=at)
    except (people.NotAnAddress, communities.CannotJoin) as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{args.address} is a member of {community.name}" + (f" and {args.role}." if args.role != "member" else "."))
    return 0


def _operator(args: argparse.Namespace) -> int:
    from talanoa.people import actions

    try:
        actions.make_operator(actions.introduce(args.address, at=datetime.now(UTC)))
    except actions.NotAnAddress as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{args.address} runs the site.")
    return 0


def _export(args: argparse.Namespace) -> int:
    from talanoa.moving import enrolling

    enrolling.write(the_community(args.slug), sys.stdout)
    return 0
