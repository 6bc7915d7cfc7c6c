"""Rules that compare records of the whole file: they collect keys block by block and compare them at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from graph.ingest.rules.cells import Cells
from graph.ingest.rules.offenders import SHOWN, OffendingRecords
from graph.ingest.rules.rule import Monotone, Reference, Unique
from graph.ingest.rules.rule_checks import PreviousValues, RuleCheck
from graph.schema import Column

if TYPE_CHECKING:
    import pyarrow as pa

Stored = Callable[[str], "pa.Array | None"]


class GroupedMonotoneCheck(RuleCheck):
    """Compares each value with the one before it in the same group of the same file."""

    rule: Monotone

    def __init__(self, rule: Monotone, number: int, offenders: OffendingRecords, *, spec: Column) -> None:
        super().__init__(rule, number, offenders)
        self._spec = spec
        self._table = f"monotone_{number}"
        self._order, self._goes_back = PreviousValues(), False

    def add(self, cells: Cells) -> None:
        """Collect the values of a block with their groups."""
        import pyarrow as pa

        column = self.rule.columns[0]
        values = cells.values(column, self._spec)
        columns = {"value": values, "shown": cells.raw(column)}
        columns |= {f"g{i}": cells.text(name) for i, name in enumerate(self.rule.by)}
        whole = pa.table({"row": pa.array(cells.block.rows), **columns}).drop_null()
        self.checked[cells.source] += len(whole)
        self.offenders.keep(self._table, cells.source, whole)
        # If the values never decrease in the file as a whole, they decrease in no group.
        known = whole["value"].combine_chunks()
        self._goes_back |= bool(len(known) and self._order.goes_back(cells.source, known).true_count)

    def finish(self, sources: Sequence[int]) -> None:
        """Compare within groups."""
        if not self._goes_back:
            return
        groups = ", ".join(f"g{i}" for i in range(len(self.rule.by)))
        before = f"lag(value) OVER (PARTITION BY source, {groups} ORDER BY row)"
        self.offenders.run(
            f"INSERT INTO failures SELECT ?, source, row, ?, left(shown, {SHOWN}) "
            f"FROM (SELECT *, {before} AS before FROM {self._table}) WHERE value < before",
            [self.number, self.rule.columns[0]],
        )


class UniqueCheck(RuleCheck):
    """Collects the keys of all records of the entry, and finds repeated ones at the end."""

    def __init__(self, rule: Unique, number: int, offenders: OffendingRecords, *, specs: Mapping[str, Column]) -> None:
        super().__init__(rule, number, offenders)
        self._specs = specs
        self._table = f"unique_{number}"

    def add(self, cells: Cells) -> None:
        """Collect the keys of a block."""
        import pyarrow as pa

        keys = {f"k{i}": cells.values(name, self._specs[name]) for i, name in enumerate(self.rule.columns)}
        whole = pa.table({"row": pa.array(cells.block.rows), **keys})
        if any(key.null_count for key in keys.values()):
            whole = whole.drop_null()
        self.checked[cells.source] += len(whole)
        self.offenders.keep(self._table, cells.source, whole)

    def finish(self, sources: Sequence[int]) -> None:
        """Find repeated keys; the first record with a key does not fail."""
        if not self.offenders.holds(self._table):
            return
        names = [f"k{i}" for i in range(len(self.rule.columns))]
        keys = ", ".join(names)
        # Times are kept as seconds and shown as times.
        shown = ", ".join(
            f"strftime(make_timestamp({k} * 1000000), '%Y-%m-%d %H:%M:%SZ')" if self._specs[c].type == "time" else k
            for k, c in zip(names, self.rule.columns, strict=True)
        )
        self.offenders.run(
            f"INSERT INTO failures SELECT ?, source, row, ?, left(value, {SHOWN}) FROM ("
            f"SELECT source, row, concat_ws(', ', {shown}) AS value, "
            f"row_number() OVER (PARTITION BY {keys} ORDER BY source, row) AS nth FROM {self._table} "
            f"JOIN (SELECT {keys} FROM {self._table} GROUP BY {keys} HAVING count(*) > 1) USING ({keys})) "
            "WHERE nth > 1",
            [self.number, ", ".join(self.rule.columns)],
        )


class ReferenceCheck(RuleCheck):
    """Collects ids, and finds at the end those that neither a file of nodes nor the loaded market has."""

    rule: Reference

    def __init__(self, rule: Reference, number: int, offenders: OffendingRecords, *, stored: Stored | None) -> None:
        super().__init__(rule, number, offenders)
        self._stored = stored
        self._table = f"reference_{number}"

    def add(self, cells: Cells) -> None:
        """Collect the ids of a block."""
        import pyarrow as pa

        whole = pa.table({"row": pa.array(cells.block.rows), "id": cells.text(self.rule.columns[0])}).drop_null()
        self.checked[cells.source] += len(whole)
        self.offenders.keep(self._table, cells.source, whole)

    def finish(self, sources: Sequence[int]) -> None:
        """Compare with the ids of nodes."""
        import pyarrow as pa

        if not self.offenders.holds(self._table):
            return
        stored = self._stored(self.rule.node) if self._stored else None
        known = pa.table({"id": pa.array([], pa.large_string()) if stored is None else stored})
        table = nodes_table(self.rule.node)
        nodes = f"SELECT id FROM {table} UNION ALL " if self.offenders.holds(table) else ""
        self.offenders.run(
            f"INSERT INTO failures SELECT ?, source, row, ?, left(id, {SHOWN}) FROM {self._table} "
            f"ANTI JOIN ({nodes}SELECT id FROM known) USING (id)",
            [self.number, self.rule.columns[0]],
            known=known,
        )


def nodes_table(node: str) -> str:
    """Name of the table with the collected ids of a node type."""
    return f"nodes_{node}"
