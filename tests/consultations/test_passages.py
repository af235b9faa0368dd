"""Passages keep their numbers through all versions of a draft; what is not certain is not claimed."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.consultations import matching
from talanoa.consultations.passages import carry_on, cut
from talanoa.documents.blocks import Block

WORDS = "district engineer inspects every water point twice year writes down what found repairs cost less than dollars made committee within seven days households pay monthly fee council audits books open users members elected again results read public meeting posted arsenic fluoride tested bacteria register published village head exempted".split()


def draft(count, seed=1):
    chance = random.Random(seed)
    return [Block("paragraph", " ".join(chance.choices(WORDS, k=14)) + f" {number}x.") for number in range(count)]


def told(passages):
    return [(one.label, one.how, one.moved, one.origins) for one in passages]


def next_of(first, blocks, used=()):
    return carry_on(first, blocks, used)


def test_a_draft_that_stays_keeps_all_numbers():
    first = cut(draft(30))
    assert [one.label for one in first] == [str(number) for number in range(1, 31)]
    assert told(next_of(first, draft(30))) == [(one.label, "same", False, (one.label,)) for one in first]


def test_each_thing_that_may_happen_to_a_passage():
    blocks = draft(12)
    first = cut(blocks)
    halves = blocks[3].text.split()
    words = blocks[6].text.split()
    words[::3] = ["altogether", "differently", "phrased", "now", "here"][: len(words[::3])]
    after = [
        blocks[0],
        Block("paragraph", "Something entirely new about livestock and fences."),
        blocks[1],
        blocks[9],  # moved up
        Block("paragraph", " ".join(halves[:8])),
        Block("paragraph", " ".join(halves[8:])),
        Block("paragraph", f"{blocks[4].text} {blocks[5].text}"),
        Block("paragraph", " ".join(words)),
        *blocks[7:9],
        *blocks[10:],
    ]
    found = {one.text: one for one in next_of(first, after)}
    assert found[after[1].text].label == "1a"
    assert found[after[1].text].how == "new"
    assert (found[blocks[9].text].label, found[blocks[9].text].moved) == ("10", True)
    parts = found[after[4].text], found[after[5].text]
    assert {one.how for one in parts} == {"split"}
    assert [one.origins for one in parts] == [("4",), ("4",)]
    assert sorted(one.label for one in parts) == ["4", "4a"]
    merged = found[after[6].text]
    assert (merged.how, sorted(merged.origins), merged.label in ("5", "6")) == ("merged", ["5", "6"], True)
    assert (found[after[7].text].label, found[after[7].text].how) == ("7", "changed")
    assert "3" not in {one.label for one in found.values()}, "the third is gone"


def test_a_number_is_never_given_twice():
    """A passage that came and went leaves its number to nobody."""
    blocks = draft(5)
    first = cut(blocks)
    second = next_of(first, [blocks[0], Block("paragraph", "Livestock must be kept away from wells."), *blocks[1:]])
    third = next_of(second, blocks, {"1a"})
    fourth = next_of(third, [blocks[0], Block("paragraph", "Nothing like it: taxes on diesel engines."), *blocks[1:]], {"1a"})
    assert [one.label for one in third] == ["1", "2", "3", "4", "5"]
    assert [one.label for one in fourth] == ["1", "1b", "2", "3", "4", "5"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["same words here", "pump", "a b c d e f", "水是生命", ""]), max_size=12), st.lists(st.sampled_from(["same words here", "pump", "a b c d e f g", "水是生命之源"]), max_size=12))
def test_no_passage_has_two_heirs_and_no_number_two_passages(old, new):
    matches = matching.match([("paragraph", one) for one in old], [("paragraph", one) for one in new])
    assert len(matches) == len(new)
    inherited = list(matching.heirs(matches).values())
    assert len(inherited) == len(set(inherited))
    chief = [one.origins[0] for one in matches if one.origins and one.how != "split"]
    assert len(chief) == len(set(chief))
