from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError
from graph.ingest.values.convert import convert_column
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column, ColumnType

SHANGHAI = "Asia/Shanghai"
BAD = "bad"


def convert(
    column: pa.Array | pa.ChunkedArray, kind: ColumnType, *, zone: str = "", unit: str = "text", name: str = ""
) -> tuple[pa.Array, np.ndarray]:
    """A text column as a typed one, and the mask of its bad cells, in the default format of values."""
    found = convert_column(column, Column(kind), ValueFormat(zone=zone, unit=unit), name=name)
    return found.values, found.bad


def one(value: str, kind: str, **options: str) -> object:
    typed, bad = convert(pa.chunked_array([pa.array([value], pa.large_string())]), kind, **options)  # type: ignore[arg-type]
    return BAD if bad[0] else typed[0].as_py()


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("007", "text", "007"),
        ("  a b　", "text", "a b"),
        ("", "text", None),
        ("  ", "text", None),
        ("　", "text", None),
        ("42", "integer", 42),
        ("+42", "integer", 42),
        ("-7", "integer", -7),
        ("12.0", "integer", 12),
        ("007", "integer", 7),
        ("1.5", "integer", BAD),
        ("1e3", "integer", 1000),
        ("1.2e4", "integer", 12000),
        ("1.25e1", "integer", BAD),
        ("1e-3", "integer", BAD),
        ("1.23e+17", "integer", BAD),
        ("1.2万", "integer", 12000),
        ("35.6w", "integer", 356000),
        ("1.5亿", "integer", 150000000),
        ("3 千", "integer", 3000),
        ("1.23456万", "integer", BAD),
        ("10万+", "integer", BAD),
        ("3m", "integer", BAD),
        ("2.5k", "decimal", 2500.0),
        ("0.5万", "decimal", 5000.0),
        ("3kg", "decimal", BAD),
        ("", "integer", None),
        ("9" * 18, "integer", int("9" * 18)),
        ("9" * 19, "integer", BAD),
        ("１２", "integer", 12),
        ("1,000", "integer", 1000),
        ("-1,234,567", "integer", -1234567),
        ("12,34", "integer", BAD),
        ("1,0000", "integer", BAD),
        ("0x1f", "integer", BAD),
        ("-", "integer", BAD),
        ("1-2", "integer", BAD),
        (".0", "integer", BAD),
        ("-.0", "integer", BAD),
        ("-12.0", "integer", -12),
        ("50%", "integer", BAD),
        ("1.5", "decimal", 1.5),
        (".5", "decimal", 0.5),
        ("5.", "decimal", 5.0),
        ("1e3", "decimal", 1000.0),
        ("-0", "decimal", 0.0),
        ("1E-2", "decimal", 0.01),
        ("+2", "decimal", 2.0),
        ("nan", "decimal", BAD),
        ("inf", "decimal", BAD),
        ("1e999", "decimal", BAD),
        ("9" * 400, "decimal", BAD),
        ("9" * 200 + "e99", "decimal", float("9" * 200 + "e99")),
        ("¥12", "decimal", BAD),
        ("1,5", "decimal", BAD),
        ("1,234.5", "decimal", 1234.5),
        ("1 234.5", "decimal", 1234.5),
        ("1'234'567.25", "decimal", 1234567.25),
        ("−２．５", "decimal", -2.5),
        ("1.2.3", "decimal", BAD),
        ("12%", "decimal", BAD),
        ("∞", "decimal", BAD),
        ("true", "boolean", True),
        ("Yes", "boolean", True),
        ("1", "boolean", True),
        ("是", "boolean", True),
        ("F", "boolean", False),
        ("否", "boolean", False),
        ("0", "boolean", False),
        ("maybe", "boolean", BAD),
        ("", "boolean", None),
    ],
)
def test_types(value: str, kind: str, wanted: object) -> None:
    found = one(value, kind)
    assert (found, str(found)) == (wanted, str(wanted))  # the text tells 0.0 from -0.0


