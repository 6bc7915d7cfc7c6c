"""Delimited text to records, counted by us.

A stray quotation mark must cost one record, not the rest of the file, so quoting is decided record by record: a record
ends on its own line, or on a later one if its quotes close there and the lines in between are not records themselves.
Blocks in which every line is a record beyond doubt go to Arrow's parser at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.ingest.cells import guess_delimiter, simply_quoted, split_line, split_lines, tokenize
from graph.ingest.decode import Lines
from graph.ingest.rejects import Reject, reject
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

CELL_LIMIT = 1 << 20
# A quoted cell may run over this many lines.
_LONGEST_RECORD = 2000
# After that many lines most of which are records themselves, an open quotation mark is a stray one.
_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Some consecutive records of one file.

    Attributes:
        table: All columns as text (n, columns); an empty cell is the empty string.
        rows: Record number of each row of the table, int64 (n,), 1-based within the file.
        rejects: The records that are not in the table.
        read: Number of records, so n + len(rejects).
    """

    table: pa.Table
    rows: Int64
    rejects: tuple[Reject, ...]
    read: int


@dataclass
class _Draft:
    """What a scan has gathered so far: runs of parsed columns and the rejects between them."""

    width: int
    runs: list[pa.Table] = field(default_factory=list)
    rows: list[Int64] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


