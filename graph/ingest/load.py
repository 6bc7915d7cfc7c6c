"""Loads a set of files into a store in one transaction, and accounts for every record."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from graph.batch import Batch, FileCount, LoadReport
from graph.errors import DataError, StoreError
from graph.ingest.batches import ConvertedBlock
from graph.ingest.convert_file import CheckedFile, check_files_fit, convert_file
from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import DERIVE, Source
from graph.ingest.mapping.market_zone import market_zone
from graph.ingest.prefetch import prefetch
from graph.ingest.rejects.quarantine import PendingRejects, Quarantine
from graph.ingest.rejects.readings import Reading
from graph.ingest.rejects.reject import Reject, reject
from graph.ingest.rules.findings import Findings
from graph.ingest.rules.run import RuleRun
from graph.schema import EdgeKey, Schema
from graph.store.protocol import GraphStore, Loading

OnStep = Callable[[str, int], None]
OnFindings = Callable[[Findings], None]


def silent(_what: str, _count: int) -> None:
    """Do not report progress."""


def ignore(_findings: Findings) -> None:
    """Do nothing with the findings of rules."""


@dataclass(frozen=True)
class Limits:
    """Conditions under which a load does not commit.

    Attributes:
        bad: Largest allowed share of refused records in a file, 0 to 1.
        commit: Whether to commit; without it nothing is written, and the counts say what would be.
    """

    bad: float = 1.0
    commit: bool = True


ANY = Limits()


def load_sources(
    sources: Sequence[Source],
    schema: Schema,
    store: GraphStore,
    *,
    quarantine: Quarantine,
    as_of: int,
    limits: Limits = ANY,
    rules: RuleRun | None = None,
    on_findings: OnFindings = ignore,
    on_step: OnStep = silent,
) -> list[FileCount]:
    """Load all files in one transaction; calling it again with the same files writes nothing.

    All headers are checked before the first record is loaded, so a mapping that does not fit changes nothing.

    Args:
        sources: The files, in the order in which they are loaded.
        schema: The market schema.
        store: The store.
        quarantine: Where refused records go.
        as_of: Events at or after this moment (UTC seconds) lie in the future; also the time of the load.
        limits: When to stop before the commit.
        rules: Rules to apply; those of severity ``stop`` may stop the load before the commit.
        on_findings: Called with the findings of the rules, before the commit.
        on_step: Called with the file's name and the number of its records so far.

    Raises:
        DataError: a file cannot be read or does not fit its mapping, too many of its records are refused, or a rule of
            severity ``stop`` is broken.
        StoreError: the store is locked or full, or the count equation does not hold (which would be our fault).
    """
    files = check_files_fit(sources)
    with store.loading(at=as_of) as loading:
        quarantine.recover(loading.committed)
        pending = quarantine.begin(loading.id, loading.committed)
        loading.settle_zone(market_zone(source.mapping for source in sources))
        work = _Work(schema, as_of, loading, pending, limits, rules)
        try:
            counts = _load_files(files, work, on_step)
            if rules is not None:
                rules.refer_to(loading.untouched_ids)
                _judge(rules, on_findings)
            earlier = pending.keep_earlier()
            counts = [replace(count, earlier_rejects=earlier.pop(count.file, 0)) for count in counts]
            if limits.commit:
                pending.hand_over()
                loading.commit()
                pending.publish()
        finally:
            pending.discard()
    return counts


@dataclass(frozen=True)
class _Work:
    """What the load of every file needs."""

    schema: Schema
    as_of: int
    loading: Loading
    pending: PendingRejects
    limits: Limits
    rules: RuleRun | None


def _load_files(files: Sequence[CheckedFile], work: _Work, on_step: OnStep) -> list[FileCount]:
    counts = []
    # Looked up now, because blocks are converted in another thread than the store's.
    done = {file.source.name: work.loading.done(file.source.name) for file in files}
    with prefetch(_converted_blocks(files, work, done)) as converted_blocks:
        for number, file in enumerate(files):
            decimal = file.resolved.dialect.decimal
            watch = None if work.rules is None else partial(work.rules.add, number, decimal=decimal)
            work.pending.open(file.reading, file.columns, decimal=decimal)
            count = FileCount(file.source.name, file.reading.kind, unmapped=file.unmapped)
            step = _Step(file.reading, work.loading, work.pending, watch, done[file.source.name])
            count = _load_source(step, count, converted_blocks, on_step)
            _check(count, work.limits, work.pending.reasons)
            work.loading.count(count)
            counts.append(replace(count, future=_future(work.pending.reasons)))
    return counts


def _converted_blocks(
    files: Sequence[CheckedFile], work: _Work, done: Mapping[str, Collection[str]]
) -> Iterator[ConvertedBlock | None]:
    """The blocks of all files, converted, with None at the end of each file."""
    for file in files:
        yield from convert_file(file, work.schema, as_of=work.as_of, done=done[file.source.name])
        yield None


@dataclass(frozen=True)
class _Step:
    """The load of one source."""

    reading: Reading
    loading: Loading
    pending: PendingRejects
    watch: Callable[[RecordBlock], None] | None
    done: Collection[str]


def _judge(rules: RuleRun, on_findings: OnFindings) -> None:
    findings = rules.finish()
    on_findings(findings)
    findings.require()


def _load_source(
    step: _Step, count: FileCount, converted_blocks: Iterator[ConvertedBlock | None], on_step: OnStep
) -> FileCount:
    changes, skipped = Counter[tuple[str, str]](), Counter[str]()
    while (converted := next(converted_blocks, None)) is not None:
        if step.watch is not None:
            step.watch(converted.block)
        count = _load_block(step, count, converted)
        changes.update(converted.changes)
        skipped.update(converted.block.skipped)
        on_step(step.reading.source.name, count.read)
    return replace(count, changes=MappingProxyType(dict(changes)), skipped=MappingProxyType(dict(skipped)))


def _load_block(step: _Step, count: FileCount, converted: ConvertedBlock) -> FileCount:
    """Load one converted block; returns the counts of the file with those of the block added."""
    batches = [_without_claimed(step, converted, batch) for batch in converted.batches]
    reports = [step.loading.load(batch) for batch in batches]
    claimed = sum(
        len(before.table) - len(after.table) for before, after in zip(converted.batches, batches, strict=True)
    )
    fixed = step.pending.add(rejects_of(step.reading.source, converted, reports))
    for report in reports:
        count = count.plus(report)
    return replace(
        count,
        read=count.read + converted.read,
        unchanged=count.unchanged + claimed + fixed,
        quarantined=count.quarantined + len(converted.rejects) - fixed,
    )


def _without_claimed(step: _Step, converted: ConvertedBlock, batch: Batch) -> Batch:
    """The batch without records that were corrected by hand, which the store holds in their corrected form.

    The file still has the original text of such a record. Under a mapping that was corrected since, that text is no
    longer refused, and would be loaded beside the corrected record.
    """
    # Batches of events that were loaded before have no event ids, and the store skips them.
    if not step.pending.claims or (isinstance(batch.type, EdgeKey) and batch.id in step.done):
        return batch
    import pyarrow as pa

    rows = batch.table["row"].to_pylist()
    claimed = [step.pending.claim(line) for line in converted.quote(rows)]
    if not any(claimed):
        return batch
    left_out = [row for row, out in zip(rows, claimed, strict=True) if out]
    number = hashlib.sha256(f"{batch.id} {left_out}".encode()).hexdigest()[:32]
    return replace(batch, id=number, table=batch.table.filter(pa.array([not out for out in claimed])))


def _check(count: FileCount, limits: Limits, reasons: Counter[tuple[str, str]]) -> None:
    if not count.balanced:
        raise StoreError(f"{count.file}: the counts do not add up: {count}", hint="this is a bug, please report it")
    # Compare quotients: a product with the share may differ in its last digit.
    if count.quarantined and count.quarantined / count.read > limits.bad:
        most = ", ".join(
            f"{number:,} {reason.replace('_', ' ')}{column and f' ({column})'}"
            for (reason, column), number in reasons.most_common(3)
        )
        raise DataError(
            f"{count.quarantined:,} of {count.read:,} records would be refused, more than {100 * limits.bad:.6g}%;"
            f" nothing was loaded; most often: {most}",
            file=count.file,
            hint="see the records: graphvine data check --rejects; or allow more: --max-bad",
        )


def _future(reasons: Counter[tuple[str, str]]) -> int:
    return sum(number for (reason, _), number in reasons.items() if reason == "future_time")


def rejects_of(source: Source, converted: ConvertedBlock, reports: Iterable[LoadReport]) -> list[Reject]:
    """The rejects of a block: records that did not convert, and records that the store refused."""
    mapping = source.mapping
    column = {
        "unknown_source": mapping.source,
        "unknown_target": mapping.target,
        "event_conflict": "" if mapping.event_id == DERIVE else mapping.event_id,
    }
    refused = [refusal for report in reports for refusal in report.refused]
    rows = [refusal.row for refusal in refused]
    places = converted.block.places(rows)
    return [
        *converted.rejects,
        *(
            reject(source.name, r.row, r.reason, column=column[r.reason], value=r.value, raw=raw, line=place)
            for r, raw, place in zip(refused, converted.quote(rows), places, strict=True)
        ),
    ]