def utc(*parts: int) -> int:
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-03-01", utc(2026, 2, 28, 16)),
        ("2026/3/1", utc(2026, 2, 28, 16)),
        ("2026.03.01", utc(2026, 2, 28, 16)),
        ("2026年3月1日", utc(2026, 2, 28, 16)),
        ("20260301", utc(2026, 2, 28, 16)),
        ("2026-03-01 12:30", utc(2026, 3, 1, 4, 30)),
        ("2026-03-01T12:30:05", utc(2026, 3, 1, 4, 30, 5)),
        ("2026年3月1日 12:30:05", utc(2026, 3, 1, 4, 30, 5)),
        ("2026年3月1日12时30分05秒", utc(2026, 3, 1, 4, 30, 5)),
        ("2026年3月1日 12：30", utc(2026, 3, 1, 4, 30)),
        ("20260301123005", utc(2026, 3, 1, 4, 30, 5)),
        ("2026-03-01 12:30:05.999", utc(2026, 3, 1, 4, 30, 5)),
        ("2026-03-01T12:30:05Z", utc(2026, 3, 1, 12, 30, 5)),
        ("2026-03-01 12:30:05+08:00", utc(2026, 3, 1, 4, 30, 5)),
        ("2026-03-01 12:30:05 -0530", utc(2026, 3, 1, 18, 0, 5)),
        ("2026-03-01 12:30:05 UTC", utc(2026, 3, 1, 12, 30, 5)),
        ("2026-03-01T12:30:05.123456+08:00", utc(2026, 3, 1, 4, 30, 5)),
        ("2026-03-01T12:30:05+08", utc(2026, 3, 1, 4, 30, 5)),
        ("2026年3月1日 下午3:05", utc(2026, 3, 1, 7, 5)),
        ("2026年3月1日下午3时5分9秒", utc(2026, 3, 1, 7, 5, 9)),
        ("2026年3月1日 下午3点", utc(2026, 3, 1, 7)),
        ("2026/3/1 上午9:05:01", utc(2026, 3, 1, 1, 5, 1)),
        ("2026/3/1 凌晨12:05", utc(2026, 2, 28, 16, 5)),
        ("2026/3/1 中午12:05", utc(2026, 3, 1, 4, 5)),
        ("2026/3/1 晚上8:00", utc(2026, 3, 1, 12)),
        ("2026-03-01 3:05 PM", utc(2026, 3, 1, 7, 5)),
        ("2026-03-01 12:05:00 a.m.", utc(2026, 2, 28, 16, 5)),
        ("2026-03-01 12:05 pm", utc(2026, 3, 1, 4, 5)),
        ("2026年3月1日 星期日", utc(2026, 2, 28, 16)),
        ("2026-03-01（周日） 12:30", utc(2026, 3, 1, 4, 30)),
        ("2026.03.01 12:30:05", utc(2026, 3, 1, 4, 30, 5)),
        ("２０２６－０３－０１　１２：３０", utc(2026, 3, 1, 4, 30)),
        ("20260301T123005Z", utc(2026, 3, 1, 12, 30, 5)),
        ("20260301 12:30:05", utc(2026, 3, 1, 4, 30, 5)),
        ("1969-12-31 23:59:59.5Z", utc(1969, 12, 31, 23, 59, 59)),
        ("1900-01-01T00:00:00Z", utc(1900, 1, 1)),
        ("2199-12-31T23:59:59Z", utc(2199, 12, 31, 23, 59, 59)),
        ("1899-12-31T23:59:59Z", BAD),
        ("2200-01-01T00:00:00Z", BAD),
        ("0000-00-00 00:00:00", BAD),
        ("0000-00-00", BAD),
        ("9999-12-31", BAD),
        ("2026-03-01 上午13:00", BAD),
        ("2026-03-01 晚上12:00", BAD),
        ("2026-03-01 13:05 AM", BAD),
        ("2026/03-01", BAD),
        ("2026-03-01 12:30:60", BAD),
        ("2026年13月1日", BAD),
        ("2026-03", BAD),
        ("2026年3月", BAD),
        ("1988-07-01 12:00:00", utc(1988, 7, 1, 3)),
        ("2026-02-29", BAD),
        ("2026-13-01", BAD),
        ("2026-03-01 24:00:00", utc(2026, 3, 1, 16)),
        ("2026-03-01 24:00:01", BAD),
        ("2026-03-01 12:60:00", BAD),
        ("01/03/2026", BAD),
        ("0001-01-01", BAD),
        ("1772339405", BAD),
        ("2026-03-01 12:30:05+99:00", BAD),
        ("yesterday", BAD),
        ("", None),
    ],
)
def test_times_in_shanghai(value: str, wanted: object) -> None:
    assert one(value, "time", zone=SHANGHAI) == wanted


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        ("1772339405", "s", 1772339405),
        ("1772339405.9", "s", 1772339405),
        ("1772339405999", "ms", 1772339405),
        ("-1", "s", -1),
        ("-1", "ms", -1),
        ("1772339405999", "s", BAD),
        ("1.7e9", "s", 1_700_000_000),
        ("2026-03-01", "s", BAD),
        ("", "s", None),
    ],
)
def test_epochs(value: str, unit: str, wanted: object) -> None:
    assert one(value, "time", unit=unit) == wanted


