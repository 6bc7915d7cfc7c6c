from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import ConfigError, DataError
from graph.ingest.decoding.decode import lines
from graph.ingest.decoding.encoding import detect_encoding
from graph.ingest.formats import format_of, header_of, read_blocks, resolve, sample_of
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rejects.reject import Reject


def source(path: Path, **options: str) -> Source:
    return Source(path, path.name, FileMapping(path.name, **options))  # type: ignore[arg-type]


def read(path: Path, **options: str) -> tuple[list[tuple[str, ...]], list[Reject], int]:
    rows, rejects, count = [], [], 0
    for block in read_blocks(resolve(source(path, **options))):
        rows += list(zip(*block.table.to_pydict().values(), strict=True))
        rejects += block.rejects
        count += block.read
        assert np.array_equal(
            np.sort(np.append(block.rows, [r.row for r in block.rejects])),
            np.unique(block.rows.tolist() + [r.row for r in block.rejects]),
        )
    return rows, rejects, count


TEXT = "id,name\n1,李雷\n2,Zoë\n3,韩梅梅\n"
ROWS = [("1", "李雷"), ("2", "Zoë"), ("3", "韩梅梅")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_are_found(tmp_path: Path, encoding: str, newline: str, packed: bool) -> None:
    path = tmp_path / ("f.csv.gz" if packed else "f.csv")
    raw = TEXT.replace("\n", newline).encode(encoding)
    path.write_bytes(gzip.compress(raw) if packed else raw)
    assert read(path) == (ROWS, [], 3)
    assert header_of(resolve(source(path))) == ["id", "name"]


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "utf-16-le", "big5", "cp1252"])
def test_encodings_can_be_declared(tmp_path: Path, encoding: str) -> None:
    name = "Zoe" if encoding == "cp1252" else "李雷"
    (tmp_path / "f.csv").write_bytes(f"id,name\n1,{name}\n".encode(encoding))
    assert read(tmp_path / "f.csv", encoding=encoding)[0] == [("1", name)]


