"""The Parquet format: records in batches of a row group, every column as text."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.ingest.csv.line_reader import CELL_LIMIT
from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.compression import blocks, compression_of
from graph.ingest.file_format import FileFormat
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import Source
from graph.ingest.rejects.reject import reject

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROWS, _BYTES = 1 << 18, 32 << 20
# Bytes of a column chunk that are buffered at a time.
_BUFFER = 1 << 20
# Arrow writes larger whole floats with an exponent, which an id must not have.
_LARGEST_WHOLE = 2.0**53


class Parquet(FileFormat):
    """Parquet; null and NaN are empty cells.

    Times have their zone's offset, decimals all their digits, whole floats no fraction; lists and structures are JSON.
    """

    magic = b"PAR1"

    def dialect(self, source: Source) -> Dialect:
        """The dialect, in which nothing has to be found out."""
        return Dialect(self.name, "Parquet")

    def columns(self, source: Source, dialect: Dialect) -> list[str]:
        """The column names, of which no two may be the same."""
        with _opened(source.file) as file:
            return _names(file, source.name)

    def blocks(
        self, source: Source, dialect: Dialect, *, size: int, wanted: tuple[str, ...] = ()
    ) -> Iterator[RecordBlock]:
        """The records, a part of a row group at a time; ``size`` is left out of account."""
        with _opened(source.file) as file:
            yield from _blocks(file, source.file, source.name)


def _blocks(file: pq.ParquetFile, path: Path, name: str) -> Iterator[RecordBlock]:
    import pyarrow as pa

    names = _names(file, name)
    seen = 0
    try:
        for batch in file.iter_batches(batch_size=_batch_rows(file)):
            table, undecoded = _texts(batch, names)
            yield _without_bad_records(table, name, seen, undecoded)
            seen += len(table)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"is a broken Parquet file ({_first_line(error)})", file=str(path), row=seen + 1, hint="export it again"
        ) from None
    if not seen:
        nothing = pa.table([pa.array([], pa.large_string())] * len(names), names=names)
        yield RecordBlock(nothing, np.zeros(0, np.int64), (), 0)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        try:
            place: Path | IO[bytes] = path
            if compression_of(path):
                # Reading Parquet starts at the end of the file, so a compressed file is unpacked to disk first.
                place = stack.enter_context(tempfile.TemporaryFile())
                for block in blocks(path):
                    place.write(block)
                place.seek(0)
            file = pq.ParquetFile(place, buffer_size=_BUFFER, pre_buffer=False)
            stack.callback(file.close)
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"is not a readable Parquet file ({_first_line(error)})", file=str(path), hint="export it again"
            ) from None
        yield file


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _names(file: pq.ParquetFile, name: str) -> list[str]:
    names = [str(n) for n in file.schema_arrow.names]
    if not names:
        raise DataError("the file has no columns", file=name, hint="export it again")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f"has two columns {twice[0]!r}", file=name, hint="give every column its own name")
    return names


def _batch_rows(file: pq.ParquetFile) -> int:
    """Rows of a batch, fewer where the rows are large."""
    facts = file.metadata
    groups = [facts.row_group(i) for i in range(facts.num_row_groups)]
    largest = max((g.total_byte_size / g.num_rows for g in groups if g.num_rows), default=1.0)
    return max(1, min(_ROWS, int(_BYTES / max(largest, 1.0))))


def _texts(batch: pa.RecordBatch, names: list[str]) -> tuple[pa.Table, set[int]]:
    """The batch as text, and the rows with bytes that are not UTF-8."""
    import pyarrow as pa

    undecoded: set[int] = set()
    return pa.table([_as_text(c, undecoded) for c in batch.columns], names=names), undecoded


def _as_text(column: pa.Array, undecoded: set[int]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column.type, pa.ExtensionType):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_floating(kind):
        text = _float_text(column)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        # A string column may hold bytes that are not UTF-8.
        text = _binary_text(column.cast(pa.large_string()).view(pa.large_binary()), undecoded)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        text = _binary_text(column.cast(pa.large_binary()), undecoded)
    elif pa.types.is_decimal(kind):
        text = column.cast(pa.large_string())
        if pc.any(pc.match_substring(text, "E")).as_py():
            text = pa.array([None if v is None else f"{v:f}" for v in column.to_pylist()], pa.large_string())
    else:
        try:
            text = column.cast(pa.large_string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            values = column.to_pylist()
            text = pa.array(
                [None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in values],
                pa.large_string(),
            )
    return pc.fill_null(text, "")


def _float_text(column: pa.Array) -> pa.Array:
    """Floats as text, an id such as 123.0 without its fraction; NaN is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    text = column.cast(pa.large_string())
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _LARGEST_WHOLE))
    plain = pc.if_else(whole, column.cast(pa.float64()), pa.scalar(None, pa.float64())).cast(pa.int64())
    return pc.coalesce(plain.cast(pa.large_string()), text)


def _binary_text(column: pa.Array, undecoded: set[int]) -> pa.Array:
    import pyarrow as pa

    try:
        text = column.cast(pa.large_string())
        text.validate(full=True)
        return text
    except pa.ArrowInvalid:
        values: list[str | None] = []
        for at, value in enumerate(column.to_pylist()):
            try:
                values.append(None if value is None else value.decode("utf-8"))
            except UnicodeDecodeError:
                undecoded.add(at)
                values.append(value.decode("utf-8", "backslashreplace"))
        return pa.array(values, pa.large_string())


def _without_bad_records(table: pa.Table, name: str, seen: int, undecoded: set[int]) -> RecordBlock:
    """A block without records that hold NUL characters or too large cells, which text formats refuse too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reasons = dict.fromkeys(sorted(undecoded), "encoding")
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