@pytest.mark.parametrize("value", ["2026-03-01", "2026-03-01 12:30:05"])
def test_a_time_without_zone_is_an_error(value: str) -> None:
    with pytest.raises(ConfigError, match="no time zone is declared") as caught:
        one(value, "time", name="ts")
    assert "time_zone" in caught.value.hint
    assert one(value + "Z" if ":" in value else "", "time") in (None, utc(2026, 3, 1, 12, 30, 5))


@pytest.mark.parametrize("suffix", [":00", ""])  # the regular form has its own quick path
def test_daylight_saving(suffix: str) -> None:
    def berlin(text: str) -> object:
        return one(text + suffix, "time", zone="Europe/Berlin")

    assert berlin("2026-03-29 01:59") == utc(2026, 3, 29, 0, 59)
    assert berlin("2026-03-29 03:00") == utc(2026, 3, 29, 1, 0)
    assert berlin("2026-03-29 02:30") == utc(2026, 3, 29, 1, 30)  # never was
    assert berlin("2026-10-25 02:30") == utc(2026, 10, 25, 0, 30)  # was twice: the earlier
    assert berlin("2026-10-25 03:00") == utc(2026, 10, 25, 2, 0)


@settings(deadline=None)
@given(
    st.lists(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2099, 1, 1)), min_size=1, max_size=20),
    st.sampled_from([SHANGHAI, "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_the_quick_path_agrees_with_the_slow_one_and_with_python(moments: list[dt.datetime], zone: str) -> None:
    texts = [f"{m.replace(microsecond=0):%Y-%m-%d %H:%M:%S}".rjust(19, "0") for m in moments]
    quick, bad = convert(pa.array(texts, pa.large_string()), "time", zone=zone)
    slow, _ = convert(pa.array([*texts, ""], pa.large_string()), "time", zone=zone)
    info = zoneinfo.ZoneInfo(zone)
    wanted = [int(m.replace(microsecond=0, tzinfo=info, fold=0).timestamp()) for m in moments]
    assert not bad.any()
    assert quick.to_pylist() == slow.to_pylist()[:-1] == wanted


def test_bad_cells_do_not_hurt_their_neighbours() -> None:
    typed, bad = convert(pa.array(["1", "x", None, "3"], pa.large_string()), "integer")
    assert (typed.to_pylist(), bad.tolist()) == ([1, None, None, 3], [False, True, False, False])


@pytest.mark.parametrize(
    ("cell", "kind", "wanted"),
    [
        ('="00123"', "text", "00123"),
        ('="00123"', "integer", 123),
        ('="1,234"', "integer", 1234),
        ('="12.50"', "decimal", 12.5),
        ('="a|b"', "list", '["a","b"]'),
        ('="2026-03-01"', "time", utc(2026, 3, 1)),
        ("'00124", "integer", 124),
        ("'7", "decimal", 7.0),
        ("'00124", "text", "'00124"),
    ],
)
def test_numbers_that_a_spreadsheet_was_to_keep_as_text(cell: str, kind: ColumnType, wanted: object) -> None:
    found = convert_column(pa.array(["", cell], pa.large_string()), Column(kind), ValueFormat(zone="UTC"))
    assert found.values.to_pylist() == [None, wanted]
    assert not found.bad.any()
    kept = cell == wanted
    assert [(c.kind, c.rows.tolist()) for c in found.changes][:1] == ([] if kept else [("normalised", [1])])


def test_an_apostrophe_is_no_part_of_an_id() -> None:
    found = convert_column(pa.array(["'00124", "o'1"], pa.large_string()), Column("text"), ValueFormat(), is_id=True)
    assert found.values.to_pylist() == ["00124", "o'1"]
    assert [(c.kind, c.rows.tolist(), c.after.to_pylist()) for c in found.changes] == [("normalised", [0], ["00124"])]


def test_two_changes_of_one_kind_are_one_that_counts_every_cell() -> None:
    cells = pa.array(['="7"', "１２", "3", '="４"', "\u200b５"], pa.large_string())
    found = convert_column(cells, Column("integer"), ValueFormat())
    assert found.values.to_pylist() == [7, 12, 3, 4, 5]
    told = [(c.kind, c.rows.tolist(), c.after.to_pylist()) for c in found.changes]
    assert told == [("normalised", [0, 1, 3, 4], ["7", "12", "4", "5"])]
