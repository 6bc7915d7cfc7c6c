"""The columns of one block for rules: each is converted at most once, however many rules use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.values.convert import Converted, convert_column
from graph.ingest.values.normalise import normalise
from graph.ingest.values.value_format import ValueFormat
from graph.number_limits import ANY_NUMBER
from graph.schema import Column, Schema

if TYPE_CHECKING:
    import pyarrow as pa

TEXT = Column("text")


def spec_of(mapping: FileMapping, schema: Schema, column: str) -> Column | None:
    """The schema column that the mapping reads a file column as; None where it does not read it."""
    if column == mapping.time:
        return Column("time")
    if column == mapping.weight:
        return replace(schema.edge(mapping.edge_types[0]).weight_column, limits=ANY_NUMBER)
    known = schema.node(mapping.node).columns if mapping.node else schema.edge(mapping.edge_types[0]).columns
    for ours, theirs in mapping.columns.items():
        if theirs == column:
            return known[ours]
    return TEXT if column in mapping.used_columns() else None


@dataclass
class Cells:
    """One block of a source.

    Attributes:
        source: Number of the source.
        block: The records that the scanner could read, including those that are refused later.
        mapping: The entry of the source.
        value_format: How its cells are written.
    """

    source: int
    block: RecordBlock
    mapping: FileMapping
    value_format: ValueFormat
    _texts: dict[str, pa.Array] = field(default_factory=dict)
    _typed: dict[tuple[str, Column], Converted] = field(default_factory=dict)

    def raw(self, column: str) -> pa.ChunkedArray:
        """A column as it was read; JSON lines may lack it in a block, and then it is empty."""
        import pyarrow as pa

        table = self.block.table
        if column in table.column_names:
            return table[column]
        return pa.chunked_array([pa.repeat(pa.scalar("", pa.large_string()), len(table))])

    def text(self, column: str) -> pa.Array:
        """A column as normalised text; null where empty."""
        if column not in self._texts:
            self._texts[column] = normalise(self.raw(column), self.value_format.missing).text
        return self._texts[column]

    def values(self, column: str, spec: Column) -> pa.Array:
        """A column as values of a type, null where missing or bad."""
        if spec.type in ("text", "list"):
            return self.text(column)
        return self._converted(column, spec).values

    def bad(self, column: str, spec: Column) -> pa.Array:
        """The cells of a column that are not of that type, as a mask."""
        import pyarrow as pa

        return pa.array(self._converted(column, spec).bad)

    def _converted(self, column: str, spec: Column) -> Converted:
        if (column, spec) not in self._typed:
            self._typed[column, spec] = convert_column(self.raw(column), spec, self.value_format, name=column)
        return self._typed[column, spec]
