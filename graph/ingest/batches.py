"""Record blocks to typed batches: each cell converted, each record either in a batch or among the rejects."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graph.batch import Batch
from graph.errors import DataError
from graph.ingest.convert import REASONS, Mask, convert, mask_of
from graph.ingest.events import derive_events
from graph.ingest.mapping import DERIVE, Source
from graph.ingest.records import RecordBlock
from graph.ingest.rejects import Reject, reject
from graph.schema import ColumnType, EdgeKey, Schema
from graph.text import TextArray

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Intake:
    """What became of one record block before any store saw it.

    Attributes:
        batches: Typed records, one batch per type that the block holds.
        rejects: The records that are in no batch.
        read: Number of records.
        block: The block itself, from which a record that the store refuses is quoted.
        keys: For each batch the name of its rejects in the quarantine; unlike the id of a batch it does not change
            when the verdict on a record does, as that on a future event will.
    """

    batches: tuple[Batch, ...]
    rejects: tuple[Reject, ...]
    read: int
    block: RecordBlock
    keys: tuple[str, ...]

    def quote(self, row: int) -> str:
        """The record of that number as one line of CSV."""
        return _quote(self.block, int(np.searchsorted(self.block.rows, row)))


@dataclass
class _Verdict:
    """The first fault of each record of a block, if any."""

    source: Source
    block: RecordBlock
    bad: Mask
    rejects: list[Reject] = field(default_factory=list)

    def mark(self, where: Mask, reason: str, column: str, *, accepted: tuple[str, ...] = ()) -> None:
        known = column in self.block.table.column_names
        for i in np.flatnonzero(where & ~self.bad).tolist():
            value = self.block.table[column][i].as_py() if known else ""
            line, row = _quote(self.block, i), int(self.block.rows[i])
            self.rejects.append(
                reject(self.source.name, row, reason, column=column, value=value, raw=line, accepted=accepted)
            )
        self.bad |= where


def _quote(block: RecordBlock, i: int) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([column[i].as_py() for column in block.table.columns])
    return line.getvalue()


def check_header(source: Source, names: list[str]) -> tuple[str, ...]:
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


class BatchMaker:
    """Turns the blocks of one source into batches.

    Args:
        source: The file and its mapping.
        schema: The market schema.
        as_of: Events at or after this moment (UTC seconds) lie in the future and are refused.

    Attributes:
        group: The group of its rejects in the quarantine: the file's name, and whether it is read as nodes or as edges.
    """

    def __init__(self, source: Source, schema: Schema, *, as_of: int) -> None:
        self.source, self.schema, self.as_of = source, schema, as_of
        self.group = _hash(f"{source.name}\0{'node' if source.mapping.node else 'edge'}")
        self._digest = source.mapping.digest()
        self._repeats: dict[str, int] = {}
        self._ordinal = 0

    def make(self, block: RecordBlock) -> Intake:
        """The typed batches of a block, and its rejects."""
        verdict = _Verdict(self.source, block, np.zeros(len(block.rows), np.bool_), list(block.rejects))
        tables = self._nodes(block, verdict) if self.source.mapping.node else self._edges(block, verdict)
        content = f"{self._digest} {_content_hash(block)} {self._ordinal}"
        refused = repr([(r.row, r.reason) for r in verdict.rejects])
        mapping = self.source.mapping
        batches = tuple(
            Batch(
                _hash(f"{content} {kind} {refused}"),
                self.source.name,
                self._ordinal,
                kind,
                table,
                roles=mapping.roles,
                create=mapping.create,
            )
            for kind, table in tables
        )
        self._ordinal += 1
        keys = tuple(f"{self.group}-{_hash(f'{content} {kind}')}" for kind, _ in tables)
        return Intake(batches, tuple(verdict.rejects), block.read, block, keys)

    def _nodes(self, block: RecordBlock, verdict: _Verdict) -> list[tuple[str | EdgeKey, pa.Table]]:
        mapping = self.source.mapping
        columns = {"row": _rows(block), "id": self._required(verdict, mapping.id)}
        types = {name: column.type for name, column in self.schema.node(mapping.node).columns.items()}
        columns.update(self._attributes(verdict, types))
        return [(mapping.node, _table(columns, ~verdict.bad))]

    def _edges(self, block: RecordBlock, verdict: _Verdict) -> list[tuple[str | EdgeKey, pa.Table]]:
        import pyarrow.compute as pc

        mapping = self.source.mapping
        columns = {
            "row": _rows(block),
            "src": self._required(verdict, mapping.source),
            "dst": self._required(verdict, mapping.target),
        }
        if mapping.time:
            columns["time"] = self._typed(verdict, mapping.time, "time")
            verdict.mark(mask_of(pc.greater_equal(columns["time"], self.as_of)), "future_time", mapping.time)
        if mapping.weight:
            columns["weight"] = self._typed(verdict, mapping.weight, "decimal")
        first = self.schema.edge(mapping.edge_types[0])
        columns.update(self._attributes(verdict, {name: c.type for name, c in first.columns.items()}))
        if mapping.event_id != DERIVE:
            columns["event"] = self._required(verdict, mapping.event_id)
        self._check_kinds(verdict, columns)
        tables: list[tuple[str | EdgeKey, pa.Table]] = []
        for key, where in self._relations(verdict):
            table = _table(columns, where & ~verdict.bad)
            if mapping.event_id == DERIVE:
                table = derive_events(table, key, repeats=self._repeats if mapping.duplicates == "keep" else None)
            tables.append((key, table))
        return tables

    def _relations(self, verdict: _Verdict) -> list[tuple[EdgeKey, Mask]]:
        mapping, block = self.source.mapping, verdict.block
        if not mapping.relation_column:
            return [(mapping.edge_types[0], np.ones(len(block.rows), np.bool_))]
        text, _ = convert(block.table[mapping.relation_column], "text")
        known = tuple(mapping.relations)
        verdict.mark(~_is_in(text, known), "unknown_relation", mapping.relation_column, accepted=known)
        return [
            (key, _is_in(text, [value for value, k in mapping.relations.items() if k == key]))
            for key in mapping.edge_types
        ]

    def _check_kinds(self, verdict: _Verdict, columns: dict[str, pa.Array]) -> None:
        import pyarrow.compute as pc

        kinds = self.schema.edge(self.source.mapping.edge_types[0]).kinds
        if kinds and "kind" in columns:
            fits = mask_of(pc.is_null(columns["kind"])) | _is_in(columns["kind"], kinds)
            column = self.source.mapping.columns.get("kind", "kind")
            verdict.mark(~fits, "unknown_kind", column, accepted=kinds)

    def _typed(self, verdict: _Verdict, column: str, kind: ColumnType) -> pa.Array:
        mapping = self.source.mapping
        typed, bad = convert(
            verdict.block.table[column], kind, zone=mapping.time_zone, unit=mapping.time_unit, name=column
        )
        verdict.mark(bad, REASONS[kind], column)
        return typed

    def _required(self, verdict: _Verdict, column: str) -> pa.Array:
        typed = self._typed(verdict, column, "text")
        verdict.mark(mask_of(typed.is_null()), "missing_value", column)
        return typed

    def _attributes(self, verdict: _Verdict, types: dict[str, ColumnType]) -> dict[str, pa.Array]:
        import pyarrow as pa

        mapping = self.source.mapping
        found = {ours: self._typed(verdict, theirs, types[ours]) for ours, theirs in mapping.columns.items()}
        for ours, value in mapping.constants.items():
            fixed, bad = convert(pa.array([value], pa.large_string()), types[ours], zone=mapping.time_zone, name=ours)
            if bad.any():
                raise DataError(
                    f"the constant {ours} = {value!r} is {REASONS[types[ours]].replace('_', ' ')}",
                    file=self.source.name,
                    hint="correct the mapping",
                )
            found[ours] = pa.repeat(fixed[0], len(verdict.block.rows))
        return found


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
    for name, column in zip(block.table.column_names, block.table.columns, strict=True):
        text = TextArray.of_arrow(column)
        digest.update(name.encode() + b"\0")
        digest.update(np.ascontiguousarray(text.offsets).data)
        digest.update(text.data.tobytes())
    return digest.hexdigest()
