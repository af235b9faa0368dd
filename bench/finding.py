"""How well and how fast the query service finds: who asked the same, who may know. References run on the same data.

    python bench/finding.py

The public sets are looked for in TALANOA_TEST_DATA or in `shared/data` beside
the project. Spread is the share of all suggestions that goes to the ten who
wrote most, of all time and of the last year.
"""

import csv
import json
import math
import os
import tempfile
import time
from collections import Counter, defaultdict
from email.utils import parsedate_to_datetime
from pathlib import Path

from talanoa.commandline import main
from talanoa.language.meaning import meaning, meanings
from talanoa.language.postings import Postings
from talanoa.language.words import words
from talanoa.queries.similar import Questions, views

NAMED = os.environ.get("TALANOA_TEST_DATA")
DATA = Path(NAMED) if NAMED else Path(__file__).resolve().parents[1].parent / "shared" / "data"
K1, B = 1.2, 0.75
YEAR = 365 * 86_400
SAME_BAR, MRR_BAR, RECALL_BAR, SPREAD_BAR = 0.42, 0.58, 0.78, 0.5


class Okapi:
    """BM25 (Robertson and Zaragoza 2009), unstemmed: the reference."""

    def __init__(self, texts):
        self.counts = [Counter(words(text.lower())) for text in texts]
        self.mean = sum(map(Counter.total, self.counts)) / len(texts)
        found_in = Counter(word for counts in self.counts for word in counts)
        self.rarity = {word: math.log(1 + (len(texts) - found + 0.5) / (found + 0.5)) for word, found in found_in.items()}
        self.having = defaultdict(list)
        for number, counts in enumerate(self.counts):
            length = 1 - B + B * counts.total() / self.mean
            for word, count in counts.items():
                self.having[word].append((number, self.rarity[word] * count * (K1 + 1) / (count + K1 * length)))

    def scores(self, text):
        found = Counter()
        for word, times in Counter(words(text.lower())).items():
            for number, score in self.having.get(word, ()):
                found[number] += times * score
        return found


def precision(ranked, wanted):
    """Average precision of one ranking."""
    hits = [rank for rank, key in enumerate(ranked, 1) if key in wanted]
    return sum(nth / rank for nth, rank in enumerate(hits, 1)) / len(wanted)


def same_question(path):
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    texts = [row["question"] for row in rows]
    alike = defaultdict(set)
    for number, row in enumerate(rows):
        alike[row["same_question_id"]].add(number)
    wanted = {number: alike[row["same_question_id"]] - {number} for number, row in enumerate(rows)}
    okapi = Okapi(texts)
    letters = Postings([(views(text)[1],) for text in texts])
    began = time.process_time()
    meant = meanings(texts)
    read = (time.process_time() - began) / len(texts)
    began = time.process_time()
    past = Questions(dict(enumerate(texts)), dict(enumerate(meant)))
    built = time.process_time() - began
    began = time.process_time()
    meaning.__wrapped__(texts[0] + "!")
    one = time.process_time() - began

    def nearest(past):
        return {number: [near.key for near in past.nearest(text, most=100, without=number)] for number, text in enumerate(texts)}

    began = time.process_time()
    ours = nearest(past)
    asked = (time.process_time() - began) / len(texts)
    by_words = nearest(Questions(dict(enumerate(texts)), {}))
    cosines = meant @ meant.T

    def of(rank):
        return sum(precision(rank(number), wanted[number]) for number in wanted if wanted[number]) / sum(map(bool, wanted.values()))

    print(f"Same question: {len(texts)} questions                  MAP     bar {SAME_BAR}")
    print(f"  BM25                                       {of(lambda n: [k for k, _ in okapi.scores(texts[n]).most_common(101) if k != n]):.3f}")
    print(f"  letters alone, TF-IDF                      {of(lambda n: [k for k in (-letters.scores(letters[n])).argsort()[:101] if k != n]):.3f}")
    print(f"  meaning alone, cosines                     {of(lambda n: [k for k in (-cosines[n]).argsort()[:101] if k != n]):.3f}")
    print(f"  Talanoa, words alone                       {of(by_words.__getitem__):.3f}")
    print(f"  Talanoa                                    {of(ours.__getitem__):.3f}")
    print(f"  processor time: built in {built:.2f} s, compared in {asked * 1000:.1f} ms; what a question means, {one * 1000:.0f} ms, among many {read * 1000:.1f} ms")