def test_one_chinese_name_late_in_a_large_gbk_file(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("wb") as stream:
        stream.write(b"id,name\n")
        stream.write(b"7,somebody with a name of some length\n" * 450_000)
        stream.write("400000,李雷\n".encode("gbk"))
    assert path.stat().st_size > 16 << 20
    assert detect_encoding(path) == "gb18030"
    count, last = 0, None
    for block in read_blocks(resolve(source(path))):
        count += block.read
        last = block.table["name"][-1].as_py()
    assert (count, last) == (450_001, "李雷")


def test_one_broken_byte_costs_one_line_and_not_the_encoding(tmp_path: Path) -> None:
    raw = TEXT.encode() + b"4,\xe6\x9d\n" + "5,王\n".encode()
    (tmp_path / "f.csv").write_bytes(raw)
    rows, rejects, count = read(tmp_path / "f.csv")
    assert (rows, count) == ([*ROWS, ("5", "王")], 5)
    assert [(r.row, r.reason) for r in rejects] == [(4, "encoding")]


def test_a_wrong_declaration_quarantines_lines(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(TEXT.encode("gbk", "replace"))
    rows, rejects, count = read(tmp_path / "f.csv", encoding="utf-8")
    assert (len(rows), [(r.row, r.reason) for r in rejects], count) == (1, [(1, "encoding"), (3, "encoding")], 3)


def test_what_is_no_text_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes("id,name\n1,é,\n2,ü\n".encode("latin-1"))
    with pytest.raises(DataError, match="neither UTF-8 nor GB18030") as caught:
        read(tmp_path / "f.csv")
    assert "encoding" in caught.value.hint


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13"])
def test_unknown_encodings(tmp_path: Path, name: str) -> None:
    (tmp_path / "f.csv").write_text(TEXT, "utf-8")
    with pytest.raises(ConfigError, match="unknown encoding"):
        list(lines(tmp_path / "f.csv", name))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_block_size_does_not_matter(tmp_path: Path, size: int) -> None:
    raw = TEXT.replace("\n", "\r\n").encode("gb18030")
    (tmp_path / "f.csv").write_bytes(raw)
    assert b"".join(b.text for b in lines(tmp_path / "f.csv", "gb18030", size=size)).decode() == TEXT


@pytest.mark.parametrize(
    ("name", "delimiter"), [("f.csv", ","), ("f.csv", ";"), ("f.txt", "|"), ("f.tsv", "\t"), ("f.csv", "\t")]
)
def test_delimiters(tmp_path: Path, name: str, delimiter: str) -> None:
    (tmp_path / name).write_text(TEXT.replace(",", delimiter), "utf-8")
    assert read(tmp_path / name) == (ROWS, [], 3)


def test_a_declared_delimiter(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("a,b^c\n1,2^3\n", "utf-8")
    assert read(tmp_path / "f.csv", delimiter="^")[0] == [("1,2", "3")]


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_text(
        '{"id": "1", "n": 12345678901234567890, "f": 0.10, "b": true, "x": null}\n\n[1]\n'
        '{"id": "2", "new": "王"}\n{"id\n',
        "utf-8",
    )
    (block,) = read_blocks(resolve(source(tmp_path / "f.jsonl", id="id")))
    assert block.table.to_pylist()[0] == {
        "id": "1",
        "n": "12345678901234567890",
        "f": "0.10",
        "b": "true",
        "x": "",
        "new": "",
    }
    assert block.table["new"].to_pylist() == ["", "王"]
    assert (block.rows.tolist(), [(r.row, r.reason) for r in block.rejects]) == (
        [1, 3],
        [(2, "not_an_object"), (4, "not_an_object")],
    )
    assert header_of(resolve(source(tmp_path / "f.jsonl", id="id", weight="absent"))) == [
        "id",
        "n",
        "f",
        "b",
        "x",
        "new",
    ]


def test_json_lines_that_cannot_be_text(tmp_path: Path) -> None:
    body = [
        '{"id": "\\ud800"}',
        '{"id": "a\\u0000b"}',
        '{"id": "' + "x" * (2 << 20) + '"}',
        '{"id": "ok"}',
        "{" + " " * (2 << 20) + "}",
    ]
    (tmp_path / "f.jsonl").write_text("\n".join(body), "utf-8")
    rows, rejects, count = read(tmp_path / "f.jsonl", id="id")
    assert [(r.row, r.reason) for r in rejects] == [(1, "encoding"), (2, "nul_byte"), (3, "cell_too_large")]
    assert (rows, count) == ([("ok",), ("",)], 5)


def test_parquet_of_every_type(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([7, None]), "x": [1.5, float("nan")], "flag": [True, None], "name": ["李", None],
            "day": pa.array([0, None], pa.date32()), "at": pa.array([0, None], pa.timestamp("ms", tz="UTC")),
            "tags": [["a", "b"], None],
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "f.parquet")
    rows, _, count = read(tmp_path / "f.parquet")
    assert rows[0] == ("7", "1.5", "true", "李", "1970-01-01", "1970-01-01 00:00:00.000Z", '["a", "b"]')
    assert (rows[1], count) == (("",) * 7, 2)


def test_parquet_monsters_and_several_batches(tmp_path: Path) -> None:
    names = [f"n{i}" for i in range(300_000)]
    names[5], names[299_999] = "a\0b", "z" * (2 << 20)
    pq.write_table(pa.table({"id": names}), tmp_path / "f.parquet")
    rows, rejects, count = read(tmp_path / "f.parquet")
    assert [(r.row, r.reason) for r in rejects] == [(6, "nul_byte"), (300_000, "cell_too_large")]
    assert (len(rows), count) == (299_998, 300_000)


def test_parquet_by_content_packed_or_empty(tmp_path: Path) -> None:
    table = pa.table({"id": ["1"]})
    pq.write_table(table, tmp_path / "f.csv")
    assert read(tmp_path / "f.csv")[0] == [("1",)]
    (tmp_path / "g.parquet.gz").write_bytes(gzip.compress((tmp_path / "f.csv").read_bytes()))
    assert read(tmp_path / "g.parquet.gz")[0] == [("1",)]
    pq.write_table(table.slice(0, 0), tmp_path / "h.parquet")
    assert (read(tmp_path / "h.parquet"), header_of(resolve(source(tmp_path / "h.parquet")))) == (([], [], 0), ["id"])


def _broken_parquet(path: Path) -> None:
    pq.write_table(pa.table({"id": [str(i) for i in range(10_000)]}), path, row_group_size=1000, compression="none")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3 : len(raw) // 3 + 3000] = b"\xff" * 3000
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.parquet", b"PAR1 but nothing else", "not a readable Parquet"),
        ("f.parquet", b"", "not a readable Parquet"),
        ("f.csv.gz", b"no gzip at all", "broken gzip"),
        ("f.csv.gz", gzip.compress(TEXT.encode() * 9000)[:-300], "broken gzip"),
        ("f.csv", b"PK\x03\x04" + b"\0" * 50, "spreadsheet"),
        ("f.csv", b"", "empty"),
        ("f.jsonl", b"\n\n", "empty"),
        ("f.jsonl", b"a,b\n1,2\n", "no line is a JSON object"),
        ("f.csv", b"a\0b\0\n", "NUL"),
        ("f.dat", b"a,b\n", "does not tell the format"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["auto", "utf-8"])
def test_hostile_files(tmp_path: Path, name: str, content: bytes, message: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        header_and_rows(tmp_path / name, encoding)
    assert caught.value.hint


def header_and_rows(path: Path, encoding: str) -> None:
    header_of(resolve(source(path, encoding=encoding)))
    read(path, encoding=encoding)


def test_a_parquet_file_broken_in_the_middle(tmp_path: Path) -> None:
    _broken_parquet(tmp_path / "f.parquet")
    with pytest.raises(DataError, match="Parquet"):
        read(tmp_path / "f.parquet")


def test_a_missing_file(tmp_path: Path) -> None:
    for name in ("f.csv", "f.parquet", "f.jsonl"):
        with pytest.raises(DataError, match="cannot be opened"):
            read(tmp_path / name)


def test_formats_by_name() -> None:
    found = {n: format_of(Path(n)).name for n in ("a.CSV", "a.tsv.gz", "a.ndjson", "a.pq", "a.txt")}
    assert list(found.values()) == ["csv", "tsv", "jsonl", "parquet", "csv"]
    assert format_of(Path("a.dat"), "csv").name == "csv"


def test_a_sample_is_short(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("id\n" + "x\n" * 200_000, "utf-8")
    assert 0 < len(sample_of(resolve(source(tmp_path / "f.csv")))) < 100_000
