"""Reads one record at a time where a line alone does not show where its record ends."""

from __future__ import annotations

from graph.ingest.csv.cells import has_bare_return, split_line, tokenize, unescape
from graph.ingest.csv.line_scan import LineIndex
from graph.ingest.decoding.decode import LINE_ENDS

CELL_LIMIT = 1 << 20
# Most lines of a quoted cell.
_LONGEST = 2000
# An open quotation mark is a stray one once most of so many lines behind it are records themselves.
_ENOUGH_LINES = 20


class LineReader:
    """Reads single records of one file.

    Args:
        delimiter: One character.
        width: Cells of a record.
    """

    def __init__(self, delimiter: str, width: int) -> None:
        self.delimiter, self.width = delimiter, width
        self._mark = delimiter.encode("utf-8")
        self._lines_to_try = _LONGEST

    def read(
        self, lines: LineIndex, at: int, *, bad: set[int], cut: set[int], ends: bytes = b""
    ) -> tuple[int, list[str] | None, str]:
        """Where the record that begins on a line ends, its cells, and the reason if it is refused.

        The end is 0 where more lines are needed to decide whether an open quotation mark is a stray one.

        Args:
            lines: The lines of a block.
            at: The first line of the record.
            bad: Lines that do not decode.
            cut: Lines that had to be cut.
            ends: What the lines ended in, as in ``Lines.ends``; within a quoted cell it is text.
        """
        if at in cut:
            return at + 1, None, "cell_too_large"
        if at in bad:
            return at + 1, None, "encoding"
        line = lines[at]
        cells, end = split_line(line, self.delimiter), at + 1
        if (cells is None or len(cells) != self.width) and '\\"' in line:
            escaped = split_line(unescape(line), self.delimiter)
            if escaped is not None and len(escaped) == self.width:
                cells = escaped
        if cells is None:
            stop, cells = self._join(lines, at, ends)
            if cells is None:
                # A character between a closing mark and the delimiter may be the cause, rather than the mark.
                reason = "nul_byte" if "\0" in line else "stray_cr" if has_bare_return(line) else "stray_quote"
                return 0 if stop == len(lines) else at + 1, None, reason
            end = stop + 1
            if bad.intersection(range(at, end)):
                return end, None, "encoding"
            if cut.intersection(range(at, end)):
                return end, None, "cell_too_large"
            line = "\n".join(lines[at:end])
        return end, cells, self._fault(cells, line)

    def _fault(self, cells: list[str], line: str) -> str:
        if "\0" in line:
            return "nul_byte"
        if has_bare_return(line):
            return "stray_cr"
        if len(cells) != self.width:
            return "column_count"
        if len(line) > CELL_LIMIT // 4 and max(len(c.encode("utf-8")) for c in cells) > CELL_LIMIT:
            return "cell_too_large"
        return ""

    def _join(self, lines: LineIndex, at: int, ends: bytes) -> tuple[int, list[str] | None]:
        """The last line and the cells of a record over several lines.

        The cells are None where the quotation mark is a stray one; the line is then ``len(lines)`` where more lines
        are needed to decide that.
        """
        first = tokenize(lines[at], self.delimiter)
        if first is None or not first[1] or self._precedes_records(lines, at):
            return at, None
        cells, width = first[0], self.width
        text, within, records, size = [cells.pop()], 0, 0, 0
        for end in range(at + 1, min(len(lines), at + self._lines_to_try)):
            line = lines[end]
            size += len(line)
            piece = tokenize(line, self.delimiter, inside=True) if '"' in line else ([line], True)
            if piece is None:
                return at, None
            (head, *tail), is_open = piece
            text.append((LINE_ENDS[ends[end - 1]] if ends else "\n") + head)
            if tail:
                cells += ["".join(text), *tail]
                text = [cells.pop()] if is_open else []
            if not is_open:
                cells += ["".join(text)] if text else []
                # Text in a cell may hold one line that looks like a record, but rarely two. The line that ends a cell
                # begun in a later column has fewer cells than a record, unless both quotation marks are stray ones.
                looks = 2 * records > within and (records > 1 or self._is_record(line, strict=False))
                stray = looks or len(cells) != width
                self._lines_to_try = self._lines_to_try if stray else _LONGEST
                return (at, None) if stray else (end, cells)
            within += bool(line)
            records += self._is_record(line, strict=True)
            if len(cells) >= width or (within >= _ENOUGH_LINES and 2 * records > within) or size > 4 * CELL_LIMIT:
                return at, None
        if at + self._lines_to_try > len(lines):
            return len(lines), None
        # Look at fewer lines for the next mark, so that many marks that never close do not cost quadratic time.
        self._lines_to_try = max(self._lines_to_try // 2, 2 * _ENOUGH_LINES)
        return at, None

    def _precedes_records(self, lines: LineIndex, at: int) -> bool:
        """Whether most of the next lines have as many delimiters as a record; a quick check that settles most marks."""
        if self.width == 1 or at + _ENOUGH_LINES >= len(lines):
            return False
        following = lines.between(at + 1, at + 1 + _ENOUGH_LINES)
        if b'"' in following:
            return False
        counts = [line.count(self._mark) for line in following.split(b"\n") if line]
        return len(counts) == _ENOUGH_LINES and 2 * counts.count(self.width - 1) > _ENOUGH_LINES

    def _is_record(self, line: str, *, strict: bool) -> bool:
        """Whether a line is a record by itself; False in a file of one column, where every line would be."""
        width = self.width
        if width == 1:
            return False
        if '"' not in line:
            return line.count(self.delimiter) == width - 1
        found = tokenize(line, self.delimiter, strict=strict)
        return found is not None and not found[1] and len(found[0]) == width
