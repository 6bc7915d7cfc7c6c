"""graphvine data check: what a load would make of the files, and what the rules of the mapping find in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.data.sources import moment
from cli.emit import Output, Table, emit
from cli.exits import Exit
from cli.session import Session
from cli.shared_options import LOUDNESS, SPREADSHEET, takes

if TYPE_CHECKING:
    from graph.batch import FileCount
    from graph.ingest.batches import ConvertedBlock
    from graph.ingest.convert_file import CheckedFile
    from graph.ingest.mapping.file_mapping import Source
    from graph.ingest.rejects.reject import Reject
    from graph.ingest.rules.findings import Findings
    from graph.ingest.values.changes import Change

_FILES = ("file", "type", "read", "usable", "refused", "unmapped")
_FINDINGS = ("rule", "severity", "result", "file", "column", "checked", "failed", "share", "row", "example")
_OFFENCES = ("rule", "severity", "file", "row", "column", "value")
_REJECTS = ("file", "row", "line", "column", "value", "reason", "hint")
_CHANGES = ("file", "row", "column", "kind", "before", "after")
# Refused records of a file that are named on stderr.
_TOLD = 5


@dataclass(frozen=True)
class _View:
    """What the command shows instead of a line for each file, and how many records of it."""

    rules: bool
    rows: str | None
    changes: bool
    rejects: bool
    limit: int | None

    def check(self) -> None:
        """Refuse more than one view, since one table is shown.

        Raises:
            ConfigError: more than one is asked for.
        """
        from graph.errors import ConfigError

        if sum((self.rules, self.rows is not None, self.changes, self.rejects)) > 1:
            raise ConfigError(
                "only one of --rules, --rows, --changes and --rejects can be shown", hint="run the command for each"
            )


@dataclass
class _Listing:
    """Refused records and changed cells as they come: all that are asked for, and the first few rejects of a file."""

    view: _View
    told: list[Reject] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, converted: ConvertedBlock) -> None:
        """Add the refused records and changed cells of one block, up to the limit."""
        for item in converted.rejects:
            if self.refused[item.file] < _TOLD:
                self.told.append(item)
            self.refused[item.file] += 1
        if self.view.rejects:
            self.rejects += islice(converted.rejects, self._room(self.rejects))
        if self.view.changes:
            self.changes += islice(converted.list_changes(), self._room(self.changes))

    def _room(self, items: Sequence[object]) -> int | None:
        return None if self.view.limit is None else self.view.limit - len(items)


@takes("workspace", "store", "mapping", "data", "as_of", *SPREADSHEET, *LOUDNESS)
def check(
    session: Session,
    to: Output,
    mapping: Path | None,
    data: Path | None,
    as_of: str | None,
    rules: Annotated[bool, typer.Option("--rules", help="Show what each rule of the mapping has found.")] = False,
    rows: Annotated[
        str | None, typer.Option("--rows", metavar="RULE", help="Show the records that break a rule.")
    ] = None,
    changes: Annotated[bool, typer.Option("--changes", help="Show the cells whose value a load changes.")] = False,
    rejects: Annotated[bool, typer.Option("--rejects", help="Show the records that a load refuses.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Show at most this many records.", show_default="all")
    ] = None,
) -> None:
    """Parse every file without loading anything, and check the rules of the mapping.

    Shows a line for each file, or what an option asks for. Exits with 1 where records would be refused or a rule of
    severity stop is broken.

    Example: graphvine data check -w demo --rules
    """
    view = _View(rules, rows, changes, rejects, limit)
    view.check()
    from graph.workflow.loading.sources import mapped_sources, zone_of

    sources = mapped_sources(session.workspace, mapping, data)
    if not _inspect(session, sources, moment(as_of, zone_of(sources)), view, to):
        raise typer.Exit(Exit.CHECK_FAILED)
    session.following("graphvine data load")


def _inspect(session: Session, sources: tuple[Source, ...], as_of: int, view: _View, to: Output) -> bool:
    """Read everything, show what is asked for and note the rest; returns whether a load would refuse nothing."""
    from graph.ingest.check_files import inspect_files
    from graph.ingest.convert_file import check_files_fit
    from graph.ingest.mapping.missing_ratings import missing_ratings
    from graph.workflow.loading.load import rule_run

    with closing(rule_run(session.workspace, sources, as_of)) as run:
        if view.rows is not None:
            run.expect(view.rows)
        listing = _Listing(view)
        files = check_files_fit(sources)
        counts = inspect_files(
            files,
            session.workspace.schema,
            as_of=as_of,
            rules=run,
            on_block=listing.add,
            on_step=session.terminal.progress,
        )
        findings = run.finish()
        emit(_shown(view, counts, listing, findings), to)
        _tell_dialects(session, files)
        _tell_counts(session, counts, listing)
        for sentence in missing_ratings(sources, session.workspace.schema):
            session.terminal.note(sentence)
        _tell_findings(session, findings, listed=view.rules or view.rows is not None)
        return not listing.refused and not findings.stopping


def _shown(view: _View, counts: list[FileCount], listing: _Listing, findings: Findings) -> Table:
    if view.rules:
        return _finding_table(findings)
    if view.rows is not None:
        return Table(_OFFENCES, [astuple(o) for o in islice(findings.offences(view.rows), view.limit)])
    if view.rejects:
        return _table(_REJECTS, listing.rejects)
    if view.changes:
        return _table(_CHANGES, listing.changes)
    return Table(_FILES, [[c.file, c.type, c.read, c.created, c.quarantined, list(c.unmapped)] for c in counts])


def _table(columns: tuple[str, ...], items: Iterable[object]) -> Table:
    return Table(columns, [[getattr(item, name) for name in columns] for item in items])


def _finding_table(findings: Findings) -> Table:
    rows = [
        {
            **{name: getattr(f, name) for name in _FINDINGS if name != "result"},
            "result": "broken" if f.broken else "kept",
        }
        for f in findings.items
    ]
    return Table.of(rows, _FINDINGS)


def sentence_of(item: Reject) -> str:
    """A refused record in one sentence: where it is, what is wrong, and what to do.

    The line is named where it is not the one behind the record's number, as below a preamble.
    """
    place = f"row {item.row}" + (f", line {item.line}" if item.line not in (0, item.row + 1) else "")
    cell = f", {item.column} = {item.value[:40]!r}" if item.column else ""
    return f"{item.file}: {place}{cell}: {item.reason.replace('_', ' ')}; {item.hint}"


def _tell_findings(session: Session, findings: Findings, *, listed: bool) -> None:
    """Say which rules are broken, and how their records are shown.

    Args:
        session: The command's session.
        findings: What the rules have found.
        listed: Whether the findings are shown already, so that only their number is said.
    """
    from graph.workflow.loading.load_notes import finding_notes

    if listed:
        session.terminal.note(f"{len(findings.broken)} of {len(findings.items)} findings break their rule")
        return
    for sentence in finding_notes(findings):
        session.workspace.listener.note(sentence)


def _tell_dialects(session: Session, files: list[CheckedFile]) -> None:
    """Note how a file is read where that was guessed and is unusual."""
    for file in files:
        dialect = file.resolved.dialect
        tell = session.terminal.detail if dialect.ordinary else session.terminal.note
        tell(f"{file.source.name}: {dialect.note()}")


def _tell_counts(session: Session, counts: list[FileCount], listing: _Listing) -> None:
    """Note for each file lines that are not records, unmapped columns, unknown ids, changed cells and rejects."""
    from graph.workflow.loading.load_notes import skipped_notes

    for count in counts:
        for sentence in skipped_notes(count):
            session.terminal.note(sentence)
        for name in count.unmapped:
            session.terminal.note(f"{count.file}: column {name!r} is not mapped; map it, or list it under ignore")
        if count.unknown_ends:
            session.terminal.note(
                f"{count.file}: {count.unknown_ends:,} records name nodes that no file provides; "
                "a load refuses them unless the store has them already"
            )
        if count.lookalikes:
            shown = ", ".join(f"{name!r} like {known[0]!r}" for name, known in islice(count.lookalikes.items(), _TOLD))
            session.terminal.note(
                f"{count.file}: ids that no file lists look like listed ones: {len(count.lookalikes):,}, as {shown}; "
                "written otherwise they are other nodes, so write them alike"
            )
        changed = sum(count.changes.values())
        if changed and not listing.view.changes:
            session.terminal.note(f"{count.file}: values put into plain form: {changed:,}; see them with --changes")
    if listing.view.rejects:
        return
    for item in listing.told:
        session.terminal.note(sentence_of(item))
    for file, refused in listing.refused.items():
        if refused > _TOLD:
            session.terminal.note(f"{file}: {refused - _TOLD:,} more refused records; see them with --rejects")
