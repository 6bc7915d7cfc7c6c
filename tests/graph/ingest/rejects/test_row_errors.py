from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.ingest.csv.records import RecordBlock
from graph.ingest.rejects.fixes import cells_of
from graph.ingest.rejects.row_errors import quote


def lines_of(rows: list[list[str]]) -> list[str]:
    columns = [pa.array(cells, pa.large_string()) for cells in zip(*rows, strict=True)]
    table = pa.table(columns, names=[f"c{i}" for i in range(len(columns))])
    return quote(RecordBlock(table, np.arange(1, len(rows) + 1), (), len(rows)), np.arange(len(rows)))


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["a", "b c"], "a,b c"),
        (["a\nb", ""], '"a\nb",'),
        (["a\rb", "\r\n"], '"a\rb","\r\n"'),
        (["a,b", 'c"d'], '"a,b","c""d"'),
        (["", "x\n"], ',"x\n"'),
        ([""], '""'),
    ],
)
def test_records_are_quoted_as_csv(cells: list[str], line: str) -> None:
    assert lines_of([cells]) == [line]


CELL = st.one_of(st.text(st.sampled_from('a,"\r\n ;\\\u2028')), st.text(st.characters(codec="utf-8")))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=4)))
@example([["a\nb"], ["\n"], ["\r"], [""]])
def test_what_was_quoted_parses_to_the_same_cells(rows: list[list[str]]) -> None:
    lines = lines_of(rows)
    assert list(csv.reader(io.StringIO("\n".join(lines) + "\n", newline=""), strict=True)) == rows
    assert [cells_of({"reason": "not_a_time", "raw": line}) for line in lines] == rows
