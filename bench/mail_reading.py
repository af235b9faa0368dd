"""How well and how fast mail is understood: a table of task, bar, figure, whether reached, ratio.

    python bench/mail_reading.py

The third-party mails are looked for in TALANOA_TEST_DATA or in `shared/data`
beside the project; rows whose data is absent say so.
"""

import contextlib
import email
import email.policy
import json
import os
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path

from talanoa.mail.reading import fresh, html, parsing, sandbox

KEPT_ZONES = {"paragraph", "closing", "salutation", "technical", "tabular", "section_heading", "log_data"}
NO_BOUNCE = {"feedback", "vacation", "delivered"}
SAMPLE_LIMIT = 400


@dataclass(frozen=True)
class Share:
    """How many of how many, or an F1 score."""

    good: float
    of: float

    @property
    def share(self):
        return self.good / self.of if self.of else 0.0

    def __str__(self):
        return f"{self.share:.1%} ({self.good:g} of {self.of:g})" if self.of != 1 else f"{self.good:.3f}"


def find_data() -> Path | None:
    named = os.environ.get("TALANOA_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[1].parent / "shared" / "data"
    return folder if folder.is_dir() else None


def words(text):
    return " ".join(text.split())


def text_of(path):
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def discourse(data):
    folder = data / "reply_trim" / "discourse"
    paths = sorted((folder / "emails").iterdir())
    return Share(sum(fresh.trim(text_of(p)).fresh.strip() == text_of(folder / "trimmed" / p.name).strip() for p in paths), len(paths))


def crisp(data):
    folder = data / "reply_trim" / "crisp"
    good = of = 0
    for case in json.loads((folder / "expected.json").read_text()):
        wanted = case.get("first_fragment_stripped_equals") or case.get("first_fragment_equals") or case.get("visible_text_equals")
        if wanted:
            of += 1
            good += words(fresh.trim(text_of(folder / "fixtures" / case["file"])).fresh) == words(wanted)
    return Share(good, of)


def talon(data):
    folder = data / "reply_trim" / "talon"
    good = of = 0
    for path in sorted((folder / "standard_replies").glob("*.eml")):
        beside = path.with_name(path.stem + "_reply_text")
        wanted = text_of(beside) if beside.exists() else "Hello"
        of += 1
        good += words(parsing.read(path.read_bytes()).fresh_text) == words(wanted)
    wanted = "".join(json.loads((folder / "expected.json").read_text())["html_replies"]["text"].split())
    for path in sorted((folder / "html_replies").iterdir()):
        of += 1
        good += "".join(fresh.trim(html.to_text(text_of(path))).fresh.split()) == wanted
    return Share(good, of)


def alfonsrv(data):
    folder = data / "reply_trim" / "alfonsrv"
    full = re.compile(r"assert\w+\((['\"])(.*)\1 == mail\.(?:replies\[0\]\.body|latest_reply)\)$")
    good = of = 0
    for case in json.loads((folder / "expected.json").read_text()):
        for check in case["checks"]:
            if (match := full.match(check)) and "file" in case:
                wanted = match[2].replace("\\n", "\n").replace("\\'", "'")
                of += 1
                good += words(fresh.trim(text_of(folder / "emails" / case["file"])).fresh) == words(wanted)
    return Share(good, of)


EMBEDDED = re.compile(r"(?i)^\W*(?:to|cc|subject|sent): |forwarded by|original message", re.MULTILINE)


def enron(data, *, embedded):
    """Keep or drop, line by line, against the zones that people saw; F1.

    The bar speaks of list mail. The set at hand is office mail, whose readers
    labelled the lines of an embedded mail as if it were the letter itself; a
    reply's quotation is not what its author says, so `embedded=False` leaves
    these letters out, and only the other measure has a bar.
    """
    hit = wrong = missed = 0
    for row in map(json.loads, (data / "zones" / "enron" / "enron-annotated.jsonl").read_text().splitlines()):
        if not embedded and EMBEDDED.search(row["text"]):
            continue
        begin = 0
        for line, label in zip(row["text"].split("\n"), fresh.trim(row["text"]).labels, strict=True):
            end = begin + len(line)
            zone = max(((min(end, b) - max(begin, a), name) for a, b, name in row["labels"]), default=(0, ""))
            begin = end + 1
            if line.strip():
                keep, kept = zone[0] > 0 and zone[1] in KEPT_ZONES, label == fresh.FRESH
                hit += keep and kept
                wrong += kept and not keep
                missed += keep and not kept
    return Share(2 * hit / (2 * hit + wrong + missed), 1)


TRIMMING: dict[str, Callable[[Path], Share]] = {
    "discourse": discourse,
    "crisp": crisp,
    "talon": talon,
    "alfonsrv": alfonsrv,
    "enron without embedded mail": lambda data: enron(data, embedded=False),
    "enron, all": lambda data: enron(data, embedded=True),
}


def sisimai(data):
    """Bounces found with as many addresses as expected, false ones, hard or soft right."""
    folder = data / "bounces" / "sisimai"
    found = of = false = others = right = judged = 0
    for name, expected in json.loads((folder / "expected.json").read_text()).items():
        bounce = parsing.read((folder / name).read_bytes()).bounce
        wanted = [item for item in expected if item["reason"] not in NO_BOUNCE]
        if not wanted:
            others += 1
            false += bounce is not None
            continue
        of += 1
        if bounce:
            found += 1
            for item, recipient in zip(wanted, bounce.recipients, strict=False):
                judged += 1
                right += recipient.permanent == item["hardbounce"]
    for folder in ("threading/notmuch", "threading/imaptest", "reply_trim", "mime/hyperkitty"):
        for path in (data / folder).rglob("*"):
            if path.is_file():
                others += 1
                false += parsing.read(path.read_bytes()).bounce is not None
    return Share(found, of), Share(false, others), Share(right, judged)


def flufl(data):
    folder = data / "bounces" / "flufl"
    good = of = 0
    for name, expected in json.loads((folder / "expected.json").read_text()).items():
        bounce = parsing.read((folder / "data" / name).read_bytes()).bounce
        got = {item.address.lower() for item in bounce.recipients} if bounce else set()
        of += 1
        good += got == {address.lower() for address in expected["permanent"] + expected["temporary"]}
    return Share(good, of)


def mime_paths(data):
    for folder in ("cpython", "flanker/messages", "hyperkitty", "mikel_mail/emails", "mimekit/messages"):
        for path in sorted((data / "mime" / folder).rglob("*")):
            if path.suffix in (".txt", ".eml", ".msg") and path.is_file():
                yield path


def mime(data):
    """Agreement with the standard library's modern parser, on what it can read at all."""
    good = dict.fromkeys(("subject", "sender", "attachments", "text"), 0)
    of = 0
    for path in mime_paths(data):
        raw = path.read_bytes()
        letter = parsing.read(raw)
        try:
            other = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
            subject = words(str(other["subject"] or ""))
            senders = [address.lower() for _, address in getaddresses([str(other["from"] or "")]) if "@" in address]
            body = other.get_body(("plain",))
            text = "".join(str(body.get_content()).split()) if body else ""
            names = [part.get_filename() for part in other.iter_attachments() if part.get_filename()]
        except Exception:  # noqa: BLE001 - it is the other parser that fails here
            continue
        of += 1
        shown = {item.name for item in letter.attachments}
        # Where the other gives up on a character, or sees several authors, we need not agree.
        good["subject"] += subject == letter.subject or "\ufffd" in subject
        good["sender"] += not letter.sender or not senders or letter.sender.address.lower() in senders
        good["attachments"] += all(name.rpartition("/")[2] in shown or "\ufffd" in name for name in names)
        good["text"] += not text or "\ufffd" in text or text in "".join(letter.text.split())
    return {what: Share(count, of) for what, count in good.items()}


def rate(work, items):
    """Items a second, by processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        begun = time.process_time()
        for item in items:
            work(item)
        best = max(best, len(items) / (time.process_time() - begun))
    return best


def spent(raw):
    """Milliseconds of the processor for one mail."""
    begun = time.process_time()
    parsing.read(raw)
    return (time.process_time() - begun) * 1000


def other_reading(policy):
    def work(raw):
        message = email.message_from_bytes(raw, policy=policy)
        with contextlib.suppress(Exception):
            for part in message.walk():
                part.get_payload(decode=True)
            str(message["subject"]), str(message["from"]), str(message["to"])

    return work


def speed(data):
    if data:
        mails = [p.read_bytes() for p in sorted((data / "threading" / "notmuch" / "lkml" / "cur").iterdir())[:SAMPLE_LIMIT] if p.is_file()]
    else:
        mails = [b"From: a@example.org\nSubject: x\n\n" + b"Words and words and more of them.\n" * 120] * 100
    ours = rate(parsing.read, mails)
    compat = rate(other_reading(email.policy.compat32), mails)
    modern = rate(other_reading(email.policy.default), mails)
    yield (
        "read whole mails, mails/s of one core",
        "-",
        f"{ours:.0f}",
        "-",
        f"{ours / compat:.2f} x stdlib compat32 (parts only), {ours / modern:.2f} x stdlib default (parts only)",
    )
    sample = b"From: a@example.org\nSubject: x\n\n" + b"Words and words and more of them.\n" * 140
    reader = sandbox.Reader()
    reader.read(sample)
    costs = []
    for work in (reader.read, parsing.read):
        begun = time.perf_counter()
        for _ in range(300):
            work(sample)
        costs.append((time.perf_counter() - begun) / 300 * 1000)
    reader.close()
    more = costs[0] - costs[1]
    yield "what the child process costs, 5 kB", "<= 1 ms", f"{more:.2f} ms", "yes" if more <= 1 else "NO", f"{costs[0] / costs[1]:.2f} x reading here"
    times = sorted(spent(raw) for raw in mails)
    yield "read one mail, median and slowest", "-", f"{times[len(times) // 2]:.2f} ms, {times[-1]:.1f} ms", "-", "-"


def unread(data):
    """The files of the MIME sets that make reading fail: there are none."""
    failed = of = 0
    for path in (data / "mime").rglob("*"):
        if path.is_file():
            of += 1
            try:
                parsing.read(path.read_bytes())
            except Exception:  # noqa: BLE001 - whatever it is: that reading raises nothing is what is measured
                failed += 1
    return Share(failed, of)


def accuracy(data):
    """The rows of understanding: task, bar, measured, reached, ratio."""

    def row(task, got, bar=None, *, most=False, ratio="-"):
        reached = "-" if bar is None else "yes" if (got.share <= bar if most else got.share >= bar) else "NO"
        shown = "-" if bar is None else f"{'<=' if most else '>='} {bar:.0%}" if got.of != 1 else f"F1 >= {bar:.2f}"
        return task, shown, str(got), reached, ratio

    trimmed = {name: measure(data) for name, measure in TRIMMING.items()}
    best = {"discourse": 0.52, "crisp": 0.56, "enron, all": 0.784}
    bars = {"discourse": 0.90, "enron without embedded mail": 0.93}
    named = [trimmed[name] for name in ("crisp", "talon", "alfonsrv")]
    for name, got in trimmed.items():
        ratio = f"{got.share / best[name]:.2f} x the best library" if name in best else "-"
        yield row(f"trimming: {name}", got, bars.get(name), ratio=ratio)
    yield row("trimming: cases with a full text (crisp, talon, alfonsrv)", Share(sum(g.good for g in named), sum(g.of for g in named)), 0.80)
    found, false, hard = sisimai(data)
    yield row("bounces: Sisimai, found", found, 0.97, ratio=f"{found.share / (435 / 531):.2f} x flufl.bounce")
    yield row("bounces: other mail called one", false, 0.01, most=True)
    yield row("bounces: hard or soft", hard, 0.95, ratio="flufl.bounce: 78 % of soft ones wrong")
    yield row("bounces: flufl's own set, addresses", flufl(data), ratio="flufl.bounce: 100 % by construction")
    yield row("MIME: files that make reading fail", unread(data), 0.0, most=True)
    for what, got in mime(data).items():
        yield row(f"MIME: {what} as the standard library", got, 0.95)


def main():
    # The other parser warns and raises where we do neither.
    warnings.simplefilter("ignore")
    data = find_data()
    rows = [("task", "bar", "measured", "reached", "ratio"), *speed(data)]
    if data:
        rows.extend(accuracy(data))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if not data:
        print("The third-party mails are absent (TALANOA_TEST_DATA): accuracy was not measured.")


if __name__ == "__main__":
    main()
