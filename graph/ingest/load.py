"""Load a set of files into a store, every record accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from graph.batch import LoadReport, Refusal
from graph.errors import StoreError
from graph.ingest.batches import BatchMaker, Intake, check_header
from graph.ingest.ends import Ends
from graph.ingest.formats import header_of, read_blocks
from graph.ingest.mapping import Source
from graph.ingest.quarantine import Quarantine
from graph.ingest.rejects import Reject, reject
from graph.schema import Schema
from graph.store.protocol import GraphStore

OnStep = Callable[[str, int], None]


def silent(_what: str, _count: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class FileCount:
    """What became of the records of one file.

    ``read = created + updated + unchanged + duplicate + quarantined``, where ``read`` is counted by our own scanner.
    ``unknown_ends`` is counted by ``check_sources`` alone: records among ``created`` that name a node which neither an
    earlier file nor ``create`` makes. A load refuses them, unless the store has the node already.
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

    @property
    def balanced(self) -> bool:
        """Whether the count equation holds."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.quarantined

    def plus(self, report: LoadReport) -> FileCount:
        """These counts and those of a batch."""
        return replace(
            self,
            created=self.created + report.created,
            updated=self.updated + report.updated,
            unchanged=self.unchanged + report.unchanged,
            duplicate=self.duplicate + report.duplicate,
            implied=self.implied + report.implied,
        )


def check_sources(
    sources: Sequence[Source], schema: Schema, *, as_of: int, on_step: OnStep = silent
) -> list[tuple[FileCount, list[Reject]]]:
    """Read and type every file without a store: counts with ``created`` for what would go in, and the rejects.

    Ends are compared with the ids of the files before, as a load into an empty store would: ``unknown_ends``.
    """
    results, ends = [], Ends()
    for source in sources:
        count = FileCount(source.name, _type_name(source), unmapped=check_header(source, header_of(source)))
        maker, rejects = BatchMaker(source, schema, as_of=as_of), list[Reject]()
        for block in read_blocks(source):
            intake = maker.make(block)
            rejects += intake.rejects
            good = sum(len(batch.table) for batch in intake.batches)
            count = replace(
                count,
                read=count.read + intake.read,
                created=count.created + good,
                quarantined=count.quarantined + len(intake.rejects),
                unknown_ends=count.unknown_ends + sum(map(ends.missing, intake.batches)),
            )
            on_step(source.name, count.read)
        results.append((count, rejects))
    return results


def load_sources(
    sources: Sequence[Source],
    schema: Schema,
    store: GraphStore,
    *,
    quarantine: Quarantine,
    as_of: int,
    on_step: OnStep = silent,
) -> list[FileCount]:
    """Load every file; a second call with the same files changes nothing.

    All headers are checked before the first record is loaded, so a mapping that does not fit changes nothing at all.

    Raises:
        DataError: a file cannot be read or does not fit its mapping.
        StoreError: the store is locked, or the count equation does not hold (which would be our fault).
    """
    unmapped = [check_header(source, header_of(source)) for source in sources]
    counts, kept = [], dict[str, set[str]]()
    with store.session():
        for source, names in zip(sources, unmapped, strict=True):
            step = _Step(source, BatchMaker(source, schema, as_of=as_of), store, quarantine)
            count = _load_source(step, FileCount(source.name, _type_name(source), unmapped=names), on_step)
            if not count.balanced:
                raise StoreError(
                    f"{source.name}: the counts do not add up: {count}", hint="this is a bug, please report it"
                )
            # A file with several entries keeps what each of them has refused.
            keys = kept.setdefault(step.maker.group, set())
            keys |= step.keys
            quarantine.settle(step.maker.group, keys)
            counts.append(count)
    return counts


def _type_name(source: Source) -> str:
    return source.mapping.node or ", ".join(str(key) for key in source.mapping.edge_types)


@dataclass(frozen=True)
class _Step:
    """The load of one source; ``keys`` gathers what it keeps in the quarantine."""

    source: Source
    maker: BatchMaker
    store: GraphStore
    quarantine: Quarantine
    keys: set[str] = field(default_factory=set)


def _load_source(step: _Step, count: FileCount, on_step: OnStep) -> FileCount:
    for block in read_blocks(step.source):
        intake = step.maker.make(block)
        count = replace(count, read=count.read + intake.read)
        for i in range(len(intake.batches)):
            report, kept = _load_batch(step, intake, i)
            count = replace(count.plus(report), quarantined=count.quarantined + kept)
        on_step(step.source.name, count.read)
    return count


def _load_batch(step: _Step, intake: Intake, i: int) -> tuple[LoadReport, int]:
    """Load one batch of a block; returns the report and how many records are in the quarantine for it."""
    # What never reached a store is kept with the block's first batch.
    own = intake.rejects if i == 0 else ()
    key = intake.keys[i]
    step.keys.add(key)

    def keep(refused: Sequence[Refusal]) -> None:
        step.quarantine.keep(key, [*own, *(_quoted(step.source, intake, r) for r in refused)])

    report = step.store.load(intake.batches[i], on_refused=keep)
    if report.known_batch:
        keep(())
    return report, len(own) + len(report.refused)


def _quoted(source: Source, intake: Intake, refused: Refusal) -> Reject:
    mapping = source.mapping
    event_column = "" if mapping.event_id == "derive" else mapping.event_id
    column = {"unknown_source": mapping.source, "unknown_target": mapping.target, "event_conflict": event_column}[
        refused.reason
    ]
    return reject(
        source.name, refused.row, refused.reason, column=column, value=refused.value, raw=intake.quote(refused.row)
    )
