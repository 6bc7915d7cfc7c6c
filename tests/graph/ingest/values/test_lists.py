from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest.values.convert import convert_column
from graph.ingest.values.lists import SEPARATORS, items_of
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("运动|科技", ["运动", "科技"]),
        ("a; b ;c", ["a", "b", "c"]),
        ("a;b,c", ["a", "b,c"]),
        ("运动、科技", ["运动", "科技"]),
        ("运动，科技", ["运动", "科技"]),
        ("alone", ["alone"]),
        ("a||b|", ["a", "b"]),
        ("|", []),
        ("[]", []),
        ('["a", "b c", "a"]', ["a", "b c", "a"]),
        ("[1, 2.50, true]", ["1", "2.50", "true"]),
        ("['a', 'b']", ["a", "b"]),
        ('["a", null]', None),
        ('[["a"]]', None),
        ('["a"', None),
        ('{"a": 1}', None),
        ("[a, b]", None),
        (r'["\ud83d"]', None),
        (r'["\ude00", "\ud83d"]', None),
        (r"['\ud83d']", None),
        (r'["\ud83d\ude00"]', ["😀"]),
        ("[{[]: 1}]", None),
    ],
)
def test_lists(cell: str, wanted: list[str] | None) -> None:
    assert items_of(cell) == wanted
    found = convert_column(pa.array(["", cell], pa.large_string()), Column("list"), ValueFormat())
    assert found.values[0].as_py() is None
    text = found.values[1].as_py()
    assert (None if text is None else json.loads(text)) == wanted
    assert list(found.faults) == ([] if wanted is not None else ["not_a_list"])


def test_a_declared_separator_is_the_only_one() -> None:
    assert items_of("a|b::c", "::") == ["a|b", "c"]


def test_blanks_that_go_are_listed() -> None:
    found = convert_column(pa.array(["a|b", "a | b", '["x ", "y"]'], pa.large_string()), Column("list"), ValueFormat())
    assert found.values.to_pylist() == ['["a","b"]', '["a","b"]', '["x","y"]']
    assert [(c.kind, c.rows.tolist(), c.after.to_pylist()) for c in found.changes] == [("trimmed", [1], ['["a","b"]'])]


ITEM = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=5)


@settings(deadline=None, max_examples=80)
@given(st.lists(ITEM, max_size=5), st.sampled_from(SEPARATORS))
def test_what_is_written_is_read(items: list[str], mark: str) -> None:
    assert items_of(json.dumps(items)) == [item for item in items if item.strip()]
    plain = [item for item in items if not set(item) & set("".join(SEPARATORS)) and item.strip()]
    joined = mark.join(plain)
    if plain and not joined.startswith(("[", "{")):
        assert items_of(joined) == plain
