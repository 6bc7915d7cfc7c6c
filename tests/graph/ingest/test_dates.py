"""A date is the day that is written, in whatever zone; a moment lies on a day of the mapping's zone."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigError
from graph.ingest.values.convert import Converted, convert_column
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column

SHANGHAI = ValueFormat(zone="Asia/Shanghai")


def read(*cells: str, value_format: ValueFormat = SHANGHAI) -> Converted:
    found = convert_column(pa.array(cells, pa.large_string()), Column("date"), value_format, name="day")
    assert found.values.type == pa.date32()
    return found


@pytest.mark.parametrize("value_format", [ValueFormat(), SHANGHAI, ValueFormat(zone="America/New_York")])
def test_what_is_written_is_the_day(value_format: ValueFormat) -> None:
    cells = ["2024-01-31", "2024/1/31", "2024年1月31日", "20240131", "2024-01-31 23:59:59", "2024-01-31 24:00:00", ""]
    found = read(*cells, value_format=value_format)
    assert found.values.to_pylist() == [dt.date(2024, 1, 31)] * 5 + [dt.date(2024, 2, 1), None]
    assert not found.bad.any()
    assert [(c.kind, c.rows.tolist(), c.after.to_pylist()) for c in found.changes] == [
        ("day_only", [4], ["2024-01-31"])
    ]


def test_a_moment_lies_on_a_day_of_the_zone() -> None:
    found = read(
        "2024-01-31T15:59:59Z", "2024-01-31T16:00:00Z", "2024-01-31T23:30:00-05:00", "1969-12-31T16:00:00+00:00"
    )
    assert [d.isoformat() for d in found.values.to_pylist()] == ["2024-01-31", "2024-02-01", "2024-02-01", "1970-01-01"]
    assert [c.rows.tolist() for c in found.changes] == [[0, 2]]
    epochs = read(
        "1706716799", "1706716800", "-1", "2024-01-31", value_format=ValueFormat(zone="Asia/Shanghai", unit="s")
    )
    assert [d.isoformat() for d in epochs.values.to_pylist()] == [
        "2024-01-31",
        "2024-02-01",
        "1970-01-01",
        "2024-01-31",
    ]


@pytest.mark.parametrize(("cell", "unit"), [("2024-01-31T15:59:59Z", "text"), ("1706716799", "s")])
def test_a_moment_without_a_zone_is_refused(cell: str, unit: str) -> None:
    with pytest.raises(ConfigError, match=r"'day' holds dates.* is a moment") as error:
        read("2024-01-31", cell, value_format=ValueFormat(unit=unit))
    assert "time_zone" in error.value.hint


def test_what_is_no_day_is_named() -> None:
    found = read("2023-02-29", "yesterday", "1899-12-31", "2200-01-01", "1900-01-01", "2199-12-31", "0000-00-00")
    assert found.faults["not_a_time"].tolist() == [True, True, True, True, False, False, True]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)), st.sampled_from(["", "Asia/Shanghai", "Europe/Berlin"]))
def test_every_day_stays_that_day(day: dt.date, zone: str) -> None:
    plain, odd = (
        read(day.isoformat(), value_format=ValueFormat(zone=zone)),
        read(f"{day:%Y/%m/%d}", "x", value_format=ValueFormat(zone=zone)),
    )
    assert plain.values.to_pylist() == [day]
    assert odd.values.to_pylist() == [day, None]
