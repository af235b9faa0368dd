"""Files by which others measure what is found: questions come in, rankings go out in the run format of TREC.

A line of a run: question, Q0, what was found, rank, score, tag.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused


def json_of(path: Path, text: str) -> Any:
    """What a file's JSON says."""
    try:
        return json.loads(text)
    except ValueError as fault:
        raise Refused(f"{path} is not what was expected: {fault}.") from fault


def lines(path: Path, *fields: str) -> Iterator[dict[str, Any]]:
    """JSON lines, each with these fields."""
    with _opened(path) as file:
        for number, text in enumerate(file, 1):
            if text.strip():
                line = json_of(path, text)
                missing = [field for field in fields if field not in line]
                if missing:
                    raise Refused(f"{path}, line {number}: {', '.join(missing)} is missing.")
                yield line


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Questions, one a line: id, tab, words."""
    with _opened(path) as file:
        for number, text in enumerate(file, 1):
            if text.strip():
                key, tab, words = text.rstrip("\r\n").partition("\t")
                if not tab:
                    raise Refused(f"{path}, line {number}: a tab is missing between the question's id and its words.")
                yield key.strip(), words


def _opened(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise Refused(f"{path} cannot be read: {fault.strerror}.") from fault


def run(path: Path, ranking: Iterable[tuple[str, Iterable[tuple[str, float]]]]) -> None:
    """Write a ranking. The order is what counts; scores are made to fall with it, because readers of runs sort by them."""
    with path.open("w", encoding="utf-8") as file:
        for question, found in ranking:
            last = float("inf")
            for rank, (key, score) in enumerate(found, 1):
                last = min(score, last - 1e-6)
                file.write(f"{question} Q0 {key} {rank} {last:.6f} talanoa\n")
