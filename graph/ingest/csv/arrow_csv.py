"""Parses lines of delimited text with Arrow, once it is certain where each record begins and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# Arrow parses faster in small blocks; a line must be shorter than one.
_CHUNK = 2 << 20


@dataclass(frozen=True, slots=True)
class ParsedLines:
    """Lines after parsing.

    Attributes:
        table: The records of the right width, all columns large_string, named "0", "1" and so on.
        wrong: The other lines: number (0-based) and text.
    """

    table: pa.Table
    wrong: list[tuple[int, str]]


def parse_lines(text: bytes, delimiter: str, width: int, *, quoted: bool, longest: int = 0) -> ParsedLines | None:
    """The cells of lines, or None where Arrow's parser gives up.

    Args:
        text: UTF-8 with LF line ends, no line longer than 1 MiB. Blank lines are skipped and not numbered, so the
            numbers of ``wrong`` lines are right only where there are none.
        delimiter: One ASCII character.
        width: Number of columns.
        quoted: Whether quotation marks enclose cells.
        longest: Bytes of the longest record where some have line ends within quoted cells; 0 where none has.
    """
    if not text:
        return ParsedLines(table_of([], width), [])
    import pyarrow as pa
    import pyarrow.csv as pc

    wrong: list[tuple[int, str]] = []

    def keep(row: pc.InvalidRow) -> str:
        wrong.append((row.number - 1, row.text))
        return "skip"

    names = [str(i) for i in range(width)]
    try:
        table = pc.read_csv(
            pa.BufferReader(text),
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=max(_CHUNK, 2 * longest)),
            parse_options=pc.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quoted else False,
                ignore_empty_lines=True,
                newlines_in_values=longest > 0,
                invalid_row_handler=keep,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return ParsedLines(table, wrong)


def table_of(records: Sequence[Sequence[str]], width: int) -> pa.Table:
    """Records of the same width as a table like that of ``parse_lines``."""
    import pyarrow as pa

    columns = zip(*records, strict=True) if records else [()] * width
    return pa.table([pa.array(c, pa.large_string()) for c in columns], names=[str(i) for i in range(width)])
