"""Converts times and epochs to UTC seconds, and dates to days.

Arrow parses columns that are in ISO form throughout. In other columns, cells of a regular form are parsed together from
their bytes, and the distinct remaining cells one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import numpy as np

from graph.event_times import DAY
from graph.ingest.values.byte_columns import ByteColumn, Mask, byte_column, mask_of
from graph.ingest.values.fallback_parse import Parsed, Plain, PlainCast, parse
from graph.ingest.values.normalise import CellChange
from graph.ingest.values.numbers import foreign_rows, plain_number
from graph.ingest.values.time_formats import fold, local_of, local_seconds_of, no_day, offset_at, seconds_of
from graph.ingest.values.value_format import ValueFormat
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

# 1900-01-01 and 2200-01-01: times outside are epochs in the wrong unit, or placeholders such as 0001-01-01.
EARLIEST, LATEST = -2208988800, 7258118400
# 1980-01-01: earlier events are epochs in the wrong unit, or placeholders such as 1970-01-01.
EARLIEST_EVENT = 315532800
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}
_DATE, _MOMENT = 10, 19
# Where year, month and day stand in a date of ten characters.
_PLACES = {"ymd": (0, 5, 8), "dmy": (6, 3, 0), "mdy": (6, 0, 3)}


def times(text: pa.Array, value_format: ValueFormat, *, name: str) -> Parsed:
    """Times as UTC seconds, int64 (n,), null where a cell is missing or is no time between 1900 and 2200.

    A fraction is cut off toward the past. A local time that occurs twice, when clocks go back, is the earlier one; one
    that never occurs, when they go forward, counts from the offset before the change. 24:00:00 is the next midnight.

    Args:
        text: large_string (n,).
        value_format: Zone, unit and order of dates.
        name: Column name for messages.

    Raises:
        ConfigError: a time has no offset and no zone is declared.
    """
    if value_format.unit in UNITS:
        return _within_years(text, epochs(text, value_format))
    local = _iso(text) if value_format.zone else None
    if local is not None:
        seconds, missing = local
        return _within_years(text, Parsed(_column(_to_utc(seconds, value_format.zone), missing)))
    zone = value_format.zone

    def read(cell: str) -> int | None:
        return seconds_of(cell, order=value_format.date_order, zone=zone, name=name)

    to_utc = (lambda seconds: _to_utc(seconds, zone)) if zone else None
    return _within_years(text, _mixed(text, value_format.date_order, to_utc, read))


def dates(text: pa.Array, value_format: ValueFormat, *, name: str) -> Parsed:
    """Dates of the calendar, date32 (n,), null where a cell is missing or is no day between 1900 and 2199.

    The time of day of a cell is dropped, which is listed as a change of kind ``day_only``. Without an offset the
    written date counts; with one, and for epochs, the day in the declared zone.

    Args:
        text: large_string (n,).
        value_format: Zone, unit and order of dates.
        name: Column name for messages.

    Raises:
        ConfigError: a cell is a moment and no zone is declared.
    """
    return _to_days(_within_years(text, _clock_times(text, value_format, name)))


def _clock_times(text: pa.Array, value_format: ValueFormat, name: str) -> Parsed:
    """Local times of the declared zone, as seconds from 1970."""
    local = _iso(text)
    if local is not None:
        return Parsed(_column(*local))

    def read(cell: str) -> int | None:
        found = local_seconds_of(cell, order=value_format.date_order, zone=value_format.zone, name=name)
        if value_format.unit not in UNITS or not (number := plain_number(cell, value_format)):
            return found
        if not value_format.zone:
            raise no_day(name, cell)
        seconds = (Decimal(number[0]) / UNITS[value_format.unit]).to_integral_value(ROUND_FLOOR)
        return local_of(int(seconds), value_format.zone) if abs(seconds) < LATEST else None

    return _mixed(text, value_format.date_order, lambda seconds: seconds, read)


def _to_days(parsed: Parsed) -> Parsed:
    """Seconds as days; a time of day is dropped and listed as a change."""
    import pyarrow as pa

    seconds = np.asarray(parsed.values.fill_null(0).to_numpy(zero_copy_only=False))
    missing = mask_of(parsed.values.is_null())
    days = pa.array((seconds // DAY).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
    rows = np.flatnonzero((seconds % DAY != 0) & ~missing)
    if not len(rows):
        return Parsed(days, parsed.faults, parsed.changes)
    lost = CellChange("day_only", rows, days.take(pa.array(rows)).cast(pa.large_string()))
    return Parsed(days, parsed.faults, (*parsed.changes, lost))


def epochs(text: pa.Array, value_format: ValueFormat) -> Parsed:
    """Epochs in seconds, milliseconds or microseconds; the fraction of a second is cut off toward the past."""
    size = UNITS[value_format.unit]

    def cast(cells: pa.Array) -> pa.Array:
        import pyarrow as pa

        numbers = cells.cast(pa.int64())
        missing = mask_of(numbers.is_null()) if numbers.null_count else np.zeros(len(numbers), np.bool_)
        whole = np.asarray(numbers.fill_null(0).to_numpy(zero_copy_only=False))
        return _column(whole // size if size > 1 else whole, missing)

    def value(plain: str) -> int:
        return int((Decimal(plain) / size).to_integral_value(ROUND_FLOOR))

    def read(cell: str) -> Plain | str:
        found = plain_number(cell, value_format)
        # Checked before the conversion, because 1e299 is a number too.
        return found if found and abs(float(found[0])) < 10**17 else "not_a_time"

    cell_bytes = byte_column(text)
    irregular = np.union1d(foreign_rows(cell_bytes, "0123456789-"), np.flatnonzero(cell_bytes.lengths > 18))
    return parse(text, irregular, PlainCast(cast, r"^-?[0-9]{1,18}$", value), read)


def _within_years(text: pa.Array, parsed: Parsed) -> Parsed:
    """Without times outside of 1900 to 2199; cells that are given and yet null are no times."""
    import pyarrow.compute as pc

    values = parsed.values
    bounds = pc.min_max(values)
    if bounds["min"].as_py() is not None and (bounds["min"].as_py() < EARLIEST or bounds["max"].as_py() >= LATEST):
        inside = pc.and_(pc.greater_equal(values, EARLIEST), pc.less(values, LATEST))
        values = pc.if_else(inside, values, None)
    if values.null_count == text.null_count:
        return Parsed(values, {}, parsed.changes)
    bad = mask_of(values.is_null()) & mask_of(text.is_valid())
    return Parsed(values, {"not_a_time": bad}, parsed.changes)


def _column(seconds: Int64, missing: Mask) -> pa.Array:
    import pyarrow as pa

    return pa.array(seconds, pa.int64(), mask=missing if missing.any() else None)


def _iso(text: pa.Array) -> tuple[Int64, Mask] | None:
    """Local seconds of a column in which every cell is as ``2026-03-01`` or ``2026-03-01 12:30:05``; else None."""
    import pyarrow as pa

    missing = mask_of(text.is_null()) if text.null_count else np.zeros(len(text), np.bool_)
    lengths = byte_column(text).lengths
    if not bool(((lengths == _MOMENT) | (lengths == _DATE) | missing).all()):
        return None
    try:
        found = text.cast(pa.timestamp("s")).cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(found.fill_null(0).to_numpy(zero_copy_only=False)), missing


def _mixed(
    text: pa.Array, order: str, regular: Callable[[Int64], Int64] | None, read: Callable[[str], int | None]
) -> Parsed:
    """A column of several forms, or with cells that are no times.

    Args:
        text: large_string (n,).
        order: Order of dates.
        regular: Converts the local seconds of regular cells; None where every cell has to be read on its own.
        read: A cell in half-width form to its seconds, None where it is no time.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cell_bytes = byte_column(text)
    missing = mask_of(text.is_null()) if text.null_count else np.zeros(len(text), np.bool_)
    seconds, bad = np.zeros(len(text), np.int64), missing.copy()
    left = ~missing
    if regular is not None:
        for width in (_MOMENT, _DATE):
            rows = np.flatnonzero(left & (cell_bytes.lengths == width))
            if len(rows):
                local, fits, exists = _regular(cell_bytes, rows, width, order)
                left[rows[fits]] = False
                good = fits & exists
                seconds[rows[good]] = regular(local[good])
                bad[rows[fits & ~exists]] = True
    rows = np.flatnonzero(left)
    if not len(rows):
        return Parsed(_column(seconds, bad))
    encoded = pc.dictionary_encode(text.take(pa.array(rows)))
    cells = encoded.dictionary.to_pylist()
    plain = [fold(cell) for cell in cells]
    found = [read(p) for p in plain]
    codes = encoded.indices.to_numpy()
    seconds[rows] = np.asarray([value or 0 for value in found], np.int64)[codes]
    bad[rows] = np.asarray([value is None for value in found])[codes]
    return Parsed(_column(seconds, bad), {}, _folded(cells, plain, codes, rows, bad))


