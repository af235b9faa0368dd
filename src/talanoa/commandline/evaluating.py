"""Commands that rank with the product's own means, so that others can measure them."""

import argparse
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused, written

MOST_ALIKE = 100
MOST_EXPERTS = 10
_LANGUAGE = re.compile("[a-z]{2,3}([-_].*)?$", re.IGNORECASE)


def register(commands: Any) -> None:
    group = commands.add_parser("evaluate", help="write rankings for others to measure, in TREC run format")
    evaluate = group.add_subparsers(required=True, metavar="RANKING")
    same = evaluate.add_parser("same-question", help="for each question, the others, those that ask the same first")
    same.add_argument("--questions", required=True, type=Path, metavar="FILE", help="JSON lines of id, text")
    same.set_defaults(carry_out=_same_question)
    experts = evaluate.add_parser("experts", help="for each question, who may know")
    experts.add_argument("--history", required=True, type=Path, metavar="FILE", help="JSON lines of id, root, person, date, subject, text")
    experts.add_argument("--candidates", required=True, type=Path, metavar="FILE", help="a JSON list of persons")
    experts.add_argument("--questions", required=True, type=Path, metavar="FILE", help="JSON lines of id, asker, date, subject, text")
    experts.set_defaults(carry_out=_experts)
    search = evaluate.add_parser("search", help="for each question, the documents that answer it")
    search.add_argument("--documents", required=True, type=Path, metavar="FILE", help="JSON lines of id, text")
    search.add_argument("--queries", required=True, type=Path, metavar="FILE", help="a question a line: id, tab, words")
    search.add_argument("--lang", default="", metavar="LANG", help="their language (en, fr, zh …); without it, it is guessed text by text")
    search.set_defaults(carry_out=_evaluate_search)
    for parser in (same, experts, search):
        parser.add_argument("--run", required=True, type=Path, metavar="OUT", help="where the ranking is written")
        parser.set_defaults(needs_house=False)


def _same_question(args: argparse.Namespace) -> int:
    from talanoa.queries.similar import Questions

    texts = written.texts(args.questions)
    past = Questions(texts)
    written.run(
        args.run,
        ((key, ((near.key, near.likeness) for near in past.nearest(text, most=MOST_ALIKE, without=key))) for key, text in texts.items()),
    )
    return 0


def _experts(args: argparse.Namespace) -> int:
    from talanoa.queries.suggesting import Respondents, Response

    history = list(written.lines(args.history, "id", "root", "person", "date", "subject", "text"))
    candidates = set(written.json_of(args.candidates, args.candidates.read_text(encoding="utf-8")))
    first = {line["id"]: line for line in history}
    responses = []
    for line in history:
        asked = first.get(line["root"])
        if line["person"] in candidates and line["id"] != line["root"] and (asked is None or asked["person"] != line["person"]):
            question = asked["text"] if asked else ""
            responses.append(Response(line["person"], line["root"], _moment(line["date"]), line["subject"], question, line["text"]))
    past = Respondents(responses)
    questions = written.lines(args.questions, "id", "asker", "subject", "text")
    written.run(
        args.run,
        (
            (
                line["id"],
                ((who.person, who.score) for who in past.suggest(line["subject"], line["text"], most=MOST_EXPERTS, never={line["asker"]})),
            )
            for line in questions
        ),
    )
    return 0


def _evaluate_search(args: argparse.Namespace) -> int:
    from talanoa.search.plain import ranked

    if args.lang and not _LANGUAGE.match(args.lang):
        raise Refused(f"--lang takes the code of a language, such as en, fr or zh, and not {args.lang}.")
    documents, questions = written.texts(args.documents), list(written.questions(args.queries))
    written.run(args.run, ranked(documents.items(), questions, language=args.lang))
    return 0


def _moment(date: str) -> datetime:
    at = parsedate_to_datetime(date)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
