"""Converts between UTC seconds, the only form of a time inside graphvine, and local times of a time zone."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

UTC = "UTC"


@cache
def zone_info(zone: str) -> dt.tzinfo:
    """The time zone of that IANA name; UTC is ``datetime.UTC``, so that equal times compare equal."""
    return dt.UTC if zone == UTC else ZoneInfo(zone)


def is_east(zone: str) -> bool:
    """Whether clocks in the zone are ahead of UTC all year."""
    seasons = (dt.datetime(2026, month, 1, tzinfo=zone_info(zone)).utcoffset() for month in (1, 7))
    return all(offset is not None and offset > dt.timedelta() for offset in seasons)


def local_time(seconds: int, zone: str) -> dt.datetime:
    """UTC seconds as a local time in the zone, with its offset."""
    return dt.datetime.fromtimestamp(seconds, zone_info(zone))


def iso_time(moment: dt.datetime) -> str:
    """A time in ISO 8601 with its offset (Z where that is zero); a time without a zone has no offset."""
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def local_iso(seconds: int, zone: str) -> str:
    """UTC seconds in ISO 8601 as a local time with its offset: ``2024-01-31T23:30:00+08:00``."""
    return iso_time(local_time(seconds, zone))


def local_day(seconds: int, zone: str) -> dt.date:
    """The calendar day of UTC seconds in the zone."""
    return local_time(seconds, zone).date()


def seconds_of_iso(text: str, zone: str) -> int:
    """UTC seconds of an ISO 8601 date (midnight in the zone) or date and time; fractions are cut off.

    A time without an offset is a local time of the zone; where clocks go back, the earlier of the two.

    Raises:
        ValueError: the text is not in ISO 8601.
    """
    given = dt.datetime.fromisoformat(text)
    return int((given if given.tzinfo else given.replace(tzinfo=zone_info(zone))).timestamp() // 1)
