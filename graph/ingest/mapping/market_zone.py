"""The time zone of the market: the one that most entries of the mapping declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.zones import UTC


def market_zone(entries: Iterable[FileMapping]) -> str:
    """The time zone that most entries declare, the first of several equally frequent ones; UTC where none does."""
    declared = Counter(entry.time_zone for entry in entries if entry.time_zone)
    return declared.most_common(1)[0][0] if declared else UTC


def other_zones(sources: Sequence[Source], zone: str) -> Iterator[str]:
    """A sentence for each time zone that differs from that of the market, naming the files written in it."""
    files: dict[str, list[str]] = {}
    for source in sources:
        if source.mapping.time_zone not in ("", zone):
            files.setdefault(source.mapping.time_zone, []).append(source.name)
    for other, names in files.items():
        shown = ", ".join(dict.fromkeys(names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield (
            f"{shown}: times are read in {other}; the market is in {zone}, and queries and reports show them in it."
            " The first load settles the zone of the market; graphvine store wipe lets another one settle it"
        )
