"""A record that was refused, with the reason and what the user can do about it."""

from __future__ import annotations

from dataclasses import dataclass

# Reason -> what the user can do.
_SCANNER_HINTS = {
    "stray_quote": 'a quotation mark opens and never closes; write "" for a quotation mark inside a quoted cell',
    "column_count": "the record has more or fewer cells than the header; quote cells that contain the delimiter",
    "nul_byte": "the record contains NUL bytes; export the file again",
    "encoding": "the record does not decode; declare the right encoding in the mapping",
    "cell_too_large": "a cell is larger than 1 MiB; long text does not belong in the graph",
    "not_an_object": "each line must be one JSON object",
    "duplicate_key": "the JSON object names a key twice; keep one of the two",
    "no_record": "a title, sum or remark of an export; delete it, leave it refused, or leave out the last lines with "
    "footer_rows in the mapping",
    "repeated_header": "the record repeats the header, as files that were joined do; delete it or leave it refused",
    "stray_cr": "a carriage return stands alone inside an unquoted cell; quote the cell or end lines with CR LF or LF",
}
# Reasons for which a record could not be cut into cells; its text is kept as it stands in the file.
UNREAD = frozenset(_SCANNER_HINTS)
# Every reason that a reject can have is here.
HINTS = {
    **_SCANNER_HINTS,
    # Reasons of the conversion of cells.
    "missing_value": "the cell is empty, or a word that means empty, and the record cannot do without it",
    "not_an_integer": "write a whole number of at most 18 digits, for example 1234",
    "not_a_decimal": "write a plain number with a point, for example 1234.5, or set decimal in the mapping",
    "not_a_boolean": "write true or false, yes or no, 1 or 0",
    "not_a_time": "write 2026-03-01 or 2026-03-01 12:30:00; for epochs set time_unit, for 03/04/2026 set date_order",
    "future_time": "the event lies after --as-of; check the clock, the time unit and the time zone",
    "early_time": "the event lies before 1980; check the time unit, and leave the cell empty where nobody knows when",
    "unknown_kind": "the value is not one of the accepted kinds",
    "unknown_relation": "the value has no edge type in the mapping's relation.values",
    "unknown_value": "the value is not one of those that the schema accepts for this column",
    "out_of_scale": "the rating does not lie on its scale; correct it, or say in schema.toml what the scale is, "
    "for example scale = [0, 10]",
    "not_a_list": 'write a JSON array such as ["a", "b"], or set list_separator in the mapping',
    "other_currency": "the amount is in another currency than declared; convert it, or set currency in the mapping",
    "too_precise": "the amount has more decimals than the currency has; round it in the file",
    "empty_row": "all cells are empty, as spreadsheets write them below their data; delete the row or leave it refused",
    "total_row": "the row adds up others; delete it, leave it refused, or leave out the last lines with footer_rows in "
    "the mapping",
    "out_of_range": "correct the value, or change the limits of the column in schema.toml; accepted numbers",
    "mojibake": "the text was damaged by a wrong encoding; export it again as UTF-8",
    "bad_id": "correct it at its source, and export the column as text",
    # Reasons of the store.
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
        raw: The whole record as it was read.
        accepted: The values that would have been accepted, where these are few.
        suggestion: What to do about this very value, where that is known, such as the repaired text; else empty.
        line: 1-based line of the file on which the record begins; 0 where a file has no lines.
    """

    file: str
    row: int
    column: str
    value: str
    reason: str
    raw: str
    accepted: tuple[str, ...] = ()
    suggestion: str = ""
    line: int = 0

    @property
    def hint(self) -> str:
        """What the user can do: the suggestion for this value, the general hint, and the accepted values if few."""
        known = f": {', '.join(self.accepted)}" if self.accepted else ""
        general = HINTS[self.reason] + known
        return f"{self.suggestion}; {general}" if self.suggestion else general

    def as_dict(self) -> dict[str, str | int]:
        """The fields and the hint, as they stand in the quarantine file."""
        return {
            "file": self.file,
            "row": self.row,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
            "raw": self.raw,
            "hint": self.hint,
        }


def reject(
    file: str,
    row: int,
    reason: str,
    *,
    column: str = "",
    value: str = "",
    raw: str = "",
    accepted: tuple[str, ...] = (),
    suggestion: str = "",
    line: int = 0,
) -> Reject:
    """A reject with value, accepted values and suggestion shortened; the record itself is kept whole."""
    return Reject(file, row, column, value[:200], reason, raw, accepted[:20], suggestion[:300], line)
