"""How well and how fast conversations are drafted: a table of task, bar, figure, ratio.

    python bench/drafting.py [SAMPLE]

The third-party conversations are looked for in TALANOA_TEST_DATA or in
`shared/data` beside the project; without them only the time is measured.
SAMPLE takes every so-manieth conversation. References, computed in the same
run: the first sentences of each message in turn, and TextRank (Mihalcea and
Tarau 2004). ROUGE-1 is F1 with Porter's stems, as `rouge-score` computes it with
`use_stemmer=True`.
"""

import html
import math
import os
import random
import re
import statistics
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import snowballstemmer

from talanoa.drafting.drafts import Contribution, draft, told
from talanoa.language.sentences import normal, sentences
from talanoa.mail.reading import fresh

PORTER = snowballstemmer.stemmer("porter")
HEAD = re.compile(r'\s*Name:\s*"(.*?)"\s+Email:\s*"(.*?)"\s+To:\s*(.*?)\s+Subject:\s*"(.*?)"(?=\s|$)(.*)', re.DOTALL)


@cache
def stem(word):
    return PORTER.stemWord(word) if len(word) > 3 else word


def tokens(text):
    return [stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())]


def rouge(wanted, got):
    """ROUGE-1 F1 (Lin 2004)."""
    one, other = Counter(tokens(wanted)), Counter(tokens(got))
    shared = sum((one & other).values())
    return 2 * shared / (one.total() + other.total()) if shared else 0.0


def cut(text, count):
    return " ".join(text.split()[:count])


def textrank(texts):
    """The numbers of the sentences, best first."""
    bags = [set(tokens(text)) for text in texts]
    near = [[0.0] * len(texts) for _ in texts]
    for i, one in enumerate(bags):
        for j, other in enumerate(bags[:i]):
            if len(one) > 1 and len(other) > 1:
                near[i][j] = near[j][i] = len(one & other) / (math.log(len(one)) + math.log(len(other)))
    degree = [sum(row) or 1.0 for row in near]
    rank = [1.0] * len(texts)
    for _ in range(30):
        rank = [0.15 + 0.85 * sum(w / degree[j] * rank[j] for j, w in enumerate(row) if w) for row in near]
    return sorted(range(len(texts)), key=lambda number: -rank[number])


def within(order, texts, count):
    """The numbers of the first sentences of an order that together have so many words, in the order of the text."""
    chosen, spent = [], 0
    for number in order:
        if spent >= count:
            break
        chosen.append(number)
        spent += len(texts[number].split())
    return sorted(chosen)


def in_turn(messages):
    """The numbers of sentences: the first of each message, the second of each …; `messages` are lists of numbers."""
    return [message[turn] for turn in range(max(map(len, messages), default=0)) for message in messages if turn < len(message)]


def numbered(messages):
    texts, of_message = [], []
    for several in messages:
        of_message.append(list(range(len(texts), len(texts) + len(several))))
        texts.extend(several)
    return texts, of_message


