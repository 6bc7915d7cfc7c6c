"""Applies all rules of a mapping while its files are read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import ConfigError, DataError
from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rules.cells import TEXT, Cells, spec_of
from graph.ingest.rules.findings import Finding, Findings
from graph.ingest.rules.grouped_checks import GroupedMonotoneCheck, ReferenceCheck, Stored, UniqueCheck, nodes_table
from graph.ingest.rules.offenders import OffendingRecords
from graph.ingest.rules.record_checks import cell_check_of
from graph.ingest.rules.rule import Freshness, Monotone, Reference, Rule, Unique, Volume
from graph.ingest.rules.rule_checks import TIME, FreshnessCheck, MonotoneCheck, RecordCheck, RuleCheck, VolumeCheck
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa


class RuleRun:
    """Applies the rules of some sources to each block of records as it is read.

    Rules check every record that the scanner could read, including records that are refused later; they change and
    refuse nothing. Where an entry names several files there is a finding for each file; ``unique`` compares the records
    of all its files, and ``freshness`` takes the last event of all of them. Use a run from one thread at a time, and
    close it: the ``Findings`` after ``finish``, else the run itself.

    Args:
        sources: The files, as they will be read; node files first, as ``find_sources`` has them.
        schema: The market schema.
        as_of: The moment (UTC seconds) that freshness counts from; events at or after it are no events.
        earlier: File name to the number of records that the last load of that file read.
        stored: Returns the ids (Arrow text) of a node type in the loaded market, or None where there are none; called
            at the end, and only where a rule needs it.
        memory: Bytes of memory that may be used; more goes to disk.
        folder: Where the disk part goes; by default where the system keeps temporary files.

    Raises:
        ConfigError: a rule does not fit the type of its column.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        schema: Schema,
        *,
        as_of: int,
        earlier: Mapping[str, int] | None = None,
        stored: Stored | None = None,
        memory: int = 256 << 20,
        folder: Path | None = None,
    ) -> None:
        self._sources, self._schema, self._as_of = tuple(sources), schema, as_of
        self._earlier = {i: (earlier or {})[s.name] for i, s in enumerate(sources) if s.name in (earlier or {})}
        self._stored = stored
        self._offenders = OffendingRecords(memory=memory, folder=folder)
        self._checks: list[tuple[RuleCheck, list[int]]] = []
        self._of: list[list[RuleCheck]] = [[] for _ in sources]
        for mapping, numbers in _entries(self._sources):
            for rule in mapping.rules:
                check = self._check_of(rule, mapping)
                self._checks.append((check, numbers))
                for number in numbers:
                    self._of[number].append(check)
        self._nodes = {w.rule.node for w, _ in self._checks if isinstance(w, ReferenceCheck)}

    @property
    def idle(self) -> bool:
        """Whether there are no rules, so that no block has to be added."""
        return not self._checks

    def expect(self, name: str) -> None:
        """Check that a rule of that name exists, before files are read for it.

        Raises:
            ConfigError: there is none; the hint names the nearest.
        """
        names = list(dict.fromkeys(check.rule.name for check, _ in self._checks))
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            known = f"rules: {', '.join(names[:12])}" if names else "the mapping has no rules"
            raise ConfigError(f"no rule is called {name!r}", hint=f"did you mean {near[0]!r}?" if near else known)

    def refer_to(self, stored: Stored) -> None:
        """Set where the ids of the loaded market come from; a load uses the store that it has open."""
        self._stored = stored

    def _ids(self, node: str) -> pa.Array | None:
        return self._stored(node) if self._stored else None

    def add(self, number: int, block: RecordBlock, *, decimal: str = "") -> None:
        """Apply the rules to a block.

        Args:
            number: Position of its source among the sources.
            block: The records, in the order of the file.
            decimal: The decimal mark that was found in the file; used where the mapping leaves it open.

        Raises:
            ConfigError: a time has no offset and no zone is declared.
            StoreError: the scratch database of the rules runs out of space.
        """
        mapping = self._sources[number].mapping
        keeps_ids = mapping.node in self._nodes
        if not self._of[number] and not keeps_ids:
            return
        cells = Cells(number, block, mapping, ValueFormat.of(mapping, decimal=decimal))
        if keeps_ids:
            self._keep_ids(cells)
        for check in self._of[number]:
            check.add(cells)

    def _keep_ids(self, cells: Cells) -> None:
        """Store the ids of a file of nodes that a reference rule needs."""
        import pyarrow as pa

        ids = pa.table({"id": cells.text(cells.mapping.id)}).drop_null()
        self._offenders.keep(nodes_table(cells.mapping.node), cells.source, ids)

    def finish(self) -> Findings:
        """The findings, once all blocks were added.

        Raises:
            StoreError: the scratch database of the rules runs out of space.
        """
        for check, numbers in self._checks:
            check.finish(numbers)
        found = self._offenders.summary()
        items, keys = [], []
        for check, numbers in self._checks:
            shown = list(check.checked) if isinstance(check, FreshnessCheck) else numbers
            for number in shown:
                items.append(self._finding(check, number, found.get((check.number, number))))
                keys.append((check.number, number))
        return Findings(tuple(items), tuple(keys), self._offenders)

    def close(self) -> None:
        """Release resources where the files could not be read to their end."""
        self._offenders.close()

    def _finding(self, check: RuleCheck, number: int, found: tuple[int, int | None, str] | None) -> Finding:
        rule, checked = check.rule, check.checked[number]
        failed, row, example = found or (0, None, "")
        whole = isinstance(rule, Volume | Freshness)
        return Finding(
            rule.name,
            rule.severity,
            self._sources[number].name,
            checked,
            failed,
            None if whole or not checked else failed / checked,
            not rule.allowed.covers(failed, checked),
            row,
            ", ".join(rule.columns),
            example,
        )

    def _check_of(self, rule: Rule, mapping: FileMapping) -> RuleCheck:
        number, offenders = len(self._checks), self._offenders
        if isinstance(rule, Volume):
            return VolumeCheck(rule, number, offenders, earlier=self._earlier)
        if isinstance(rule, Reference):
            return ReferenceCheck(rule, number, offenders, stored=self._ids)
        if isinstance(rule, Unique):
            specs = {name: spec_of(mapping, self._schema, name) or TEXT for name in rule.columns}
            return UniqueCheck(rule, number, offenders, specs=specs)
        if isinstance(rule, Freshness | Monotone):
            return self._ordered(rule, mapping)
        return RecordCheck(rule, number, offenders, check_cells=cell_check_of(rule, mapping, self._schema))

    def _ordered(self, rule: Freshness | Monotone, mapping: FileMapping) -> RuleCheck:
        number, offenders, column = len(self._checks), self._offenders, rule.columns[0]
        spec = spec_of(mapping, self._schema, column) or TIME
        if isinstance(rule, Freshness):
            if spec.type != "time":
                raise ConfigError(
                    f"rule {rule.name!r}: column {column!r} holds {spec.type}, not times",
                    hint="name the time column: column = ...",
                )
            return FreshnessCheck(rule, number, offenders, as_of=self._as_of)
        if spec.type in ("text", "boolean", "list"):
            raise ConfigError(
                f"rule {rule.name!r}: column {column!r} holds {spec.type}, which has no order",
                hint="name a column of times or numbers",
            )
        make = GroupedMonotoneCheck if rule.by else MonotoneCheck
        return make(rule, number, offenders, spec=spec)


def _entries(sources: Sequence[Source]) -> list[tuple[FileMapping, list[int]]]:
    """The entries that have files, each with the numbers of its sources."""
    entries: dict[tuple[str, int], tuple[FileMapping, list[int]]] = {}
    for number, source in enumerate(sources):
        # Entries are told apart by the identity of their rules, which copies of a mapping share.
        key = (source.mapping.path, id(source.mapping.rules))
        entries.setdefault(key, (source.mapping, []))[1].append(number)
    return list(entries.values())


def check_rule_columns(source: Source, names: Sequence[str]) -> None:
    """Refuse a file that lacks a column of one of its rules.

    Args:
        source: The file.
        names: Its columns.

    Raises:
        DataError: it lacks one; the hint names the nearest.
    """
    for rule in source.mapping.rules:
        for column in rule.reads():
            if column not in names:
                near = difflib.get_close_matches(column, names, n=1)
                raise DataError(
                    f"the rule {rule.name!r} looks at column {column!r}, which the file does not have",
                    file=source.name,
                    column=column,
                    hint=f"did you mean {near[0]!r}?" if near else f"the columns are {', '.join(names[:12])}",
                )
