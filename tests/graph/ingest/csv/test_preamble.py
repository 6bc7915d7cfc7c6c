"""What stands above and below the records of an export."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import DataError
from graph.ingest.csv.preamble import PreambleError, find_header, footer_of, is_remark
from graph.ingest.csv.records import ABOVE, BELOW, RecordBlock, RecordScanner
from graph.ingest.decoding.decode import Lines
from graph.ingest.decoding.line_blocks import without_last

BANK = """\
招商银行交易记录
账号：6225****1234

查询期间：2026-01-01 至 2026-01-31
客户编号,商品编号,交易日期,金额
C1,G1,2026-01-03,12.50
C2,G1,2026-01-04,8
C1,G2,2026-01-05,3
合计,,,23.50
导出时间：2026-02-01 08:00:00
"""


def scan(text: str, *, size: int = 1 << 20, header_row: int = 0, footer_rows: int = 0) -> list[RecordBlock]:
    whole, blocks, at = text.encode(), list[Lines](), 0
    while at < len(whole):
        end = whole.find(b"\n", at + size - 1) + 1 or len(whole)
        blocks.append(Lines(whole[at:end]))
        at = end
    scanner = RecordScanner("f.csv", "auto", header_row=header_row, footer_rows=footer_rows)
    return list(scanner.scan(iter(blocks)))


def told(text: str) -> str | None:
    try:
        find_header("f.csv", text.split("\n"))
    except PreambleError as error:
        return str(error)
    return None


def test_the_header_below_a_preamble_is_named() -> None:
    with pytest.raises(
        PreambleError, match=r"looks like a preamble, the header seems to be line 5: 客户编号, "
    ) as found:
        scan(BANK)
    assert (found.value.line, found.value.hint) == (
        5,
        "set header_row = 5 in the mapping; graphvine init proposes it",
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Sales 2026\nuser;item;price\nu1;i1;5\nu2;i2;6", 2),
        ("Report,,,\n,,,\nPeriod: 2026,,,\nuser,item,price,\nu1,i1,5,\n", 4),
        ("标题\nuser_id\titem_id\nu1\ti1\nu2\ti2", 2),
        ("\ufeff账单\n共2笔\nuser,item,at\nu1,i1,2026-01-01\n共2笔\n谢谢", 3),
    ],
)
def test_preambles(text: str, line: int) -> None:
    assert f"seems to be line {line}: user" in (told(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,a",
        "id\n1\n2",
        "text\nhello, world\nyes, no\nplain",
        "id,name\nu1,张三,北京,男\nu2,李四,上海,女",
        "id,note,,\n1,a,,\n2,b,,",
        "a,b,c\nx,y,z\n1,2,3",
        "",
    ],
)
def test_what_is_no_preamble(text: str) -> None:
    assert told(text) is None


@pytest.mark.parametrize("size", [1, 40, 1 << 20])
def test_lines_above_and_below_are_left_out_and_told(size: int) -> None:
    blocks = scan(BANK, size=size, header_row=5, footer_rows=2)
    assert [row for block in blocks for row in block.table.to_pylist()][::2] == [
        {"客户编号": "C1", "商品编号": "G1", "交易日期": "2026-01-03", "金额": "12.50"},
        {"客户编号": "C1", "商品编号": "G2", "交易日期": "2026-01-05", "金额": "3"},
    ]
    assert sum(block.read for block in blocks) == 3
    assert np.concatenate([b.lines for b in blocks if b.lines is not None]).tolist() == [6, 7, 8]
    assert np.concatenate([block.rows for block in blocks]).tolist() == [1, 2, 3]
    skipped = {where: sum(b.skipped.get(where, 0) for b in blocks) for where in (ABOVE, BELOW)}
    assert skipped == {ABOVE: 3, BELOW: 2}


def test_a_footer_that_holds_a_record_is_refused() -> None:
    with pytest.raises(DataError, match="one of the last 3 lines is a record: 'C1,G2,2026-01-05,3'"):
        scan(BANK, header_row=5, footer_rows=3)


def test_a_footer_longer_than_the_file_leaves_nothing() -> None:
    blocks = scan("a,b\n-----\n共0笔\n", footer_rows=9)
    assert sum(block.read for block in blocks) == 0


def test_lines_of_a_footer_that_is_not_declared_are_refused_with_their_lines() -> None:
    (block,) = scan(BANK, header_row=5)
    assert [(r.row, r.line, r.reason) for r in block.rejects] == [(5, 10, "no_record")]
    assert block.read == len(block.rows) + 1 == 5  # the sum has as many cells as a record


@pytest.mark.parametrize(("row", "message"), [(3, "line 3 names no columns"), (99, "line 99 names no columns")])
def test_a_wrong_header_row(row: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        scan(BANK, header_row=row)


def test_lines_of_records_that_run_over_several() -> None:
    text = 'a,b\n1,"x\ny"\n\n2,z\n3\n4,"w\n\n"\n5,v\n'
    for size in (1, 1 << 20):
        blocks = scan(text, size=size)
        places = [(b.rows.tolist(), b.lines.tolist()) for b in blocks if b.lines is not None]
        found = {row: line for rows, lines in places for row, line in zip(rows, lines, strict=True)}
        assert found == {1: 2, 2: 5, 4: 7, 5: 10}
        assert [(r.row, r.line, r.reason) for b in blocks for r in b.rejects] == [(3, 6, "column_count")]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("共 3 笔", True),
        ("----------", True),
        ("Total rows: 5", True),
        ("总计,,5", True),
        ("3 rows,,", True),
        ("U1", False),
        ("U1,2026-01-01 10:00:00", False),
        ("", False),
    ],
)
def test_remarks(line: str, wanted: bool) -> None:
    assert is_remark(line, ",") is wanted


def test_footers() -> None:
    assert footer_of(BANK.split("\n"), ",") == ["合计,,,23.50", "导出时间：2026-02-01 08:00:00"]
    assert footer_of(["a,b", "1,2", "-----", "谢谢使用", "", "共1笔", ""], ",") == ["-----", "谢谢使用", "共1笔"]
    assert footer_of(["a,b", "1,2", "3"], ",") == []
    assert footer_of(["1,2", "3,2026-01"], ",") == []


def test_blank_lines_in_a_footer_do_not_count() -> None:
    text = "a,b\n1,2\n3,4\n合计,\n\n \n\n导出时间：2026\n"
    for size in (1, 8, 24, 30, 1 << 20):
        blocks = scan(text, size=size, footer_rows=2)
        assert [row["a"] for block in blocks for row in block.table.to_pylist()] == ["1", "3"]
        assert sum(block.skipped.get(BELOW, 0) for block in blocks) == 2
    # The second block has more than three lines, but only two that are not blank.
    cut = [Lines("1,2\n合计,\n".encode()), Lines(b"a\n\n \n\nend\n")]
    seen: list[str] = []
    assert b"".join(block.text for block in without_last(iter(cut), 3, seen.append)) == b"1,2\n"
    assert seen == ["合计,", "a", "end"]
