"""GraphStore: what every store offers, so that the rest of graphvine never knows which one it talks to."""

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
    """What a store holds.

    Attributes:
        store: Name and version of the engine.
        nodes: Node type to count.
        edges: Edge type to count.
        batches: Number of batches in the ledger.
        size: Bytes on disk, or None where the store does not tell.
    """

    store: str
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    batches: int
    size: int | None


@dataclass(frozen=True)
class Origin:
    """Where a snapshot comes from.

    Attributes:
        store: Name of the store, given when it was made.
        load: Number of its last load at that time, from 1; 0 where there was none.
    """

    store: str
    load: int


@dataclass(frozen=True)
class ResultTable:
    """Derived rows to write back: they are marked as derived and never enter a snapshot.

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
    """A load under way: others see all of it once it is committed, and nothing of it is left where it is not.

    Attributes:
        id: What the store knows the load by once it is committed.
    """

    id: str

    def load(self, batch: Batch) -> LoadReport:
        """Load the rows of a batch.

        A batch of events that the ledger knows is not looked at again, unless some of its records were refused: the
        nodes that they waited for may have come. A known batch of nodes is not merged again as long as it belongs to
        the file as it was last loaded; an older version of the file is merged again, since its rows are now the later.
        """

    def done(self, file: str) -> Collection[str]:
        """Ids of the batches of events of a file that ``load`` will not look at again."""

    def committed(self, load_id: str) -> bool:
        """Whether the load of that id was committed."""

    def earlier(self, file: str, type: str) -> FileCount | None:
        """What became of the records of a file in its last load, replays included."""

    def untouched_ids(self, node: str) -> pa.Array | None:
        """Ids (text) of the nodes that this load has neither made nor changed; None where there are none."""

    def known_events(self, types: Sequence[EdgeKey], ids: Sequence[str]) -> set[str]:
        """Which of these event ids, each of 32 hexadecimal digits, belong to events of these types."""

    def settle_zone(self, zone: str) -> str:
        """Settle the time zone of the market (an IANA name), where no load before did; returns the one that holds.

        Months, days and hours in queries and reports are those of this zone. A load that settles none settles UTC.
        """

    def count(self, count: FileCount) -> None:
        """Keep what became of the records of a file; called once for each file, when all its batches are loaded."""

    def commit(self) -> bool:
        """Commit everything; returns False, and leaves the store untouched, where there is nothing new."""


class GraphStore(Protocol):
    """A store of one market."""

    def ping(self) -> None:
        """Raise a StoreError, with a hint, where the store cannot be used."""

    def status(self) -> StoreStatus:
        """Counts, versions and size."""

    def ensure_schema(self) -> None:
        """Make tables, keys and indexes that are missing; a second call changes nothing."""

    def loading(self, *, at: int) -> AbstractContextManager[Loading]:
        """Begin a load, at that time (UTC seconds); nobody else can load meanwhile. It ends with its ``commit``."""

    def earlier_reads(self) -> Mapping[str, int]:
        """File name to the number of records that its last load read."""

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as arrays; ``types`` keeps edge types by their text form, ``until`` cuts by time."""

    def zone(self) -> str:
        """The time zone of the market; empty where no load has settled it."""

    def origin(self) -> Origin:
        """The name of the store and its last load."""

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Keep derived tables under a result id; the same id again replaces them."""

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""

    def wipe(self) -> None:
        """Remove everything."""
