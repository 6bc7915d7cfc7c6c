from __future__ import annotations

import io
import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.ingest.csv.delimited import DelimitedText
from graph.ingest.formats import FORMATS
from tests.contract.file_format import FileFormatContract

Rows = Sequence[Sequence[str]]


class Delimited(FileFormatContract):
    delimiter: str

    def content(self, names: Sequence[str], rows: Rows) -> bytes:
        return ("\n".join(self.delimiter.join(cells) for cells in (names, *rows)) + "\n").encode()

    def broken(self, names: Sequence[str], rows: Rows, at: int) -> bytes:
        return self.content(names, [*rows[:at], rows[at][:-1], *rows[at + 1 :]])


class TestCsv(Delimited):
    name, ending, delimiter = "csv", ".csv", ","


class TestTsv(Delimited):
    name, ending, delimiter = "tsv", ".tsv", "\t"


class TestAFurtherFormatInOneLine(Delimited):
    """What somebody adds who needs files of another kind: one line in FORMATS."""

    name, ending, delimiter = "psv", ".psv", "|"

    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(FORMATS, "psv", DelimitedText("psv", (".psv",), delimiter="|"))


class TestJsonLines(FileFormatContract):
    name, ending = "jsonl", ".jsonl"

    def lines(self, names: Sequence[str], rows: Rows) -> list[str]:
        return [json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False) for cells in rows]

    def content(self, names: Sequence[str], rows: Rows) -> bytes:
        return ("\n".join(self.lines(names, rows)) + "\n").encode()

    def broken(self, names: Sequence[str], rows: Rows, at: int) -> bytes:
        lines = self.lines(names, rows)
        lines[at] = '{"order_id": 3, "user_id"}'
        return ("\n".join(lines) + "\n").encode()


class TestJsonArray(TestJsonLines):
    ending = ".json"

    def content(self, names: Sequence[str], rows: Rows) -> bytes:
        return ("[" + ",\n".join(self.lines(names, rows)) + "]\n").encode()

    def broken(self, names: Sequence[str], rows: Rows, at: int) -> bytes:
        lines = self.lines(names, rows)
        lines[at] = '{"order_id": 3, "user_id"}'
        return ("[" + ",\n".join(lines) + "]\n").encode()


class TestParquet(FileFormatContract):
    name, ending = "parquet", ".parquet"

    def content(self, names: Sequence[str], rows: Rows) -> bytes:
        sink = io.BytesIO()
        columns = zip(*rows, strict=True)
        pq.write_table(pa.table([pa.array(column) for column in columns], names=list(names)), sink)
        return sink.getvalue()

    def broken(self, names: Sequence[str], rows: Rows, at: int) -> bytes:
        return self.content(names, [*rows[:at], ("a\0b", *rows[at][1:]), *rows[at + 1 :]])
