"""Load a set of files into a store, every record accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial

from graph.batch import LoadReport, Refusal
from graph.errors import StoreError
from graph.ingest.batches import BatchMaker, Intake, check_header
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
    """Read and type every file without a store: counts with ``created`` for what would go in, and the rejects."""
    results = []
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
    session: AbstractContextManager[None] = getattr(store, "session", nullcontext)()
    counts = []
    with session:
        for source, names in zip(sources, unmapped, strict=True):
            count = _load_source(
                source,
                FileCount(source.name, _type_name(source), unmapped=names),
                schema,
                store,
                quarantine,
                as_of,
                on_step,
            )
            if not count.balanced:
                raise StoreError(
                    f"{source.name}: the counts do not add up: {count}", hint="this is a bug, please report it"
                )
            counts.append(count)
    return counts


def _type_name(source: Source) -> str:
    return source.mapping.node or ", ".join(str(key) for key in source.mapping.edge_types)


def _load_source(
    source: Source,
    count: FileCount,
    schema: Schema,
    store: GraphStore,
    quarantine: Quarantine,
    as_of: int,
    on_step: OnStep,
) -> FileCount:
    maker = BatchMaker(source, schema, as_of=as_of)
    for block in read_blocks(source):
        intake = maker.make(block)
        count = replace(count, read=count.read + intake.read)
        for i, batch in enumerate(intake.batches):
            # What never reached a store is kept with the block's first batch.
            own = list(intake.rejects) if i == 0 else []
            kept: list[Reject] = []

            report = store.load(batch, on_refused=partial(_keep, source, intake, quarantine, intake.keys[i], own, kept))
            count = count.plus(report)
            count = replace(count, quarantined=count.quarantined + (len(own) if report.known_batch else len(kept)))
        on_step(source.name, count.read)
    return count


def _keep(
    source: Source,
    intake: Intake,
    quarantine: Quarantine,
    key: str,
    own: list[Reject],
    kept: list[Reject],
    refused: Sequence[Refusal],
) -> None:
    kept[:] = own + [_quoted(source, intake, r) for r in refused]
    quarantine.keep(key, kept)


def _quoted(source: Source, intake: Intake, refused: Refusal) -> Reject:
    mapping = source.mapping
    event_column = "" if mapping.event_id == "derive" else mapping.event_id
    column = {"unknown_source": mapping.source, "unknown_target": mapping.target, "event_conflict": event_column}[
        refused.reason
    ]
    return reject(
        source.name, refused.row, refused.reason, column=column, value=refused.value, raw=intake.quote(refused.row)
    )
