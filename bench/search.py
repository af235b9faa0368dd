"""How well and how fast search finds. References run on the same data in the same run.

    python bench/search.py [relevance] [speed] [pages]

Relevance: Cranfield (all judged rows of grade 1 to 4 are relevant) and XQuAD, each paragraph a document; the reference is BM25
without stems. Sets that are not in TALANOA_TEST_DATA, or in `shared/data` beside the project, are passed over.
Speed: synthetic posts (BENCH_POSTS, default 1,000,000; BENCH_WORDS words each) whose words are as frequent as in real texts (Zipf),
straight into the engine. Pages: in a house whose archive has BENCH_ON_PAGES posts (5,000; a million take half an hour to come in, and
6 GB), read by a member. Times are the processor's, so that other work on the machine does not count.
"""

import json
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from talanoa.search import analysis, finding, passages, wording
from talanoa.search.engine import Entry, Index
from talanoa.search.plain import ranked

NAMED = os.environ.get("TALANOA_TEST_DATA")
DATA = (Path(NAMED) if NAMED else Path(__file__).resolve().parents[1].parent / "shared" / "data") / "search"
POSTS, WORDS = int(os.environ.get("BENCH_POSTS", "1000000")), int(os.environ.get("BENCH_WORDS", "120"))
VOCABULARY = 200_000
ON_PAGES = int(os.environ.get("BENCH_ON_PAGES", "5000"))
K1, B = 1.2, 0.75
BARS = {"cranfield": (0.36, 0.43, None), "en": (None, None, 0.96), "es": (None, None, 0.95), "de": (None, None, 0.92), "zh": (None, None, 0.95)}
LANGUAGES = ("en", "es", "de", "zh", "el", "ru", "tr", "ar", "vi", "th", "hi", "ro")


def okapi(documents, questions):
    """BM25 (Robertson and Zaragoza 2009) over the words as they stand."""
    counts = [Counter(term for word in analysis.words(text) for term in analysis.terms([word], "").split()) for text in documents.values()]
    names, mean = list(documents), sum(map(Counter.total, counts)) / len(counts)
    having = defaultdict(list)
    for number, bag in enumerate(counts):
        for term, count in bag.items():
            having[term].append((number, count / (count + K1 * (1 - B + B * bag.total() / mean))))
    for key, words in questions.items():
        scores = Counter()
        for word in analysis.words(words):
            for term in analysis.terms([word], "").split():
                rarity = math.log(1 + (len(names) - len(having[term]) + 0.5) / (len(having[term]) + 0.5))
                for number, weight in having[term]:
                    scores[number] += rarity * weight
        yield key, [(names[number], score) for number, score in scores.most_common(1000)]


def measured(run, relevant):
    """MAP, nDCG@10 and MRR; a document is relevant or not."""
    precision = gain = reciprocal = 0.0
    for key, wanted in relevant.items():
        ranks = [rank for rank, (name, _) in enumerate(run.get(key, ()), 1) if name in wanted]
        precision += sum(nth / rank for nth, rank in enumerate(ranks, 1)) / len(wanted)
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(wanted)) + 1))
        gain += sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10) / ideal
        reciprocal += 1 / ranks[0] if ranks else 0
    return tuple(value / len(relevant) for value in (precision, gain, reciprocal))


def cranfield(folder):
    documents = {}
    for part in re.split(r"^\.I ", (folder / "cran.all.1400").read_text(), flags=re.MULTILINE)[1:]:
        number, _, rest = part.partition("\n")
        title, _, words = rest.partition("\n.W\n")
        documents[number.strip()] = title.partition(".T\n")[2].partition("\n.A")[0] + "\n" + words
    parts = re.split(r"^\.I ", (folder / "cran.qry").read_text(), flags=re.MULTILINE)[1:]
    questions = {str(place): part.partition(".W\n")[2] for place, part in enumerate(parts, 1)}
    relevant = defaultdict(set)
    for line in (folder / "cranqrel").read_text().splitlines():
        question, document, grade, *_ = [*line.split(), "-1"]
        if 1 <= int(grade) <= 4:
            relevant[question].add(document)
    return documents, questions, relevant


