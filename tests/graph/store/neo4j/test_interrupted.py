"""Work that is done twice, since the answer to its commit was lost, and work that stops between two transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from neo4j import Driver, ManagedTransaction

from graph.schema import MARKET, Schema, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.database import Database
from graph.store.neo4j.load.loading import PushTerms
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import GraphStore, ResultTable
from tests.contract.store import VISITED, edges, market, nodes, with_types

pytestmark = pytest.mark.proof(one_in=5)

T = TypeVar("T")
RESULT = [
    ResultTable("segments", ("person", "segment"), [("u1", "S1"), ("u2", "S2")]),
    ResultTable("scores", ("person", "rank", "score"), [("u1", 1, 9.5)]),
]
# Two nodes of results, two segments, a ranking, and three relationships.
WHOLE = {"Result": 2, "Segment": 2, "Ranking": 1, "IN_SEGMENT": 2, "SCORED": 1}
OTHER_SHOPS = {
    "without the type": "",
    "another type of the column": '[nodes.Shop]\ncolumns.name = "text"\ncolumns.since = "integer"\n',
    "without the column": '[nodes.Shop]\ncolumns.name = "text"\n',
}


class Repeating(Database):
    """Every transaction is done twice, as after an answer that was lost."""

    def write(self, work: Callable[[ManagedTransaction], T]) -> T:
        super().write(work)
        return super().write(work)


class StoppedError(Exception):
    """What ends a process between two transactions."""


def stopping(nth: int) -> type[Database]:
    """A database whose nth transaction is not begun any more, nor any after it."""
    begun = count(1)

    class Stopping(Database):
        def write(self, work: Callable[[ManagedTransaction], T]) -> T:
            if next(begun) >= nth:
                raise StoppedError
            return super().write(work)

    return Stopping


def derived(driver: Driver) -> dict[str, int]:
    """What there is of results, and the notes of those that are not finished."""
    text = "MATCH (n) WHERE n:Derived OR n:GraphvineChunk UNWIND labels(n) AS l WITH l WHERE l <> 'Derived'"
    found = driver.execute_query(f"{text} AND l <> 'Graphvine' RETURN l, count(*)").records
    ties = driver.execute_query("MATCH ()-[r {derived: true}]->() RETURN type(r), count(*)").records
    return dict([*(r.values() for r in found), *(r.values() for r in ties)])


def next_owner(store: Neo4jStore) -> None:
    with store.loading(at=9):
        pass


def stops(work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Stop some work before each of its transactions in turn, until it comes to its end."""
    for nth in count(1):
        with monkeypatch.context() as patch:
            patch.setattr("graph.store.neo4j.store.Database", stopping(nth))
            done = False
            with suppress(StoppedError):
                work()
                done = True
        yield nth
        if done:
            return


def test_every_transaction_may_be_done_twice(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1)
    market(embedded)
    monkeypatch.setattr("graph.store.neo4j.store.Database", Repeating)
    market(neo4j_own)
    assert neo4j_own.snapshot().fingerprint == embedded.snapshot().fingerprint
    assert neo4j_own.status().batches == embedded.status().batches
    neo4j_own.write_back(RESULT, "r1")
    assert derived(neo4j_driver) == WHOLE
    neo4j_own.forget("r1")
    assert derived(neo4j_driver) == {}
    neo4j_own.wipe()
    assert neo4j_driver.execute_query("MATCH (n:Graphvine) RETURN count(n)").records[0].values() == [0]


def test_of_a_write_back_that_was_killed_the_next_owner_leaves_all_or_nothing(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    market(neo4j_own)
    halves, last = 0, {}
    for _ in stops(lambda: neo4j_own.write_back(RESULT, "r1"), monkeypatch):
        halves += derived(neo4j_driver) not in ({}, WHOLE)
        next_owner(neo4j_own)
        last = derived(neo4j_driver)
        assert last in ({}, WHOLE)
    assert halves >= 3
    assert last == WHOLE


def test_what_a_removal_that_was_killed_has_begun_the_next_owner_ends(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    market(neo4j_own)
    neo4j_own.write_back(RESULT, "r1")
    neo4j_own.write_back(RESULT, "r10")
    halves = 0
    for _ in stops(lambda: neo4j_own.forget("r1"), monkeypatch):
        halves += derived(neo4j_driver) not in (WHOLE, {name: 2 * n for name, n in WHOLE.items()})
        next_owner(neo4j_own)
        if derived(neo4j_driver) == WHOLE:
            neo4j_own.write_back(RESULT, "r1")
        assert derived(neo4j_driver) == {name: 2 * n for name, n in WHOLE.items()}
    assert halves >= 3


@pytest.mark.parametrize("other", OTHER_SHOPS)
def test_a_sealed_load_is_finished_by_whoever_knows_another_schema(
    neo4j_own: Neo4jStore, tmp_path: Path, other: str
) -> None:
    def fill(store: GraphStore) -> None:
        with store.loading(at=7) as loading:
            loading.load(nodes("Person", [{"id": "u1"}]))
            shops = [{"id": "a", "since": 1_700_000_000, "tags": '["x"]', "rent": 0.1, "open": True}, {"id": "b"}]
            loading.load(nodes("Shop", shops))
            times = {"until": ["1800000000"], "reasons": ['["r"]']}
            loading.load(edges(VISITED, [("v1", "u1", "a", 5, 1.5)], **times))
            loading.commit()

    embedded = with_types(EmbeddedStore(tmp_path / "market.duckdb", MARKET, threads=1), tmp_path)
    fill(embedded)
    store = with_types(neo4j_own, tmp_path)

    def stop(phase: str, _number: int) -> None:
        if phase == "apply":
            raise StoppedError

    interrupted = Neo4jStore(neo4j_own.access, store.schema, shared=neo4j_own.shared, terms=PushTerms(on_phase=stop))
    with pytest.raises(StoppedError):
        fill(interrupted)
    next_owner(Neo4jStore(neo4j_own.access, schema_of(tmp_path, other), shared=neo4j_own.shared))
    assert store.snapshot().fingerprint == embedded.snapshot().fingerprint


def schema_of(folder: Path, other: str) -> Schema:
    if not OTHER_SHOPS[other]:
        return MARKET
    (folder / "other.toml").write_text(OTHER_SHOPS[other], "utf-8")
    return extend_schema(MARKET, folder / "other.toml")
