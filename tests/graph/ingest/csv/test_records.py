from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ingest.csv.cells import guess_delimiter, split_line, tokenize
from graph.ingest.csv.records import RecordScanner
from graph.ingest.decoding.decode import Lines


def scan(text: str, *, cuts: int = 0, delimiter: str = "auto") -> tuple[list[tuple[int, list[str]]], list, int]:
    """Accepted (row, cells), rejects and the record count of a text that arrives in blocks of ``cuts`` lines."""
    lines = text.encode().splitlines(keepends=True) if cuts else [text.encode()]
    blocks = [b"".join(lines[i : i + cuts]) for i in range(0, len(lines), cuts)] if cuts else lines
    good, rejects, read = [], [], 0
    for block in RecordScanner("f.csv", delimiter).scan(Lines(b) for b in blocks):
        assert block.read == len(block.rows) + len(block.rejects)
        good += list(zip(block.rows.tolist(), zip(*block.table.to_pydict().values(), strict=True), strict=True))
        rejects += block.rejects
        read += block.read
    return [(row, list(cells)) for row, cells in good], sorted(rejects, key=lambda r: r.row), read


def reasons(text: str, **options: int) -> list[tuple[int, str]]:
    return [(r.row, r.reason) for r in scan(text, **options)[1]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a,b", ["a", "b"]),
        ('"a,1",b', ["a,1", "b"]),
        ('"say ""hi""",b', ['say "hi"', "b"]),
        ("5'11\",b", ["5'11\"", "b"]),
        ('"",""', ["", ""]),
        ("a,", ["a", ""]),
        ('"a\rb",c', ["a\rb", "c"]),
        ('"a,b', None),
        ('"a"x,b', None),
    ],
)
def test_one_line(line: str, cells: list[str] | None) -> None:
    assert split_line(line, ",") == cells


def test_tokenize_tells_open_from_wrong() -> None:
    assert tokenize('a,"b', ",") == (["a", "b"], True)
    assert tokenize('b",c', ",", inside=True) == (["b", "c"], False)
    assert tokenize('b"x,c', ",", inside=True) is None
    assert tokenize('a"b,c', ",", strict=True) is None


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [("a,b;c,d", ","), ("a\tb", "\t"), ("a;b", ";"), ("a|b", "|"), ("id", ","), ('"a;b;c",d', ",")],
)
def test_guess_delimiter(header: str, delimiter: str) -> None:
    assert guess_delimiter(header) == delimiter


def test_a_stray_quote_costs_one_row() -> None:
    text = "id,name\n" + "".join(f"{i},n{i}\n" for i in range(1000)).replace("500,n500", '500,"n500')
    good, rejects, read = scan(text)
    assert (len(good), read) == (999, 1000)
    assert [(r.row, r.reason, r.raw) for r in rejects] == [(501, "stray_quote", '500,"n500')]


def test_two_stray_quotes_that_look_like_one_long_cell_cost_one_row() -> None:
    text = "id,name,n\n" + "".join(f"{i},x,{i}\n" for i in range(100))
    text = text.replace("20,x", '20,"x').replace("70,x", '70,x"')
    good, rejects, _ = scan(text)
    assert [(r.row, r.reason) for r in rejects] == [(21, "stray_quote")]
    assert (71, ["70", 'x"', "70"]) in good


def test_a_bad_line_behind_a_stray_quote_does_not_hide_it() -> None:
    body = ['1,"x,1', "2,y", *(f"{i},x,{i}" for i in range(3, 50)), '50,x",50', "51,x,51"]
    good, rejects, read = scan("id,name,n\n" + "\n".join(body))
    assert [(r.row, r.reason) for r in rejects] == [(1, "stray_quote"), (2, "column_count")]
    assert (len(good), read) == (49, 51)


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_stray_quote_on_the_last_line(ending: str) -> None:
    assert reasons('id,name\n1,a\n2,"b' + ending) == [(2, "stray_quote")]


def test_a_stray_quote_on_the_last_line_of_a_one_column_file() -> None:
    good, rejects, read = scan('id\na\n"b\nc\n')
    assert (good, [(r.row, r.reason) for r in rejects], read) == ([(1, ["a"]), (3, ["c"])], [(2, "stray_quote")], 3)


