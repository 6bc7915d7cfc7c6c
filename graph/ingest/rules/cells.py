"""The columns of one block as rules see them: each converted once, however many rules look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.values.convert import Converted, convert_column
from graph.ingest.values.normalise import tidy
from graph.ingest.values.value_format import Grammar
from graph.number_limits import ANY_NUMBER
from graph.schema import Column, Schema

if TYPE_CHECKING:
    import pyarrow as pa

TEXT = Column("text")


def spec_of(mapping: FileMapping, schema: Schema, column: str) -> Column | None:
    """What the mapping makes of a column of the file; None where it does not read it."""
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
        block: The records that the scanner could read, also those that types or the store refuse later.
        mapping: The entry of the source.
        grammar: How its cells are written.
        given: Columns that somebody has typed already, by their name in the file, null where missing or bad.
    """

    source: int
    block: RecordBlock
    mapping: FileMapping
    grammar: Grammar
    given: Mapping[str, pa.Array]
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
        """A column as plain text, also where it cannot be typed; null where empty."""
        if column not in self._texts:
            self._texts[column] = tidy(self.raw(column), self.grammar.missing).text
        return self._texts[column]

    def values(self, column: str, spec: Column) -> pa.Array:
        """A column as values of a type, null where missing or bad."""
        import pyarrow as pa

        if spec.type in ("text", "list"):
            return self.text(column)
        if column in self.given:
            given = self.given[column]
            return given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
        return self._converted(column, spec).values

    def bad(self, column: str, spec: Column) -> pa.Array:
        """The cells of a column that are not of that type, as a mask."""
        import pyarrow as pa

        return pa.array(self._converted(column, spec).bad)

    def _converted(self, column: str, spec: Column) -> Converted:
        if (column, spec) not in self._typed:
            self._typed[column, spec] = convert_column(self.raw(column), spec, self.grammar, name=column)
        return self._typed[column, spec]
