"""Members and settings of a Mailman 2 list; nothing that stands in its files is executed."""

import os
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.migration import mailman, pickles


class Harm:
    """What a pickle runs when Python reads it."""

    def __init__(self, words):
        self.words = words

    def __reduce__(self):
        return os.system, (self.words,)


class BounceInfo:
    """Stands for Mailman's own class, which is not here."""

    def __init__(self):
        self.score = 2.0


CONFIG = {
    "real_name": "Wells",
    "description": "Who counts wells",
    "subject_prefix": "[wells] ",
    "archive_private": 1,
    "password": "d0be2dc421be4fcd0172e5afceea3970e2f3d940",
    "owner": ["ana@people.example", "chandra@people.example"],
    "moderator": ["ana@people.example"],
    "ban_list": ["^.*@spam.example"],
    "members": {"ben@people.example": "Ben@People.example", "ana@people.example": 0, "no address": 0},
    "digest_members": {"dalia@people.example": 0, "farid@people.example": 0, "greta@people.example": 0},
    "usernames": {"ben@people.example": "Ben", "dalia@people.example": "Dal\xc3\xada", "farid@people.example": "Far\xedd"},
    "user_options": {"dalia@people.example": 8, "ben@people.example": 128, "greta@people.example": 1},
    "language": {"farid@people.example": "fr"},
    "delivery_status": {"farid@people.example": (4, 1136102400.0), "ben@people.example": (0, 0)},
    "bounce_info": {"farid@people.example": BounceInfo()},
    "passwords": {"ben@people.example": "sekrit"},
}


def written(tmp_path, content: bytes, name="config.pck"):
    file = tmp_path / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_the_members_of_a_config_come_with_what_they_chose(tmp_path, protocol):
    found = mailman.members(written(tmp_path, pickle.dumps(CONFIG, protocol)))
    assert [(one.address, one.name, one.delivery, one.role, one.member) for one in found] == [
        ("ana@people.example", "", "each", "facilitator", True),
        ("ben@people.example", "Ben", "each", "", True),
        ("chandra@people.example", "", "each", "facilitator", False),
        ("dalia@people.example", "Dalía", "daily", "", True),
        ("farid@people.example", "Faríd", "none", "", True),
        ("greta@people.example", "", "none", "", True),
    ]
    told = {one.address: one for one in found}
    farid = told["farid@people.example"]
    assert (farid.stopped_by, farid.stopped_at, farid.language) == ("bounces", datetime(2006, 1, 1, 8, tzinfo=UTC), "fr")
    assert [one.html for one in found] == [True, True, True, False, True, True]
    assert [one.address for one in found if one.moderated] == ["ben@people.example"]


def test_the_settings_come_without_secrets(tmp_path):
    told = mailman.settings(written(tmp_path, pickle.dumps(CONFIG, 1)))
    assert told["real_name"] == "Wells"
    assert told["ban_list"] == ["^.*@spam.example"]
    assert "sekrit" not in repr(told)
    assert "d0be2dc" not in repr(told)
    assert not set(told) & {"members", "usernames", "bounce_info", "passwords"}


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_in_a_pickle_is_executed(tmp_path, protocol):
    """Python's own reader would run it; here the rest is read, or the file is refused."""
    mark = tmp_path / "harm"
    harmful = pickle.dumps(CONFIG | {"members": {"ben@people.example": Harm(f"touch {mark}")}, "usernames": Harm(f"touch {mark}")}, protocol)
    if protocol <= 3:
        assert "ben@people.example" in {one.address for one in mailman.members(written(tmp_path, harmful))}
    else:
        with pytest.raises(mailman.NotMailman, match="stands in no plain data"):
            mailman.members(written(tmp_path, harmful))
    assert not mark.exists()
    pickle.loads(harmful)
    assert mark.exists()  # so much for that it is harmful


def test_a_pickle_that_swells_is_refused():
    """A place in the memo far away would make Python's reader take gigabytes; tuples within tuples take for ever to hash."""
    assert pickles.plain(b"}r\xff\xff\xff\xff.") == {}
    deep = b"(" + b"N" + b"2\x86" * 80 + b"Nd."
    assert pickles.plain(deep) == {}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)


@settings(max_examples=40)
@given(PLAIN, st.integers(0, 2))
def test_plain_data_is_what_python_reads(told, protocol):
    assert pickles.plain(pickle.dumps(told, protocol)) == told


@settings(max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_bytes_do_any_harm(junk, place):
    whole = pickle.dumps(CONFIG, 2)
    for content in (junk, whole[:place] + junk + whole[place:]):
        try:
            pickles.plain(content)
        except pickles.Damaged:
            pass


LISTED = b"""\
Non-digest (regular) members:
ben@people.example
"Greta, A." <greta@people.example>

Digest members:
dalia@people.example (Dalia)
"""
CONFIG_LIST = b'''\
# -*- python -*-
## captured on Sun Jan  1 08:00:00 2006
# The list administrator email addresses.
owner = ['ana@people.example', """chandra@people.example"""]
moderator = []
real_name = 'Wells'
description = """Who counts
wells"""
__import__('os').system('false')
nets = __import__('os')
mod_password = 'sekrit'
'''


def test_what_the_programs_of_mailman_print_is_read(tmp_path):
    found = mailman.members(written(tmp_path, LISTED, "members.txt"))
    assert [(one.address, one.name, one.delivery) for one in found] == [
        ("ben@people.example", "", "each"),
        ("dalia@people.example", "Dalia", "daily"),
        ("greta@people.example", "Greta, A.", "each"),
    ]
    config = written(tmp_path, CONFIG_LIST, "config.txt")
    assert [(one.address, one.role, one.member) for one in mailman.members(config)] == [
        ("ana@people.example", "facilitator", False),
        ("chandra@people.example", "facilitator", False),
    ]
    assert mailman.settings(config) == {
        "owner": ["ana@people.example", "chandra@people.example"],
        "moderator": [],
        "real_name": "Wells",
        "description": "Who counts\nwells",
    }


@pytest.mark.parametrize("content", [b"", b"Who are we?\n", b"(dp0\n.", b"}q\x01", b"\x80\x02]q\x00.", b"a = (\n", b"\xff\xfe"])
def test_what_is_no_file_of_mailman_is_refused_with_a_sentence(tmp_path, content):
    with pytest.raises(mailman.NotMailman):
        mailman.members(written(tmp_path, content))
