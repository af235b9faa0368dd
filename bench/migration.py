"""How fast archives come in, and how well what belongs together is found; with full durability, on SQLite unless
TALANOA_DATABASE_URL says otherwise.

The reference, in the same run: Python's mailbox.mbox reads the same file and parses each message.
Threading: pairs of messages that stand in one conversation, against what In-Reply-To and References say (on real
archives, where they are there) and against exact answers (imaptest); beside it, grouping by bare subject.
"""

import io
import json
import mailbox
import os
import re
import resource
import statistics
import tempfile
import time
from collections import Counter
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import combinations
from pathlib import Path

HOME = tempfile.TemporaryDirectory(prefix="talanoa-bench-")
os.environ |= {
    "TALANOA_HOME": HOME.name,
    "TALANOA_MAIL_DOMAIN": "lists.example.org",
    "TALANOA_LOG": "warning",
    "DJANGO_SETTINGS_MODULE": "talanoa.settings",
}

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from talanoa.commandline import main as main_door
from talanoa.communities import actions as communities
from talanoa.conversations.lookups import subject_key
from talanoa.mail.reading import headers
from talanoa.migration import importing, lookups, sources
from talanoa.search import feeding

DATA = Path(os.environ.get("TALANOA_TEST_DATA") or Path(__file__).parents[2] / "shared/data")
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "5000"))
NOW = datetime.now(UTC)
WORDS = "births are counted at the clinic by nurses who write them into a book that nobody reads in town".split()


def prose(number: int, lines: int) -> str:
    return "\n".join(" ".join(WORDS[(number * 7 + line * 3 + word) % len(WORDS)] for word in range(12)) for line in range(lines))


def written(number: int) -> bytes:
    """A mail of about 3 kB; four of five answer another."""
    at = format_datetime(datetime(2005, 1, 1, tzinfo=UTC) + timedelta(hours=number))
    answers = f"In-Reply-To: <{number - 1}@old.example>\n" if number % 5 else ""
    quoted = "\nSomebody wrote:\n> " + prose(number - 1, 10).replace("\n", "\n> ") if number % 5 else ""
    return (
        f"From m{number % 90}@old.example Sat Jan  1 00:00:00 2005\nFrom: Member {number % 90} <m{number % 90}@old.example>\nDate: {at}\n"
        f"Subject: {'Re: ' if number % 5 else ''}[wells] Matter {number // 5}\nMessage-ID: <{number}@old.example>\n{answers}\n"
        f"{prose(number, 30)}\n{quoted}\n\n"
    ).encode()


