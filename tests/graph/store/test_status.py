from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graph.batch import FileCount
from graph.errors import PrerequisiteError
from graph.schema import MARKET
from graph.store.embedded.compact import compact
from graph.store.embedded.index.index_cache import Origin
from graph.store.embedded.lock_holder import describe_process
from graph.store.embedded.status import Account, examine
from graph.store.embedded.store import EmbeddedStore
from graph.store.protocol import ResultTable
from tests.contract.store import VIEWED, edges, load, market, nodes

proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)


def test_no_store_yet(store: EmbeddedStore) -> None:
    for call in (examine, EmbeddedStore.origin):
        with pytest.raises(PrerequisiteError, match="no store"):
            call(store)  # type: ignore[operator]


def test_an_empty_store(store: EmbeddedStore) -> None:
    store.ensure_schema()
    found = examine(store)
    assert (found.origin.load, found.last_id, found.last_at, found.loads, found.accounts) == (0, "", None, 0, ())
    assert (found.batches, found.results, sum(found.nodes.values()), sum(found.edges.values())) == (0, 0, 0, 0)
    assert not found.compacting_pays


def test_everything_is_counted(store: EmbeddedStore) -> None:
    market(store)
    store.write_back([ResultTable("segments", ("person", "segment"), [("u1", "S1"), ("u2", "S1")])], "r1")
    with store.loading(at=1_700_000_000) as loading:
        report = loading.load(edges(VIEWED, [("e9", "u1", "p1", 1, 1.0), ("e8", "u1", "gone", 1, 1.0)]))
        count = FileCount("views.csv", "VIEWED", read=3, quarantined=1).plus(report)
        loading.count(count)
        loading.commit()
    found = examine(store)
    assert dict(found.nodes) == {"Person": 2, "Product": 2}
    assert dict(found.edges) == {str(VIEWED): 4}
    assert (found.loads, found.loads_since, found.batches, found.results) == (4, 4, 4, 2)
    assert (found.last_id, found.last_at, found.origin) == (loading.id, 1_700_000_000, Origin(found.origin.store, 4))
    assert len(found.origin.store) == 32
    assert store.origin() == found.origin
    assert found.size == store.file.stat().st_size
    assert found.blocks.size * found.blocks.total <= found.size
    assert found.engine.startswith("embedded (DuckDB ")
    views = next(a for a in found.accounts if a.file == "views.csv")
    assert (views.load, views.type, views.balanced) == (4, "VIEWED", True)
    assert (views.counts["read"], views.counts["created"], views.counts["quarantined"]) == (3, 1, 2)
    assert not replace(views, counts={**views.counts, "read": 4}).balanced


def test_an_account_is_that_of_the_last_load_of_its_file(store: EmbeddedStore) -> None:
    for read in (5, 7):
        with store.loading(at=read) as loading:
            report = loading.load(nodes("Product", [{"id": f"p{read}"}]))
            loading.count(replace(FileCount("p.csv", "Product").plus(report), read=read))
            loading.commit()
    accounts = examine(store).accounts
    assert [(a.load, a.file, a.counts["read"]) for a in accounts] == [(2, "p.csv", 7)]
    assert isinstance(accounts[0], Account)


def test_loads_are_counted_from_the_last_compaction(store: EmbeddedStore) -> None:
    market(store)
    compact(store)
    assert examine(store).loads_since == 0
    load(store, nodes("Product", [{"id": "p9"}]))
    found = examine(store)
    assert (found.loads, found.loads_since) == (4, 1)


def test_a_copy_of_a_store_tells_the_same_origin(store: EmbeddedStore, tmp_path: Path) -> None:
    market(store)
    other = EmbeddedStore(tmp_path / "copy.duckdb", MARKET)
    other.file.write_bytes(store.file.read_bytes())
    assert other.origin() == store.origin()
    another = EmbeddedStore(tmp_path / "another.duckdb", MARKET)
    market(another)
    assert another.origin().store != store.origin().store


def described(*command: str) -> tuple[int, str]:
    """A process that is well under way, by its number and in words."""
    with subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        text = describe_process(process.pid)
        process.communicate(b"\n")
    return process.pid, text


@proc
def test_a_process_is_described_by_its_command_and_start() -> None:
    pid, text = described("-c", "print('ready', flush=True); input()", "a\nb" + "x" * 100)
    assert text.startswith(f"process {pid} ({Path(sys.executable).name} -c print('ready', flush=True); inp")
    assert "…, since 20" in text
    assert text.endswith(" UTC)")
    assert "\n" not in text
    assert len(text) < 130


@proc
def test_what_python_runs_is_named_without_python(tmp_path: Path) -> None:
    script = tmp_path / "graphvine"
    script.write_text("print('ready', flush=True); input()")
    pid, text = described(str(script), "data", "load\nx")
    assert text.startswith(f"process {pid} (graphvine data load x, since 20")


def test_a_process_that_is_gone_has_its_number_only() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert describe_process(process.pid) == f"process {process.pid}"
