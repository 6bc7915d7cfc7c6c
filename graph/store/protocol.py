"""GraphStore: the protocol of all stores. The rest of graphvine uses nothing else of a store.

``tests/contract/store.py`` tests it: a new store inherits that suite.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graph.batch import Batch, FileCount, LoadReport
from graph.hetero import HeteroGraph
from graph.schema import EdgeKey

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StoreStatus:
    """Contents of a store.

    Attributes:
        store: Name and version of the database engine.
        nodes: Node type to count.
        edges: Edge type to count.
        batches: Number of batches in the ledger.
        size: Bytes on disk; None where the store cannot tell.
    """

    store: str
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    batches: int
    size: int | None


@dataclass(frozen=True)
class Origin:
    """The state of the store that a snapshot was taken from.

    Attributes:
        store: Random name that the store got when it was created.
        load: Number of its last load, counted from 1; 0 where there was none.
    """

    store: str
    load: int


@dataclass(frozen=True)
class ResultTable:
    """Derived rows to write back. Stores mark them as derived, and snapshots leave them out.

    Attributes:
        kind: ``segments``, ``recommendations``, ``seeds`` or ``scores``.
        columns: Column names; the first is the id of a person. Segments need ``segment``, recommendations ``item_type``
            and ``item_id``.
        rows: The rows.
    """

    kind: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


class Loading(Protocol):
    """A load in progress. It is atomic: others see nothing of it before the commit, and nothing is left without one.

    Attributes:
        id: Id of the load in the store, valid once it is committed.
    """

    id: str

    def load(self, batch: Batch) -> LoadReport:
        """Load the rows of a batch.

        A batch of events that was loaded before is skipped, except for records that were refused then: the nodes that
        they lacked may exist now. A batch of nodes that was loaded before is skipped while its file is the last version
        that was loaded; an older version of a file is merged again, because the later load wins.
        """

    def done(self, file: str) -> Collection[str]:
        """Ids of the loaded event batches of a file, which ``load`` would skip."""

    def committed(self, load_id: str) -> bool:
        """Whether the load with that id was committed."""

    def earlier(self, file: str, type: str) -> FileCount | None:
        """Counts of the last load of a file, including later replays of its rejects; None where it was never loaded."""

    def untouched_ids(self, node: str) -> pa.Array | None:
        """Ids (text) of the nodes that this load neither created nor updated; None where there are none."""

    def known_events(self, types: Sequence[EdgeKey], ids: Sequence[str]) -> set[str]:
        """The ids among ``ids`` (32 hexadecimal digits each) for which an event of one of these types exists."""

    def settle_zone(self, zone: str) -> str:
        """Set the time zone of the market (an IANA name) where it is not set yet; returns the one that is valid.

        Queries and reports count months, days and hours in this zone. A load that sets none sets UTC.
        """

    def count(self, count: FileCount) -> None:
        """Record the counts of a file. Called once per file, after all its batches are loaded."""

    def commit(self) -> bool:
        """Commit everything; where nothing is new, returns False and leaves the store unchanged."""


class GraphStore(Protocol):
    """A store of one market."""

    def ping(self) -> None:
        """Raise a StoreError with a hint where the store cannot be used."""

    def status(self) -> StoreStatus:
        """Counts, versions and size."""

    def ensure_schema(self) -> None:
        """Create missing tables, keys and indexes; calling it again changes nothing."""

    def loading(self, *, at: int) -> AbstractContextManager[Loading]:
        """Begin a load at that time (UTC seconds). Nobody else can load until the block ends.

        Without a call of ``commit`` the store stays unchanged.
        """

    def earlier_reads(self) -> Mapping[str, int]:
        """File name to the number of records that its last load read."""

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as a HeteroGraph.

        Args:
            types: Edge types to read, such as ``Person-BOUGHT-Product``; None for all. Nodes are always all read.
            until: UTC seconds; only events before it are read (see ``HeteroGraph.until``).
        """

    def zone(self) -> str:
        """IANA name of the market's time zone; empty where no load has set it."""

    def origin(self) -> Origin:
        """Name of the store and number of its last load."""

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Store derived tables under a result id; tables with the same id are replaced."""

    def forget(self, result_id: str) -> None:
        """Remove the tables with that result id."""

    def wipe(self) -> None:
        """Remove everything that graphvine has stored."""
