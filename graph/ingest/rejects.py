"""Reject: a record that cannot become part of the graph, with the reason and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

# Reason -> what the user can do. Every reason that a reject can have is here.
HINTS = {
    "stray_quote": 'a quotation mark opens and never closes; write "" for a quotation mark inside a quoted cell',
    "column_count": "the record has more or fewer cells than the header; quote cells that contain the delimiter",
    "nul_byte": "the record contains NUL bytes; export the file again",
    "encoding": "the record does not decode; declare the right encoding in the mapping",
    "cell_too_large": "a cell is larger than 1 MiB; long text does not belong in the graph",
    "not_an_object": "each line must be one JSON object",
    "missing_value": "the cell is empty and the record cannot do without it",
    "not_an_integer": "write a whole number without separators, for example 1234",
    "not_a_decimal": "write a plain number with a point, for example 1234.5",
    "not_a_boolean": "write true or false, yes or no, 1 or 0",
    "not_a_time": "write epoch seconds, 2026-03-01 or 2026-03-01 12:30:00, and set time_unit in the mapping",
    "future_time": "the event lies after --as-of; check the clock, the time unit and the time zone",
    "unknown_kind": "the value is not one of the accepted kinds",
    "unknown_relation": "the value has no edge type in the mapping's relation.values",
    "unknown_source": "no such node yet: load it, or let the mapping make it with create",
    "unknown_target": "no such node yet: load it, or let the mapping make it with create",
    "event_conflict": "an event with this id exists with other content; events never change, so after mapping one "
    "more column start anew: graphvine store wipe, then load",
}


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was refused.

    Attributes:
        file: File name relative to the mapping file.
        row: 1-based record number; the header is not a record.
        column: The file's column at fault, or empty.
        value: The value at fault, at most 200 characters.
        reason: A key of ``HINTS``.
        raw: The whole record as it was read, at most 64 KiB.
        accepted: The values that would have been accepted, where these are few.
    """

    file: str
    row: int
    column: str
    value: str
    reason: str
    raw: str
    accepted: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What the user can do, with the accepted values where these are few."""
        known = f": {', '.join(self.accepted)}" if self.accepted else ""
        return HINTS[self.reason] + known

    def as_dict(self) -> dict[str, str | int]:
        """The fields and the hint, as they stand in the quarantine file."""
        fields = asdict(self)
        del fields["accepted"]
        return {**fields, "hint": self.hint}


def reject(
    file: str,
    row: int,
    reason: str,
    *,
    column: str = "",
    value: str = "",
    raw: str = "",
    accepted: tuple[str, ...] = (),
) -> Reject:
    """A reject with its texts shortened to what the quarantine keeps."""
    return Reject(file, row, column, value[:200], reason, raw[: 1 << 16], accepted[:20])