def spent() -> float:
    """Seconds of the processor, of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def silent(_done: int, _of: int) -> None:
    pass


def imported(slug: str, file: Path) -> dict[str, int]:
    """The account that `talanoa archive import` gives."""
    with redirect_stdout(io.StringIO()) as told:
        assert main_door(["archive", "import", slug, str(file), "--json"]) == 0
    return json.loads(told.getvalue())


def speed() -> None:
    file = Path(HOME.name, "archive.mbox")
    file.write_bytes(b"".join(map(written, range(MESSAGES))))
    ours, theirs, costs = [], [], []
    for turn in range(3):
        communities.found(f"w{turn}", name="Wells", address=f"w{turn}@lists.example.org", at=NOW)
        began, before = time.perf_counter(), spent()
        account = imported(f"w{turn}", file)
        ours.append(MESSAGES / (time.perf_counter() - began))
        costs.append(1000 * (spent() - before) / MESSAGES)
        assert account["stored"] == account["read"] == MESSAGES
        assert not feeding.behind()
        began = time.perf_counter()
        box = mailbox.mbox(file)
        assert sum(message["subject"] is not None for message in box) == MESSAGES
        theirs.append(MESSAGES / (time.perf_counter() - began))
        box.close()
    database = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    bar = 1500 if database == "sqlite3" else 1000
    print(f"{f'import of {MESSAGES:,} mails of {file.stat().st_size // MESSAGES:,} bytes, {database}':<52} {'mails/s':>8} {'ratio':>6}")
    rate, reference = statistics.median(ours), statistics.median(theirs)
    print(f"{'bytes, threads, attachments, index; median of 3':<52} {rate:>8.0f} {rate / reference:>6.2f}   bar {bar}")
    print(f"{'reference: mailbox.mbox reads and parses':<52} {reference:>8.0f} {1:>6.2f}")
    # On a machine that others use, this tells more than the rate: two cores do 2,000 / it messages a second.
    print(f"{'processor, ms a mail':<52} {statistics.median(costs):>8.2f}          bar {2000 / bar:.2f} at most")
    print(f"{'memory, MB':<52} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:>8}          bar 400 at most")


def truth(paths: list[Path]) -> dict[str, str]:
    """Message-ID → the id at the top, by In-Reply-To and References alone."""
    above: dict[str, str] = {}
    told = []
    for found in sources.messages(paths):
        fields, _ = headers.split(found.raw, 0, len(found.raw), [])
        ids = headers.message_ids(fields.first("message-id"))
        if ids:
            named = [*headers.message_ids(fields.first("references")), *headers.message_ids(fields.first("in-reply-to"))]
            told.append((ids[0], named))
    here = {one for one, _ in told}
    for one, named in told:
        parent = next((other for other in reversed(named) if other in here and other != one), None)
        if parent and one not in above:
            above[one] = parent

    def top(one: str) -> str:
        seen = {one}
        while one in above and above[one] not in seen:
            one = above[one]
            seen.add(one)
        return one

    return {one: top(one) for one in here}


def pairs(groups: dict[str, object]) -> set[tuple[str, str]]:
    together: dict[object, list[str]] = {}
    for one, group in groups.items():
        together.setdefault(group, []).append(one)
    return {pair for those in together.values() for pair in combinations(sorted(those), 2)}


def f1(found: dict[str, object], right: dict[str, object]) -> tuple[float, float, float]:
    ours, theirs = pairs(found), pairs({one: right[one] for one in found if one in right})
    hits = len(ours & theirs)
    precision, recall = hits / (len(ours) or 1), hits / (len(theirs) or 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def threading() -> None:
    print(f"\n{'conversations of real archives, pairs':<52} {'messages':>8} {'prec.':>6} {'recall':>6} {'F1':>6}")
    for name in ("r_sig_geo/mbox", "r_sig_epi/r-sig-epi.jsonl"):
        path = DATA / "archives" / name
        slug = "".join(re.findall("[a-z]", name))[:12]
        community = communities.found(slug, name=name, address=f"{slug}@lists.example.org", at=NOW)
        importing.bring_in(community, [path], at=NOW, tell=silent)
        rows = {one["message_id"]: one for one in lookups.messages(community)}
        right = truth([path])
        for what, found in {
            name: {one: row["conversation"] for one, row in rows.items()},
            "reference: bare subject": {one: subject_key(row["subject"]) for one, row in rows.items()},
        }.items():
            print(f"{what:<52} {len(found):>8} " + " ".join(f"{value:>6.3f}" for value in f1(found, right)) + "   bar .995")


def exact() -> None:
    folder = DATA / "threading/imaptest"
    right = Counter()
    for script in sorted(folder.glob("thread*")):
        text = script.read_text()
        if script.suffix or "thread references" not in text or "state: created" in text:
            continue
        wanted = re.search(r"\* thread (.*)", text, re.IGNORECASE)[1]
        groups = [tuple(sorted(map(int, re.findall(r"\d+", one)))) for one in _tops(wanted)]
        community = communities.found(script.name, name=script.name, address=f"{script.name}@lists.example.org", at=NOW)
        importing.bring_in(community, [script.with_suffix(".mbox")], at=NOW, tell=silent)
        places: dict[int, list[int]] = {}
        for entry in community.archives.get().entries.select_related("post"):
            places.setdefault(entry.post.conversation_id, []).append(int(entry.place.rpartition(" ")[2]))
        # The same bytes twice are one message here.
        stored = {number for those in places.values() for number in those}
        groups = [kept for one in groups if (kept := tuple(number for number in one if number in stored))]
        agrees = sorted(groups) == sorted(tuple(sorted(one)) for one in places.values())
        right[agrees] += 1
        if not agrees:
            print(f"  {script.name}: {sorted(places.values())}, wanted {groups}")
    print(f"{'imaptest, conversations exact':<52} {right[True]:>4} of {right.total()}")


def _tops(answer: str) -> list[str]:
    found, depth, begin = [], 0, 0
    for at, char in enumerate(answer):
        if char == "(":
            begin, depth = (at, 1) if not depth else (begin, depth + 1)
        elif char == ")":
            depth -= 1
            if not depth:
                found.append(answer[begin : at + 1])
    return found


def main() -> None:
    call_command("migrate", verbosity=0)
    speed()
    if (DATA / "archives").is_dir():
        threading()
        exact()
    else:
        print("The archives of real lists are not on this machine.")


if __name__ == "__main__":
    main()
