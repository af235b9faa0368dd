"""Values of a JSON file come one at a time, wherever it is cut."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from talanoa.migration import values

MESSAGES = st.lists(st.dictionaries(st.text(max_size=4), st.one_of(st.text(max_size=8), st.lists(st.integers(), max_size=3)), max_size=3), max_size=5)
WAYS = {
    "a list": json.dumps,
    "a list over lines": lambda those: json.dumps(those, indent=2),
    "a line each": lambda those: "\n".join(map(json.dumps, those)),
    "over lines, one after the other": lambda those: "\n".join(json.dumps(one, indent=1) for one in those),
}


@settings(max_examples=60)
@given(MESSAGES, st.sampled_from(sorted(WAYS)), st.integers(1, 40), st.booleans())
def test_what_was_written_is_read_wherever_it_is_cut(those, way, chunk, marked):
    written = ("\ufeff" if marked else "") + WAYS[way](those)
    whole, values.CHUNK = values.CHUNK, chunk
    try:
        assert list(values.values(io.BytesIO(written.encode()), most=10_000)) == those
    finally:
        values.CHUNK = whole


def test_damage_costs_no_line_but_its_own():
    lines = b'{"a": 1}\n{"b": \n{"c": 3}\n'
    found = list(values.values(io.BytesIO(lines), most=10_000))
    assert [one for one in found if isinstance(one, dict)] == [{"a": 1}, {"c": 3}]
    assert [one.content.strip() for one in found if isinstance(one, values.Damage)] == [b'{"b":']
