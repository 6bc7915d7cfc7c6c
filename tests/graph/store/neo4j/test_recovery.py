from __future__ import annotations

import threading
from pathlib import Path

import pytest
from neo4j import Driver

from graph.errors import StoreError
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.load import ledger
from graph.store.neo4j.load.lease import LeaseLostError, LeaseTerms
from graph.store.neo4j.load.loading import PushTerms
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import GraphStore
from tests.contract.store import FOLLOWS, VIEWED, edges, load, nodes

pytestmark = pytest.mark.proof(one_in=5)

PEOPLE = [f"u{i}" for i in range(40)]


class StoppedError(Exception):
    """What stops a load at a phase."""


def stopping(phase: str, nth: int) -> PushTerms:
    """Small chunks; the load stops before the nth step of that kind."""
    seen = 0
    lock = threading.Lock()

    def on_phase(name: str, _number: int) -> None:
        nonlocal seen
        with lock:
            seen += name == phase
            if name == phase and seen == nth:
                raise StoppedError(f"{phase} {nth}")

    return PushTerms(workers=2, rows=7, on_phase=on_phase)


def fill(store: GraphStore) -> bool:
    """One load of nodes and edges; returns whether it brought anything new."""
    with store.loading(at=7) as loading:
        loading.load(nodes("Person", [{"id": i, "name": i} for i in PEOPLE], roles=("User",)))
        loading.load(nodes("Product", [{"id": "p0"}, {"id": "p1"}]))
        views = [(f"v{i}", PEOPLE[i % 40], f"p{i % 2}", i, 1.0) for i in range(60)]
        loading.load(edges(VIEWED, views))
        follows = [(f"f{i}", PEOPLE[i], PEOPLE[(i * 7) % 40], None, None) for i in range(40)]
        loading.load(edges(FOLLOWS, follows))
        return loading.commit()


@pytest.fixture
def expected(tmp_path: Path) -> str:
    store = EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)
    fill(store)
    return store.snapshot().fingerprint


def counts(driver: Driver) -> dict[str, int]:
    """Our labels, and how many nodes have them."""
    text = "MATCH (n:Graphvine) UNWIND labels(n) AS label RETURN label, count(*) ORDER BY label"
    return dict(record.values() for record in driver.execute_query(text).records)


@pytest.mark.parametrize(("phase", "nth"), [pytest.param("stage", 1, marks=pytest.mark.proof), ("seal", 1)])
def test_before_the_seal_nothing_has_happened(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, expected: str, phase: str, nth: int
) -> None:
    store, access = neo4j_own, neo4j_own.access
    with pytest.raises(StoppedError):
        fill(Neo4jStore(access, MARKET, shared=store.shared, terms=stopping(phase, nth)))
    assert (store.origin().load, dict(store.snapshot().nodes)) == (0, {})
    assert fill(store)
    assert (store.snapshot().fingerprint, store.origin().load) == (expected, 1)
    assert "GraphvineChunk" not in counts(neo4j_driver)


@pytest.mark.parametrize(
    ("phase", "nth"),
    [("sealed", 1), ("apply", 1), pytest.param("apply", 4, marks=pytest.mark.proof), ("apply", 12), ("complete", 1)],
)
def test_after_the_seal_the_next_load_finishes(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, expected: str, phase: str, nth: int
) -> None:
    store, access = neo4j_own, neo4j_own.access
    with pytest.raises(StoppedError):
        fill(Neo4jStore(access, MARKET, shared=store.shared, terms=stopping(phase, nth)))
    assert store.origin().load == 1
    with pytest.raises(StoreError, match="interrupted after its commit") as error:
        store.snapshot()
    assert "graphvine data load" in error.value.hint
    with pytest.raises(StoreError, match="interrupted after its commit"):
        store.query("MATCH (n) RETURN count(n) AS n", timeout_s=10, max_rows=1)
    # Any other load finishes it, without the files.
    with store.loading(at=8) as loading:
        assert not loading.commit()
    assert (store.snapshot().fingerprint, store.origin().load) == (expected, 1)
    assert not fill(store)
    assert "GraphvineChunk" not in counts(neo4j_driver)


def test_what_was_read_beside_a_load_is_not_given(neo4j_own: Neo4jStore) -> None:
    with neo4j_own.opened() as database:
        with pytest.raises(StoreError, match="a load ran while"), ledger.unchanged(database):
            load(neo4j_own, nodes("Person", [{"id": "a"}]))
        with ledger.unchanged(database):
            pass


