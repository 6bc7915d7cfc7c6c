"""Load the mapped files of a workspace into its store, each record once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.notebook import html_table
from graph.workflow.loading.dry_run import stage
from graph.workflow.loading.load_notes import count_notes, finding_notes
from graph.workflow.loading.sources import zone_of
from graph.workspace.identity import file_digest

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from graph.batch import FileCount
    from graph.ingest.load import Limits
    from graph.ingest.mapping.file_mapping import Source
    from graph.ingest.rules.run import RuleRun
    from graph.workspace.workspace import Workspace

COLUMNS = ("file", "type", "read", "created", "updated", "unchanged", "duplicate", "quarantined", "implied")


@dataclass(frozen=True)
class LoadResult:
    """What became of the records of each file.

    Attributes:
        counts: One for each file and type: read = created + updated + unchanged + duplicate + quarantined.
    """

    counts: tuple[FileCount, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict for each file with the keys ``COLUMNS``."""
        for count in self.counts:
            yield {name: getattr(count, name) for name in COLUMNS}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()), columns=list(COLUMNS))

    def __repr__(self) -> str:
        read, refused = sum(c.read for c in self.counts), sum(c.quarantined for c in self.counts)
        return f"<LoadResult: {len(self.counts)} files, {read:,} records read, {refused:,} refused>"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], COLUMNS, (list(row.values()) for row in self.rows()))


def load_files(
    workspace: Workspace, sources: tuple[Source, ...], as_of: int, *, limits: Limits | None = None
) -> LoadResult:
    """Load sources, and note what was refused, changed and not mapped.

    Args:
        workspace: The workspace.
        sources: From ``mapped_sources``.
        as_of: Events from this moment on lie in the future and are refused, UTC seconds.
        limits: Which share of a file may be refused, and whether anything is written; by default any share, written.

    Raises:
        DataError: more of a file is refused than allowed, or a rule that stops a load is broken; nothing is loaded.
        StoreError: the store cannot be opened.
    """
    from graph.ingest.load import ANY, load_sources
    from graph.ingest.mapping.market_zone import other_zones
    from graph.ingest.mapping.missing_ratings import missing_ratings

    limits, note = limits or ANY, workspace.listener.note
    if limits.commit:
        for source in sources:
            workspace.listener.read(source.name, file_digest(source.file))
    with (
        closing(rule_run(workspace, sources, as_of)) as rules,
        stage(workspace, dry_run=not limits.commit) as (store, quarantine),
    ):
        counts = load_sources(
            sources,
            workspace.schema,
            store,
            quarantine=quarantine,
            as_of=as_of,
            limits=limits,
            rules=None if rules.idle else rules,
            on_findings=lambda findings: _each(note, finding_notes(findings)),
            on_step=workspace.listener.progress,
        )
        zone = store.zone() or zone_of(sources)
    _each(note, count_notes(counts, limits, workspace.quarantine))
    _each(note, (*other_zones(sources, zone), *missing_ratings(sources, workspace.schema)))
    return LoadResult(tuple(counts))


def _each(note: Callable[[str], None], sentences: Iterable[str]) -> None:
    for sentence in sentences:
        note(sentence)


def rule_run(workspace: Workspace, sources: tuple[Source, ...], as_of: int) -> RuleRun:
    """The rules of these sources, with the last load's counts and the ids of the latest snapshot at hand."""
    from graph.errors import PrerequisiteError, StoreError
    from graph.ingest.rules.rule import Volume
    from graph.ingest.rules.run import RuleRun

    def stored(node: str) -> pa.Array | None:
        try:
            graph = workspace.graph()
        except PrerequisiteError:
            return None
        return graph.ids(node).texts.to_arrow() if graph.count(node) else None

    earlier: Mapping[str, int] = {}
    if any(isinstance(rule, Volume) and rule.change is not None for s in sources for rule in s.mapping.rules):
        try:
            earlier = workspace.store().earlier_reads()
        except StoreError as error:
            workspace.listener.note(f"nothing is compared with the last load: {error.message}")
    return RuleRun(sources, workspace.schema, as_of=as_of, earlier=earlier, stored=stored)