def xquad(path):
    documents, questions, relevant = {}, {}, {}
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            name = str(len(documents))
            documents[name] = paragraph["context"]
            for one in paragraph["qas"]:
                questions[one["id"]], relevant[one["id"]] = one["question"], {name}
    return documents, questions, relevant


def relevance():
    print(f"{'Relevance':<12}{'documents':>10}{'questions':>10}      MAP  nDCG@10      MRR   bars          BM25 without stems")
    sets = [("cranfield", "en", lambda: cranfield(DATA / "cranfield"), DATA / "cranfield/cran.qry")]
    sets += [(code, code, lambda code=code: xquad(DATA / f"xquad/xquad.{code}.json"), DATA / f"xquad/xquad.{code}.json") for code in LANGUAGES]
    for name, language, read, path in sets:
        if not path.exists():
            print(f"  {name}: not here")
            continue
        documents, questions, relevant = read()
        ours = measured(dict(ranked(documents.items(), questions.items(), language=language)), relevant)
        theirs = measured(dict(okapi(documents, questions)), relevant)
        bars = " ".join(f"{bar:.2f}" if bar else " -  " for bar in BARS.get(name, (None,) * 3))
        told = "  ".join(f"{value:7.3f}" for value in ours)
        print(f"  {name:<10}{len(documents):>10,}{len(relevant):>10,}  {told}   {bars}   {'  '.join(f'{value:.3f}' for value in theirs)}", flush=True)


