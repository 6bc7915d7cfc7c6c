"""Scans delimited text into records and counts them, independently of the parser.

A stray quotation mark must cost one record and not the rest of the file, so quoting is decided record by record: a
record ends on its own line, or on a later one if its quotation marks close there and most lines in between are not
records themselves. Lines that are certainly whole records go to Arrow's parser together; others are read one by one.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.ingest.csv.arrow_csv import ParsedLines, parse_lines
from graph.ingest.csv.blank_rows import filled, repeats
from graph.ingest.csv.cells import quoted_line, split_line, unescape
from graph.ingest.csv.layout import OPENING, Layout, read_layout
from graph.ingest.csv.line_reader import CELL_LIMIT, LineReader
from graph.ingest.csv.line_scan import LineIndex, Mask, cleanly_quoted, has_long_line
from graph.ingest.csv.preamble import is_remark
from graph.ingest.decoding.decode import LINE_ENDS, Lines
from graph.ingest.decoding.line_blocks import joined, without_first, without_last
from graph.ingest.rejects.reject import Reject, reject
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa


# Keys of ``RecordBlock.skipped``: where lines stand that are no records.
ABOVE, BELOW = "above the header", "at the end"


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Some consecutive records of one file.

    Attributes:
        table: All columns as text (n, columns); an empty cell is the empty string.
        rows: Record number of each row of the table, int64 (n,), 1-based within the file, ascending.
        rejects: The records that are not in the table, by row.
        read: Number of records, so n + len(rejects).
        lines: Line of the file on which each row of the table begins, int64 (n,), from 1; None where a file has none.
        skipped: Number of lines that are no records, by where they stand; blank lines do not count.
    """

    table: pa.Table
    rows: Int64
    rejects: tuple[Reject, ...]
    read: int
    lines: Int64 | None = None
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def places(self, rows: Sequence[int]) -> list[int]:
        """The lines on which the records with these numbers begin; 0 where a file has no lines."""
        if self.lines is None:
            return [0] * len(rows)
        found: list[int] = self.lines[np.searchsorted(self.rows, np.asarray(rows, np.int64))].tolist()
        return found


@dataclass
class SingleRecords:
    """Records that were read one by one: first line, cells, and the reason and text of those that are refused."""

    first: list[int] = field(default_factory=list)
    cells: list[list[str] | None] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


