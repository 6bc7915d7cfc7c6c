"""Measures how realistic a written world is, from its files."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.errors import DataError
from graph.worlds.synth import WORLDS
from graph.worlds.writing.columns import LOCAL
from graph.worlds.writing.tables import FileSpec
from tests.graph.worlds.truth.planted_truth import read_truth

if TYPE_CHECKING:
    import pyarrow as pa

_PERSON = "Person"
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Realism:
    """Measured shares. Real users are the rows of users.csv without fake accounts.

    An event is a row of a file of item events or interactions, that is, of a file whose causes are in the truth.

    Attributes:
        users, fakes: Real users and bought accounts in users.csv.
        events: Events.
        events_per_user: Mean over real users.
        thin: Share of real users with fewer than five events.
        untied: Share of real users without a tie: no FOLLOWS and no INTERACTED, in either direction.
        noise: Share of events that follow no taste and no tie.
        caused: Share of events that a tie caused.
        top1, top10: Share of item events held by the top 1% and 10% of items, by item type, and ``all`` together;
            items without events count as items.
        community_ratio: Largest over smallest planted community, real people only.
        cold_users: Share of real users whose first event lies in the last 60 days before the last event.
        cold_items: Share of active items of the first item type whose first event lies there.
    """

    users: int
    fakes: int
    events: int
    events_per_user: float
    thin: float
    untied: float
    noise: float
    caused: float
    top1: Mapping[str, float]
    top10: Mapping[str, float]
    community_ratio: float
    cold_users: float
    cold_items: float


def top_share(counts: NDArray[np.integer], share: float) -> float:
    """Share of all events on the busiest ``share`` of items, at least one item.

    >>> top_share(np.array([6, 2, 1, 1]), 0.25)
    0.6
    """
    top = np.sort(counts)[::-1][: max(1, round(share * len(counts)))]
    return float(top.sum() / counts.sum())


def measure(directory: Path) -> Realism:
    """Measure a written world.

    Raises:
        DataError: a file or the truth is missing or cannot be parsed.
    """
    import pyarrow as pa

    truth = read_truth(directory)
    files = _Files(directory, WORLDS[truth.summary["world"]].files, truth.causes)
    real = pa.array(truth.people[: truth.summary["users"]][~truth.fake[: truth.summary["users"]]], pa.string())
    if files.rows(real, "users", "user_id").max() != len(real) - 1:
        raise DataError("users.csv and the truth differ", file=str(directory), hint="make the world again")
    events = [spec for spec in files.specs if spec.name in truth.causes]
    counts, first, last = _activity(files, real, events)
    causes = np.concatenate([truth.causes[spec.name] for spec in events])
    items, fresh = _item_counts(files, last - 60 * 86_400)
    sizes = np.bincount(truth.community[~truth.fake])
    return Realism(
        users=len(real),
        fakes=int(truth.fake.sum()),
        events=len(causes),
        events_per_user=float(counts.mean()),
        thin=float((counts < 5).mean()),
        untied=float((~_tied(files, real)).mean()),
        noise=float((causes == 1).mean()),
        caused=float((causes == 2).mean()),
        top1={name: top_share(held, 0.01) for name, held in items.items()},
        top10={name: top_share(held, 0.10) for name, held in items.items()},
        community_ratio=float(sizes.max() / sizes.min()),
        cold_users=float((first >= last - 60 * 86_400).mean()),
        cold_items=fresh,
    )


def _activity(files: _Files, real: pa.Array, events: list[FileSpec]) -> tuple[Counts, Counts, int]:
    """Events of each real user, the time of the first, and the time of anybody's last."""
    counts, first, last = np.zeros(len(real), dtype=np.int64), np.full(len(real), np.iinfo(np.int64).max), 0
    for spec in events:
        row, times = files.rows(real, spec.name, spec.source), files.numbers(spec.name, spec.time)
        counts += np.bincount(row[row >= 0], minlength=len(real))
        np.minimum.at(first, row[row >= 0], times[row >= 0])
        last = max(last, int(times.max()))
    return counts, first, last


def _tied(files: _Files, real: pa.Array) -> NDArray[np.bool_]:
    """Real users at either end of a relation between people."""
    tied = np.zeros(len(real), dtype=np.bool_)
    for spec in files.specs:
        if spec.edge.startswith(_PERSON) and spec.edge.endswith(_PERSON):
            for end in (spec.source, spec.target):
                row = files.rows(real, spec.name, end)
                tied[row[row >= 0]] = True
    return tied


class _Files:
    """Columns of the CSV files of a world, and the positions of one column's ids in a list of ids."""

    def __init__(self, directory: Path, specs: tuple[FileSpec, ...], shown: Container[str]) -> None:
        self.directory, self.specs, self.shown = directory, specs, shown

    def column(self, name: str, column: str) -> pa.Array:
        import pyarrow as pa
        from pyarrow import csv

        path = self.directory / f"{name}.csv"
        column = next(spec for spec in self.specs if spec.name == name).head(column)
        try:
            table = csv.read_csv(path, convert_options=csv.ConvertOptions(include_columns=[column]))
        except (OSError, pa.ArrowInvalid, KeyError) as error:
            raise DataError(f"cannot be read: {error}", file=str(path), hint="make the world again") from None
        return table.column(column).combine_chunks()

    def numbers(self, name: str, column: str) -> NDArray[np.int64]:
        """Whole numbers, or UTC seconds of local times."""
        found = self.column(name, column).to_numpy(zero_copy_only=False)
        shift = LOCAL if found.dtype.kind == "M" else 0
        values: NDArray[np.int64] = (found.astype("datetime64[s]") if shift else found).astype(np.int64) - shift
        return values

    def rows(self, known: pa.Array, name: str, column: str) -> NDArray[np.int64]:
        """Position of each id of a column in ``known``, or -1."""
        import pyarrow.compute as pc

        found: NDArray[np.int64] = pc.fill_null(pc.index_in(self.column(name, column), known), -1).to_numpy()
        return found.astype(np.int64)


def _item_counts(files: _Files, cold: int) -> tuple[dict[str, NDArray[np.int64]], float]:
    """Events of users per item by type and together, and the share of active products first seen after ``cold``."""
    counts: dict[str, NDArray[np.int64]] = {}
    first = np.empty(0, dtype=np.int64)
    for node in (spec for spec in files.specs if _about(files, spec.node) and spec.node != _PERSON):
        known = files.column(node.name, node.columns[0])
        held, seen = np.zeros(len(known), dtype=np.int64), np.full(len(known), np.iinfo(np.int64).max)
        for spec in _about(files, node.node):
            row = files.rows(known, spec.name, spec.target)
            held += np.bincount(row, minlength=len(known))
            np.minimum.at(seen, row, files.numbers(spec.name, spec.time))
        counts[node.node.lower()] = held
        first = seen[held > 0] if not len(first) else first
    return {**counts, "all": np.concatenate(list(counts.values()))}, float((first >= cold).mean())


def _about(files: _Files, node: str) -> list[FileSpec]:
    return [spec for spec in files.specs if node and spec.edge.endswith(f"-{node}") and spec.name in files.shown]
