"""Turns blocks of records into typed batches: every cell is converted, every record is loaded or rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graph.batch import Batch
from graph.errors import ConfigError, DataError
from graph.ingest.csv.blank_rows import empty_rows
from graph.ingest.csv.records import RecordBlock
from graph.ingest.csv.totals import totals
from graph.ingest.event_ids import EventIds, Taken
from graph.ingest.mapping.file_mapping import DERIVE, Source
from graph.ingest.rejects.reject import HINTS, Reject
from graph.ingest.rejects.row_errors import RowErrors, quote
from graph.ingest.values.byte_columns import Mask, byte_column, mask_of, one_array
from graph.ingest.values.changes import Change, Changes, without_refused
from graph.ingest.values.convert import Converted, convert_column
from graph.ingest.values.normalise import CellChange
from graph.ingest.values.times import EARLIEST_EVENT
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column, EdgeKey, EdgeType, Schema

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT = Column("text")


@dataclass(frozen=True)
class ConvertedBlock:
    """A block of records after conversion, before any store sees it.

    Attributes:
        batches: The good records, one batch for each node type or edge type in the block.
        rejects: The other records, with the reason for each.
        read: Number of records.
        block: The block itself; needed to quote a record that the store refuses.
        changed: Cells of the good records whose value was normalised, so that it differs from the text of the file.
    """

    batches: tuple[Batch, ...]
    rejects: tuple[Reject, ...]
    read: int
    block: RecordBlock
    changed: Changes

    @property
    def changes(self) -> Mapping[tuple[str, str], int]:
        """(Column of the file, kind of change) to the number of cells; the sum over all blocks is that of the file."""
        return self.changed.counts

    def list_changes(self) -> Iterator[Change]:
        """Every changed cell, by row."""
        return self.changed.rows()

    def quote(self, rows: Sequence[int]) -> list[str]:
        """The records of these numbers as lines of CSV."""
        return quote(self.block, np.searchsorted(self.block.rows, np.asarray(rows, np.int64)))


def unmapped_columns(source: Source, names: list[str]) -> tuple[str, ...]:
    """The columns of the file that the mapping neither reads nor ignores.

    Raises:
        DataError: the mapping reads a column that the file does not have.
    """
    used = source.mapping.used_columns()
    for column, purpose in used.items():
        if column not in names:
            shown = ", ".join(names[:12])
            raise DataError(
                f"the mapping reads {purpose} from column {column!r}, which the file does not have",
                file=source.name,
                column=column,
                hint=f"the columns are {shown}; correct the mapping",
            )
    return tuple(n for n in names if n not in used and n not in source.mapping.ignore)


@dataclass
class _Work:
    """A block under conversion: the errors of its records so far, and the changed cells by column of the file."""

    block: RecordBlock
    errors: RowErrors
    changes: dict[str, tuple[CellChange, ...]] = field(default_factory=dict)


class BatchMaker:
    """Turns the blocks of one source into batches. It shares no state, so it may run in a thread of its own.

    Args:
        source: The file and its mapping.
        schema: The market schema.
        as_of: Events at or after this moment (UTC seconds) lie in the future and are refused.
        decimal: The decimal mark that was found in the file; used where the mapping leaves it open.
        taken: As in ``EventIds``; for records that are loaded after the others of their file.
        done: Ids of batches that the store has loaded before. Their events get no ids, which saves a third of the time.

    Raises:
        ConfigError: the mapping declares another currency than the schema.
    """

    def __init__(
        self,
        source: Source,
        schema: Schema,
        *,
        as_of: int,
        decimal: str = "",
        taken: Taken | None = None,
        done: Collection[str] = frozenset(),
    ) -> None:
        self.source, self.schema, self.as_of = source, schema, as_of
        self.value_format = ValueFormat.of(source.mapping, decimal=decimal)
        self._digest = f"{source.mapping.digest()} {self.value_format.decimal} {_specs(source, schema)}"
        self._keep = source.mapping.duplicates == "keep"
        self._events = EventIds(keep=self._keep, taken=taken)
        self._done = done
        self._ordinal = 0
        self._check_currency()

    def make(self, block: RecordBlock) -> ConvertedBlock:
        """The typed batches of a block, and its rejects."""
        mapping = self.source.mapping
        work = _Work(block, RowErrors(self.source.name, block, self.value_format))
        work.errors.mark(empty_rows(block.table), "empty_row", "")
        work.errors.mark(*self._totals(block))
        tables = self._nodes(work) if mapping.node else self._edges(work)
        rejects = work.errors.rejects()
        content = f"{self._digest} {_content_hash(block)} {self._ordinal}"
        refused = repr([(r.row, r.reason) for r in rejects])
        batches = tuple(self._batch(_hash(f"{content} {kind} {refused}"), kind, table) for kind, table in tables)
        self._ordinal += 1
        changed = Changes(self.source.name, block, without_refused(work.changes, work.errors.bad))
        return ConvertedBlock(batches, rejects, block.read, block, changed)

    def close(self) -> None:
        """Release resources; call it after the last batch."""
        self._events.close()

    def _batch(self, id: str, kind: str | EdgeKey, table: pa.Table) -> Batch:
        mapping = self.source.mapping
        # Where equal events are kept apart by a number, those of batches loaded before count too.
        if isinstance(kind, EdgeKey) and mapping.event_id == DERIVE and (self._keep or id not in self._done):
            table = self._events.add(table, kind)
        return Batch(id, self.source.name, self._ordinal, kind, table, roles=mapping.roles, create=mapping.create)

    def _totals(self, block: RecordBlock) -> tuple[Mask, str, str]:
        """Rows that hold totals of other rows, as arguments of ``RowErrors.mark``."""
        mapping = self.source.mapping
        keys = [mapping.id] if mapping.node else [mapping.source, mapping.target]
        where, column = totals(block.table, keys)
        return where, "total_row", column

    def _check_currency(self) -> None:
        mapping = self.source.mapping
        columns, weight = self._columns_of(), ""
        if mapping.weight and not mapping.node:
            weight = self.schema.edge(mapping.edge_types[0]).currency
        named = {columns[ours].currency: ours for ours in mapping.columns if columns[ours].currency}
        named |= {weight: "weight"} if weight else {}
        for code, ours in named.items():
            if code != mapping.currency:
                raise ConfigError(
                    f"{self.source.name}: the schema has {ours} in {code}, the mapping declares {mapping.currency}",
                    hint=f'set currency = "{code}" in the mapping, or change that of the column in schema.toml',
                )

    def _columns_of(self) -> Mapping[str, Column]:
        mapping = self.source.mapping
        if mapping.node:
            return self.schema.node(mapping.node).columns
        return self.schema.edge(mapping.edge_types[0]).columns

    def _nodes(self, work: _Work) -> list[tuple[str | EdgeKey, pa.Table]]:
        mapping = self.source.mapping
        columns = {"row": _rows(work.block), "id": self._id(work, mapping.id)}
        columns.update(self._attributes(work))
        return [(mapping.node, _table(columns, ~work.errors.bad))]

    def _edges(self, work: _Work) -> list[tuple[str | EdgeKey, pa.Table]]:
        import pyarrow.compute as pc

        mapping = self.source.mapping
        columns = {
            "row": _rows(work.block),
            "src": self._id(work, mapping.source),
            "dst": self._id(work, mapping.target),
        }
        if mapping.time:
            columns["time"] = self._typed(work, mapping.time, Column("time"))
            future = mask_of(pc.greater_equal(columns["time"], self.as_of))
            work.errors.mark(future, "future_time", mapping.time)
            early = mask_of(pc.less(columns["time"], EARLIEST_EVENT))
            work.errors.mark(early, "early_time", mapping.time)
        edge = self.schema.edge(mapping.edge_types[0])
        if mapping.weight:
            columns["weight"] = self._typed(work, mapping.weight, edge.weight_column)
        columns.update(self._attributes(work))
        if mapping.event_id != DERIVE:
            columns["event"] = self._id(work, mapping.event_id)
        self._check_kinds(work.errors, columns)
        relations = self._relations(work)
        if mapping.weight:
            self._check_scale(work, columns["weight"], relations)
        return [(key, _table(columns, where & ~work.errors.bad)) for key, where in relations]

    def _relations(self, work: _Work) -> list[tuple[EdgeKey, Mask]]:
        mapping, block = self.source.mapping, work.block
        if not mapping.relation_column:
            return [(mapping.edge_types[0], np.ones(len(block.rows), np.bool_))]
        text = self._required(work, mapping.relation_column)
        known = tuple(mapping.relations)
        work.errors.mark(~_is_in(text, known), "unknown_relation", mapping.relation_column, accepted=known)
        return [
            (key, _is_in(text, [value for value, k in mapping.relations.items() if k == key]))
            for key in mapping.edge_types
        ]

    def _check_scale(self, work: _Work, weights: pa.Array, relations: Sequence[tuple[EdgeKey, Mask]]) -> None:
        """Refuse ratings that do not lie on the scale of their relation."""
        import pyarrow.compute as pc

        for key, where in relations:
            scale = self.schema.edge(key).scale
            if scale is not None:
                outside = mask_of(pc.or_(pc.less(weights, scale[0]), pc.greater(weights, scale[1])))
                accepted = (f"{scale[0]:g} to {scale[1]:g}",)
                work.errors.mark(outside & where, "out_of_scale", self.source.mapping.weight, accepted=accepted)

    def _check_kinds(self, row_errors: RowErrors, columns: dict[str, pa.Array]) -> None:
        kinds = self.schema.edge(self.source.mapping.edge_types[0]).kinds
        if kinds and "kind" in columns:
            column = self.source.mapping.columns.get("kind", "kind")
            row_errors.mark(mask_of(columns["kind"].is_null()), "missing_value", column)
            row_errors.mark(~_is_in(columns["kind"], kinds), "unknown_kind", column, accepted=kinds)

    def _typed(self, work: _Work, column: str, spec: Column) -> pa.Array:
        return self._converted(work, column, spec).values

    def _converted(self, work: _Work, column: str, spec: Column, *, is_id: bool = False) -> Converted:
        try:
            found = convert_column(work.block.table[column], spec, self.value_format, name=column, is_id=is_id)
        except ConfigError as error:
            raise ConfigError(f"{self.source.name}: {error.message}", hint=error.hint) from None
        for reason, where in found.faults.items():
            accepted = {"unknown_value": spec.values, "out_of_range": (str(spec.limits),)}.get(reason, ())
            work.errors.mark(where, reason, column, accepted=accepted)
        # A column may be read twice, as a time and as text; its changes are counted once.
        work.changes[column] = max(work.changes.get(column, ()), found.changes, key=len)
        return found

    def _required(self, work: _Work, column: str, *, is_id: bool = False) -> pa.Array:
        typed = self._converted(work, column, _TEXT, is_id=is_id).values
        if typed.null_count:
            work.errors.mark(mask_of(typed.is_null()), "missing_value", column)
        return typed

    def _id(self, work: _Work, column: str) -> pa.Array:
        return self._required(work, column, is_id=True)

    def _attributes(self, work: _Work) -> dict[str, pa.Array]:
        import pyarrow as pa

        mapping, columns = self.source.mapping, self._columns_of()
        found = {ours: self._typed(work, theirs, columns[ours]) for ours, theirs in mapping.columns.items()}
        for ours, value in mapping.constants.items():
            cell = pa.array([value], pa.large_string())
            fixed = convert_column(cell, columns[ours], self.value_format.plain(), name=ours)
            if fixed.faults:
                reason = next(iter(fixed.faults))
                raise DataError(
                    f"the constant {ours} = {value!r} is {reason.replace('_', ' ')}",
                    file=self.source.name,
                    hint=f"correct the mapping: {HINTS[reason]}",
                )
            found[ours] = pa.repeat(fixed.values[0], len(work.block.rows))
        return found


def _specs(source: Source, schema: Schema) -> str:
    """A hash of the schema of all columns that are read: a changed schema gives other values, so other batches."""
    mapping = source.mapping
    types = [schema.node(mapping.node)] if mapping.node else [schema.edge(key) for key in mapping.edge_types]
    names, parts = sorted({*mapping.columns, *mapping.constants}), list[object]()
    for one in types:
        specs = [(name, one.columns[name]) for name in names if name in one.columns]
        parts.append([(name, spec.type, spec.values, spec.currency, spec.limits) for name, spec in specs])
        if isinstance(one, EdgeType):
            parts.append((one.currency, one.kinds, one.limits, *(one.scale or ())))
    return _hash(repr(parts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_in(text: pa.Array, values: Iterable[str]) -> Mask:
    import pyarrow as pa
    import pyarrow.compute as pc

    return mask_of(pc.is_in(text, pa.array(list(values), pa.large_string())))


def _rows(block: RecordBlock) -> pa.Array:
    import pyarrow as pa

    return pa.array(block.rows, pa.int64())


def _table(columns: dict[str, pa.Array], keep: Mask) -> pa.Table:
    import pyarrow as pa

    table = pa.table(columns)
    return table if keep.all() else table.filter(pa.array(keep))


def _content_hash(block: RecordBlock) -> str:
    digest = hashlib.sha256(repr([(r.row, r.reason, r.raw) for r in block.rejects]).encode())
    digest.update(np.ascontiguousarray(block.rows[[0, -1]] if len(block.rows) else block.rows).tobytes())
    for name, column in zip(block.table.column_names, block.table.columns, strict=True):
        cell_bytes = byte_column(one_array(column))
        digest.update(name.encode() + b"\0")
        # A cell has at most 1 MiB, so 32 bits do.
        digest.update(cell_bytes.lengths.astype(np.uint32).data)
        digest.update(cell_bytes.data.data)
    return digest.hexdigest()