def _folded(cells: list[str], plain: list[str], codes: Int64, rows: Int64, bad: Mask) -> tuple[CellChange, ...]:
    import pyarrow as pa

    hit = np.asarray([a != b for a, b in zip(cells, plain, strict=True)])[codes] & ~bad[rows]
    if not hit.any():
        return ()
    after = pa.array([plain[code] for code in codes[hit].tolist()], pa.large_string())
    return (CellChange("normalised", rows[hit], after),)


def _regular(cell_bytes: ByteColumn, rows: Int64, width: int, order: str) -> tuple[Int64, Mask, Mask]:
    """Local seconds of cells of ten or nineteen characters, which have the regular form, and which of these exist."""
    cells = cell_bytes.data[cell_bytes.offsets[:-1][rows][:, None] + np.arange(width)]
    digits = cells - np.uint8(ord("0"))
    year_at, month_at, day_at = _PLACES[order]
    marks = (4, 7) if year_at == 0 else (2, 5)
    clock = [11, 12, 14, 15, 17, 18] if width == _MOMENT else []
    places = [k for k in range(_DATE) if k not in marks] + clock
    regular = (digits[:, places] <= 9).all(axis=1)
    mark = cells[:, marks[0]]
    regular &= (mark == cells[:, marks[1]]) & ((mark == ord("-")) | (mark == ord("/")) | (mark == ord(".")))
    if clock:
        regular &= ((cells[:, 10] == ord(" ")) | (cells[:, 10] == ord("T"))) & (cells[:, 13] == ord(":"))
        regular &= cells[:, 16] == ord(":")

    def two(at: int) -> Int64:
        number: Int64 = digits[:, at].astype(np.int64) * 10 + digits[:, at + 1]
        return number

    days, exists = _days(two(year_at) * 100 + two(year_at + 2), two(month_at), two(day_at))
    seconds = days * DAY
    if clock:
        hour, minute, second = two(11), two(14), two(17)
        exists &= (hour <= 23) & (minute <= 59) & (second <= 59) | (hour == 24) & (minute == 0) & (second == 0)
        seconds = seconds + hour * 3600 + minute * 60 + second
    return seconds, regular, exists


