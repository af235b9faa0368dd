"""Commands to find what was said, and to look after the index by which it is found."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused, written
from talanoa.commandline.memberships import the_community

DEEP = 1_000  # messages of a ranking, unless it is said otherwise
WAITS = 30.0  # seconds for a worker that is taking in what changed


def register(commands: Any) -> None:
    search = commands.add_parser(
        "search",
        help="find what was said; `search rebuild` makes the index anew, `search verify` compares it with the database",
        description="Finds what anybody could find in these communities: posts, Consolidated Replies, profiles. The index first takes in "
        "what changed. Alone, the words rebuild and verify are commands; to look for them, put them in quotation marks within yours.",
        epilog='Words, "a phrase", -without, from:name, country:Fiji, year:2009..2012, kind:query, theme:water, has:attachment.',
    )
    search.add_argument("words", metavar="WORD", nargs="*")
    search.add_argument("--community", metavar="SLUG", help="in this community alone; without it, in all of them")
    search.add_argument("--limit", metavar="N", type=int, help=f"so many are shown (10; with --batch {DEEP})")
    search.add_argument("--json", action="store_true", help="one JSON object a line")
    search.add_argument("--all", action="store_true", help="also what came from archives and is not released yet")
    search.add_argument(
        "--batch",
        metavar="FILE",
        type=Path,
        help="a question a line: id, tab, words. Found are messages, by Message-ID, released or not, because an administrator asks",
    )
    search.add_argument("--run", metavar="OUT", type=Path, help="with --batch: where the ranking is written, in TREC run format")
    search.set_defaults(carry_out=_search, needs_house=True)
    _take_minus(search)


def _take_minus(search: argparse.ArgumentParser) -> None:
    """Let `-workshop` be a word of the question, and `-health` too, which would be help and a rest. After a space it is no option."""
    parse = search.parse_known_args

    def parsed(args: Any = None, namespace: Any = None) -> Any:
        options = {"-h", "-"}
        return parse([f" {one}" if one[:1] == "-" != one[1:2] and one not in options else one for one in args], namespace)

    search.parse_known_args = parsed  # type: ignore[method-assign]  # of this one parser


def _search(args: argparse.Namespace) -> int:
    if (args.batch is None) != (args.run is None):
        raise Refused("--batch and --run belong together.")
    if args.words == ["rebuild"]:
        return _rebuild()
    if not args.batch and not args.words:
        raise Refused("Say what to look for, or `talanoa search --help`.")
    _get_level()
    if args.words == ["verify"]:
        return _verify()
    return _batch(args) if args.batch else _one(args)


def _communities(args: argparse.Namespace) -> list[Any]:
    from talanoa.communities.models import Community

    return [the_community(args.community)] if args.community else list(Community.objects.all())


def _get_level() -> None:
    """Take in what changed; where a worker does that already, wait for it."""
    from talanoa.search import actions, lookups

    end = time.monotonic() + WAITS
    while not actions.level():
        if not lookups.behind():
            return
        if time.monotonic() > end:
            print("The worker is still taking in what changed; the newest may not be found yet.", file=sys.stderr)
            return
        time.sleep(0.1)


def _one(args: argparse.Namespace) -> int:
    from talanoa.search import lookups

    limit = max(1, args.limit or lookups.AT_A_TIME)
    results = lookups.find_for_the_house(" ".join(args.words), communities=_communities(args), limit=limit, unreleased=args.all)
    if results.found and results.instead:
        told = "Nothing was found for that; this was found for: {}" if results.forgiven else "Did you mean: {}?"
        print(told.format(results.instead), file=sys.stderr)
    for one in results.found:
        shown = one.shown
        if args.json:
            facts = {
                "kind": shown.kind,
                "community": shown.community.slug,
                "title": shown.title,
                "author": shown.author,
                "date": shown.at.isoformat(),
                "path": shown.path,
                "passage": "".join(piece.words for piece in one.passage),
                "score": round(one.score, 4),
            }
            print(json.dumps(facts, ensure_ascii=False))
            continue
        print(f"{shown.at:%Y-%m-%d}  {shown.title}  ({', '.join(filter(None, (shown.author, shown.kind, shown.community.slug)))})")
        print(f"            {''.join(f'*{piece.words}*' if piece.marked else piece.words for piece in one.passage)}")
        print(f"            {shown.path}")
    if not results.found and not args.json:
        print(f"Nothing was found. Did you mean: {results.instead}?" if results.instead else "Nothing was found.")
    return 0


def _batch(args: argparse.Namespace) -> int:
    from talanoa.search import lookups

    communities = _communities(args)
    most = max(1, args.limit or DEEP)

    def rankings() -> Iterator[tuple[str, list[tuple[str, float]]]]:
        for key, words in written.questions(args.batch):
            yield key, lookups.ranked_messages(words, communities=communities, most=most)

    written.run(args.run, rankings())
    return 0


def _rebuild() -> int:
    from talanoa.search import actions

    print(f"The index has {actions.rebuild():,} entries.")
    return 0


def _verify() -> int:
    from talanoa.search import lookups

    off = 0
    for one in lookups.verified():
        off += not one.level
        print(f"{one.name:<8} {one.entries:>9,} entries, {one.missing:,} missing, {one.stale:,} stale, {one.left_over:,} left over")
    if off:
        print("The index differs; `talanoa search rebuild` makes it anew.", file=sys.stderr)
    return 1 if off else 0