@pytest.mark.parametrize("cuts", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('id,note\n1,"two\nlines"\n2,b\n', [["1", "two\nlines"], ["2", "b"]]),
        ('id,note,n\n"two\nlines",1,2\nb,1,2\n', [["two\nlines", "1", "2"], ["b", "1", "2"]]),
        ('id,note\n1,"a\n\nNo. 5, Main St\nb"\n2,c\n', [["1", "a\n\nNo. 5, Main St\nb"], ["2", "c"]]),
        ('id,a,b\n1,"x\ny","p\nq"\n2,c,d\n', [["1", "x\ny", "p\nq"], ["2", "c", "d"]]),
        ('id,a\n1,"say ""hi\nthere"""\n', [["1", 'say "hi\nthere"']]),
    ],
)
def test_cells_over_several_lines(text: str, rows: list[list[str]], cuts: int) -> None:
    good, rejects, read = scan(text, cuts=cuts)
    assert ([cells for _, cells in good], rejects, read) == (rows, [], len(rows))
    assert [row for row, _ in good] == list(range(1, len(rows) + 1))


def test_a_fully_quoted_file() -> None:
    text = '"id","name"\n' + "".join(f'"{i}","n, {i}"\n' for i in range(5000))
    good, rejects, read = scan(text, cuts=700)
    assert (read, rejects, good[-1]) == (5000, [], (5000, ["4999", "n, 4999"]))


def test_blank_lines_are_no_records() -> None:
    good, rejects, read = scan("\n\nid,name\n\n1,a\n\n\n2,b\n\n\n")
    assert (good, rejects, read) == ([(1, ["1", "a"]), (2, ["2", "b"])], [], 2)


def test_wrong_column_counts_are_counted_where_they_stand() -> None:
    text = "a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n1,2,3\nxyz\n"
    assert reasons(text) == [(2, "column_count"), (3, "column_count"), (5, "column_count")]
    assert scan(text)[1][1].raw == "1,2,3,4"


def test_nul_bytes_and_monsters() -> None:
    text = "a,b\n1,x\0y\n2," + "z" * (2 << 20) + '\n3,"' + "z" * (2 << 20) + '"\n4,ok\n'
    assert reasons(text) == [(1, "nul_byte"), (2, "cell_too_large"), (3, "cell_too_large")]
    assert scan(text)[0] == [(4, ["4", "ok"])]
    assert [len(r.raw) for r in scan(text)[1]] == [5, (2 << 20) + 2, (2 << 20) + 4]


def test_a_long_cell_below_the_limit_is_kept() -> None:
    text = 'a,b\n1,"' + "z" * 500_000 + '"\n'
    assert len(scan(text)[0][0][1][1]) == 500_000


