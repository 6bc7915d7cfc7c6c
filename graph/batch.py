"""Batch and LoadReport: what goes from the files into a store, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.schema import EdgeKey

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Typed records of one node type or one edge type.

    Attributes:
        id: Hash of content, mapping and ordinal; the ledger knows a batch by it.
        file: Where the records come from.
        ordinal: Number of the batch within the file, from 0.
        type: Node type name or edge key.
        table: For nodes ``row`` (int64), ``id`` (text) and the mapped columns; for edges ``row``, ``src``, ``dst``,
            ``event`` (text), ``time`` (int64 UTC seconds), ``weight`` (float64) and the mapped columns.
        roles: Roles of every node in the table.
        create: Ends whose nodes may be made from an edge alone.
    """

    id: str
    file: str
    ordinal: int
    type: str | EdgeKey
    table: pa.Table
    roles: tuple[str, ...] = ()
    create: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that the store refused: its row, and a reason of ``graph.ingest.rejects.HINTS``."""

    row: int
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a batch's records; ``refused`` lists the rest, so all of them are accounted for.

    Attributes:
        created: New nodes or events.
        updated: Nodes whose attributes changed.
        unchanged: Known already, with the same content.
        duplicate: Repeats within the batch.
        refused: Records that the store did not take.
        implied: Nodes made because an edge named them; they are no records of their own.
        known_batch: Whether the ledger knew this batch of events, so nothing was done; nodes are always merged again.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    refused: tuple[Refusal, ...] = field(default=())
    implied: int = 0
    known_batch: bool = False
