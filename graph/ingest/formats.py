"""One stream of record blocks from any supported file format."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.ingest.decode import BLOCK, lines, open_binary, read_head
from graph.ingest.mapping import Format, Source
from graph.ingest.records import CELL_LIMIT, RecordBlock, RecordScanner
from graph.ingest.rejects import reject
from graph.ingest.sources import SAVE_AS_CSV
from graph.ingest.suffixes import SUFFIXES, data_suffix

if TYPE_CHECKING:
    import pyarrow as pa

_PARQUET_ROWS = 1 << 18
_HEAD = 1 << 16


def format_of(path: Path, declared: Format = "auto") -> Format:
    """The format of a file, as declared or by its name without .gz.

    Raises:
        DataError: the name says nothing.
    """
    if declared != "auto":
        return declared
    suffix = data_suffix(path)
    if suffix not in SUFFIXES:
        raise DataError(
            "the name does not tell the format", file=str(path), hint='declare it in the mapping: format = "csv"'
        )
    return SUFFIXES[suffix]


def read_blocks(source: Source) -> Iterator[RecordBlock]:
    """The records of a source, in blocks, every column as text.

    Raises:
        DataError: the file cannot be opened, decoded or understood at all.
    """
    yield from _read(source, BLOCK)


def header_of(source: Source) -> list[str]:
    """The column names of a source; of JSON lines, the keys of its first records.

    Raises:
        DataError: the file cannot be opened or understood, or has no header.
    """
    kind = _kind(source)
    if kind == "parquet":
        return _parquet_names(_open_parquet(source.file), source.name)
    if kind == "jsonl":
        return _json_keys(source)
    return next(_read(source, _HEAD)).table.column_names  # type: ignore[no-any-return]


def sample_of(source: Source) -> pa.Table:
    """The first records of a source, every column as text; of delimited text and JSON lines the first 64 KiB.

    Raises:
        DataError: as ``header_of``.
    """
    return next(_read(source, _HEAD)).table


def _read(source: Source, size: int) -> Iterator[RecordBlock]:
    mapping, kind = source.mapping, _kind(source)
    if kind == "parquet":
        yield from _parquet(source.file, source.name)
    elif kind == "jsonl":
        yield from _json_lines(source, size)
    else:
        delimiter = "\t" if kind == "tsv" and mapping.delimiter == "auto" else mapping.delimiter
        scanner = RecordScanner(source.name, delimiter)
        yield from scanner.scan(lines(source.file, mapping.encoding, size=size))


def _kind(source: Source) -> Format:
    """The format of a source, after a look at the first bytes: some files are not what their name says."""
    kind = format_of(source.file, source.mapping.format)
    head = read_head(source.file)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError("this is a spreadsheet or an archive, not text", file=source.name, hint=SAVE_AS_CSV)
    return "parquet" if head.startswith(b"PAR1") else kind


def _open_parquet(path: Path) -> pa.parquet.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix.lower() == ".gz":
            with open_binary(path) as stream:
                return pq.ParquetFile(io.BytesIO(stream.read()))
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"is not a readable Parquet file ({_first_line(error)})", file=str(path), hint="export it again"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _parquet_names(file: pa.parquet.ParquetFile, name: str) -> list[str]:
    names = [str(n) for n in file.schema_arrow.names]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f"has two columns {twice[0]!r}", file=name, hint="give every column its own name")
    return names


def _parquet(path: Path, name: str) -> Iterator[RecordBlock]:
    import pyarrow as pa

    file = _open_parquet(path)
    names = _parquet_names(file, name)
    seen = 0
    try:
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
            table = pa.table([_as_text(column) for column in batch.columns], names=names)
            yield _without_monsters(table, name, seen)
            seen += len(table)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"is a broken Parquet file ({_first_line(error)})", file=str(path), row=seen + 1, hint="export it again"
        ) from None
    if not seen:
        nothing = pa.table([pa.array([], pa.large_string())] * len(names), names=names)
        yield RecordBlock(nothing, np.zeros(0, np.int64), (), 0)


def _as_text(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    try:
        text = column.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        text = pa.array(
            [None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in column.to_pylist()],
            pa.large_string(),
        )
    return pc.fill_null(text, "")


def _without_monsters(table: pa.Table, name: str, seen: int) -> RecordBlock:
    """A block without the records that hold NUL characters or too large cells, as no text file may either."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reasons: dict[int, str] = {}
    for column in table.columns:
        for reason, where in (
            ("nul_byte", pc.match_substring(column, "\0")),
            ("cell_too_large", pc.greater(pc.binary_length(column), CELL_LIMIT)),
        ):
            for i in np.flatnonzero(where.to_numpy()).tolist():
                reasons.setdefault(i, reason)
    rejects = tuple(
        reject(name, seen + i + 1, reason, raw=",".join(c[i].as_py() for c in table.columns))
        for i, reason in sorted(reasons.items())
    )
    good = np.ones(len(table), np.bool_)
    good[list(reasons)] = False
    rows = np.arange(seen + 1, seen + len(table) + 1)
    return RecordBlock(table.filter(pa.array(good)) if reasons else table, rows[good], rejects, len(table))


def _json_keys(source: Source) -> list[str]:
    keys: dict[str, None] = {}
    seen = False
    for block in lines(source.file, source.mapping.encoding):
        for line in block.text.decode("utf-8").split("\n"):
            seen = seen or bool(line.strip())
            keys.update(dict.fromkeys(_object(line) or ()))
        if keys:
            return list(keys)
    if not seen:
        raise DataError("the file is empty", file=source.name, hint="each line must be one JSON object")
    raise DataError("no line is a JSON object", file=source.name, hint="each line must be one JSON object")


def _json_lines(source: Source, size: int) -> Iterator[RecordBlock]:
    import pyarrow as pa

    seen = 0
    wanted = list(source.mapping.used_columns())
    for block in lines(source.file, source.mapping.encoding, size=size):
        records, rows, rejects = [], [], []
        bad = set(block.bad)
        for number, line in enumerate(block.text.decode("utf-8").split("\n")):
            if not line.strip():
                continue
            seen += 1
            record = _object(line)
            fault = "encoding" if number in bad else "not_an_object" if record is None else _fault(line, record)
            if fault or record is None:
                rejects.append(reject(source.name, seen, fault, raw=line))
            else:
                records.append(record)
                rows.append(seen)
        # A key that no record of this block has is an empty column, not a missing one.
        names = list(dict.fromkeys([*(k for r in records for k in r), *wanted]))
        columns = [pa.array([r.get(name, "") for r in records], pa.large_string()) for name in names]
        table = pa.table(columns, names=names) if names else pa.table({})
        yield RecordBlock(table, np.asarray(rows, np.int64), tuple(rejects), len(records) + len(rejects))


def _fault(line: str, record: dict[str, str]) -> str:
    """Why a JSON object cannot be a record, or an empty text."""
    if "\\u" in line:
        try:
            json.dumps(record, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:  # half of a surrogate pair
            return "encoding"
        if any("\0" in value for value in record.values()):
            return "nul_byte"
    if len(line) > CELL_LIMIT // 4 and max((len(v.encode("utf-8")) for v in record.values()), default=0) > CELL_LIMIT:
        return "cell_too_large"
    return ""


def _object(line: str) -> dict[str, str] | None:
    try:
        value = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return {k: _cell(v) for k, v in value.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
