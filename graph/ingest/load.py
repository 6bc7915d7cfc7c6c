"""Load a set of files into a store, every record accounted for; all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from graph.batch import FileCount, LoadReport
from graph.errors import DataError, StoreError
from graph.ingest.ahead import ahead
from graph.ingest.batches import BatchMaker, Intake, check_header
from graph.ingest.dialect import dialect_of
from graph.ingest.formats import header_of, read_blocks
from graph.ingest.mapping import DERIVE, Source
from graph.ingest.quarantine import PendingRejects, Quarantine, Reading, readings_of
from graph.ingest.records import RecordBlock
from graph.ingest.rejects import Reject, reject
from graph.ingest.rules.findings import Findings
from graph.ingest.rules.run import RuleRun, check_rule_columns
from graph.schema import Schema
from graph.store.protocol import GraphStore, Loading

OnStep = Callable[[str, int], None]
OnFindings = Callable[[Findings], None]


def silent(_what: str, _count: int) -> None:
    """Report progress to nobody."""


def ignore(_findings: Findings) -> None:
    """Tell nobody what the rules have found."""


@dataclass(frozen=True)
class Limits:
    """When a load stops before it commits.

    Attributes:
        bad: Most refused records of a file, as a share of its records.
        commit: Whether anything is to be written at all; else the counts say what would be.
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
    """Load every file in one transaction; a second call with the same files writes nothing.

    All headers are checked before the first record is loaded, so a mapping that does not fit changes nothing at all.

    Args:
        sources: The files, in the order in which they are loaded.
        schema: The market schema.
        store: The store.
        quarantine: Where refused records go.
        as_of: Events at or after this moment (UTC seconds) lie in the future; also the time of the load.
        limits: When to stop before the commit.
        rules: Rules that look on; their findings may stop the load before the commit.
        on_findings: Called with what the rules have found, before the commit.
        on_step: Called with the file's name and the number of its records so far.

    Raises:
        DataError: a file cannot be read or does not fit its mapping, too many of its records are refused, or a rule of
            severity ``stop`` is broken.
        StoreError: the store is locked or full, or the count equation does not hold (which would be our fault).
    """
    headers = [header_of(source) for source in sources]
    unmapped = []
    for source, names in zip(sources, headers, strict=True):
        unmapped.append(check_header(source, names))
        check_rule_columns(source, names)
    counts = []
    with store.loading(at=as_of) as loading:
        quarantine.recover(loading.committed)
        pending = quarantine.begin(loading.id, loading.committed)
        # Asked now, since the blocks are read in another thread than the store's.
        done = {source.name: loading.done(source.name) for source in sources}
        try:
            with ahead(_intakes(sources, headers, schema, as_of=as_of, done=done)) as intakes:
                for number, (reading, names, left) in enumerate(
                    zip(readings_of(sources), headers, unmapped, strict=True)
                ):
                    watch = None if rules is None else partial(rules.see, number)
                    pending.open(reading, names, decimal=dialect_of(reading.source).decimal)
                    count = FileCount(reading.source.name, reading.kind, unmapped=left)
                    count = _load_source(_Step(reading, loading, pending, watch), count, intakes, on_step)
                    _check(count, limits, pending.reasons)
                    loading.count(count)
                    counts.append(count)
            if rules is not None:
                rules.refer_to(loading.untouched_ids)
                _judge(rules, on_findings)
            pending.close()
            if limits.commit:
                loading.commit()
                pending.publish()
        finally:
            pending.discard()
    return counts


def _intakes(
    sources: Sequence[Source],
    headers: Sequence[list[str]],
    schema: Schema,
    *,
    as_of: int,
    done: Mapping[str, Collection[str]],
) -> Iterator[Intake | None]:
    """The intakes of all sources, with None at the end of each."""
    for source, names in zip(sources, headers, strict=True):
        maker = BatchMaker(source, schema, as_of=as_of, decimal=dialect_of(source).decimal, done=done[source.name])
        for block in read_blocks(source):
            yield maker.make(_with_columns(block, names))
        yield None


def _with_columns(block: RecordBlock, names: list[str]) -> RecordBlock:
    """The block with the columns of its file, as its records are quoted; those of JSON differ from block to block."""
    if block.table.column_names == names:
        return block
    import pyarrow as pa

    known = set(block.table.column_names)
    empty = pa.repeat(pa.scalar("", pa.large_string()), len(block.rows))
    columns = [block.table[name] if name in known else empty for name in names]
    return replace(block, table=pa.table(columns, names=names))


@dataclass(frozen=True)
class _Step:
    """The load of one source."""

    reading: Reading
    loading: Loading
    pending: PendingRejects
    watch: Callable[[RecordBlock], None] | None


def _judge(rules: RuleRun, on_findings: OnFindings) -> None:
    findings = rules.finish()
    on_findings(findings)
    findings.require()


def _load_source(step: _Step, count: FileCount, intakes: Iterator[Intake | None], on_step: OnStep) -> FileCount:
    changes = Counter[tuple[str, str]]()
    while (intake := next(intakes, None)) is not None:
        if step.watch is not None:
            step.watch(intake.block)
        count = _load_intake(step, count, intake)
        changes.update(intake.changes)
        on_step(step.reading.source.name, count.read)
    return replace(count, changes=MappingProxyType(dict(changes)))


def _load_intake(step: _Step, count: FileCount, intake: Intake) -> FileCount:
    """Load what one block of records became; returns the counts of the file with those of the block."""
    reports = [step.loading.load(batch) for batch in intake.batches]
    fixed = step.pending.add(rejects_of(step.reading.source, intake, reports))
    for report in reports:
        count = count.plus(report)
    return replace(
        count,
        read=count.read + intake.read,
        unchanged=count.unchanged + fixed,
        quarantined=count.quarantined + len(intake.rejects) - fixed,
    )


def _check(count: FileCount, limits: Limits, reasons: Counter[tuple[str, str]]) -> None:
    if not count.balanced:
        raise StoreError(f"{count.file}: the counts do not add up: {count}", hint="this is a bug, please report it")
    # A quotient of two whole numbers is the very float that the share was read as; a product need not be.
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


def rejects_of(source: Source, intake: Intake, reports: Iterable[LoadReport]) -> list[Reject]:
    """The rejects of a block: those of its records that reached no store, and those that the store refused."""
    mapping = source.mapping
    column = {
        "unknown_source": mapping.source,
        "unknown_target": mapping.target,
        "event_conflict": "" if mapping.event_id == DERIVE else mapping.event_id,
    }
    refused = [refusal for report in reports for refusal in report.refused]
    lines = intake.quote([refusal.row for refusal in refused])
    return [
        *intake.rejects,
        *(
            reject(source.name, r.row, r.reason, column=column[r.reason], value=r.value, raw=line)
            for r, line in zip(refused, lines, strict=True)
        ),
    ]
