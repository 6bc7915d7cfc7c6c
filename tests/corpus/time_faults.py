"""Fault classes of dates and times."""

from __future__ import annotations

from datetime import datetime

from tests.corpus.fault import LOADED, Cell, Fault, changed, rejected


def _utc(second: int, minute: int = 0, hour: int = 0) -> int:
    """UTC seconds of 2024-05-01 at that time in Shanghai."""
    return 1_714_492_800 + 3600 * hour + 60 * minute + second


def _epoch(text: str) -> str:
    return str(int(datetime.fromisoformat(f"{text}+08:00").timestamp()))


TIMES: tuple[Fault, ...] = (
    Fault(
        "impossible_date",
        "a day, month or hour that does not exist",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(
            Cell("2024-02-30 10:00:00"),
            Cell("2023-13-01 00:00:00"),
            Cell("2023-02-29"),
            Cell("2024-01-01 25:00:00"),
        ),
    ),
    Fault(
        "zero_date",
        "the zero date of MySQL",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("0000-00-00 00:00:00"), Cell("0000-00-00")),
    ),
    Fault(
        "ancient_date",
        "a default of a system before 1900",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("1899-12-30 00:00:00"), Cell("0001-01-01 00:00:00")),
    ),
    Fault(
        "far_date",
        "the end of time of a database",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("9999-12-31 23:59:59"), Cell("2201-01-01")),
    ),
    Fault(
        "day_first",
        "day or month first where the year was declared first",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("25/12/2024"), Cell("03/04/2026 10:00"), Cell("12/25/2024 10:00:00")),
    ),
    Fault(
        "serial_date",
        "a date as the day number of a spreadsheet",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("45321.5"), Cell("45321", json="45321")),
    ),
    Fault(
        "not_a_time",
        "a word where a time should be",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("yesterday"), Cell("10:00:00"), Cell("昨天")),
    ),
    Fault("empty_time", "an event without its time is undated", "cell", LOADED, column="ts", cells=(Cell("", None),)),
    Fault("null_word_time", "NULL as time", "cell", changed("null_word"), column="ts", cells=(Cell("NULL", None),)),
    Fault(
        "future_time",
        "an event that has not happened yet",
        "cell",
        rejected("future_time"),
        column="ts",
        cells=(Cell("2150-01-01 00:00:00"), Cell("2099-12-31"), Cell("2030-06-01T00:00:00Z")),
    ),
    Fault(
        "offsets",
        "times with an offset, in the forms that are around",
        "cell",
        LOADED,
        column="ts",
        cells=(
            Cell("2024-05-01T10:00:00+08:00", _utc(0, 0, 10)),
            Cell("2024-05-01T02:00:01Z", _utc(1, 0, 10)),
            Cell("2024-05-01 10:00:02+0800", _utc(2, 0, 10)),
            Cell("2024-05-01 10:00:03 +08:00", _utc(3, 0, 10)),
            Cell("2024-05-01T02:00:04.000Z", _utc(4, 0, 10)),
        ),
    ),
    Fault(
        "bad_offset",
        "an offset that no place on earth has, or an abbreviation that several have",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("2024-05-01T10:00:00+99:00"), Cell("2024-05-01 10:00:00 CST")),
    ),
    Fault(
        "chinese_dates",
        "dates and times as Chinese office software writes them",
        "cell",
        LOADED,
        column="ts",
        cells=(
            Cell("2024年5月1日", _utc(0)),
            Cell("2024年05月01日 10:30:05", _utc(5, 30, 10)),
            Cell("2024/5/1 10:30", _utc(0, 30, 10)),
            Cell("2024年5月1日10时30分", _utc(0, 30, 10)),
        ),
    ),
    Fault(
        "epoch_seconds",
        "times in seconds since 1970, declared",
        "file",
        LOADED,
        column="ts",
        every=_epoch,
        settings={"time_unit": '"s"'},
    ),
    Fault(
        "epoch_milliseconds",
        "times in milliseconds since 1970, declared",
        "file",
        LOADED,
        column="ts",
        every=lambda text: f"{_epoch(text)}000",
        settings={"time_unit": '"ms"'},
    ),
    Fault(
        "epoch_wrong_unit",
        "milliseconds or microseconds among seconds, from a service in another language",
        "cell",
        rejected("not_a_time"),
        column="ts",
        cells=(Cell("{}000"), Cell("{}000000")),
        every=_epoch,
        settings={"time_unit": '"s"'},
    ),
    Fault(
        "compact_date",
        "a date in eight digits, with a time or without",
        "cell",
        LOADED,
        column="ts",
        cells=(
            Cell("20240501", _utc(0)),
            Cell("20240501 10:30", _utc(0, 30, 10)),
            Cell("202405011030", _utc(0, 30, 10)),
        ),
    ),
    Fault(
        "end_of_day",
        "the next midnight as the end of the day",
        "cell",
        LOADED,
        column="ts",
        cells=(Cell("2024-04-30 24:00:00", _utc(0)), Cell("2024-04-30T24:00", _utc(0))),
    ),
    Fault(
        "full_width_time",
        "a time in full-width digits",
        "cell",
        changed("normalised"),
        column="ts",
        cells=(Cell("２０２４-０５-０１ １０:００:０６", _utc(6, 0, 10)),),
    ),
)