def experts(folder):
    lines = {name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()] for name in ("history", "questions")}
    candidates = set(json.loads((folder / "candidates.json").read_text()))
    wanted = defaultdict(set)
    for line in (folder / "qrels.tsv").read_text().splitlines():
        question, _, person, _ = line.split()
        wanted[question].add(person)
    asked_by = {line["id"]: line["asker"] for line in lines["questions"]}
    first = {line["id"]: line["person"] for line in lines["history"]}
    moments = [parsedate_to_datetime(line["date"]).timestamp() for line in lines["history"]]
    posts = [(line["person"], at) for line, at in zip(lines["history"], moments, strict=True) if line["person"] in candidates]
    busiest = [
        {who for who, _ in Counter(who for who, at in posts if at > since).most_common(10)} for since in (0, max(moments) - YEAR)
    ]
    answers = [
        (line, at)
        for line, at in zip(lines["history"], moments, strict=True)
        if line["person"] in candidates and line["id"] != line["root"] and first.get(line["root"]) != line["person"]
    ]
    active = Counter()
    for line, at in answers:
        active[line["person"]] += 0.5 ** ((max(moments) - at) / (YEAR / 2))
    okapi = Okapi([f"{line['subject']} {line['text']}" for line, _ in answers])

    def popular(line):
        return [who for who, _ in active.most_common() if who != line["asker"]][:10]

    def half(line):
        votes = Counter()
        for number, score in okapi.scores(f"{line['subject']} {line['text']}").most_common(100):
            votes[answers[number][0]["person"]] += score
        mixed = {who: votes[who] / max(votes.total(), 1e-9) + active[who] / active.total() for who in active if who != line["asker"]}
        return sorted(mixed, key=lambda who: -mixed[who])[:10]

    run = defaultdict(list)
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        main(["evaluate", "experts", "--history", str(folder / "history.jsonl"), "--candidates", str(folder / "candidates.json"),
              "--questions", str(folder / "questions.jsonl"), "--run", f"{place}/run"])  # fmt: skip
        whole = time.perf_counter() - began
        for line in (Path(place) / "run").read_text().splitlines():
            question, _, person, *_ = line.split()
            run[question].append(person)
    print(f"Who may know: {len(asked_by)} questions, {len(answers)} responses     MRR     R@10    spread, all time and last year")
    print(f"  bars, set for the year after               {MRR_BAR:.3f}   {RECALL_BAR:.3f}   under {SPREAD_BAR}")
    for name, ranks in (
        ("active of late", {line["id"]: popular(line) for line in lines["questions"]}),
        ("half BM25 votes, half active", {line["id"]: half(line) for line in lines["questions"]}),
        ("Talanoa", run),
    ):
        reciprocal = sum(next((1 / rank for rank, who in enumerate(ranks[q], 1) if who in wanted[q]), 0) for q in wanted) / len(wanted)
        recall = sum(len(wanted[q] & set(ranks[q])) / len(wanted[q]) for q in wanted) / len(wanted)
        suggested = Counter(who for some in ranks.values() for who in some)
        spread = "  ".join(f"{sum(suggested[who] for who in few) / suggested.total():.3f}" for few in busiest)
        print(f"  {name:<42} {reciprocal:.3f}   {recall:.3f}   {spread}" + (f"   all in {whole:.1f} s" if ranks is run else ""))


if __name__ == "__main__":
    for finds, where in ((same_question, DATA / "duplicate_questions" / "covidq_dev.csv"), (experts, DATA / "experts" / "dev_2011")):
        if where.exists():
            finds(where)
        else:
            print(f"{where.name}: absent")