class RecordScanner:
    """Scans the lines of one file into blocks of records.

    Args:
        file: Name for messages and rejects.
        delimiter: One character, or ``auto``.

    Raises:
        DataError: the file has no header, or an unusable one.
    """

    def __init__(self, file: str, delimiter: str) -> None:
        self.file = file
        self.delimiter = delimiter
        self.header: list[str] = []
        self._seen = 0
        self._carry: list[str] = []
        self._carry_bad: set[int] = set()

    def scan(self, blocks: Iterator[Lines]) -> Iterator[RecordBlock]:
        """The file's records, a block of lines at a time."""
        for block in blocks:
            texts, bad = block.text, set(block.bad)
            while not self.header and texts:
                if 0 in bad:
                    raise DataError(
                        "the header does not decode", file=self.file, hint="declare the file's encoding in the mapping"
                    )
                first, _, texts = texts.partition(b"\n")
                if first.strip():
                    self._read_header(first.decode("utf-8"))
                bad = {number - 1 for number in bad}
            if not self.header:
                continue
            yield self._block(texts, bad, last=False)
        if not self.header:
            raise DataError(
                "the file is empty", file=self.file, hint="it must have a header line that names the columns"
            )
        if self._carry:
            yield self._block(b"", set(), last=True)

    def _read_header(self, line: str) -> None:
        if "\0" in line:
            raise DataError(
                "the header contains NUL bytes",
                file=self.file,
                hint="this is not a text file, or its encoding is UTF-16",
            )
        if "\r" in line:
            raise DataError(
                "its lines end in CR alone", file=self.file, hint="save it with LF or CR LF line ends, as CSV (UTF-8)"
            )
        if self.delimiter == "auto":
            self.delimiter = guess_delimiter(line)
        names = split_line(line.strip("\ufeff"), self.delimiter)
        names = [n.strip() for n in names] if names else []
        if not any(names):
            raise DataError("the file has no header", file=self.file, hint="the first line must name the columns")
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise DataError(
                f"the header names {twice[0]!r} twice", file=self.file, hint="give every column its own name"
            )
        self.header = names

    def _block(self, text: bytes, bad: set[int], *, last: bool) -> RecordBlock:
        draft = _Draft(len(self.header))
        start = self._seen
        if text.endswith(b"\n\n") and b'"' not in text and not self._carry:
            text = text.rstrip(b"\n") + b"\n"
        if self._plain(text) and not bad and not self._carry:
            self._parse_plain(text, draft)
        else:
            lines = text.decode("utf-8").split("\n")
            if lines[-1] == "":
                lines.pop()
            shift = len(self._carry)
            lines, bad = self._carry + lines, self._carry_bad | {n + shift for n in bad}
            self._carry, self._carry_bad = [], set()
            # The csv module refuses cells of more than 128 Ki characters, so what it takes is not too large.
            whole = None if bad or b"\0" in text else split_lines(lines, self.delimiter, draft.width)
            if whole is None:
                self._parse_lines(lines, bad, draft, last=last)
            else:
                draft.cells, draft.numbers = whole, list(range(start + 1, start + len(whole) + 1))
                self._seen += len(whole)
        return self._finish(draft, self._seen - start)

    def _plain(self, text: bytes) -> bool:
        """Whether every line is a record and a line feed the only thing that ends one."""
        if any(mark in text for mark in (b"\0", b"\r", b"\n\n")) or text.startswith(b"\n"):
            return False
        if b'"' in text and not simply_quoted(text, self.delimiter):
            return False
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        longest = int(np.diff(ends, prepend=-1, append=len(text)).max()) if len(ends) else len(text)
        return longest <= CELL_LIMIT

    def _parse_plain(self, text: bytes, draft: _Draft) -> None:
        """Lines that are records each, by Arrow; records with a wrong number of cells come back one by one."""
        if not text:
            return
        count = text.count(b"\n") + (not text.endswith(b"\n"))
        if draft.width == 1 or self.delimiter.encode() not in text:
            # Arrow takes an empty line of one column for a record.
            self._parse_lines(text.decode("utf-8").removesuffix("\n").split("\n"), set(), draft, last=True)
            return
        import pyarrow as pa
        import pyarrow.csv as pc

        wrong: list[tuple[int, str]] = []

        def keep(row: pc.InvalidRow) -> str:
            wrong.append((row.number, row.text))
            return "skip"

        names = [str(i) for i in range(draft.width)]
        table = pc.read_csv(
            pa.BufferReader(text),
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
            parse_options=pc.ParseOptions(
                delimiter=self.delimiter,
                quote_char='"' if b'"' in text else False,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        rows = np.arange(self._seen + 1, self._seen + count + 1)
        if wrong:
            at = np.asarray([number - 1 for number, _ in wrong])
            for number, line in wrong:
                draft.rejects.append(reject(self.file, self._seen + number, "column_count", raw=line))
            rows = np.delete(rows, at)
        self._flush(draft)
        draft.runs.append(table)
        draft.rows.append(rows)
        self._seen += count

    def _parse_lines(self, lines: Sequence[str], bad: set[int], draft: _Draft, *, last: bool) -> None:
        at = 0
        while at < len(lines):
            line = lines[at]
            if at in bad:
                self._refuse(draft, "encoding", line)
            elif line:
                cells = split_line(line, self.delimiter)
                if cells is not None:
                    self._accept(draft, cells, line)
                else:
                    end, cells = self._join(lines, at)
                    if cells is None and end == len(lines) and not last:
                        self._carry, self._carry_bad = list(lines[at:]), {n - at for n in bad if n >= at}
                        return
                    if cells is None:
                        self._refuse(draft, "stray_quote", line)
                    elif bad.intersection(range(at, end + 1)):
                        self._refuse(draft, "encoding", "\n".join(lines[at : end + 1]))
                        at = end
                    else:
                        self._accept(draft, cells, "\n".join(lines[at : end + 1]))
                        at = end
            at += 1

    def _join(self, lines: Sequence[str], at: int) -> tuple[int, list[str] | None]:
        """The last line and the cells of a record over several lines.

        The cells are None where the quotation mark is a stray one, and the line is then ``len(lines)`` where more
        lines could show that it is not.
        """
        first = tokenize(lines[at], self.delimiter)
        if first is None or not first[1]:
            return at, None
        cells, width = first[0], len(self.header)
        text, within, records = [cells.pop()], 0, 0
        for end in range(at + 1, min(len(lines), at + _LONGEST_RECORD)):
            line = lines[end]
            piece = tokenize(line, self.delimiter, inside=True) if '"' in line else ([line], True)
            if piece is None:
                return at, None
            (head, *tail), is_open = piece
            text.append(head)
            if tail:
                cells += ["\n".join(text), *tail]
                text = [cells.pop()] if is_open else []
            if not is_open:
                cells += ["\n".join(text)] if text else []
                # Prose may hold a line that looks like a record, but rarely two; and the line that ends a cell begun
                # in a later column is shorter than a record, unless both of the quotation marks are stray ones.
                looks = 2 * records > within and (records > 1 or self._is_record(line, strict=False))
                stray = looks or len(cells) != width
                return (at, None) if stray else (end, cells)
            within += bool(line)
            records += self._is_record(line, strict=True)
            if len(cells) >= width or (within >= _EVIDENCE and 2 * records > within):
                return at, None
        return (len(lines), None) if at + _LONGEST_RECORD > len(lines) else (at, None)

    def _is_record(self, line: str, *, strict: bool) -> bool:
        """Whether a line is a record by itself; in a file of one column every line is, which says nothing."""
        width = len(self.header)
        if width == 1:
            return False
        if '"' not in line:
            return line.count(self.delimiter) == width - 1
        found = tokenize(line, self.delimiter, strict=strict)
        return found is not None and not found[1] and len(found[0]) == width

    def _accept(self, draft: _Draft, cells: list[str], line: str) -> None:
        if len(cells) != draft.width:
            self._refuse(draft, "column_count", line)
        elif "\0" in line:
            self._refuse(draft, "nul_byte", line)
        elif len(line) > CELL_LIMIT // 4 and max(len(c.encode("utf-8")) for c in cells) > CELL_LIMIT:
            self._refuse(draft, "cell_too_large", line)
        else:
            self._seen += 1
            draft.cells.append(cells)
            draft.numbers.append(self._seen)

    def _refuse(self, draft: _Draft, reason: str, line: str) -> None:
        self._seen += 1
        draft.rejects.append(reject(self.file, self._seen, reason, raw=line))

    def _flush(self, draft: _Draft) -> None:
        if draft.cells:
            import pyarrow as pa

            columns = [pa.array(c, pa.large_string()) for c in zip(*draft.cells, strict=True)]
            draft.runs.append(pa.table(columns, names=[str(i) for i in range(draft.width)]))
            draft.rows.append(np.asarray(draft.numbers, np.int64))
            draft.cells, draft.numbers = [], []

    def _finish(self, draft: _Draft, read: int) -> RecordBlock:
        import pyarrow as pa

        self._flush(draft)
        schema = pa.schema([(str(i), pa.large_string()) for i in range(draft.width)])
        table = pa.concat_tables(draft.runs) if draft.runs else schema.empty_table()
        rows = np.concatenate(draft.rows) if draft.rows else np.zeros(0, np.int64)
        return RecordBlock(table.rename_columns(self.header), rows, tuple(draft.rejects), read)
