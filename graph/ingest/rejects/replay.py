"""Loads refused records again: after their nodes were loaded, after a change of the mapping, or after correction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from graph.batch import Batch, FileCount
from graph.errors import DataError
from graph.ingest.batches import BatchMaker
from graph.ingest.csv.records import RecordBlock
from graph.ingest.load import rejects_of
from graph.ingest.mapping.file_mapping import FileMapping, type_name
from graph.ingest.mapping.market_zone import market_zone
from graph.ingest.rejects.fixes import Fix, Wanted, cells_of
from graph.ingest.rejects.quarantine import FileRejects, PendingRejects, Quarantine
from graph.ingest.rejects.readings import Reading, group_of, readings_of
from graph.ingest.rejects.reject import Reject
from graph.ingest.sources import named_sources
from graph.schema import Schema
from graph.store.protocol import GraphStore, Loading

# The ledger lists replayed records under this name, because they are not a version of their file.
_REPLAY = "{} (replayed)"
# Records that are loaded at a time; more take more memory and are no faster.
_SLICE = 25_000
# With duplicates = "keep" equal events are numbered in the order of the file. Corrected records are not in the file, so
# their event ids are moved by this constant and cannot collide with those of later records of the file.
_CORRECTED = int.from_bytes(hashlib.md5(b"put right by hand", usedforsecurity=False).digest(), "big")


@dataclass(frozen=True)
class Replayed:
    """The result of loading the refused records of one file again.

    Attributes:
        count: ``read`` is the number of records that were loaded again, ``quarantined`` of those still refused.
        refused: Corrected records that are refused all the same; the quarantine keeps their original text.
    """

    count: FileCount
    refused: tuple[Reject, ...] = ()


def replay(
    entries: Sequence[FileMapping],
    schema: Schema,
    store: GraphStore,
    *,
    quarantine: Quarantine,
    as_of: int,
    wanted: Wanted = lambda _record: True,
    fixes: Sequence[Fix] | None = None,
    commit: bool = True,
) -> list[Replayed]:
    """Load refused records again, in one transaction; with its commit, loaded records leave the quarantine.

    Without fixes, every wanted record whose cells are known is loaded again under the present mapping. With fixes, only
    the corrected records are loaded, each with its new cells.

    Args:
        entries: The mapping; rejects of a file that it no longer names are left alone. The files themselves are not
            read and may have been deleted.
        schema: The market schema.
        store: The store.
        quarantine: The refused records.
        as_of: As in ``load_sources``.
        wanted: Which records.
        fixes: Corrected records; then no others are loaded.
        commit: Whether to commit; without it nothing is written, and the counts say what would be.

    Raises:
        DataError: a fix is of a record that is not in the quarantine, lacks a column, or comes twice.
        StoreError: the store is locked or full.
    """
    edited = None if fixes is None else _by_place(fixes)
    done: list[Replayed] = []
    if not edited and not quarantine.interrupted and not quarantine.groups():
        return done
    with store.loading(at=as_of) as loading:
        quarantine.recover(loading.committed)
        pending = quarantine.begin(loading.id, loading.committed)
        loading.settle_zone(market_zone(entries))
        try:
            work = _Work(schema, as_of, loading, pending, wanted, edited)
            for kept in quarantine.groups():
                readings = readings_of(s for s in named_sources(kept.file, entries) if group_of(s) == kept.path.stem)
                done += _replay_group(work, kept, readings)
            if edited:
                _complain(next(iter(edited.values())))
            if commit:
                pending.hand_over()
                # Commit only where some record was loaded; the quarantine gets the new reasons in any case.
                if any(one.count.read > one.count.quarantined for one in done):
                    loading.commit()
                pending.publish()
        finally:
            pending.discard()
    return done


def _by_place(fixes: Sequence[Fix]) -> dict[tuple[str, str, int], Fix]:
    edited: dict[tuple[str, str, int], Fix] = {}
    for fix in fixes:
        if edited.setdefault((fix.file, fix.type, fix.row), fix) is not fix:
            raise DataError("is put right twice", file=fix.file, row=fix.row, hint="keep one of the two")
    return edited


def _complain(fix: Fix) -> None:
    raise DataError(
        "is not in the quarantine, was put right before, or its file is no longer in the mapping",
        file=fix.file,
        row=fix.row,
        hint="nothing was loaded; make the files anew: graphvine data rejects fix",
    )


@dataclass(frozen=True)
class _Record:
    """A record to load again: its cells, and whether these were corrected by hand."""

    cells: list[str]
    by_hand: bool


def _cells(fix: Fix, kept: FileRejects) -> list[str]:
    for name in kept.columns:
        if name not in fix.cells:
            hint = "leave all columns where they are; a cell may be empty"
            raise DataError("the column is missing in the file of fixes", file=fix.file, column=name, hint=hint)
    return [fix.cells[name] for name in kept.columns]


def _reading_of(kind: str, readings: Sequence[Reading]) -> Reading | None:
    """The reading that takes records of that type now; the mapping may have gained or lost a relation since."""
    same = [reading for reading in readings if reading.kind == kind]
    if not same:
        same = list(readings) if len(readings) == 1 else []
    if not same:
        types = set(kind.split(", "))
        same = [reading for reading in readings if types <= set(type_name(reading.source).split(", "))]
    return same[0] if len(same) == 1 else None


@dataclass(frozen=True)
class _Work:
    """What the replay of every file needs; ``edited`` shrinks as the records of its fixes are found."""

    schema: Schema
    as_of: int
    loading: Loading
    pending: PendingRejects
    wanted: Wanted
    edited: dict[tuple[str, str, int], Fix] | None

    def is_chosen(self, record: dict[str, Any], kept: FileRejects) -> bool:
        """Whether to load a record again."""
        if self.edited is not None:
            return (kept.file, record["type"], record["row"]) in self.edited
        return self.wanted(record) and len(cells_of(record) or ()) == len(kept.columns)

    def choose(self, record: dict[str, Any], kept: FileRejects) -> _Record:
        """The record with the cells to load."""
        if self.edited is not None:
            return _Record(_cells(self.edited.pop((kept.file, record["type"], record["row"])), kept), True)
        return _Record(cells_of(record) or [], False)


def _replay_group(work: _Work, kept: FileRejects, readings: Sequence[Reading]) -> Iterator[Replayed]:
    """Load the chosen records of one file again, and keep the remaining rejects."""
    kinds: dict[str, Reading | None] = {}
    tried = set[str]()
    for record in kept:
        kind = record["type"]
        if kind not in kinds:
            kinds[kind] = _reading_of(kind, readings)
        if kind not in tried and kinds[kind] is not None and work.is_chosen(record, kept):
            tried.add(kind)
    if not tried:
        return
    for kind, reading in kinds.items():
        # Remaining rejects keep their original type, and so do the counts of the file.
        work.pending.open(replace(reading or readings[0], kind=kind), kept.columns, decimal=kept.decimal)
        records = (record for record in kept if record["type"] == kind)
        if reading is None or kind not in tried:
            work.pending.keep(records)
        else:
            yield _replay_kind(work, replace(reading, kind=kind), kept, records)


def _replay_kind(work: _Work, reading: Reading, kept: FileRejects, records: Iterator[dict[str, Any]]) -> Replayed:
    """Load the chosen records of one type again, in slices, so that memory stays bounded."""
    count = FileCount(reading.source.name, reading.kind)
    settled: list[str] = []
    by_hand: list[Reject] = []
    while part := list(islice(records, _SLICE)):
        chosen = {record["row"]: work.choose(record, kept) for record in part if work.is_chosen(record, kept)}
        count, refused = _try(work, reading, kept, chosen, count) if chosen else (count, [])
        again = {item.row: item for item in refused}
        for record in part:
            row = record["row"]
            one = chosen.get(row)
            if one is None or (one.by_hand and row in again):
                work.pending.keep([record])
            elif row in again:
                fields = {**again[row].as_dict(), "line": record.get("line", 0), "type": reading.kind}
                work.pending.keep([fields])
            elif one.by_hand:
                settled.append(record["raw"])
        by_hand += (item for item in refused if chosen[item.row].by_hand)
    _account(work.loading, count)
    if settled:
        work.pending.settle(settled)
    return Replayed(count, tuple(by_hand))


def _try(
    work: _Work, reading: Reading, kept: FileRejects, chosen: Mapping[int, _Record], count: FileCount
) -> tuple[FileCount, list[Reject]]:
    """Load records; returns the counts with theirs, and those that are refused."""
    source, types = reading.source, reading.source.mapping.edge_types
    by_hand = any(one.by_hand for one in chosen.values())
    offset = _CORRECTED if by_hand and source.mapping.duplicates == "keep" else 0

    def taken(ids: list[str]) -> list[str]:
        known = work.loading.known_events(types, [_moved(event, offset) for event in ids])
        return [event for event in ids if _moved(event, offset) in known]

    with closing(BatchMaker(source, work.schema, as_of=work.as_of, decimal=kept.decimal, taken=taken)) as maker:
        converted = maker.make(_block(kept.columns, chosen))
    batches = [
        _with_moved_ids(_renamed(batch, work.loading.id if by_hand else ""), offset) for batch in converted.batches
    ]
    reports = [work.loading.load(batch) for batch in batches]
    refused = rejects_of(source, converted, reports)
    for report in reports:
        count = count.plus(report)
    # Records that did not convert are among the refused as well.
    return replace(
        count, read=count.read + converted.read, quarantined=count.quarantined + len(converted.rejects)
    ), refused


def _renamed(batch: Batch, load: str) -> Batch:
    """The batch under the name of replays; a batch with corrected records gets a new id in every load."""
    number = hashlib.sha256(f"{batch.id} {load}".encode()).hexdigest()[:32]
    return replace(batch, id=number, file=_REPLAY.format(batch.file))


def _moved(event: str, offset: int) -> str:
    return f"{int(event, 16) ^ offset:032x}"


def _with_moved_ids(batch: Batch, offset: int) -> Batch:
    """The batch with its derived event ids moved by an offset (exclusive or with each id)."""
    import pyarrow as pa

    if not offset or "event_high" not in batch.table.column_names:
        return batch
    table = batch.table
    for name, mask in (("event_high", offset >> 64), ("event_low", offset & (1 << 64) - 1)):
        moved = table[name].to_numpy() ^ np.uint64(mask)
        table = table.set_column(table.column_names.index(name), name, pa.array(moved, pa.uint64()))
    return replace(batch, table=table)


def _block(columns: Sequence[str], chosen: Mapping[int, _Record]) -> RecordBlock:
    import pyarrow as pa

    rows = sorted(chosen)
    cells = list(zip(*(chosen[row].cells for row in rows), strict=True))
    table = pa.table([pa.array(column, pa.large_string()) for column in cells], names=list(columns))
    return RecordBlock(table, np.asarray(rows, np.int64), (), len(rows))


def _account(loading: Loading, tried: FileCount) -> None:
    """In the counts of their file, count loaded records as created, updated and so on instead of quarantined."""
    before = loading.earlier(tried.file, tried.type)
    went_in = tried.read - tried.quarantined
    # A store restored from a backup may have fewer refused records of the file than the quarantine.
    if before is not None and before.quarantined >= went_in:
        parts = ("created", "updated", "unchanged", "duplicate", "implied")
        sums = {name: getattr(before, name) + getattr(tried, name) for name in parts}
        loading.count(replace(before, **sums, quarantined=before.quarantined - went_in))