def test_an_undecodable_line_within_a_quoted_cell() -> None:
    blocks = [Lines('a,b\n1,"x\ny\ufffd\nz"\n2,c\n'.encode(), bad=(2,))]
    (block,) = RecordScanner("f", "auto").scan(iter(blocks))
    assert [(r.row, r.reason) for r in block.rejects] == [(1, "encoding")]
    assert block.rows.tolist() == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,b,a\n", "twice"),
        ("a\0,b\n1,2\n", "NUL"),
        ("a,b\r1,2\r", "CR alone"),
        (",,\n", "no header"),
    ],
)
def test_unusable_headers(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        scan(text)
    assert caught.value.hint


def test_header_only() -> None:
    assert scan("a,b\n") == ([], [], 0)


# What a record of a generated file can be: its text, and what must become of it.
_PLAIN = st.lists(st.text("ab车 '", max_size=4), min_size=3, max_size=3)
# Text of several lines that look like records themselves cannot be told from a stray quotation mark.
_CELL = st.one_of(st.text('ab车,"', max_size=6), st.text('ab车"\n', max_size=6))
_ANY = st.lists(_CELL, min_size=3, max_size=3)


def _quoted(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


_ITEMS = st.one_of(
    _PLAIN.filter(any).map(lambda c: (",".join(c), c, "")),
    _ANY.map(lambda c: (_quoted(c), c, "")),
    st.sampled_from(["x,y", "a,b,c,d", "q"]).map(lambda t: (t, None, "column_count")),
    st.just(("a,b\0,c", None, "nul_byte")),
    st.just(("", None, "")),
    st.sampled_from(['a,"b,c', '"a,b,c', 'a,b,"c', 'a,"b" b,c']).map(lambda t: (t, None, "stray_quote")),
)
_GOOD = ("1,2,3", ["1", "2", "3"], "")


def _with_evidence(items: list) -> list:
    """The items, with good records between a stray quotation mark and the next mark wherever other lines prevail.

    Without them the two marks enclose what RFC 4180 reads as a cell of several lines, and the scanner does too: nothing
    in such a file tells a stray mark from the beginning of that cell.
    """
    found: list = []
    good, others = 2, 0
    for item in items:
        if '"' in item[0]:
            found += [_GOOD] * (max(2, others + 1) - good)
            good = others = 0
        elif item[0]:
            good, others = good + (not item[2]), others + bool(item[2])
        found.append(item)
    return [*found, *[_GOOD] * (2 - good)]


@settings(max_examples=150, deadline=None)
@given(st.lists(_ITEMS, max_size=25), st.integers(0, 7), st.booleans())
@example([('a,"b,c', None, "stray_quote"), ('",x","y","z"', [",x", "y", "z"], "")], 0, True)
@example(
    [
        ('a,b,"c', None, "stray_quote"),
        ("x,y", None, "column_count"),
        ("x,y", None, "column_count"),
        ('"","","\n"', ["", "", "\n"], ""),
    ],
    0,
    False,
)
def test_every_record_of_a_dirty_file_is_accounted_for(items: list, cuts: int, ends: bool) -> None:
    items = [i for i in _with_evidence(items) if i[0] != "" or cuts == 0]
    text = "a,b,c\n" + "\n".join(t for t, _, _ in items) + ("\n" if ends else "")
    good, rejects, read = scan(text, cuts=cuts)
    records = [(cells, reason) for t, cells, reason in items if t]
    assert read == len(records)
    assert good == [(n, cells) for n, (cells, reason) in enumerate(records, 1) if not reason]
    assert [(r.row, r.reason) for r in rejects] == [(n, r) for n, (_, r) in enumerate(records, 1) if r]


@pytest.mark.parametrize("cuts", [0, 1, 3])
def test_an_open_mark_begins_a_cell_unless_most_lines_up_to_the_next_mark_are_records(cuts: int) -> None:
    """Half of the lines between are records: RFC 4180 reads one cell; one record more, and the mark is a stray one."""
    between, closing = ["1,2,3", "1,2,3", "x,y", "x,y"], ['"","","', '"']
    text = "\n".join(["a,b,c", 'a,b,"c', *between, *closing])
    good, rejects, read = scan(text, cuts=cuts)
    assert [cells for _, cells in good] == [["a", "b", 'c\n1,2,3\n1,2,3\nx,y\nx,y\n",",']]
    assert ([(r.row, r.reason) for r in rejects], read) == ([(2, "stray_quote")], 2)
    text = "\n".join(["a,b,c", 'a,b,"c', "1,2,3", *between, *closing])
    good, rejects, read = scan(text, cuts=cuts)
    assert [row for row, _ in good] == [2, 3, 4, 7]
    assert [(r.row, r.reason) for r in rejects] == [(1, "stray_quote"), (5, "column_count"), (6, "column_count")]
    assert read == 7


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(st.text('ab,";\r\x1c\u2028 ', max_size=8), st.text('ab";\r\n ', max_size=8)),
            min_size=2,
            max_size=2,
        ),
        max_size=15,
    )
)
def test_clean_files_are_read_as_the_csv_module_reads_them(rows: list[list[str]]) -> None:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    good, rejects, read = scan(sink.getvalue(), delimiter=",")
    assert ([c for _, c in good], rejects, read) == (rows, [], len(rows))


def test_a_disagreement_within_the_scanner_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.ingest.csv.records.parse_lines", lambda *_args, **_options: None)
    with pytest.raises(DataError, match="cut in two ways") as caught:
        scan("a,b\n1,2\n")
    assert "bug" in caught.value.hint
