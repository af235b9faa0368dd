"""Commands that rank with the product's own means, so that others can measure them.

The rankings are written in the run format of TREC: question, Q0, what was found, rank, score, tag.
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused

MOST_ALIKE = 100
MOST_EXPERTS = 10


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
    for parser in (same, experts):
        parser.add_argument("--run", required=True, type=Path, metavar="OUT", help="where the ranking is written")
        parser.set_defaults(needs_house=False)


def _same_question(args: argparse.Namespace) -> int:
    from talanoa.queries.similar import Questions

    texts = {str(line["id"]): str(line["text"]) for line in _lines(args.questions, "id", "text")}
    past = Questions(texts)
    _write(
        args.run,
        ((key, ((near.key, near.likeness) for near in past.nearest(text, most=MOST_ALIKE, without=key))) for key, text in texts.items()),
    )
    return 0


def _experts(args: argparse.Namespace) -> int:
    from talanoa.queries.suggesting import Respondents, Response

    history = list(_lines(args.history, "id", "root", "person", "date", "subject", "text"))
    candidates = set(_json(args.candidates, args.candidates.read_text(encoding="utf-8")))
    first = {line["id"]: line for line in history}
    responses = []
    for line in history:
        asked = first.get(line["root"])
        if line["person"] in candidates and line["id"] != line["root"] and (asked is None or asked["person"] != line["person"]):
            question = asked["text"] if asked else ""
            responses.append(Response(line["person"], line["root"], _moment(line["date"]), line["subject"], question, line["text"]))
    past = Respondents(responses)
    questions = _lines(args.questions, "id", "asker", "subject", "text")
    _write(
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


def _moment(date: str) -> datetime:
    at = parsedate_to_datetime(date)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as fault:
        raise Refused(f"{path} is not what was expected: {fault}.") from fault


def _lines(path: Path, *fields: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if text.strip():
                line = _json(path, text)
                missing = [field for field in fields if field not in line]
                if missing:
                    raise Refused(f"{path}, line {number}: {', '.join(missing)} is missing.")
                yield line


def _write(path: Path, ranking: Iterable[tuple[str, Iterable[tuple[str, float]]]]) -> None:
    """The order is that of the ranking; scores are made to fall with it, because readers of runs sort by them."""
    with path.open("w", encoding="utf-8") as file:
        for question, found in ranking:
            last = float("inf")
            for rank, (key, score) in enumerate(found, 1):
                last = min(score, last - 1e-6)
                file.write(f"{question} Q0 {key} {rank} {last:.6f} talanoa\n")
