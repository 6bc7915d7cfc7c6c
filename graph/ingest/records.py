"""Delimited text to records, counted by us.

A stray quotation mark must cost one record, not the rest of the file, so quoting is decided record by record: a record
ends on its own line, or on a later one if its quotes close there and the lines in between are not records themselves.
Lines that are records beyond doubt go to Arrow's parser together; only the others are looked at one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.ingest.cells import quoted_line, unescape
from graph.ingest.decode import LINE_ENDS, Lines
from graph.ingest.layout import OPENING, Layout, read_layout
from graph.ingest.linereader import CELL_LIMIT, LineReader
from graph.ingest.linewise import LineIndex, Mask, cleanly_quoted, has_long_line
from graph.ingest.rejects import Reject, reject
from graph.ingest.sheet import parse_lines
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Some consecutive records of one file.

    Attributes:
        table: All columns as text (n, columns); an empty cell is the empty string.
        rows: Record number of each row of the table, int64 (n,), 1-based within the file, ascending.
        rejects: The records that are not in the table, by row.
        read: Number of records, so n + len(rejects).
    """

    table: pa.Table
    rows: Int64
    rejects: tuple[Reject, ...]
    read: int


@dataclass
class Odd:
    """Records that were looked at one by one: by their first line, cells or the reason of a reject."""

    first: list[int] = field(default_factory=list)
    cells: list[list[str] | None] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


