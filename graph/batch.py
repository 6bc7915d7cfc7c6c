"""The values that go from files into a store and back: Batch, LoadReport, FileCount."""

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
        id: Hash of content, mapping and ordinal; the ledger of the store lists it, so a batch is loaded once.
        file: Where the records come from.
        ordinal: Number of the batch within the file, from 0.
        type: Node type name or edge key.
        table: For nodes ``row`` (int64), ``id`` (text) and the mapped columns; for edges ``row``, ``src``, ``dst``,
            ``time`` (int64 UTC seconds), ``weight`` (float64), the mapped columns, and the id of the event: ``event``
            (text) where the file gives one, else ``event_high`` and ``event_low`` (uint64), the halves of a hash.
        roles: Roles of every node in the table.
        create: Ends whose nodes are created where they do not exist.
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
    """The result of loading a batch: every record is counted in one of the first four fields or listed as refused.

    Attributes:
        created: New nodes or events.
        updated: Nodes whose attributes changed.
        unchanged: Known already, with the same content.
        duplicate: Repeats within the batch.
        refused: Records that the store did not take.
        implied: Nodes created because an edge names them; these are not records.
        known_batch: Whether the batch was loaded before, so that nothing was done.
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
    """The counts of the records of one file.

    ``read = created + updated + unchanged + duplicate + quarantined``, where the scanner counts ``read`` on its own.

    Attributes:
        file: Name of the file.
        type: Node type, or edge types, of its records.
        read: Records in the file.
        created: New nodes or events.
        updated: Nodes whose attributes changed.
        unchanged: Known already with the same content, or corrected by hand before.
        duplicate: Repeats.
        quarantined: Records that were refused.
        implied: Nodes created because a record names them.
        unmapped: Columns that the mapping neither reads nor ignores.
        unknown_ends: Set by ``inspect_files`` alone: records among ``created`` that name a node which neither an
            earlier file nor ``create`` provides. A load refuses them, unless the store has the node already.
        gone: Records refused by the last load that the file no longer has; the quarantine keeps them as superseded.
        changes: (Column, kind of change) to the number of cells whose value was normalised.
        lookalikes: Set by ``inspect_files`` alone: ids in edges that no file of nodes lists, to the listed ids that
            they look like, as ``00501`` and ``501``.
        skipped: Number of lines that are no records, by where they stand; they are no part of ``read``.
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
    gone: int = 0
    changes: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    lookalikes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def balanced(self) -> bool:
        """Whether the count equation holds."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.quarantined

    def plus(self, report: LoadReport) -> FileCount:
        """These counts and those of a batch, whose refused records count as quarantined."""
        return replace(
            self,
            created=self.created + report.created,
            updated=self.updated + report.updated,
            unchanged=self.unchanged + report.unchanged,
            duplicate=self.duplicate + report.duplicate,
            quarantined=self.quarantined + len(report.refused),
            implied=self.implied + report.implied,
        )


# The numbers of a FileCount that a store keeps for each file and load.
COUNTS = tuple(f.name for f in fields(FileCount) if f.type == "int" and f.name not in ("unknown_ends", "gone"))
