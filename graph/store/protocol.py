"""GraphStore: what every store offers, so that the rest of graphvine never knows which one it talks to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from graph.batch import Batch, LoadReport, Refusal
from graph.hetero import HeteroGraph

OnRefused = Callable[[Sequence[Refusal]], None]


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
class ResultTable:
    """Derived rows to write back: they are marked as derived and never enter a snapshot.

    Attributes:
        kind: ``segments``, ``recommendations``, ``seeds`` or ``scores``.
        columns: Column names; the first is the id of a person.
        rows: The rows.
    """

    kind: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


class GraphStore(Protocol):
    """A store of one market."""

    def ping(self) -> None:
        """Raise a StoreError, with a hint, where the store cannot be used."""

    def session(self) -> AbstractContextManager[None]:
        """Keep the store open over several calls, as a load of many batches does; nobody else can write meanwhile."""

    def status(self) -> StoreStatus:
        """Counts, versions and size."""

    def ensure_schema(self) -> None:
        """Make tables, keys and indexes that are missing; a second call changes nothing."""

    def load(self, batch: Batch, *, on_refused: OnRefused) -> LoadReport:
        """Load a batch: its rows and its ledger entry are committed together, or neither is.

        Events of a batch that the ledger knows are not looked at again; nodes are merged each time, which changes
        nothing where nothing else has been loaded in between.

        ``on_refused`` is called with the refused records before the commit, so that a quarantine can be durable first.
        """

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as arrays; ``types`` keeps edge types by their text form, ``until`` cuts by time."""

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Keep derived tables under a result id; the same id again replaces them."""

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""

    def wipe(self) -> None:
        """Remove everything."""
