"""How well passages keep their numbers from draft to draft, and how fast a large consultation is: a table of task, bar, figure, ratio.

    python bench/consultation.py

Pairs of versions are made of real documents by scripted edits (insert, delete, move, split, merge, rewrite a third of the words), so
that the truth is known. Third-party texts are looked for in TALANOA_TEST_DATA or in `shared/data` beside the project; the docs of
the project are there always. The reference, in the same run, is Python's own difflib on whole passages.
"""

import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE / "src"))

from talanoa.consultations import matching
from talanoa.consultations.matching import MERGED
from talanoa.documents.reading import read_here
from talanoa.language.sentences import sentences

DATA = Path(os.environ.get("TALANOA_TEST_DATA") or HERE.parent / "shared/data")


def documents():
    """Name and passages (kind, text) of each document."""
    for path in sorted((HERE / "docs").rglob("*.md")):
        yield path.name, [(block.kind, block.text) for block in read_here(path.read_bytes(), ending="md").blocks]
    for path in sorted((DATA / "search/xquad").glob("*.json")):
        for number, article in enumerate(json.loads(path.read_text())["data"]):
            said = [("heading", article.get("title", ""))] + [("paragraph", one["context"]) for one in article["paragraphs"]]
            yield f"{path.stem} {number}", [one for one in said if one[1]]
    cranfield = DATA / "search/cranfield/cran.all.1400"
    if cranfield.exists():
        said = []
        for record in cranfield.read_text(errors="replace").split("\n.I ")[:1400]:
            title, _, rest = record.partition("\n.T\n")[2].partition("\n.A\n")
            text = rest.partition("\n.W\n")[2].removeprefix(title)
            said += [("heading", " ".join(title.split())), *(("paragraph", " ".join(one.split())) for one in re.split(r"\n {2,}", text) if one.strip())]
        said = [one for one in said if one[1]]
        for begin in range(0, len(said), 400):
            yield f"cranfield {begin}", said[begin : begin + 400]
    mails = DATA / "summaries/convosumm_email/email.val.source.remove_markers_simple_separator.txt"
    if mails.exists():
        for number, line in enumerate(mails.read_text().splitlines()[:60]):
            groups = sentences(line)
            yield f"mails {number}", [("paragraph", " ".join(str(one) for one in groups[at : at + 3])) for at in range(0, len(groups), 3)]


def cut_in_two(text, chance):
    """A text in two parts: between sentences where there are some."""
    said = [str(one) for one in sentences(text)]
    if len(said) > 1:
        at = chance.randrange(1, len(said))
        return " ".join(said[:at]), " ".join(said[at:])
    words = text.split()
    if len(words) > 11:
        at = chance.randrange(5, len(words) - 5)
        return " ".join(words[:at]), " ".join(words[at:])
    return None