def _days(year: Int64, month: Int64, day: Int64) -> tuple[Int64, Mask]:
    """Days since 1970, and which dates are in the calendar."""
    exists = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((np.where(exists, year, 1970) - 1970) * 12 + np.where(exists, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]").astype(np.int64)
    length = (first + 1).astype("datetime64[D]").astype(np.int64) - days
    return days + day - 1, exists & (day <= length)


def _to_utc(local: Int64, zone: str) -> Int64:
    """Local seconds to UTC seconds; the offset is looked up once a day, and for each time on days when it changes."""
    if not len(local):
        return local
    known = local
    if int(local.min()) < EARLIEST - DAY or int(local.max()) > LATEST + DAY:
        # Years outside are refused later, and some cannot be represented.
        known = np.clip(local, EARLIEST - DAY, LATEST + DAY)
    day = known // DAY
    first = int(day.min())
    day -= first
    seen = np.flatnonzero(np.bincount(day))
    start, end = np.zeros(int(seen[-1]) + 1, np.int64), np.zeros(int(seen[-1]) + 1, np.int64)
    start[seen] = [offset_at((first + d) * DAY, zone) for d in seen.tolist()]
    end[seen] = [offset_at((first + d) * DAY + DAY - 1, zone) for d in seen.tolist()]
    shift = start[day]
    for i in np.flatnonzero((start != end)[day]).tolist():
        shift[i] = offset_at(int(known[i]), zone)
    return local - shift
