"""Converts text columns to typed columns; a cell that does not convert is reported with a reason, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.decoding.mojibake import damaged
from graph.ingest.values.amounts import amounts, exactly
from graph.ingest.values.byte_columns import Mask, byte_column, mask_of, one_array
from graph.ingest.values.fallback_parse import Parsed
from graph.ingest.values.id_cells import ids
from graph.ingest.values.lists import lists
from graph.ingest.values.normalise import CellChange, normalise
from graph.ingest.values.numbers import HALF_WIDTH, decimals, integers
from graph.ingest.values.times import dates, times
from graph.ingest.values.value_format import ValueFormat
from graph.number_limits import Limits
from graph.schema import Column

if TYPE_CHECKING:
    import pyarrow as pa

_TRUE = ("true", "yes", "1", "t", "y", "是", "真")
_NUMBERS = ("integer", "decimal", "money")
_FALSE = ("false", "no", "0", "f", "n", "否", "假")


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """A typed column.

    Attributes:
        values: Typed (n,), null where a cell is missing or bad: large_string for texts and lists (JSON), int64 for
            integers and times (UTC seconds), date32, float64, bool, or decimal128(18, 2) for money.
        faults: Reason to mask (n,) of the bad cells.
        changes: The cells that were normalised, including bad ones.
    """

    values: pa.Array
    faults: Mapping[str, Mask] = field(default_factory=dict)
    changes: tuple[CellChange, ...] = ()

    @property
    def bad(self) -> Mask:
        """The bad cells, bool (n,)."""
        bad: Mask = np.logical_or.reduce([np.zeros(len(self.values), np.bool_), *self.faults.values()])
        return bad


def convert_column(
    column: pa.Array | pa.ChunkedArray, spec: Column, value_format: ValueFormat, *, name: str = "", is_id: bool = False
) -> Converted:
    """A text column as a typed one.

    Args:
        column: Text (n,); empty, blank, and a word of ``value_format.missing`` are missing.
        spec: The type wanted, and the accepted values where these are few.
        value_format: How the file writes values.
        name: Column name for messages.
        is_id: Whether the texts are ids, which are kept in one canonical form without an apostrophe before digits.

    Raises:
        ConfigError: a time has no offset and no zone is declared.
    """
    original = one_array(column)
    normalised = normalise(original, value_format.missing, apostrophe=is_id or spec.type in _NUMBERS)
    faults: dict[str, Mask] = {}
    if spec.type in ("text", "list"):
        # Look at the original text: a soft hyphen or a no-break space may be half of a damaged character.
        bad = damaged(original, byte_column(original))
        if bad.any():
            faults["mojibake"] = bad
    parsed = ids(normalised.text) if is_id else _parse(normalised.text, spec, value_format, name)
    if spec.limits and (outside := _outside(parsed.values, spec.limits)).any():
        faults["out_of_range"] = outside
    return Converted(parsed.values, {**faults, **parsed.faults}, _joined(normalised.changes, parsed.changes))


def _outside(values: pa.Array, limits: Limits) -> Mask:
    """Where a number is less than the least or more than the greatest that is accepted, bool (n,)."""
    import pyarrow.compute as pc

    outside = np.zeros(len(values), np.bool_)
    ends = pc.min_max(values)
    for limit, end, beyond in ((limits.minimum, ends["min"], pc.less), (limits.maximum, ends["max"], pc.greater)):
        if limit is not None and end.is_valid and beyond(end, limit).as_py():
            outside |= mask_of(beyond(values, limit))
    return outside


def _joined(first: tuple[CellChange, ...], second: tuple[CellChange, ...]) -> tuple[CellChange, ...]:
    """The changes of two steps, one of each kind; a cell changed in both counts once, with its last value."""
    import pyarrow as pa

    found = {change.kind: change for change in first}
    for change in second:
        earlier = found.get(change.kind)
        found[change.kind] = change
        if earlier:
            rows, which = np.unique(np.concatenate([change.rows, earlier.rows]), return_index=True)
            after = pa.concat_arrays([change.after, earlier.after]).take(pa.array(which))
            found[change.kind] = CellChange(change.kind, rows, after)
    return tuple(found.values())


def _parse(text: pa.Array, spec: Column, value_format: ValueFormat, name: str) -> Parsed:
    if spec.type == "time":
        return times(text, value_format, name=name)
    if spec.type == "date":
        return dates(text, value_format, name=name)
    if spec.type == "text":
        return _texts(text, spec.values)
    if spec.type == "money":
        found = amounts(text, value_format)
        return Parsed(exactly(found.values), found.faults, found.changes)
    if spec.type == "decimal":
        return amounts(text, value_format) if spec.currency else decimals(text, value_format, spec.units)
    return _PARSERS[spec.type](text, value_format)


def _texts(text: pa.Array, accepted: tuple[str, ...]) -> Parsed:
    import pyarrow.compute as pc

    if not accepted:
        return Parsed(text)
    import pyarrow as pa

    unknown = mask_of(text.is_valid()) & ~mask_of(pc.is_in(text, pa.array(accepted, pa.large_string())))
    return Parsed(text, {"unknown_value": unknown} if unknown.any() else {})


def _booleans(text: pa.Array, _value_format: ValueFormat) -> Parsed:
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(text)
    cells = encoded.dictionary.to_pylist()
    plain = [cell.translate(HALF_WIDTH) for cell in cells]
    known = [True if p.lower() in _TRUE else False if p.lower() in _FALSE else None for p in plain]
    values = pa.array(known, pa.bool_()).take(encoded.indices)
    bad = mask_of(values.is_null()) & mask_of(text.is_valid())
    folded = pa.array([k is not None and p != c for k, p, c in zip(known, plain, cells, strict=True)], pa.bool_())
    changes: tuple[CellChange, ...] = ()
    if pc.any(folded).as_py():
        hit = mask_of(folded.take(encoded.indices))
        after = pa.array(plain, pa.large_string()).take(encoded.indices).filter(pa.array(hit))
        changes = (CellChange("normalised", np.flatnonzero(hit), after),)
    return Parsed(values, {"not_a_boolean": bad} if bad.any() else {}, changes)


_PARSERS = {"integer": integers, "boolean": _booleans, "list": lists}
