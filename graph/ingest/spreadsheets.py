"""Spreadsheets are recognised by their name or their first bytes, and refused with a way to save them as text."""

from __future__ import annotations

from pathlib import Path

from graph.errors import DataError

SAVE_AS_CSV = "save it as CSV (UTF-8) and name that file instead"
# Zip archives (.xlsx, .ods) and compound files (.xls).
MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ENDINGS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".numbers", ".ods"}


def is_spreadsheet(path: Path) -> bool:
    """Whether the name is that of a spreadsheet."""
    return path.suffix.lower() in _ENDINGS


def refuse_spreadsheet(path: Path) -> None:
    """Refuse a file with the name of a spreadsheet.

    Raises:
        DataError: it has one; the hint says how to save it.
    """
    if is_spreadsheet(path):
        raise DataError("a spreadsheet is not read", file=str(path), hint=SAVE_AS_CSV)
