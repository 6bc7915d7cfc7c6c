"""How values are read from people and shown to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from cli.shell.parameters import collected, read_parameters, typed
from cli.shell.table import cut, fitted, listed
from cli.shell.values import flat, plain, shown
from graph.errors import ConfigError

NODE = {"labels": ["Person", "KOL"], "properties": {"city": "上海", "id": "k1"}}
FOLLOWS = {"type": "FOLLOWS", "properties": {}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (2026, "2026"),
        (-12345, "-12,345"),
        (0.123456, "0.1235"),
        (188900.0, "188,900"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("上海", "上海"),
        ("two\nlines\x1b[2J", "two lines [2J"),
        ("\u202eevil", " evil"),
        ([], ""),
        ([1, "a", None, [2.5]], '1, "a", null, [2.5]'),
        ({"a": 1, "b c": True}, "{a: 1, `b c`: true}"),
        (NODE, '(:Person:KOL {id: "k1", city: "上海"})'),
        (FOLLOWS, "[:FOLLOWS]"),
        ({"nodes": [NODE, NODE], "relationships": [FOLLOWS]}, f"{shown(NODE)}-[:FOLLOWS]-{shown(NODE)}"),
        ([NODE], shown(NODE)),
    ],
)
def test_values_are_shown_as_in_cypher(value: Any, text: str) -> None:
    assert shown(value) == text


def test_json_gets_no_number_that_is_none() -> None:
    assert plain([float("inf"), {"a": (1, float("nan"))}]) == [None, {"a": [1, None]}]


def test_a_flat_cell_holds_scalars_or_json() -> None:
    assert flat([1, "a"]) == [1, "a"]
    assert json.loads(flat([NODE, float("nan")])) == [NODE, None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("007", "007"),
        ("2026-06-30", "2026-06-30"),
        ('"5"', "5"),
        ("上海", "上海"),
        ("", ""),
        ('["a", {"b": [1]}]', ["a", {"b": [1]}]),
        ("[1,", "[1,"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("' OR 1=1 //", "' OR 1=1 //"),
        ("9223372036854775807", 2**63 - 1),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_value_is_json_or_else_a_text(text: str, value: object) -> None:
    assert typed(text) == value


@pytest.mark.parametrize(
    "text", ["9223372036854775808", "[-99999999999999999999]", "1e999", "\udcff", '{"a": "\\ud800"}']
)
def test_what_no_engine_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        typed(text)


def test_pairs_are_split_at_the_first_equals_sign() -> None:
    assert collected(["a=b=c", "$x=", "城市=上海"]) == {"a": "b=c", "x": "", "城市": "上海"}
    for wrong in (["a"], ["=1"], ["1a=1"], ["a b=1"], ["a=1", "a=2"]):
        with pytest.raises(ConfigError):
            collected(wrong)


def test_a_parameter_file_is_one_json_object(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('\ufeff{"city": "上海", "ids": ["a"], "n": 5}', "utf-8")
    assert read_parameters(file) == {"city": "上海", "ids": ["a"], "n": 5}
    for wrong in ("", "[1]", '{"a": NaN}', '{"a b": 1}', '{"a": 99999999999999999999}', "\xff"):
        file.write_bytes(wrong.encode("latin-1"))
        with pytest.raises(ConfigError):
            read_parameters(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_parameters(tmp_path)


def test_a_table_fits_and_counts_chinese_as_two() -> None:
    text = fitted(("城市", "n"), [("上海", 12), ("Zoë", None)], 40)
    assert text == "城市   n\n上海  12\nZoë    -\n"


def test_cells_give_way_where_a_table_is_too_wide() -> None:
    text = fitted(("id", "text"), [("U1", "x" * 50), ("U2", "上海" * 20)], 20)
    assert text == "id  text\nU1  " + "x" * 15 + "…\nU2  上海上海上海上…\n"


def test_rows_stand_upright_where_columns_have_no_room() -> None:
    names = [f"column{i}" for i in range(9)]
    text = fitted(names, [list(range(9)), ["上海" * 30] * 9], 30)
    assert text.startswith("row 1\ncolumn0  0\n")
    assert "row 2\n" in text
    assert max(map(get_cwidth, text.splitlines())) <= 30
    assert fitted(names, [], 30) == "\n".join(names) + "\n"


CELLS = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=30), st.lists(st.text(max_size=5), max_size=3)
)


@given(
    st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=4)),
    st.integers(20, 90),
)
def test_no_line_of_a_table_is_wider_than_the_terminal(rows: list[list[Any]], width: int) -> None:
    columns = [f"c{i}" for i in range(len(rows[0]) if rows else 2)]
    for line in fitted(columns, rows, width).splitlines():
        assert get_cwidth(line) <= width


@given(st.text(max_size=30), st.integers(1, 20))
def test_a_cut_text_is_a_beginning(text: str, width: int) -> None:
    kept = cut(text, width)
    assert get_cwidth(kept) <= width
    assert kept == text or text.startswith(kept.removesuffix("…"))


def test_a_list_wraps_its_last_column_and_cuts_nothing() -> None:
    text = listed(("name", "count", "what"), [("a", "1,000", "one two three four five"), ("b", "2", "上海" * 8)], 31)
    assert text.splitlines() == [
        "name  count  what",
        "a     1,000  one two three four",
        "             five",
        "b         2  上海上海上海上海上",
        "             海上海上海上海",
    ]
    narrow = listed(("name", "what"), [("a-long-name", "one two three four")], 20)
    assert narrow.splitlines() == ["a-long-name", "    one two three", "    four"]
