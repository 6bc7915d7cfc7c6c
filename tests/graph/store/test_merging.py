from __future__ import annotations

from pathlib import Path

import pytest

from graph.schema import MARKET
from graph.store.embedded.loading import EmbeddedLoading
from graph.store.embedded.store import EmbeddedStore
from tests.contract.store import FOLLOWS, VIEWED, edges, load, nodes


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)


def test_a_refused_edge_makes_no_node(store: EmbeddedStore) -> None:
    load(store, nodes("Person", [{"id": "u1"}]))
    rows = [("e1", "u1", "p1", 1, 1.0), ("e2", "ghost", "p9", 1, 1.0)]
    report = load(store, edges(VIEWED, rows, create=("target",)))
    assert (report.created, report.implied, [r.reason for r in report.refused]) == (1, 1, ["unknown_source"])
    assert store.snapshot().ids("Product").texts.to_list() == ["p1"]


def test_people_may_name_each_other(store: EmbeddedStore) -> None:
    rows = [("f1", "a", "b", None, None), ("f2", "b", "a", None, None)]
    report = load(store, edges(FOLLOWS, rows, create=("target",)))
    assert (report.created, report.implied, report.refused) == (2, 2, ())


def test_two_files_of_nodes_that_share_a_name_settle(store: EmbeddedStore) -> None:
    people, goods = nodes("Person", [{"id": "a"}]), nodes("Product", [{"id": "p"}])
    from dataclasses import replace

    people, goods = replace(people, file="both.csv"), replace(goods, file="both.csv")
    for batch in (people, goods):
        load(store, batch)
    with store.loading(at=1) as loading:
        loading.load(people)
        loading.load(replace(goods, id="changed"))
        loading.commit()
    before = store.file.read_bytes()
    for _ in range(2):
        with store.loading(at=2) as loading:
            assert loading.load(people).known_batch
            assert loading.load(replace(goods, id="changed")).known_batch
            assert not loading.commit()
    assert store.file.read_bytes() == before


def test_a_path_may_hold_any_word(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "my lock" / "market.duckdb", MARKET, lock_timeout=0.5)
    load(store, nodes("Person", [{"id": "a"}]))
    store.file.write_bytes(b"damaged " * 1000)
    store.wipe()
    assert not store.file.exists()


def test_a_load_lets_go_of_its_batches(store: EmbeddedStore) -> None:
    """A transaction keeps until its end whatever was registered in it, which may hold no rows."""
    import pyarrow as pa

    people = [{"id": f"u{i}"} for i in range(200)]
    for batch in (nodes("Person", people), nodes("Product", [{"id": "p1"}])):
        load(store, batch)
    with store.connected() as connection:
        connection.execute("BEGIN")
        loading = EmbeddedLoading(connection, MARKET, at=1)
        held, rows = pa.total_allocated_bytes(), 5_000
        for number in range(20):
            batch = edges(VIEWED, [(f"e{number}-{i}", f"u{i % 201}", "p1", i, 1.0) for i in range(rows)])
            report = loading.load(batch)
            size, missing = batch.table.nbytes, rows // 201
            assert (report.created, len(report.refused)) == (rows - missing, missing)
            del batch, report
        assert pa.total_allocated_bytes() - held < 2 * size
        loading.commit()
    assert len(store.snapshot().edges(VIEWED)) == 20 * (rows - missing)
