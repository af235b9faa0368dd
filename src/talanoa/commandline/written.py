"""Files by which others measure what is found: questions come in, rankings go out in the run format of TREC.

A line of a run: question, Q0, what was found, rank, score, tag.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from talanoa.commandline import Refused


def json_of(path: Path, text: str, *, line: int = 0) -> Any:
    """What a file's JSON says, or one line of it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        where = f"{path}, line {line}," if line else f"{path}"
        raise Refused(f"{where} is not what was expected: {fault}.") from fault


def lines(path: Path, *fields: str) -> Iterator[dict[str, Any]]:
    """JSON lines, each with these fields; a field that says null is an empty text."""
    for number, text in _lines(path):
        line = json_of(path, text, line=number)
        if not isinstance(line, dict):
            raise Refused(f"{path}, line {number}: expected was an object with {', '.join(fields)}.")
        missing = [field for field in fields if field not in line]
        if missing:
            raise Refused(f"{path}, line {number}: {', '.join(missing)} is missing.")
        yield {name: "" if value is None else value for name, value in line.items()}


def texts(path: Path) -> dict[str, str]:
    """The texts of JSON lines of id, text, by id, in their order."""
    return dict(_once(path, ((str(line["id"]), str(line["text"])) for line in lines(path, "id", "text"))))


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Questions, one a line: id, tab, words."""
    return _once(path, _questions(path))


def _questions(path: Path) -> Iterator[tuple[str, str]]:
    for number, text in _lines(path):
        key, tab, words = text.rstrip("\r\n").partition("\t")
        if not tab:
            raise Refused(f"{path}, line {number}: a tab is missing between the question's id and its words.")
        yield key.strip(), words


def _once(path: Path, those: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those of each id once: who measures a run takes an id that stands in it twice for a fault of the run."""
    seen: set[str] = set()
    for key, text in those:
        name = _column(key)
        if not name:
            raise Refused(f"{path}: an id is empty, before “{text[:40]}”.")
        if name in seen:
            print(f"{path}: the id {name} stands there once more; the first is kept.", file=sys.stderr)
            continue
        seen.add(name)
        yield key, text


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that say something, with their numbers; a mark of byte order says nothing."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    yield number, text
    except OSError as fault:
        raise Refused(f"{path} cannot be read: {fault.strerror}.") from fault


def _column(name: str) -> str:
    """A name as a column of a run, which ends at a space."""
    return "_".join(name.split())


def run(path: Path, ranking: Iterable[tuple[str, Iterable[tuple[str, float]]]]) -> None:
    """Write a ranking; spaces in names become "_".

    The order is what counts: scores are made to fall with it, because readers of runs sort by them.
    """
    try:
        file = path.open("w", encoding="utf-8", errors="replace")
    except OSError as fault:
        raise Refused(f"{path} cannot be written: {fault.strerror}.") from fault
    with file:
        for question, found in ranking:
            last = float("inf")
            for rank, (key, score) in enumerate(found, 1):
                last = min(score, last - 1e-6)
                file.write(f"{_column(question)} Q0 {_column(key)} {rank} {last:.6f} talanoa\n")
