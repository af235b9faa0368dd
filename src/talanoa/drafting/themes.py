"""What a conversation speaks of: sentences grouped under labels taken from them; pure.

A label is a phrase that several people used. Themes are chosen so that together
they cover most sentences (greedy set cover); a sentence without a label's words
joins the theme it is nearest to, or none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from talanoa.drafting.stances import AGREES, DIFFERS, negates, stance
from talanoa.drafting.summary import Candidate
from talanoa.language.phrases import Key, phrases
from talanoa.language.similarity import dot, total, unit
from talanoa.language.words import UNSPACED_RUN

FEWEST, MOST = 2, 7
# So many sentences to a theme, about.
SENTENCES = 6
# A phrase that stands in more than this share of the sentences tells nothing apart.
COMMON = 0.5
# So many phrases are weighed as labels, and so many sentences are compared with each other in a theme.
LABELS, COMPARED = 200, 60
NEAR, ALIKE = 0.15, 0.3
# Words that carry a meaning and yet name no theme when they stand alone.
GENERAL = frozenset(
    "use used using get got getting make made making need needs want try tried know think go going come see look find found give take put "
    "way ways thing things lot kind people time year years day days case example examples problem question work works good new first last "
    "many done different able possible".split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """A theme: its label as somebody wrote it, its sentences best first, and where people agree and differ."""

    label: str
    sentences: tuple[Candidate, ...]
    agreement: tuple[Candidate, ...]
    difference: tuple[Candidate, ...]


def themes(said: Sequence[Candidate]) -> list[Group]:
    """The themes of what was said, largest first; none where nobody repeats a phrase."""
    labels = _labels(said)
    if not labels:
        return []
    members: dict[str, list[Candidate]] = {label: [] for label, _ in labels}
    centres = [(label, unit(total(said[number].vector for number in numbers))) for label, numbers in labels]
    holding: dict[int, set[str]] = defaultdict(set)
    for label, numbers in labels:
        for number in numbers:
            holding[number].add(label)
    for number, one in enumerate(said):
        among = [(label, centre) for label, centre in centres if label in holding[number]] or centres
        nearness, label = max(((dot(one.vector, centre), label) for label, centre in among), key=lambda pair: pair[0])
        if holding[number] or nearness >= NEAR:
            members[label].append(one)
    groups = [_group(label, several) for label, several in members.items() if several]
    return sorted(groups, key=lambda group: -len(group.sentences))


def _group(label: str, members: list[Candidate]) -> Group:
    agreement, difference = _points(sorted(members, key=lambda one: -one.score)[:COMPARED])
    in_order = sorted(members, key=lambda one: (one.said.message, one.said.place))
    return Group(
        label,
        tuple(sorted(members, key=lambda one: -one.score)),
        tuple(one for one in in_order if id(one) in agreement),
        tuple(one for one in in_order if id(one) in difference),
    )


def _points(members: list[Candidate]) -> tuple[set[int], set[int]]:
    """Sentences that agree, and those that differ: by their cue words, and as pairs of two people.

    Two people who say nearly the same agree; when one of them negates it, they differ.
    """
    agreement = {id(one) for one in members if stance(one.said.sentence) == AGREES}
    difference = {id(one) for one in members if stance(one.said.sentence) == DIFFERS}
    for number, one in enumerate(members):
        for other in members[:number]:
            if one.author != other.author and dot(one.vector, other.vector) >= ALIKE:
                apart = negates(one.said.sentence) != negates(other.said.sentence)
                (difference if apart else agreement).update((id(one), id(other)))
    return agreement - difference, difference


def _labels(said: Sequence[Candidate]) -> list[tuple[str, set[int]]]:
    """The phrases that cover most, each with the numbers of the sentences it stands in."""
    where: dict[Key, set[int]] = defaultdict(set)
    written: dict[Key, Counter[str]] = defaultdict(Counter)
    for number, one in enumerate(said):
        for key, phrase in phrases(one.said.sentence, one.said.language):
            where[key].add(number)
            written[key][phrase] += 1
    alone = len({one.author for one in said}) < 2
    worth: dict[Key, float] = {}
    for key, numbers in where.items():
        people = len({said[number].author for number in numbers})
        if (people > 1 or (alone and len(numbers) > 1)) and (len(numbers) <= max(2, COMMON * len(said))):
            weight = _weight(key, written[key])
            if weight:
                worth[key] = weight * people
    best = sorted(worth, key=lambda key: (-worth[key] * len(where[key]), key))[:LABELS]
    wanted = max(FEWEST, min(MOST, len(said) // SENTENCES))
    chosen: list[Key] = []
    covered: set[int] = set()
    while best and len(chosen) < wanted:
        key = max(best, key=lambda key: (len(where[key] - covered) * worth[key], key))
        if len(where[key] - covered) < (2 if chosen else 1):
            break
        chosen.append(key)
        covered |= where[key]
        best = [other for other in best if not set(other) & set(key)]
    return [(written[key].most_common(1)[0][0], where[key]) for key in chosen]


def _weight(key: Key, written: Counter[str]) -> float:
    """Two words say more than one; a single short word says little."""
    phrase = next(iter(written))
    if UNSPACED_RUN.match(phrase):
        return 1 + len(phrase) / 4
    if len(key) > 1:
        return 1.5 + len(key) / 2
    if any(one.lower() in GENERAL for one in written):
        return 0.0
    return 1.0 if len(phrase) > 4 else 0.5
