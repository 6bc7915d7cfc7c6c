from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.atomic_io import write_file
from graph.errors import DataError
from graph.ingest.rejects.fixes import cells_of, read_fixes, write_fixes

if TYPE_CHECKING:
    from tests.graph.ingest.conftest import Desk

MAPPING = """[[files]]
path = "f.csv"
edge = "Person-RATED-Product"
source = "用户"
target = "i"
weight = "r"
create = ["source", "target"]
ignore = ["note"]
"""
HEADER = "用户,i,r,note\n"
ABOUT = ["_file", "_type", "_row", "_reason", "_column", "_hint"]


def record(raw: str, reason: str = "not_a_decimal") -> dict[str, Any]:
    return {"raw": raw, "reason": reason}


CELLS = st.lists(st.text(alphabet="a李\",\n\r\t ;|'é\x1f=", max_size=6), min_size=1, max_size=5)


@given(CELLS)
def test_a_quoted_record_gives_its_cells_back(cells: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    assert cells_of(record(line.getvalue())) == cells


def test_long_cells_and_what_cannot_be_cut() -> None:
    long = "长," * 200_000
    assert cells_of(record(f'a,"{long}",')) == ["a", long, ""]
    assert cells_of(record('a,"b')) is None
    assert cells_of(record('a,b"c')) is None
    assert cells_of(record("a,b", "column_count")) is None


@pytest.fixture
def written(desk: Desk) -> Path:
    """The fixes of a file with four refused records."""
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", HEADER + '张三,x,三,"他说,""好"""\n=1+1,x,5,\n李四,x,四\n王五,"x,5,\n赵六,x,NaN%,a\n')
    desk.load()
    return one(write_fixes(desk.quarantine.groups(), desk.folder / "fixes", wanted=lambda _: True))


def one(found: list[tuple[Path, int]]) -> Path:
    ((file, _),) = found
    return file


def rows(file: Path, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text(encoding))))


def test_every_refused_record_is_a_row(written: Path) -> None:
    assert written.read_bytes().startswith(b"\xef\xbb\xbf")
    header, *body = rows(written)
    assert header == [*ABOUT, "用户", "i", "r", "note"]
    assert [row[2] for row in body] == ["1", "3", "4", "5"]
    assert [row[3] for row in body] == ["not_a_decimal", "column_count", "stray_quote", "not_a_decimal"]
    assert body[0][6:] == ["张三", "x", "三", '他说,"好"']
    assert body[1][6:] == ["李四", "x", "四", ""]
    assert body[2][6:][0].startswith("王五")


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-8", ";"), ("utf-16", "\t")]
)
def test_what_a_spreadsheet_saves_is_read(desk: Desk, written: Path, encoding: str, delimiter: str) -> None:
    header, *body = rows(written)
    body = [[*row[:6], row[6].strip('"'), "x", "4.5", "备注"] for row in body]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([header, *body])
    written.write_bytes(text.getvalue().encode(encoding))
    fixes = read_fixes(written.parent)
    assert [fix.row for fix in fixes] == [1, 3, 4, 5]
    assert fixes[0].cells == {"用户": "张三", "i": "x", "r": "4.5", "note": "备注"}
    (done,) = desk.replay(fixes)
    assert (done.count.created, done.refused, desk.kept()) == (4, (), [])
    (count,) = desk.load()
    assert (count.created, count.quarantined, count.unchanged) == (0, 0, 5)


def test_rows_that_are_deleted_stay_in_quarantine(desk: Desk, written: Path) -> None:
    header, first, *_ = rows(written)
    first[8] = "3"
    text = io.StringIO()
    csv.writer(text).writerows([header, first])
    written.write_text(text.getvalue())
    desk.replay(read_fixes(written))
    assert desk.kept("row") == [(3,), (4,), (5,)]
    written.write_text(",".join(header) + "\n")
    assert read_fixes(written) == []


def test_a_file_of_fixes_leaves_no_draft(tmp_path: Path) -> None:
    dead, other = tmp_path / ".f.csv-4194305-aa", tmp_path / f".f.csv-{os.getpid()}-bb"
    for draft in (dead, other):
        draft.write_text("half")
    write_file(tmp_path / "f.csv", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "f.csv"]
    assert (tmp_path / "f.csv").read_bytes() == b"whole"


def test_only_what_is_wanted_is_written(desk: Desk, written: Path) -> None:
    def wanted(record: dict[str, Any]) -> bool:
        return bool(record["reason"] == "column_count")

    file = one(write_fixes(desk.quarantine.groups(), desk.folder / "more", wanted=wanted))
    assert [row[2] for row in rows(file)[1:]] == ["3"]
    assert write_fixes(desk.quarantine.groups(), desk.folder / "none", wanted=lambda _: False) == []
    assert not (desk.folder / "none").exists()


def test_nobody_s_work_is_written_over(desk: Desk, written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(DataError, match="there already"):
        write_fixes(desk.quarantine.groups(), written.parent, wanted=lambda _: True)
    assert written.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "no column '_file'"),
        ("_file,_type,_row,r\nf.csv,T,first,3\n", "no record number"),
        ("_file,_type,_row,r\nf.csv,T,1\n", "column count"),
        ("_file,_type,_row,r\nf.csv,T,²,3\n", "no record number"),
    ],
)
def test_files_that_are_no_fixes(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "f.csv").write_text(text, "utf-8")
    with pytest.raises(DataError, match=says):
        read_fixes(tmp_path)


def test_an_empty_folder_and_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(DataError, match="no file of records"):
            read_fixes(path)