class RecordScanner:
    """Scans the lines of one file into blocks of records.

    Quotation marks are read as RFC 4180 readers do: one that begins a cell must close it again, on its line or a later
    one, else the record is refused as ``stray_quote``. One within a cell that does not begin with one is text, and the
    cell then holds exactly what the file says; a mark behind blanks that closes nothing is text too. Line ends and
    carriage returns within a quoted cell are text and stay as they are.

    Args:
        file: Name for messages and rejects.
        delimiter: One character, or ``auto``.
        preferred: The delimiter where ``auto`` finds none in the header.

    Attributes:
        layout: What the first lines tell, once ``scan`` has read them.

    Raises:
        DataError: the file has no header, or an unusable one.
    """

    def __init__(self, file: str, delimiter: str, *, preferred: str = ",") -> None:
        self.file = file
        self.layout = Layout(delimiter, (), (), 0, escaped=False, skip=0, guessed=False)
        self._preferred = preferred
        self._seen = 0
        self._carry = Lines(b"")
        self._reader = LineReader(delimiter, 0)

    @property
    def delimiter(self) -> str:
        """The delimiter as declared, or as found in the first lines."""
        return self.layout.delimiter

    def scan(self, blocks: Iterator[Lines]) -> Iterator[RecordBlock]:
        """The file's records, a block of lines at a time."""
        for block in self._opened(blocks):
            yield self._block(block, last=False)
        if self._carry.text:
            yield self._block(Lines(b""), last=True)

    def _opened(self, blocks: Iterator[Lines]) -> Iterator[Lines]:
        """The blocks without what precedes the first record."""
        opening = Lines(b"")
        for block in blocks:
            opening = _joined(opening, block)
            if len(opening.text) >= OPENING and opening.text[:OPENING].strip():
                break
        head = opening.text[:OPENING]
        whole = head[: head.rfind(b"\n") + 1] or opening.text.partition(b"\n")[0]
        texts = (whole if len(head) < len(opening.text) else head).decode("utf-8", "replace").split("\n")
        layout = read_layout(self.file, texts, self.delimiter, preferred=self._preferred)
        if layout is None:
            raise DataError(
                "the file is empty", file=self.file, hint="it must have a header line that names the columns"
            )
        if set(range(layout.skip)) & {*opening.bad, *opening.cut}:
            raise DataError(
                "the header does not decode", file=self.file, hint="declare the file's encoding in the mapping"
            )
        self.layout = layout
        self._reader = LineReader(layout.delimiter, layout.width)
        yield _without_first(opening, layout.skip)
        yield from blocks

    def _block(self, block: Lines, *, last: bool) -> RecordBlock:
        if self.layout.escaped and b"\\" in block.text:
            block = replace(block, text=unescape(block.text.decode("utf-8")).encode("utf-8"))
        if not self._carry.text and not block.bad and not block.cut:
            found = self._plain(block.text)
            if found is not None:
                return found
        return self._patched(_joined(self._carry, block), last=last)

    def _plain(self, text: bytes) -> RecordBlock | None:
        """The records of a text of which each line is one beyond doubt; None where some are not."""
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
        # Fewer where a line is blank, or where a quoted cell runs over several.
        if parsed is None or len(parsed.table) + len(parsed.wrong) != count:
            return None
        rows = np.arange(self._seen + 1, self._seen + count + 1)
        rejects = [reject(self.file, int(rows[n]), "column_count", raw=line) for n, line in parsed.wrong]
        rows = np.delete(rows, [n for n, _ in parsed.wrong])
        self._seen += count
        return self._finish(parsed.table, rows, rejects, count)

    def _patched(self, block: Lines, *, last: bool) -> RecordBlock:
        """The records of a text of which some lines must be looked at one by one."""
        lines = LineIndex(block.text)
        simple = lines.ends > lines.starts
        odd = self._odd_ones(lines, block, simple, last=last)
        first = simple.copy()
        first[odd.first] = True
        numbers = np.cumsum(first) + self._seen
        read = int(first.sum())
        start, self._seen = self._seen, self._seen + read
        rejects = [
            reject(self.file, int(numbers[at]), reason, raw=raw)
            for at, reason, raw in zip(odd.first, odd.reasons, odd.raw, strict=True)
            if reason
        ]
        # A delimiter that Arrow does not know has no simple lines either.
        delimiter = self.delimiter if self.delimiter.isascii() else ","
        others = [
            (at, quoted_line(cells, delimiter))
            for at, cells in zip(odd.first, odd.cells, strict=True)
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
        rows = numbers[simple]
        rejects += [reject(self.file, int(rows[n]), "column_count", raw=line) for n, line in parsed.wrong]
        rows = np.delete(rows, [n for n, _ in parsed.wrong])
        return self._finish(parsed.table, rows, rejects, read)

    def _odd_ones(self, lines: LineIndex, block: Lines, simple: Mask, *, last: bool) -> Odd:
        """The records that begin on a line which is not simple; clears their lines in ``simple``."""
        bad, cut = set(block.bad), set(block.cut)
        odd, end, self._carry = Odd(), 0, Lines(b"")
        for at in self._suspects(lines, block).tolist():
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
            odd.first.append(at)
            odd.cells.append(None if reason else cells)
            odd.reasons.append(reason)
            odd.raw.append(_text_of(lines, at, end, block.ends) if reason else "")
        return odd

    def _suspects(self, lines: LineIndex, block: Lines) -> Int64:
        """Numbers of the lines that may not be records by themselves, ascending."""
        if not self.delimiter.isascii():
            return np.arange(len(lines))
        found = [
            lines.oddly_quoted(self.delimiter),
            lines.holding(b"\0"),
            lines.holding(b"\r"),
            np.flatnonzero(lines.ends - lines.starts > CELL_LIMIT),
            np.asarray([*block.bad, *block.cut], np.int64),
        ]
        return np.unique(np.concatenate(found))

    def _finish(self, table: pa.Table, rows: Int64, rejects: list[Reject], read: int) -> RecordBlock:
        """The block without the records that repeat the header or have something behind the last column."""
        layout = self.layout
        faults = dict.fromkeys(_repeats(table, layout), "repeated_header")
        for column in table.columns[len(layout.header) :]:
            faults.update({at: "column_count" for at in _filled(column) if at not in faults})
        for at, reason in sorted(faults.items()):
            raw = self.delimiter.join(column[at].as_py() for column in table.columns)
            rejects.append(reject(self.file, int(rows[at]), reason, raw=raw))
        if faults:
            import pyarrow as pa

            good = np.ones(len(table), np.bool_)
            good[list(faults)] = False
            table, rows = table.filter(pa.array(good)), rows[good]
        table = table.select(range(len(layout.header))).rename_columns(list(layout.header))
        return RecordBlock(table, rows, tuple(sorted(rejects, key=lambda r: r.row)), read)


def _joined(first: Lines, second: Lines) -> Lines:
    if not first.text:
        return second
    shift = first.text.count(b"\n")
    ends = b""
    if first.ends or second.ends:
        ends = (first.ends or bytes(shift)) + (second.ends or bytes(second.text.count(b"\n")))
    return Lines(
        first.text + second.text,
        (*first.bad, *(n + shift for n in second.bad)),
        (*first.cut, *(n + shift for n in second.cut)),
        ends,
    )


def _text_of(lines: LineIndex, first: int, last: int, ends: bytes) -> str:
    """Some lines as they stand in the file, without the last line's end."""
    if last - first == 1:
        return lines[first]
    inner = [LINE_ENDS[ends[n]] if ends else "\n" for n in range(first, last - 1)]
    return "".join(itertools.chain.from_iterable(zip(lines[first:last], [*inner, ""], strict=True)))


def _without_first(block: Lines, count: int) -> Lines:
    at = 0
    for _ in itertools.repeat(None, count):
        at = block.text.find(b"\n", at) + 1 or len(block.text)
    bad, cut = (tuple(n - count for n in numbers if n >= count) for numbers in (block.bad, block.cut))
    return Lines(block.text[at:], bad, cut, block.ends[count:])


def _repeats(table: pa.Table, layout: Layout) -> list[int]:
    """Positions of the records that are the header again."""
    import pyarrow.compute as pc

    first, found = layout.raw_header[0], set[int]()
    for name in {first, first.strip(), f"\ufeff{first}"}:
        found.update(np.flatnonzero(pc.equal(table.column(0), name).to_numpy()).tolist())
    names = [*layout.header, *[""] * layout.ghosts]
    return [at for at in sorted(found) if [c[at].as_py().strip("\ufeff").strip() for c in table.columns] == names]


def _filled(column: pa.ChunkedArray) -> list[int]:
    import pyarrow.compute as pc

    return np.flatnonzero(pc.not_equal(column, "").to_numpy()).tolist()
