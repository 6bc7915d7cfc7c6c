"""Keep a KOL ranking as a folder with one JSON file, and read it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import read_record, write_record

_FILE = "kols.json"
# KOLs that a report shows, and whose audiences are compared with each other.
SHORTLIST = 10


@dataclass(frozen=True, slots=True)
class KeptRanking:
    """A ranking as it is kept.

    Attributes:
        inputs: Name to fingerprint of what it was made from; ``left_out`` is absent where nobody was left out.
        notes: What the data lack, a sentence each.
        product: The item that it is for; None for none.
        kols: From ``KolRanking.rows``.
        shared: For the first ``SHORTLIST`` KOLs the share of each one's audience that each other one has too; None for
            a KOL without an audience.
    """

    inputs: Mapping[str, str]
    notes: Sequence[str]
    product: str | None
    kols: Sequence[Mapping[str, Any]]
    shared: Sequence[Sequence[float | None]]


def write_ranking(directory: Path, ranking: KeptRanking) -> Path:
    """Write a ranking as a folder that appears whole or not at all; an existing folder is replaced.

    Returns:
        The folder.
    """
    return write_record(directory / _FILE, ranking)


def read_ranking(directory: Path) -> KeptRanking:
    """The ranking that ``write_ranking`` kept.

    Raises:
        DataError: the folder cannot be read.
    """
    return read_record(directory / _FILE, KeptRanking, what="a readable ranking")
