"""Keep a KOL ranking as a folder with one JSON file, and read it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import atomic_folder, write_json
from graph.errors import DataError

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
    with atomic_folder(directory) as draft:
        write_json(draft / _FILE, asdict(ranking))
    return directory


def read_ranking(directory: Path) -> KeptRanking:
    """The ranking that ``write_ranking`` kept.

    Raises:
        DataError: the folder cannot be read.
    """
    try:
        return KeptRanking(**json.loads((directory / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{directory} does not hold a readable ranking: {error}", hint="make it anew: graphvine build"
        ) from None