def find_data():
    named = os.environ.get("TALANOA_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[1].parent / "shared" / "data"
    return folder / "summaries" if (folder / "summaries").is_dir() else None


def threads(data):
    """Each thread of ConvoSumm as a subject, contributions and a human summary; the set lost its line ends, three spaces stand for each."""
    folder = data / "convosumm_email"
    sources, targets = ((folder / f"email.val.{kind}.remove_markers_simple_separator.txt").read_text().split("\n") for kind in ("source", "target"))
    for source, wanted in zip(sources, targets, strict=True):
        contributions, subject = [], ""
        for message in filter(str.strip, source.split("</s>")):
            name, _, _, about, text = HEAD.match(message).groups()
            subject = subject or re.sub(r"(?i)^(?:re|fwd?): *", "", about)
            lines = html.unescape(text).replace("   ", "\n")
            body = fresh.trim("\n".join(line.rstrip() for line in lines.split("\n"))).fresh
            contributions.append(Contribution(str(len(contributions)), name, body, is_question=not contributions))
        if contributions:
            yield subject, contributions, wanted


def e_mail(data, step):
    scores = defaultdict(list)
    missing = 0
    for subject, contributions, wanted in list(threads(data))[::step]:
        count = len(wanted.split())
        texts, of_message = numbered([sentences(one.text) for one in contributions])
        if not texts:
            continue
        drafted = draft(contributions, subject=subject, words=count, with_question=True)
        scores["told"].append(rouge(wanted, cut(told(drafted.summary), count)))
        scores["sentences"].append(rouge(wanted, cut(" ".join(one.sentence for one in drafted.summary), count)))
        scores["first"].append(rouge(wanted, cut(" ".join(texts[n] for n in within(in_turn(of_message), texts, count)), count)))
        scores["textrank"].append(rouge(wanted, cut(" ".join(texts[n] for n in within(textrank(texts), texts, count)), count)))
        missing += len({one.author for one in contributions if one.text.strip()} - {one.author for one in drafted.summary}) > 0
    return scores, missing


def reports(data):
    """Each bug report: title, turns of (author, sentences with ids), annotations of (abstract, chosen ids)."""

    def text_of(node):
        return normal((node.text or "").replace('\\"', '"').replace("&lt;", "<").replace("&gt;", ">"))

    notes = {one.get("ID"): one for one in ET.parse(data / "bugreports/annotation.xml").getroot()}
    for report in ET.parse(data / "bugreports/bugreports.xml").getroot():
        turns = [(turn.find("From").text.strip("' "), [(s.get("ID").strip(), text_of(s)) for s in turn.find("Text")]) for turn in report.findall("Turn")]
        annotations = [
            (" ".join(text_of(s) for s in one.find("AbstractiveSummary")), {s.get("ID").strip() for s in one.find("ExtractiveSummary") or []})
            for one in notes[report.get("ID")].findall("Annotation")
        ]
        yield report.find("Title").text.strip('"'), turns, annotations


def bug_reports(data, step):
    scores = defaultdict(list)
    for title, turns, annotations in list(reports(data))[::step]:
        texts, of_message = numbered([[text for _, text in several] for _, several in turns])
        ids = [number for _, several in turns for number, _ in several]
        contributions = [
            Contribution(str(n), author, "\n\n".join(text for _, text in several), is_question=not n) for n, (author, several) in enumerate(turns)
        ]
        order = textrank(texts)
        for wanted, _ in annotations:
            count = len(wanted.split())
            drafted = draft(contributions, subject=title, words=count, with_question=True)
            scores["draft"].append(rouge(wanted, cut(" ".join(one.sentence for one in drafted.summary), count)))
            scores["first"].append(rouge(wanted, cut(" ".join(texts[n] for n in within(in_turn(of_message), texts, count)), count)))
            scores["lead"].append(rouge(wanted, cut(" ".join(texts), count)))
            scores["textrank"].append(rouge(wanted, cut(" ".join(texts[n] for n in within(order, texts, count)), count)))
        weight = Counter(number for _, chosen in annotations for number in chosen)
        if weight:
            count = sum(len(text.split()) for text in texts) // 4
            drafted = draft(contributions, subject=title, words=count, with_question=True)
            quoted = Counter((one.message_id, normal(one.sentence)) for one in drafted.summary)
            mine = {ids[n] for m, numbers in enumerate(of_message) for n in numbers if any(q[0] == str(m) and (q[1] in texts[n] or texts[n] in q[1]) for q in quoted)}
            theirs = {ids[n] for n in within(order, texts, count)}
            for name, chosen in (("recall", mine), ("recall of TextRank", theirs)):
                scores[name].append(sum(weight[number] for number in chosen) / weight.total())
    return scores


def seconds():
    """Processor time of 50 responses of 300 words, the median of five; and how the time grows when one response is eight times as long."""
    chance = random.Random(4)
    stock = "evening class girl school stipend mother village teacher water market money train report community woman health fish boat island road".split()

    def response(count):
        return " ".join(" ".join(chance.choices(stock, k=14)).capitalize() + " in Nepal." for _ in range(count // 16))

    def taken(contributions):
        begun = time.process_time()
        draft(contributions)
        return time.process_time() - begun

    fifty = [Contribution(str(n), f"Member {n}", response(300)) for n in range(50)]
    first = taken(fifty)
    growth = [statistics.median(taken([Contribution("1", "Member", response(count))]) for _ in range(3)) for count in (3_000, 24_000)]
    return first, statistics.median(taken(fifty) for _ in range(5)), growth[1] / growth[0]


def mean(values):
    return statistics.fmean(values) if values else 0.0


def row(task, bar, scores, name, reference):
    mine, other = scores[name], scores[reference]
    halves = f"{mean(mine[::2]):.3f} and {mean(mine[1::2]):.3f}"
    figure = f"{mean(mine):.3f} (median {statistics.median(mine):.3f}; halves {halves})"
    return task, bar, figure, f"{mean(mine) / mean(other):.2f} x {reference} ({mean(other):.3f})"


def table(step):
    first, again, growth = seconds()
    yield "50 responses of 300 words, of one core", "< 2 s", f"{again:.2f} s (the first time {first:.2f} s)", "-"
    yield "one response, eight times as long", "about 8 x", f"{growth:.1f} x", "-"
    if data := find_data():
        mails, missing = e_mail(data, step)
        for name, task in (("told", "e-mail, ROUGE-1, saying who says it"), ("sentences", "e-mail, ROUGE-1, sentences alone")):
            for reference in ("first", "textrank"):
                yield row(task, ">= .31, aim .34", mails, name, reference)
        yield "e-mail, threads in which somebody is missing", "0", f"{missing} of {len(mails['told'])}", "-"
        bugs = bug_reports(data, step)
        for reference in ("lead", "textrank"):
            yield row("bug reports, ROUGE-1", ">= .35", bugs, "draft", reference)
        yield row("bug reports, weighted recall", ">= 1.25 x TextRank", bugs, "recall", "recall of TextRank")


def main():
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rows = [("task", "bar", "measured", "ratio"), *table(step)]
    widths = [max(len(one[column]) for one in rows) for column in range(4)]
    for one in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip())
    if not find_data():
        print("The third-party conversations are absent (TALANOA_TEST_DATA): only the time was measured.")


if __name__ == "__main__":
    main()
