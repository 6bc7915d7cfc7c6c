"""Columns of ids."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.id_spelling import canonical_id, is_destroyed
from graph.ingest.values.convert import convert_column
from graph.ingest.values.id_cells import ids
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column

CELLS = st.one_of(
    st.text(alphabet="０１Ｕu50.#+EeA－（）", min_size=1, max_size=10),
    st.integers(0, 10**20).map(lambda n: f"{n}.0"),
    st.sampled_from(["1.23E+17", "#REF!", "501", "A.0", ".0", "商品１"]),
)


def column(cells: list[str | None]) -> pa.Array:
    return pa.array(cells, pa.large_string())


def test_ids_of_a_column_with_gaps_are_whole_numbers() -> None:
    found = ids(column(["501.0", None, "7.0", "x", "8.5", "0012.0"]))
    assert found.values.to_pylist() == ["501", None, "7", "x", "8.5", "0012"]
    assert [(c.kind, c.rows.tolist(), c.after.to_pylist()) for c in found.changes] == [
        ("normalised", [0, 2, 5], ["501", "7", "0012"])
    ]
    assert not found.faults


@given(st.lists(st.none() | CELLS, max_size=12))
def test_a_column_is_read_as_each_of_its_cells(cells: list[str | None]) -> None:
    found = ids(column(cells))
    assert found.values.to_pylist() == [None if cell is None else canonical_id(cell) for cell in cells]
    bad = found.faults.get("bad_id", np.zeros(len(cells), np.bool_))
    assert bad.tolist() == [cell is not None and is_destroyed(cell) for cell in cells]


@pytest.mark.parametrize("cell", ["1.23E+17", "１．２３Ｅ＋１７", "12345678901234567.0", "#####", "#REF!"])
def test_destroyed_ids_are_refused(cell: str) -> None:
    assert ids(column(["a", cell])).faults["bad_id"].tolist() == [False, True]


def test_texts_that_are_no_ids_stay() -> None:
    found = convert_column(column(["5.0", "Ｕ"]), Column("text"), ValueFormat())
    assert found.values.to_pylist() == ["5.0", "Ｕ"]
