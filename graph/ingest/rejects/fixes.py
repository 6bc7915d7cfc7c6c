"""Writes refused records to CSV files for correction by hand, and reads the corrected records.

There is one CSV file for each file with refused records. Its first columns identify the record and say what is wrong;
the others are the columns of the file, and only these are to be edited.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import write_file
from graph.errors import DataError
from graph.ingest.csv.cells import guess_delimiter, split_line
from graph.ingest.formats import read_blocks, resolve
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rejects.quarantine import FileRejects
from graph.ingest.rejects.reject import UNREAD

# A cell of a record as the quarantine quotes it, and the comma after it.
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|\Z)')
_ABOUT = ("_file", "_type", "_row", "_reason", "_column", "_hint")

Wanted = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Fix:
    """A record that was corrected by hand: which one, and its new cells by column."""

    file: str
    type: str
    row: int
    cells: dict[str, str]


def cells_of(record: dict[str, Any]) -> list[str] | None:
    """The cells of a refused record, or None where it could not be cut into cells."""
    if record["reason"] in UNREAD:
        return None
    # The csv module refuses long cells.
    cells, at = [], 0
    while (found := _CELL.match(record["raw"], at)) is not None:
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        if not found[3]:
            return cells
        at = found.end()
    return None


def write_fixes(kept: Iterable[FileRejects], folder: Path, *, wanted: Wanted) -> list[tuple[Path, int]]:
    """Write refused records for correction, one CSV file in UTF-8 with BOM for each file; returns files and counts.

    Args:
        kept: The quarantine's files.
        folder: Where to write; made where it is missing.
        wanted: Which records.

    Raises:
        DataError: a file of that name exists, and may hold corrections.
    """
    written = []
    for one in kept:
        rows = [_row(record, one.columns) for record in one if wanted(record)]
        if not rows:
            continue
        # The group keeps apart files of the same name in two folders, and one file read as nodes and as edges.
        name = re.sub(r"[^\w.-]+", "_", one.file).removesuffix(".csv")
        file = folder / f"{name}.{one.path.stem[:6]}.csv"
        if file.exists():
            raise DataError("is there already", file=str(file), hint="name another folder, or remove it first")
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([[*_ABOUT, *one.columns], *rows])
        write_file(file, text.getvalue().encode("utf-8-sig", "backslashreplace"))
        written.append((file, len(rows)))
    return written


def _row(record: dict[str, Any], columns: Sequence[str]) -> list[str]:
    cells = cells_of(record)
    if cells is None:
        # The record could not be cut into cells reliably; show the best guess for editing.
        line = record["raw"]
        cells = split_line(line, guess_delimiter(line)) or [line]
    about = [record[name.removeprefix("_")] for name in _ABOUT]
    return [*map(str, about), *(cells + [""] * len(columns))[: max(len(columns), len(cells))]]


def read_fixes(folder: Path) -> list[Fix]:
    """The corrected records in the CSV files of a folder, or in one such file.

    Raises:
        DataError: there is no such file, or one cannot be understood.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else [folder]
    if not files or not files[0].is_file():
        raise DataError("no file of records to replay", file=str(folder), hint="make them: graphvine data rejects fix")
    return [fix for file in files for fix in _read(file)]


def _read(file: Path) -> list[Fix]:
    fixes = []
    for block in read_blocks(resolve(Source(file, str(file), FileMapping(file.name, format="csv")))):
        if block.rejects:
            bad = block.rejects[0]
            raise DataError(
                f"cannot be read: {bad.reason.replace('_', ' ')}", file=str(file), row=bad.row, hint=bad.hint
            )
        missing = [name for name in ("_file", "_type", "_row") if name not in block.table.column_names]
        if missing:
            raise DataError(
                f"has no column {missing[0]!r}", file=str(file), hint="keep the first columns of `data rejects fix`"
            )
        for record in block.table.to_pylist():
            if not re.fullmatch(r" *[0-9]{1,18} *", record["_row"]):
                raise DataError(
                    "is no record number", file=str(file), column="_row", value=record["_row"], hint="keep it"
                )
            cells = {name: value for name, value in record.items() if name not in _ABOUT}
            fixes.append(Fix(record["_file"], record["_type"], int(record["_row"]), cells))
    return fixes