class RecordScanner:
    """Scans the lines of one file into blocks of records.

    Quotation marks are read as in RFC 4180: a mark that begins a cell must be closed, on its line or a later one, else
    the record is refused as ``stray_quote``. A mark inside a cell that does not begin with one is text, and so is a
    mark behind blanks that closes nothing. Line ends and carriage returns within a quoted cell are text and stay as
    they are.

    Args:
        file: Name for messages and rejects.
        delimiter: One character, or ``auto``.
        preferred: The delimiter where ``auto`` finds none in the header.
        header_row: 1-based number of the header's line; 0 for the first that is not blank.
        footer_rows: Lines at the end that are no records, blank ones apart.
        layout: Delimiter and header, where they are known already; else ``scan`` finds them in the first lines.

    Attributes:
        layout: Delimiter and header; final once ``scan`` has read the first lines.

    Raises:
        DataError: the file has no header, or an unusable one; or its footer holds a record.
    """

    def __init__(
        self,
        file: str,
        delimiter: str = "auto",
        *,
        preferred: str = ",",
        header_row: int = 0,
        footer_rows: int = 0,
        layout: Layout | None = None,
    ) -> None:
        self.file = file
        self._header_row, self._footer_rows = header_row, footer_rows
        self._known = layout is not None
        self.layout = layout or Layout(delimiter, (), (), 0, escaped=False, skip=0, guessed=False)
        self._preferred = preferred
        self._seen = self._lines = 0
        self._skipped: Counter[str] = Counter()
        self._carry = Lines(b"")
        self._reader = LineReader(delimiter, 0)

    @property
    def delimiter(self) -> str:
        """The delimiter as declared, or as found in the first lines."""
        return self.layout.delimiter

    def scan(self, blocks: Iterator[Lines]) -> Iterator[RecordBlock]:
        """The file's records, a block of lines at a time."""
        for block in without_last(self._opened(blocks), self._footer_rows, self._check_footer):
            yield self._block(block, last=False)
        if self._carry.text:
            yield self._block(Lines(b""), last=True)

    def _opened(self, blocks: Iterator[Lines]) -> Iterator[Lines]:
        """The blocks without the lines above the first record."""
        opening = Lines(b"")
        for block in blocks:
            opening = joined(opening, block)
            if len(opening.text) >= OPENING and opening.text[:OPENING].strip():
                break
        head = opening.text[:OPENING]
        whole = head[: head.rfind(b"\n") + 1] or opening.text.partition(b"\n")[0]
        texts = (whole if len(head) < len(opening.text) else head).decode("utf-8", "replace").split("\n")
        layout = self.layout if self._known else self._read_layout(texts)
        if layout is None:
            raise DataError(
                "the file is empty", file=self.file, hint="it must have a header line that names the columns"
            )
        if layout.skip - 1 in {*opening.bad, *opening.cut}:
            raise DataError(
                "the header does not decode", file=self.file, hint="declare the file's encoding in the mapping"
            )
        self.layout = layout
        self._reader = LineReader(layout.delimiter, layout.width)
        self._lines = layout.skip
        self._skipped.update({ABOVE: sum(bool(line.strip()) for line in texts[: layout.skip - 1])})
        yield without_first(opening, layout.skip)
        yield from blocks

    def _read_layout(self, texts: Sequence[str]) -> Layout | None:
        return read_layout(self.file, texts, self.delimiter, preferred=self._preferred, header_row=self._header_row)

    def _block(self, block: Lines, *, last: bool) -> RecordBlock:
        if self.layout.escaped and b"\\" in block.text:
            block = replace(block, text=unescape(block.text.decode("utf-8")).encode("utf-8"))
        if not self._carry.text and not block.bad and not block.cut:
            found = self._regular_records(block.text)
            if found is not None:
                return found
        return self._mixed_records(joined(self._carry, block), last=last)

    def _regular_records(self, text: bytes) -> RecordBlock | None:
        """The records of a text where every line is certainly one record; None where that is not so."""
        layout, quoted = self.layout, b'"' in text
        if (
            not self.delimiter.isascii()
            or b"\0" in text
            or b"\r" in text
            or has_long_line(text, CELL_LIMIT)
            or (quoted and not cleanly_quoted(text, self.delimiter))
        ):
            return None
        count = text.count(b"\n") + (text != b"" and not text.endswith(b"\n"))
        parsed = parse_lines(text, self.delimiter, layout.width, quoted=quoted)
        # There are fewer records where a line is blank or a quoted cell contains line ends.
        if parsed is None or len(parsed.table) + len(parsed.wrong) != count:
            return None
        found = _Found(np.arange(self._seen + 1, self._seen + count + 1), np.arange(count) + self._lines + 1)
        self._seen += count
        self._lines += count
        return self._finish(parsed, found, [], count)

    def _mixed_records(self, block: Lines, *, last: bool) -> RecordBlock:
        """The records of a text where some lines must be read one by one."""
        lines = LineIndex(block.text)
        simple = lines.ends > lines.starts
        single = self._read_one_by_one(lines, block, simple, last=last)
        first = simple.copy()
        first[single.first] = True
        numbers, places = np.cumsum(first) + self._seen, np.arange(len(lines)) + self._lines + 1
        read = int(first.sum())
        start, self._seen = self._seen, self._seen + read
        self._lines += len(lines) - self._carry.text.count(b"\n") - (not self._carry.text.endswith(b"\n"))
        rejects = [
            reject(self.file, int(numbers[at]), self._reason(reason, raw), raw=raw, line=int(places[at]))
            for at, reason, raw in zip(single.first, single.reasons, single.raw, strict=True)
            if reason
        ]
        # With a delimiter that Arrow does not accept, all records are read one by one and quoted anew with commas.
        delimiter = self.delimiter if self.delimiter.isascii() else ","
        others = [
            (at, quoted_line(cells, delimiter))
            for at, cells in zip(single.first, single.cells, strict=True)
            if cells is not None
        ]
        longest = max((len(text) for _, text in others), default=0)
        text = lines.joined(simple, others)
        parsed = parse_lines(text, delimiter, self.layout.width, quoted=b'"' in text, longest=longest)
        simple[[at for at, _ in others]] = True
        if parsed is None or len(parsed.table) + len(parsed.wrong) != simple.sum():
            raise DataError(
                f"the records after number {start} are cut in two ways",
                file=self.file,
                hint="this is a bug, please report it",
            )
        return self._finish(parsed, _Found(numbers[simple], places[simple]), rejects, read)

    def _read_one_by_one(self, lines: LineIndex, block: Lines, simple: Mask, *, last: bool) -> SingleRecords:
        """Reads the records that begin on irregular lines; clears their lines in ``simple``."""
        bad, cut = set(block.bad), set(block.cut)
        single, end, self._carry = SingleRecords(), 0, Lines(b"")
        for at in self._irregular_lines(lines, block).tolist():
            if at < end or not simple[at]:
                continue
            end, cells, reason = self._reader.read(lines, at, bad=bad, cut=cut, ends=block.ends)
            if not end and not last:
                rest, rest_cut = (tuple(n - at for n in numbers if n >= at) for numbers in (block.bad, block.cut))
                self._carry = Lines(lines.after(at), rest, rest_cut, block.ends[at:])
                simple[at:] = False
                break
            end = end or at + 1
            simple[at:end] = False
            single.first.append(at)
            single.cells.append(None if reason else cells)
            single.reasons.append(reason)
            single.raw.append(_text_of(lines, at, end, block.ends) if reason else "")
        return single

    def _irregular_lines(self, lines: LineIndex, block: Lines) -> Int64:
        """Numbers of the lines that may not be whole records, ascending."""
        if not self.delimiter.isascii():
            return np.arange(len(lines))
        found = [
            lines.irregularly_quoted(self.delimiter),
            lines.holding(b"\0"),
            lines.holding(b"\r"),
            np.flatnonzero(lines.ends - lines.starts > CELL_LIMIT),
            np.asarray([*block.bad, *block.cut], np.int64),
        ]
        return np.unique(np.concatenate(found))

    def _reason(self, reason: str, raw: str) -> str:
        """The reason of a refusal; a line with too few cells may be a remark or a total."""
        return "no_record" if reason == "column_count" and is_remark(raw, self.delimiter) else reason

    def _check_footer(self, line: str) -> None:
        """Count a line of the footer.

        Raises:
            DataError: it has a value in every column, so it seems to be a record.
        """
        cells = [cell.strip() for cell in split_line(line, self.delimiter) or []]
        names = len(self.layout.header)
        if names > 1 and len(cells) >= names and all(cells[:names]):
            raise DataError(
                f"one of the last {self._footer_rows} lines is a record: {line[:80]!r}",
                file=self.file,
                hint="correct footer_rows in the mapping",
            )
        self._skipped[BELOW] += 1

    def _finish(self, parsed: ParsedLines, found: _Found, rejects: list[Reject], read: int) -> RecordBlock:
        """The block; records that repeat the header or have a value behind the last column become rejects."""
        layout, table = self.layout, parsed.table
        wrong = [n for n, _ in parsed.wrong]
        for n, text in parsed.wrong:
            reason, (row, line) = self._reason("column_count", text), found.at(n)
            rejects.append(reject(self.file, row, reason, raw=text, line=line))
        found = found.without(wrong)
        faults = dict.fromkeys(repeats(table, layout), "repeated_header")
        for column in table.columns[len(layout.header) :]:
            faults.update({at: "column_count" for at in filled(column) if at not in faults})
        for at, reason in sorted(faults.items()):
            raw, (row, line) = self.delimiter.join(column[at].as_py() for column in table.columns), found.at(at)
            rejects.append(reject(self.file, row, reason, raw=raw, line=line))
        if faults:
            import pyarrow as pa

            good = np.ones(len(table), np.bool_)
            good[list(faults)] = False
            table, found = table.filter(pa.array(good)), found.without(list(faults))
        table = table.select(range(len(layout.header))).rename_columns(list(layout.header))
        skipped, self._skipped = MappingProxyType({k: n for k, n in self._skipped.items() if n}), Counter()
        rejects.sort(key=lambda r: r.row)
        return RecordBlock(table, found.rows, tuple(rejects), read, found.lines, skipped)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Numbers and lines of some records."""

    rows: Int64
    lines: Int64

    def at(self, position: int) -> tuple[int, int]:
        return int(self.rows[position]), int(self.lines[position])

    def without(self, positions: Sequence[int]) -> _Found:
        if not positions:
            return self
        return _Found(np.delete(self.rows, positions), np.delete(self.lines, positions))


def _text_of(lines: LineIndex, first: int, last: int, ends: bytes) -> str:
    """Some lines as they stand in the file, without the last line's end."""
    if last - first == 1:
        return lines[first]
    inner = [LINE_ENDS[ends[n]] if ends else "\n" for n in range(first, last - 1)]
    return "".join(itertools.chain.from_iterable(zip(lines[first:last], [*inner, ""], strict=True)))
