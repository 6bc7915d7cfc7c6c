from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ingest.csv.cells import guess_delimiter, split_line, unescape
from graph.ingest.csv.line_scan import LineIndex
from graph.ingest.csv.records import RecordScanner
from graph.ingest.decoding.decode import Lines

Found = tuple[list[tuple[int, tuple[str, ...]]], list[tuple[int, str]], int]


class OneByOne(RecordScanner):
    """The reference: every line is looked at by itself, none goes to Arrow's parser."""

    def _plain(self, text: bytes) -> None:
        return None

    def _suspects(self, lines: LineIndex, block: Lines) -> Any:
        return np.arange(len(lines))


def scan(blocks: Iterator[Lines] | list[Lines], scanner: RecordScanner | None = None) -> Found:
    good, rejects, read = [], [], 0
    for block in (scanner or RecordScanner("f.csv", "auto")).scan(iter(blocks)):
        assert block.read == len(block.table) + len(block.rejects)
        good += list(
            zip(block.rows.tolist(), zip(*[c.to_pylist() for c in block.table.columns], strict=True), strict=True)
        )
        rejects += [(r.row, r.reason) for r in block.rejects]
        read += block.read
    assert sorted([row for row, _ in good] + [row for row, _ in rejects]) == list(range(1, read + 1))
    return good, rejects, read


def rows(text: str) -> list[tuple[str, ...]]:
    good, rejects, _ = scan([Lines(text.encode())])
    assert rejects == []
    return [cells for _, cells in good]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"a" , "b"', ["a", "b"]),
        ('1, "x, y"\t,2', ["1", "x, y", "2"]),
        ('a, "b" c', ["a", ' "b" c']),
        ('a, "b', ["a", ' "b']),
        ('"a" x,b', None),
        ('  "a",b', ["a", "b"]),
        ('"""a""",""', ['"a"', ""]),
    ],
)
def test_blanks_around_quoted_cells(line: str, cells: list[str] | None) -> None:
    assert split_line(line, ",") == cells


def test_a_tab_that_separates_is_no_blank() -> None:
    assert split_line('a\t"b"\t\t"c" ', "\t") == ["a", "b", "", "c"]


def test_escaped_quotation_marks() -> None:
    assert unescape('"say \\"hi\\"","c:\\\\","\\N"') == '"say ""hi""","c:\\","\\N"'
    text = 'id,t\n1,"say \\"hi\\", now"\n2,"c:\\\\"\n3,"\\"","x"\n'
    assert rows(text.replace('3,"\\"","x"', '3,"\\""')) == [("1", 'say "hi", now'), ("2", "c:\\"), ("3", '"')]


def test_a_backslash_at_the_end_of_a_cell_is_text_where_marks_are_doubled() -> None:
    assert rows('p,t\n"C:\\","a ""b"""\n"D:\\","c"\n') == [("C:\\", 'a "b"'), ("D:\\", "c")]


def test_an_escaped_mark_late_in_the_file_costs_nothing() -> None:
    body = "".join(f'{i},"x"\n' for i in range(20_000))
    good, rejects, _ = scan([Lines(f'id,t\n{body}7,"say \\"hi\\" now"\n'.encode())])
    assert (rejects, good[-1]) == ([], (20_001, ("7", 'say "hi" now')))


