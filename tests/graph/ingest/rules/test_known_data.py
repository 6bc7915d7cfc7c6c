"""Rules on real files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from graph.schema import EdgeKey

COLUMNS = ["user", "item", "category", "rating", "helpfulness", "ts"]


@pytest.mark.data
@pytest.mark.skipif("GRAPHVINE_DATA" not in os.environ, reason="GRAPHVINE_DATA names no folder of data sets")
def test_the_42_exact_duplicates_of_ciao_are_found(bench: Any) -> None:
    bench.rows = max(bench.rows, 5000)
    text = (Path(os.environ["GRAPHVINE_DATA"]) / "ciao" / "ratings.csv.gz").read_bytes()
    entry = bench.orders(
        "ratings.csv.gz",
        {"check": "unique", "columns": COLUMNS, "name": "exact duplicates"},
        edge=EdgeKey("Person", "RATED", "Product"),
        time_unit="s",
        weight="rating",
    )
    findings = bench.check_cells({"ratings.csv.gz": text}, entry)
    assert bench.verdicts(findings) == [("exact duplicates", 36065, 42, True)]
    assert len(bench.rows_of(findings)) == 42
