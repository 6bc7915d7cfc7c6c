"""Time zones: moments as local times, local times as moments. Inside, a moment is a number of UTC seconds."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

UTC = "UTC"


@cache
def zone_info(zone: str) -> dt.tzinfo:
    """The zone of that IANA name; UTC is Python's own, which is equal wherever it is made."""
    return dt.UTC if zone == UTC else ZoneInfo(zone)


def is_east(zone: str) -> bool:
    """Whether clocks in the zone are ahead of UTC, in winter and in summer."""
    seasons = (dt.datetime(2026, month, 1, tzinfo=zone_info(zone)).utcoffset() for month in (1, 7))
    return all(offset is not None and offset > dt.timedelta() for offset in seasons)


def local_time(seconds: int, zone: str) -> dt.datetime:
    """A moment as the time that clocks in the zone show, with its offset."""
    return dt.datetime.fromtimestamp(seconds, zone_info(zone))


def iso_time(moment: dt.datetime) -> str:
    """A time in ISO 8601 with its offset, written Z where that is zero; a time without a zone has none."""
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def local_iso(seconds: int, zone: str) -> str:
    """A moment in ISO 8601 as clocks in the zone show it, with its offset: ``2024-01-31T23:30:00+08:00``."""
    return iso_time(local_time(seconds, zone))


def local_day(seconds: int, zone: str) -> dt.date:
    """The day of the calendar on which a moment lies in the zone."""
    return local_time(seconds, zone).date()


def seconds_of_iso(text: str, zone: str) -> int:
    """A date (its midnight in the zone) or a date and time as UTC seconds, without a fraction.

    A time without an offset is one of the zone; where clocks go back it is the earlier one.

    Raises:
        ValueError: the text is neither.
    """
    given = dt.datetime.fromisoformat(text)
    return int((given if given.tzinfo else given.replace(tzinfo=zone_info(zone))).timestamp() // 1)
