from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import DataError
from graph.ingest import parquet
from graph.ingest.csv.records import RecordBlock
from graph.ingest.formats import FORMATS
from graph.ingest.mapping.file_mapping import FileMapping, Source

PARQUET = FORMATS["parquet"]


def source(file: Path) -> Source:
    return Source(file, file.stem, FileMapping(file.name, node="Person", id="id"))


def read_blocks(file: Path) -> list[RecordBlock]:
    one = source(file)
    return list(PARQUET.blocks(one, PARQUET.dialect(one), size=1 << 20))


def read_names(file: Path) -> list[str]:
    one = source(file)
    return PARQUET.columns(one, PARQUET.dialect(one))


def texts(folder: Path, **columns: pa.Array) -> dict[str, list[str]]:
    pq.write_table(pa.table(columns), folder / "f.parquet")
    (block,) = read_blocks(folder / "f.parquet")
    assert block.read == len(block.table) == len(block.rows)
    return block.table.to_pydict()  # type: ignore[no-any-return]


def test_times_have_their_offset(tmp_path: Path) -> None:
    found = texts(
        tmp_path,
        naive=pa.array([0, None], pa.timestamp("ms")),
        utc=pa.array([1_500, None], pa.timestamp("ms", "UTC")),
        zone=pa.array([0, None], pa.timestamp("us", "Asia/Shanghai")),
        day=pa.array([datetime.date(2026, 3, 1), None]),
    )
    assert [v[0] for v in found.values()] == [
        "1970-01-01 00:00:00.000", "1970-01-01 00:00:01.500Z", "1970-01-01 08:00:00.000000+0800", "2026-03-01",
    ]  # fmt: skip
    assert {v[1] for v in found.values()} == {""}


def test_decimals_have_all_their_digits(tmp_path: Path) -> None:
    values = [Decimal("0E-10"), Decimal("1E-10"), Decimal("-12345678.9000000000"), None]
    assert texts(tmp_path, d=pa.array(values, pa.decimal128(20, 10)))["d"] == [
        "0.0000000000", "0.0000000001", "-12345678.9000000000", "",
    ]  # fmt: skip
    assert texts(tmp_path, d=pa.array([Decimal("12.50")], pa.decimal128(10, 2)))["d"] == ["12.50"]


def test_whole_floats_have_no_fraction(tmp_path: Path) -> None:
    values = [123.0, -4.0, 0.5, float("nan"), None, 1e300, 2.0**53 - 1, float("inf"), 20260301.0]
    assert texts(tmp_path, x=pa.array(values))["x"] == [
        "123", "-4", "0.5", "", "", "1e+300", "9007199254740991", "inf", "20260301",
    ]  # fmt: skip
    assert texts(tmp_path, x=pa.array([np.float32(0.1), np.float32(7)], pa.float32()))["x"] == ["0.1", "7"]


def test_dictionaries_lists_and_structures(tmp_path: Path) -> None:
    found = texts(
        tmp_path,
        word=pa.array(["商", None, "b", "商"]).dictionary_encode(),
        number=pa.array([7, 7, None, 8]).dictionary_encode(),
        list=pa.array([["a", "车"], None, [], ["b"]]),
        inner=pa.array([{"id": 1, "n": "x"}, None, {"id": None, "n": ""}, {"id": 2, "n": "y"}]),
        flag=pa.array([True, False, None, True]),
        raw=pa.array([b"a", None, "商".encode(), b""]),
        view=pa.array(["p", None, "q", ""], pa.string_view()),
    )
    assert found["word"] == ["商", "", "b", "商"]
    assert found["number"] == ["7", "7", "", "8"]
    assert found["list"] == ['["a", "车"]', "", "[]", '["b"]']
    assert found["inner"][:3] == ['{"id": 1, "n": "x"}', "", '{"id": null, "n": ""}']
    assert found["flag"] == ["true", "false", "", "true"]
    assert (found["raw"], found["view"]) == (["a", "", "商", ""], ["p", "", "q", ""])


def test_bytes_that_are_no_text_cost_their_record(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2, 3], "raw": [b"a", b"\xff\xfe", b"c"]}), tmp_path / "f.parquet")
    (block,) = read_blocks(tmp_path / "f.parquet")
    assert (block.rows.tolist(), [(r.row, r.reason) for r in block.rejects]) == ([1, 3], [(2, "encoding")])


def test_large_rows_make_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BYTES", 50_000)
    values = [f"{i:06d}" + "x" * 1000 for i in range(1000)]
    pq.write_table(pa.table({"id": values}), tmp_path / "f.parquet", row_group_size=400, use_dictionary=False)
    blocks = read_blocks(tmp_path / "f.parquet")
    assert max(len(b.table) for b in blocks) <= 50
    assert [v for b in blocks for v in b.table["id"].to_pylist()] == values
    assert np.concatenate([b.rows for b in blocks]).tolist() == list(range(1, 1001))


def test_unusable_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "f.parquet")
    with pytest.raises(DataError, match="two columns 'a'"):
        read_names(tmp_path / "f.parquet")
    pq.write_table(pa.table({}), tmp_path / "g.parquet")
    with pytest.raises(DataError, match="no columns"):
        read_names(tmp_path / "g.parquet")
