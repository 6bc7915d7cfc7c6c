"""The JSON format: one object a line, or one array of objects, recognised by the first characters."""

from __future__ import annotations

from collections.abc import Iterator

from graph.errors import DataError
from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.compression import BLOCK
from graph.ingest.decoding.decode import lines, texts
from graph.ingest.file_format import HEAD, FileFormat, encoding_of
from graph.ingest.json.arrays import array_blocks, is_array
from graph.ingest.json.keys import keys_come_late, with_new_keys
from graph.ingest.json.rows import COLUMNS, line_blocks
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import Source

_BEGINNING = 1024


class Json(FileFormat):
    """JSON; a column is a key, and objects within objects have their keys joined by points."""

    def dialect(self, source: Source) -> Dialect:
        """How a source is written."""
        encoding, guessed = encoding_of(source.file, source.mapping.encoding)
        first = next(lines(source.file, encoding, size=HEAD), None)
        array = first is not None and is_array(first.text[:_BEGINNING].decode("utf-8", "replace"))
        title = "JSON array" if array else "JSON lines"
        return Dialect(self.name, title, encoding=encoding, array=array, guessed=guessed)

    def columns(self, source: Source, dialect: Dialect) -> list[str]:
        """The keys of all records in the order in which they appear, up to a thousand and those of one block more."""
        names, read = dict[str, None](), 0
        if dialect.array:
            blocks = array_blocks(source.name, texts(source.file, dialect.encoding, size=BLOCK))
            late = keys_come_late(texts(source.file, dialect.encoding, size=BLOCK))
        else:
            blocks, late = (
                line_blocks(source.name, with_new_keys(lines(source.file, dialect.encoding, size=BLOCK))),
                True,
            )
        for block in blocks:
            names.update(dict.fromkeys(block.table.column_names))
            read += block.read
            if len(names) >= COLUMNS or (names and not late):
                break
        if not names:
            raise _no_records(source, read)
        return list(names)

    def blocks(
        self, source: Source, dialect: Dialect, *, size: int, wanted: tuple[str, ...] = ()
    ) -> Iterator[RecordBlock]:
        """The objects."""
        if dialect.array:
            return array_blocks(source.name, texts(source.file, dialect.encoding, size=size), wanted=wanted)
        return line_blocks(source.name, lines(source.file, dialect.encoding, size=size), wanted=wanted)

    def first_block(self, source: Source, dialect: Dialect, *, wanted: tuple[str, ...] = ()) -> RecordBlock:
        """The first block that has records; one of refused lines alone has no columns."""
        read = 0
        for block in self.blocks(source, dialect, size=HEAD, wanted=wanted):
            if len(block.table):
                return block
            read += block.read
        raise _no_records(source, read)


def _no_records(source: Source, read: int) -> DataError:
    hint = "each line must be one JSON object, or the file one array of them"
    what = "no line is a JSON object" if read else "the file is empty"
    return DataError(what, file=source.name, hint=hint)
