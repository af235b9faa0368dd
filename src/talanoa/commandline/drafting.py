"""The command `draft`: the first draft of a Consolidated Reply, of any conversation."""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talanoa.configuration import configure

if TYPE_CHECKING:
    from talanoa.drafting.drafts import Contribution, Draft
    from talanoa.mail.reading.parsing import Letter
    from talanoa.mail.reading.sandbox import Reader

ANSWER = re.compile(r"(?i)^(?:\s*(?:re|fwd?|fw|aw|wg|sv|antw|tr|rv|res|ynt|vs|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：])+\s*")


def register(commands: Any) -> None:
    command = commands.add_parser("draft", help="a first draft of a Consolidated Reply, by algorithms that invent nothing")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--mbox", nargs="+", metavar="FILE", help="files with one conversation each, oldest mail first")
    what.add_argument("--query", type=_some, metavar="ID", help="a query that was circulated, by the number in /queries/ID")
    size = command.add_mutually_exclusive_group()
    size.add_argument("--sentences", type=_some, metavar="NUMBER", default=0, help="so many sentences in the summary")
    size.add_argument("--words", type=_some, metavar="NUMBER", default=0, help="about so many words in the summary (a page if neither)")
    command.add_argument("--json", action="store_true", help="one JSON object a line for each file")
    command.set_defaults(carry_out=_draft, needs_house=False)


def _some(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _draft(args: argparse.Namespace) -> int:
    if args.query:
        return _of_query(args)
    from talanoa.drafting.drafts import draft
    from talanoa.mail.reading.sandbox import Reader

    reader = Reader()
    refused = 0
    try:
        for name in args.mbox:
            try:
                content = Path(name).read_bytes()
            except OSError as fault:
                print(f"talanoa: {name}: {fault.strerror}", file=sys.stderr)
                refused += 1
                continue
            subject, contributions = _conversation(content, name, reader)
            drafted = draft(contributions, subject=subject, words=args.words, most_sentences=args.sentences, with_question=True)
            _tell({"file": name}, name, drafted, as_json=args.json)
    finally:
        reader.close()
    sys.stdout.flush()
    return 1 if refused else 0


def _of_query(args: argparse.Namespace) -> int:
    from talanoa.commandline import Refused, open_house

    configure()
    open_house()
    from talanoa.queries.lookups import numbered
    from talanoa.replies.lookups import draft

    query = numbered(args.query)
    if query is None or query.conversation is None:
        raise Refused(f"There is no circulated query {args.query}.")
    _tell({"query": query.pk}, query.title, draft(query, words=args.words, most_sentences=args.sentences), as_json=args.json)
    sys.stdout.flush()
    return 0


def _tell(of: dict[str, Any], name: str, drafted: "Draft", *, as_json: bool) -> None:
    from talanoa.drafting.drafts import told

    if as_json:
        line = json.dumps(of | {"text": told(drafted.summary)} | drafted.as_json(), ensure_ascii=False)
        sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    else:
        _print(name, drafted)


def _conversation(content: bytes, name: str, reader: "Reader") -> tuple[str, list["Contribution"]]:
    """The subject of the first mail, and every mail as a contribution; a mail that cannot be read is told and left out."""
    from talanoa.drafting.drafts import Contribution
    from talanoa.mail.reading.mbox import mails
    from talanoa.mail.reading.sandbox import ReadingFailed

    subject = ""
    out: list[Contribution] = []
    for number, raw in enumerate(mails(content), start=1):
        try:
            letter = reader.read(raw)
        except ReadingFailed as fault:
            print(f"talanoa: {name}: mail {number}: {fault}", file=sys.stderr)
            continue
        if letter.kind in {"bounce", "auto-reply", "feedback-report"}:
            continue
        subject = subject or ANSWER.sub("", letter.subject)
        out.append(
            Contribution(
                message_id=letter.message_id or f"<{number}>",
                author=_author(letter),
                text=letter.fresh_text,
                at=letter.written_at,
                is_question=not out,
                attachments=tuple(one.name for one in letter.attachments),
            )
        )
    return subject, out


def _author(letter: "Letter") -> str:
    """Who wrote it: a name, or else the address; archives write "ana at example.org (Ana)"."""
    if letter.sender:
        return letter.sender.name or letter.sender.address
    claimed = letter.header("from") or ""
    in_brackets = re.search(r"\(([^()]+)\)", claimed)
    return (in_brackets[1] if in_brackets else re.sub(r"<[^<>]*>", "", claimed)).strip(' "') or claimed.strip() or "?"


def _print(name: str, drafted: "Draft") -> None:
    print(f"# {name}\n")
    for quote in drafted.summary:
        print(f"- {quote.sentence}  [{quote.author}]")
    for theme in drafted.themes:
        print(f"\n## {theme.label}")
        for quote in theme.sentences:
            mark = "+" if quote in theme.agreement else "≠" if quote in theme.difference else "-"
            print(f"{mark} {quote.sentence}  [{quote.author}]")
    for one in drafted.experiences:
        print(f"\n## {one.country} {one.place}: {one.title}\n{' '.join(one.sentences)}  [{one.author}]")
    for resource in drafted.resources:
        print(f"\n{resource.heading}: {resource.title} {resource.link}  [{resource.recommender}]")
    print()
