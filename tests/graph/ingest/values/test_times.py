from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest.rejects.reject_hints import suggest
from graph.ingest.values.convert import convert_column
from graph.ingest.values.time_formats import offset_at
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column

SHANGHAI = ValueFormat(zone="Asia/Shanghai")
EPOCH = dt.datetime(1970, 1, 1)


def read(cells: list[str | None], value_format: ValueFormat = SHANGHAI) -> tuple[list[int | None], list[int]]:
    found = convert_column(pa.array(cells, pa.large_string()), Column("time"), value_format, name="ts")
    assert set(found.faults) <= {"not_a_time"}
    return found.values.to_pylist(), found.bad.nonzero()[0].tolist()


def utc(*parts: int) -> int:
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("cell", "dmy", "mdy"),
    [
        ("03/04/2026", utc(2026, 4, 3), utc(2026, 3, 4)),
        ("3/4/2026", utc(2026, 4, 3), utc(2026, 3, 4)),
        ("03.04.2026 12:30:05", utc(2026, 4, 3, 12, 30, 5), utc(2026, 3, 4, 12, 30, 5)),
        ("3-4-2026 3:05 PM", utc(2026, 4, 3, 15, 5), utc(2026, 3, 4, 15, 5)),
        ("13/04/2026", utc(2026, 4, 13), None),
        ("04/13/2026", None, utc(2026, 4, 13)),
        ("31/02/2026", None, None),
        ("2026-03-04", utc(2026, 3, 4), utc(2026, 3, 4)),
        ("2026-03-04 01:02:03", utc(2026, 3, 4, 1, 2, 3), utc(2026, 3, 4, 1, 2, 3)),
        ("2026年3月4日", utc(2026, 3, 4), utc(2026, 3, 4)),
    ],
)
def test_orders_of_dates(cell: str, dmy: int | None, mdy: int | None) -> None:
    for order, wanted in (("dmy", dmy), ("mdy", mdy)):
        value_format = ValueFormat(zone="UTC", date_order=order)
        assert read([cell], value_format) == ([wanted], [] if wanted is not None else [0])
        assert read(["2026-01-01", cell, "1.1.2026", None], value_format)[0] == [
            utc(2026, 1, 1),
            wanted,
            utc(2026, 1, 1),
            None,
        ]
    if cell[2] in "/.-" or cell[1] in "/.-":
        assert read([cell])[1] == [0]


@pytest.mark.parametrize(
    ("cell", "unit", "wanted"),
    [
        ("1772339405123456", "us", 1772339405),
        ("-1", "us", -1),
        ("-1500", "ms", -2),
        ("-0.5", "s", -1),
        ("1772339405.999", "s", 1772339405),
        ("1,772,339,405", "s", 1772339405),
        ("１７７２３３９４０５", "s", 1772339405),
        ("1.772339405e9", "s", 1772339405),
        ("1772339405", "ms", 1772339),
        ("1772339405123", "s", None),
        ("99999999999999999999", "us", None),
        ("1e99", "s", None),
        ("", "s", None),
        ("2026-03-01", "ms", None),
    ],
)
def test_epochs(cell: str, unit: str, wanted: int | None) -> None:
    value_format = ValueFormat(unit=unit)
    assert read([cell], value_format)[0] == [wanted]
    assert read(["0", cell, "x"], value_format)[0] == [0, wanted, None]
    assert read([cell], value_format)[1] == ([0] if wanted is None and cell else [])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.decimals(-(10**9), 7 * 10**9, places=6), min_size=1, max_size=6), st.sampled_from(["s", "ms", "us"]))
def test_an_epoch_of_any_unit_is_cut_off_toward_the_past(moments: list[Decimal], unit: str) -> None:
    size = {"s": 1, "ms": 1000, "us": 10**6}[unit]
    cells = [f"{moment * size:f}" for moment in moments]
    whole = [str(int((moment * size).to_integral_value(rounding="ROUND_FLOOR"))) for moment in moments]
    wanted = [int(moment.to_integral_value(rounding="ROUND_FLOOR")) for moment in moments]
    assert read(list(cells), ValueFormat(unit=unit)) == read(list(whole), ValueFormat(unit=unit)) == (wanted, [])


FORMS = [
    ("ymd", "{0:%Y-%m-%d %H:%M:%S}"), ("ymd", "{0:%Y/%m/%dT%H:%M:%S}"), ("ymd", "{0:%Y.%m.%d %H:%M:%S}.123"),
    ("ymd", "{0:%Y-%m-%dT%H:%M:%S}Z"), ("ymd", "{0:%Y%m%d%H%M%S}"),
    ("ymd", "{0.year}年{0.month}月{0.day}日 {0:%H:%M:%S}"),
    ("ymd", "{0.year}年{0.month}月{0.day}日{0.hour}时{0.minute}分{0.second}秒"), ("dmy", "{0:%d/%m/%Y %H:%M:%S}"),
    ("mdy", "{0:%m/%d/%Y %H:%M:%S}"), ("mdy", "{0.month}/{0.day}/{0.year} {0:%I:%M:%S %p}"),
    ("ymd", "{0:%Y-%m-%d %I:%M:%S %p}"),
]  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 12, 31)), min_size=1, max_size=6),
    st.sampled_from(FORMS),
)
def test_every_form_says_the_same_moment(moments: list[dt.datetime], form: tuple[str, str]) -> None:
    order, pattern = form
    cells = [pattern.format(moment) for moment in moments]
    wanted = [int((moment.replace(microsecond=0, fold=0) - EPOCH).total_seconds()) for moment in moments]
    value_format = ValueFormat(zone="UTC", date_order=order)
    assert read(list(cells), value_format) == (wanted, [])
    assert read(["x", *cells, None], value_format) == ([None, *wanted, None], [0])