def test_marks_inside_unquoted_cells_are_text() -> None:
    assert rows('id,t,n\n1,5\'11",x\n2,say "hi" now,"q"\n3,a""b,"p ""q"""\n') == [
        ("1", "5'11\"", "x"), ("2", 'say "hi" now', "q"), ("3", 'a""b', 'p "q"'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b,\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
        ("a,b\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
        ("a,b,,,\n1,2,,,\n", [("1", "2")]),
        ('"a","b",\n"1","2",\n', [("1", "2")]),
        # The column has no name, but it is one.
        ("a,b,\n1,2,x\n", [("1", "2", "x")]),
        (",a\n0,1\n", [("0", "1")]),
    ],
)
def test_delimiters_at_the_ends_of_lines(text: str, expected: list[tuple[str, ...]]) -> None:
    assert rows(text) == expected


def test_something_behind_the_last_column_is_no_record() -> None:
    text = "a,b,\n" + "1,2,\n" * 60 + "3,4,x\n5,6,\n7,8\n"
    assert scan([Lines(text.encode())])[1] == [(61, "column_count"), (63, "column_count")]


def test_repeated_headers() -> None:
    text = 'id,t\n1,a\nid,t\n2,id\nid,x\n\ufeffid,t\n"id", "t"\n3,t\n'
    good, rejects, _ = scan([Lines(text.encode())])
    assert rejects == [(2, "repeated_header"), (5, "repeated_header"), (6, "repeated_header")]
    assert [row for row, _ in good] == [1, 3, 4, 7]


def test_bare_carriage_returns() -> None:
    text = 'id,t\n1,a\rb\n2,"a\rb"\n3,"a\rb",\r\n4,"x\n\ry"\n'
    good, rejects, _ = scan([Lines(text.encode())])
    assert rejects == [(1, "stray_cr"), (3, "stray_cr")]
    assert good == [(2, ("2", "a\rb")), (4, ("4", "x\n\ry"))]


def test_wrong_lines_keep_their_numbers_in_a_large_block() -> None:
    wrong = {5, 99_999, 150_000, 299_998}
    body = "".join(f"{i},only\n" if i in wrong else f"{i},some text,{i % 7}\n" for i in range(300_000))
    assert len(body) > 5 << 20
    good, rejects, read = scan([Lines(("id,t,n\n" + body).encode())])
    assert (read, rejects) == (300_000, [(i + 1, "column_count") for i in sorted(wrong)])
    assert all(int(cells[0]) == row - 1 for row, cells in good)


def test_many_open_marks_do_not_take_long() -> None:
    body = '"x\n' + "y\n" * 3000
    good, rejects, read = scan([Lines(("a\n" + body * 40).encode())])
    assert (read, len(rejects), {r for _, r in rejects}) == (40 * 3001, 40, {"stray_quote"})
    assert len(good) == 40 * 3000


def test_a_delimiter_that_is_not_ascii() -> None:
    good, rejects, _ = scan([Lines('a，b\n1，2\n3\n"x，y"，z\n'.encode())], RecordScanner("f", "，"))
    assert ([c for _, c in good], rejects) == ([("1", "2"), ("x，y", "z")], [(2, "column_count")])


def test_a_line_that_had_to_be_cut_is_too_large() -> None:
    found = scan([Lines(b"a,b\n1,2\n"), Lines(b'3,"xxxx\n', (), (0,)), Lines(b"4,5\n")])
    assert found == ([(1, ("1", "2")), (3, ("4", "5"))], [(2, "cell_too_large")], 3)
    with pytest.raises(DataError, match="header"):
        scan([Lines(b"aaaa\n", (), (0,)), Lines(b"1\n")])


_PIECES = st.sampled_from([
    "a", "b", ",", ",", '"', '"', "\n", "\n", " ", "\t", "\r", "\0", "\\", '""', '","', '"\n"', "x,y,z\n",
    '"p","q","r"\n', "1,2,3\n", "é", "a,b,c\n", '\\"', "\n\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=50), st.sampled_from([0, 1, 3]))
@example(['"', "\n", "\n", '"', ","], 1)
def test_the_short_way_is_the_long_way(pieces: list[str], cuts: int) -> None:
    text = "a,b,c\n" + "".join(pieces)
    lines = [line + "\n" for line in text.split("\n")[:-1]] + ([tail] if (tail := text.split("\n")[-1]) else [])
    blocks = ["".join(lines[i : i + cuts]) for i in range(0, len(lines), cuts)] if cuts else [text]
    expected = scan([Lines(text.encode())], OneByOne("f.csv", ","))
    assert scan([Lines(b.encode()) for b in blocks], RecordScanner("f.csv", ",")) == expected


def test_delimiters_by_the_lines_below_the_header() -> None:
    assert guess_delimiter("a,b,c;d", ["1;2", "3;4"]) == ";"
    assert guess_delimiter("name", preferred="\t") == "\t"
