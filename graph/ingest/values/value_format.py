"""How values are written in the cells of a file: zone, unit, decimal mark, currency, and words for an empty cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graph.ingest.mapping.file_mapping import FileMapping


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How values are written in a file.

    Attributes:
        zone: Time zone of times without an offset; empty where undeclared.
        unit: Unit of times: epochs in s, ms or us, or dates as text.
        date_order: Order of dates with the year last.
        decimal: The decimal mark, ``.`` or ``,``; the other one may separate thousands.
        currency: ISO 4217 code of amounts of money.
        separator: What stands between the items of a list, or ``auto``.
        missing: Words that mean an empty cell.
    """

    zone: str = ""
    unit: str = "text"
    date_order: str = "ymd"
    decimal: str = "."
    currency: str = "CNY"
    separator: str = "auto"
    missing: tuple[str, ...] = ()

    @staticmethod
    def of(mapping: FileMapping, *, decimal: str = "") -> ValueFormat:
        """The format that a mapping declares.

        Args:
            mapping: The entry of the file.
            decimal: The decimal mark that was found in the file; used where the mapping declares none.
        """
        declared = mapping.decimal if mapping.decimal != "auto" else ""
        return ValueFormat(
            mapping.time_zone,
            mapping.time_unit,
            mapping.date_order,
            declared or decimal or ".",
            mapping.currency,
            mapping.list_separator,
            mapping.missing,
        )

    def plain(self) -> ValueFormat:
        """The format of values in the mapping itself: dates as text, decimal points, no words for empty cells."""
        return replace(self, unit="text", decimal=".", missing=())
