"""Two steps that a load and a check without a store have in common.

First all headers are checked (``check_files_fit``), then the records of each file are converted to typed batches
(``convert_file``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from graph.ingest.batches import BatchMaker, ConvertedBlock, unmapped_columns
from graph.ingest.csv.records import RecordBlock
from graph.ingest.formats import ResolvedSource, header_of, read_blocks, resolve
from graph.ingest.mapping.file_mapping import Source
from graph.ingest.rejects.readings import Reading, readings_of
from graph.ingest.rules.run import check_rule_columns
from graph.schema import Schema


@dataclass(frozen=True)
class CheckedFile:
    """A source whose file has all columns that its mapping and its rules need.

    Attributes:
        reading: The source, with its number among the sources that read the same file.
        resolved: The source, with the format, encoding and separator that were found in the file.
        columns: The columns of the file.
        unmapped: Those of them that the mapping neither reads nor ignores.
    """

    reading: Reading
    resolved: ResolvedSource
    columns: list[str]
    unmapped: tuple[str, ...]

    @property
    def source(self) -> Source:
        """The source."""
        return self.reading.source


def check_files_fit(sources: Sequence[Source]) -> list[CheckedFile]:
    """Find out how every file is written, and check that it has the columns that its mapping and its rules need.

    Only headers and samples are read, so that a mapping that does not fit is refused before any record is loaded.

    Raises:
        DataError: a file cannot be read, or lacks a column of its mapping or of a rule.
    """
    headers = [(found := resolve(source), header_of(found)) for source in sources]
    files = []
    for reading, (resolved, names) in zip(readings_of(sources), headers, strict=True):
        files.append(CheckedFile(reading, resolved, names, unmapped_columns(reading.source, names)))
        check_rule_columns(reading.source, names)
    return files


def convert_file(
    file: CheckedFile, schema: Schema, *, as_of: int, done: Collection[str] = frozenset()
) -> Iterator[ConvertedBlock]:
    """Read a file block by block, and yield each block with its typed batches and its rejects.

    Args:
        file: The file.
        schema: The market schema.
        as_of: Events at or after this moment (UTC seconds) lie in the future.
        done: As in ``BatchMaker``.
    """
    maker = BatchMaker(file.source, schema, as_of=as_of, decimal=file.resolved.dialect.decimal, done=done)
    with closing(maker):
        for block in read_blocks(file.resolved):
            yield maker.make(_with_columns(block, file.columns))


def _with_columns(block: RecordBlock, names: list[str]) -> RecordBlock:
    """The block with all columns of its file in their order: blocks of JSON have only the keys of their own records."""
    if block.table.column_names == names:
        return block
    import pyarrow as pa

    known = set(block.table.column_names)
    empty = pa.repeat(pa.scalar("", pa.large_string()), len(block.rows))
    columns = [block.table[name] if name in known else empty for name in names]
    return replace(block, table=pa.table(columns, names=names))