def test_a_loader_that_was_overtaken_commits_nothing(neo4j_own: Neo4jStore) -> None:
    access, shared = neo4j_own.access, neo4j_own.shared
    other = Neo4jStore(access, MARKET, shared=shared, lease=LeaseTerms(take_over=True))
    with neo4j_own.loading(at=1) as loading:
        loading.load(nodes("Person", [{"id": "a"}]))
        load(other, nodes("Person", [{"id": "b"}]))
        with pytest.raises(LeaseLostError, match="nothing more was written"):
            loading.commit()
    assert other.snapshot().ids("Person").texts.to_list() == ["b"]


def test_a_wipe_that_was_interrupted_is_told_and_finished(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    fill(neo4j_own)
    neo4j_driver.execute_query("MATCH (m:GraphvineMeta) SET m.state = 'wiping'")
    for work in (neo4j_own.snapshot, lambda: fill(neo4j_own)):
        with pytest.raises(StoreError, match="wiping it was interrupted") as error:
            work()
        assert error.value.hint == "finish it: graphvine store wipe"
    neo4j_own.wipe()
    assert counts(neo4j_driver) == {}
    assert fill(neo4j_own)


def test_a_node_that_somebody_removed_is_told(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    fill(neo4j_own)
    access = neo4j_own.access

    def remove(phase: str, _number: int) -> None:
        if phase == "sealed":
            neo4j_driver.execute_query("MATCH (n:Person {id: 'u3'}) DETACH DELETE n")

    store = Neo4jStore(access, MARKET, shared=neo4j_own.shared, terms=PushTerms(on_phase=remove))
    with pytest.raises(StoreError, match="1 of 2 rows of Person-FOLLOWS-Person found their ends"):
        load(store, edges(FOLLOWS, [("x", "u3", "u4", 1, None), ("y", "u5", "u4", 1, None)]))


def test_an_id_that_is_too_long_is_refused_before_the_commit(neo4j_own: Neo4jStore) -> None:
    with pytest.raises(StoreError, match=r"has 9,000 bytes, and Neo4j can index 8,000; nothing was loaded"):
        load(neo4j_own, nodes("Person", [{"id": "x" * 9_000}]))
    assert load(neo4j_own, nodes("Person", [{"id": "y" * 8_000}])).created == 1


def test_a_dry_run_writes_nothing(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    fill(neo4j_own)
    before = counts(neo4j_driver)
    dry = Neo4jStore(neo4j_own.access, MARKET, shared=neo4j_own.shared, dry_run=True)
    with neo4j_own.loading(at=1), dry.loading(at=1) as loading:
        assert loading.load(nodes("Person", [{"id": "new"}, {"id": "u1", "name": "other"}])).created == 1
        with pytest.raises(StoreError, match="dry run"):
            loading.commit()
    assert counts(neo4j_driver) == before


def test_an_earlier_format_asks_for_a_new_load(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    fill(neo4j_own)
    neo4j_driver.execute_query("MATCH (m:GraphvineMeta) SET m.format = 1")
    for action in (neo4j_own.ping, neo4j_own.snapshot, lambda: fill(neo4j_own)):
        with pytest.raises(StoreError, match="has no dates, and its times are not in the zone") as error:
            action()
        assert "graphvine store wipe, then graphvine data load" in error.value.hint
    neo4j_own.wipe()
    fill(neo4j_own)
    assert neo4j_own.zone() == "UTC"


def test_a_newer_format_is_refused(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    fill(neo4j_own)
    neo4j_driver.execute_query("MATCH (m:GraphvineMeta) SET m.format = 99")
    for work in (neo4j_own.ping, neo4j_own.snapshot, lambda: fill(neo4j_own)):
        with pytest.raises(StoreError, match="has format 99"):
            work()


def test_scratch_files_of_killed_loads_go(neo4j_own: Neo4jStore, tmp_path: Path) -> None:
    left = tmp_path / ".graphvine-scratch-999999999-x"
    left.mkdir()
    (left / "scratch.duckdb").write_bytes(b"left")
    store = Neo4jStore(neo4j_own.access, MARKET, shared=neo4j_own.shared, scratch=tmp_path)
    with store.loading(at=1):
        assert [path.name.split("-")[:2] for path in tmp_path.iterdir()] == [[".graphvine", "scratch"]]
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []
