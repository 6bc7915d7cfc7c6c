"""Keep recommendations as a folder: a summary that the report shows, and all rows as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import atomic_folder, read_record, write_json
from graph.errors import DataError

KEPT = ("user_id", "item_type", "item_id", "rank", "score", "reason")
_SUMMARY, _ROWS = "summary.json", "offers.parquet"
_WHAT, _HINT = "readable recommendations", "make them anew: graphvine build"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a report needs of recommendations.

    Attributes:
        inputs: Name to fingerprint of what they were made from; ``left_out`` is absent where nobody was left out.
        rows: Number of rows.
        favourite: The item that most people are recommended first, of several the first by id; None without rows.
        sample: Rows of a few people, in the order of the columns that were exported, without the facts of items.
    """

    inputs: Mapping[str, str]
    rows: int
    favourite: str | None
    sample: Sequence[Sequence[Any]]


def write_recommendations(
    directory: Path, rows: Sequence[Sequence[Any]], columns: Sequence[str], summary: Summary
) -> Path:
    """Write both as a folder that appears whole or not at all; an existing folder is replaced.

    Args:
        directory: The folder to make.
        rows: The rows.
        columns: Their columns, ``KEPT`` among them; only these are kept.
        summary: The summary.

    Returns:
        The folder.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    places = [list(columns).index(name) for name in KEPT]
    table = pa.table({name: [row[place] for row in rows] for name, place in zip(KEPT, places, strict=True)})
    with atomic_folder(directory) as draft:
        write_json(draft / _SUMMARY, asdict(summary))
        pq.write_table(table, draft / _ROWS)
    return directory


def read_summary(directory: Path) -> Summary:
    """The summary of recommendations that were kept.

    Raises:
        DataError: the folder cannot be read.
    """
    return read_record(directory / _SUMMARY, Summary, what=_WHAT, hint=_HINT)


def read_rows(directory: Path) -> list[tuple[Any, ...]]:
    """The rows of recommendations that were kept, with the columns ``KEPT``.

    Raises:
        DataError: the folder cannot be read.
    """
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(directory / _ROWS)
        return list(zip(*(found[name].to_pylist() for name in KEPT), strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{directory} does not hold {_WHAT}: {error}", hint=_HINT) from None
