"""Nobody's words are lost when two edit one section."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.editing.rules import MOST_BLOCKS
from talanoa.publishing.markup import Block, blocks, clean, write
from talanoa.publishing.merging import merge

WORDS = st.lists(st.sampled_from("water school nurse births island we they count <b>".split()), min_size=1, max_size=6).map(" ".join)
KINDS = st.sampled_from([((), "p"), ((), "h3"), (("ul",), "p"), (("ul", "ol"), "p"), (("blockquote",), "p")])
BLOCKS = st.builds(lambda kind, words: Block(*kind, words.replace("<", "&lt;")), KINDS, WORDS)
TEXTS = st.lists(BLOCKS, max_size=6)


@st.composite
def edited(draw, base):
    """What somebody makes of a text: kept, typed on, rewritten, taken away, put between."""
    made = []
    for block in base:
        made += draw(st.lists(BLOCKS, max_size=1)) if draw(st.integers(0, 3)) == 0 else []
        match draw(st.sampled_from(["keep", "keep", "keep", "more", "new", "away"])):
            case "keep":
                made.append(block)
            case "more":
                made.append(Block(block.within, block.tag, f"{block.html} {draw(WORDS)}".replace("<", "&lt;")))
            case "new":
                made.append(draw(BLOCKS))
    return made + draw(st.lists(BLOCKS, max_size=2))


@st.composite
def three(draw):
    base = draw(TEXTS)
    return base, draw(edited(base)), draw(edited(base))


def stands(block, among):
    """Whether the words of a block stand in their order in one of the others."""

    def within(other):
        words = iter(other.typed.split())
        # The last word may go on: who saves again has typed on meanwhile.
        return other.typed.startswith(block.typed) or all(word in words for word in block.typed.split())

    return any(within(other) for other in among)


@settings(max_examples=120, deadline=None)
@given(three())
def test_nothing_typed_is_ever_lost(texts):
    base, one, two = texts
    merged = merge(base, one, two, "[[?]]").blocks
    assert [block for block in (*one, *two) if block not in base and not stands(block, merged)] == []


@settings(max_examples=60, deadline=None)
@given(three())
def test_who_changes_alone_gets_what_they_wrote(texts):
    base, one, _ = texts
    assert merge(base, one, base, "[[?]]").blocks == one
    assert merge(base, base, one, "[[?]]").blocks == one
    assert merge(base, one, one, "[[?]]").blocks == one


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_what_is_written_is_read_again(text):
    assert clean(write(text)) == write(text)
    assert blocks(write(text)) == blocks(write(blocks(write(text))))


A, B, C = "<p>We train village nurses.</p>", "<p>They count births twice.</p>", "<p>Stipends go to the girl.</p>"


@pytest.mark.parametrize(
    ("base", "one", "two", "merged", "conflicts"),
    [
        # Disjoint changes: both are kept.
        (A + B + C, A.replace("We", "All of us") + B + C, A + B + C.replace("girl", "household"), A.replace("We", "All of us") + B + C.replace("girl", "household"), 0),
        (A + B, A.replace("We", "You") + B, A + C + B, A.replace("We", "You") + C + B, 0),
        (A, A.replace("We", "You"), A + B, A.replace("We", "You") + B, 0),
        (A + B + C, B + C, A + B, B, 0),
        ("", A, B, A + B, 0),
        ("<ul><li>one</li><li>two</li></ul>", "<ul><li>one</li><li>two</li><li>three</li></ul>", "<ul><li>One</li><li>two</li></ul>", "<ul><li>One</li><li>two</li><li>three</li></ul>", 0),
        # The same block: both stand, and the later one is marked.
        (A, A.replace("nurses", "midwives"), A.replace("village", "island"), A.replace("nurses", "midwives") + "<p>We train island nurses. [[?]]</p>", 1),
        # What one typed outlives what the other took away.
        (A + B, B, A.replace("nurses", "midwives") + B, A.replace("nurses", "midwives") + B, 0),
        (A + B, A.replace("nurses", "midwives") + B, B, A.replace("nurses", "midwives") + B, 0),
        # A saving whose answer got lost, and typed on meanwhile.
        (A, A.replace("nurses.", "nurses and"), A.replace("nurses.", "nurses and midwives."), A.replace("nurses.", "nurses and midwives."), 0),
        (A, A + "<p>They are</p>", A + "<p>They are paid.</p>" + B, A + "<p>They are paid.</p>" + B, 0),
    ],
)  # fmt: skip
def test_merged_by_block(base, one, two, merged, conflicts):
    done = merge(blocks(base), blocks(one), blocks(two), "[[?]]")
    assert (write(done.blocks), done.conflicts) == (merged, conflicts)


def test_a_source_counts_as_typed():
    """The words are the same and only the link differs: neither link is lost."""
    base = "<p>Nurses count.</p>"
    one, two = (base.replace("Nurses", f'<a href="/c/mdg/m/{key}">Nurses</a>') for key in ("AAA", "BBB"))
    done = write(merge(blocks(base), blocks(one), blocks(two), "[[?]]").blocks)
    assert "AAA" in done
    assert "BBB" in done


def test_two_hundred_blocks_rewritten_are_merged_at_once():
    base = [Block((), "p", f"Number {number} of the blocks") for number in range(200)]
    one = [Block((), "p", f"Line {number} was written anew") for number in range(199)]
    assert len(merge(base, one, [*base, Block((), "p", "More")], "[[?]]").blocks) == 200


def test_two_books_are_brought_together_in_a_moment():
    one, two = ([Block((), "p", f"Line {number} of {who}") for number in range(MOST_BLOCKS)] for who in ("Ana", "Farid"))
    began = time.process_time()
    assert len(merge([], one, [*two, one[0]], "[[?]]").blocks) == 2 * MOST_BLOCKS
    assert time.process_time() - began < 3
