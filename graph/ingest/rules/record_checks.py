"""Checks of single records: which cells of a block pass, with null for cells that are not checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from graph.errors import ConfigError
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.rules.cells import TEXT, Cells, spec_of
from graph.ingest.rules.declare import whole
from graph.ingest.rules.rule import Accepted, Bound, NotNull, Pattern, Range, Rule
from graph.ingest.values.convert import Converted, convert_column
from graph.ingest.values.value_format import ValueFormat
from graph.schema import Column, Schema

if TYPE_CHECKING:
    import pyarrow as pa

CellCheck = Callable[[Cells], "pa.Array"]


def cell_check_of(rule: Rule, mapping: FileMapping, schema: Schema) -> CellCheck:
    """The check of a rule that needs to see one record only.

    Raises:
        ConfigError: what the rule says does not fit the type of its column.
        TypeError: the rule needs to see more than one record.
    """
    if isinstance(rule, NotNull):
        return lambda cells: cells.text(rule.columns[0]).is_valid()
    if isinstance(rule, Pattern):
        return _pattern(rule)
    if isinstance(rule, Range):
        return _range(rule, mapping, schema)
    if isinstance(rule, Accepted):
        return _accepted(rule, mapping, schema)
    raise TypeError(f"{rule.check} needs to see more than one record")


def _pattern(rule: Pattern) -> CellCheck:
    import pyarrow.compute as pc

    expression = whole(rule.pattern)
    return lambda cells: pc.match_substring_regex(cells.text(rule.columns[0]), expression)


def _range(rule: Range, mapping: FileMapping, schema: Schema) -> CellCheck:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = rule.columns[0]
    mapped = spec_of(mapping, schema, column)
    ends = [end for end in (rule.least, rule.most) if end]
    spec = mapped or Column("decimal" if ends[0].is_number else "time")
    if spec.type not in ("integer", "decimal", "money", "time", "date"):
        raise ConfigError(
            f"rule {rule.name!r}: column {column!r} holds {spec.type}, which has no order",
            hint='write a range for numbers, times and dates; for texts there is check = "accepted" or "pattern"',
        )
    least = None if rule.least is None else _end(rule.least, spec, rule, mapping)
    most = None if rule.most is None else _end(rule.most, spec, rule, mapping, upper=True)
    if least is not None and most is not None and least.as_py() > most.as_py():
        raise ConfigError(f"rule {rule.name!r}: least is above most", hint="exchange the two")

    def check_cells(cells: Cells) -> pa.Array:
        values = cells.values(column, spec)
        parts = [pc.greater_equal(values, least)] if least is not None else []
        parts += [pc.less_equal(values, most)] if most is not None else []
        fits = parts[0] if len(parts) == 1 else pc.and_(*parts)
        # A cell that does not convert is in no range. In a mapped column such a record is refused anyway.
        return fits if mapped else pc.if_else(cells.bad(column, spec), pa.scalar(False), fits)

    return check_cells


def _end(end: Bound, spec: Column, rule: Rule, mapping: FileMapping, *, upper: bool = False) -> pa.Scalar:
    """An end of a range as a value of the column's type."""
    plain = ValueFormat.of(mapping).plain()
    value_format = replace(plain, unit=mapping.time_unit) if end.is_number else plain
    # The last day of a range belongs to it up to midnight.
    text = f"{end.text} 23:59:59" if end.is_day and upper and spec.type == "time" else end.text
    found = _typed([text], spec, value_format, rule.columns[0])
    if found.bad[0]:
        raise ConfigError(
            f"rule {rule.name!r}: {end.text!r} is no value of column {rule.columns[0]!r}, which is {spec.type}",
            hint="write a date, for example 2026-01-01"
            if spec.type in ("time", "date")
            else "write a number as the column has it",
        )
    return found.values[0]


def _accepted(rule: Accepted, mapping: FileMapping, schema: Schema) -> CellCheck:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = rule.columns[0]
    spec = spec_of(mapping, schema, column) or TEXT
    if spec.type in ("text", "list"):
        accepted = pa.array(rule.values, pa.large_string())
    else:
        found = _typed(list(rule.values), spec, ValueFormat.of(mapping).plain(), column)
        if found.bad.any():
            wrong = rule.values[int(found.bad.argmax())]
            raise ConfigError(
                f"rule {rule.name!r}: {wrong!r} is no value of column {column!r}, which is {spec.type}",
                hint="correct the values of the rule",
            )
        accepted = found.values

    def check_cells(cells: Cells) -> pa.Array:
        values = cells.values(column, spec)
        return pc.if_else(values.is_valid(), pc.is_in(values, accepted), pa.scalar(None, pa.bool_()))

    return check_cells


def _typed(texts: list[str], spec: Column, value_format: ValueFormat, name: str) -> Converted:
    import pyarrow as pa

    return convert_column(pa.array(texts, pa.large_string()), spec, value_format, name=name)
