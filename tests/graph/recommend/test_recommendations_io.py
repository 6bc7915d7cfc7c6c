"""Recommendations as a folder: what was kept comes back, and what is damaged is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import DataError
from graph.recommend.recommendations_io import KEPT, Summary, read_rows, read_summary, write_recommendations

COLUMNS = ("model", *KEPT, "segment")
ROWS = [("m", "U1", "Product", "P1", 1, 0.5, "because", "S1"), ("m", "王", "Product", "P2", 1, 0.25, "因为", None)]
SUMMARY = Summary({"snapshot": "f" * 64, "model": "m"}, 2, "P1", ROWS[:1])


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    folder = write_recommendations(tmp_path / "kept", ROWS, COLUMNS, SUMMARY)
    assert read_rows(folder) == [row[1:7] for row in ROWS]
    found = read_summary(folder)
    assert (found.inputs, found.rows, found.favourite) == (SUMMARY.inputs, 2, "P1")
    assert [tuple(row) for row in found.sample] == ROWS[:1]


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_recommendations(tmp_path / name, ROWS, COLUMNS, SUMMARY) for name in ("one", "two"))
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}


def test_nobody_is_recommended_anything(tmp_path: Path) -> None:
    folder = write_recommendations(tmp_path / "kept", [], COLUMNS, Summary({"snapshot": "f"}, 0, None, []))
    assert read_rows(folder) == []
    assert read_summary(folder).favourite is None


def test_a_damaged_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    folder = write_recommendations(tmp_path / "kept", ROWS, COLUMNS, SUMMARY)
    (folder / "summary.json").write_text('{"inputs": {}}')
    (folder / "offers.parquet").write_bytes(b"PAR1")
    for read in (read_summary, read_rows):
        with pytest.raises(DataError, match="kept") as told:
            read(folder)
        assert "graphvine build" in told.value.hint
