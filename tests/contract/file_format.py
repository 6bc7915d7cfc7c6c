"""What every file format owes whoever loads a file: a test class of a format inherits it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from graph.ingest.convert_file import check_files_fit
from graph.ingest.csv.records import RecordBlock
from graph.ingest.formats import FORMATS, header_of, read_blocks, resolve, sample_of
from graph.ingest.load import load_sources
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.mapping.propose import propose
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.rejects.reject import HINTS
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore

NAMES = ("order_id", "user_id", "product_id", "ts", "amount")
ROWS = [(f"o{i}", f"u{i % 7}", f"车{i % 5}", f"2026-01-{i % 28 + 1:02d} 10:00:00", f"{i}.5") for i in range(60)]
AS_OF = 1_800_000_000
MAPPING = """
time_zone = "Asia/Shanghai"

[[files]]
path = "{path}"
edge = "Person-BOUGHT-Product"
source = "user_id"
target = "product_id"
time = "ts"
weight = "amount"
event_id = "order_id"
create = ["source", "target"]
"""


def csv_bytes(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return ("\n".join(",".join(cells) for cells in (names, *rows)) + "\n").encode()


def _records(block: RecordBlock) -> list[tuple[str, ...]]:
    """The cells of a block; one without records has no columns where the records themselves name them."""
    return list(zip(*(block.table[name].to_pylist() for name in NAMES), strict=True)) if len(block.rows) else []


class FileFormatContract:
    """Reads, counts and refuses as all formats do.

    Attributes:
        name: What a mapping calls the format.
        ending: An ending of its files.
    """

    name: str
    ending: str

    def content(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
        """A file of these rows."""
        raise NotImplementedError

    def broken(self, names: Sequence[str], rows: Sequence[Sequence[str]], at: int) -> bytes:
        """The same with the row at that position broken, so that it cannot be read."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes the format known, for one that the product does not have."""

    def written(self, folder: Path, content: bytes, ending: str = "") -> Source:
        path = folder / f"orders{ending or self.ending}"
        path.write_bytes(content)
        return Source(path, path.name, FileMapping(path.name))

    def fingerprint(self, folder: Path, content: bytes, ending: str) -> tuple[str, Mapping[str, int]]:
        """Of the snapshot after a load of a file, with its counts."""
        folder.mkdir()
        self.written(folder, content, ending)
        (folder / "mapping.toml").write_text(MAPPING.format(path=f"orders{ending}"), "utf-8")
        store = EmbeddedStore(folder / "m.duckdb", MARKET, threads=1)
        sources = find_sources(folder, read_mapping(folder / "mapping.toml", MARKET))
        quarantine = Quarantine(folder / "quarantine")
        (count,) = load_sources(sources, MARKET, store, quarantine=quarantine, as_of=AS_OF)
        assert count.balanced
        counts = {name: getattr(count, name) for name in ("read", "created", "quarantined", "implied")}
        assert len(list(quarantine.records())) == count.quarantined
        return store.snapshot().fingerprint, counts

    def test_records_come_as_they_were_written_with_their_numbers(self, tmp_path: Path) -> None:
        resolved = resolve(self.written(tmp_path, self.content(NAMES, ROWS)))
        assert (resolved.dialect.format, header_of(resolved)) == (self.name, list(NAMES))
        for size in (1 << 24, 64):
            blocks = list(read_blocks(resolved, size=size))
            assert [row for block in blocks for row in block.rows.tolist()] == list(range(1, len(ROWS) + 1))
            cells = [row for b in blocks for row in _records(b)]
            assert cells == ROWS
            assert sum(block.read for block in blocks) == len(ROWS)

    def test_a_broken_record_is_refused_and_the_others_are_read(self, tmp_path: Path) -> None:
        at = 20
        resolved = resolve(self.written(tmp_path, self.broken(NAMES, ROWS, at)))
        for size in (1 << 24, 64):
            blocks = list(read_blocks(resolved, size=size))
            (reject,) = (reject for block in blocks for reject in block.rejects)
            assert (reject.row, reject.reason in HINTS, bool(reject.raw)) == (at + 1, True, True)
            rows = [row for block in blocks for row in block.rows.tolist()]
            assert rows == [n for n in range(1, len(ROWS) + 1) if n != at + 1]
            assert sum(block.read for block in blocks) == len(ROWS)

    def test_a_load_gives_the_same_bytes_as_of_csv(self, tmp_path: Path) -> None:
        ours = self.fingerprint(tmp_path / "ours", self.content(NAMES, ROWS), self.ending)
        assert ours == self.fingerprint(tmp_path / "csv", csv_bytes(NAMES, ROWS), ".csv")
        assert ours[1]["created"] == len(ROWS)

    def test_a_file_is_known_by_its_ending_compressed_too(self, tmp_path: Path) -> None:
        packed = self.written(tmp_path, gzip.compress(self.content(NAMES, ROWS)), f"{self.ending}.gz")
        resolved = resolve(packed)
        assert (resolved.format.name, resolved.dialect.compression) == (self.name, "gzip")
        assert sample_of(resolved).column_names == list(NAMES)
        entry = FileMapping(".")
        assert [source.name for source in find_sources(tmp_path, (entry,))] == [packed.name]

    def test_a_mapping_may_declare_it(self, tmp_path: Path) -> None:
        self.written(tmp_path, self.content(NAMES, ROWS), ".dat")
        text = MAPPING.format(path="orders.dat").replace("[[files]]", f'[[files]]\nformat = "{self.name}"')
        (tmp_path / "mapping.toml").write_text(text, "utf-8")
        (file,) = check_files_fit(find_sources(tmp_path, read_mapping(tmp_path / "mapping.toml", MARKET)))
        assert (file.resolved.format, file.columns) == (FORMATS[self.name], list(NAMES))

    def test_a_mapping_is_proposed_for_it(self, tmp_path: Path) -> None:
        self.written(tmp_path, self.content(NAMES, ROWS))
        proposed = propose(tmp_path, MARKET)
        assert f'path = "orders{self.ending}"' in proposed.text
        assert not proposed.left_out
