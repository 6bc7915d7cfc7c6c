"""Parses one date or time in any of the accepted forms."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from graph.errors import ConfigError
from graph.ingest.values.numbers import HALF_WIDTH
from graph.zones import local_time, zone_info

_EPOCH = dt.datetime(1970, 1, 1)
_MORNING = ("上午", "早上", "凌晨", "清晨", "早晨", "am")
_NOON, _EVENING = "中午", "晚上"

_DAYPART = "(?P<part>上午|早上|凌晨|清晨|早晨|中午|下午|午后|傍晚|晚上)?"
_WEEKDAY = r"(?: ?[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?)?"
_CLOCK = (
    rf"(?:(?:[ T]+|(?<=[日号一二三四五六天)）])){_DAYPART} ?(?P<H>[0-9]{{1,2}})"
    r"(?::(?P<M>[0-9]{1,2})(?::(?P<S>[0-9]{1,2})(?:[.,](?P<f>[0-9]+))?)?|[时點点](?:(?P<m2>[0-9]{1,2})分)?(?:(?P<s2>[0-9]{1,2})秒)?)"
    r"(?: ?(?P<half>[AaPp]\.?[Mm])\.?)?)?"
)
_OFFSET = r" ?(?P<z>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2}(?=$))?"
# Year first, with -, / or . or the Chinese words between.
_YEAR_FIRST = re.compile(
    rf"(?P<y>[0-9]{{4}})(?:(?P<sep>[-/.])(?P<m>[0-9]{{1,2}})(?P=sep)(?P<d>[0-9]{{1,2}})"
    rf"|年 ?(?P<m3>[0-9]{{1,2}})月 ?(?P<d3>[0-9]{{1,2}})[日号]){_WEEKDAY}{_CLOCK}{_OFFSET}"
)
YEAR_LAST = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?P<sep>[-/.])(?P<second>[0-9]{{1,2}})(?P=sep)(?P<y>[0-9]{{4}}){_WEEKDAY}{_CLOCK}{_OFFSET}"
)
_COMPACT = re.compile(
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    r"(?:[ T]?(?P<H>[0-9]{2}):?(?P<M>[0-9]{2})(?::?(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]+))?)?)?(?P<z>Z)?"
)


def fold(cell: str) -> str:
    """A cell with full-width digits and signs replaced by half-width ones."""
    return cell if cell.isascii() else cell.translate(HALF_WIDTH)


def seconds_of(cell: str, *, order: str, zone: str, name: str) -> int | None:
    """A date or a time as UTC seconds, a fraction cut off; None where it is none.

    24:00:00 is the end of the day, as in ISO 8601, and so the next midnight.

    Args:
        cell: Text in half-width form.
        order: ``ymd``, or ``dmy`` or ``mdy`` where dates may have the year last.
        zone: Time zone of times without an offset; empty where undeclared.
        name: Column name for messages.

    Raises:
        ConfigError: the time has no offset and no zone is declared.
    """
    found = _written(cell, order)
    if found is None:
        return None
    seconds, offset = found
    if offset is not None:
        return seconds - offset
    if not zone:
        raise no_zone(name, cell)
    return seconds - offset_at(seconds, zone)


def local_seconds_of(cell: str, *, order: str, zone: str, name: str) -> int | None:
    """A date or a time as the seconds from 1970 that clocks in the zone show; None where it is none.

    What has no offset stays as it is written, in whatever zone. Arguments as of ``seconds_of``.

    Raises:
        ConfigError: the time has an offset and no zone is declared.
    """
    found = _written(cell, order)
    if found is None or found[1] is None:
        return found and found[0]
    if not zone:
        raise no_day(name, cell)
    return local_of(found[0] - found[1], zone)


def _written(cell: str, order: str) -> tuple[int, int | None] | None:
    """Seconds from 1970 as they are written, and the offset where there is one; None where the cell is no time."""
    found = _form_of(cell, order)
    if not found:
        return None
    part = found.groupdict()
    month, day = _month_and_day(part, order)
    half = (part.get("part") or part.get("half") or "").replace(".", "").lower()
    hour = _hour(int(part["H"] or 0), half)
    minute, second = (int(part[a] or part.get(b) or 0) for a, b in (("M", "m2"), ("S", "s2")))
    ends = hour == 24 and not (half or minute or second or int(part["f"] or 0))
    try:
        moment = dt.datetime(int(part["y"]), month, day, 0 if ends else hour, minute, second) + dt.timedelta(days=ends)
    except (ValueError, OverflowError):
        return None
    seconds, offset = int((moment - _EPOCH).total_seconds()), part["z"]
    if offset is None or offset in ("Z", "UTC", "GMT"):
        return seconds, None if offset is None else 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    if shift > 18 * 3600 or int(digits[2:]) > 59:
        return None
    return seconds, -shift if offset[0] == "-" else shift


def has_form(cell: str, order: str) -> bool:
    """Whether a cell has the form of a date or a time, even if there is no such day or time."""
    return _form_of(cell, order) is not None


def _form_of(cell: str, order: str) -> re.Match[str] | None:
    found = _YEAR_FIRST.fullmatch(cell) or _COMPACT.fullmatch(cell)
    return YEAR_LAST.fullmatch(cell) if not found and order != "ymd" else found


def _month_and_day(part: dict[str, str | None], order: str) -> tuple[int, int]:
    if part.get("first"):
        first, second = int(part["first"] or 0), int(part["second"] or 0)
        return (first, second) if order == "mdy" else (second, first)
    return int(part["m"] or part.get("m3") or 0), int(part["d"] or part.get("d3") or 0)


def _hour(hour: int, part: str) -> int:
    """The hour of the day, or 99 where it contradicts the named part of the day."""
    if not part:
        return hour
    if part in _MORNING:
        return hour % 12 if hour <= 12 else 99
    if part == _NOON:
        return hour if 11 <= hour <= 12 else hour + 12 if 1 <= hour <= 2 else 99
    if part == _EVENING and hour in (0, 12):
        return 99  # may be the beginning or the end of the day
    return hour if hour > 12 else hour % 12 + 12


def no_zone(name: str, cell: str) -> ConfigError:
    """The error for a time without an offset where no zone is declared."""
    return ConfigError(
        f"column {name!r} has times without an offset, for example {cell!r}, and no time zone is declared",
        hint='put time_zone = "Asia/Shanghai" at the top of the mapping file',
    )


def no_day(name: str, cell: str) -> ConfigError:
    """The error for a moment in a column of dates where no zone is declared."""
    return ConfigError(
        f"column {name!r} holds dates, {cell!r} is a moment, and no time zone says on which day it lies",
        hint='put time_zone = "Asia/Shanghai" at the top of the mapping file',
    )


@lru_cache(maxsize=1 << 16)
def local_of(seconds: int, zone: str) -> int:
    """Seconds from 1970 that clocks in a zone show at a moment."""
    try:
        shown = local_time(seconds, zone)
    except (OverflowError, ValueError):
        return seconds  # a year that is refused later on
    return int((shown.replace(tzinfo=None) - _EPOCH).total_seconds())


@lru_cache(maxsize=1 << 16)
def offset_at(local: int, zone: str) -> int:
    """Seconds by which a zone is ahead of UTC at a local time.

    A local time that occurs twice, when clocks go back, is the earlier one; one that never occurs, when they go
    forward, counts from the offset before the change.
    """
    moment = _EPOCH + dt.timedelta(seconds=local)
    offset = moment.replace(tzinfo=zone_info(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
