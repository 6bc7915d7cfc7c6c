"""Rows that add up others."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graph.ingest.csv.totals import is_total, totals


def rows(*records: str) -> pa.Table:
    cells = [record.split(",") for record in records]
    return pa.table({n: pa.array(c, pa.large_string()) for n, c in zip("abcd", zip(*cells, strict=True), strict=False)})


@pytest.mark.parametrize("cell", ["合计", " 总计： ", "TOTAL", "Grand total", "小計", "Subtotal:", "平均值"])
def test_words_of_totals(cell: str) -> None:
    assert is_total(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "合 计", "合\u3000计：", "合计:8", "总计：8人", "合 计 ： 1,234.50元", "Grand Total: 8", "total:¥20",
        "共8条记录", "共 8 条", "总共1,200笔订单。", "第1页", "第 1 页 / 共 3 页",
    ],
)  # fmt: skip
def test_totals_with_blanks_and_numbers_and_counts_of_records(cell: str) -> None:
    assert is_total(cell)
    assert totals(rows("u0,p0,1", f"{cell.replace(',', '')},,5"), ["a", "b"])[0].tolist() == [False, True]
    assert totals(rows("u0,p0,1", f"  {cell.replace(',', '')},,5"), ["a", "b"])[0].tolist() == [False, True]


@pytest.mark.parametrize(
    "cell",
    [
        "合计先生",
        "合计两箱",
        "合计 先生",
        "合计:先生",
        "g rand total",
        "Total: War",
        "共享单车",
        "共8",
        "第1页纸",
        "第一页",
    ],
)
def test_names_that_begin_like_totals(cell: str) -> None:
    assert not is_total(cell)


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
