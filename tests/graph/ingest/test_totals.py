"""Rows that add up others."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graph.ingest.totals import is_total, totals


def rows(*records: str) -> pa.Table:
    cells = [record.split(",") for record in records]
    return pa.table({n: pa.array(c, pa.large_string()) for n, c in zip("abcd", zip(*cells, strict=True), strict=False)})


@pytest.mark.parametrize("cell", ["合计", " 总计： ", "TOTAL", "Grand total", "小計", "Subtotal:", "平均值"])
def test_words_of_totals(cell: str) -> None:
    assert is_total(cell)


@pytest.mark.parametrize("cell", ["", "Total War", "合计机", "总", "u1", "totality"])
def test_other_words(cell: str) -> None:
    assert not is_total(cell)


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("u1,p1,5", False),
        ("合计,,5", True),
        ("合计,30,", True),
        ("Total,Total,5", True),
        ("u1,total,5", False),  # somebody searched for it
        (",,合计", True),
        (",p1,合计", True),
        ("u1,,合计", True),
        ("u1,p1,合计", False),
        ("TOTAL：,,", True),
        ("商品000001,p,5", False),
    ],
)
def test_rows_that_add_up_others(record: str, wanted: bool) -> None:
    found, column = totals(rows("u0,p0,1", record), ["a", "b"])
    assert found.tolist() == [False, wanted]
    assert bool(column) is wanted


def test_no_rows() -> None:
    assert totals(rows("a,b,c").slice(0, 0), ["a"])[0].tolist() == []