class Language:
    """A language that nobody speaks: words by their ranks, drawn as Zipf found them."""

    def __init__(self):
        self.random = random.Random(7)
        syllables = [a + b for a in "bdfgklmnprstv" for b in "aeiou"]
        self.words = ["".join(self.random.choice(syllables) for _ in range(2 + rank.bit_length() // 6)) for rank in range(VOCABULARY)]
        total, self.sums = 0.0, []
        for rank in range(VOCABULARY):
            total += 1 / (rank + 2.7)
            self.sums.append(total)

    def text(self, words):
        return " ".join(self.random.choices(self.words, cum_weights=self.sums, k=words))


def entries(language):
    began = datetime(2005, 1, 1, tzinfo=UTC)
    for number in range(1, POSTS + 1):
        at = began + timedelta(minutes=8 * number)
        yield Entry(number, (4 + 4 * (number % 3),), number // 5 + 1, "post", at, language.text(5), language.text(WORDS), "en", "Ana Tu", number % 900, ("WS",))


def folder_size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def asked(look, words, texts):
    """Ten best with passages, as `lookups.find` makes them; texts stand in for the rooms that are asked for them."""
    began = time.process_time()
    wished = finding.wish(look, wording.understood(words), [4, 8, 12], ["en"])
    hits = finding.answers(look, wished, most=22).hits
    for place, _ in enumerate(hits[:10]):
        passages.passage(texts[place % len(texts)], wished.words, wished.languages, look.rarity)
    return (time.process_time() - began) * 1000


def speed():
    language = Language()
    with tempfile.TemporaryDirectory(prefix="talanoa-bench-") as place:
        index = Index(Path(place))
        writer = index.writer()
        began, size = time.process_time(), 0
        drawing = 0.0
        made = entries(language)
        while True:
            began_drawing = time.process_time()
            piece = [one for _, one in zip(range(5_000), made, strict=False)]
            drawing += time.process_time() - began_drawing
            if not piece:
                break
            size += sum(len(one.text) + len(one.title) for one in piece)
            writer.add(1, piece)
        writer.commit()
        writer.settle()
        spent = time.process_time() - began - drawing
        share = folder_size(Path(place)) / size
        look = index.look()
        print(f"\nSpeed: {look.size:,} posts, {size / 1e6:,.0f} MB of text")
        print(f"  indexed            {POSTS / spent:10,.0f} posts/s of one core   {spent / POSTS * 1000:.3f} ms a post")
        print(f"  size of the index  {share:10.2f} times the text   bar 1.20")
        texts = [language.text(WORDS) for _ in range(10)]
        ranks = {"common words": (20, 400), "rare words": (20_000, VOCABULARY)}
        for name, (first, last) in ranks.items():
            for many in (1, 2, 3):
                asks = [" ".join(language.random.choice(language.words[first:last]) for _ in range(many)) for _ in range(40)]
                times = [asked(look, words, texts) for words in asks]
                bar = (10 if name == "common words" else 3) if many < 3 else "-"
                print(f"  {name}, {many}      {statistics.median(times):10.1f} ms median, {max(times):.1f} at most   bar {bar}", flush=True)


def house():
    """A house with an archive that was released and indexed, and a member's browser; words of its letters, common and rare."""
    os.environ |= {"TALANOA_MAIL_DOMAIN": "lists.example.org", "TALANOA_LOG": "warning", "DJANGO_SETTINGS_MODULE": "talanoa.settings"}
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client

    from talanoa.communities import actions as communities
    from talanoa.migration import actions as migration
    from talanoa.migration import importing
    from talanoa.people import actions as people
    from talanoa.search import actions

    call_command("migrate", verbosity=0)
    now, language = datetime.now(UTC), Language()
    with transaction.atomic():
        wells = communities.found("wells", name="Wells", address="wells@lists.example.org", at=now)
        ana = people.introduce("m1@people.example", at=now, name="Ana")
        communities.join(wells, ana, at=now)
    file = Path(os.environ["TALANOA_HOME"], "archive.mbox")
    with file.open("w") as made:
        for number in range(ON_PAGES):
            at = format_datetime(datetime(2005, 1, 1, tzinfo=UTC) + timedelta(hours=20 * number))
            answers = f"In-Reply-To: <{number - 1}@old.example>\n" if number % 5 else ""
            made.write(
                f"From m@old.example Sat Jan  1 00:00:00 2005\nFrom: Member {number % 90} <m{number % 90}@people.example>\nDate: {at}\n"
                f"Subject: {language.text(5)}\nMessage-ID: <{number}@old.example>\n{answers}\n{language.text(WORDS)}\n\n"
            )
    importing.bring_in(wells, [file], at=now, tell=lambda _done, _of: None)
    migration.release(wells)
    actions.level()
    saved = [actions.save_search(language.text(2), community=wells, how="daily", by=ana, at=now) for _ in range(20)]
    actions.give_feed(saved[0].pk, by=ana)
    client = Client(SERVER_NAME="localhost")
    client.post(f"/sign-in/{people.make_sign_in_link(ana.addresses.get(), source='bench', at=now)}")
    return client, language


def pages():
    with tempfile.TemporaryDirectory(prefix="talanoa-bench-") as place:
        os.environ["TALANOA_HOME"] = place
        client, language = house()
        ask = {"common": (20, 400), "rare": (2_000, 20_000)}
        paths = {f"found, {name} words": [] for name in ask} | {"saved searches": ["/searches"] * 20}
        for name, (first, last) in ask.items():
            for _ in range(40):
                paths[f"found, {name} words"].append("/c/wells/search?q=" + "+".join(language.random.choice(language.words[first:last]) for _ in range(2)))
        feed = re.search(rb"/searches/feed/\w+\.atom", client.get("/searches").content)
        paths["feed of a saved search"] = [feed[0].decode()] * 20
        print(f"\nPages: {ON_PAGES:,} posts; median of the processor's milliseconds, without the network")
        for name, those in paths.items():
            times = []
            for path in those:
                began = time.process_time()
                assert client.get(path).status_code == 200
                times.append((time.process_time() - began) * 1000)
            bar = "   bar 25" if "common" in name else "   bar 15" if "rare" in name else ""
            print(f"  {name:<24}{statistics.median(times):8.1f} ms, {max(times):.1f} at most{bar}", flush=True)


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["relevance", "speed", "pages"]
    if "relevance" in chosen:
        relevance()
    if "speed" in chosen:
        speed()
    if "pages" in chosen:
        pages()