def rewritten(text, others, chance):
    """A text of which a third of the words are others'."""
    words = text.split()
    if len(words) < 3:
        letters = list(text)  # no spaces between words, or hardly a word
        if len(letters) < 30:
            return text
        for at in range(0, len(letters) - 6, 12):
            letters[at : at + 4] = chance.choice(others)[1][:4]
        return "".join(letters)
    strange = chance.choice(others)[1].split() or words
    for at in chance.sample(range(len(words)), max(1, len(words) // 3)):
        words[at] = chance.choice(strange)
    return " ".join(words)


def edited(passages, strange, chance, *, share=0.3):
    """A next version, and for each of its passages the places that it comes from."""
    made = [(kind, text, (place,)) for place, (kind, text) in enumerate(passages)]
    for _ in range(max(1, int(len(passages) * share))):
        if len(made) < 4:
            break
        at = chance.randrange(len(made))
        kind, text, origins = made[at]
        act = chance.choice(["insert", "delete", "move", "split", "merge", "rewrite"])
        if act == "insert":
            made.insert(at, (*chance.choice(strange), ()))
        elif len(origins) != 1 or text != passages[origins[0]][1]:
            continue  # touched already
        elif act == "delete":
            del made[at]
        elif act == "move":
            made.insert(chance.randrange(len(made)), made.pop(at))
        elif act == "split" and (parts := cut_in_two(text, chance)):
            made[at : at + 1] = [(kind, parts[0], origins), (kind, parts[1], origins)]
        elif act == "merge" and at + 1 < len(made):
            other = made[at + 1]
            if len(other[2]) == 1 and other[1] == passages[other[2][0]][1] and min(len(matching.units(text)), len(matching.units(other[1]))) >= 3:
                made[at : at + 2] = [(kind, f"{text} {other[1]}", (*origins, *other[2]))]
        elif act == "rewrite":
            made[at] = (kind, rewritten(text, strange, chance), origins)
    return made


def by_difflib(old, new):
    """The reference: what stands at the same place of the same stretch."""
    found = [()] * len(new)
    blocks = SequenceMatcher(None, [text for _, text in old], [text for _, text in new], autojunk=False).get_opcodes()
    for _, i1, i2, j1, j2 in blocks:
        for step in range(min(i2 - i1, j2 - j1)):
            found[j1 + step] = (i1 + step,)
    return found


def judge(rounds=3):
    counts, wrong, took = Counter(), Counter(), 0.0
    every = list(documents())
    for number, (name, passages) in enumerate(every):
        strange = every[(number + 7) % len(every)][1] + every[(number + 13) % len(every)][1]
        for turn in range(rounds):
            chance = random.Random(f"{name} {turn}")
            made = edited(passages, strange, chance, share=(0.15, 0.3, 0.5)[turn % 3])
            old, new = passages, [(kind, text) for kind, text, _ in made]
            begun = time.perf_counter()
            found = matching.match(old, new)
            took += time.perf_counter() - begun
            reference = by_difflib(old, new)
            said = [text for _, text in old]
            for place, (_, _text, origins) in enumerate(made):
                counts["passages"] += 1
                truth = {said[one] for one in origins}  # of the same words in two places either is right
                got = {said[one] for one in found[place].origins}
                counts["right"] += got == truth
                counts["reference"] += {said[one] for one in reference[place]} == truth
                if got != truth:
                    sort = "new" if not truth else "merge" if len(truth) > 1 else "other"
                    wrong[f"{sort} taken for {found[place].how}"] += 1
                counts["merged wrongly"] += found[place].how == MERGED and not got <= truth
            counts["pairs"] += 1
    return counts, wrong, took


PAGES, COMMENTS = 300, 5_000


def large():
    """A draft of 300 pages with 5,000 comments, through the verbs, and how long its pages and exports take:
    name, bar, and seconds of processor, which other work on the machine disturbs least."""
    os.environ["TALANOA_HOME"] = tempfile.mkdtemp()
    os.environ["DJANGO_SETTINGS_MODULE"] = "talanoa.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    from talanoa.communities import actions as communities
    from talanoa.consultations import actions
    from talanoa.consultations.comments import Said
    from talanoa.people import actions as people

    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    community = communities.found("bench", name="Bench", address="bench@lists.example.org", at=at, visibility="public", first_posts_held=0)
    persons = [people.introduce(f"p{number}@people.example", at=at, name=f"Person {number}", organisation=f"Office {number % 60}") for number in range(200)]
    for person in persons:
        communities.join(community, person, at=at)
    communities.appoint(community, persons[0], "facilitator", at=at)
    chance = random.Random(7)
    words = (HERE / "docs/path-of-a-mail.md").read_text().split()
    said = []
    for number in range(PAGES * 8):  # some 50 words each: 400 on a page
        said += [f"## Part {number // 40}"] if number % 40 == 0 else []
        said.append(" ".join(chance.choices(words, k=50)).replace("#", ""))
    draft = "\n\n".join(said).encode()
    of = actions.prepare(community, title="A long draft", text="Help us.", visibility="open", data=draft, name="draft.md", by=persons[0], at=at)
    actions.open_(of, closes_at=at + timedelta(days=30), by=persons[0], at=at)
    labels = [one.label for one in of.versions.get().passages.all()]
    for _batch in range(0, COMMENTS, 25):
        those = [Said((chance.choice(labels),), " ".join(chance.choices(words, k=25)), " ".join(chance.choices(words, k=10))) for _ in range(25)]
        actions.comment(of, those, by=chance.choice(persons), at=at)
    here = f"/c/bench/consultations/{of.number}"
    client = Client()
    for name, path, bar, rounds in (
        ("page of the draft", here, "300 ms", 9),
        ("page of the matrix", f"{here}/matrix", "300 ms", 9),
        ("matrix as a spreadsheet", f"{here}/matrix.xlsx", "10 s", 3),
        ("matrix as a Word table", f"{here}/matrix.docx", "10 s", 3),
    ):
        times = []
        for _ in range(rounds):
            begun = time.process_time()
            answer = client.get(path)
            times.append(time.process_time() - begun)
            assert answer.status_code == 200, (path, answer.status_code)
        yield f"{name}, {len(labels)} passages, {COMMENTS} comments", bar, statistics.median(times)


def main():
    counts, wrong, took = judge()
    right, reference = counts["right"] / counts["passages"], counts["reference"] / counts["passages"]
    print(f"{'task':44} {'bar':>8} {'figure':>9} {'reference':>10}")
    print(f"{'passages that keep their identity':44} {'98 %':>8} {right:>9.2%} {reference:>10.2%}   {counts['passages']} in {counts['pairs']} pairs")
    print(f"{'passages merged wrongly':44} {'0':>8} {counts['merged wrongly']:>9}")
    print(f"{'time for a pair of versions':44} {'':>8} {took / counts['pairs'] * 1000:>6.0f} ms")
    for what, count in wrong.most_common():
        print(f"   wrong: {what}: {count}")
    for name, bar, seconds in large():
        print(f"{name:44} {bar:>8} {seconds * 1000:>6.0f} ms")


if __name__ == "__main__":
    main()
