from __future__ import annotations

import datetime as dt

import pytest

from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.mapping.market_zone import market_zone, other_zones
from graph.zones import local_day, local_iso, seconds_of_iso


@pytest.mark.parametrize(
    ("seconds", "zone", "shown"),
    [
        (1_706_715_000, "Asia/Shanghai", "2024-01-31T23:30:00+08:00"),
        (1_706_715_000, "UTC", "2024-01-31T15:30:00Z"),
        (1_706_715_000, "Europe/London", "2024-01-31T15:30:00Z"),
        (1_729_989_000, "Europe/Berlin", "2024-10-27T02:30:00+02:00"),
        (1_729_992_600, "Europe/Berlin", "2024-10-27T02:30:00+01:00"),
        (583_688_000, "Asia/Shanghai", "1988-07-01T00:33:20+09:00"),
        (-1, "America/New_York", "1969-12-31T18:59:59-05:00"),
    ],
)
def test_a_moment_as_clocks_show_it(seconds: int, zone: str, shown: str) -> None:
    assert local_iso(seconds, zone) == shown
    assert local_day(seconds, zone) == dt.date.fromisoformat(shown[:10])
    assert seconds_of_iso(shown, "Asia/Tokyo") == seconds


def test_a_date_is_its_midnight_in_the_zone() -> None:
    assert seconds_of_iso("2024-02-01", "Asia/Shanghai") == seconds_of_iso("2024-01-31T16:00:00Z", "UTC")
    # Clocks go back: the earlier one.
    assert seconds_of_iso("2024-10-27 02:30", "Europe/Berlin") == 1_729_989_000
    with pytest.raises(ValueError, match="yesterday"):
        seconds_of_iso("yesterday", "UTC")


def test_the_zone_of_a_market_is_that_of_most_entries() -> None:
    entries = [FileMapping(f"{n}.csv", time_zone=zone) for n, zone in enumerate(["", "A/B", "C/D", "C/D", ""])]
    assert market_zone(entries) == "C/D"
    assert market_zone(entries[:3]) == "A/B"
    assert market_zone(entries[:1]) == "UTC"
    sources = [Source(None, e.path, e) for e in entries]  # type: ignore[arg-type]
    (told,) = other_zones(sources, "C/D")
    assert told.startswith("1.csv: times are read in A/B; the market is in C/D")
    assert len(list(other_zones(sources, "E/F"))) == 2
