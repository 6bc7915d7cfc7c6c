"""Checks without a store which ids at the ends of edges no file of nodes lists, and which look like listed ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from graph.batch import Batch
from graph.id_spelling import lookalikes
from graph.ingest.values.byte_columns import mask_of

if TYPE_CHECKING:
    import pyarrow as pa


class EndpointCheck:
    """Collects node ids from batches, and finds edges whose ends are not among them."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._listed: dict[str, set[str]] = {}
        self._named: dict[tuple[str, str], set[str]] = {}

    def missing(self, batch: Batch) -> int:
        """Add a batch; returns how many of its edges name a node that no batch so far has brought or made."""
        if isinstance(batch.type, str):
            listed = batch.table["id"].unique().to_pylist()
            self._known(batch.type).update(listed)
            self._listed.setdefault(batch.type, set()).update(listed)
            return 0
        for column, node in (("src", batch.type.source), ("dst", batch.type.target)):
            named = set(batch.table[column].unique().to_pylist()) - self._listed.get(node, set())
            self._named.setdefault((batch.file, node), set()).update(named)
        ends = {"source": ("src", batch.type.source), "target": ("dst", batch.type.target)}
        # A node that one end creates may be named at the other end of another edge.
        for end in batch.create:
            column, node = ends.pop(end)
            self._known(node).update(batch.table[column].unique().to_pylist())
        columns = [(batch.table[column], self._known(node)) for column, node in ends.values()]
        return _count_any([(ids, set(ids.unique().to_pylist()) - known) for ids, known in columns])

    def lookalikes(self, file: str) -> Mapping[str, tuple[str, ...]]:
        """Ids in a file of edges that no file of nodes lists, each with the listed ids that it looks like."""
        found: dict[str, tuple[str, ...]] = {}
        for (name, node), named in self._named.items():
            if name == file and node in self._listed:
                found |= lookalikes(sorted(named), self._listed[node])
        return MappingProxyType(found)

    def _known(self, node: str) -> set[str]:
        return self._ids.setdefault(node, set())


def _count_any(unknown: list[tuple[pa.ChunkedArray, set[str]]]) -> int:
    """Number of records with an unknown id at either end."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    masks = [mask_of(pc.is_in(ids, pa.array(sorted(names), pa.large_string()))) for ids, names in unknown if names]
    return int(np.count_nonzero(np.logical_or.reduce(masks))) if masks else 0
