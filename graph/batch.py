"""Batch, the unit in which records go into a store, and the counts that a load reports: LoadReport, FileCount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from graph.schema import EdgeKey

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Typed records of one node type or one edge type.

    Attributes:
        id: Hash of content, mapping and ordinal. The ledger of the store lists the ids of loaded batches, so that none
            is loaded twice.
        file: Name of the file that the records come from.
        ordinal: Number of the batch within the file, from 0.
        type: Node type name or edge key.
        table: For nodes ``row`` (int64), ``id`` (text) and the mapped columns; for edges ``row``, ``src``, ``dst``,
            ``time`` (int64 UTC seconds), ``weight`` (float64), the mapped columns, and the id of the event: ``event``
            (text) where the file gives one, else ``event_high`` and ``event_low`` (uint64), the halves of a hash.
        roles: Roles of every node in the table.
        create: Node types at the ends of these edges (``src``, ``dst``) whose missing nodes are made from the edge
            alone.
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
    """A record that the store refused: its row, and a reason of ``graph.ingest.rejects.reject.HINTS``."""

    row: int
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The outcome of every record of one batch: each is counted once, or listed in ``refused``.

    Attributes:
        created: New nodes or events.
        updated: Nodes whose attributes changed.
        unchanged: In the store already, with the same content.
        duplicate: Repeats within the batch.
        refused: Records that the store rejected, with the reason.
        implied: Nodes made because an edge names them. They are not records, so no other count includes them.
        known_batch: True where the ledger lists this batch already, so that nothing was loaded.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    refused: tuple[Refusal, ...] = field(default=())
    implied: int = 0
    known_batch: bool = False


@dataclass(frozen=True)
class FileCount:
    """The outcome of every record of one file.

    ``read = created + updated + unchanged + duplicate + quarantined``, where ``read`` is counted by a separate scan of
    the file (``graph.ingest``), so that the equation can fail when records are lost.

    Attributes:
        file: Name of the file.
        type: Node type or edge types of its records, as text.
        read: Records in the file.
        created: New nodes or events.
        updated: Nodes whose attributes changed.
        unchanged: In the store already with the same content, or corrected by hand in an earlier replay.
        duplicate: Repeats within the file.
        quarantined: Records that were refused.
        implied: Nodes created because a record names them.
        unmapped: Columns that the mapping neither reads nor ignores.
        unknown_ends: Filled by ``inspect_files`` only: records among ``created`` that name a node which neither an
            earlier file nor ``create`` makes. A load refuses them, unless the store has the node already.
        earlier_rejects: Records that the previous load of the file refused and that this one does not refuse. The
            quarantine keeps them in a separate list.
        future: Records among ``quarantined`` whose event lies in the future.
        changes: (Column, kind of change) to the number of cells whose value was normalised.
        lookalikes: Filled by ``inspect_files`` only: ids in edge files that no node file lists, to the listed ids
            that may be the same id spelled differently (``00501`` and ``501``).
        skipped: Place of lines that are not records (such as ``before the header``) to their number; ``read`` does not
            include them.
    """

    file: str
    type: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    quarantined: int = 0
    implied: int = 0
    unmapped: tuple[str, ...] = ()
    unknown_ends: int = 0
    earlier_rejects: int = 0
    future: int = 0
    changes: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    lookalikes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def balanced(self) -> bool:
        """Whether the count equation holds."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.quarantined

    def plus(self, report: LoadReport) -> FileCount:
        """The sum of these counts and those of one batch; its refused records count as quarantined."""
        return replace(
            self,
            created=self.created + report.created,
            updated=self.updated + report.updated,
            unchanged=self.unchanged + report.unchanged,
            duplicate=self.duplicate + report.duplicate,
            quarantined=self.quarantined + len(report.refused),
            implied=self.implied + report.implied,
        )


# The integer fields of FileCount that a store keeps for each file and load.
COUNTS = tuple(
    f.name for f in fields(FileCount) if f.type == "int" and f.name not in ("unknown_ends", "earlier_rejects", "future")
)