REGULAR = st.builds(
    "{}-{}-{}{}".format,
    st.sampled_from(["1899", "1900", "2024", "2026", "2199", "2200", "0000", "9999"]),
    st.sampled_from(["00", "01", "02", "12", "13"]),
    st.sampled_from(["00", "01", "28", "29", "30", "31", "32"]),
    st.sampled_from(["", " 00:00:00", "T23:59:59", " 24:00:00", " 12:60:00", " 12:00:60"]),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(REGULAR, min_size=1, max_size=6))
def test_a_day_that_is_not_in_the_calendar_is_no_time(cells: list[str]) -> None:
    def oracle(cell: str) -> int | None:
        ends = cell.endswith(" 24:00:00")
        try:
            moment = dt.datetime.fromisoformat(cell[:10] if ends else cell) + dt.timedelta(days=ends)
        except (ValueError, OverflowError):
            return None
        return int((moment - EPOCH).total_seconds()) if 1900 <= moment.year < 2200 else None

    wanted = [oracle(cell) for cell in cells]
    assert read(list(cells), ValueFormat(zone="UTC"))[0] == wanted
    # One cell at a time takes the path of whole columns.
    assert [read([cell], ValueFormat(zone="UTC"))[0][0] for cell in cells] == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("20260307 08:30", utc(2026, 3, 7, 0, 30)),
        ("20260307 08:30:05", utc(2026, 3, 7, 0, 30, 5)),
        ("202603070830", utc(2026, 3, 7, 0, 30)),
        ("20260307083005", utc(2026, 3, 7, 0, 30, 5)),
        ("20260307T0830Z", utc(2026, 3, 7, 8, 30)),
        ("20260307 08", None),
        ("202603072460", None),
        ("202602300830", None),
        ("2026-03-06 24:00:00", utc(2026, 3, 6, 16)),
        ("2026-03-06T24:00:00.000+08:00", utc(2026, 3, 6, 16)),
        ("2026-12-31 24:00", utc(2026, 12, 31, 16)),
        ("2026/02/28 24:00:00", utc(2026, 2, 28, 16)),
        ("20260306 24:00", utc(2026, 3, 6, 16)),
        ("2026-03-06 24:00:00.5", None),
        ("2026-03-06 24:00:01", None),
        ("2026-03-06 24:01:00", None),
        ("2026-02-30 24:00:00", None),
        ("2026-03-06 下午 24:00", None),
        ("2199-12-31 24:00:00Z", None),
        ("9999-12-31 24:00:00", None),
        ("9999-12-31 24:00", None),
    ],
)
def test_compact_times_and_the_end_of_a_day(cell: str, wanted: int | None) -> None:
    bad = [] if wanted is not None else [0]
    assert read([cell]) == ([wanted], bad)
    assert read([cell, "yesterday"]) == ([wanted, None], [*bad, 1])


@pytest.mark.parametrize(
    ("cell", "suggestion"),
    [
        ("202602300830", "there is no such day, or no such time of day"),
        ("20260307 08:60", "there is no such day, or no such time of day"),
        ("25/25/2024", "there is no such day, or no such time of day"),
        ("2026-03-07 08:30:00+99:00", "no place has this offset from UTC"),
        ("1850-01-01 08:30", "years from 1900 to 2199 are accepted"),
        ("2026-03-07 08:30 CST", "this form of a time is unknown"),
        ("20260307 08", "this form of a time is unknown"),
        ("yesterday", "this form of a time is unknown"),
        ("45321.5", "this form of a time is unknown"),
        ("1772339405999", 'an epoch? set time_unit = "ms" in the mapping'),
    ],
)
def test_what_is_said_of_a_cell_that_is_no_time(cell: str, suggestion: str) -> None:
    assert read([cell])[1] == [0]
    assert suggest("not_a_time", cell, SHANGHAI) == suggestion


def test_an_epoch_column_is_not_told_that_the_form_is_unknown() -> None:
    assert suggest("not_a_time", "20260307 08:30", ValueFormat(unit="s")) == 'set time_unit = "text" in the mapping'
    assert suggest("not_a_time", "123", ValueFormat(unit="s")) == ""


def test_offsets_of_a_zone() -> None:
    summer = utc(1988, 7, 1)
    assert (offset_at(summer, "Asia/Shanghai"), offset_at(utc(2026, 7, 1), "Asia/Shanghai")) == (9 * 3600, 8 * 3600)
