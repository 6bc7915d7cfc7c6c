"""Dates and times as text to UTC seconds."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

Int64 = npt.NDArray[np.int64]

# Year first, then month and day, with -, / or . or the Chinese words between; an optional time; an optional offset.
_WRITTEN = re.compile(
    r"(?P<y>[0-9]{4})(?:[-/.]|年)(?P<m>[0-9]{1,2})(?:[-/.]|月)(?P<d>[0-9]{1,2})(?:日(?=.)|日$|)"
    r"(?:(?:[ T]+|(?<=日))(?P<H>[0-9]{1,2})(?:[:：]|时|点)(?P<M>[0-9]{1,2})分?"
    r"(?:[:：]?(?P<S>[0-9]{2})秒?(?:[.,][0-9]+)?)?)?"
    r" ?(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_COMPACT = re.compile(
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:[ T]?(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?P<S>[0-9]{2}))?(?P<z>Z)?"
)
_DAY = 86400
_WIDTH = 19


def parse_times(text: pa.Array, *, zone: str, name: str) -> pa.Array:
    """Times as UTC seconds, int64 (n,), null where a cell is missing or is no time.

    Args:
        text: large_string (n,).
        zone: Time zone of times without an offset. A local time that occurs twice, when clocks go back, is the
            earlier one; one that never occurs, when they go forward, counts from the offset before the change.
        name: Column name for messages.

    Raises:
        ConfigError: a time has no offset and no zone is declared.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    quick = _regular(text) if zone else None
    if quick is not None:
        local, good = quick
        if good.all():
            return pa.array(_to_utc(local, zone))
    # The distinct values are few, so each is parsed once.
    encoded = pc.dictionary_encode(text)
    parse = _parser(zone, name)
    table = pa.array([parse(value) for value in encoded.dictionary.to_pylist()], pa.int64())
    return table.take(encoded.indices)


def _regular(text: pa.Array) -> tuple[Int64, npt.NDArray[np.bool_]] | None:
    """Local seconds of a column that is ``2026-03-01 12:30:00`` throughout, and which of them exist; else None."""
    if len(text) == 0 or text.null_count:
        return None
    _, raw_offsets, raw_data = text.buffers()
    offsets = np.frombuffer(raw_offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    if not bool((np.diff(offsets) == _WIDTH).all()):
        return None
    cells = np.frombuffer(raw_data, np.uint8)[offsets[0] : offsets[-1]].reshape(-1, _WIDTH)
    digits = cells.astype(np.int16) - ord("0")
    places = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
    good = ((digits[:, places] >= 0) & (digits[:, places] <= 9)).all(axis=1)
    good &= (cells[:, 4] == cells[:, 7]) & np.isin(cells[:, 4], [ord("-"), ord("/")])
    good &= np.isin(cells[:, 10], [ord(" "), ord("T")]) & (cells[:, 13] == ord(":")) & (cells[:, 16] == ord(":"))

    def two(at: int) -> npt.NDArray[np.int64]:
        return digits[:, at].astype(np.int64) * 10 + digits[:, at + 1]

    year, month, day = two(0) * 100 + two(2), two(5), two(8)
    hour, minute, second = two(11), two(14), two(17)
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    first = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]").astype(np.int64)
    length = (first + 1).astype("datetime64[D]").astype(np.int64) - days
    good &= (day >= 1) & (day <= length)
    return (days + day - 1) * _DAY + hour * 3600 + minute * 60 + second, good


def _to_utc(local: Int64, zone: str) -> Int64:
    """Local seconds to UTC seconds; the offset is looked up once a day, and for each time on days when it changes."""
    info = zoneinfo.ZoneInfo(zone)
    days, where = np.unique(local // _DAY, return_inverse=True)
    start = np.asarray([_offset(int(day) * _DAY, info) for day in days], np.int64)
    end = np.asarray([_offset(int(day) * _DAY + _DAY - 1, info) for day in days], np.int64)
    shift = start[where]
    for i in np.flatnonzero((start != end)[where]).tolist():
        shift[i] = _offset(int(local[i]), info)
    return local - shift


def _offset(local: int, info: zoneinfo.ZoneInfo) -> int:
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=local)
    offset = moment.replace(tzinfo=info).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _parser(zone: str, name: str) -> Callable[[str], int | None]:
    local = zoneinfo.ZoneInfo(zone) if zone else None

    def parse(value: str) -> int | None:
        found = _WRITTEN.fullmatch(value) or _COMPACT.fullmatch(value)
        if not found:
            return None
        part = found.groupdict()
        try:
            moment = dt.datetime(*(int(part[k] or 0) for k in "ymdHMS"))  # type: ignore[arg-type]
        except ValueError:
            return None
        seconds = int((moment - dt.datetime(1970, 1, 1)).total_seconds())
        offset = part["z"]
        if offset == "Z":
            return seconds
        if offset is not None:
            shift = int(offset[1:3]) * 3600 + int(offset[-2:]) * 60
            if shift > 18 * 3600 or int(offset[-2:]) > 59:
                return None
            return seconds + shift if offset[0] == "-" else seconds - shift
        if local is None:
            raise ConfigError(
                f"column {name!r} has times without an offset, for example {value!r}, and no time zone is declared",
                hint='put time_zone = "Asia/Shanghai" at the top of the mapping file',
            )
        return seconds - _offset(seconds, local)

    return parse
