from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import ConfigError, DataError
from graph.ingest.csv.layout import read_layout
from graph.ingest.formats import read_blocks, resolve
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import FileMapping, Source


def written(folder: Path, name: str, content: str | bytes, **declared: str) -> Source:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Source(folder / name, name, FileMapping(name, **declared))  # type: ignore[arg-type]


def dialect_of(source: Source) -> Dialect:
    return resolve(source).dialect


def rows_of(source: Source) -> list[tuple[str, ...]]:
    return [row for b in read_blocks(resolve(source)) for row in zip(*b.table.to_pydict().values(), strict=True)]


@pytest.mark.parametrize(
    ("name", "text", "delimiter"),
    [
        ("f.csv", "a,b\n1,2\n", ","),
        ("f.csv", "a;b\n1,5;2,5\n", ";"),
        ("f.csv", "a\tb\n1,x\t2\n", "\t"),
        ("f.tsv", "a,x\tb\n1\t2\n", "\t"),
        ("f.tsv", "a,b\n1,2\n", ","),
        ("f.tsv", "a\n1\n", "\t"),
        ("f.txt", "a\x01b\n1\x012\n", "\x01"),
        ("f.csv", "a|b\n1|2\n", "|"),
        # One more comma than semicolons in the header, which no line has.
        ("f.csv", "id;size, in cm, inch;name\n1;5;x\n2;6;y\n", ";"),
        ("f.csv", "id,name;alias\n1,x;y\n2,z\n", ","),
        ("f.csv", '"a;b","c"\n1,2\n', ","),
        ("f.csv", "a,b\n", ","),
        ("f.csv", "sep=|\na,b|c\n1,2|3\n", "|"),
        ("f.csv", '\ufeff"sep=;"\r\na,b;c\r\n1,2;3\r\n', ";"),
    ],
)
def test_delimiters_are_found(tmp_path: Path, name: str, text: str, delimiter: str) -> None:
    source = written(tmp_path, name, text)
    found = dialect_of(source)
    assert found.delimiter == delimiter
    assert ("delimiter" in found.guessed) == ("sep=" not in text)


def test_a_told_delimiter_is_no_record(tmp_path: Path) -> None:
    for declared in ({}, {"delimiter": ";"}):
        source = written(tmp_path, "f.csv", "sep=;\nid;n\n1;2\n", **declared)
        assert rows_of(source) == [("1", "2")]
        assert "delimiter" not in dialect_of(source).guessed


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("id;amount\n1;12,50\n2;7\n", ","),
        ("id;amount\n1;1.234,50\n", ","),
        ('id,amount\n1,"12,50"\n', ","),
        ("id;amount\n1;12.50\n", "."),
        # Each reads as a number under both marks.
        ("id;amount\n1;1,234\n2;5.000\n", "."),
        # One column says this and another that.
        ("id;a;b\n1;1,5;1.5\n", "."),
        ("id;note\n1;1,5 is a lot\n", "."),
        ("id;amount\n" + "1;12,50\n" * 30 + "2;broken\n", ","),
    ],
)
def test_decimal_marks_are_found(tmp_path: Path, text: str, mark: str) -> None:
    found = dialect_of(written(tmp_path, "f.csv", text))
    assert (found.decimal, "decimal" in found.guessed) == (mark, True)


def test_what_is_declared_is_not_guessed(tmp_path: Path) -> None:
    declared = {"format": "csv", "encoding": "gbk", "delimiter": ",", "decimal": "."}
    found = dialect_of(written(tmp_path, "f.csv", "编号;价\n1;1,5\n".encode("gbk"), **declared))
    assert (found.format, found.encoding, found.delimiter, found.decimal) == ("csv", "gbk", ",", ".")
    assert found.guessed == frozenset()
    with pytest.raises(ConfigError, match="unknown encoding"):
        dialect_of(written(tmp_path, "f.csv", "a\n", encoding="klingon"))


def test_the_sentence_shows_the_guesses(tmp_path: Path) -> None:
    raw = gzip.compress("编号;价\n1;1,5\n2;7,25\n".encode("gb18030"))
    found = dialect_of(written(tmp_path, "f.csv.gz", raw))
    assert found.note() == (
        'read as CSV, in gzip, encoding gb18030 (guessed), delimiter semicolon (guessed), decimal mark "," (guessed)'
    )
    assert not found.ordinary
    plain = dialect_of(written(tmp_path, "g.csv", "a,b\n1,2\n"))
    assert plain.note() == "read as CSV, encoding utf-8 (guessed), delimiter comma (guessed)"
    assert plain.ordinary
    told = dialect_of(written(tmp_path, "h.csv", "a\x01b\n1\x012\n", encoding="utf-8", delimiter="\x01"))
    assert (told.note(), told.ordinary) == ("read as CSV, encoding utf-8, delimiter Ctrl-A", True)


def test_formats_by_content(tmp_path: Path) -> None:
    assert dialect_of(written(tmp_path, "a.json", "[\n {}]")).note() == "read as JSON array, encoding utf-8 (guessed)"
    assert not dialect_of(written(tmp_path, "a.jsonl", "{}\n")).array
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / "b.parquet")
    raw = (tmp_path / "b.parquet").read_bytes()
    found = dialect_of(written(tmp_path, "c.csv", raw))
    assert (found.format, found.ordinary, found.encoding) == ("parquet", False, "")
    packed = dialect_of(written(tmp_path, "d.csv", gzip.compress(b"a,b\n1,2\n")))
    assert (packed.compression, packed.guessed) == ("gzip", {"compression", "encoding", "delimiter", "decimal"})
    with pytest.raises(DataError, match="spreadsheet"):
        dialect_of(written(tmp_path, "e.csv", b"PK\x03\x04" + b"\0" * 20))


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    assert dialect_of(written(tmp_path, "f.csv", "a;b\n1;2\n")).delimiter == ";"
    assert dialect_of(written(tmp_path, "f.csv", "a|b|c\n1|2|3\n")).delimiter == "|"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_every_format_compressed(tmp_path: Path, suffix: str, kind: str) -> None:
    plain = {"csv": b"id,n\n1,x\n", "tsv": b"id\tn\n1\tx\n", "jsonl": b'{"id": 1, "n": "x"}\n'}
    if suffix == "parquet":
        pq.write_table(pa.table({"id": ["1"], "n": ["x"]}), tmp_path / "f")
    raw = plain.get(suffix) or (tmp_path / "f").read_bytes()
    packed = gzip.compress(raw) if kind == "gz" else bytes(pa.Codec("zstd").compress(raw))
    source = written(tmp_path, f"f.{suffix}.{kind}", packed)
    assert rows_of(source) == [("1", "x")]
    (tmp_path / f"f.{suffix}.{kind}").write_bytes(packed[:-5])
    with pytest.raises(DataError, match="middle of the compressed stream"):
        rows_of(source)


@pytest.mark.parametrize("above", ["orders of 2026,,\n", "orders of 2026,,\n,,\n", ",orders,\n"])
def test_a_title_above_the_header_is_called_one(above: str) -> None:
    with pytest.raises(DataError, match=r"f\.csv: the first line 'orders.*' looks like a preamble") as caught:
        read_layout("f.csv", f"{above}id,name,city\n1,a,b\n".split("\n"))
    assert "set header_row = " in caught.value.hint
